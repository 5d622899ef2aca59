# SPDX-License-Identifier: BSD-3-Clause
"""antisales check: what it reads, what it prints, how it ends."""
import json
import os
import re

import pytest
from program import DEFAULT, MESSAGES, PLATFORMS, antisales, json_lines, judge, printable

PITCH = MESSAGES / "outreach-pitch.eml"
PERSON = MESSAGES / "person.eml"
KEYS = ["file", "verdict", "score", "platforms", "findings", "org", "headers", "reply", "quarantine", "judged"]
TRUSTED = "policy: {policy}\ntrusted-networks: [192.0.2.0/24, '2001:db8::/32']\nstore: 'memory:'\n"


def check(*args, policy=DEFAULT, **how):
    return antisales("check", "--policy", policy, *args, **how)


def write_config(tmp_path, text):
    path = tmp_path / "c.yaml"
    path.write_text(text.format(policy=DEFAULT))
    return path


def test_exit_0_when_all_were_read():
    done = check(PITCH, PERSON)
    assert (done.returncode, done.stderr) == (0, b"")


def test_text_tells_verdict_platform_and_sentences():
    lines = check(PITCH).stdout.decode().splitlines()
    assert re.fullmatch(rf"tag +59  {re.escape(str(PITCH))}", lines[0])
    assert "  platform  Outreach (sales-engagement, strong)" in lines
    assert any(re.match(r"   \+55      sales-machine: sent by Outreach, ", line) for line in lines)


def test_text_has_no_colours_in_a_pipe():
    assert printable(check(PITCH, PERSON).stdout)


def test_facts_as_text():
    lines = check("--facts", PITCH).stdout.decode().splitlines()
    assert "  platform.id: outreach" in lines and "  pixel.present: yes" in lines


@pytest.mark.parametrize("name", sorted(path.name for path in MESSAGES.glob("*.eml")))
def test_json_keys(name):
    result, = judge(MESSAGES / name)
    assert list(result) == KEYS
    assert result["verdict"] in ("pass", "tag", "quarantine", "reject") and 0 <= result["score"] <= 100
    assert all(list(p) == ["id", "category", "proof", "tenant"] for p in result["platforms"])
    assert all(list(f) == ["id", "points", "says"] for f in result["findings"])
    assert list(result["org"]) == ["domain", "authenticated"]
    assert all(re.match(r"X-Anti-Sales[A-Za-z-]*: \S", line) for line in result["headers"])
    assert result["score"] == max(0, min(100, sum(f["points"] for f in result["findings"])))


def test_json_facts_and_evidence():
    result, = judge(PITCH, options=["--facts"])
    assert list(result) == [*KEYS, "facts", "evidence"]
    assert result["facts"]["platform.id"] == "outreach"
    assert {"detector", "where", "quote"} == set(result["evidence"][0])


def test_one_object_a_line_in_the_order_given():
    files = [PITCH, PERSON, PITCH, *sorted(MESSAGES.glob("*.eml"))]
    assert [r["file"] for r in judge(*files)] == [str(f) for f in files]


def test_standard_input():
    from_pipe, = judge("-", stdin=PITCH.read_bytes())
    from_file, = judge(PITCH)
    assert from_pipe.pop("file") == "-" and from_file.pop("file")
    ids = [line for line in from_pipe["headers"] + from_file["headers"] if line.startswith("X-Anti-Sales-Id")]
    assert len(ids) == 2
    assert without_id(from_pipe) == without_id(from_file)


def without_id(result):
    return {**result, "file": "", "headers": [h for h in result["headers"] if not h.startswith("X-Anti-Sales-Id")]}


def test_empty_standard_input():
    done = check("-")
    assert done.returncode == 65 and b"empty" in done.stderr


def test_empty_file(tmp_path):
    (tmp_path / "empty.eml").touch()
    done = check(tmp_path / "empty.eml")
    assert done.returncode == 65 and b"empty.eml" in done.stderr and done.stdout == b""


def test_missing_file(tmp_path):
    done = check(tmp_path / "missing.eml")
    assert done.returncode == 66 and b"missing.eml" in done.stderr


def test_folder_instead_of_a_file(tmp_path):
    done = check(tmp_path)
    assert done.returncode == 66 and str(tmp_path).encode() in done.stderr


