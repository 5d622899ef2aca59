# SPDX-License-Identifier: BSD-3-Clause
"""The real mail of ../shared/corpus: what is recognised, and that nothing wanted is tagged.

The index beside the corpus was made by other tables than ours. Where we differ,
differences.tsv says why for each message; an unexplained difference fails.
"""
import csv
import json
import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SRC = HERE.parent.parent
BUILD = Path(os.environ.get("ANTISALES_BUILD", SRC / "build"))
CORPUS = Path(os.environ.get("SHARED_DIR", SRC.parent / "shared")) / "corpus"
# The index's names for what our catalogue calls otherwise.
ALIASES = {"sales-engine": "sales-engine-a", "momentum-sparkpost": "sparkpost"}
WANTED = {"personal", "list", "transactional"}


def read_index():
    with open(CORPUS / "INDEX.tsv", newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        names = re.split("[,; ]+", row["platforms_by_headers"] + "," + row["platforms_by_body"])
        plain = {re.sub(r"\(.*", "", name) for name in names} - {"", "-"}
        row["platforms"] = {ALIASES.get(name, name) for name in plain}
    return {row["path"]: row for row in rows}


def read_differences():
    with open(HERE / "differences.tsv", newline="", encoding="utf-8") as f:
        rows = [line for line in f if not line.startswith("#")]
    return {(path, platform) for path, platform, _kind, _reason in csv.reader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)}


@pytest.fixture(scope="module")
def index():
    return read_index()


@pytest.fixture(scope="module")
def judged():
    files = sorted(str(p) for p in CORPUS.glob("*/*.eml"))
    assert len(files) > 3000
    done = subprocess.run([BUILD / "milter/antisales", "check", "--json", "--policy", SRC / "policies/default.yaml", *files],
                          capture_output=True, text=True, timeout=300, check=True)
    by_path = {}
    for line in done.stdout.splitlines():
        result = json.loads(line)
        by_path[str(Path(result["file"]).relative_to(CORPUS))] = result
    return by_path


def test_every_message_was_read(judged, index):
    assert not set(index) - set(judged) - {p for p in index if p.startswith("headers/")}


def test_nothing_wanted_is_tagged(judged, index):
    tagged = [(path, r["score"], [f["id"] for f in r["findings"]]) for path, r in judged.items()
              if path in index and index[path]["label"] in WANTED and r["verdict"] != "pass"]
    assert tagged == []


def compare(judged, index):
    """Per platform: expected, hit, and the messages that differ either way."""
    named = set().union(*(row["platforms"] for row in index.values()))
    expected, hit, differ = defaultdict(int), defaultdict(int), set()
    for path, result in judged.items():
        if path not in index:
            continue
        want, got = index[path]["platforms"], {p["id"] for p in result["platforms"]}
        for platform in want:
            expected[platform] += 1
            hit[platform] += platform in got
        # a platform that the index has no name for cannot be surplus
        differ |= {(path, platform) for platform in want ^ (got & named)}
    return expected, hit, differ


def test_differences_to_the_index_are_explained(judged, index):
    _expected, _hit, differ = compare(judged, index)
    explained = read_differences()
    assert sorted(differ - explained) == []
    assert sorted(explained - differ) == [], "explained, but there is no such difference any more"


def test_recall_and_precision_by_platform(judged, index):
    """Every difference that is left is an error of the index or a copied mark, so both figures are bounds from below."""
    expected, hit, differ = compare(judged, index)
    explained = read_differences()
    missed = sum(expected.values()) - sum(hit.values())
    wrong_in_index = sum(1 for path, platform in explained if platform in index[path]["platforms"])
    recall = sum(hit.values()) / (sum(expected.values()) - wrong_in_index)
    surplus = {d for d in differ - explained if d[1] not in index[d[0]]["platforms"]}
    precision = sum(hit.values()) / (sum(hit.values()) + len(surplus))
    print(f"recall {recall:.4f}, precision {precision:.4f}, {missed} not found, {len(explained)} explained")
    assert recall >= 0.98
    assert precision >= 0.995


def test_evaluate_agrees_with_check(judged):
    done = subprocess.run([BUILD / "milter/antisales", "evaluate", "--json", "--policy", SRC / "policies/default.yaml",
                           "--labels", CORPUS / "INDEX.tsv", CORPUS], capture_output=True, text=True, timeout=300, check=True)
    result = json.loads(done.stdout)
    assert result["messages"] + result["bad"] == len(judged)
    found = defaultdict(int)
    for one in judged.values():
        for platform in one["platforms"]:
            found[platform["id"]] += 1
    # what does not begin with a header field is judged by check but is no mail for evaluate
    assert sum(abs(p["found"] - found[p["id"]]) for p in result["platforms"]) <= result["bad"]
