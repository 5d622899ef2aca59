# SPDX-License-Identifier: BSD-3-Clause
"""antisales org: what is one organisation, told, joined and split."""
import pytest
from proved import Site
from program import antisales

PLATFORM = "mktdns.com"
ACCOUNT = "123-ABC-456"


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def pitch(site, n, domain, account=ACCOUNT):
    return site.receive(site.mail(f"rep{n}@{domain}", [domain, PLATFORM], account))


def test_seven_mails_of_two_domains_through_one_account_are_one(site):
    for n in range(7):
        pitch(site, n % 3, ("acme-mail.example", "acme-team.example")[n % 2])
    assert site.members("acme-mail.example") == {"acme-mail.example", "acme-team.example", "marketo:123-abc-456"}
    assert site.org("acme-team.example")["mails"] == 7
    assert site.org("marketo:123-ABC-456") == site.org("acme-mail.example")


def test_two_customers_of_one_platform_are_two(site):
    pitch(site, 1, "acme.example")
    pitch(site, 1, "wayne.example", account="987-XYZ-654")
    assert site.members("acme.example").isdisjoint(site.members("wayne.example"))


def test_a_copied_account_number_joins_nothing(site):
    pitch(site, 1, "acme.example")
    site.receive(site.mail("rep@evil.example", ["evil.example"], ACCOUNT))
    assert site.members("evil.example") == {"evil.example"}
    alike = site.org("evil.example")["alike"]
    assert [(e["active"], e["mails"]) for e in alike] == [(False, 1)]


def test_two_accounts_in_one_mail_join_nothing(site):
    pitch(site, 1, "acme.example")
    text = site.mail("rep@evil.example", ["evil.example", PLATFORM], "111-AAA-111", fields=[f"X-MarketoID: {ACCOUNT}:fb8"])
    site.receive(text)
    assert site.members("evil.example") == {"evil.example"}


def test_unproved_mail_makes_no_organisation(site):
    site.receive(site.mail("rep@acme.example", [], ACCOUNT))
    assert site.run("org", "show", "acme.example").returncode == 66
    assert site.run("org", "list", "--all").stdout == b""


def test_a_platforms_own_domain_is_nobody(site):
    site.receive(site.mail("rep@mktdns.com", [PLATFORM]))
    assert site.run("org", "show", PLATFORM).returncode == 66


def test_weak_marks_are_told_and_join_nothing(site):
    fields = ["Reply-To: sales@acme-home.example", "List-Id: <news.acme.example>", "X-MarketoID: 123-ABC-456:fb8:8e2:1:0:0:0"]
    body = ("See https://go.acme.example/rs/123-ABC-456/images/logo.png\nBook me: https://calendly.com/acme-joe/30min or call "
            "+49 30 1234 5678\n12 Example Street, Suite 4, Springfield, IL 62701\n")
    for domain in ("one.example", "two.example"):
        site.receive(site.mail(f"rep@{domain}", [domain], body=body, fields=fields))
    assert site.members("one.example") == {"one.example"}
    names = {name for e in site.org("one.example")["alike"] for name in (e["a"], e["b"])} - {"one.example"}
    assert {n for n in names if "#" not in n} == {"reply-to:acme-home.example", "list-id:news.acme.example",
                                                  "tracking-host:go.acme.example", "marketo:123-abc-456"}
    assert {n.split("#")[0] for n in names if "#" in n} == {"calendar", "phone", "postal"}


def test_join_and_split_by_hand(site):
    pitch(site, 1, "one.example", account="111-AAA-111")
    pitch(site, 1, "two.example", account="222-BBB-222")
    assert site.run("org", "join", "one.example", "two.example").returncode == 0
    assert len(site.members("one.example")) == 4 and site.org("two.example")["mails"] == 2
    assert site.run("org", "split", "one.example", "--from", "two.example").returncode == 0
    assert site.members("one.example") == {"one.example", "marketo:111-aaa-111"}
    assert site.org("one.example")["mails"] == 1
    assert site.run("org", "join", "two.example", "one.example").returncode == 0
    assert len(site.members("one.example")) == 4


def test_a_split_stays_whatever_mail_comes(site):
    for domain in ("one.example", "two.example"):
        pitch(site, 1, domain)
    assert site.run("org", "split", "one.example", "--from", "two.example").returncode == 0
    pitch(site, 2, "one.example")
    assert site.members("one.example") == {"one.example"}
    assert site.members("two.example") == {"two.example", "marketo:123-abc-456"}
    assert site.org("one.example")["mails"] == 2


def test_list_shows_what_was_joined(site):
    pitch(site, 1, "acme.example")
    site.receive(site.mail("rep@alone.example", ["alone.example"]))
    assert [o["org"] for o in site.json("org", "list")] == ["acme.example"]
    assert {o["org"] for o in site.json("org", "list", "--all")} == {"acme.example", "alone.example"}


def test_text_for_people(site):
    pitch(site, 1, "acme.example")
    text = site.run("org", "show", "www.acme.example").stdout.decode()
    assert "account  marketo:123-abc-456" in text and ": joined, 1 mails, last 2026-03-01" in text


@pytest.mark.parametrize("args, code", [
    ([], 64), (["show"], 64), (["bogus"], 64), (["join", "a.example"], 64), (["show", "co.uk"], 64), (["show", "nobody.example"], 66),
    (["split", "nobody.example"], 66), (["join", "a.example", "b.example"], 66), (["show", "a b"], 64)])
def test_mistakes(site, args, code):
    site.receive(site.mail("rep@known.example", ["known.example"]))
    done = site.run("org", *args)
    assert done.returncode == code and b"antisales org: " in done.stderr and done.stdout == b""


def test_splitting_what_is_alone(site):
    site.receive(site.mail("rep@known.example", ["known.example"]))
    done = site.run("org", "split", "known.example")
    assert done.returncode == 66 and b"joined with nothing" in done.stderr


def test_no_persons_address_in_the_store(site):
    body = "Book me: https://calendly.com/joe-doe/30min or call +49 30 1234 5678\n1 High Street, London SW1A 1AA\n"
    site.receive(site.mail("joe.doe@acme.example", ["acme.example"], body=body, fields=["Reply-To: joe.private@home.example"]))
    data = (site.folder / "store" / "data.mdb").read_bytes()
    assert b"joe" not in data and b"4930" not in data and b"ann@" not in data and b"high" not in data


def test_help():
    assert antisales("org", "--help").stdout.startswith(b"Usage: antisales org ")
