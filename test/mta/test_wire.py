# SPDX-License-Identifier: BSD-3-Clause
"""The milter protocol itself: an MTA that offers less, forgets, repeats, breaks off or talks nonsense."""
import random
import socket
import struct

import pytest
from daemon import Daemon
from mails import letter, pitch, stored
from milterclient import (ALL_ACTIONS, ALL_STEPS, Closed, LEADING_SPACE, MilterClient, NR_BODY, NR_CONNECT, NR_DATA, NR_EOH,
                          NR_HEADER, NR_HELO, NR_MAIL, NR_RCPT, SKIP, judge, split_mail)
from policies import class_of, write_policy

ADD, CHANGE_BODY, ADD_RCPT, DELETE_RCPT, CHANGE_HEADERS, QUARANTINE = (1 << i for i in range(6))
NO_REPLIES = NR_CONNECT | NR_HELO | NR_MAIL | NR_RCPT | NR_DATA | NR_HEADER | NR_EOH | NR_BODY


@pytest.fixture(scope="module")
def daemon(work):
    folder = work / "wire"
    folder.mkdir(mode=0o755)
    policy = write_policy(folder / "p.yaml", classes={
        "vip": class_of("ceo@", reject=50), "held": class_of("assistant@", quarantine=50)})
    with Daemon(folder / "d", policy, store="memory:") as running:
        yield running
        assert "ThreadSanitizer" not in running.log_text()
        assert running.stop() == 0, running.log_text()[-3000:]


def fields_of(mail):
    return [(n.decode("utf-8", "surrogateescape"), v.decode("utf-8", "surrogateescape")) for n, v in split_mail(mail)[0]]


def decision(outcome, mail):
    """What became of a mail, without what differs each time."""
    own = [(n, v) for n, v in outcome.headers(fields_of(mail)) if n.lower().startswith("x-anti-sales")]
    text = outcome.answer.text.partition(" (id ")[0]
    return (outcome.answer.letter, text, [f for f in own if f[0] != "X-Anti-Sales-Id"], outcome.quarantine is not None)


def seen(daemon, mail=None, **how):
    mail = mail or pitch()
    return decision(judge(daemon.socket, mail, **how), mail)


def is_tagged(result):
    return result[0] == "c" and ("X-Anti-Sales-Verdict", " tag") in result[2]


OFFERS = {
    "version 2": (2, 0x3F, 0x7F), "version 2, no steps": (2, 0x3F, 0), "version 3": (3, 0x3F, 0x17F),
    "version 4": (4, 0x3F, 0x37F), "version 5": (5, ALL_ACTIONS, 0x7FF), "version 6, all": (6, ALL_ACTIONS, ALL_STEPS),
    "version 6, no steps": (6, ALL_ACTIONS, 0), "only no-replies": (6, ALL_ACTIONS, NO_REPLIES),
    "only leading space": (6, ALL_ACTIONS, LEADING_SPACE), "only skip": (6, ALL_ACTIONS, SKIP),
    "all but leading space": (6, ALL_ACTIONS, ALL_STEPS & ~LEADING_SPACE),
    "all but silence for headers": (6, ALL_ACTIONS, ALL_STEPS & ~NR_HEADER),
    **{f"step {1 << i:#x}": (6, ALL_ACTIONS, 1 << i) for i in range(21)},
}


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("recipient", ["ann", "ceo", "assistant"])
def test_every_offer_gives_the_same_decision(daemon, offer, recipient):
    version, actions, steps = OFFERS[offer]
    mail = b"X-Anti-Sales: no\nX-Anti-Sales-Verdict: pass\n" + stored("outreach-pitch")
    how = {"recipients": [f"<{recipient}@example.com>"]}
    usual = seen(daemon, mail, **how)
    assert usual[0] == ("y" if recipient == "ceo" else "c")
    assert usual[3] == (recipient == "assistant")
    assert seen(daemon, mail, version=version, actions=actions, steps=steps, **how) == usual


