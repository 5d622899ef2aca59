# SPDX-License-Identifier: BSD-3-Clause
"""The MTA's side of the milter protocol, versions 2 to 6, for tests that need more freedom than an MTA gives."""
import socket
import struct
import time
from dataclasses import dataclass, field

VERSION = 6
ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF
# What an MTA of each protocol version knows: (actions, steps).
OFFERS = {2: (0x3F, 0x7F), 3: (0x3F, 0x17F), 4: (0x3F, 0x37F), 6: (ALL_ACTIONS, ALL_STEPS)}

NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT, NO_BODY, NO_HEADERS, NO_EOH = (1 << i for i in range(7))
NR_HEADER, NO_UNKNOWN, NO_DATA, SKIP = 0x80, 0x100, 0x200, 0x400
NR_CONNECT, NR_HELO, NR_MAIL, NR_RCPT, NR_DATA = 0x1000, 0x2000, 0x4000, 0x8000, 0x10000
NR_EOH, NR_BODY, LEADING_SPACE = 0x40000, 0x80000, 0x100000
BODY_CHUNK = 65535

CONTINUE, ACCEPT, REJECT, TEMPFAIL, DISCARD, REPLY, SKIPPED = "c", "a", "r", "t", "d", "y", "s"
FINAL = frozenset((ACCEPT, REJECT, TEMPFAIL, DISCARD, REPLY))
EDITS = frozenset("+2-behimlq")
PACKET_LIMIT = 16 * 1024 * 1024


class Closed(ConnectionError):
    """The milter ended the connection."""


@dataclass(frozen=True)
class Answer:
    letter: str
    text: str = ""

    @property
    def final(self):
        return self.letter in FINAL


SILENCE = Answer(CONTINUE)


@dataclass
class Outcome:
    """What became of one mail: the last answer and the edits, in order."""

    answer: Answer
    edits: list = field(default_factory=list)

    @property
    def quarantine(self):
        return next((e[1] for e in self.edits if e[0] == "quarantine"), None)

    def headers(self, before, shifts=True):
        return apply_edits(before, self.edits, shifts)


def _texts(data):
    return data.split(b"\0")


def _decode(data):
    return data.decode("utf-8", "surrogateescape")


def parse_edit(letter, data):
    """('insert', index, name, value), ('change', index, name, value), ('add', name, value), ('quarantine', why)...

    Values are what stands behind the colon, the space included.
    """
    if letter in "im":
        (index,) = struct.unpack(">I", data[:4])
        name, value = _texts(data[4:])[:2]
        return ("insert" if letter == "i" else "change", index, _decode(name), _decode(value))
    if letter == "h":
        name, value = _texts(data)[:2]
        return ("add", _decode(name), _decode(value))
    if letter == "q":
        return ("quarantine", _decode(_texts(data)[0]))
    return ("other", letter, data)


def apply_edits(fields, edits, shifts=True):
    """The header after the edits; fields are (name, value). Postfix renumbers after a deletion (shifts), Sendmail not."""
    fields = [tuple(f) for f in fields]
    for edit in edits:
        if edit[0] == "insert":
            fields.insert(min(edit[1], len(fields)), (edit[2], edit[3]))
        elif edit[0] == "add":
            fields.append((edit[1], edit[2]))
        elif edit[0] == "change":
            _change(fields, edit, shifts)
    return [f for f in fields if f[1] is not None]


def _change(fields, edit, shifts):
    _, index, name, value = edit
    same = [i for i, f in enumerate(fields) if f[0].lower() == name.lower() and (f[1] is not None or not shifts)]
    if 1 <= index <= len(same):
        fields[same[index - 1]] = (fields[same[index - 1]][0], value or None)


def split_mail(data):
    """(fields, body): names without the spaces before the colon, values as MTAs pass them, body with CRLF."""
    data = data.replace(b"\r\n", b"\n")
    head, _, body = data.partition(b"\n\n")
    fields = []
    for line in head.split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + b"\n" + line)
        elif line:
            name, _, value = line.partition(b":")
            fields.append((name.rstrip(b" \t"), value))
    return fields, body.replace(b"\n", b"\r\n")


