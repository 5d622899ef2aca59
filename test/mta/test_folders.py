# SPDX-License-Identifier: BSD-3-Clause
"""The folder "Never again" in a real Dovecot with the shipped scripts: who is put there was told to stop."""
import json
import shutil
import subprocess

import pytest
from daemon import USER, Daemon
from dovecot import MAIL_USER, Dovecot
from paths import SRC, program
from waiting import wait_for

USERS = {"ann@example.com": "anns", "bob@example.com": "bobs"}
ANN, BOB = USERS
FOLDER = '"Never again"'


def mail(domain="acme.example", result="pass"):
    return f"""Authentication-Results: mx.example.com; dkim={result} header.d={domain}
From: Rep <rep@{domain}>
To: <{ANN}>
Subject: Quick question
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <1@{domain}>

Have you seen my last mail?
""".replace("\n", "\r\n").encode()


class Folders:
    """Dovecot by contrib/dovecot/antisales.conf, where only what a postmaster would write in is replaced."""

    def __init__(self, folder):
        self.site = Daemon(folder / "site", authentication="results", authserv_ids=["mx.example.com"])
        scripts = SRC / "contrib" / "dovecot"
        (folder / "scripts").mkdir(mode=0o777)
        (folder / "scripts").chmod(0o777)       # Dovecot puts what it compiles beside its source
        for script in scripts.glob("*.sieve"):
            (folder / "scripts" / script.name).write_bytes(script.read_bytes())
        # what is built may lie below a folder that is closed to the mail's user
        command = shutil.copy(program("milter/antisales"), folder / "scripts")
        conf = (scripts / "antisales.conf").read_text()
        for shipped, here in (("user = antisales", f"user = {USER}"), ("user = vmail", f"user = {MAIL_USER}"),
                              ("@bindir@/antisales optout", f"{command} optout"),
                              (" --mail -", f" --config {self.site.config} --mail -"),
                              ("@pkgdatadir@/dovecot", str(folder / "scripts"))):
            assert shipped in conf
            conf = conf.replace(shipped, here)
        self.dovecot = Dovecot(folder / "dovecot", USERS, more=conf)

    def told(self, person=ANN):
        """Who was told to stop by that person, or rather by his folders."""
        done = subprocess.run([program("milter/antisales"), "optout", "list", "--config", str(self.site.config), "--json", "--person",
                               person], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return {entry["name"] for entry in map(json.loads, done.stdout.splitlines())}

    def wait_told(self, names, person=ANN):
        wait_for(lambda: self.told(person) == names, 20, f"{names} to be told, not {self.told(person)}: {self.dovecot.log_text()}")


@pytest.fixture
def folders(folder):
    made = Folders(folder)
    with made.dovecot:
        yield made


@pytest.fixture
def ann(folders):
    session = folders.dovecot.imap(ANN)
    for name in (FOLDER, "Trash", "Later"):
        assert session.create(name)[0] == "OK"
    yield session
    session.logout()


def put(session, data, name="INBOX"):
    assert session.append(name, None, None, data)[0] == "OK"


def transfer(session, source, target, verb="MOVE"):
    assert session.select(source)[0] == "OK"
    assert (session.uid("MOVE", "1:*", target) if verb == "MOVE" else session.copy("1:*", target))[0] == "OK"


def count(session, name):
    return int(session.select(name, readonly=True)[1][0])


@pytest.mark.parametrize("verb", ["MOVE", "COPY"])
def test_put_there_it_is_an_opt_out(folders, ann, verb):
    put(ann, mail())
    transfer(ann, "INBOX", FOLDER, verb)
    folders.wait_told({"acme.example"})
    assert folders.told(BOB) == set() and count(ann, FOLDER) == 1


def test_put_there_by_a_mail_program_that_appends(folders, ann):
    put(ann, mail(), FOLDER)
    folders.wait_told({"acme.example"})


def test_taken_out_it_is_withdrawn_and_thrown_away_it_is_not(folders, ann):
    put(ann, mail())
    transfer(ann, "INBOX", FOLDER)
    folders.wait_told({"acme.example"})
    transfer(ann, FOLDER, "Later")
    folders.wait_told(set())
    transfer(ann, "Later", FOLDER)
    folders.wait_told({"acme.example"})
    transfer(ann, FOLDER, "Trash")
    put(ann, mail("other.example"), FOLDER)         # when this is noted, what came before is
    folders.wait_told({"acme.example", "other.example"})


def test_each_speaks_for_himself(folders, ann):
    bob = folders.dovecot.imap(BOB)
    assert bob.create(FOLDER)[0] == "OK"
    put(ann, mail(), FOLDER)
    put(bob, mail("other.example"), FOLDER)
    folders.wait_told({"acme.example"})
    folders.wait_told({"other.example"}, BOB)
    bob.logout()


def test_what_nobody_proved_is_kept_there_and_noted_nowhere(folders, ann):
    put(ann, mail(result="fail"), FOLDER)
    wait_for(lambda: "nobody proved to have sent the mail" in folders.dovecot.log_text(), 20, "the reason")
    assert folders.told() == set() and count(ann, FOLDER) == 1
