# SPDX-License-Identifier: BSD-3-Clause
"""Starts and stops an antisalesd of the test's own."""
import json
import os
import pwd
import signal
import subprocess
from pathlib import Path

from paths import POLICIES, program
from waiting import wait_for

START_LIMIT_S = 20
STOP_LIMIT_S = 40
USER = "nobody"


def write_yaml(path, **values):
    """JSON is YAML, and needs no library to write."""
    path.write_text("".join(f"{key.replace('_', '-')}: {json.dumps(value)}\n" for key, value in values.items()))
    return path


class Daemon:
    """One configuration and, while started, one process. Settings use '_' for '-'; None leaves a key out."""

    def __init__(self, folder, policy=POLICIES / "default.yaml", socket=None, **settings):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.state = self.folder / "state"
        self.journal = self.folder / "journal" / "journal.jsonl"
        for path in (self.state, self.journal.parent):
            path.mkdir(mode=0o750, exist_ok=True)
        self._give_away(self.state, self.journal.parent)
        self.socket = Path(socket or self.folder / "antisales.sock")
        self.config = self.folder / "antisalesd.yaml"
        self.log = self.folder / "antisalesd.log"
        self.process = None
        self.killed = False
        self.settings = {
            "socket": f"unix:{self.socket}", "socket_mode": "0660", "socket_group": "postfix",
            "user": USER if os.geteuid() == 0 else None, "trusted_networks": [], "state": str(self.state),
            "store": f"lmdb:{self.state}", "policy": str(policy), "journal": str(self.journal), "log": "stderr",
            "log_level": "info",
        }
        self.configure(**settings)

    @staticmethod
    def _give_away(*paths):
        if os.geteuid() == 0:
            user = pwd.getpwnam(USER)
            for path in paths:
                os.chown(path, user.pw_uid, user.pw_gid)

    def configure(self, **settings):
        self.settings.update({k: str(v) if isinstance(v, Path) else v for k, v in settings.items()})
        write_yaml(self.config, **{k: v for k, v in self.settings.items() if v is not None})

    def check(self):
        """antisalesd -n: the finished process."""
        return subprocess.run([program("milter/antisalesd"), "-n", "-c", str(self.config)], capture_output=True, text=True,
                              timeout=60)

    def launch(self):
        """Starts without waiting for readiness."""
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([program("milter/antisalesd"), "-f", "-c", str(self.config)], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        return self

    def start(self):
        self.launch()
        try:
            wait_for(self._is_ready, START_LIMIT_S, "antisalesd to be ready")
        except BaseException:
            self.kill()
            raise
        return self

    def _is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"antisalesd ended with status {self.process.returncode}:\n{self.log_text()[-4000:]}")
        return "ready" in self.log_text()

    def log_text(self):
        """What this start logged."""
        with open(self.log, "rb") as f:
            f.seek(self._log_start)
            return f.read().decode("utf-8", "replace")

    def logged(self, word):
        return self.log_text().count(word)

    def wait_logged(self, word, count=1, seconds=20):
        wait_for(lambda: self.logged(word) >= count, seconds, f"{count} times {word!r} in the log")

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def send_signal(self, number):
        self.process.send_signal(number)

    def reload(self, number=signal.SIGHUP):
        """Sends the signal and returns True for 'reloaded', False for 'reload failed'."""
        good, bad = self.logged("reloaded"), self.logged("reload failed")
        self.send_signal(number)
        wait_for(lambda: self.logged("reloaded") > good or self.logged("reload failed") > bad, 20, "the reload")
        return self.logged("reloaded") > good

    def stop(self):
        """SIGTERM; the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait()

    def wait(self, seconds=STOP_LIMIT_S):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        if self.running:
            self.killed = True
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        """A clean stop takes libmilter up to five seconds: tests that are about it call stop() themselves."""
        self.kill()

    def journal_lines(self):
        """The decisions; changes by hand are told apart by their key "change"."""
        if not self.journal.exists():
            return []
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [line for line in lines if "change" not in line]
