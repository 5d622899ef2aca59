# SPDX-License-Identifier: BSD-3-Clause
"""What is changed by hand leaves one line in the journal: what, when, by whom; what changes nothing leaves none."""
import datetime
import json
import os
import pwd
import tempfile
from pathlib import Path

import pytest
from proved import Site
from program import antisales

ME = pwd.getpwuid(os.getuid()).pw_name
ROOT = os.geteuid() == 0
NOBODY, MAIL = pwd.getpwnam("nobody"), pwd.getpwnam("mail")


class Journalled(Site):
    def __init__(self, folder, **more):
        super().__init__(folder)
        self.journal = folder / "journal.jsonl"
        self.add(journal=self.journal, **more)
        self.said = self.mail("rep@acme.example", ["acme.example"], message_id="<one@acme.example>")
        self.receive(self.said)
        self.receive(self.mail("rep@other.example", ["other.example"]))

    def add(self, **more):
        with open(self.config, "a") as config:
            config.writelines(f"{key.replace('_', '-')}: {value}\n" for key, value in more.items())

    def changes(self):
        text = self.journal.read_text() if self.journal.exists() else ""
        assert text == "" or text.endswith("\n")
        return [line for line in map(json.loads, text.splitlines()) if "change" in line]


@pytest.fixture
def site(tmp_path):
    return Journalled(tmp_path)


COMMANDS = [
    (["reputation", "set", "www.acme.example", "--sales", "5", "--confidence", "80"], {"about": "acme.example", "sales": 5, "confidence": 80}),
    (["reputation", "set", "acme.example", "--none"], {"about": "acme.example", "sales": None}),
    (["reputation", "forget", "acme.example"], {"about": "acme.example"}),
    (["org", "join", "acme.example", "other.example"], {"about": "acme.example", "other": "other.example"}),
    (["feedback", "--sales", "--user", "bob"], {"about": "acme.example", "said": "sales"}),
    (["feedback", "--wanted", "--user", "bob"], {"about": "acme.example", "said": "wanted"}),
]


@pytest.mark.parametrize("args, told", COMMANDS, ids=[" ".join(args[:3]) for args, _told in COMMANDS])
def test_each_change_is_one_line(site, args, told):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    done = site.run(*args, stdin=site.said)
    assert (done.returncode, done.stderr) == (0, b"")
    (line,) = site.changes()
    assert line["v"] == 1 and line["by"] == ME and line["as_of"] == "2026-03-01T00:00:00Z"
    assert line["change"] == (args[0] if args[0] == "feedback" else " ".join(args[:2]))
    assert before <= datetime.datetime.fromisoformat(line["at"].replace("Z", "+00:00")) <= before + datetime.timedelta(minutes=2)
    assert {key: value for key, value in line.items() if key not in ("v", "at", "by", "as_of", "change", "user")} == told


@pytest.mark.parametrize("args, other", [(["org", "split", "acme.example"], {}),
                                         (["org", "split", "acme.example", "--from", "other.example"], {"other": "other.example"})])
def test_a_split(site, args, other):
    site.run("org", "join", "acme.example", "other.example")
    assert site.run(*args).returncode == 0
    line = site.changes()[1]
    assert line["change"] == "org split" and line["about"] == "acme.example"
    assert {key: line[key] for key in line if key == "other"} == other


def test_words_and_their_recall(site):
    for args in (["feedback", "--sales"], ["feedback", "--sales"], ["forgive"], ["forgive"]):
        assert site.run(*args, "--user", "bob", stdin=site.said).returncode == 0
    assert [(line["change"], line["said"]) for line in site.changes()] == [("feedback", "sales"), ("forgive", "nothing")]


def test_users_are_hashed(site):
    for user in ("bob", "Bob", "eve"):
        site.run("feedback", "--sales", "--user", user, stdin=site.said)
    bob, eve = (line["user"] for line in site.changes())
    assert len(bob) == 32 and bob != eve and "bob" not in site.journal.read_text()


