# SPDX-License-Identifier: BSD-3-Clause
"""antisales simulate: stories are told, expectations are compared, mistakes have a place."""
import pytest
from program import SRC, antisales, json_lines

REPLAYS = SRC / "test" / "replays"
STORY = f"""policy: {SRC}/policies/default.yaml
start: 2026-03-02T09:00:00Z
-- mail hello
From: Pat <pat@acme.example>
To: ann@example.com
Message-ID: <$id-$n@acme.example>
Subject: Hello $name

Hi, a question.
-- step
from: <pat@acme.example>
authenticated: acme.example
to: <ann@example.com>
mail: hello
with: id=1 name=Ann
"""


def story(tmp_path, more, text=STORY):
    path = tmp_path / "s.replay"
    path.write_text(text + more)
    return path


def test_as_expected(tmp_path):
    done = antisales("simulate", story(tmp_path, "expect: sequence.touch=1\nexpect: header.subject=Hello Ann\nexpect: verdict=pa*\n"))
    assert done.returncode == 0 and done.stdout.decode().splitlines()[-1] == "1 mails, 0 not as expected"


@pytest.mark.parametrize("line, got", [
    ("verdict=tag", "pass"), ("score>=50", "0"), ("sequence.touch=2", "1"), ("sequence.touch=", "1"), ("score", "nothing of that name"),
    ("no.such.fact=1", "nothing of that name"), ("X-Anti-Sales: sales*", "no such field"),
    ("bob@example.com verdict=pass", "nothing of that name"), ("ann@example.com verdict=reject", "pass"), ("trigger.minutes>=1", "")])
def test_what_is_not_as_expected_has_its_line(tmp_path, line, got):
    path = story(tmp_path, f"expect: {line}\n")
    done = antisales("simulate", "--quiet", path)
    number = len(STORY.splitlines()) + 1
    assert done.returncode == 1 and done.stdout == b""
    assert done.stderr.decode() == f'{path}:{number}: mail 1: expected {line}, got "{got}"\n'


@pytest.mark.parametrize("more, complaint", [
    ("bogus: 1\n", "a step has at, from, to"), ("at: soon\n", 'no span such as +3d, +90m or -2h: "soon"'),
    ("repeat: 0\n", "a number from 1 to 10000"), ("-- stop\n", 'a section is "-- mail NAME" or "-- step"'),
    ("-- step\nfrom: <a@b.example>\n", "a step needs from:, to: and mail:"),
    ("-- step\nfrom: <a@b.example>\nto: <a@b.example>\nmail: other\n", 'there is no "-- mail other" before this step')])
def test_a_mistake_has_file_and_line(tmp_path, more, complaint):
    path = story(tmp_path, more)
    done = antisales("simulate", path)
    assert done.returncode == 65 and complaint in done.stderr.decode() and f"{path}:" in done.stderr.decode()


@pytest.mark.parametrize("text", ["", "policy: x.yaml\n", "start: yesterday\n", "hello: you\n"])
def test_no_story(tmp_path, text):
    assert antisales("simulate", story(tmp_path, "", text)).returncode == 65


def test_missing_files(tmp_path):
    assert antisales("simulate", tmp_path / "none.replay").returncode == 66
    assert antisales("simulate", story(tmp_path, "", STORY.replace("default.yaml", "none.yaml"))).returncode == 78


def test_repeat_counts_and_another_policy(tmp_path):
    path = story(tmp_path, "repeat: 5\nevery: +2d\n")
    told = json_lines(antisales("simulate", "--json", path))
    assert [m["sequence.touch"] for m in told] == ["1", "2", "3", "4", "5"]
    assert [m["at"][:10] for m in told] == [f"2026-03-{d:02}" for d in (2, 4, 6, 8, 10)]
    strict = antisales("simulate", "--json", "--policy", SRC / "policies/strict.yaml", path)
    assert len(json_lines(strict)) == 5


def test_story_begins_with_an_empty_memory(tmp_path):
    path = story(tmp_path, "expect: sequence.touch=1\n")
    assert antisales("simulate", "--quiet", path, path).returncode == 0


def test_hostile_story_prints_nothing_harmful(tmp_path):
    path = story(tmp_path, "expect: verdict=\x1b[31m\x07\n")
    done = antisales("simulate", path)
    assert done.returncode == 1 and b"\x1b" not in done.stderr + done.stdout and b"\x07" not in done.stderr
