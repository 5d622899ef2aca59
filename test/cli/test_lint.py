# SPDX-License-Identifier: BSD-3-Clause
"""antisales lint: what is shipped is clean, and each kind of damage is found and named."""
import json
import re
import shutil

import pytest
from program import DEFAULT, PLATFORMS, POLICIES, antisales, json_lines

SHIPPED = ["default.yaml", "strict.yaml", "shadow.yaml"]
# What stands in acme.yaml below; line 5 begins the first fingerprint, line 11 the second.
GOOD = """platform: acme
name: Acme
category: crm
fingerprints:
  - where: header:X-Acme
    pattern: '^acme-[0-9]+$'
    proof: strong
    source: 'made up'
    match: 'acme-12'
    miss: 'acme-x'
  - where: url-host
    pattern: '(?:^|\\.)acme\\.example$'
    proof: hint
    source: 'made up'
    match: 'link.acme.example'
    miss: 'notacme.example'
"""


def catalogue(tmp_path, text=GOOD, **others):
    folder = tmp_path / "platforms"
    folder.mkdir()
    (folder / "acme.yaml").write_text(text)
    for name, other in others.items():
        (folder / f"{name}.yaml").write_text(other)
    return folder


def lint(folder, *args):
    return antisales("lint", "--catalogue", folder, *args)


def numbers():
    texts = [path.read_text() for path in PLATFORMS.glob("*.yaml")]
    return len(texts), sum(len(re.findall(r"^  - where:", text, re.M)) for text in texts)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_policies_are_clean(name):
    done = antisales("lint", "--policy", POLICIES / name)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == "%d platforms, %d fingerprints, 0 errors\n" % numbers()


def test_at_least_300_platforms():
    assert numbers()[0] >= 300


def test_shipped_catalogue_alone():
    done = lint(PLATFORMS)
    assert (done.returncode, done.stderr) == (0, b"") and done.stdout.endswith(b", 0 errors\n")


def test_without_hyperscan():
    done = antisales("lint", "--policy", DEFAULT, ANTISALES_NO_HYPERSCAN="1")
    assert (done.returncode, done.stderr) == (0, b"")


def test_policy_of_a_configuration(tmp_path):
    (tmp_path / "c.yaml").write_text(f"policy: {DEFAULT}\n")
    done = antisales("lint", "--config", tmp_path / "c.yaml")
    assert (done.returncode, done.stderr) == (0, b"")


PHRASE = """- kind: document
  where: subject
  pattern: 'your copy'
  match: ['your copy', 'a copy']
  miss: 'this is your copy'
"""


def test_phrases_of_confirmations(tmp_path):
    (tmp_path / "p.yaml").write_text(f"platforms: {catalogue(tmp_path)}\nconfirmations: c.yaml\n")
    (tmp_path / "c.yaml").write_text(PHRASE)
    done = antisales("lint", "--policy", tmp_path / "p.yaml")
    told = done.stdout.decode().splitlines()
    assert done.returncode == 65 and told[-1].endswith(", 2 errors")
    assert told[0].startswith(f"{tmp_path}/c.yaml:1: does not match its own example: your copy against")
    assert told[1].startswith(f"{tmp_path}/c.yaml:1: matches its near miss: your copy against")


def test_good_catalogue(tmp_path):
    done = lint(catalogue(tmp_path))
    assert (done.returncode, done.stdout) == (0, b"1 platforms, 2 fingerprints, 0 errors\n")