def test_random_offers(daemon):
    rng = random.Random(1)
    usual = seen(daemon)
    for _ in range(100):
        assert seen(daemon, version=6, steps=rng.randrange(ALL_STEPS + 1)) == usual


@pytest.mark.parametrize("actions", [0, ADD, CHANGE_HEADERS, QUARANTINE, ADD | QUARANTINE, ADD | CHANGE_HEADERS])
def test_few_actions_lose_no_mail(daemon, actions):
    outcome = judge(daemon.socket, pitch(), actions=actions)
    assert outcome.answer.letter == "c"
    assert judge(daemon.socket, pitch(), actions=actions, recipients=["<ceo@example.com>"]).answer.text.startswith("550 5.7.1")
    assert is_tagged(seen(daemon))


def test_agreed_flags_were_offered(daemon):
    for version, actions, steps in OFFERS.values():
        with MilterClient(daemon.socket) as c:
            c.negotiate(version, actions, steps)
            assert c.version <= version
            assert c.steps & ~steps == 0
            assert c.actions & ~actions == 0


def test_all_silence_offered_is_taken(daemon):
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        # a step that is not wanted at all needs no silence either
        for silence, unwanted in ((NR_CONNECT, 0x1), (NR_HELO, 0x2), (NR_MAIL, 0x4), (NR_RCPT, 0x8), (NR_HEADER, 0x20),
                                  (NR_EOH, 0x40), (NR_BODY, 0x10), (NR_DATA, 0x200)):
            assert c.steps & (silence | unwanted), hex(silence)


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 7, 64, 1000])
def test_packets_cut_anywhere(daemon, cut):
    mail = pitch()
    with MilterClient(daemon.socket, cut=cut) as c:
        c.negotiate()
        c.greet()
        assert is_tagged(decision(c.send(mail), mail))


@pytest.mark.parametrize("chunk", [1, 2, 3, 17, 100, 65535])
def test_body_chunks_of_any_size(daemon, chunk):
    mail = pitch()
    assert seen(daemon, mail, chunk=chunk) == seen(daemon, mail)


def test_without_macros(daemon):
    assert seen(daemon, macros=False) == seen(daemon)


def test_closed_without_connect(daemon):
    for how in ("at once", "after negotiation", "after quit"):
        with MilterClient(daemon.socket) as c:
            if how != "at once":
                c.negotiate()
            if how == "after quit":
                c.quit()
    assert is_tagged(seen(daemon))


@pytest.mark.parametrize("step", ["connect", "helo", "mail", "rcpt", "header", "eoh", "body"])
def test_dropped_at_every_step(daemon, step):
    order = ["connect", "helo", "mail", "rcpt", "header", "eoh", "body"]
    for polite in (False, True):
        with MilterClient(daemon.socket) as c:
            c.negotiate(steps=0)
            for name in order[:order.index(step) + 1]:
                getattr(c, name)(*{"header": (b"Subject", b" x"), "body": (b"text",)}.get(name, ()))
            if polite:
                c.quit()
    assert is_tagged(seen(daemon))


def test_quit_that_keeps_the_connection(daemon):
    mail = pitch()
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        for _ in range(5):
            c.greet()
            assert is_tagged(decision(c.send(mail), mail))
            c.quit_keep()


def test_kept_connection_forgets_the_client(work):
    folder = work / "wire-trust"
    folder.mkdir(mode=0o755)
    with Daemon(folder, write_policy(folder / "p.yaml"), store="memory:", trusted_networks=["198.51.100.0/24"]) as d:
        with MilterClient(d.socket) as c:
            c.negotiate()
            c.greet(address="198.51.100.1")
            assert c.send(pitch()).edits == []
            c.quit_keep()
            c.greet(address="192.0.2.1")
            assert is_tagged(decision(c.send(pitch()), pitch()))
            c.quit_keep()
            c.greet(address="198.51.100.1")
            assert c.send(pitch()).edits == []


def test_three_mails_on_one_connection(daemon):
    mails = [pitch("a"), letter("b"), stored("marketo-newsletter")]
    alone = [seen(daemon, m) for m in mails]
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet()
        assert [decision(c.send(m), m) for m in mails] == alone


