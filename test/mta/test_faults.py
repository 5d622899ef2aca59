# SPDX-License-Identifier: BSD-3-Clause
"""Stops, crashes, reloads and signals while Postfix hands mail over: no mail is lost."""
import signal
import threading
import time

import pytest
from daemon import Daemon
from load import Load
from mails import letter, many_parts, nested, pitch, stored
from milterclient import judge
from policies import policy_text, write_policy
from postfix import ours, without_trace
from smtp import Smtp, deliver
from waiting import wait_for


def verdicts(mta, count, token=b"", seconds=60):
    """How many delivered mails carry each X-Anti-Sales-Verdict; None for those without any field of ours."""
    found = {}
    for raw in mta.wait_delivered(count, token, seconds):
        own = ours(without_trace(raw)[0])
        verdict = next((f.split(b": ")[1].decode() for f in own if f.startswith(b"X-Anti-Sales-Verdict")), "no" if own else None)
        found[verdict] = found.get(verdict, 0) + 1
    return found


def scores(mta, token=b""):
    return {f.split(b": ")[1] for raw in mta.delivered() if token in raw for f in without_trace(raw)[0]
            if f.startswith(b"X-Anti-Sales-Score:")}


def test_mail_passes_when_the_daemon_was_never_started(mta):
    assert deliver(mta.port, pitch("nobody there")).code == 250
    assert verdicts(mta, 1) == {None: 1}


