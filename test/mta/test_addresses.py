# SPDX-License-Identifier: BSD-3-Clause
"""Issued addresses through a real Postfix with recipient_delimiter = +."""
import json
import subprocess

import pytest
from mails import letter
from milterclient import NR_RCPT, MilterClient
from paths import POLICIES, program
from policies import write_policy
from postfix import Postfix, ours, without_trace
from smtp import Smtp, deliver
from waiting import wait_for

ANN = "ann@example.com"
OVER = "550 5.1.6 This address is no longer valid"
LOCKED = "550 5.7.1 This address takes mail of one organisation only"


@pytest.fixture(scope="module")
def tagging(work):
    """A Postfix that knows two users, their extensions and one table of aliases."""
    run = work / "run-addresses"
    run.mkdir(mode=0o755)
    aliases = run / "aliases"
    aliases.write_text("")
    users = ", ".join(f"{{{user}@example.com=inbox/}}" for user in ("ann", "bob"))
    with Postfix(work / "postfix-addresses", run / "antisales.sock", recipient_delimiter="+",
                 virtual_mailbox_maps=f"inline:{{{users}}}", virtual_alias_maps=f"texthash:{aliases}") as running:
        running.aliases = aliases
        running.socket = run / "antisales.sock"
        yield running


@pytest.fixture
def mta(tagging):
    tagging.clear()
    return tagging


@pytest.fixture
def site(mta, antisalesd):
    """Makes a daemon behind that Postfix."""
    def make(policy=POLICIES / "default.yaml", **settings):
        return antisalesd(policy, socket=mta.socket, **{"issued_addresses": "on", **settings})
    return make


