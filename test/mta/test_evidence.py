# SPDX-License-Identifier: BSD-3-Clause
"""antisales dossier on what a daemon wrote: its own store, its own journal, its own hashes."""
import hashlib
import json
import subprocess

import pytest
from daemon import Daemon
from mails import pitch
from milterclient import judge, split_mail
from paths import program
from waiting import wait_for

ANN, BOB = "ann@example.com", "bob@example.com"


def proved(token):
    return b"Authentication-Results: mx.example.com; dkim=pass header.d=acme.example\n" + pitch(token)


def sha256_of(mail):
    fields, body = split_mail(mail)
    head = b"".join(name + b":" + value.replace(b"\n", b"\r\n") + b"\r\n" for name, value in fields)
    return hashlib.sha256(head + b"\r\n" + body).hexdigest()


@pytest.fixture
def told(folder):
    with Daemon(folder, journal_hashes=True, authentication="results", authserv_ids=["mx.example.com"]) as daemon:
        for i, recipients in enumerate([[ANN], [BOB], ["Ann+x@example.com"], [ANN, BOB]]):
            judge(daemon.socket, proved(f"mail {i}"), recipients=[f"<{r}>" for r in recipients])
            wait_for(lambda: len(daemon.journal_lines()) > i, 10, "the journal")
        assert daemon.stop() == 0
        done = subprocess.run([program("milter/antisales"), "dossier", "acme.example", "--config", daemon.config, "--person", ANN,
                               "--person", "Ann+x@example.com", "--json"], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        yield daemon.journal_lines(), json.loads(done.stdout)


def test_the_decisions_are_the_daemons(told):
    lines, dossier = told
    (ann,) = dossier["persons"]
    assert [d["id"] for d in ann["decisions"]] == [lines[i]["id"] for i in (0, 2, 3)]
    assert [(d["n"], d["chain"]) for d in ann["decisions"]] == [(lines[i]["n"], lines[i]["chain"]) for i in (0, 2, 3)]
    assert ann["decisions"][0]["sha256"] == sha256_of(proved("mail 0")) and ann["decisions"][0]["platform"] == "Outreach"
    assert ann["decisions"][0]["findings"] == lines[0]["findings"] and "findings" not in ann["decisions"][2]
    assert dossier["journal"]["verified"] and all(d["intact"] and d["authenticated"] == "dkim" for d in ann["decisions"])
    assert dossier["people"] == 2 and [e["touch"] for e in ann["events"]] == [1, 2, 3] and "bob" not in json.dumps(dossier)
