# SPDX-License-Identifier: BSD-3-Clause
"""antisalesd -n: a mistake anywhere in configuration, policy or catalogue is found and named before anything runs."""
import os
import re
import shutil

import pytest
from program import DEFAULT, PLACE, POLICIES, SRC, antisalesd, daemon_user

GOOD_POLICY = """policy: t
platforms: {platforms}
verdicts: {{tag: 50, quarantine: never, reject: never}}
rules:
  - id: machine
    when: {{platform.category: crm}}
    points: 50
    says: "sent by {{platform.name}}"
"""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogue")
    shutil.copy(POLICIES / "platforms" / "marketo.yaml", folder)
    return folder


def check(tmp_path, text, user=True):
    """The user stands last so that lines of the text keep their numbers."""
    path = tmp_path / "c.yaml"
    path.write_text(text + (f"user: {daemon_user()}\n" if user else ""))
    return antisalesd("-n", "-c", path)


def check_policy(tmp_path, catalogue, old="", new=""):
    text = GOOD_POLICY.format(platforms=catalogue)
    assert text.count(old) == 1 or old == ""
    (tmp_path / "p.yaml").write_text(text.replace(old, new) if old else text + new)
    return check(tmp_path, f"policy: {tmp_path}/p.yaml\n")


def complaint(done):
    """(file, line, column) and the message of the one complaint"""
    said = done.stderr.decode()
    assert done.returncode == 78 and done.stdout == b"" and len(said.splitlines()) == 1, said
    place = PLACE.match(said)
    assert place, said
    return (place.group(1), int(place.group(2)), int(place.group(3))), said[place.end():]


def test_good_configuration(tmp_path):
    done = check(tmp_path, f"policy: {DEFAULT}\nsocket: unix:/run/x.sock\nlog: stderr\n")
    assert (done.returncode, done.stderr) == (0, b"")
    counts = r"\d+ rules, \d+ platforms, \d+ fingerprints"
    assert re.fullmatch(rf"{tmp_path}/c.yaml: good; policy .*default.yaml: {counts}\n", done.stdout.decode())


@pytest.mark.parametrize("name", ["default.yaml", "strict.yaml", "shadow.yaml"])
def test_shipped_policies(tmp_path, name):
    assert check(tmp_path, f"policy: {POLICIES / name}\n").returncode == 0


def test_touches_nothing(tmp_path):
    text = f"socket: unix:{tmp_path}/s/x.sock\nstate: {tmp_path}/state\nstore: lmdb:{tmp_path}/store\njournal: {tmp_path}/j\n"
    assert check(tmp_path, f"policy: {DEFAULT}\n{text}").returncode == 0
    assert os.listdir(tmp_path) == ["c.yaml"]


