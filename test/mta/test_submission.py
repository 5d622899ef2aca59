# SPDX-License-Identifier: BSD-3-Clause
"""Our own mail through Postfix's submission service: learned from, never judged, and not a byte of it changed."""
import itertools
import json
import smtplib
import subprocess
import time

import pytest
from dovecot import Dovecot
from mails import OUTREACH_LINK, OUTREACH_PIXEL
from paths import program
from postfix import Postfix, ours, split_fields, without_trace
from smtp import OUTSIDE, Smtp
from waiting import wait_for

USERS = {"ann@example.com": "anns", "bob@example.com": "bobs"}
ANN, BOB = USERS
CAROL = "carol@customer.example"
NEIGHBOUR = "127.0.0.9"         # on Postfix's mynetworks
COMMITS_S = 0.6                 # the writer commits every 200 ms
BELIEVED = {"authentication": "results", "authserv_ids": ["mx.example.com"]}

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def dovecot(work):
    with Dovecot(work / "dovecot", USERS) as running:
        yield running


@pytest.fixture(scope="module")
def milter_socket(work):
    folder = work / "run-submission"
    folder.mkdir(mode=0o755)
    return folder / "antisales.sock"


@pytest.fixture(scope="module")
def postfix(work, milter_socket, dovecot):
    """What goes to the customer ends in the inbox, too, and Message-ID is added where a user's mail lacks it."""
    with Postfix(work / "postfix-submission", milter_socket, dovecot.socket,
                 transport_maps="inline:{customer.example=virtual:}",
                 smtpd_relay_restrictions="permit_mynetworks, reject_unauth_destination",
                 local_header_rewrite_clients="permit_sasl_authenticated") as running:
        yield running


@pytest.fixture
def filtered(filtered):
    return lambda **settings: filtered(**{**BELIEVED, **settings})


def submit(mta, mail, user=ANN, recipients=(CAROL,)):
    with Smtp(mta.submission, client=None) as s:
        s.login(user, USERS[user])
        return s.deliver(mail, user, recipients)


def letter(sender=ANN, message_id=True, body="See you on Monday.\n"):
    number = next(_numbers)
    return (f"From: <{sender}>\nTo: <{CAROL}>\nSubject: The offer {number}\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n"
            + (f"Message-ID: <{number}@example.com>\n" if message_id else "") + f"\n{body}").encode()


def pitch(to=ANN, fields=""):
    """What Carol writes with a machine for sales mail; the filter in front has proved her domain."""
    number = next(_numbers)
    return f"""Authentication-Results: mx.example.com; dkim=pass header.d=customer.example
{fields}From: Carol <{CAROL}>
To: <{to}>
Subject: Our offer {number}
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <{number}@customer.example>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Have you seen <a href="{OUTREACH_LINK}">this</a>?</p>
<img src="{OUTREACH_PIXEL}" width="1" height="1" alt="">
""".encode()


def receive(mta, daemon, mail, to=ANN):
    """Carol's mail comes in: (facts in the journal, our fields)."""
    lines, mails = len(daemon.journal_lines()), len(mta.delivered())
    with Smtp(mta.port, OUTSIDE) as s:
        assert s.deliver(mail, CAROL, [to]).code == 250
    wait_for(lambda: len(daemon.journal_lines()) > lines, 10, "the journal")
    return daemon.journal_lines()[-1]["facts"], ours(without_trace(mta.wait_delivered(mails + 1)[-1])[0])


def relationships(daemon):
    """How many the store holds."""
    done = subprocess.run([program("milter/antisales"), "status", "--json", "--config", str(daemon.config)], capture_output=True,
                          text=True, timeout=60)
    return json.loads(done.stdout)["records"].get("relationship", 0)


def wait_learned(daemon):
    """Two: that we wrote to somebody, and that mail of our own passes at all."""
    wait_for(lambda: relationships(daemon) >= 2, 10, "what was learned")


def is_tagged(fields):
    return b"X-Anti-Sales-Verdict: tag" in fields


def test_who_we_wrote_to_is_no_stranger(mta, filtered):
    daemon = filtered()
    facts, fields = receive(mta, daemon, pitch())
    assert facts["relationship.level"] == "stranger" and is_tagged(fields)
    assert submit(mta, letter()).code == 250
    wait_learned(daemon)
    facts, fields = receive(mta, daemon, pitch())
    assert facts["relationship.level"] == "answered" and facts["history.outbound"]
    assert not is_tagged(fields) and fields[0].startswith(b"X-Anti-Sales: no"), fields


def test_each_user_has_relationships_of_his_own(mta, filtered):
    daemon = filtered()
    assert submit(mta, letter(BOB), BOB).code == 250
    wait_learned(daemon)
    assert receive(mta, daemon, pitch(BOB), BOB)[0]["relationship.level"] == "answered"
    assert receive(mta, daemon, pitch(ANN), ANN)[0]["relationship.level"] == "stranger"


def test_without_proof_nobody_profits(mta, filtered):
    daemon = filtered()
    assert submit(mta, letter()).code == 250
    wait_learned(daemon)
    facts, fields = receive(mta, daemon, pitch().replace(b"dkim=pass", b"dkim=none"))
    assert facts["relationship.level"] == "stranger" and is_tagged(fields)


