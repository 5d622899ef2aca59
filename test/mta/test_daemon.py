# SPDX-License-Identifier: BSD-3-Clause
"""Configuration, start and stop of the daemon, without an MTA."""
import grp
import os
import re
import signal
import stat
import subprocess
import time

import pytest
from daemon import Daemon
from mails import pitch
from milterclient import MilterClient, judge
from paths import PLATFORMS, POLICIES, program
from policies import policy_text, write_policy
from postfix import free_port
from waiting import wait_for


def is_tagged(outcome):
    return any(e[:1] + e[2:] == ("insert", "X-Anti-Sales-Verdict", " tag") for e in outcome.edits)


@pytest.mark.parametrize("form", ["inet:127.0.0.1:{}", "inet:{}@127.0.0.1"])
def test_inet_sockets_in_both_spellings(folder, form):
    port = free_port()
    daemon = Daemon(folder, write_policy(folder / "p.yaml"), store="memory:")
    daemon.configure(socket=form.format(port))
    with daemon:
        begin = time.monotonic()
        with MilterClient(("127.0.0.1", port)) as c:
            c.negotiate()
            c.greet()
            for _ in range(50):
                assert is_tagged(c.send(pitch()))
        # a delayed acknowledgement would cost 40 ms each (TCP_NODELAY)
        assert time.monotonic() - begin < 1.5
        with open("/proc/net/tcp") as f:
            listening = [line.split()[1] for line in f if line.split()[3] == "0A"]
        assert f"0100007F:{port:04X}" in listening, "on loopback only"


@pytest.mark.parametrize("bad", ["inet:18891", "inet:70000@127.0.0.1", "unix:relative", "unix:/" + "x" * 200, "local", "inet:127.0.0.1:"])
def test_bad_sockets_are_refused(folder, bad):
    daemon = Daemon(folder, write_policy(folder / "p.yaml"))
    daemon.configure(socket=bad)
    done = daemon.check()
    assert done.returncode == 78, done.stdout
    assert done.stderr.strip()


def test_socket_mode_and_group(folder):
    with Daemon(folder, write_policy(folder / "p.yaml"), store="memory:", socket_mode="0620") as daemon:
        info = os.stat(daemon.socket)
        assert stat.S_IMODE(info.st_mode) == 0o620
        assert grp.getgrgid(info.st_gid).gr_name == "postfix"


def test_privileges_are_dropped(folder):
    with Daemon(folder, write_policy(folder / "p.yaml"), store="memory:") as daemon:
        with open(f"/proc/{daemon.process.pid}/status") as f:
            status = dict(line.rstrip().split(":\t", 1) for line in f if ":\t" in line)
        assert "0" not in status["Uid"].split()
        assert "0" not in status["Gid"].split()
        assert "0" not in status["Groups"].split()


def test_root_needs_a_user(folder):
    daemon = Daemon(folder, write_policy(folder / "p.yaml"))
    daemon.configure(user=None)
    daemon.launch()
    assert daemon.wait(20) == 78
    assert "user" in daemon.log_text()


def test_check_of_a_good_configuration(folder):
    done = Daemon(folder, POLICIES / "default.yaml").check()
    assert (done.returncode, done.stderr) == (0, "")


def test_check_touches_nothing(folder):
    daemon = Daemon(folder, POLICIES / "default.yaml")
    assert daemon.check().returncode == 0
    assert not daemon.socket.exists()
    assert list(daemon.state.iterdir()) == []
    assert list(daemon.journal.parent.iterdir()) == []


BAD_CONFIGURATIONS = {
    "unknown key": ("pollicy: x\n", "policy"),
    "wrong type": ("max-sessions: many\n", "from 1 to 100000"),
    "out of range": ("stop-timeout: 100000\n", "from 1 to 600"),
    "duplicate key": ("log: stderr\n", "log"),
    "no YAML": ("a: [\n", ""),
    "limit too small": ("limits: {header-fields: 1}\n", "from 50 to 100000"),
}


@pytest.mark.parametrize("what", BAD_CONFIGURATIONS)
def test_bad_configurations(folder, what):
    text, word = BAD_CONFIGURATIONS[what]
    daemon = Daemon(folder, POLICIES / "default.yaml")
    daemon.config.write_text(daemon.config.read_text() + text)
    done = daemon.check()
    assert done.returncode == 78
    assert re.search(rf"^{re.escape(str(daemon.config))}:\d+:\d+: ", done.stderr, re.M), done.stderr
    assert word in done.stderr


RULE = "  - id: {id}\n    when: {when}\n    points: 5\n    says: x\n"
BAD_POLICIES = {
    "unknown fact": (RULE.format(id="a", when="{platform.catgory: newsletter}"), "platform.category"),
    "unknown word": (RULE.format(id="a", when="{platform.category: newsleter}"), "newsletter"),
    "bad regular expression": (RULE.format(id="a", when="{client.name: {matches: '(('}}"), ""),
    "duplicate id": (RULE.format(id="machine", when="{text.html: yes}"), "machine"),
    "no list": ("verdicts: {tag: 50}\n", ""),
}


@pytest.mark.parametrize("what", BAD_POLICIES)
def test_bad_policies(folder, what):
    text, word = BAD_POLICIES[what]
    path = folder / "p.yaml"
    path.write_text(policy_text().replace("verdicts:", text + "verdicts:", 1))
    done = Daemon(folder, path).check()
    assert done.returncode == 78
    assert re.search(rf"^{re.escape(str(path))}:\d+:\d+: ", done.stderr, re.M), done.stderr
    assert word in done.stderr