# text of line 2 -> column, word of the message
MISTAKES = {
    "unknown key": ("sokcet: unix:/x\n", 1, '"socket"'),
    "unknown limit": ("limits: {url: 3}\n", 10, '"urls"'),
    "unknown word": ("log: sterr\n", 6, '"stderr"'),
    "unknown level": ("log-level: warnin\n", 12, '"warning"'),
    "bad span": ("milter-timeout: 5y\n", 17, "90s"),
    "span out of range": ("milter-timeout: 5\n", 17, "10 to 86400"),
    "span that is a list": ("stop-timeout: [1]\n", 15, "span"),
    "bad size": ("store-size: 64X\n", 13, "64M"),
    "size out of range": ("message-memory: 1k\n", 17, "a size from"),
    "bad number": ("max-sessions: many\n", 15, "1 to 100000"),
    "number out of range": ("max-messages: 0\n", 15, "1 to 100000"),
    "limit out of range": ("limits: {urls: 0}\n", 16, "1 to 100000"),
    "bad yes or no": ("journal-recipients: maybe\n", 21, "yes or no"),
    "too many bits": ("trusted-networks: [10.0.0.0/33]\n", 20, '"10.0.0.0/33"'),
    "too many bits v6": ("trusted-networks: [10.0.0.0/8, '::/129']\n", 32, '"::/129"'),
    "bad network": ("trusted-networks: [10.0.0]\n", 20, '"10.0.0"'),
    "network of words": ("trusted-networks: localhost\n", 19, '"localhost"'),
    "list for a text": ("state: [a]\n", 8, ""),
    "tag": ("state: !x y\n", 8, ""),
    "not closed": ("trusted-networks: [a\n", None, ""),
    "socket with a relative path": ("socket: unix:run/x\n", 9, "begin with /"),
    "socket without host": ("socket: inet:10025\n", 9, "host is missing"),
    "socket with bad port": ("socket: inet:localhost:99999\n", 9, "port"),
    "socket with no port": ("socket: inet:localhost\n", 9, ""),
    "socket of unknown kind": ("socket: pipe:/x\n", 9, "unix:/path"),
    "socket with empty host": ("socket: inet:10025@\n", 9, "host is missing"),
    "socket with a long path": (f"socket: unix:/{'a' * 120}\n", 9, "108"),
    "socket mode": ("socket-mode: 0999\n", 14, "octal"),
    "socket mode that shuts us out": ("socket-mode: 0060\n", 14, "octal"),
    "unknown group": ("socket-group: nosuchgroup9\n", 15, "nosuchgroup9"),
    "unknown store": ("store: sqlite:/x\n", 8, "lmdb:"),
    "store without a folder": ("store: 'lmdb:'\n", 8, "lmdb:"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistake_in_the_configuration(tmp_path, kind):
    line, column, word = MISTAKES[kind]
    place, message = complaint(check(tmp_path, f"policy: {DEFAULT}\n{line}"))
    assert place[0] == f"{tmp_path}/c.yaml" and word in message
    assert column is None or place[1:] == (2, column)


@pytest.mark.parametrize("socket", ["inet:10025@localhost", "inet:[::1]:10025", "inet6:10025@::1", "local:/run/x", "unix:/run/x",
                                    "inet:127.0.0.1:10025"])
def test_good_sockets(tmp_path, socket):
    assert check(tmp_path, f"policy: {DEFAULT}\nsocket: '{socket}'\n").returncode == 0


def test_key_twice(tmp_path):
    place, message = complaint(check(tmp_path, "log: stderr\nlog: syslog\n"))
    assert place[1:] == (2, 1) and '"log"' in message and "line 1" in message


def test_list_instead_of_a_map(tmp_path):
    place, _message = complaint(check(tmp_path, "- a\n- b\n", user=False))
    assert place[1:] == (1, 1)


def test_unknown_user(tmp_path):
    place, message = complaint(check(tmp_path, f"policy: {DEFAULT}\nuser: nosuchuser9\n", user=False))
    assert place[1:] == (2, 7) and "nosuchuser9" in message


def test_missing_policy(tmp_path):
    place, message = complaint(check(tmp_path, "log: stderr\npolicy: /nonexistent/p.yaml\n"))
    assert place == (f"{tmp_path}/c.yaml", 2, 9) and "/nonexistent/p.yaml" in message


def test_missing_configuration(tmp_path):
    done = antisalesd("-n", "-c", tmp_path / "no.yaml")
    assert done.returncode == 78 and b"no.yaml" in done.stderr and done.stdout == b""


# (what is replaced or, when empty, added; by what; line, column; word)
POLICY_MISTAKES = {
    "unknown fact": ("platform.category: crm", "platform.categry: crm", (6, 12), '"platform.category"'),
    "unknown word of a fact": ("category: crm", "category: crn", (6, 31), ' crm '),
    "bad regex": ("platform.category: crm", "header.subject: {matches: '[a'}", (6, 38), "missing terminating ]"),
    "number for a word": ("platform.category: crm", "platform.proof: 3", (6, 28), ""),
    "word for a number": ("platform.category: crm", "link.count: {at-least: many}", (6, 35), ""),
    "unknown comparison": ("platform.category: crm", "link.count: {atleast: 3}", (6, 25), '"at-least"'),
    "unknown fact in a sentence": ("{platform.name}", "{platform.nam}", (8, 11), '"platform.name"'),
    "bad points": ("points: 50", "points: lots", (7, 13), ""),
    "unknown fact of points": ("points: 50", "points: {per: link.cuont, each: 1, at-most: 5}", (7, 19), '"link.count"'),
    "unbounded points": ("points: 50", "points: {per: link.count, each: 1}", (7, 13), "at-most"),
    "unknown key of a rule": ("points: 50", "pionts: 50", (7, 5), '"points"'),
    "unknown key": ("verdicts:", "verdict:", (3, 1), '"verdicts"'),
    "unknown verdict": ("quarantine:", "quarantaine:", (3, 21), '"quarantine"'),
    "threshold out of range": ("tag: 50", "tag: 101", (3, 17), "100"),
    "unknown mode": ("policy: t\n", "policy: t\nmode: shadows\n", (2, 7), '"shadow"'),
    "bad reply code": ("", "reject-reply: {code: 450, enhanced: 4.7.1, text: no}\n", (9, 22), ""),
    "class without recipients": ("", "classes:\n  a: {verdicts: {tag: 5}}\n", (10, 6), "recipients"),
    "rule without points": ("    points: 50\n", "", (5, 5), "points"),
}


@pytest.mark.parametrize("kind", POLICY_MISTAKES)
def test_mistake_in_the_policy(tmp_path, catalogue, kind):
    old, new, where, word = POLICY_MISTAKES[kind]
    place, message = complaint(check_policy(tmp_path, catalogue, old, new))
    assert place == (f"{tmp_path}/p.yaml", *where) and word in message


def test_rule_twice(tmp_path, catalogue):
    rule = "  - id: machine\n    when: {pixel.present: yes}\n    points: 1\n    says: x\n"
    place, message = complaint(check_policy(tmp_path, catalogue, new=rule))
    assert place == (f"{tmp_path}/p.yaml", 9, 5) and "machine" in message


def test_good_policy_of_these_tests(tmp_path, catalogue):
    assert check_policy(tmp_path, catalogue).returncode == 0


def test_missing_catalogue(tmp_path):
    place, message = complaint(check_policy(tmp_path, tmp_path / "nowhere"))
    assert place == (f"{tmp_path}/p.yaml", 2, 12) and "nowhere" in message


def test_mistake_in_the_catalogue(tmp_path, catalogue):
    folder = shutil.copytree(catalogue, tmp_path / "platforms")
    text = (folder / "marketo.yaml").read_text()
    (folder / "marketo.yaml").write_text(text.replace("category: marketing-automation", "category: marketing-automaton"))
    place, message = complaint(check_policy(tmp_path, folder))
    assert place == (f"{folder}/marketo.yaml", 3, 11) and '"marketing-automation"' in message


def test_missing_list_of_freemail(tmp_path, catalogue):
    place, message = complaint(check_policy(tmp_path, catalogue, new="freemail: nowhere.yaml\n"))
    assert place == (f"{tmp_path}/p.yaml", 9, 11) and "nowhere.yaml" in message


def test_version_and_help():
    wanted = re.search(r"AC_INIT\(\[[^]]*\], *\[([^]]+)\]", (SRC / "configure.ac").read_text()).group(1)
    assert antisalesd("-V").stdout.decode() == f"antisalesd {wanted}\n"
    done = antisalesd("-h")
    assert (done.returncode, done.stderr) == (0, b"") and done.stdout.startswith(b"Usage: antisalesd ")


def test_help_and_manual_name_the_same_options():
    helped = set(re.findall(r"^  -([a-zA-Z])\b", antisalesd("-h").stdout.decode(), re.M))
    described = set(re.findall(r"^\.It Fl (\w)\b", (SRC / "doc/antisalesd.8").read_text(), re.M))
    taken = set(re.search(r'getopt\(argc, argv, "([^"]+)"', (SRC / "milter/daemon/main.c").read_text()).group(1)) - {":"}
    assert helped == described == taken


@pytest.mark.parametrize("args", [["-x"], ["-c"], ["-n", "surplus"]])
def test_bad_command_line(args):
    done = antisalesd(*args)
    assert done.returncode == 64 and b"Usage: antisalesd " in done.stderr and done.stdout == b""
