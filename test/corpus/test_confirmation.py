# SPDX-License-Identifier: BSD-3-Clause
"""Confirmations on the real mail of ../shared/corpus: nobody's own mail is taken for one."""
import json
import os
import subprocess
from pathlib import Path

SRC = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ANTISALES_BUILD", SRC / "build"))
CORPUS = Path(os.environ.get("SHARED_DIR", SRC.parent / "shared")) / "corpus"
# It welcomes a new subscriber.
WELCOME = "Herzlich Willkommen zum "


def confirmed(*labels):
    files = sorted(str(p) for label in labels for p in (CORPUS / label).glob("*.eml"))
    assert len(files) > 500
    done = subprocess.run([BUILD / "milter/antisales", "check", "--json", "--facts", "--policy", SRC / "policies/default.yaml", *files],
                          capture_output=True, text=True, timeout=300, check=True)
    results = map(json.loads, done.stdout.splitlines())
    return [(r["facts"]["confirmation.kind"], r["facts"]["header.subject"]) for r in results if "confirmation.kind" in r["facts"]]


def test_people_and_pitches_confirm_nothing():
    assert confirmed("personal", "list", "cold-sales") == []
    assert {kind for kind, _subject in confirmed("transactional", "personal")} == {"receipt"}


def test_of_bulk_mail_hardly_any_does():
    found = confirmed("marketing", "newsletter", "spam-other")
    subjects = [subject for kind, subject in found if kind != "receipt"]
    assert len(subjects) <= 3 and len(found) <= 15
    assert any(subject.startswith(WELCOME) for subject in subjects)
