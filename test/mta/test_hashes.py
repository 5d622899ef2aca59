# SPDX-License-Identifier: BSD-3-Clause
"""The SHA-256 in the journal: what was told is what is hashed, however the MTA tells it."""
import hashlib
import signal

import pytest
from daemon import Daemon
from mails import letter, pitch
from milterclient import ALL_ACTIONS, ALL_STEPS, LEADING_SPACE, judge, split_mail
from waiting import wait_for

FOLDED = b"Subject: one\n two\n\tthree\nX-Empty:\nX-Blank: \n" + letter("folded")
LARGE = letter("large", body="0123456789 " * 30000)
NO_BODY = b"From: jo@acme.example\nSubject: nothing\n\n"


def sha256_of(mail):
    """As antisalesd(8) describes it."""
    fields, body = split_mail(mail)
    head = b"".join(name + b":" + value.replace(b"\n", b"\r\n") + b"\r\n" for name, value in fields)
    return hashlib.sha256(head + b"\r\n" + body).hexdigest()


@pytest.fixture(scope="module")
def daemon(work):
    folder = work / "hashes"
    folder.mkdir(mode=0o755)
    with Daemon(folder, store="memory:", journal_hashes=True) as running:
        yield running


def journaled(daemon, mail, **how):
    before = len(daemon.journal_lines())
    judge(daemon.socket, mail, **how)
    wait_for(lambda: len(daemon.journal_lines()) > before, 10, "the journal")
    return daemon.journal_lines()[-1]


@pytest.mark.parametrize("mail", [pitch(), letter(), FOLDED, LARGE, NO_BODY], ids=["pitch", "letter", "folded", "large", "no body"])
def test_it_is_the_mails(daemon, mail):
    assert journaled(daemon, mail)["sha256"] == sha256_of(mail)


@pytest.mark.parametrize("how", [{"chunk": 1000}, {"steps": ALL_STEPS & ~LEADING_SPACE, "actions": ALL_ACTIONS}, {"steps": 0}],
                         ids=["pieces", "no leading space", "no steps"])
def test_it_depends_on_no_offer(daemon, how):
    assert journaled(daemon, pitch("offer"), **how)["sha256"] == sha256_of(pitch("offer"))


def test_one_byte_makes_another(daemon):
    assert journaled(daemon, letter("a"))["sha256"] != journaled(daemon, letter("b"))["sha256"]


def test_nobody_asked(daemon):
    daemon.configure(journal_hashes=False)
    assert daemon.reload(signal.SIGHUP)
    assert "sha256" not in journaled(daemon, letter("quiet"))
    daemon.configure(journal_hashes=True)
    assert daemon.reload(signal.SIGHUP)
    assert "sha256" in journaled(daemon, letter("asked again"))
