# SPDX-License-Identifier: BSD-3-Clause
"""Mail through a real Postfix with antisalesd as its milter."""
import pytest
from load import Load
from mails import letter, pitch, stored
from paths import POLICIES
from policies import class_of, write_policy
from postfix import others, ours, split_fields, without_trace
from smtp import Smtp, deliver

TAGGED = [b"X-Anti-Sales", b"X-Anti-Sales-Score", b"X-Anti-Sales-Verdict", b"X-Anti-Sales-Platform", b"X-Anti-Sales-Why",
          b"X-Anti-Sales-Id"]


def names(fields):
    return [f.partition(b":")[0] for f in fields]


def delivered(mta, token=b"", count=1):
    """The (fields, body) of mails that arrived, without what Postfix adds."""
    return [without_trace(raw) for raw in mta.wait_delivered(count, token)]


def test_marketo_is_tagged(mta, filtered):
    filtered()
    assert deliver(mta.port, stored("marketo-newsletter")).code == 250
    fields, body = delivered(mta)[0]
    own = ours(fields)
    assert names(own) == TAGGED
    assert fields[:len(own)] == own, "our fields belong on top"
    assert b"X-Anti-Sales-Verdict: tag" in own
    assert own[0].startswith(b"X-Anti-Sales: sales (")
    platform = b"X-Anti-Sales-Platform: Marketo Engage; category=marketing-automation; proof="
    assert b" ".join(own[3].split()).startswith(platform)


def test_outreach_is_tagged(mta, filtered):
    filtered()
    assert deliver(mta.port, stored("outreach-pitch")).code == 250
    own = ours(delivered(mta)[0][0])
    assert b"X-Anti-Sales-Verdict: tag" in own
    assert any(f.startswith(b"X-Anti-Sales-Platform: Outreach;") for f in own)


def test_fields_are_above_received(mta, filtered):
    filtered()
    deliver(mta.port, pitch())
    fields, _ = split_fields(mta.wait_delivered()[0])
    order = [n.lower() for n in names(fields)]
    assert order.index(b"x-anti-sales") < order.index(b"received")


@pytest.mark.parametrize("name", ["person", "mailing-list", "sendgrid-receipt", "mailchimp-newsletter", "marketo-newsletter",
                                  "outreach-pitch"])
def test_nothing_else_changes(mta, filtered, name):
    filtered()
    mail = stored(name)
    assert deliver(mta.port, mail).code == 250
    fields, body = delivered(mta)[0]
    sent_fields, sent_body = split_fields(mail)
    assert others(fields) == sent_fields
    assert body == sent_body


def test_a_persons_mail_gets_one_line(mta, filtered):
    filtered()
    deliver(mta.port, stored("person"))
    assert ours(delivered(mta)[0][0]) == [b"X-Anti-Sales: no"]


