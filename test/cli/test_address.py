# SPDX-License-Identifier: BSD-3-Clause
"""antisales address: addresses that are given to one organisation each."""
import json
import os
import re

import pytest
from proved import Site
from program import DEFAULT, POLICIES, printable

ANN = "ann@example.com"
ALPHABET = set("bcdfghjkmnpqrstvwxz23456789")


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def issue(site, *options, user=ANN, to="acme.example", **how):
    done = site.run("address", "issue", user, "--for", to, *options, **how)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


def show(site, address, **how):
    return site.json("address", "show", address, **how)[0]


def change(site, *args, **how):
    done = site.run("address", *args, **how)
    assert done.returncode == 0, done.stderr


# -- making them

@pytest.mark.parametrize("style, begins, listed", [("plus", "ann+acme-", False), ("dot", "ann.acme-", True), ("dash", "ann-acme-", True)])
def test_styles(site, style, begins, listed):
    address, *alias = issue(site, "--style", style)
    local, domain = address.split("@")
    assert local.startswith(begins) and domain == "example.com"
    assert len(local) == len(begins) + 5 and set(local[len(begins):]) <= ALPHABET
    assert alias == ([f"{address} {ANN}"] if listed else [])


def test_a_random_one_shows_neither_user_nor_organisation(site):
    address, alias = issue(site, "--style", "random")
    assert "ann" not in address.split("@")[0] and "acme" not in address
    assert alias == f"{address} {ANN}"


def test_the_mtas_delimiter_needs_no_alias(site):
    site.config.write_text(site.config.read_text() + "recipient-delimiter: '-'\n")
    assert len(issue(site, "--style", "dash")) == 1
    assert len(issue(site, "--style", "plus")) == 2


def test_each_one_is_another(site):
    made = [issue(site, "--style", style)[0] for style in ("plus", "plus", "dot", "dash", "random", "random")]
    made += issue(site, to="acme.test") + issue(site, user="bob@example.com")
    assert len(set(made)) == 8
    checks = [a.split("@")[0][-5:] for a in made]
    assert len(set(checks)) == 8


def test_a_host_is_its_domain(site):
    assert show(site, issue(site, to="www.Acme.example")[0])["issued_to"] == "acme.example"


@pytest.mark.parametrize("user, to, why", [
    ("ann", "acme.example", "no mail address"), ("ann+x@example.com", "acme.example", "extension"),
    ('"a b"@example.com', "acme.example", "no mail address"), ("änn@example.com", "acme.example", "no mail address"),
    (ANN, "gmail.com", "nobody's organisation"), (ANN, "com", "no domain"), (ANN, "marketo:123-ABC-456", "is a domain"),
    ("a" * 60 + "@example.com", "acme.example", "longer"),
])
def test_what_cannot_be_issued(site, user, to, why):
    done = site.run("address", "issue", user, "--for", to)
    assert done.returncode not in (0, 66) and why in done.stderr.decode() and done.stdout == b"" and printable(done.stderr)


@pytest.mark.parametrize("args", [
    (), ("issue", ANN), ("issue",), ("sell", ANN), ("cancel",), ("allow", "a@example.com"),
    ("issue", ANN, "--for", "acme.example", "--style", "minus"), ("issue", ANN, "--for", "acme.example", "--expires", "soon"),
    ("issue", ANN, "--for", "acme.example", "--purpose", "x" * 41), ("issue", ANN, "--for", "acme.example", "--expires", "2020-01-01"),
])
def test_usage(site, args):
    assert site.run("address", *args).returncode == 64


# -- what is remembered

def test_show(site):
    address = issue(site, "--purpose", "white paper", "--expires", "90d", "--lock")[0]
    assert show(site, address) == {
        "address": address, "issued_to": "acme.example", "issued_on": "2026-03-01", "purpose": "white paper", "style": "plus",
        "state": "locked", "expires": "2026-05-30", "mails": 0, "sold": 0, "affiliates": []}
    assert show(site, address.upper())["state"] == "locked"


