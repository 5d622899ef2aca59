# SPDX-License-Identifier: BSD-3-Clause
"""A private Dovecot that tells Postfix who may log in and, where asked to, keeps its users' mail.

/etc/dovecot is neither read nor written and no running Dovecot is touched. Needs root and Debian's packages dovecot-core
and, for mail, dovecot-imapd and dovecot-sieve.
"""
import imaplib
import os
import pwd
import subprocess
from pathlib import Path

from postfix import free_port
from waiting import wait_for

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
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
NO_MAIL = """
protocols =
"""
MAIL = """
protocols = imap
mail_location = maildir:{folder}/mail/%u
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""
MAIL_USER = "nobody"
STOP_LIMIT_S = 20


class Dovecot:
    """Use in a with block; users maps login names to passwords. Postfix asks at the socket. With more, which is
    configuration, there is IMAP, too."""

    def __init__(self, folder, users, more=None):
        self.folder = Path(folder)
        self.socket = self.folder / "login"
        self.users = users
        self.more = more
        self.port = free_port() if more is not None else None
        self.process = None

    def __enter__(self):
        for name in ("", "run", "state", "mail"):
            (self.folder / name).mkdir(mode=0o755)
        os.chown(self.folder / "mail", pwd.getpwnam(MAIL_USER).pw_uid, -1)
        config = self.folder / "dovecot.conf"
        shape = CONFIG + (NO_MAIL if self.more is None else MAIL)
        config.write_text(shape.format(folder=self.folder, socket=self.socket, port=self.port) + (self.more or ""))
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

    def log_text(self):
        return (self.folder / "dovecot.log").read_text()

    def imap(self, user):
        """A session of imaplib, logged in."""
        session = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        session.login(user, self.users[user])
        return session

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(STOP_LIMIT_S)