def test_goes_on_after_a_bad_file(tmp_path):
    (tmp_path / "empty.eml").touch()
    done = check("--json", tmp_path / "missing.eml", PITCH, tmp_path / "empty.eml", PERSON)
    assert done.returncode in (65, 66)
    assert [r["file"] for r in json_lines(done)] == [str(PITCH), str(PERSON)]
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("damage, place, word", [
    ("rulez: []\n", "8:1", "rules"),
    ("mode: shadows\n", "8:7", "shadow"),
    ("policy: again\n", "8:1", "twice"),
])
def test_bad_policy(tmp_path, damage, place, word):
    good = f"policy: t\nplatforms: {PLATFORMS}\nrules:\n  - id: a\n    when: {{pixel.present: yes}}\n    points: 1\n    says: x\n"
    (tmp_path / "p.yaml").write_text(good + damage)
    done = check(PITCH, policy=tmp_path / "p.yaml")
    assert done.returncode == 78 and done.stdout == b""
    assert f"{tmp_path}/p.yaml:{place}: " in done.stderr.decode() and word in done.stderr.decode()


def test_missing_policy_and_configuration(tmp_path):
    for option in ("--policy", "--config"):
        done = antisales("check", option, tmp_path / "no.yaml", PITCH)
        assert done.returncode == 78 and b"no.yaml" in done.stderr


def test_policy_of_the_configuration(tmp_path):
    done = antisales("check", "--config", write_config(tmp_path, "policy: {policy}\nstore: 'memory:'\n"), PITCH)
    assert (done.returncode, done.stderr) == (0, b"") and done.stdout.startswith(b"tag ")


def test_policy_beside_a_configuration_wins(tmp_path):
    config = write_config(tmp_path, "policy: /nonexistent.yaml\nstore: 'memory:'\n")
    done = antisales("check", "--config", config, "--policy", DEFAULT, PITCH)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("client", ["192.0.2.9", "mail.example.com [192.0.2.9]", "2001:db8::7"])
def test_trusted_client_is_not_judged(tmp_path, client):
    done = antisales("check", "--json", "--config", write_config(tmp_path, TRUSTED), "--client", client, PITCH)
    result, = json_lines(done)
    assert (result["judged"], result["verdict"], result["headers"]) == (False, "pass", [])
    told = antisales("check", "--config", write_config(tmp_path, TRUSTED), "--client", client, PITCH).stdout
    assert b"not judged: the client is trusted" in told


@pytest.mark.parametrize("client", ["192.0.3.9", "mail.example.com [192.0.3.9]", "2001:db9::7"])
def test_other_client_is_judged(tmp_path, client):
    done = antisales("check", "--json", "--config", write_config(tmp_path, TRUSTED), "--client", client, PITCH)
    assert json_lines(done)[0]["verdict"] == "tag"


def test_client_and_helo_are_facts():
    result, = judge(PERSON, options=["--client", "mx.out.example [198.51.100.4]", "--helo", "mx1.out.example", "--facts"])
    told = [result["facts"][f"client.{what}"] for what in ("address", "name", "helo")]
    assert told == ["198.51.100.4", "mx.out.example", "mx1.out.example"]


def test_envelope():
    recipients = ["--rcpt", "a@example.com", "--rcpt", "b@example.com"]
    result, = judge(PERSON, options=["--from", "bounce@news.example", *recipients, "--facts"])
    assert result["facts"]["envelope.sender"] == "bounce@news.example"
    assert result["facts"]["envelope.recipients"] == 2


def test_sender_from_return_path_else_from(tmp_path):
    mail = tmp_path / "m.eml"
    mail.write_bytes(b"Return-Path: <back@path.example>\nFrom: A <a@from.example>\n\nx\n")
    assert judge(mail, options=["--facts"])[0]["facts"]["envelope.sender"] == "back@path.example"
    mail.write_bytes(b"From: A <a@from.example>\n\nx\n")
    assert judge(mail, options=["--facts"])[0]["facts"]["envelope.sender"] == "a@from.example"


def test_class_of_the_recipient(tmp_path):
    text = re.sub(r"^platforms: .*$", f"platforms: {PLATFORMS}", DEFAULT.read_text(), flags=re.M)
    text = re.sub(r"^(freemail|esp-domains): .*$", r"\1: [freemail.example]", text, flags=re.M)
    text = re.sub(r"^(?:confirmations|refusals): .*$", "", text, flags=re.M)
    (tmp_path / "p.yaml").write_text(text + "classes:\n  boss: {recipients: ['ceo@'], verdicts: {reject: 55}}\n")
    ann, ceo = (judge(PITCH, policy=tmp_path / "p.yaml", options=["--rcpt", f"{who}@example.com"])[0] for who in ("ann", "ceo"))
    assert ann["verdict"] == "tag" and ann["reply"] is None
    assert ceo["verdict"] == "reject" and re.match(r"55\d 5\.\d\.\d ", ceo["reply"])


@pytest.mark.parametrize("who", ["postmaster", "abuse"])
def test_postmaster_and_abuse_always_pass(who):
    assert judge(PITCH, options=["--rcpt", f"{who}@example.com"])[0]["verdict"] == "pass"


