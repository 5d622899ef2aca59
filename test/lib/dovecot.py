# SPDX-License-Identifier: BSD-3-Clause
"""A private Dovecot that does nothing but tell Postfix who may log in.

/etc/dovecot is neither read nor written and no running Dovecot is touched. Needs root and Debian's package dovecot-core.
"""
import subprocess
from pathlib import Path

from waiting import wait_for

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {socket} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""
STOP_LIMIT_S = 20


class Dovecot:
    """Use in a with block; users maps login names to passwords. Postfix asks at the socket."""

    def __init__(self, folder, users):
        self.folder = Path(folder)
        self.socket = self.folder / "login"
        self.users = users
        self.process = None

    def __enter__(self):
        for name in ("", "run", "state"):
            (self.folder / name).mkdir(mode=0o755)
        config = self.folder / "dovecot.conf"
        config.write_text(CONFIG.format(folder=self.folder, socket=self.socket))
        users = self.folder / "users"
        users.write_text("".join(f"{name}:{password}\n" for name, password in self.users.items()))
        users.chmod(0o644)      # Dovecot reads it as a user of its own, and the passwords are the tests'
        with open(self.folder / "start.log", "wb") as log:
            self.process = subprocess.Popen(["dovecot", "-F", "-c", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for(self._is_ready, 20, "Dovecot to listen")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def _is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"dovecot ended with status {self.process.returncode}:\n{(self.folder / 'start.log').read_text()}")
        return self.socket.exists()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(STOP_LIMIT_S)
