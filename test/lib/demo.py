# SPDX-License-Identifier: BSD-3-Clause
"""What quickstart shows: five mails through a private Postfix with antisalesd, and what becomes of them."""
import shutil
import sys
import tempfile
from pathlib import Path

from daemon import Daemon
from mails import stored
from paths import POLICIES
from postfix import Postfix, ours, without_trace
from smtp import Smtp
from waiting import wait_for

CLASSES = """
# What the demonstration adds: two kinds of recipients who want more than a tag.
classes:
  executives: {recipients: ["ceo@"], verdicts: {tag: 50, quarantine: never, reject: 50}}
  assistants: {recipients: ["assistant@"], verdicts: {tag: 50, quarantine: 50, reject: never}}
"""
MAILS = [
    ("A Marketo newsletter from a stranger", "marketo-newsletter", "insights@news.acme-robotics.example", "ann@example.com", "tag"),
    ("A pitch with an Outreach pixel and link", "outreach-pitch", "riley@try-pipelinely.example", "ann@example.com", "tag"),
    ("A Salesloft follow-up to the chief executive", "salesloft-followup", "morgan@get-fleetwise.example", "ceo@example.com", "reject"),
    ("A HubSpot invitation to the assistant", "hubspot-invitation", "chris@hello.cloudspend.example", "assistant@example.com", "quarantine"),
    ("A person's mail", "person", "juergen@friend.example", "ann@example.com", "untouched"),
]
PROMISES = {
    "tag": "delivered, with headers that say what it is",
    "reject": "refused, the sender reads why",
    "quarantine": "taken, and held in Postfix's queue until somebody looks",
    "untouched": "delivered as it came, with one short line",
}
COLOUR = sys.stdout.isatty()


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def show(text, indent=4):
    for line in text.splitlines():
        print(" " * indent + line.replace("\t", "        "))


def write_policy(path):
    """The default policy with the two classes."""
    text = (POLICIES / "default.yaml").read_text()
    text = text.replace("policy: default", "policy: demonstration", 1)
    for key in ("platforms", "freemail", "esp-domains", "confirmations", "refusals"):
        text = text.replace(f"\n{key}: ", f"\n{key}: {POLICIES}/", 1)
    path.write_text(text + CLASSES)
    return path


def as_text(fields):
    return b"\n".join(fields).decode("utf-8", "replace")


class Demo:
    def __init__(self, postfix, daemon):
        self.postfix = postfix
        self.daemon = daemon

    def send(self, name, sender, recipient):
        with Smtp(self.postfix.port, client="198.51.100.77", name="mail.sender.example") as smtp:
            return smtp.deliver(stored(name), sender, [recipient])

    def arrived(self):
        """The one mail that was delivered since the last look."""
        raw = self.postfix.wait_delivered(1)[0]
        self.postfix.clear()
        return without_trace(raw)

    def tag(self, name, reply):
        fields, body = self.arrived()
        show(as_text(ours(fields)))
        return reply.code == 250 and b"X-Anti-Sales-Verdict: tag" in ours(fields)

    def reject(self, name, reply):
        show(f"SMTP reply: {reply}")
        return str(reply).startswith("550 5.7.1 ") and self.postfix.delivered() == [] and self.postfix.queue() == []

    def quarantine(self, name, reply):
        held = wait_for(self.postfix.held, 20, "the held mail")
        queued = self.postfix.queue_file(held[0]["queue_id"])
        own = ours(without_trace(queued)[0])
        show(f"queue id {held[0]['queue_id']}: on hold, from {held[0]['sender']} to {held[0]['recipients'][0]['address']}")
        show(as_text(own))
        nothing_delivered = self.postfix.delivered() == []
        self.postfix.clear()
        return reply.code == 250 and nothing_delivered and b"X-Anti-Sales-Verdict: quarantine" in own

    def untouched(self, name, reply):
        fields, body = self.arrived()
        own = ours(fields)
        show(as_text(own))
        rest = b"\n".join(f for f in fields if f not in own) + b"\n\n" + body
        return reply.code == 250 and own == [b"X-Anti-Sales: no"] and rest == stored(name)

    def run(self):
        good = 0
        for number, (title, name, sender, recipient, promise) in enumerate(MAILS, 1):
            print(f"\n{paint(f'{number}. {title}', 1)} to {recipient}\n   Promised: {PROMISES[promise]}.")
            as_told = getattr(self, promise)(name, self.send(name, sender, recipient))
            print("   " + (paint("As told.", 32) if as_told else paint("NOT as told.", 31)))
            good += as_told
        return good


def main():
    parent = "/dev/shm" if Path("/dev/shm").is_dir() else None
    work = Path(tempfile.mkdtemp(prefix="antisales-demo-", dir=parent))
    try:
        work.chmod(0o755)
        daemon = Daemon(work / "antisales", write_policy(work / "policy.yaml"))
        with daemon, Postfix(work / "postfix", daemon.socket) as postfix:
            print(f"antisalesd and a private Postfix run below {work}, Postfix on 127.0.0.1:{postfix.port}.")
            good = Demo(postfix, daemon).run()
            daemon.stop()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"\n{good} of {len(MAILS)} as told; {work} is removed, nothing runs any more.")
    return 0 if good == len(MAILS) else 1


if __name__ == "__main__":
    sys.exit(main())
