# SPDX-License-Identifier: BSD-3-Clause
"""Templates on the real mail of ../shared/corpus: people's mail shares none, pitches of one campaign do.

The judge of what belongs together is a plain reading of the same words without any taking out: the share of runs of
three words that two mails have in common. It knows no names, so copies stand below 1 there.
"""
import csv
import email
import email.policy
import json
import os
import re
import subprocess
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ANTISALES_BUILD", SRC / "build"))
CORPUS = Path(os.environ.get("SHARED_DIR", SRC.parent / "shared")) / "corpus"
LABELS = ["cold-sales", "personal", "list", "newsletter"]
WORDS_MIN = 20
PLAIN_WORD = re.compile(r"[^\W\d_]+")
# What is quoted counts for this reading and not for ours, so mails with quotes are left aside.
QUOTES = re.compile(r"wrote:|^>|^-+ ?Original Message|^From: ", re.M)
# A list puts its name before the subject, people their "Re:".
BEFORE_SUBJECT = re.compile(r"^(?:\[[^\]]*\]\s*|(?:re|fwd?|aw):\s*)+", re.I)


@pytest.fixture(scope="module")
def judged():
    files = sorted(str(p) for label in LABELS for p in (CORPUS / label).glob("*.eml"))
    assert len(files) > 2000
    done = subprocess.run([BUILD / "milter/antisales", "check", "--json", "--facts", "--policy", SRC / "policies/default.yaml", *files],
                          capture_output=True, text=True, timeout=300, check=True)
    return {str(Path(r["file"]).relative_to(CORPUS)): r for r in map(json.loads, done.stdout.splitlines())}


def bands_of(result):
    for found in result["evidence"]:
        if found["detector"] == "skeleton":
            return found["quote"].split("bands ")[1].split()
    return []


@pytest.fixture(scope="module")
def meeting(judged):
    """All pairs of mails that share a band."""
    at_band, pairs = defaultdict(list), set()
    for path, result in judged.items():
        for number, band in enumerate(bands_of(result)):
            at_band[number, band].append(path)
    for paths in at_band.values():
        pairs.update(combinations(sorted(paths), 2))
    return pairs


def sender(result):
    return result["facts"].get("header.from", "").lower()


def subject(result):
    return BEFORE_SUBJECT.sub("", result["facts"].get("header.subject", "")).lower().strip()


def runs_of(path):
    message = email.message_from_bytes((CORPUS / path).read_bytes(), policy=email.policy.default)
    part = message.get_body(("plain", "html"))
    try:
        text = part.get_content() if part is not None else ""
    except (LookupError, KeyError, UnicodeError):
        text = ""
    if QUOTES.search(text):
        return frozenset()
    words = PLAIN_WORD.findall(re.sub(r"<[^>]*>", " ", text).lower())
    return frozenset(zip(words, words[1:], words[2:]))


def test_only_long_texts_have_one(judged):
    assert all(("text.skeleton" in r["facts"]) == bool(bands_of(r)) for r in judged.values())
    counts = [int(f["quote"].split()[0]) for r in judged.values() for f in r["evidence"] if f["detector"] == "skeleton"]
    assert min(counts) == WORDS_MIN


def test_personal_mail_of_different_senders_shares_no_template(judged, meeting):
    """Measured: none of 520,000 pairs; a mail and its copy on a list is one mail, told by its subject."""
    wrong = [(a, b) for a, b in meeting if a.startswith(("personal/", "list/")) or b.startswith(("personal/", "list/"))
             if sender(judged[a]) != sender(judged[b]) and subject(judged[a]) != subject(judged[b])]
    assert wrong == []


def test_newsletters_of_different_senders_share_no_template(judged, meeting):
    assert [(a, b) for a, b in meeting if a.startswith("newsletter/") if sender(judged[a]) != sender(judged[b])] == []


def test_pitches_of_one_campaign_meet(judged, meeting):
    runs = {path: runs_of(path) for path in judged if path.startswith("cold-sales/")}
    alike = {(a, b) for a, b in combinations(sorted(runs), 2)
             if runs[a] and len(runs[a] & runs[b]) >= 0.6 * len(runs[a] | runs[b])}
    met = len(alike & meeting)
    print(f"{met} of {len(alike)} pairs that are alike met")
    assert len(alike) > 500
    assert met >= 0.90 * len(alike)


def test_what_meets_among_pitches_is_alike(judged, meeting):
    """A shared band says that the texts have much in common; by chance that is rarely less than a fifth."""
    pairs = [(a, b) for a, b in meeting if a.startswith("cold-sales/") and b.startswith("cold-sales/")]
    runs = {path: runs_of(path) for pair in pairs for path in pair}
    strange = [(a, b) for a, b in pairs if subject(judged[a]) != subject(judged[b])
               and len(runs[a] & runs[b]) < 0.2 * len(runs[a] | runs[b])]
    assert strange == []
