# SPDX-License-Identifier: BSD-3-Clause
"""antisales address: addresses that are given to one organisation each."""
import json
import os

import pytest
from proved import Site
from program import printable

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
