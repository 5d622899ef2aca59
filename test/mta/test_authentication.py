# SPDX-License-Identifier: BSD-3-Clause
"""Who is proved to stand behind a mail: DKIM with keys from a name server of the test's own, and trusted results."""
import json
import threading
import time

import pytest
from daemon import Daemon
from milterclient import judge
from signing import BODY, SELECTOR, Key, NameServer, signed
from waiting import wait_for


@pytest.fixture(scope="module")
def key(work):
    folder = work / "keys"
    folder.mkdir()
    return Key(folder)


@pytest.fixture(scope="module")
def names(key):
    with NameServer({f"{SELECTOR}._domainkey.acme.example": key.record, f"{SELECTOR}._domainkey.silent.example": None,
                     f"{SELECTOR}._domainkey.sender.example": key.record}) as server:
        yield server


@pytest.fixture(scope="module")
def daemon(work, names):
    with Daemon(work / "authentication", store="memory:", authentication="both", authserv_ids=["mx.example.com"],
                resolvers=[f"127.0.0.1@{names.port}"], dns_timeout="2s") as running:
        yield running


def facts(daemon, mail, sender="<bounce@bounces.example>"):
    """The journal's facts of a mail sent now."""
    before = len(lines(daemon))
    outcome = judge(daemon.socket, mail, sender=sender)
    assert outcome.answer.letter == "c"
    wait_for(lambda: len(lines(daemon)) > before, 10, "the journal")
    return json.loads(lines(daemon)[-1])["facts"]


def lines(daemon):
    return daemon.journal.read_text().splitlines() if daemon.journal.exists() else []


def test_a_good_signature_proves_the_organisation(daemon, key):
    f = facts(daemon, signed(key, "acme.example", "rep@acme.example"))
    assert (f["auth.dkim"], f["org.domain"], f["org.authenticated"], f["org.aligned"]) == ("pass", "acme.example", "dkim", True)


def test_a_subdomain_signs_for_its_organisation(daemon, key):
    f = facts(daemon, signed(key, "acme.example", "rep@mail.acme.example"))
    assert (f["org.domain"], f["org.authenticated"], f["org.aligned"]) == ("acme.example", "dkim", True)


def test_another_signer_is_the_organisation_whatever_from_says(daemon, key):
    f = facts(daemon, signed(key, "sender.example", "ceo@good.example"))
    assert (f["org.domain"], f["org.authenticated"], f["org.aligned"]) == ("sender.example", "dkim", False)


@pytest.mark.parametrize("damage", [(b"numbers are", b"numbers were"), (b"Subject: Your", b"Subject: My"), (b"From: Rep <rep@", b"From: Rep <ceo@")])
def test_a_changed_mail_proves_nothing(daemon, key, damage):
    f = facts(daemon, signed(key, "acme.example", "rep@acme.example").replace(*damage))
    assert f["auth.dkim"] != "pass" and f["org.authenticated"] == "none" and f["org.domain"] == "acme.example"


def test_a_missing_key_proves_nothing(daemon, key):
    f = facts(daemon, signed(key, "nokey.example", "rep@nokey.example"))
    assert f["auth.dkim"] == "unusable" and f["org.authenticated"] == "none"


def test_a_second_from_proves_nothing(daemon, key):
    f = facts(daemon, signed(key, "acme.example", "rep@acme.example", extra=[("From", "<ceo@good.example>")]))
    assert f["org.authenticated"] == "none"


def test_silence_is_not_held_against_anybody(daemon, key):
    begun = time.monotonic()
    f = facts(daemon, signed(key, "silent.example", "rep@silent.example"))
    assert f["auth.dkim"] == "temporary" and f["org.authenticated"] == "none"
    assert time.monotonic() - begun < 5, "a mail waits no longer than dns-timeout"


def test_twenty_silent_mails_at_once_wait_together(daemon, key):
    mail = signed(key, "silent.example", "rep@silent.example")
    begun = time.monotonic()
    threads = [threading.Thread(target=judge, args=(daemon.socket, mail)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads) and time.monotonic() - begun < 15


def results(text, body=BODY):
    return (f"Authentication-Results: {text}\r\nFrom: <rep@acme.example>\r\nTo: <ann@example.com>\r\nSubject: x\r\n\r\n").encode() + body


def test_trusted_results_are_believed(daemon):
    f = facts(daemon, results("mx.example.com; dkim=pass header.d=acme.example; spf=fail smtp.mailfrom=x.example"))
    assert (f["auth.dkim"], f["org.authenticated"], f["auth.spf"]) == ("pass", "dkim", "fail")


def test_aligned_spf_proves_the_organisation(daemon):
    f = facts(daemon, results("mx.example.com; spf=pass smtp.mailfrom=bounce@mail.acme.example"))
    assert (f["org.domain"], f["org.authenticated"]) == ("acme.example", "spf")


def test_unaligned_spf_proves_nothing(daemon):
    f = facts(daemon, results("mx.example.com; spf=pass smtp.mailfrom=bounce@other.example"))
    assert f["org.authenticated"] == "none"


@pytest.mark.parametrize("server", ["mx.evil.example", "mx.example.com.evil.example", "\"mx.example.com\" evil", "evil; mx.example.com"])
def test_forged_results_are_not_believed(daemon, server):
    f = facts(daemon, results(f"{server}; dkim=pass header.d=acme.example; spf=pass smtp.mailfrom=acme.example"))
    assert f["org.authenticated"] == "none"


def test_switched_off_nothing_is_proved(work, key, names):
    with Daemon(work / "off", store="memory:", authentication="off", resolvers=[f"127.0.0.1@{names.port}"]) as daemon:
        f = facts(daemon, signed(key, "acme.example", "rep@acme.example"))
    assert f["org.authenticated"] == "none" and f["auth.dkim"] == "none"


def test_limits_of_dkim_are_those_of_the_configuration(work, key, names):
    with Daemon(work / "limits", store="memory:", authentication="verify", resolvers=[f"127.0.0.1@{names.port}"],
                limits={"dkim-key-bits": 3072}) as daemon:
        f = facts(daemon, signed(key, "acme.example", "rep@acme.example"))
    assert f["auth.dkim"] == "unusable" and f["org.authenticated"] == "none"
