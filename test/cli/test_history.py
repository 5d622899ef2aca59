# SPDX-License-Identifier: BSD-3-Clause
"""antisales check --record: what an organisation did is remembered, explained and bounded. Needs PyYAML."""
import datetime
import os

import pytest
import yaml
from program import DEFAULT, MESSAGES, antisales, judge, json_lines

PITCH = MESSAGES / "outreach-pitch.eml"
PERSON = MESSAGES / "person.eml"
HERE = "192.0.2.5"
SAME_NETWORK = "192.0.2.200"
OTHER_NETWORK = "198.51.100.5"
DAY = datetime.date(2026, 3, 1)


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store").mkdir(mode=0o700)
    return f"lmdb:{tmp_path}/store"


def options(store, client=HERE, at=DAY, record=True, rcpt=None):
    return [*(["--rcpt", rcpt] if rcpt else []), "--store", store, "--client", f"mail.acme.example [{client}]", "--at", str(at), *(["--record"] if record else [])]


def see(store, *files, **how):
    return judge(*files, options=options(store, **how))


def look(store, file, **how):
    return see(store, file, record=False, **how)[0]


def see_daily(store, file, days):
    """One mail a day, to five people in turn: a day moves an organisation little, and so does a person."""
    return [see(store, file, at=DAY + datetime.timedelta(days=i), rcpt=f"r{i % 5}@example.com")[0] for i in range(days)]


def points(result, rule):
    return sum(f["points"] for f in result["findings"] if f["id"] == rule)


def bound_of(rule):
    rules = yaml.safe_load(DEFAULT.read_text())["rules"]
    return next(r["points"]["at-most"] for r in rules if r["id"] == rule)


def test_sales_mail_makes_history_worse_and_the_score_higher(store):
    scores = [r["score"] for r in see(store, *[PITCH] * 10)]
    after = look(store, PITCH)
    assert scores[0] == 59 and sorted(scores) == scores
    assert after["score"] > scores[0] and after["score"] - scores[0] == points(after, "bad-history")
    assert 0 < points(after, "bad-history") <= bound_of("bad-history")


def test_history_is_explained(store):
    see(store, *[PITCH] * 10)
    says = next(f["says"] for f in look(store, PITCH)["findings"] if f["id"] == "bad-history")
    assert "try-pipelinely.example" in says and "10 mails" in says


def test_history_is_bounded(store):
    last = see_daily(store, PITCH, 30)[-1]
    assert points(last, "bad-history") == bound_of("bad-history")


def test_one_day_and_one_person_move_it_little(store):
    after_two, last = (see(store, *[PITCH] * n)[-1] for n in (3, 120))
    assert points(after_two, "bad-history") == points(last, "bad-history") == 5


def test_clean_mail_makes_history_better(store):
    see_daily(store, PERSON, 10)
    after = look(store, PERSON, at=DAY + datetime.timedelta(days=10))
    assert -bound_of("good-history") <= points(after, "good-history") < 0
    assert (after["score"], points(after, "bad-history")) == (0, 0)


def test_same_network_shares_history(store):
    see(store, *[PITCH] * 10)
    assert points(look(store, PITCH, client=SAME_NETWORK), "bad-history") > 0


def test_other_network_does_not_share_what_nobody_proved(store):
    see(store, *[PITCH] * 10)
    other = look(store, PITCH, client=OTHER_NETWORK)
    assert (other["score"], points(other, "bad-history")) == (59, 0)


def test_other_organisation_does_not_share(store):
    see(store, *[PITCH] * 10)
    assert look(store, PERSON)["findings"] == []


def test_silence_forgets(store):
    see(store, *[PITCH] * 10)
    soon = points(look(store, PITCH, at=DAY + datetime.timedelta(days=1)), "bad-history")
    late = points(look(store, PITCH, at=DAY + datetime.timedelta(days=600)), "bad-history")
    assert soon > late


def test_looking_changes_nothing(store):
    see(store, *[PITCH] * 3)
    first = look(store, PITCH)["score"]
    assert [look(store, PITCH)["score"] for _ in range(3)] == [first] * 3


def test_looking_into_an_empty_folder_leaves_it_empty(store):
    antisales("check", "--policy", DEFAULT, *options(store, record=False), PITCH)
    assert os.listdir(store.removeprefix("lmdb:")) == []


def test_history_lasts_within_one_run_in_memory():
    done = antisales("check", "--json", "--policy", DEFAULT, "--store", "memory:", "--record", *[PITCH] * 4)
    results = json_lines(done)
    assert done.returncode == 0 and points(results[0], "bad-history") == 0 < points(results[3], "bad-history")


def test_nothing_is_remembered_without_record():
    assert len({r["score"] for r in judge(*[PITCH] * 5)}) == 1


def test_record_needs_a_store():
    done = antisales("check", "--policy", DEFAULT, "--record", PITCH)
    assert done.returncode == 64 and b"--record needs --store or --config" in done.stderr


@pytest.mark.parametrize("url, word", [("bogus", b"lmdb:FOLDER"), ("lmdb:/nonexistent/folder", b"/nonexistent/folder")])
def test_store_that_cannot_be_opened(url, word):
    done = antisales("check", "--policy", DEFAULT, "--store", url, "--record", PITCH)
    assert done.returncode != 0 and word in done.stderr and done.stdout == b""


def test_store_tells_no_address(store):
    see(store, *[PITCH] * 3)
    data = read_store(store)
    assert b"pipelinely" not in data and b"192.0.2.5" not in data


def read_store(store):
    with open(store.removeprefix("lmdb:") + "/data.mdb", "rb") as f:
        return f.read()
