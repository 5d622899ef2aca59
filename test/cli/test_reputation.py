# SPDX-License-Identifier: BSD-3-Clause
"""antisales reputation: earned slowly, by proof only, shown, set and forgotten."""
import datetime

import pytest
from proved import Site
from program import antisales

PLATFORM = "mktdns.com"
DAY = datetime.date(2026, 3, 1)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def pitches(site, domain, days, account="123-ABC-456"):
    for i in range(days):
        site.receive(site.mail(f"rep@{domain}", [domain, PLATFORM], account), at=str(DAY + datetime.timedelta(days=i)),
                     rcpt=f"r{i % 7}@example.com")
    return str(DAY + datetime.timedelta(days=days))


def test_sales_mail_is_remembered_with_growing_confidence(site):
    seen = []
    for i in range(8):
        at = str(DAY + datetime.timedelta(days=i))
        facts = site.receive(site.mail("rep@acme.example", ["acme.example", PLATFORM], "123-ABC-456"), at=at, rcpt=f"r{i}@example.com")["facts"]
        seen.append((facts.get("reputation.sales", 50), facts.get("reputation.confidence", 0)))
    assert seen == sorted(seen) and seen[0] == (50, 0) and seen[-1][0] >= 85
    assert site.reputation("acme.example")["recipients"] in range(4, 12)        # an estimate, by a key of chance


def test_a_new_domain_of_a_known_account_has_its_history(site):
    at = pitches(site, "acme.example", 6)
    facts = site.receive(site.mail("rep@acme-two.example", ["acme-two.example", PLATFORM], "123-ABC-456"), at=at)["facts"]
    assert "reputation.sales" not in facts or facts["reputation.mails"] == 0
    assert facts["reputation.account_sales"] >= 80
    facts = site.receive(site.mail("rep@acme-two.example", ["acme-two.example", PLATFORM], "123-ABC-456"), at=at)["facts"]
    assert facts["reputation.sales"] >= 80 and facts["reputation.mails"] == 7 and facts["org.members"] == 3
    assert facts["reputation.source"] == "organisation"


def test_a_thousand_mails_in_anothers_name_change_nothing(site):
    at = pitches(site, "acme.example", 3)
    before = site.run("reputation", "show", "acme.example", "--json", at=at).stdout
    folder = site.folder / "flood"
    folder.mkdir()
    files = []
    for i in range(1000):
        files.append(folder / f"{i}.eml")
        files[-1].write_bytes(site.mail("boss@acme.example", [], "123-ABC-456") if i % 2 else
                              site.mail("boss@acme.example", ["flooder.example"], "123-ABC-456"))
    done = site.run("check", "--record", "--client", "bad.example.net [198.51.100.7]", *files, at=at)
    assert done.returncode == 0
    assert site.run("reputation", "show", "acme.example", "--json", at=at).stdout == before


def test_a_thousand_nice_mails_buy_little(site):
    folder = site.folder / "nice"
    folder.mkdir()
    files = []
    for i in range(1000):
        files.append(folder / f"{i}.eml")
        files[-1].write_bytes(site.mail(f"friend{i}@fresh.example", ["fresh.example"]))
    assert site.run("check", "--record", "--rcpt", "ann@example.com", "--client", "a.example.net [192.0.2.5]", *files).returncode == 0
    r = site.reputation("fresh.example")
    assert r["mails"] == 1000 and r["evidence_clean"] <= 3 and r["confidence"] <= 43
    judged = site.receive(site.mail("rep@fresh.example", ["fresh.example", PLATFORM], "999-ZZZ-999"))
    assert judged["verdict"] == "tag"


def test_top_lists_the_worst_first(site):
    at = pitches(site, "acme.example", 6)
    site.receive(site.mail("rep@friend.example", ["friend.example"]), at=at)
    rows = site.json("reputation", "top", at=at)
    assert [r["name"] for r in rows] == ["acme.example", "friend.example"]
    assert len(site.json("reputation", "top", "--count", "1", at=at)) == 1


def test_set_stands_until_it_is_taken_back(site):
    at = pitches(site, "acme.example", 3)
    mail = site.mail("rep@acme.example", ["acme.example", PLATFORM], "123-ABC-456")
    assert site.run("reputation", "set", "acme.example", "--sales", "0", at=at).returncode == 0
    judged = site.receive(mail, at=at)
    assert (judged["facts"]["reputation.sales"], judged["facts"]["reputation.set"]) == (0, True)
    assert any(f["id"] == "good-history" for f in judged["findings"])
    assert site.run("reputation", "set", "acme.example", "--none", at=at[:-1] + "9").returncode == 0
    assert not site.reputation("acme.example", at=at)["set"]


def test_forget(site):
    at = pitches(site, "acme.example", 3)
    assert site.run("reputation", "forget", "acme.example", at=at).returncode == 0
    assert not site.reputation("acme.example", at=at)["known"]
    assert not site.reputation("marketo:123-ABC-456", at=at)["known"]


@pytest.mark.parametrize("args, code", [
    ([], 64), (["bogus"], 64), (["show"], 64), (["show", "nobody.example"], 66), (["set", "known.example"], 64),
    (["set", "known.example", "--sales", "101"], 64), (["set", "known.example", "--sales", "5", "--none"], 64),
    (["forget", "nobody.example"], 66), (["top", "--count", "x"], 64)])
def test_mistakes(site, args, code):
    site.receive(site.mail("rep@known.example", ["known.example"]))
    done = site.run("reputation", *args)
    assert done.returncode == code and b"antisales reputation: " in done.stderr


def test_help():
    assert antisales("reputation", "--help").stdout.startswith(b"Usage: antisales reputation ")