def test_list_hides_users_unless_one_is_named(site):
    ann, random = issue(site)[0], issue(site, "--style", "random")[0]
    bob = issue(site, user="bob@example.com")[0]
    hidden = [row["address"] for row in site.json("address", "list")]
    assert len(hidden) == 3 and all(a.startswith("person#") for a in hidden)
    assert not any(name in a for a in hidden for name in ("ann", "bob", "example.com", random.split("@")[0]))
    assert {row["address"] for row in site.json("address", "list", "--user", ANN)} == {ann, random}
    assert [row["address"] for row in site.json("address", "list", "--user", "Bob@example.com")] == [bob]
    assert site.json("address", "list", "--user", "carol@example.com") == []


def test_the_store_holds_no_user(site):
    made = issue(site, "--purpose", "white paper", user="wilhelmina@example.com") + issue(site, "--style", "random")
    held = (site.folder / "store" / "data.mdb").read_bytes()
    for word in ("wilhelmina", "example.com", made[1].split("@")[0]):
        # texts stand in words of eight bytes, the last first
        turned = word.encode()[:8][::-1]
        assert word.encode() not in held and turned not in held
    assert b"acme"[::-1] in held, "what is searched for is stored that way"


def test_cancel_and_renew(site):
    address = issue(site, "--expires", "90d")[0]
    assert show(site, address, at="2026-06-01")["state"] == "expired"
    change(site, "cancel", address, at="2026-03-02")
    assert show(site, address, at="2026-03-02")["state"] == "cancelled"
    change(site, "renew", address, "--expires", "30d", at="2026-03-02")
    assert show(site, address, at="2026-03-03")["state"] == "valid"
    assert show(site, address, at="2026-04-02")["state"] == "expired"
    change(site, "renew", address, at="2026-04-02")
    assert "expires" not in show(site, address, at="2028-04-02")


def test_affiliates_are_four_at_most(site):
    address = issue(site)[0]
    for name in ("acme.example", "a.example", "b.example", "a.example", "c.example", "d.example"):
        change(site, "allow", address, name)
    assert set(show(site, address)["affiliates"]) == {"a.example", "b.example", "c.example", "d.example"}
    assert site.run("address", "allow", address, "e.example").returncode != 0


@pytest.mark.parametrize("verb", ["show", "cancel", "renew"])
def test_what_was_not_issued(site, verb):
    issue(site)
    done = site.run("address", verb, "ann+acme-bbbbb@example.com")
    assert done.returncode == 66 and b"not issued" in done.stderr


def test_every_change_is_in_the_journal(site):
    journal = site.folder / "journal.jsonl"
    site.config.write_text(site.config.read_text() + f"journal: {journal}\n")
    address = issue(site)[0]
    for words in (["allow", address, "friend.example"], ["cancel", address], ["renew", address]):
        change(site, *words)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["change"] for line in lines] == ["address issue", "address allow", "address cancel", "address renew"]
    assert {line["about"] for line in lines} == {"acme.example"} and lines[1]["other"] == "friend.example"
    assert len({line["user"] for line in lines}) == 1 and "ann" not in journal.read_text().replace("cancel", "")
    assert all("by" in line for line in lines)
    assert oct(os.stat(journal).st_mode & 0o777) == "0o640"


# -- mail to them

RULE = "address-sold"


def receive(site, address, sender, *, signers=None, fields=(), at="2026-03-10", **how):
    """One mail of that sender, signed by its own domain unless told otherwise."""
    signers = [sender.split("@")[1]] if signers is None else signers
    return site.receive(site.mail(sender, signers, fields=fields), rcpt=address, at=at, **how)


def facts_of(result):
    """The address.* facts alone."""
    return {name.removeprefix("address."): value for name, value in result["facts"].items() if name.startswith("address.")}


def rules_of(result):
    return {f["id"] for f in result["findings"]}


