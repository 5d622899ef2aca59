# SPDX-License-Identifier: BSD-3-Clause
"""antisales store export and forget: all that is kept about a person, and then nothing."""
import pytest
from proved import Site

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def site(tmp_path):
    """A store that knows Ann by everything it can know, and Bob likewise."""
    site = Site(tmp_path)
    for day in range(1, 5):
        for rcpt in (ANN, BOB):
            text = site.mail(f"rep@acme.example", ["acme.example"], body="Hi,\n\n" + "we make something that you need very much " * 8 + ".\n")
            site.receive(text, at=f"2026-03-{day:02}", rcpt=rcpt)
            site.run("feedback", "--sales", "--user", rcpt, "-", at=f"2026-03-{day:02}", stdin=text)
    for who in (ANN, BOB):
        site.run("relation", "add", "supplier.example", "--person", who)
        site.run("optout", "add", "acme.example", "--person", who)
        assert site.run("address", "issue", who, "--for", "acme.example", "--purpose", "a paper").returncode == 0
    return site


def kept(site, who, *args):
    return site.json("store", "export", who, *args)


def ledgers(site, who):
    return {e["ledger"] for e in kept(site, who)}


def test_everything_is_shown(site):
    assert ledgers(site, ANN) == {"relationship", "sequence", "opt-out", "pressure", "fan-out", "template", "feedback", "voice",
                                  "contacts", "address", "holder"}
    touches = [e for e in kept(site, ANN) if e["ledger"] == "sequence"]
    assert len(touches) == 1 and touches[0]["with"] == "acme.example" and len(touches[0]["times"]) == 4


def test_texts_are_told_as_texts(site):
    issued = [e for e in kept(site, ANN) if e["ledger"] == "address"]
    assert issued[0]["fields"]["to"] == "acme.example" and issued[0]["fields"]["purpose"] == "a paper"


def test_letter_case_and_extension_make_no_other_person(site):
    assert len(kept(site, "Ann+tag@EXAMPLE.com", "--user", "ANN@example.com")) == len(kept(site, ANN))


def test_forgotten_is_forgotten_and_nobody_else_is(site):
    before = kept(site, BOB)
    dry = site.json("store", "forget", ANN, "--dry-run")[0]
    assert dry["dry_run"] and dry["removed"] >= 8 and ledgers(site, ANN)
    done = site.json("store", "forget", ANN)[0]
    assert done == {**dry, "dry_run": False}
    assert kept(site, ANN) == []
    assert kept(site, BOB) == before
    again = site.json("store", "forget", ANN)[0]
    assert (again["removed"], again["cleaned"]) == (0, 0)


def test_after_that_it_is_a_first_touch(site):
    site.run("store", "forget", ANN)
    text = site.mail("rep@acme.example", ["acme.example"])
    facts = site.receive(text, at="2026-03-08", rcpt=ANN)["facts"]
    assert facts["sequence.touch"] == 1 and "optout.since" not in facts
    assert site.receive(site.mail("rep@acme.example", ["acme.example"]), at="2026-03-08", rcpt=BOB)["facts"]["sequence.touch"] == 5


def test_a_mailbox_outside(site):
    site.run("relation", "add", "joe@gmail.com", "--person", ANN)
    assert {e["ledger"] for e in kept(site, "joe@gmail.com")} == {"relationship", "identifier"}
    site.run("store", "forget", "joe@gmail.com")
    assert kept(site, "joe@gmail.com") == [] and "relationship" in ledgers(site, ANN)


@pytest.mark.parametrize("words, status", [(["store"], 64), (["store", "forget"], 64), (["store", "forget", "nobody"], 65),
                                           (["store", "burn", ANN], 64), (["store", "export", ANN, BOB], 64)])
def test_mistakes_are_told(site, words, status):
    done = site.run(*words)
    assert done.returncode == status and done.stderr


def test_it_is_in_the_journal_without_the_address(site):
    journal = site.folder / "journal"
    site.config.write_text(site.config.read_text() + f"journal: {journal}\n")
    site.run("store", "forget", ANN)
    assert '"change":"store forget"' in journal.read_text() and "ann@" not in journal.read_text()
