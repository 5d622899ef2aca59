# SPDX-License-Identifier: BSD-3-Clause
"""The catalogue and its scanner against a plain Python reading of the same mails.

Two tables are read by the same few lines of Python: ../shared/fingerprints/platforms.tsv, from which the catalogue was
made, and the catalogue itself. What they name in a mail must be what antisales names. oracle_differences.tsv explains
the rest, mail by mail; an unexplained difference fails, and so does an explanation that nothing needs. Needs PyYAML.
"""
import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import oracle  # noqa: E402

SRC = HERE.parent.parent
BUILD = Path(os.environ.get("ANTISALES_BUILD", SRC / "build"))
SHARED = Path(os.environ.get("SHARED_DIR", SRC.parent / "shared"))
CORPUS = SHARED / "corpus"
POLICY = SRC / "policies" / "default.yaml"
LIMIT_S = 120
# The table's names for what our catalogue calls otherwise.
ALIASES = {"Locaweb Email Marketing": "locaweb", "Marketo": "marketo", "SparkPost (Bird)": "sparkpost"}
PROOFS = ["none", "hint", "strong", "certain"]
LINKS = {"url-host", "url-path", "url"}
WITNESSES = {"dkim-d": "dkim", "return-path": "envelope", "received-host": "client", **dict.fromkeys(LINKS, "link")}
DECISION_ID = re.compile(r'"X-Anti-Sales-Id: [a-z0-9]+"')


def files():
    found = sorted(CORPUS.glob("*/*.eml"))
    assert len(found) > 3000
    return found


def check(**env):
    done = subprocess.run([BUILD / "milter/antisales", "check", "--json", "--facts", "--policy", POLICY, *files()],
                          capture_output=True, text=True, timeout=LIMIT_S, check=True, env={**os.environ, **env})
    return done.stdout


@pytest.fixture(scope="module")
def printed():
    return check()


@pytest.fixture(scope="module")
def judged(printed):
    results = [json.loads(line) for line in printed.splitlines()]
    return {str(Path(r["file"]).relative_to(CORPUS)): r for r in results}


@pytest.fixture(scope="module")
def mails():
    return {str(path.relative_to(CORPUS)): oracle.subjects(path.read_bytes()) for path in files()}


def catalogue():
    for path in sorted((SRC / "policies" / "platforms").glob("*.yaml")):
        yield yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@pytest.fixture(scope="module")
def ours():
    return oracle.Table([oracle.Pattern(p["platform"], fp["where"], str(fp["pattern"]), fp["proof"])
                         for p in catalogue() for fp in p["fingerprints"]])


@pytest.fixture(scope="module")
def theirs():
    ids = {p["name"]: p["platform"] for p in catalogue()} | ALIASES
    with open(SHARED / "fingerprints" / "platforms.tsv", newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert sorted({row["platform"] for row in rows} - set(ids)) == []
    return oracle.Table([oracle.Pattern(ids[row["platform"]], row["where"], row["pattern"], row["strength"]) for row in rows])


@pytest.fixture(scope="module")
def explained():
    with open(HERE / "oracle_differences.tsv", newline="", encoding="utf-8") as f:
        rows = csv.reader((line for line in f if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(path, platform): side for path, platform, side, _reason in rows}


def hits(table, mail):
    """(where, pattern, what matched)"""
    return [(where, pattern, quote) for where, text in mail for pattern, quote in table.search(where, text)]


def named(result):
    return {p["id"] for p in result["platforms"]}


def seen_weakly(result, where, quote):
    """Seen by the scanner, but only in quoted text or an attached mail: no evidence about the sender."""
    return where in LINKS and any(e["detector"] == "platform" and e["where"] == where and e["quote"] == quote[:200]
                                  for e in result["evidence"])


def overlooked(result, mail, table):
    """Platforms that the table finds in a mail and antisales does not name."""
    left = [(where, p, quote) for where, p, quote in hits(table, mail) if p.platform not in named(result)]
    return {p.platform for where, p, quote in left if not seen_weakly(result, where, quote)}


def differences(judged, mails, table):
    return {(path, platform) for path, result in judged.items() for platform in overlooked(result, mails[path], table)}


def test_the_oracle_sees_enough(mails, theirs, ours):
    """Lest all agree because nobody looks."""
    by_theirs, by_ours = ({(path, p.platform) for path, mail in mails.items() for _w, p, _q in hits(table, mail)}
                          for table in (theirs, ours))
    assert len(by_theirs) > 700 and len(by_ours) > 1400
    assert len({platform for _path, platform in by_theirs}) > 50


def test_what_the_table_finds_is_named(judged, mails, theirs, explained):
    """Also by rows that our catalogue has as a hint, or put in other words."""
    missing = differences(judged, mails, theirs)
    assert sorted(missing - {key for key, side in explained.items() if side == "python"}) == []


def test_what_our_patterns_find_in_python_is_named(judged, mails, ours, explained):
    missing = differences(judged, mails, ours)
    assert sorted(missing - {key for key, side in explained.items() if side == "python"}) == []


def test_what_is_named_is_found_by_the_table_or_by_a_pattern_of_ours(judged, mails, theirs, ours, explained):
    surplus = set()
    for path, result in judged.items():
        found = {p.platform for table in (theirs, ours) for _w, p, _q in hits(table, mails[path])}
        surplus |= {(path, platform) for platform in named(result) - found}
    assert sorted(surplus - {key for key, side in explained.items() if side == "antisales"}) == []


def test_every_explanation_is_needed(judged, mails, theirs, ours, explained):
    overlooked_by_us = differences(judged, mails, theirs) | differences(judged, mails, ours)
    found = {path: {p.platform for _w, p, _q in hits(ours, mail)} for path, mail in mails.items()}
    seen_by_us = {(path, platform) for path, result in judged.items() for platform in named(result) - found[path]}
    needed = {key: "python" for key in overlooked_by_us} | {key: "antisales" for key in seen_by_us}
    assert {key: side for key, side in explained.items() if needed.get(key) != side} == {}


def expected_proof(platform, found, conversation):
    """The rule of antisales-fingerprint(5), said once more."""
    proof, witnesses = 0, set()
    for where, p, _quote in found:
        if p.platform == platform:
            demoted = conversation and where in LINKS
            proof = max(proof, 1 if demoted else PROOFS.index(p.proof))
            witnesses.add(WITNESSES.get(where, "header"))
    return PROOFS[proof + 1 if proof == 2 and len(witnesses) > 1 else proof]


def test_proof_is_what_the_manual_says(judged, mails, ours, explained):
    wrong = []
    for path, result in judged.items():
        found = hits(ours, mails[path])
        conversation = result["facts"].get("list.post", False) or result["facts"].get("thread.reply", False)
        wrong += [(path, p["id"], p["proof"]) for p in result["platforms"] if (path, p["id"]) not in explained
                  and p["proof"] != expected_proof(p["id"], found, conversation)]
    assert wrong == []


def test_both_engines_print_the_same(printed):
    other = check(ANTISALES_NO_HYPERSCAN="1")
    assert DECISION_ID.sub("", printed) == DECISION_ID.sub("", other)
