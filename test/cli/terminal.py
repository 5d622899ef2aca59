# SPDX-License-Identifier: BSD-3-Clause
"""Runs a program with a terminal for its output."""
import os
import pty
import select
import subprocess
import time


def on_terminal(*command, which="stdout", limit_s=60, **env):
    """(what went to the terminal, exit status); the other stream goes nowhere."""
    ours, theirs = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, which: theirs}
    clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**clean, **env}, **streams)
    os.close(theirs)
    try:
        text = read_all(ours, time.monotonic() + limit_s)
        return text, process.wait(limit_s)
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait()


def read_all(fd, end):
    text = b""
    while (left := end - time.monotonic()) > 0:
        if not select.select([fd], [], [], left)[0]:
            break
        try:
            chunk = os.read(fd, 65536)
        except OSError:         # the other side is closed
            return text
        if not chunk:
            return text
        text += chunk
    raise TimeoutError("the program does not end")