def test_mail_passes_when_the_daemon_was_stopped(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml", reject=50))
    assert deliver(mta.port, pitch("while up")).code == 550
    assert daemon.stop() == 0
    assert deliver(mta.port, pitch("while down")).code == 250
    assert verdicts(mta, 1) == {None: 1}


def test_mail_passes_when_the_daemon_stops_within_a_session(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml"))
    with Smtp(mta.port) as s:
        assert s.deliver(pitch("one")).code == 250
        assert s.envelope("rep@acme.example", ["ann@example.com"]) is None
        assert daemon.stop() == 0
        assert s.reset().code == 250
        assert s.deliver(pitch("two")).code == 250
    assert verdicts(mta, 2) == {"tag": 1, None: 1}


def test_mail_passes_when_the_daemon_is_killed_under_load(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml"))
    load = Load(mta.port, lambda i: pitch(f"n{i}"), 120, connections=8).start()
    load.wait_sent(30)
    daemon.kill()
    load.join()
    assert load.refused == []
    found = verdicts(mta, 120)
    assert sum(found.values()) == 120
    # "no": the kill came between two fields of the same mail
    assert found["tag"] >= 30 and found[None] > 0 and found.get("no", 0) <= 8


def test_it_starts_again_after_a_kill(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml"))
    assert deliver(mta.port, pitch("before")).code == 250
    daemon.kill()
    assert daemon.socket.exists(), "the stale socket is the point of this test"
    daemon.start()
    assert deliver(mta.port, pitch("after")).code == 250
    assert verdicts(mta, 2) == {"tag": 2}


def test_reload_while_mail_flows_loses_nothing(mta, filtered, folder):
    path = write_policy(folder / "p.yaml", points=60)
    daemon = filtered(path)
    load = Load(mta.port, lambda i: pitch(f"n{i}."), 200, connections=4).start()
    for sent, points in ((40, 61), (90, 62), (140, 70)):
        load.wait_sent(sent)
        write_policy(path, points=points)
        assert daemon.reload(signal.SIGHUP)
    load.join()
    assert load.refused == []
    assert verdicts(mta, 200) == {"tag": 200}
    assert deliver(mta.port, pitch("last")).code == 250
    mta.wait_delivered(1, b"question last")
    assert scores(mta, b"question last") == {b"70"}
    assert {b"60", b"70"} <= scores(mta) <= {b"60", b"61", b"62", b"70"}


def test_burst_of_reload_signals_under_load(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml"))
    load = Load(mta.port, lambda i: pitch(f"n{i}."), 200, connections=4).start()
    load.wait_sent(10)
    end = time.monotonic() + 3
    sent = 0
    while time.monotonic() < end:
        daemon.send_signal(signal.SIGHUP if sent % 2 else signal.SIGUSR1)
        sent += 1
        time.sleep(0.001)
    load.join()
    assert daemon.running
    assert load.refused == []
    assert verdicts(mta, 200) == {"tag": 200}
    assert daemon.logged("reload failed") == 0
    assert daemon.reload(signal.SIGUSR1)
    assert deliver(mta.port, letter("alive")).code == 250


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1])
def test_a_bad_policy_keeps_the_old_one(mta, filtered, folder, number):
    path = write_policy(folder / "p.yaml", points=60)
    daemon = filtered(path)
    path.write_text(policy_text().replace("platform.category", "platform.catgory"))
    assert not daemon.reload(number)
    assert f"{path}:" in daemon.log_text()
    assert deliver(mta.port, pitch("kept")).code == 250
    assert verdicts(mta, 1) == {"tag": 1}
    write_policy(path, points=80)
    assert daemon.reload(number)
    assert deliver(mta.port, pitch("better")).code == 250
    mta.wait_delivered(1, b"question better")
    assert scores(mta, b"question better") == {b"80"}


def test_a_bad_configuration_keeps_the_old_one(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml"))
    daemon.config.write_text(daemon.config.read_text() + "pollicy: x\n")
    assert not daemon.reload()
    assert "pollicy" in daemon.log_text()
    assert deliver(mta.port, pitch("kept")).code == 250
    assert verdicts(mta, 1) == {"tag": 1}


def test_sigterm_under_load_ends_cleanly(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml"))
    load = Load(mta.port, lambda i: pitch(f"n{i}", f"org{i}.example"), 200, connections=8).start()
    load.wait_sent(50)
    assert daemon.stop() == 0, daemon.log_text()[-3000:]
    load.join()
    assert load.refused == []
    found = verdicts(mta, 200)
    assert sum(found.values()) == 200 and found["tag"] >= 50
    assert "stopped" in daemon.log_text().splitlines()[-1]
    remembered = {line["facts"]["org.domain"] for line in daemon.journal_lines()}
    assert len(remembered) == found["tag"], "every decision is in the journal"
    daemon.start()
    assert "store lmdb" in daemon.log_text()
    for org in remembered:
        assert judge(daemon.socket, pitch("again", org)).answer.letter == "c"
    assert daemon.stop() == 0
    again = [line["facts"] for line in daemon.journal_lines()[len(remembered):]]
    assert {f["org.domain"] for f in again if f["reputation.known"]} == remembered, "and in the store"


@pytest.mark.parametrize("same_state", [True, False])
def test_a_second_start_fails_and_the_first_still_answers(mta, filtered, folder, same_state):
    first = filtered(write_policy(folder / "p.yaml"))
    second = Daemon(folder / "second", first.settings["policy"], socket=first.socket)
    if same_state:
        second.configure(state=first.settings["state"], store=first.settings["store"])
    second.launch()
    assert second.wait(20) != 0
    assert len(second.log_text().splitlines()) == 1
    if same_state:
        assert str(first.process.pid) in second.log_text(), "the message names the process in the way"
    assert first.running
    assert deliver(mta.port, pitch("still")).code == 250
    assert verdicts(mta, 1) == {"tag": 1}


def test_a_dead_store_costs_no_mail(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml"), store="down:the disk is gone")
    assert deliver(mta.port, pitch("no store")).code == 250
    assert verdicts(mta, 1) == {"tag": 1}


HOSTILE = {
    "a header line of 1 MB": b"From: jo@acme.example\nX-Long: " + b"a" * 1048576 + b"\nSubject: hostile\n\nbody\n",
    "a folded header of 1 MB": b"From: jo@acme.example\nX-Long: " + b"abcdefg \n\t" * 100000 + b"end\nSubject: hostile\n\nbody\n",
    "a body line of 1 MB": b"From: jo@acme.example\nSubject: hostile\n\n" + b"a" * 1048576 + b"\n",
    "10,000 header fields": b"From: jo@acme.example\n" + b"X-Many: 1\n" * 10000 + b"Subject: hostile\n\nbody\n",
    "NUL bytes": b"From: jo@acme.example\nSubject: host\0ile\nX-Nul: \0\0\n\n" + b"text \0 with\0\0 NUL <a href=\"https://\0/\">\n" * 100,
    "8-bit headers": b"From: J\xfcrgen <jo@acme.example>\nSubject: hostile \xff\xfe\xe4\nX-\xe4: 1\nX-Raw: \x80\x81\n\nbody \xff\n",
    "no header at all": b"\nhostile body\n",
    "nothing": b"",
    "1,000 nested multiparts": nested(1000),
    "100,000 empty parts": many_parts(100000),
    "an unclosed tag of 1 MB": b"From: jo@acme.example\nSubject: hostile\nContent-Type: text/html\n\n<a href=" + b"x" * 1048576 + b"\n",
    "100,000 open tags": b"From: jo@acme.example\nSubject: hostile\nContent-Type: text/html\n\n" + b"<div><b>" * 100000 + b"\n",
    "encoded words without end": b"From: jo@acme.example\nSubject: " + b"=?utf-8?Q?=C3=28?= " * 3000 + b"\n\nbody\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_mail_is_judged_in_bounded_time(mta, filtered, folder, what):
    daemon = filtered(write_policy(folder / "p.yaml", reject=50))
    begin = time.monotonic()
    assert deliver(mta.port, HOSTILE[what]).code == 250
    took = time.monotonic() - begin
    assert daemon.running
    mails = mta.wait_delivered(1)
    assert any(f.startswith(b"X-Anti-Sales") for f in without_trace(mails[0])[0]), daemon.log_text()[-2000:]
    assert deliver(mta.port, pitch("after")).code == 550
    assert took < 15


def test_hostile_mails_at_once(mta, filtered, folder):
    daemon = filtered(write_policy(folder / "p.yaml", reject=50))
    mails = list(HOSTILE.values())
    load = Load(mta.port, lambda i: mails[i % len(mails)], 3 * len(mails), connections=8).start()
    load.join()
    assert load.refused == []
    assert daemon.running
    assert deliver(mta.port, pitch("after")).code == 550


def test_half_a_session_blocks_nobody(mta, filtered, folder):
    filtered(write_policy(folder / "p.yaml"))
    waiting = [Smtp(mta.port) for _ in range(20)]
    try:
        for s in waiting:
            assert s.envelope("rep@acme.example", ["ann@example.com"]) is None
            assert s.command("DATA").code == 354
            s.send(b"From: jo@acme.example\r\nSubject: half")
        assert deliver(mta.port, pitch("whole")).code == 250
    finally:
        for s in waiting:
            s.close()
    assert verdicts(mta, 1, b"question whole") == {"tag": 1}


def test_the_same_mail_gets_the_same_answer_for_all(mta, filtered, folder):
    """Three sessions at once and one after another agree."""
    filtered(write_policy(folder / "p.yaml", reject=50))
    mail, replies = stored("outreach-pitch"), []
    threads = [threading.Thread(target=lambda: replies.append(deliver(mta.port, mail).code)) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    replies += [deliver(mta.port, mail).code for _ in range(3)]
    wait_for(lambda: len(replies) == 6, 10, "six replies")
    assert set(replies) == {550}
