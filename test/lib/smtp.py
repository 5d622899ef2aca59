# SPDX-License-Identifier: BSD-3-Clause
"""An SMTP client that sends bytes as they are and can present another client's address (XCLIENT)."""
import smtplib
from dataclasses import dataclass

OUTSIDE = "192.0.2.25"


@dataclass(frozen=True)
class Reply:
    code: int
    text: str

    def __str__(self):
        return f"{self.code} {self.text}"


def dot_stuff(data):
    """Mail with any line ends to what follows DATA, the final dot included. Lone CRs stay."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


class Smtp(smtplib.SMTP):
    """One session, greeted. client None leaves the loopback address."""

    def __init__(self, port, client=OUTSIDE, name="mail.example.net", timeout=60):
        super().__init__("127.0.0.1", port, local_hostname=name, timeout=timeout)
        self.ehlo(name)
        if client is not None:
            self.pretend(client, name)

    def __exit__(self, *_):
        try:
            self.quit()
        except smtplib.SMTPServerDisconnected:
            pass
        finally:
            self.close()

    def pretend(self, address, name):
        if ":" in address:
            address = f"IPV6:{address}"
        code, text = self.docmd("XCLIENT", f"NAME={name} ADDR={address} PROTO=ESMTP HELO={name}")
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        self.ehlo(name)

    def command(self, line):
        code, text = self.docmd(line)
        return Reply(code, text.decode("ascii", "replace"))

    def envelope(self, sender, recipients):
        """The first reply that is no success, else None."""
        for line in [f"MAIL FROM:<{sender}>"] + [f"RCPT TO:<{r}>" for r in recipients]:
            reply = self.command(line)
            if reply.code >= 300:
                return reply
        return None

    def deliver(self, data, sender="rep@acme.example", recipients=("ann@example.com",)):
        """The reply after the final dot, or the earlier one that refused."""
        refused = self.envelope(sender, recipients) or self.command("DATA")
        if refused.code != 354:
            return refused
        self.send(dot_stuff(data))
        code, text = self.getreply()
        return Reply(code, text.decode("ascii", "replace"))

    def reset(self):
        return self.command("RSET")


def deliver(port, data, sender="rep@acme.example", recipients=("ann@example.com",), client=OUTSIDE):
    """One mail in a session of its own."""
    with Smtp(port, client) as s:
        return s.deliver(data, sender, recipients)
