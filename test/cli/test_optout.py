# SPDX-License-Identifier: BSD-3-Clause
"""antisales optout: who was told to stop, by which scope, and who did not."""
import json

import pytest
from proved import Site

ANN = ["--person", "ann@example.com"]
AGENCY_Z, AGENCY_Y = "111-ZZZ-111", "222-YYY-222"


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def send(site, day, domain, account=None, rcpt="ann@example.com", fields=()):
    signers = [domain] + (["mktdns.com"] if account else [])
    text = site.mail(f"rep@{domain}", signers, account, fields=fields)
    return site.receive(text, at=f"2026-03-{day:02}T12:00:00Z", rcpt=rcpt)["facts"]


def opt_out(site, name, *args, day=2):
    done = site.run("optout", "add", name, *ANN, *args, at=f"2026-03-{day:02}")
    assert done.returncode == 0, done.stderr


def breach(facts):
    return facts.get("optout.breach", False)


def told(site, verb="list", *args, at="2026-03-20"):
    return site.json("optout", verb, *args, at=at)


def test_after_the_deadline_it_is_a_breach(site):
    send(site, 1, "acme.example")
    opt_out(site, "acme.example")
    assert not breach(send(site, 3, "acme.example"))
    facts = send(site, 6, "acme.example")
    assert breach(facts) and (facts["optout.since"], facts["optout.overdue_days"], facts["optout.touches_after"]) == ("2026-03-02", 3, 2)
    assert not breach(send(site, 6, "acme.example", rcpt="bob@example.com"))
    assert not breach(send(site, 6, "other.example"))


def test_an_agency_with_all_its_clients(site):
    """Told by agency Z for client A: Z for client B is a breach, agency Y for client A is none."""
    send(site, 1, "client-a.example", AGENCY_Z)
    opt_out(site, f"marketo:{AGENCY_Z}", "--scope", "agency")
    facts = send(site, 6, "client-b.example", AGENCY_Z)
    assert breach(facts) and facts["optout.scope"] == "agency"
    assert not breach(send(site, 6, "client-a.example", AGENCY_Y))
    assert [e["name"] for e in told(site, "overdue")] == [f"agency marketo:{AGENCY_Z.lower()}"]
    assert not breach(send(site, 6, "client-a.example"))


def test_a_list_alone(site):
    news, offers = ["List-Id: News <news.acme.example>"], ["List-Id: <offers.acme.example>"]
    opt_out(site, "news.acme.example", "--scope", "list")
    facts = send(site, 6, "acme.example", fields=news)
    assert breach(facts) and facts["optout.scope"] == "list"
    assert not breach(send(site, 6, "acme.example", fields=offers))


def test_all_that_is_one_with_it(site):
    send(site, 1, "acme.example", AGENCY_Z)
    send(site, 1, "try-acme.example", AGENCY_Z)
    opt_out(site, "acme.example")
    assert breach(send(site, 6, "try-acme.example"))


def test_without_proof_nobody_is_blamed(site):
    opt_out(site, "acme.example")
    text = site.mail("rep@acme.example", [])
    facts = site.receive(text, at="2026-03-06")["facts"]
    assert "optout.since" not in facts
    assert told(site)[0]["after"] == 0


def test_withdrawn_is_withdrawn_and_may_be_said_again(site):
    opt_out(site, "acme.example")
    assert site.run("optout", "withdraw", "acme.example", *ANN, at="2026-03-04").returncode == 0
    assert not breach(send(site, 8, "acme.example"))
    opt_out(site, "acme.example", day=10)
    facts = send(site, 14, "acme.example")
    assert breach(facts) and facts["optout.since"] == "2026-03-10"


def test_list_and_overdue(site):
    opt_out(site, "acme.example")
    opt_out(site, "heeds.example")
    for day in (3, 6, 7):
        send(site, day, "acme.example")
    listed = {e["name"]: e for e in told(site, "list", *ANN)}
    assert listed["acme.example"] == {"name": "acme.example", "person": "ann@example.com", "since": "2026-03-02",
                                      "deadline": "2026-03-04", "after": 3, "overdue": 2}
    assert listed["heeds.example"]["after"] == 0
    assert [e["name"] for e in told(site, "overdue")] == ["acme.example"]
    assert site.run("optout", "overdue", "heeds.example", at="2026-03-20").returncode == 66
    assert b"ann@" not in site.run("optout", "list", at="2026-03-20").stdout


