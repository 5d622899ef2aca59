# SPDX-License-Identifier: BSD-3-Clause
"""Runs the programs as a user types them."""
import json
import os
import pwd
import re
import subprocess
from pathlib import Path

SRC = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ANTISALES_BUILD", SRC / "build")).resolve()
DOC = SRC / "doc"
POLICIES = SRC / "policies"
PLATFORMS = POLICIES / "platforms"
DEFAULT = POLICIES / "default.yaml"
MESSAGES = SRC / "test" / "messages"
ANTISALES = BUILD / "milter" / "antisales"
ANTISALESD = BUILD / "milter" / "antisalesd"
LIMIT_S = 120
# file:line:column, or file:line where a fingerprint is meant as a whole
PLACE = re.compile(r"^(.+?):(\d+):(\d+): ", re.M)


def run(program, *args, stdin=b"", cwd=None, **env):
    """Output is bytes: what programs print for hostile input need not be text."""
    return subprocess.run([program, *args], input=stdin, capture_output=True, timeout=LIMIT_S, cwd=cwd,
                          env={**os.environ, **env})


def antisales(*args, **how):
    return run(ANTISALES, *args, **how)


def antisalesd(*args, **how):
    return run(ANTISALESD, *args, **how)


def json_lines(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def judge(*files, policy=DEFAULT, options=(), **how):
    """What check --json prints, one map a mail."""
    done = antisales("check", "--json", "--policy", policy, *options, *files, **how)
    assert done.returncode == 0, done.stderr
    return json_lines(done)


def daemon_user():
    """A user that a daemon started by us can become."""
    return "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def printable(output):
    """No control character but the line end, neither C0, DEL nor C1, raw or as UTF-8."""
    text = output.decode("utf-8", "surrogateescape")
    return all(c == "\n" or (" " <= c and not 0x7F <= ord(c) <= 0x9F and not 0xDC80 <= ord(c) <= 0xDC9F) for c in text)
