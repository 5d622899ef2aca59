# SPDX-License-Identifier: BSD-3-Clause
"""The same cases and the same mails through the command line and through the milter socket."""
import json
import subprocess

import pytest
from cases import read_case
from milterclient import judge, split_mail
from paths import CASES, MESSAGES, POLICIES, program
from policies import write_policy

PATHS = sorted(CASES.glob("*.case"))


def unfold(text):
    return " ".join(text.split())


def check_header_lines(lines, expect):
    """lines: 'Name: value', unfolded."""
    present = {line.partition(":")[0].lower() for line in lines}
    for wanted in expect["header"]:
        if wanted.endswith(":*"):
            assert wanted[:-2].lower() in present, (wanted, lines)
        else:
            assert wanted in lines
    for unwanted in expect["no-header"]:
        assert unwanted.lower() not in present, (unwanted, lines)


def run_check(paths, policy, sender, rcpts, client, helo="mail.example.net", at=None):
    command = [program("milter/antisales"), "check", *map(str, paths), "--policy", str(policy), "--from", sender, "--client", client,
               "--helo", helo, "--json"]
    for rcpt in rcpts:
        command += ["--rcpt", rcpt]
    if at:
        command += ["--at", at]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_there_are_cases():
    assert len(PATHS) >= 12


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_check(path, folder):
    case = read_case(path)
    mail = folder / "mail.eml"
    mail.write_bytes(case.mail)
    (found,) = run_check([mail], case.policy_path(folder), case.sender, case.rcpts, case.client, case.helo, case.envelope.get("at"))
    expect = case.expect
    assert found["file"] == str(mail)
    assert found["verdict"] == expect.get("verdict", found["verdict"]), found
    assert str(found["score"]) == expect.get("score", str(found["score"]))
    assert set(expect["platform"]) <= {p["id"] for p in found["platforms"]}
    if found["verdict"] != "reject":
        check_header_lines([unfold(h) for h in found["headers"]], expect)


def final_fields(outcome, mail):
    before = [(n.decode("utf-8", "surrogateescape"), v.decode("utf-8", "surrogateescape")) for n, v in split_mail(mail)[0]]
    return outcome.headers(before)


def verdict_of(outcome, lines):
    if outcome.answer.letter == "y":
        return "reject"
    if outcome.quarantine is not None:
        return "quarantine"
    return "tag" if "X-Anti-Sales-Verdict: tag" in lines else "pass"


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_socket(path, folder, antisalesd):
    case = read_case(path)
    daemon = antisalesd(case.policy_path(folder), store="memory:")
    outcome = judge(daemon.socket, case.mail, client=case.client_address, name=case.client_name, helo=case.helo,
                    sender=case.sender, recipients=case.rcpts)
    expect = case.expect
    lines = [unfold(f"{n}:{v}") for n, v in final_fields(outcome, case.mail)]
    verdict = verdict_of(outcome, lines)
    assert verdict == expect.get("verdict", verdict), (outcome, daemon.log_text())
    assert (outcome.quarantine is not None) == (expect.get("quarantine", "no") == "yes")
    if "reply" in expect:
        assert outcome.answer.text.startswith(expect["reply"])
        return
    assert outcome.answer.letter == "c"
    check_header_lines(lines, expect)
    if "score" in expect and verdict != "pass":
        assert f"X-Anti-Sales-Score: {expect['score']}" in lines


def test_files_and_socket_agree(folder, antisalesd):
    """The headers that check prints are those the daemon adds."""
    policy = POLICIES / "default.yaml"
    files = sorted(MESSAGES.glob("*.eml"))
    assert files
    printed = run_check(files, policy, "<rep@acme.example>", ["<ann@example.com>"], "mail.example.net [192.0.2.25]")
    for path, found in zip(files, printed):
        # A daemon of its own for each, so that no mail is history for the next.
        daemon = antisalesd(policy, store="memory:")
        outcome = judge(daemon.socket, path.read_bytes())
        daemon.kill()
        added = [unfold(f"{e[2]}:{e[3]}") for e in outcome.edits if e[0] == "insert"][::-1]
        expected = [unfold(h) for h in found["headers"]]
        assert [line for line in added if not line.startswith("X-Anti-Sales-Id")] == \
               [line for line in expected if not line.startswith("X-Anti-Sales-Id")], path.name


def test_check_names_the_file_it_cannot_read(folder):
    policy = write_policy(folder / "p.yaml")
    good = MESSAGES / "person.eml"
    done = subprocess.run([program("milter/antisales"), "check", str(folder / "absent.eml"), str(good), "--policy", str(policy), "--json"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 66
    assert "absent.eml" in done.stderr


def test_check_reads_standard_input(folder):
    policy = write_policy(folder / "p.yaml")
    done = subprocess.run([program("milter/antisales"), "check", "-", "--policy", str(policy), "--from", "a@acme.example", "--rcpt",
                           "ann@example.com", "--client", "192.0.2.25", "--json"],
                          input=(MESSAGES / "outreach-pitch.eml").read_bytes(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"file", "findings", "headers", "org", "platforms", "score", "verdict"} <= set(found)
    assert found["verdict"] == "tag" and found["platforms"][0]["id"] == "outreach"
    assert {"category", "id", "proof", "tenant"} <= set(found["platforms"][0])
    assert found["org"]["domain"] == "try-pipelinely.example"