ISSUED = {"issued_to": "acme.example", "issued_on": "2026-03-01", "state": "valid"}


def test_the_one_it_was_issued_to_may_write(site):
    address = issue(site, "--purpose", "white paper")[0]
    result = receive(site, address, "rep@mail.acme.example")
    assert facts_of(result) == {**ISSUED, "purpose": "white paper"} and RULE not in rules_of(result)
    assert show(site, address)["mails"] == 1 and show(site, address)["sold"] == 0


@pytest.mark.parametrize("style", ["plus", "dot", "dash"])
def test_a_stranger_shows_that_it_was_sold(site, style):
    address = issue(site, "--style", style)[0]
    result = receive(site, address, "rep@buyer.example")
    assert facts_of(result) == {**ISSUED, "sold_by": "buyer.example"}
    says = next(f["says"] for f in result["findings"] if f["id"] == RULE)
    assert says == "this address was given only to acme.example on 2026-03-01"
    seen = show(site, address, at="2026-03-11")
    assert (seen["sold"], seen["sold_by"], seen["sold_on"]) == (1, "buyer.example", "2026-03-10")


def test_a_random_one_is_looked_for_when_told(site):
    address = issue(site, "--style", "random")[0]
    assert facts_of(receive(site, address, "rep@buyer.example")) == {}
    site.config.write_text(site.config.read_text() + "issued-addresses: on\n")
    assert facts_of(receive(site, address, "rep@buyer.example")) == {**ISSUED, "sold_by": "buyer.example"}


def test_a_claim_names_the_seller_but_is_not_remembered(site):
    address = issue(site)[0]
    assert facts_of(receive(site, address, "rep@buyer.example", signers=[]))["sold_by"] == "buyer.example"
    assert show(site, address)["sold"] == 0 and show(site, address)["mails"] == 1


def test_a_claim_of_the_holder_is_no_sale(site):
    address = issue(site)[0]
    assert "sold_by" not in facts_of(receive(site, address, "rep@acme.example", signers=[]))


def test_proof_of_another_outweighs_the_claim(site):
    """Who bought an address cannot hide behind the From line of whom he bought it from."""
    address = issue(site)[0]
    assert facts_of(receive(site, address, "rep@acme.example", signers=["buyer.example"]))["sold_by"] == "buyer.example"


@pytest.mark.parametrize("signers", [["acme.example"], ["acme.example", "sendgrid.net"], ["sendgrid.net"],
                                     ["sendgrid.net", "mail.acme.example"]])
def test_the_holders_platform_is_no_buyer(site, signers):
    address = issue(site)[0]
    assert "sold_by" not in facts_of(receive(site, address, "rep@acme.example", signers=signers))


def test_a_second_signature_of_the_holder_counts(site):
    address = issue(site)[0]
    result = receive(site, address, "rep@agency.example", signers=["agency.example", "acme.example"])
    assert "sold_by" not in facts_of(result)


def test_affiliates_and_what_is_one_with_them(site):
    address = issue(site)[0]
    change(site, "allow", address, "friend.example")
    for name in ("friend.example", "brand.example", "twin.example"):
        site.receive(site.mail(f"x@{name}", [name]), rcpt="carol@example.com")
    assert "sold_by" in facts_of(receive(site, address, "x@brand.example"))
    site.run("org", "join", "acme.example", "brand.example", at="2026-03-10")
    site.run("org", "join", "friend.example", "twin.example", at="2026-03-10")
    for name in ("friend.example", "brand.example", "twin.example"):
        assert "sold_by" not in facts_of(receive(site, address, f"x@{name}")), name
    site.run("org", "split", "acme.example", at="2026-03-11")
    assert "sold_by" in facts_of(receive(site, address, "x@brand.example", at="2026-03-12"))


def test_somebody_you_know_is_no_stranger(site):
    address = issue(site)[0]
    assert site.run("relation", "add", "known.example", "--level", "answered").returncode == 0
    assert "sold_by" not in facts_of(receive(site, address, "x@known.example"))