def test_ignored_opt_outs_count_against_them(site):
    opt_out(site, "acme.example")
    for day in range(6, 10):
        facts = send(site, day, "acme.example")
    assert facts["reputation.optouts_ignored"] == 3 and facts["reputation.sales"] > 50


@pytest.mark.parametrize("words, status", [
    (["add", "acme.example"], 64), (["add", *ANN], 64), (["add", "acme.example", "--scope", "agency", *ANN], 65),
    (["add", "acme.example", "--scope", "world", *ANN], 64), (["add", "", "--scope", "list", *ANN], 65),
    (["add", "acme.example", "--person", "nobody"], 65), (["list", *ANN * 33], 64), (["list", "nobody.example"], 66), (["forget", "acme.example"], 64)])
def test_mistakes_are_told(site, words, status):
    send(site, 1, "acme.example")
    done = site.run("optout", *words)
    assert done.returncode == status and done.stderr


def test_a_change_is_in_the_journal(site):
    journal = site.folder / "journal"
    site.config.write_text(site.config.read_text() + f"journal: {journal}\n")
    opt_out(site, "acme.example")
    line = json.loads(journal.read_text())
    assert (line["change"], line["about"]) == ("optout add", "acme.example") and "ann@" not in journal.read_text()


def test_the_last_word_of_a_second_counts(site):
    for _ in range(3):
        opt_out(site, "acme.example")
        assert [e["name"] for e in told(site)] == ["acme.example"]
        assert site.run("optout", "withdraw", "acme.example", *ANN, at="2026-03-02").returncode == 0
        assert told(site) == []


def mail_from(site):
    """A mail of Z's for client A, on a list, as it would lie in a folder."""
    return site.mail("rep@client-a.example", ["client-a.example", "mktdns.com"], AGENCY_Z, fields=["List-Id: <news.client-a.example>"])


@pytest.mark.parametrize("scope, name", [("organisation", "client-a.example"), ("agency", f"agency marketo:{AGENCY_Z.lower()}")])
def test_a_mail_tells_whom(site, scope, name):
    mail = mail_from(site)
    site.receive(mail)
    assert site.run("optout", "add", "--mail", "-", "--scope", scope, *ANN, at="2026-03-02", stdin=mail).returncode == 0
    assert [(e["name"], e["since"]) for e in told(site)] == [(name, "2026-03-02")]
    assert breach(send(site, 6, "client-a.example", AGENCY_Z))
    assert site.run("optout", "withdraw", "--mail", "-", "--scope", scope, *ANN, at="2026-03-07", stdin=mail).returncode == 0
    assert told(site) == [] and not breach(send(site, 8, "client-a.example", AGENCY_Z))


def test_a_mail_tells_which_list(site):
    file = site.folder / "mail.eml"
    file.write_bytes(mail_from(site))
    assert site.run("optout", "add", "--mail", file, "--scope", "list", *ANN, at="2026-03-02").returncode == 0
    assert breach(send(site, 6, "client-a.example", fields=["List-Id: <news.client-a.example>"]))
    assert not breach(send(site, 6, "client-a.example", fields=["List-Id: <jobs.client-a.example>"]))


@pytest.mark.parametrize("signers, scope, status, why", [
    ([], "organisation", 77, b"nobody proved to have sent the mail"), (["acme.example"], "list", 77, b"names no list"),
    (["acme.example"], "agency", 77, b"names no account")])
def test_a_mail_that_does_not_tell_whom(site, signers, scope, status, why):
    mail = site.mail("rep@acme.example", signers)
    done = site.run("optout", "add", "--mail", "-", "--scope", scope, *ANN, stdin=mail)
    assert (done.returncode, why in done.stderr) == (status, True) and told(site) == []


@pytest.mark.parametrize("words, status", [(["acme.example", "--mail", "-"], 64), (["--mail", "/no/such.eml"], 66), (["--mail", "-"], 65)])
def test_mistakes_with_a_mail(site, words, status):
    done = site.run("optout", "add", *words, *ANN)
    assert done.returncode == status and done.stderr
