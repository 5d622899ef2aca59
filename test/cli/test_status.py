# SPDX-License-Identifier: BSD-3-Clause
"""antisales status: the daemon, the store and users' words, as a person and as a monitor reads them."""
import contextlib
import json
import os
import re
import tempfile
from pathlib import Path

import pytest
from daemon import Daemon
from proved import Site
from program import antisales

# What one proved mail to one of us leaves.
ONE_MAIL = dict.fromkeys(["contacts", "fan-out", "identifier", "message", "network", "pressure", "reputation", "sequence"], 1)
SUMMARY = re.compile(r"(OK|WARNING|CRITICAL) - ([^|\n]+)( \| used=\d+B;\d+;;0;\d+ records=\d+ damaged=\d+)?\n")


@contextlib.contextmanager
def running_daemon():
    """In a folder that its user reaches."""
    with tempfile.TemporaryDirectory(prefix="antisales-") as folder:
        os.chmod(folder, 0o755)
        with Daemon(Path(folder) / "d", socket_group=None) as running:
            yield running


@pytest.fixture(scope="module")
def daemon():
    with running_daemon() as running:
        yield running


@pytest.fixture
def site(tmp_path):
    """A store without a daemon."""
    site = Site(tmp_path)
    site.said = [site.mail(f"rep{i}@acme.example", ["acme.example"]) for i in range(3)]
    site.receive(site.said[0])
    return site


def status(config, *args, code):
    done = antisales("status", "--config", config, *args)
    assert (done.returncode, done.stderr) == (code, b"")
    return done.stdout.decode()


def facts(config, *args, code):
    return json.loads(status(config, "--json", *args, code=code))


def summary(text):
    return SUMMARY.match(text).groups()[:2]


def test_all_is_well(daemon):
    text = status(daemon.config, code=0)
    assert summary(text) == ("OK", "daemon running, store 0 % full")
    assert f"daemon: running, process {daemon.process.pid}\nstore: lmdb:{daemon.state}\n" in text


def test_the_daemon_goes_on(daemon):
    for _ in range(20):
        told = facts(daemon.config, code=0)
    assert (told["status"], told["running"], told["pid"], told["damaged"]) == ("OK", True, daemon.process.pid, 0)
    assert told["problems"] == "" and daemon.running


def test_another_store_while_the_daemon_runs(daemon, site):
    told = facts(daemon.config, "--store", f"lmdb:{site.folder}/store", code=0)
    assert told["records"] == ONE_MAIL and told["store"] == f"lmdb:{site.folder}/store"


def test_a_daemon_that_stopped(site):
    text = status(site.config, code=2)
    assert summary(text) == ("CRITICAL", "daemon not running")
    assert "daemon: not running\n" in text and all(f"{name}: 1 records\n" in text for name in ONE_MAIL)
    assert "pid" not in facts(site.config, code=2)


def test_a_daemon_that_was_killed():
    with running_daemon() as daemon:
        assert facts(daemon.config, code=0)["running"]
        daemon.kill()
        assert (daemon.state / "antisalesd.lock").read_text().strip() == str(daemon.process.pid)
        assert not facts(daemon.config, code=2)["running"]


@pytest.mark.parametrize("text", ["", "nonsense", "-1", "0", str(os.getpid())])
def test_a_lock_that_nobody_holds(site, text):
    (site.folder / "store" / "antisalesd.lock").write_text(text)
    assert not facts(site.config, code=2)["running"]


@pytest.mark.parametrize("url, why", [("lmdb:{}/nothing", "No such file"), ("lmdb:{}/empty", "No such file"),
                                      ("lmdb:{}/antisales.yaml", "is no folder"), ("redis:x", "unknown store"), ("down:for a test", "for a test")])
def test_a_store_that_does_not_open(daemon, site, url, why):
    (site.folder / "empty").mkdir()
    before = sorted(site.folder.rglob("*"))
    text = status(daemon.config, "--store", url.format(site.folder), code=2)
    level, what = summary(text)
    assert level == "CRITICAL" and what.startswith("store does not open: ") and why in what and "used" not in text
    assert sorted(site.folder.rglob("*")) == before


def test_both_are_told(tmp_path):
    (tmp_path / "c.yaml").write_text(f"store: lmdb:{tmp_path}/no\nstate: {tmp_path}/no\n")
    level, what = summary(status(tmp_path / "c.yaml", code=2))
    assert level == "CRITICAL" and what.startswith("daemon not running; store does not open: ")
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


def test_a_store_in_memory_is_the_daemons(daemon):
    text = status(daemon.config, "--store", "memory:", code=0)
    assert summary(text) == ("OK", "daemon running") and text.endswith("store: memory:\n")


def test_words_of_users(site):
    for args, text in ((["feedback", "--sales"], site.said[0]), (["feedback", "--wanted"], site.said[1]),
                       (["feedback", "--sales"], site.said[2]), (["forgive"], site.said[2])):
        assert site.run(*args, "--user", "ann", stdin=text).returncode == 0
    assert facts(site.config, code=2)["feedback"] == {"noted": 3, "sales": 1, "wanted": 1, "taken_back": 1}
    assert "users' words: 3 noted, 1 for sales, 1 for wanted, 1 taken back\n" in status(site.config, code=2)


def test_damaged_records_are_a_warning(daemon, site):
    data = site.folder / "store" / "data.mdb"
    whole = data.read_bytes()
    hurt = whole.replace(b"acme.exa"[::-1], b"acme.exb"[::-1])
    assert hurt != whole
    data.write_bytes(hurt)
    text = status(daemon.config, "--store", f"lmdb:{site.folder}/store", code=1)
    assert summary(text) == ("WARNING", "1 damaged records") and "damaged: 1 records\n" in text
    assert facts(daemon.config, "--store", f"lmdb:{site.folder}/store", code=1)["damaged"] == 1


def test_a_full_store_is_a_warning(daemon, site):
    folder = site.folder / "mails"
    folder.mkdir()
    files = [folder / f"{i}.eml" for i in range(3000)]
    for i, file in enumerate(files):
        file.write_bytes(site.mail(f"rep@acme{i}.example", [f"acme{i}.example"]))
    assert site.run("check", "--record", "--rcpt", "ann@example.com", "--client", "a.example.net [192.0.2.5]", *files).returncode == 0
    small = site.folder / "small.yaml"
    small.write_text(daemon.config.read_text() + "store-size: 1M\nstore-max-size: 1M\n")
    told = facts(small, "--store", f"lmdb:{site.folder}/store", code=1)
    assert told["status"] == "WARNING" and told["percent"] > 80 and told["problems"] == f"store {told['percent']} % full"


def test_a_bad_configuration(tmp_path):
    (tmp_path / "c.yaml").write_text("stor: x\n")
    done = antisales("status", "--config", tmp_path / "c.yaml")
    assert done.returncode == 78 and b"c.yaml:1:1: " in done.stderr and done.stdout == b""