def test_bounces_and_colleagues_sell_nothing(site):
    address = issue(site)[0]
    bounce = site.mail("mailer-daemon@elsewhere.example", ["elsewhere.example"], fields=["Auto-Submitted: auto-replied"])
    result = site.json("check", "--facts", "--record", "--rcpt", address, "--from", "<>", "-", stdin=bounce, at="2026-03-10")[0]
    assert "sold_by" not in facts_of(result)
    assert "sold_by" not in facts_of(receive(site, address, "bob@sales.example.com"))


def test_a_private_mailbox_is_a_stranger(site):
    address = issue(site)[0]
    assert facts_of(receive(site, address, "joe@gmail.com"))["sold_by"] == "gmail.com"


def test_state(site):
    address = issue(site, "--lock", "--expires", "30d")[0]
    assert facts_of(receive(site, address, "x@acme.example"))["state"] == "locked"
    assert facts_of(receive(site, address, "x@acme.example", at="2026-04-01"))["state"] == "expired"
    change(site, "cancel", address, at="2026-04-02")
    assert facts_of(receive(site, address, "x@acme.example", at="2026-04-03"))["state"] == "cancelled"


# -- tags that are not ours

def spoil(address):
    """Another check."""
    local, domain = address.split("@")
    return f"{local[:-1]}{'c' if local[-1] == 'b' else 'b'}@{domain}"


def test_forged_tags(site):
    address = issue(site)[0]
    tag = address.split("+")[1]
    for forged in (spoil(address), f"bob+{tag}", address.replace("acme", "acne"), address.replace("example.com", "example.org")):
        assert facts_of(receive(site, forged, "x@acme.example")) == {"forged": True}, forged


def test_what_users_make_up_is_no_forgery(site):
    for own in ("ann+news@example.com", "ann+acme-sales@example.com", "ann+acme-kwj33x@example.com", "ann.acme-kwj33@example.com"):
        assert facts_of(receive(site, own, "x@acme.example")) == {}, own


@pytest.mark.parametrize("write", [
    str.upper, lambda a: f'"{a.split("@")[0]}"@EXAMPLE.com', lambda a: f"<@relay.example:{a}>", lambda a: a.replace(".com", ".com."),
    lambda a: a.replace("example.com", "ｅxample.com"),
])
def test_other_ways_to_write_it_are_no_other_address(site, write):
    address = issue(site)[0]
    assert facts_of(receive(site, write(address), "rep@buyer.example"))["sold_by"] == "buyer.example"


@pytest.mark.parametrize("turn", [
    lambda a: a.replace("+", "＋"), lambda a: a.replace("k", "\u212a"), lambda a: a.replace("a", "а"), lambda a: a.replace("@", "\u200b@"),
    lambda a: a.replace("+", "++"),
])
def test_lookalikes_are_not_the_address(site, turn):
    address = issue(site, to="kiosk.example")[0]
    assert turn(address) != address
    assert "issued_to" not in facts_of(receive(site, turn(address), "rep@buyer.example"))


def test_mail_to_the_tag_is_mail_to_the_user(site):
    """Who is written to under three names is touched three times."""
    for i, address in enumerate([ANN, issue(site)[0], issue(site, "--style", "dot")[0]]):
        result = receive(site, address, "rep@buyer.example", at=f"2026-03-1{i}")
    assert result["facts"]["sequence.touch"] == 3


# -- decoys

DECOY = "old.name@example.com"


@pytest.fixture
def baited(site):
    """A site whose policy lists decoys."""
    policy = site.folder / "policy.yaml"
    text = DEFAULT.read_text().replace("decoys: []", f'decoys: ["{DECOY}", "trap@"]')
    for name in ("platforms", "freemail.yaml", "esp-domains.yaml", "confirmations.yaml", "refusals.yaml"):
        text = text.replace(f": {name}\n", f": {POLICIES / name}\n")
    policy.write_text(text)
    site.config.write_text(site.config.read_text().replace(f"policy: {DEFAULT}", f"policy: {policy}"))
    return site


