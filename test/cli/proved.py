# SPDX-License-Identifier: BSD-3-Clause
"""Mails whose senders a filter in front has proved, and a configuration that believes it."""
from program import DEFAULT, antisales, json_lines

FILTER = "mx.example.com"


class Site:
    """A configuration with a store of its own, and a clock that is told."""

    def __init__(self, folder, policy=DEFAULT):
        self.folder = folder
        (folder / "store").mkdir(mode=0o700)
        self.config = folder / "antisales.yaml"
        self.config.write_text(f"policy: {policy}\nstore: lmdb:{folder}/store\nstate: {folder}/store\n"
                               f"authentication: results\nauthserv-ids: [{FILTER}]\n")
        self.mails = 0

    def mail(self, sender, signers=(), account=None, body="Hi,\n\nhave a look.\n", fields=(), message_id=None):
        """Text of a mail From that address, with DKIM told to hold for these domains."""
        self.mails += 1
        lines = ["Authentication-Results: " + "; ".join([FILTER] + [f"dkim=pass header.d={d}" for d in signers])
                 if signers else f"Authentication-Results: {FILTER}; dkim=none"]
        lines += [f"DKIM-Signature: v=1; a=rsa-sha256; d={d}; s=s; h=from; bh=AA==; b=AA==" for d in signers]
        if account:
            lines.append(f"X-MarketoID: {account}:fb8:8e2:1:0:0:0")
        lines += [f"From: Rep <{sender}>", "To: ann@example.com", "Subject: Quick question",
                  f"Message-ID: {message_id or f'<{self.mails}@mail.example>'}", *fields]
        return ("\n".join(lines) + "\n\n" + body).encode()

    def run(self, *args, at="2026-03-01", stdin=b""):
        return antisales(args[0], "--config", self.config, "--at", at, *args[1:], stdin=stdin)

    def json(self, *args, **how):
        done = self.run(args[0], "--json", *args[1:], **how)
        assert done.returncode == 0, done.stderr
        return json_lines(done)

    def receive(self, text, at="2026-03-01", rcpt="ann@example.com", client="mail.example.net [192.0.2.5]"):
        return self.json("check", "--facts", "--record", "--rcpt", rcpt, "--client", client, "-", at=at, stdin=text)[0]

    def org(self, name):
        return self.json("org", "show", name)[0]

    def members(self, name):
        return {m["name"] for m in self.org(name)["members"]}

    def reputation(self, name, at="2026-03-01"):
        return self.json("reputation", "show", name, at=at)[0]