def test_a_reply_names_the_id_that_went_out(mta, filtered):
    daemon = filtered()
    mail = letter()
    assert submit(mta, mail).code == 250
    wait_learned(daemon)
    sent_id = next(f for f in mail.decode().splitlines() if f.startswith("Message-ID: ")).partition(" ")[2]
    facts, _ = receive(mta, daemon, pitch(fields=f"In-Reply-To: {sent_id}\n"))
    assert facts["thread.reply_to_ours"] is True
    facts, _ = receive(mta, daemon, pitch(fields="In-Reply-To: <never-sent@example.com>\n"))
    assert facts["thread.reply_to_ours"] is False
    wait_for(lambda: receive(mta, daemon, pitch())[0]["relationship.level"] == "correspondent", 10, "the reply to count")


def test_a_reply_names_the_id_that_postfix_put_on(mta, filtered):
    daemon = filtered()
    assert submit(mta, letter(message_id=False)).code == 250
    wait_learned(daemon)
    fields, _ = split_fields(mta.wait_delivered()[0])
    added = next(f for f in fields if f.lower().startswith(b"message-id: ")).decode().partition(" ")[2]
    assert "@mx.example.com" in added
    facts, _ = receive(mta, daemon, pitch(fields=f"In-Reply-To: {added}\n"))
    assert facts["thread.reply_to_ours"] is True


# All that Postfix hands through; a lone CR it makes a space by itself.
ODD_FIELDS = b"""X-Anti-Sales: ours, says somebody
x-anti-sales-verdict:  reject
From: Ann <ann@example.com>
To: Carol <carol@customer.example>,
\t"Dave, of the\ttabs" <dave@customer.example>,
   eve@customer.example
Subject: =?utf-8?q?odd?=
\t \tbytes\t
X-Empty:
X-Bytes: caf\xe9 \xff\xfe \xc3\xa9
X-Long: """ + b"x" * 980 + b"""
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <odd@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=x-unknown
Content-Transfer-Encoding: 8bit
X-Anti-Sales-Score:\t100
"""
ODD_BODY = b"\n\n.\n..\n. \n.dot at the beginning\nFrom the beginning of a mailbox\nspaces at the end   \ntabs\t\t\n" \
    + b"y" * 998 + b"\n" + bytes(range(128, 256)) + b"\n\x01\x7f\x1b[0m escaped\n \n\n\n-- \nno more   \n\n"


@pytest.mark.parametrize("body", [ODD_BODY, b"", b"\n", ODD_BODY * 100], ids=["odd", "empty", "one line end", "long"])
def test_not_a_byte_changes(mta, filtered, body):
    mail = ODD_FIELDS + b"\n" + body
    assert submit(mta, mail).code == 250
    without = without_trace(mta.wait_delivered()[0])
    assert "connect to Milter service" in mta.log_text(), "nobody may have filtered the first"
    daemon = filtered()
    assert submit(mta, mail).code == 250
    wait_learned(daemon)
    assert without_trace(mta.wait_delivered(2)[1]) == without
    assert without == split_fields(mail)


def test_it_is_counted_and_never_judged(mta, filtered):
    daemon = filtered()
    for _ in range(3):
        assert submit(mta, pitch(CAROL)).code == 250
    for mail in mta.wait_delivered(3):
        assert ours(without_trace(mail)[0]) == []
    assert daemon.stop() == 0
    assert daemon.journal_lines() == []
    assert "verdict=" not in daemon.log_text()
    assert "stopped after 3 messages (3 from trusted clients, 3 learned from), 0 faults" in daemon.log_text()


@pytest.mark.parametrize("how, learned", [({}, False), ({"learn_outbound": "trusted"}, True), ({"learn_outbound": "off"}, False)],
                         ids=["by default", "trusted", "off"])
def test_a_trusted_network_without_login(mta, filtered, how, learned):
    daemon = filtered(trusted_networks=[f"{NEIGHBOUR}/32"], **how)
    with Smtp(mta.port, NEIGHBOUR) as s:
        assert s.deliver(letter(), ANN, [CAROL]).code == 250
    mta.wait_delivered()
    if learned:
        wait_learned(daemon)
    else:
        time.sleep(COMMITS_S)
        assert relationships(daemon) == 0
    facts, fields = receive(mta, daemon, pitch())
    assert (facts["relationship.level"], is_tagged(fields)) == (("answered", False) if learned else ("stranger", True))


def test_switched_off_a_login_teaches_nothing(mta, filtered):
    daemon = filtered(learn_outbound="off")
    assert submit(mta, letter()).code == 250
    time.sleep(COMMITS_S)
    assert relationships(daemon) == 0


def test_a_dead_store_costs_no_mail(mta, filtered):
    daemon = filtered(store="down:for a test")
    mail = ODD_FIELDS + b"\n" + ODD_BODY
    assert submit(mta, mail).code == 250
    assert without_trace(mta.wait_delivered()[0]) == split_fields(mail)
    daemon.wait_logged("nothing learned from a mail of our own")
    assert submit(mta, mail).code == 250
    assert len(mta.wait_delivered(2)) == 2


def test_nobody_sends_without_login(mta, filtered):
    filtered()
    with Smtp(mta.submission, client=None) as s:
        assert s.deliver(letter(), ANN, [CAROL]).code == 554
        s.reset()
        with pytest.raises(smtplib.SMTPAuthenticationError):
            s.login(ANN, "wrong")
