# SPDX-License-Identifier: BSD-3-Clause
"""antisales platforms, facts and config: the tables that the program itself is made from."""
import re

import pytest
from program import DEFAULT, DOC, PLATFORMS, SRC, antisales, json_lines


def platforms(*args):
    done = antisales("platforms", "--policy", DEFAULT, *args)
    assert (done.returncode, done.stderr) == (0, b"")
    return done


def ids():
    return sorted(path.stem for path in PLATFORMS.glob("*.yaml"))


@pytest.mark.parametrize("words", [[], ["list"]])
def test_list(words):
    lines = platforms(*words).stdout.decode().splitlines()
    assert [line.split()[0] for line in lines] == ids()
    assert all(re.fullmatch(r"\S+ +[a-z-]+ +\d+  \S.*", line) for line in lines)


def test_list_json():
    rows = json_lines(platforms("--json"))
    assert [row["id"] for row in rows] == ids()
    assert all(list(row) == ["id", "name", "category", "also"] for row in rows)


def test_list_markdown():
    text = platforms("--markdown").stdout.decode()
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.M)
    fingerprints = sum(len(re.findall(r"^  - where:", path.read_text(), re.M)) for path in PLATFORMS.glob("*.yaml"))
    assert rows == ids() and text.startswith("# Platforms\n")
    assert f"; {len(ids())} platforms, {fingerprints} fingerprints." in text
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {6}


def test_page_of_platforms_is_up_to_date():
    """Made by antisales platforms --markdown; where there is no page there is none to be old."""
    page = DOC / "platforms.md"
    assert not page.exists() or page.read_bytes() == platforms("--markdown").stdout


def test_show():
    lines = platforms("show", "marketo").stdout.decode().splitlines()
    count = len(re.findall(r"^  - where:", (PLATFORMS / "marketo.yaml").read_text(), re.M))
    assert lines[0] == "Marketo Engage (marketo), marketing-automation"
    assert len([line for line in lines if re.match(r"  (?:strong|hint) +[a-z-]+\S*  .", line)]) == count


def test_show_json():
    shown = json_lines(platforms("--json", "show", "marketo"))
    assert len(shown) == 1 and shown[0]["id"] == "marketo"
    assert all(list(fp) == ["where", "header", "pattern", "proof", "source"] for fp in shown[0]["fingerprints"])


def test_show_unknown():
    done = antisales("platforms", "--policy", DEFAULT, "show", "marketoo")
    assert done.returncode == 65 and b'"marketoo"' in done.stderr and done.stdout == b""


@pytest.mark.parametrize("words", [["show"], ["list", "x"], ["blah"], ["show", "a", "b"]])
def test_wrong_words(words):
    done = antisales("platforms", "--policy", DEFAULT, *words)
    assert done.returncode == 64 and b"are expected" in done.stderr


def test_missing_policy(tmp_path):
    done = antisales("platforms", "--policy", tmp_path / "no.yaml")
    assert done.returncode == 78 and b"no.yaml" in done.stderr


def test_facts_are_those_of_the_table():
    names = re.findall(r'^(?:FACT|X)\w*\([^"]*"([a-z._]+)"', (SRC / "include/antisales/mail/facts.def").read_text(), re.M)
    listed = [line.split()[0] for line in antisales("facts").stdout.decode().splitlines()]
    assert names and listed == names
    assert [row["name"] for row in json_lines(antisales("facts", "--json"))] == names


def test_config_keys_are_those_of_the_table():
    names = re.findall(r'^CONFIG\(\w+, "([a-z-]+)"', (SRC / "include/antisales/policy/config.def").read_text(), re.M)
    lines = antisales("config").stdout.decode().splitlines()
    listed = [line.split()[0] for line in lines if not line.startswith("limits.")]
    assert names and listed == names
    assert len(lines) > len(names)
    assert [row["name"] for row in json_lines(antisales("config", "--json")) if not row["name"].startswith("limits")] == names


def test_config_names_every_limit():
    """Those of limits.h and those of dkim.h."""
    names = [name for header in ("limits.h", "dkim.h") for name in
             re.findall(r"^\tX\((\w+), \d", (SRC / "include/antisales/mail" / header).read_text(), re.M)]
    wanted = ["limits." + name.replace("_", "-") for name in names]
    assert len(wanted) > 15 and "limits.dkim-signatures" in wanted
    assert [row["name"] for row in json_lines(antisales("config", "--json")) if row["name"].startswith("limits.")] == wanted
    lines = antisales("config").stdout.decode().splitlines()
    assert [line.split()[0] for line in lines if line.startswith("limits.")] == wanted