# (what is replaced, by what, the place that must be named, a word of the message)
DAMAGE = {
    "own example": ("match: 'acme-12'", "match: 'emca-12'", ":5: ", "does not match its own example"),
    "near miss": ("miss: 'acme-x'", "miss: 'acme-1'", ":5: ", "matches its near miss"),
    "second of a list": ("match: 'link.acme.example'", "match: [acme.example, b.example]", ":11: ", "b.example"),
    "bad regex": ("'^acme-[0-9]+$'", "'^acme-[0-9+$'", ":6:14: ", "missing terminating ]"),
    "slow pattern": ("'^acme-[0-9]+$'", "'^(?:[a-z0-9-]*[a-z0-9-]*)*=$|^acme-[0-9]+$'", ":5: ", "too slow"),
    "unknown place": ("where: url-host", "where: url-hots", ":11:12: ", "url-host"),
    "header without name": ("where: header:X-Acme", "where: 'header:'", ":5:12: ", "name"),
    "unknown category": ("category: crm", "category: crn", ":3:11: ", "crm"),
    "unknown proof": ("proof: hint", "proof: hunt", ":13:12: ", "hint"),
    "unknown stream": ("proof: hint", "proof: hint\n    stream: marketting", ":14:13: ", "marketing"),
    "unknown key": ("proof: hint", "prof: hint", ":13:5: ", "proof"),
    "missing key": ("    proof: hint\n", "", ":11:5: ", "proof"),
    "key twice": ("proof: hint", "proof: hint\n    proof: hint", ":14:5: ", "twice"),
    "other id": ("platform: acme", "platform: acne", ":1:11: ", "acme"),
    "id that is no slug": ("platform: acme", "platform: Acme", ":1:11: ", "lower-case"),
    "no fingerprints": (GOOD[GOOD.index("fingerprints:"):], "fingerprints: []\n", ":4:15: ", "at least one"),
    "no YAML": ("name: Acme", "name: [Acme", ":", "acme.yaml"),
    "anchor": ("name: Acme", "name: &a Acme", ":2:7: ", ""),
    "tab": ("    proof: hint", "\tproof: hint", ":13:1: ", ""),
    "never found": ("'^acme-[0-9]+$'", "'^$'", ":5: ", "acme-12"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named(tmp_path, kind):
    old, new, place, word = DAMAGE[kind]
    assert GOOD.count(old) == 1
    folder = catalogue(tmp_path, GOOD.replace(old, new))
    done = lint(folder)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 65
    assert f"{folder}/acme.yaml{place}" in said and word in said


def test_twice_in_one_file(tmp_path):
    first = GOOD[GOOD.index("  - where: header"):GOOD.index("  - where: url-host")]
    folder = catalogue(tmp_path, GOOD + first)
    done = lint(folder)
    assert done.returncode == 65 and re.search(rf"{folder}/acme.yaml:(5|17): is there twice".encode(), done.stdout)


def test_proof_of_two_platforms(tmp_path):
    folder = catalogue(tmp_path, other=GOOD.replace("platform: acme", "platform: other"))
    done = lint(folder)
    assert done.returncode == 65 and done.stdout.count(b"is proof of two platforms") == 1


def test_a_hint_may_be_shared(tmp_path):
    hints = GOOD.replace("proof: strong", "proof: hint")
    done = lint(catalogue(tmp_path, hints, other=hints.replace("platform: acme", "platform: other")))
    assert (done.returncode, done.stdout) == (0, b"2 platforms, 4 fingerprints, 0 errors\n")


def test_every_problem_is_told(tmp_path):
    folder = catalogue(tmp_path, GOOD.replace("'acme-12'", "'x'").replace("'notacme.example'", "'acme.example'"))
    done = lint(folder)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 65 and len(lines) == 3 and lines[-1] == "1 platforms, 2 fingerprints, 2 errors"


def test_json(tmp_path):
    folder = catalogue(tmp_path, GOOD.replace("'acme-12'", "'x'"))
    rows = json_lines(lint(folder, "--json"))
    assert rows[0]["file"] == f"{folder}/acme.yaml" and rows[0]["line"] == 5 and "own example" in rows[0]["problem"]
    assert rows[-1] == {"platforms": 1, "fingerprints": 2, "errors": 1}


def test_folders_that_hold_no_catalogue(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        done = lint(folder)
        assert done.returncode != 0 and str(folder).encode() in done.stderr and done.stdout == b""


def test_missing_policy(tmp_path):
    done = antisales("lint", "--policy", tmp_path / "no.yaml")
    assert done.returncode == 66 and b"no.yaml" in done.stderr


def test_damage_in_a_copy_of_the_shipped_catalogue(tmp_path):
    policies = shutil.copytree(POLICIES, tmp_path / "policies")
    victim = policies / "platforms" / "marketo.yaml"
    text = victim.read_text()
    line = text[:text.index("match: 'mktdns.com'")].count("\n") + 1
    victim.write_text(text.replace("match: 'mktdns.com'", "match: 'mktdns.org'", 1))
    done = antisales("lint", "--policy", policies / "default.yaml")
    told = re.match(rf"{victim}:(\d+): does not match its own example: ", done.stdout.decode())
    assert done.returncode == 65 and 0 < line - int(told.group(1)) <= 5
    assert json.dumps("mktdns.org") in done.stdout.decode()