def test_users_are_named_when_the_configuration_says_so(tmp_path):
    site = Journalled(tmp_path, journal_recipients="yes")
    site.run("feedback", "--sales", "--user", "bob", stdin=site.said)
    assert site.changes()[0]["user"] == "bob"


def test_what_may_be_a_person_is_not_named(site):
    site.receive(site.mail("rep@acme.example", ["acme.example"], body="Call +49 30 1234 5678\n"))
    assert site.run("reputation", "set", "phone:493012345678", "--sales", "5").returncode == 0
    assert site.changes()[0]["about"].startswith("phone#") and "4930" not in site.journal.read_text()


@pytest.mark.parametrize("args", [
    ["reputation", "show", "acme.example"], ["reputation", "top"], ["org", "list", "--all"], ["org", "show", "acme.example"],
    ["reputation", "set", "nobody.example", "--sales", "5"], ["reputation", "set", "acme.example"], ["reputation", "forget", "nobody.example"],
    ["org", "join", "acme.example", "nobody.example"], ["org", "split", "acme.example"], ["feedback"]])
def test_what_changes_nothing_leaves_no_line(site, args):
    site.run(*args, stdin=site.said)
    assert site.changes() == []


def test_without_a_journal_there_is_none(tmp_path):
    site = Site(tmp_path)
    site.receive(site.mail("rep@acme.example", ["acme.example"]))
    assert site.run("reputation", "set", "acme.example", "--sales", "5").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["antisales.yaml", "store"]


def test_the_clock_counts_when_no_time_is_told(site):
    assert antisales("reputation", "--config", site.config, "set", "acme.example", "--sales", "5").returncode == 0
    assert "as_of" not in site.changes()[0]


def test_another_store_is_named(site):
    url = f"lmdb:{site.folder}/store"
    assert site.run("reputation", "set", "acme.example", "--sales", "5", "--store", url).returncode == 0
    assert site.changes()[0]["store"] == url


def test_a_journal_that_cannot_be_written_undoes_nothing(tmp_path):
    site = Journalled(tmp_path)
    site.journal.mkdir()
    done = site.run("reputation", "set", "acme.example", "--sales", "5")
    assert done.returncode == 0 and b"antisales reputation: done, but not in the journal: cannot open journal" in done.stderr
    assert site.reputation("acme.example")["set"]


def test_an_old_journal_grows(site):
    site.journal.write_text('{"v":1,"verdict":"pass"}\n')
    site.run("reputation", "forget", "acme.example")
    assert site.journal.read_text().startswith('{"v":1,"verdict":"pass"}\n{"v":1,"at":') and len(site.changes()) == 1


def test_the_journal_is_not_for_everybody(site):
    site.run("reputation", "forget", "acme.example")
    assert site.journal.stat().st_mode & 0o137 == 0


@pytest.fixture
def open_site():
    """In a folder that other users reach; its store is not root's."""
    with tempfile.TemporaryDirectory(prefix="antisales-") as folder:
        os.chmod(folder, 0o755)
        site = Journalled(Path(folder))
        give(NOBODY, site.folder / "store", *(site.folder / "store").iterdir())
        yield site


def give(user, *paths):
    for path in paths:
        os.chown(path, user.pw_uid, user.pw_gid)


@pytest.mark.skipif(not ROOT, reason="needs root")
@pytest.mark.parametrize("sudo, by", [(None, "root"), ("ann", "ann")])
def test_root_writes_as_the_owner_of_the_store(open_site, sudo, by):
    give(NOBODY, open_site.folder)
    more = {} if sudo is None else {"SUDO_USER": sudo}
    done = antisales("reputation", "--config", open_site.config, "forget", "acme.example", **more)
    assert (done.returncode, done.stderr) == (0, b"")
    assert open_site.journal.stat().st_uid == NOBODY.pw_uid and open_site.changes()[0]["by"] == by


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_a_journal_of_another_owner(open_site):
    open_site.journal.touch(mode=0o600)
    give(MAIL, open_site.journal)
    done = antisales("reputation", "--config", open_site.config, "forget", "acme.example")
    assert (done.returncode, done.stderr) == (0, b"") and len(open_site.changes()) == 1