@pytest.mark.parametrize("step", ["mail", "rcpt", "header", "eoh", "body"])
def test_abort_at_every_step(daemon, step):
    order = ["mail", "rcpt", "header", "eoh", "body"]
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet()
        for name in order[:order.index(step) + 1]:
            getattr(c, name)(*{"mail": ("<ceo-friend@acme.example>",), "rcpt": ("<ceo@example.com>",),
                               "header": (b"X-Anti-Sales", b" no"), "body": (b"text",)}.get(name, ()))
        c.abort()
        mail = letter()
        assert decision(c.send(mail), mail) == seen(daemon, mail)


def test_a_second_mail_command_starts_anew(daemon):
    mail = pitch()
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet()
        c.envelope("<first@acme.example>", ["<ceo@example.com>"])
        c.header(b"X-Anti-Sales", b" forged")
        assert is_tagged(decision(c.send(mail), mail))


def test_mail_without_content(daemon):
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet()
        c.mail()
        c.rcpt()
        assert c.eom().answer.letter == "c"
        assert is_tagged(decision(c.send(pitch()), pitch()))


def test_logged_in_clients_are_untouched(daemon):
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet()
        outcome = c.send(pitch(), recipients=["<ceo@example.com>"], auth_authen="ann")
        assert (outcome.answer.letter, outcome.edits) == ("c", [])
        # The next mail of the same connection is not logged in.
        mail = pitch()
        c.macros("M", auth_authen="")
        assert is_tagged(decision(c.send(mail), mail))


def test_local_submission_is_untouched(daemon):
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet("localhost", None)
        assert c.send(pitch(), recipients=["<ceo@example.com>"]).edits == []


@pytest.mark.parametrize("address", ["192.0.2.25", "2001:db8::25", "::ffff:192.0.2.25"])
def test_client_addresses(daemon, address):
    assert is_tagged(seen(daemon, client=address))


@pytest.mark.parametrize("address", ["<ann@example.com>", "ann@example.com", "<\"a b\"@example.com>", "<>", "", "<@@>", "<" + "a" * 3000 + "@x>",
                                     "<=?utf-8?Q?x?=@example.com>", "<a%b@example.com>"])
def test_odd_envelopes(daemon, address):
    for how in ({"sender": address}, {"recipients": [address]}):
        assert judge(daemon.socket, pitch(), **how).answer.letter == "c"


def test_two_thousand_recipients(daemon):
    recipients = [f"<r{i}@example.com>" for i in range(2000)]
    assert is_tagged(seen(daemon, recipients=recipients))


def test_forged_fields_are_deleted_either_way_of_counting(daemon):
    """Postfix renumbers fields after a deletion, Sendmail does not."""
    mail = b"".join(b"%s: forged %d\n" % (name, i) for i, name in enumerate(
        [b"X-Anti-Sales", b"x-anti-sales", b"X-ANTI-SALES", b"X-Anti-Sales-Score", b"X-Anti-Sales", b"x-Anti-Sales-Why"] * 4)) + pitch()
    outcome = judge(daemon.socket, mail)
    for shifts in (True, False):
        left = [v for n, v in outcome.headers(fields_of(mail), shifts) if n.lower().startswith("x-anti-sales")]
        assert not [v for v in left if "forged" in v]
        assert len(left) == 6


def test_a_packet_that_is_too_long_ends_only_its_session(daemon):
    with MilterClient(daemon.socket) as c:
        c.negotiate(steps=0)
        c.greet()
        c.mail()
        with pytest.raises(Closed):
            c.raw(struct.pack(">I", 1048577) + b"L" + b"a" * 1048576)
            c.answer()
    assert is_tagged(seen(daemon))


def test_sessions_that_stop_within_a_packet_do_no_lasting_harm(daemon):
    """While they last, each takes a thread of libmilter's; no SMTP client can bring an MTA to this."""
    stuck = [MilterClient(daemon.socket) for _ in range(50)]
    for c in stuck:
        c.packet("O", struct.pack(">III", 6, ALL_ACTIONS, ALL_STEPS))
        c.raw(struct.pack(">I", 100) + b"M<half")
    for c in stuck:
        c.close()
    assert is_tagged(seen(daemon))


