# SPDX-License-Identifier: BSD-3-Clause
"""antisales relation and timeline: what your people and an organisation are to each other, said and told."""
import json
import re
from xml.etree import ElementTree

import pytest
from proved import Site
from program import DEFAULT

NAMES = ["--person", "ann@example.com", "--person", "bob@example.com"]


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def touch(site, day, rcpt="ann@example.com", domain="acme.example", subject="Quick question"):
    text = site.mail(f"rep@{domain}", [domain], fields=[f"X-Note: {subject}"])
    return site.receive(text, at=f"2026-03-{day:02}", rcpt=rcpt)["facts"]


def relations(site, *args, at="2026-03-20"):
    return site.json("relation", "list", *args, at=at)


def events(site, *args, at="2026-03-20"):
    return site.json("timeline", *args, at=at)


def test_a_relationship_said_by_hand_counts(site):
    assert touch(site, 2)["relationship.level"] == "stranger"
    assert site.run("relation", "add", "acme.example", at="2026-03-03").returncode == 0
    facts = touch(site, 4)
    assert (facts["relationship.level"], facts["relationship.since"]) == ("contract", "2026-03-03")
    assert "sequence.touch" not in facts


def test_it_may_be_for_one_person(site):
    site.run("relation", "add", "acme.example", "--level", "answered", "--person", "Ann+x@example.com", at="2026-03-03")
    assert touch(site, 4)["relationship.level"] == "answered"
    assert touch(site, 4, rcpt="bob@example.com")["relationship.level"] == "stranger"


@pytest.mark.parametrize("end", [["--until", "2026-03-10"], ["--for", "7d"]])
def test_it_may_end(site, end):
    site.run("relation", "add", "acme.example", *end, at="2026-03-03")
    assert touch(site, 9)["relationship.level"] == "contract"
    assert touch(site, 10)["relationship.level"] == "stranger"


def test_removed_is_a_stranger_again(site):
    site.run("relation", "add", "acme.example", at="2026-03-03")
    assert site.run("relation", "remove", "acme.example", at="2026-03-05").returncode == 0
    assert touch(site, 6)["relationship.level"] == "stranger"
    assert relations(site, "--all")[0]["level"] == "stranger"


def test_list_shows_no_address_that_was_not_named(site):
    site.run("relation", "add", "acme.example", "--person", "ann@example.com", at="2026-03-03")
    site.run("relation", "add", "wayne.example", at="2026-03-03")
    listed = {r["name"]: r["person"] for r in relations(site)}
    assert listed["wayne.example"] == "everybody" and re.fullmatch(r"person#[0-9a-f]{4}", listed["acme.example"])
    assert {r["person"] for r in relations(site, "acme.example", *NAMES)} == {"ann@example.com"}
    assert b"ann@" not in site.run("relation", "list", at="2026-03-20").stdout


def test_a_name_of_the_same_organisation_will_do(site):
    text = site.mail("rep@acme.example", ["acme.example", "mktdns.com"], "123-ABC-456")
    site.receive(text)
    site.run("relation", "add", "acme.example", at="2026-03-03")
    assert [r["name"] for r in relations(site, "marketo:123-ABC-456")] == ["acme.example"]


@pytest.mark.parametrize("words, status", [
    (["relation", "list", "nobody.example"], 66), (["relation", "add", "not a name"], 65), (["relation", "add"], 64),
    (["relation", "add", "a.example", "--level", "friend"], 64), (["relation", "add", "a.example", "--until", "soon"], 64),
    (["relation", "add", "a.example", "--until", "2026-01-01"], 64), (["relation", "add", "a.example", "--person", "nobody"], 65),
    (["relation", "add", "a.example", "--for", "3d", "--until", "2026-12-31"], 64), (["relation", "forget", "a.example"], 64),
    (["timeline", "nobody.example"], 66), (["timeline"], 64), (["timeline", "a.example", "b.example"], 64),
    (["timeline", "not a name"], 65), (["timeline", "acme.example", "--person", "x"], 65)])
def test_mistakes_are_told(site, words, status):
    touch(site, 1)
    done = site.run(*words)
    assert done.returncode == status and done.stderr and b"Traceback" not in done.stderr


def test_a_change_is_in_the_journal(site):
    journal = site.folder / "journal"
    site.config.write_text(site.config.read_text() + f"journal: {journal}\n")
    site.run("relation", "add", "acme.example", "--person", "ann@example.com")
    site.run("relation", "remove", "joe@gmail.com")
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(e["change"], e["about"], e["level"]) for e in lines] == [
        ("relation add", "acme.example", "contract"), ("relation remove", "a mailbox", "stranger")]
    assert "ann@" not in journal.read_text() and "joe@" not in journal.read_text()


def test_timeline_numbers_touches(site):
    for day in (2, 5, 9):
        touch(site, day)
    touch(site, 5, rcpt="bob@example.com")
    told = events(site, "acme.example", *NAMES)
    assert [(e["at"][:10], e["person"], e.get("touch")) for e in told if e["person"] == "ann@example.com"] == [
        ("2026-03-02", "ann@example.com", 1), ("2026-03-05", "ann@example.com", 2), ("2026-03-09", "ann@example.com", 3)]
    assert len(told) == 4 and len(events(site, "acme.example", "--person", "bob@example.com")) == 1


def test_timeline_goes_over_all_domains(site):
    site.receive(site.mail("rep@acme.example", ["acme.example", "mktdns.com"], "123-ABC-456"), at="2026-03-02")
    site.receive(site.mail("rep@try-acme.example", ["try-acme.example", "mktdns.com"], "123-ABC-456"), at="2026-03-04")
    for name in ("acme.example", "try-acme.example", "marketo:123-ABC-456", "somebody@acme.example"):
        assert [e["touch"] for e in events(site, name)] == [1, 2]


def test_silence_begins_anew(site):
    touch(site, 2)
    site.receive(site.mail("rep@acme.example", ["acme.example"]), at="2026-09-01")
    assert [e["touch"] for e in events(site, "acme.example", at="2026-10-01")] == [1, 1]


def test_page_is_whole_and_escaped(site):
    site.receive(site.mail("rep@acme.example", ["acme.example"],
                           fields=["X-Nothing: x"], message_id="<paper@acme.example>").replace(
        b"Subject: Quick question", b"Subject: Your copy of <script>alert('1')</script> & more"), at="2026-03-02")
    touch(site, 4)
    page = site.run("timeline", "acme.example", "--html", *NAMES).stdout.decode()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert "<script" not in page and "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert "&lt;script&gt;alert(&#39;1&#39;)" in page and "default-src 'none'" in page
    svg = site.run("timeline", "acme.example", "--svg").stdout.decode()
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert svg.count("<circle") == 1 and svg.count("<rect") == 1


def test_reading_changes_nothing(site):
    touch(site, 2)
    before = (site.folder / "store" / "data.mdb").read_bytes()
    relations(site)
    events(site, "acme.example")
    assert (site.folder / "store" / "data.mdb").read_bytes() == before
    assert DEFAULT.exists()