def test_missing_files_are_named(folder):
    done = Daemon(folder, folder / "absent.yaml").check()
    assert done.returncode == 78 and "absent.yaml" in done.stderr
    path = folder / "p.yaml"
    path.write_text(policy_text().replace(str(PLATFORMS), str(folder / "no-platforms")))
    done = Daemon(folder, path).check()
    assert done.returncode == 78 and "no-platforms" in done.stderr


def test_a_missing_configuration_is_named(folder):
    done = subprocess.run([program("milter/antisalesd"), "-n", "-c", str(folder / "absent.yaml")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 78 and "absent.yaml" in done.stderr


def test_a_bad_start_is_one_line(folder):
    daemon = Daemon(folder, folder / "absent.yaml")
    daemon.launch()
    assert daemon.wait(20) == 78
    assert len(daemon.log_text().splitlines()) == 1


def test_files_in_the_way_of_the_socket(folder):
    daemon = Daemon(folder, write_policy(folder / "p.yaml"))
    daemon.socket.write_text("precious")
    daemon.launch()
    assert daemon.wait(20) != 0
    assert daemon.socket.read_text() == "precious"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_soon_when_idle(folder, number):
    daemon = Daemon(folder, write_policy(folder / "p.yaml")).start()
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet()
        begin = time.monotonic()
        daemon.send_signal(number)
        assert daemon.wait(15) == 0, daemon.log_text()[-3000:]
        assert time.monotonic() - begin < 10


def test_stop_lets_a_mail_in_work_finish(folder):
    daemon = Daemon(folder, write_policy(folder / "p.yaml")).start()
    with MilterClient(daemon.socket) as c:
        c.negotiate(steps=0)    # every command is answered, so the mail is in work when the signal comes
        c.greet()
        c.envelope("<rep@acme.example>", ["<ann@example.com>"])
        daemon.send_signal(signal.SIGTERM)
        daemon.wait_logged("stopping")
        c.content([(b"From", b" jo@acme.example"), (b"Content-Type", b" text/html")], pitch().partition(b"\n\n")[2])
        assert is_tagged(c.eom())
    assert daemon.wait(15) == 0, daemon.log_text()[-3000:]


def test_a_stop_does_not_wait_for_ever(folder):
    daemon = Daemon(folder, write_policy(folder / "p.yaml"), stop_timeout=2).start()
    with MilterClient(daemon.socket) as c:
        c.negotiate()
        c.greet()
        c.mail()
        begin = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(20) == 0, daemon.log_text()[-3000:]
        assert time.monotonic() - begin < 12


def test_what_is_learnt_survives_a_restart(folder):
    daemon = Daemon(folder, write_policy(folder / "p.yaml")).start()
    for _ in range(3):
        judge(daemon.socket, pitch())
    assert daemon.stop() == 0
    daemon.start()
    judge(daemon.socket, pitch())
    assert daemon.stop() == 0
    facts = [line["facts"] for line in daemon.journal_lines()]
    assert [f["org.domain"] for f in facts] == ["acme.example"] * 4
    assert not facts[0]["reputation.known"]
    assert facts[-1]["reputation.known"]
    assert facts[-1]["reputation.mails"] == 3


def test_the_journal_tells_no_secrets(folder):
    with Daemon(folder, write_policy(folder / "p.yaml")) as daemon:
        judge(daemon.socket, pitch("very-secret-subject"))
        assert daemon.stop() == 0
    text = daemon.journal.read_text()
    (line,) = daemon.journal_lines()
    assert "tag" in str(line)
    for secret in ("ann@example.com", "jo@acme.example", "very-secret-subject", "have you seen"):
        assert secret not in text


def test_a_dead_store_is_said_and_costs_no_mail(folder):
    with Daemon(folder, write_policy(folder / "p.yaml"), store="down:no disk") as daemon:
        assert is_tagged(judge(daemon.socket, pitch()))
        assert daemon.logged("no disk") >= 1


def test_the_daemon_goes_to_the_background(folder):
    daemon = Daemon(folder, write_policy(folder / "p.yaml"), log="syslog", store="memory:")
    subprocess.run([program("milter/antisalesd"), "-c", str(daemon.config)], check=True, timeout=30, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pid = int((daemon.state / "antisalesd.lock").read_text())
    try:
        assert is_tagged(judge(daemon.socket, pitch()))
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not os.path.exists(f"/proc/{pid}") or _is_zombie(pid), 20, "the daemon to end")


def _is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_two_hundred_sessions_at_once(folder):
    with Daemon(folder, write_policy(folder / "p.yaml"), store="memory:") as daemon:
        sessions = [MilterClient(daemon.socket) for _ in range(200)]
        for c in sessions:
            c.negotiate()
            c.greet()
        assert all(is_tagged(c.send(pitch())) for c in sessions)
        for c in sessions:
            c.close()


def test_over_the_session_limit_mail_passes(folder):
    with Daemon(folder, write_policy(folder / "p.yaml"), store="memory:", max_sessions=5) as daemon:
        sessions = [MilterClient(daemon.socket) for _ in range(20)]
        for c in sessions:
            c.negotiate()
            c.greet()
        outcomes = [c.send(pitch()) for c in sessions]
        assert all(o.answer.letter in "ca" for o in outcomes)
        assert sum(map(is_tagged, outcomes)) == 5
        for c in sessions:
            c.close()
        wait_for(lambda: is_tagged(judge(daemon.socket, pitch())), 20, "room for a session")