def test_interleaved_sessions(daemon):
    """Sessions that take turns at every step, as Postfix's processes do."""
    mail = pitch()
    fields, body = split_mail(mail)
    sessions = [MilterClient(daemon.socket) for _ in range(30)]
    try:
        for step in (lambda c: c.negotiate(), lambda c: c.greet(),
                     lambda c: c.envelope("<rep@acme.example>", ["<ann@example.com>"]),
                     lambda c: c.content(fields, body)):
            for c in sessions:
                step(c)
        for c in sessions:
            assert is_tagged(decision(c.eom(), mail))
    finally:
        for c in sessions:
            c.close()


# ---- nonsense

def _packet(letter, data=b""):
    return struct.pack(">I", len(data) + 1) + letter + data


def _random_packet(rng):
    """One well-formed packet, not always where it belongs. Macros come in pairs: libmilter itself relies on that."""
    text = bytes(rng.randrange(1, 256) for _ in range(rng.randrange(0, 40))).replace(b"\0", b"x")
    return rng.choice([
        _packet(b"C", b"host\0" + b"4\0\x19" + b"192.0.2.1\0"), _packet(b"C", b"host\0U\0"), _packet(b"H", b"helo\0"),
        _packet(b"M", b"<a@acme.example>\0"), _packet(b"M", b"<>\0"), _packet(b"R", b"<ann@example.com>\0"),
        _packet(b"R", b"<ceo@example.com>\0"), _packet(b"T"), _packet(b"L", b"Subject\0 x\0"),
        _packet(b"L", b"X-Anti-Sales\0 forged\0"), _packet(b"L", text + b"\0" + text + b"\0"), _packet(b"N"),
        _packet(b"B", text), _packet(b"B", b"<a href='https://x.example/'>" * 50), _packet(b"E"), _packet(b"E", text),
        _packet(b"A"), _packet(b"K"), _packet(b"Q"), _packet(b"D", b"Mi\x004ID\0"), _packet(b"D", b"M{auth_authen}\0ann\0"),
        _packet(b"O", struct.pack(">III", 6, ALL_ACTIONS, ALL_STEPS)), _packet(b"O", struct.pack(">III", 2, 0x3F, 0x7F)),
        _packet(b"O", struct.pack(">III", 99, 0, 0)), _packet(bytes([rng.randrange(256)])), struct.pack(">I", 0),
        struct.pack(">I", rng.randrange(2**32)),
    ])


LEGAL = [_packet(b"O", struct.pack(">III", 6, ALL_ACTIONS, 0)), _packet(b"C", b"host\x004\0\x19192.0.2.1\0"), _packet(b"H", b"helo\0"),
         _packet(b"M", b"<a@acme.example>\0"), _packet(b"R", b"<ann@example.com>\0"), _packet(b"L", b"Subject\0 x\0"),
         _packet(b"N"), _packet(b"B", b"body"), _packet(b"E")]


def _random_stream(rng):
    """A legal beginning, then anything; sometimes cut within a packet."""
    packets = LEGAL[:rng.randrange(len(LEGAL) + 1)] + [_random_packet(rng) for _ in range(rng.randrange(0, 12))]
    # Removing any packet but the negotiation gives orders that the state table forbids.
    if len(packets) > 2 and rng.random() < 0.3:
        del packets[rng.randrange(1, len(packets))]
    data = b"".join(packets)
    return data[:rng.randrange(len(data) + 1)] if rng.random() < 0.2 else data


def _talk(path, data):
    """Sends all, reads until the milter closes. Replies are small enough to wait in the socket's buffer."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(str(path))
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass


def test_two_thousand_random_sequences(daemon):
    for seed in range(2000):
        _talk(daemon.socket, _random_stream(random.Random(seed)))
        assert daemon.running, f"seed {seed}: {daemon.log_text()[-2000:]}"
    assert is_tagged(seen(daemon))