class MilterClient:
    """One connection. Commands return an Answer; SILENCE where it was agreed that none comes."""

    def __init__(self, where, timeout=20, cut=0):
        self.cut = cut          # send packets in pieces of so many bytes
        self.steps = 0
        self.actions = 0
        self.version = 0
        self.edits = []
        self.macro_wishes = {}
        if str(where).startswith("/"):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(str(where))
        else:
            self.sock = socket.create_connection(where, timeout)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    # -- packets

    def raw(self, data):
        try:
            if not self.cut:
                self.sock.sendall(data)
            for at in range(0, len(data) if self.cut else 0, self.cut or 1):
                self.sock.sendall(data[at:at + self.cut])
                time.sleep(0.0005)
        except (BrokenPipeError, ConnectionResetError) as e:
            raise Closed(str(e)) from e

    def packet(self, letter, data=b""):
        self.raw(struct.pack(">I", len(data) + 1) + letter.encode("ascii") + data)

    def _exactly(self, n):
        out = b""
        while len(out) < n:
            try:
                some = self.sock.recv(n - len(out))
            except ConnectionResetError as e:
                raise Closed(str(e)) from e
            if not some:
                raise Closed("end of stream")
            out += some
        return out

    def read_packet(self):
        (n,) = struct.unpack(">I", self._exactly(4))
        if not 1 <= n <= PACKET_LIMIT:
            raise AssertionError(f"the milter sent a packet of {n} bytes")
        data = self._exactly(n)
        return chr(data[0]), data[1:]

    def answer(self):
        """The next answer; edits before it are kept, progress is passed over."""
        while True:
            letter, data = self.read_packet()
            if letter in EDITS:
                self.edits.append(self._as_delivered(parse_edit(letter, data)))
            elif letter != "p":
                return Answer(letter, _decode(_texts(data)[0]))

    def _as_delivered(self, edit):
        """MTAs put a space after the colon unless it was agreed that the value brings its own."""
        if edit[0] in ("insert", "add", "change") and edit[-1] and not self.steps & LEADING_SPACE:
            return (*edit[:-1], " " + edit[-1])
        return edit

    def command(self, letter, data=b"", silent=0):
        self.packet(letter, data)
        return SILENCE if self.steps & silent else self.answer()

    # -- commands

    def negotiate(self, version=VERSION, actions=None, steps=None):
        offer = OFFERS.get(version, OFFERS[VERSION])
        self.offered = (version, offer[0] if actions is None else actions, offer[1] if steps is None else steps)
        self.packet("O", struct.pack(">III", *self.offered))
        letter, data = self.read_packet()
        if letter != "O":
            raise AssertionError(f"negotiation answered by {letter!r}")
        self.version, self.actions, self.steps = struct.unpack(">III", data[:12])
        self._read_wishes(data[12:])
        return self

    def _read_wishes(self, data):
        while len(data) > 4:
            (stage,) = struct.unpack(">I", data[:4])
            names, _, data = data[4:].partition(b"\0")
            self.macro_wishes[stage] = _decode(names).split()

    def macros(self, letter, **named):
        """Names of one letter as they are, all others in braces."""
        data = letter.encode("ascii")
        for name, value in named.items():
            data += (name if len(name) == 1 else "{%s}" % name).encode() + b"\0" + str(value).encode() + b"\0"
        self.packet("D", data)

    def connect(self, name="mail.example.net", address="192.0.2.25", port=25):
        if self.steps & NO_CONNECT:
            return SILENCE
        if address is None:
            return self.command("C", name.encode() + b"\0U", NR_CONNECT)
        family = b"6" if ":" in address else b"4"
        data = name.encode() + b"\0" + family + struct.pack(">H", port) + address.encode() + b"\0"
        return self.command("C", data, NR_CONNECT)

    def helo(self, name="mail.example.net"):
        return SILENCE if self.steps & NO_HELO else self.command("H", name.encode() + b"\0", NR_HELO)

    def mail(self, sender="<rep@acme.example>", *args):
        if self.steps & NO_MAIL:
            return SILENCE
        return self.command("M", b"".join(a.encode() + b"\0" for a in (sender, *args)), NR_MAIL)

    def rcpt(self, recipient="<ann@example.com>", *args):
        if self.steps & NO_RCPT:
            return SILENCE
        return self.command("R", b"".join(a.encode() + b"\0" for a in (recipient, *args)), NR_RCPT)

    def data(self):
        if self.version < 4 or self.steps & NO_DATA:
            return SILENCE
        return self.command("T", b"", NR_DATA)

    def header(self, name, value):
        if self.steps & NO_HEADERS:
            return SILENCE
        if not self.steps & LEADING_SPACE and value[:1] == b" ":
            value = value[1:]
        return self.command("L", name + b"\0" + value + b"\0", NR_HEADER)

    def eoh(self):
        return SILENCE if self.steps & NO_EOH else self.command("N", b"", NR_EOH)

    def body(self, data):
        return SILENCE if self.steps & NO_BODY else self.command("B", data, NR_BODY)

    def eom(self):
        self.edits = []
        return Outcome(self.command("E"), self.edits)

    def abort(self):
        self.packet("A")

    def quit(self):
        self.packet("Q")
        self.close()

    def quit_keep(self):
        """Ends the SMTP session but keeps the connection for the next one (SMFIC_QUIT_NC)."""
        self.packet("K")

    # -- whole mails

    def greet(self, name="mail.example.net", address="192.0.2.25", helo=None, macros=True):
        if macros:
            self.macros("C", j="mx.example.com", daemon_name="mx.example.com", v="Postfix 3.7.11")
        answer = self.connect(name, address)
        return answer if answer.final else self.helo(helo or name)

    def envelope(self, sender, recipients, queue_id="4TESTQUEUEID", macros=True, **more):
        if macros:
            self.macros("M", mail_addr=sender.strip("<>"), **more)
        answer = self.mail(sender)
        for recipient in recipients:
            if answer.final:
                return answer
            if macros:
                self.macros("R", i=queue_id, rcpt_addr=recipient.strip("<>"))
            answer = self.rcpt(recipient)
        if not answer.final:
            if macros:
                self.macros("T", i=queue_id)
            answer = self.data()
        return answer

    def content(self, fields, body, chunk=BODY_CHUNK):
        for name, value in fields:
            answer = self.header(name, value)
            if answer.final:
                return answer
        answer = self.eoh()
        for at in range(0, len(body), chunk):
            if answer.final:
                return answer
            answer = self.body(body[at:at + chunk])
            if answer.letter == SKIPPED:
                return SILENCE
        return answer

    def send(self, mail, sender="<rep@acme.example>", recipients=("<ann@example.com>",), macros=True, chunk=BODY_CHUNK,
             **more):
        """One whole mail after greet(). The Outcome has no edits when the milter decided before the end."""
        fields, body = split_mail(mail)
        answer = self.envelope(sender, recipients, macros=macros, **more)
        if not answer.final:
            answer = self.content(fields, body, chunk)
        if answer.final:
            return Outcome(answer)
        if macros:
            self.macros("E", i="4TESTQUEUEID")
        return self.eom()


def judge(where, mail, version=6, actions=None, steps=None, client="192.0.2.25", name="mail.example.net", helo=None,
          **more):
    """One mail over a connection of its own."""
    with MilterClient(where) as c:
        c.negotiate(version, actions, steps)
        answer = c.greet(name, client, helo, macros=more.get("macros", True))
        outcome = Outcome(answer) if answer.final else c.send(mail, **more)
        c.quit()
        return outcome