@pytest.mark.parametrize("time", ["2026-03-01", "2026-03-01T10:00:00Z"])
def test_at(time):
    assert judge(PITCH, options=["--at", time])[0]["verdict"] == "tag"


@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-01", "2026-03-01T10:00", "2026-03-01 10:00:00"])
def test_at_that_is_no_time(time):
    done = check("--at", time, PITCH)
    assert done.returncode == 64 and b"is no time" in done.stderr


def test_too_many_recipients():
    done = check(*["--rcpt=a@example.com"] * 201, PITCH)
    assert done.returncode == 64 and b"too many --rcpt" in done.stderr


@pytest.mark.parametrize("name", sorted(path.name for path in MESSAGES.glob("*.eml")))
def test_line_ends_do_not_matter(tmp_path, name):
    lf = (MESSAGES / name).read_bytes().replace(b"\r\n", b"\n")
    (tmp_path / "lf.eml").write_bytes(lf)
    (tmp_path / "crlf.eml").write_bytes(lf.replace(b"\n", b"\r\n"))
    one, other = judge(tmp_path / "lf.eml", tmp_path / "crlf.eml", options=["--facts"])
    assert without_id(one) == without_id(other)


def test_first_line_of_an_mbox_is_skipped(tmp_path):
    (tmp_path / "m.eml").write_bytes(b"From jo@example.org Mon Mar  2 10:00:00 2026\n" + PITCH.read_bytes())
    with_line, without = judge(tmp_path / "m.eml", PITCH, options=["--facts"])
    assert without_id(with_line) == without_id(without)


def test_our_own_fields_in_a_file_are_no_evidence(tmp_path):
    (tmp_path / "m.eml").write_bytes(b"X-Anti-Sales-Score: 100\nx-anti-sales: sales (100/100)\n" + PERSON.read_bytes())
    result, = judge(tmp_path / "m.eml")
    assert (result["verdict"], result["score"], result["headers"]) == ("pass", 0, ["X-Anti-Sales: no"])


def test_large_and_odd_mail(tmp_path):
    (tmp_path / "nul.eml").write_bytes(b"From: a@b.example\nSubject: a\0b\n\n\0\0\n")
    (tmp_path / "line.eml").write_bytes(b"From: a@b.example\nX-Long: " + b"a" * 1_000_000 + b"\n\nhi\n")
    (tmp_path / "body.eml").write_bytes(b"not a header at all\n")
    assert len(judge(*sorted(tmp_path.glob("*.eml")))) == 3


def test_quarantine_and_reject_are_told(tmp_path):
    text = f"policy: t\nplatforms: {PLATFORMS}\nverdicts: {{tag: 10, quarantine: 20, reject: %s}}\nrules:\n" \
           "  - id: machine\n    when: {platform.id: outreach}\n    points: 60\n    says: machine\n"
    (tmp_path / "q.yaml").write_text(text % "never")
    (tmp_path / "r.yaml").write_text(text % "30")
    held, = judge(PITCH, policy=tmp_path / "q.yaml")
    refused, = judge(PITCH, policy=tmp_path / "r.yaml")
    assert held["verdict"] == "quarantine" and held["quarantine"] and held["reply"] is None
    assert refused["verdict"] == "reject" and refused["reply"].startswith("550 5.7.1 ")
    assert b"  held      " in check(PITCH, policy=tmp_path / "q.yaml").stdout
    assert b"  reply     550 5.7.1 " in check(PITCH, policy=tmp_path / "r.yaml").stdout


def test_json_is_valid_utf8_for_any_mail(tmp_path):
    (tmp_path / "m.eml").write_bytes(b"From: \xff\xfe@b.example\nSubject: \xc3\x28 \xed\xa0\x80\n\n\xff\n")
    os.rename(tmp_path / "m.eml", os.fsencode(tmp_path) + b"/\xff.eml")
    done = check("--json", "--facts", os.fsencode(tmp_path) + b"/\xff.eml")
    assert done.returncode == 0 and json.loads(done.stdout.decode("utf-8"))["verdict"] == "pass"


@pytest.mark.parametrize("links", [10, 900])
def test_many_links_hide_no_other_mark(tmp_path, links):
    body = "".join(f'<a href="https://u1.ct.sendgrid.net/ls/click?upn=u001.x{i}">x</a>\n' for i in range(links))
    (tmp_path / "m.eml").write_text("From: a@b.example\nSubject: x\nX-MarketoID: 123-ABC-456:1\nContent-Type: text/html\n\n" + body)
    result, = judge(tmp_path / "m.eml")
    assert {p["id"]: p["tenant"] for p in result["platforms"]} == {"marketo": "123-ABC-456", "sendgrid": None}