def address(daemon, *args):
    done = subprocess.run([program("milter/antisales"), "address", args[0], "--config", str(daemon.config), *args[1:]],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def issue(daemon, *options, user=ANN):
    return address(daemon, "issue", user, "--for", "acme.example", *options)[0]


def send(mta, to, sender="rep@acme.example", token="letter", **how):
    """A person's mail as that sender; the reply."""
    domain = sender.rpartition("@")[2] or "acme.example"
    text = letter(token).replace(b"jo@friend.example", f"jo@{domain}".encode()).replace(b"@friend.example", f"@{domain}".encode())
    return deliver(mta.port, text, sender, [to], **how)


def fields_of(mta, token):
    return ours(without_trace(mta.wait_delivered(1, token.encode())[0])[0])


def facts_of(daemon):
    """The address.* facts of the last decision."""
    facts = daemon.journal_lines()[-1]["facts"]
    return {k.removeprefix("address."): v for k, v in facts.items() if k.startswith("address.")}


def test_issue_use_and_sell(mta, site):
    daemon = site()
    given = issue(daemon)
    assert send(mta, given, "rep@acme.example", "used").code == 250
    assert fields_of(mta, "Lunch used") == [b"X-Anti-Sales: no"]
    assert send(mta, given, "rep@buyer.example", "sold").code == 250
    own = fields_of(mta, "Lunch sold")
    assert any(b"address-sold=45" in f for f in own)
    assert any(b"this address was given only to acme.example on 20" in b" ".join(f.split()) for f in own)
    daemon.wait_logged("verdict=", 2)


@pytest.mark.parametrize("style", ["dot", "dash", "random"])
def test_an_alias_arrives(mta, site, style):
    daemon = site()
    given, alias = address(daemon, "issue", ANN, "--for", "acme.example", "--style", style)
    assert str(send(mta, given)).startswith("550 5.1.1 ")
    mta.aliases.write_text(alias + "\n")
    mta.reconfigure(recipient_delimiter="+")
    wait_for(lambda: send(mta, given, "rep@buyer.example", f"alias-{style}").code == 250, 20, "Postfix to read its aliases")
    assert any(b"address-sold" in f for f in fields_of(mta, f"Lunch alias-{style}"))


def test_cancel_and_renew_need_no_restart(mta, site):
    daemon = site()
    given = issue(daemon)
    assert send(mta, given).code == 250
    address(daemon, "cancel", given)
    reply = send(mta, given)
    assert str(reply).startswith(OVER) and "postmaster" in reply.text
    assert reply.text.isascii() and "%" not in reply.text and len(reply.text) < 500
    address(daemon, "renew", given)
    assert send(mta, given).code == 250


def test_expired(mta, site):
    daemon = site()
    given = issue(daemon, "--at", "2020-01-01", "--expires", "30d")
    assert str(send(mta, given)).startswith(OVER)
    address(daemon, "renew", given, "--expires", "30d")
    assert send(mta, given).code == 250


def test_locked(mta, site):
    daemon = site()
    given = issue(daemon, "--lock")
    assert str(send(mta, given, "rep@buyer.example")).startswith(LOCKED)
    for sender in ("rep@acme.example", "bounce+ann=example.com@mail.acme.example", "x@sendgrid.net", "x@gmail.com", ""):
        assert send(mta, given, sender).code == 250, sender
    address(daemon, "allow", given, "buyer.example")
    assert send(mta, given, "rep@buyer.example").code == 250


def test_what_comes_through_a_service_is_decided_at_the_end(mta, site):
    daemon = site(POLICIES / "strict.yaml")
    given = issue(daemon, "--lock")
    text = letter("service").replace(b"friend.example", b"buyer.example")
    reply = deliver(mta.port, text, "bounce@sendgrid.net", [given])
    assert str(reply).startswith("550 5.7.1 ") and "(id " in reply.text
    assert facts_of(daemon)["state"] == "locked" and facts_of(daemon)["sold_by"] == "buyer.example"
    assert {f["id"] for f in daemon.journal_lines()[-1]["findings"]} >= {"address-sold", "address-locked"}


@pytest.mark.parametrize("write", [str.upper, str.title, lambda a: '"{}"@{}'.format(*a.split("@"))])
def test_other_ways_to_write_it(mta, site, write):
    daemon = site()
    given = issue(daemon)
    address(daemon, "cancel", given)
    assert str(send(mta, write(given))).startswith(OVER)


def test_tags_that_are_not_ours(mta, site):
    daemon = site()
    given = issue(daemon)
    tag = given.partition("+")[2].partition("@")[0]
    spoilt = tag[:-1] + ("c" if tag[-1] == "b" else "b")
    for i, forged in enumerate((f"ann+{spoilt}@example.com", f"bob+{tag}@example.com")):
        assert send(mta, forged, token=f"forged{i}").code == 250
        mta.wait_delivered(1, f"Lunch forged{i}".encode())
        assert facts_of(daemon) == {"forged": True}
    assert send(mta, "ann+mine@example.com", token="mine").code == 250
    mta.wait_delivered(1, b"Lunch mine")
    assert facts_of(daemon) == {}


def test_the_others_get_it(mta, site):
    daemon = site()
    given = issue(daemon)
    address(daemon, "cancel", given)
    with Smtp(mta.port) as s:
        assert s.command("MAIL FROM:<jo@friend.example>").code == 250
        assert str(s.command(f"RCPT TO:<{given}>")).startswith(OVER)
        assert s.command("RCPT TO:<bob@example.com>").code == 250
        assert str(s.command(f"RCPT TO:<{given}>")).startswith(OVER)
        assert s.command("DATA").code == 354
        s.send(letter("others").replace(b"\n", b"\r\n") + b".\r\n")
        assert s.getreply()[0] == 250
        assert str(s.envelope("jo@friend.example", [given])).startswith(OVER)
        assert s.reset().code == 250
        assert s.deliver(letter("after")).code == 250
    assert len(mta.wait_delivered(2, b"Lunch")) == 2
    assert daemon.journal_lines()[0]["facts"]["envelope.recipients"] == 1


def test_a_refusal_is_logged_without_the_address(mta, site):
    daemon = site()
    given = issue(daemon)
    address(daemon, "cancel", given)
    send(mta, given, "rep@buyer.example")
    line = next(line for line in daemon.log_text().splitlines() if "refused=recipient" in line)
    assert "reason=cancelled" in line and "issued_to=acme.example" in line and "from=rep@buyer.example" in line
    assert "ann" not in line


def test_nobody_is_refused_in_shadow_mode(mta, site, folder):
    daemon = site(write_policy(folder / "p.yaml", mode="shadow"))
    given = issue(daemon)
    address(daemon, "cancel", given)
    assert send(mta, given).code == 250


def test_trusted_clients_are_not_refused(mta, site):
    daemon = site(trusted_networks=["198.51.100.0/24"])
    given = issue(daemon)
    address(daemon, "cancel", given)
    assert send(mta, given, client="198.51.100.7").code == 250
    assert send(mta, given, client="203.0.113.7").code == 550


def test_off_refuses_nobody_and_stays_silent(mta, site):
    daemon = site(issued_addresses="off")
    given = issue(daemon)
    address(daemon, "cancel", given)
    assert send(mta, given).code == 250
    assert facts_of(daemon)["state"] == "cancelled"
    for setting, silent in (("off", True), ("on", False), ("off", True)):
        daemon.configure(issued_addresses=setting)
        assert daemon.reload()
        with MilterClient(daemon.socket) as c:
            c.negotiate()
            assert bool(c.steps & NR_RCPT) == silent
    daemon.configure(issued_addresses="on")
    assert daemon.reload()
    assert str(send(mta, given)).startswith(OVER)


def test_a_change_in_between_keeps_to_what_was_agreed(mta, site):
    """A connection that began in silence gets no answer that its MTA does not wait for."""
    daemon = site(issued_addresses="off")
    given = issue(daemon)
    address(daemon, "cancel", given)
    with Smtp(mta.port) as s:
        assert s.deliver(letter("before"), recipients=[given]).code == 250
        daemon.configure(issued_addresses="on")
        assert daemon.reload()
        assert s.deliver(letter("between"), recipients=[given]).code == 250
    assert send(mta, given).code == 550


def test_a_sick_store_refuses_nobody(mta, site):
    daemon = site()
    given = issue(daemon)
    address(daemon, "cancel", given)
    daemon.stop()
    daemon.configure(store="down:a test")
    daemon.start()
    assert send(mta, given).code == 250


def test_every_change_is_in_the_journal(mta, site):
    daemon = site()
    given = issue(daemon)
    address(daemon, "cancel", given)
    lines = [json.loads(line) for line in daemon.journal.read_text().splitlines()]
    assert [line["change"] for line in lines if "change" in line] == ["address issue", "address cancel"]
    assert "ann+" not in daemon.journal.read_text()
