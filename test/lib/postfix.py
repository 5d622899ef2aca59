# SPDX-License-Identifier: BSD-3-Clause
"""A private Postfix on loopback: configuration, queue, data, log and mailboxes below one folder.

/etc/postfix is neither read nor written and no running Postfix is touched. Mail for example.com and its
subdomains ends in one maildir; everything else is discarded, so that nothing can leave. Clients on 127.0.0.1
may say who they are by XCLIENT. Needs root and Debian's package postfix.
"""
import json
import os
import pwd
import re
import signal
import socket
import subprocess
from pathlib import Path

from waiting import wait_for

DOMAINS = "example.com, board.example.com, sales.example.com"
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
# Loopback only, so a password may go in clear.
SUBMISSION = """
127.0.0.1:{port} inet n - n - - smtpd
 -o syslog_name=postfix/submission
 -o smtpd_sasl_auth_enable=yes
 -o smtpd_sasl_type=dovecot
 -o smtpd_sasl_path={login_socket}
 -o smtpd_tls_auth_only=no
 -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=60)


class Postfix:
    """Use in a with block; folder must be reachable by the user postfix (0755 upwards).

    With login_socket, where Dovecot answers who may log in, a second service on port submission takes users' mail.
    """

    def __init__(self, folder, milter_socket, login_socket=None, **settings):
        self.folder = Path(folder)
        self.port = free_port()
        self.login_socket = login_socket
        self.submission = free_port() if login_socket else None
        self.etc = self.folder / "etc"
        self.log = self.folder / "log" / "mail.log"
        self.inbox = self.folder / "mail" / "inbox"
        self.milters = f"{{ unix:{milter_socket}, default_action=accept, command_timeout=30s, content_timeout=60s }}"
        self.settings = settings

    def __enter__(self):
        self._lay_out()
        self._configure()
        try:
            # The services inherit what they get, so nothing that a caller waits on may be handed down.
            with open(self.folder / "log" / "start.log", "wb") as log:
                subprocess.run(["postfix", "-c", str(self.etc), "start"], check=True, stdin=subprocess.DEVNULL, stdout=log,
                               stderr=log, timeout=60)
            wait_for(self._answers, 20, "Postfix to listen")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def _lay_out(self):
        for name in ("etc", "queue", "data", "log", "mail"):
            path = self.folder / name
            path.mkdir(parents=True)
            path.chmod(0o755)
        self.folder.chmod(0o755)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder / "mail", nobody.pw_uid, nobody.pw_gid)
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)

    def _configure(self):
        nobody = pwd.getpwnam("nobody")
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
            "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin",
            "maillog_file": self.log,
            "maillog_file_prefixes": self.folder,
            "mail_owner": "postfix",
            "setgid_group": "postdrop",
            "myhostname": "mx.example.com",
            "mydestination": "",
            "mynetworks": "127.0.0.9/32",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "all",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            "local_header_rewrite_clients": "",
            "virtual_mailbox_domains": DOMAINS,
            "virtual_mailbox_base": self.folder / "mail",
            "virtual_mailbox_maps": "static:inbox/",
            "virtual_mailbox_limit": "0",
            "virtual_uid_maps": f"static:{nobody.pw_uid}",
            "virtual_gid_maps": f"static:{nobody.pw_gid}",
            "default_transport": "discard:",
            "relay_transport": "discard:",
            "local_transport": "discard:",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_recipient_restrictions": "",
            "smtpd_authorized_xclient_hosts": "127.0.0.1",
            "smtpd_peername_lookup": "no",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_tls_security_level": "none",
            "disable_dns_lookups": "yes",
            "in_flow_delay": "0",
            "biff": "no",
            "message_size_limit": "52428800",
            "smtpd_milters": self.milters,
            "non_smtpd_milters": "",
            "milter_default_action": "accept",
            **self.settings,
        }
        (self.etc / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in settings.items()))
        services = SERVICES.format(port=self.port)
        if self.submission:
            services += SUBMISSION.format(port=self.submission, login_socket=self.login_socket)
        (self.etc / "master.cf").write_text(services)

    def _answers(self):
        with socket.socket() as s:
            s.settimeout(5)
            try:
                s.connect(("127.0.0.1", self.port))
                return s.recv(4) == b"220 "
            except OSError:
                return False

    def pid(self):
        try:
            return int((self.folder / "queue" / "pid" / "master.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def stop(self):
        pid = self.pid()
        if pid is None or not _alive(pid):
            return
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not _alive(pid), 20, "Postfix to stop")

    def reconfigure(self, **settings):
        run("postconf", "-c", str(self.etc), "-e", *(f"{k}={v}" for k, v in settings.items()))
        run("postfix", "-c", str(self.etc), "reload")

    # -- what became of the mail

    def delivered(self):
        """Raw mails in the inbox, oldest first."""
        folder = self.inbox / "new"
        if not folder.is_dir():
            return []
        paths = sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime_ns)
        return [p.read_bytes() for p in paths]

    def wait_delivered(self, count=1, token=b"", seconds=30):
        """At least so many mails that hold the token."""
        def enough():
            found = [m for m in self.delivered() if token in m]
            return found if len(found) >= count else None
        return wait_for(enough, seconds, f"{count} delivered mails")

    def queue(self):
        """postqueue's entries: queue_name, queue_id, sender, recipients."""
        return [json.loads(line) for line in run("postqueue", "-c", str(self.etc), "-j").stdout.splitlines()]

    def held(self):
        return [entry for entry in self.queue() if entry["queue_name"] == "hold"]

    def queue_file(self, queue_id):
        """The mail in the queue, as postcat shows header and body."""
        return subprocess.run(["postcat", "-c", str(self.etc), "-hbq", queue_id], check=True, capture_output=True, timeout=60).stdout

    def clear(self):
        """Empties queue and inbox."""
        run("postsuper", "-c", str(self.etc), "-d", "ALL")
        folder = self.inbox / "new"
        for path in folder.iterdir() if folder.is_dir() else ():
            path.unlink(missing_ok=True)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


ADDED_BY_POSTFIX = re.compile(rb"(?i)^(return-path|x-original-to|delivered-to):")


def split_fields(raw):
    """(fields, body) of a mail with LF line ends; each field keeps its folds and its name as written."""
    head, _, body = raw.partition(b"\n\n")
    fields = []
    for line in head.split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\n" + line
        else:
            fields.append(line)
    return fields, body


def without_trace(raw):
    """(fields, body) less what this Postfix added at delivery and at reception."""
    fields, body = split_fields(raw)
    fields = [f for f in fields if not ADDED_BY_POSTFIX.match(f)]
    own = next((i for i, f in enumerate(fields) if f.startswith(b"Received:") and b"by mx.example.com (Postfix)" in f), None)
    if own is not None:
        del fields[own]
    return fields, body


def ours(fields):
    return [f for f in fields if f.lower().startswith(b"x-anti-sales")]


def others(fields):
    return [f for f in fields if not f.lower().startswith(b"x-anti-sales")]