def test_reject_is_seen_by_the_client(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", reject=50))
    reply = deliver(mta.port, pitch("refused"))
    assert str(reply).startswith("550 5.7.1 ")
    assert "(id " in reply.text
    assert "%" not in reply.text and reply.text.isascii() and reply.text.isprintable()
    assert deliver(mta.port, letter("after")).code == 250
    assert len(mta.wait_delivered(1, b"Lunch after")) == 1
    assert not [m for m in mta.delivered() if b"refused" in m]


def test_quarantine_is_held(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", quarantine=50))
    assert deliver(mta.port, pitch("held")).code == 250
    assert deliver(mta.port, letter("free")).code == 250
    mta.wait_delivered(1, b"Lunch free")
    held = mta.held()
    assert [e["sender"] for e in held] == ["rep@acme.example"]
    queued = mta.queue_file(held[0]["queue_id"])
    assert b"X-Anti-Sales-Verdict: quarantine\n" in queued
    assert b"Quick question held" in queued
    assert not [m for m in mta.delivered() if b"Quick question held" in m]


def test_shadow_changes_nothing(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", reject=50, mode="shadow"))
    mail = pitch("shadow")
    assert deliver(mta.port, mail).code == 250
    assert delivered(mta)[0] == split_fields(mail)


def test_two_mails_in_one_connection(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml"))
    with Smtp(mta.port) as s:
        for mail in (pitch("first"), letter("second"), pitch("third")):
            assert s.deliver(mail).code == 250
    mta.wait_delivered(3)
    assert names(ours(delivered(mta, b"question first")[0][0])) == TAGGED
    assert ours(delivered(mta, b"Lunch second")[0][0]) == [b"X-Anti-Sales: no"]
    assert names(ours(delivered(mta, b"question third")[0][0])) == TAGGED


def test_reset_forgets_the_envelope(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", classes={"vip": class_of("ceo@", reject=50)}))
    with Smtp(mta.port) as s:
        assert s.envelope("other@acme.example", ["ceo@example.com"]) is None
        assert s.reset().code == 250
        assert s.deliver(pitch("after reset")).code == 250
        assert s.envelope("other@acme.example", ["ann@example.com"]) is None
        assert s.reset().code == 250
        assert s.deliver(pitch("to ceo"), recipients=["ceo@example.com"]).code == 550
    assert b"X-Anti-Sales-Verdict: tag" in ours(delivered(mta, b"after reset")[0][0])


def test_rejection_leaves_the_connection_usable(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", reject=50))
    with Smtp(mta.port) as s:
        for i in range(3):
            assert s.deliver(pitch(f"no{i}")).code == 550
            assert s.deliver(letter(f"yes{i}")).code == 250
    assert len(mta.wait_delivered(3, b"Lunch yes")) == 3


def test_twenty_connections(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml"))
    load = Load(mta.port, lambda i: pitch(f"n{i}") if i % 2 else letter(f"n{i}"), 200, connections=20).start()
    load.join()
    assert load.refused == []
    mails = mta.wait_delivered(200, seconds=60)
    assert len(mails) == 200
    for raw in mails:
        own = ours(without_trace(raw)[0])
        assert (names(own) == TAGGED) if b"Quick question" in raw else (own == [b"X-Anti-Sales: no"])


def test_the_mildest_verdict_counts_for_all_recipients(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", classes={"vip": class_of("ceo@", reject=50)}))
    assert deliver(mta.port, pitch("alone"), recipients=["ceo@example.com"]).code == 550
    for recipients in (["ceo@example.com", "ann@example.com"], ["ann@example.com", "ceo@example.com"]):
        assert deliver(mta.port, pitch("both"), recipients=recipients).code == 250
    mails = delivered(mta, b"question both", 4)
    assert len(mails) == 4
    assert all(b"X-Anti-Sales-Verdict: tag" in ours(fields) for fields, _ in mails)
    assert not any(b"ceo@" in f for fields, _ in mails for f in ours(fields)), "no other recipients in our fields"


FORGED = b"""X-Anti-Sales: no
x-anti-sales-verdict: pass
From: Jo Rep <jo@acme.example>
X-ANTI-SALES : no
To: Ann <ann@example.com>
X-Anti-Sales-Score:	0
X-Anti-Sales	: no
Subject: Quick question forged
X-aNTI-sALES:
	no
	really no
X-Anti-Sales-Id: forged
Message-ID: <forged@acme.example>
x-anti-sales-verdict: pass
X-Anti-Sales-Extra: forged
MIME-Version: 1.0
X-Anti-Sales: no
Content-Type: text/html; charset=utf-8
X-Anti-Sales: no

"""


def test_forged_fields_are_removed(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml"))
    mail = FORGED + split_fields(pitch())[1]
    assert deliver(mta.port, mail).code == 250
    fields, body = delivered(mta)[0]
    assert names(ours(fields)) == TAGGED
    assert b"X-Anti-Sales-Verdict: tag" in ours(fields)
    assert not any(b"forged" in f or b"really" in f for f in ours(fields))
    assert others(fields) == others(split_fields(mail)[0])
    assert body == split_fields(mail)[1]


def test_forged_fields_on_a_clean_mail(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml"))
    assert deliver(mta.port, FORGED + b"See you.\n").code == 250
    assert ours(delivered(mta)[0][0]) == [b"X-Anti-Sales: no"]


@pytest.mark.parametrize("recipient", ["postmaster@example.com", "abuse@example.com", "Postmaster@EXAMPLE.com"])
def test_postmaster_and_abuse_always_pass(mta, filtered, recipient):
    filtered(POLICIES / "strict.yaml")
    assert deliver(mta.port, stored("salesloft-followup"), recipients=[recipient]).code == 250
    assert len(mta.wait_delivered()) == 1
    assert mta.held() == []


def test_strict_policy_bites(mta, filtered):
    filtered(POLICIES / "strict.yaml")
    reply = deliver(mta.port, stored("salesloft-followup"))
    assert reply.code == 550 or mta.held()


def test_null_sender_is_never_refused(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", tag=10, quarantine=20, reject=30))
    assert deliver(mta.port, pitch("bounce"), sender="").code == 250
    assert b"X-Anti-Sales-Verdict: tag" in ours(delivered(mta)[0][0])
    assert mta.held() == []


@pytest.mark.parametrize("client, network", [("198.51.100.7", "198.51.100.0/24"), ("2001:db8::7", "2001:db8::/32")])
def test_trusted_network_is_untouched(mta, filtered, folder, client, network):
    filtered(write_policy(folder / "p.yaml", reject=50), trusted_networks=[network])
    mail = FORGED + split_fields(pitch())[1]
    assert deliver(mta.port, mail, client=client).code == 250
    fields, body = delivered(mta)[0]
    # Postfix itself drops the space before the colon
    assert [f.replace(b" :", b":").replace(b"\t:", b":") for f in split_fields(mail)[0]] == \
           [f.replace(b" :", b":").replace(b"\t:", b":") for f in fields]
    assert body == split_fields(mail)[1]
    assert deliver(mta.port, pitch(), client="203.0.113.99").code == 550


def test_default_trusted_network_is_loopback(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml", reject=50), trusted_networks=None)
    assert deliver(mta.port, pitch("from here"), client=None).code == 250
    assert ours(delivered(mta)[0][0]) == []
    assert deliver(mta.port, pitch("from outside")).code == 550
