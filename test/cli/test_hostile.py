# SPDX-License-Identifier: BSD-3-Clause
"""Names and mails that were made to play with a terminal or a page."""
import os
import re

import pytest
from program import ANTISALES, DEFAULT, MESSAGES, PLATFORMS, antisales, json_lines, printable
from terminal import on_terminal

PITCH = MESSAGES / "outreach-pitch.eml"
NAMES = {"escape": b"a\x1b[31m.eml", "newline": b"a\nb.eml", "c1-utf8": b"a\xc2\x9b31m.eml", "c1-raw": b"a\x9b31m.eml",
         "delete": b"a\x7f.eml", "return": b"a\rb.eml"}
SUBJECT = b"=?utf-8?B?G1szMW0g4oCuIMKbMzFt?= \x1b]0;title\x07 \x9b31m"
MERGE = b"Hi {{first_name\x1b[31m}} and {{\xc2\x9bname}} and %%name\x1b[2J%%\n"
COLOURS = re.compile(rb"\x1b\[(?:0|3[0-9])m")


def hostile_mail(folder, name=b"m.eml"):
    path = os.fsencode(folder) + b"/" + name
    with open(path, "wb") as f:
        f.write(b"From: \x1b[31m <jo@acme.example>\nReply-To: \x1b[31m@x.example\nX-Mailer: x\x1b[31m\nList-Id: \x1b[31m<a.b>\n"
                b"Feedback-ID: \x1b[31m:a:b\nSubject: " + SUBJECT + b"\nX-MarketoID: 123-ABC-456:\x1b[31m\n\n" + MERGE)
    return path


@pytest.fixture(params=NAMES, ids=list(NAMES))
def hostile(request, tmp_path):
    return hostile_mail(tmp_path, NAMES[request.param])


def test_check_prints_names_harmlessly(hostile):
    done = antisales("check", "--policy", DEFAULT, hostile)
    assert done.returncode == 0 and printable(done.stdout)
    assert len([line for line in done.stdout.splitlines() if line.startswith((b"pass", b"tag"))]) == 1


def test_check_prints_mail_harmlessly(tmp_path):
    done = antisales("check", "--facts", "--policy", DEFAULT, hostile_mail(tmp_path))
    assert done.returncode == 0 and printable(done.stdout)


def test_terminal_gets_only_our_colours(tmp_path):
    text, status = on_terminal(ANTISALES, "check", "--facts", "--policy", DEFAULT, hostile_mail(tmp_path), PITCH)
    assert status == 0 and COLOURS.search(text)
    assert printable(COLOURS.sub(b"", text).replace(b"\r\n", b"\n"))


def test_no_color(tmp_path):
    text, status = on_terminal(ANTISALES, "check", "--policy", DEFAULT, PITCH, NO_COLOR="1")
    assert status == 0 and b"\x1b" not in text


def test_json_is_harmless(hostile):
    done = antisales("check", "--json", "--facts", "--policy", DEFAULT, hostile)
    assert len(json_lines(done)) == 1
    assert not re.search(rb"[\x00-\x09\x0b-\x1f]", done.stdout) and done.stdout.count(b"\n") == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", ["check", "evaluate"])
def test_names_of_missing_files_are_printed_harmlessly(tmp_path, name, command):
    done = antisales(command, "--policy", DEFAULT, os.fsencode(tmp_path) + b"/" + NAMES[name])
    assert done.returncode == 66 and printable(done.stderr) and printable(done.stdout)
    assert len(done.stderr.splitlines()) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_names_of_empty_files_are_printed_harmlessly(tmp_path, name):
    path = os.fsencode(tmp_path) + b"/" + NAMES[name]
    open(path, "wb").close()
    done = antisales("check", "--policy", DEFAULT, path)
    assert done.returncode == 65 and printable(done.stderr) and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_evaluate_prints_names_harmlessly(tmp_path, name):
    hostile_mail(tmp_path, NAMES[name])
    open(os.fsencode(tmp_path) + b"/bad" + NAMES[name], "wb").close()
    done = antisales("evaluate", "--policy", DEFAULT, tmp_path)
    assert done.returncode == 0 and b"not read: " in done.stdout and printable(done.stdout)


def test_lint_prints_patterns_harmlessly(tmp_path):
    folder = tmp_path / "a\x1b[31mb"
    folder.mkdir()
    (folder / "acme.yaml").write_text("platform: acme\nname: Acme\ncategory: crm\nfingerprints:\n  - where: url-host\n"
                                      "    pattern: '^x$'\n    proof: hint\n    source: s\n    match: \"\\e[31m\"\n    miss: y\n")
    done = antisales("lint", "--catalogue", folder)
    assert done.returncode == 65 and b"does not match its own example" in done.stdout and printable(done.stdout)


def test_unknown_command_is_printed_harmlessly():
    assert printable(antisales("a\x1b[31m").stderr)


def test_text_of_a_policy_is_printed_harmlessly(tmp_path):
    (tmp_path / "p.yaml").write_text(f"policy: t\nplatforms: {PLATFORMS}\nrules:\n  - id: a\n    when: {{platform.id: outreach}}\n"
                                     "    points: 60\n    says: \"\\e[31mred\"\n")
    done = antisales("check", "--policy", tmp_path / "p.yaml", PITCH)
    assert printable(done.stdout) and printable(done.stderr)