def decoys(site, name="buyer.example", at="2026-03-10"):
    return site.reputation(name, at=at)["decoys"]


@pytest.mark.parametrize("address", [DECOY, "Old.Name@EXAMPLE.com", "trap@sales.example.com"])
def test_mail_to_a_decoy(baited, address):
    result = receive(baited, address, "rep@buyer.example")
    assert facts_of(result) == {"decoy": True} and "address-decoy" in rules_of(result) and result["verdict"] == "tag"
    assert decoys(baited) == 1


def test_mail_to_others_is_none(baited):
    assert facts_of(receive(baited, ANN, "rep@buyer.example")) == {}
    assert decoys(baited) == 0


def test_a_decoy_counts_once_a_day(baited):
    for _ in range(3):
        receive(baited, DECOY, "rep@buyer.example", at="2026-03-10")
    assert decoys(baited) == 1
    receive(baited, "trap@example.com", "rep@buyer.example", at="2026-03-10")
    assert decoys(baited) == 2
    receive(baited, DECOY, "rep@buyer.example", at="2026-03-11")
    assert decoys(baited, at="2026-03-11") == pytest.approx(3, abs=0.1)
    assert baited.reputation("buyer.example", at="2026-03-11")["sales"] > 80


def test_who_proved_nothing_spoils_no_name(baited):
    receive(baited, DECOY, "rep@buyer.example", signers=["buyer.example"])
    before = decoys(baited)
    receive(baited, "trap@example.com", "rep@buyer.example", signers=[])
    assert decoys(baited) == before == 1


def test_a_bounce_to_a_decoy_counts_against_nobody(baited):
    bounce = baited.mail("mailer-daemon@buyer.example", ["buyer.example"], fields=["Auto-Submitted: auto-replied"])
    result = baited.json("check", "--facts", "--record", "--rcpt", DECOY, "--from", "<>", "-", stdin=bounce, at="2026-03-10")[0]
    assert "address-decoy" not in rules_of(result) and decoys(baited) == 0


def test_decoys_in_a_file(baited):
    policy = baited.folder / "policy.yaml"
    (baited.folder / "decoys.yaml").write_text('- "honey@example.com"\n')
    policy.write_text(re.sub(r"^decoys: .*$", "decoys: decoys.yaml", policy.read_text(), flags=re.M))
    assert facts_of(receive(baited, "honey@example.com", "rep@buyer.example")) == {"decoy": True}
    (baited.folder / "decoys.yaml").write_text('- ""\n')
    done = baited.run("check", "-", stdin=b"From: a@b.example\n\nx\n")
    assert done.returncode == 78 and b"decoys.yaml:1:" in done.stderr


def test_the_other_recipient_does_not_read_of_the_decoy(baited):
    text = baited.mail("rep@buyer.example", ["buyer.example"])
    result = baited.json("check", "--record", "--rcpt", DECOY, "--rcpt", ANN, "-", stdin=text, at="2026-03-10")[0]
    assert "address-decoy" not in rules_of(result)
    assert decoys(baited) == 1


# -- a plain address that was passed on

def test_what_looks_like_a_leak(site):
    for i in range(7):
        receive(site, ANN, "jo@friend.example", at=f"2026-0{i + 1}-01", fields=["Auto-Submitted: auto-generated"])
    for i, name in enumerate(("one", "two", "three")):
        assert "leaked" not in facts_of(receive(site, ANN, f"rep@{name}.example", at=f"2026-07-1{i}"))
    # what comes to an address given to somebody has another explanation
    assert "leaked" not in facts_of(receive(site, issue(site)[0], "rep@tagged.example", at="2026-07-13"))
    assert facts_of(receive(site, ANN, "rep@four.example", at="2026-07-14")) == {"leaked": "likely", "leaked_first": "2026-07-10"}
