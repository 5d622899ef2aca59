# SPDX-License-Identifier: BSD-3-Clause
"""A plain reading of mails and of pattern tables with Python's own email, html and re: slow, short, independent.

What it leaves out on purpose is what makes the C reader worth having: evasions, quoting, hidden text, damaged MIME.
"""
import email
import email.header
import email.utils
import html
import re
import warnings
from functools import lru_cache
from re import _constants as sre
from re import _parser as sre_parser
from urllib.parse import unquote

RECEIVED_READ = 3
URL = re.compile(r"https?://[^\s\"'<>\\]+", re.I)
HOST = re.compile(r"^(?:[^/?#@]*@)?([a-z0-9._-]+)(?::\d*)?(.*)$", re.I | re.S)
FROM_PART = re.compile(r"from\s+(\S+)(?:\s*\(\s*([^\s)\[]+))?", re.I)
POSIX = {"[:alpha:]": "a-zA-Z", "[:digit:]": "0-9", "[:alnum:]": "a-zA-Z0-9", "[:xdigit:]": "0-9a-fA-F", "[:upper:]": "A-Z",
         "[:lower:]": "a-z", "[:space:]": r"\s"}


def translate(pattern):
    """PCRE2 to Python where they differ."""
    for name, members in POSIX.items():
        pattern = pattern.replace(name, members)
    return re.sub(r"\(\?<(?=[a-z])", "(?P<", pattern).replace(r"\z", r"\Z").replace(r"\h", r"[ \t]")


def literal_of(pattern):
    """The longest run of characters that every match holds, in lower case."""
    best, run = "", ""
    for op, arg in sre_parser.parse(translate(pattern), re.I | re.A):
        run = run + chr(arg) if op is sre.LITERAL and arg < 128 else ""
        best = max(best, run, key=len)
    return best.lower()


class Pattern:
    """One row of either table."""

    def __init__(self, platform, where, pattern, proof):
        self.platform, self.where, self.pattern, self.proof = platform, where.lower(), pattern, proof
        self.regex = re.compile(translate(pattern), re.I | re.A)
        self.literal = literal_of(pattern)
        anchored = pattern.startswith("^") and "|" not in pattern
        self.find = self.regex.match if anchored else self.regex.search

    def match(self, text, lower):
        return self.find(text) if self.literal in lower else None


class Table:
    """Patterns by the place they look at. Texts recur, so answers are kept."""

    def __init__(self, patterns):
        self.by_where, self.endings, self.known = {}, [], {}
        for p in patterns:
            if p.where.startswith("header:*"):
                self.endings.append(p)
            else:
                self.by_where.setdefault(p.where, []).append(p)

    def patterns_at(self, where):
        rows = self.by_where.get(where, [])
        if self.endings and where.startswith("header:"):
            rows = rows + [p for p in self.endings if where.endswith(p.where[len("header:*"):])]
        return rows

    def search(self, where, text):
        """(pattern, what matched) for every hit"""
        key = where, text
        if key not in self.known:
            lower = text.lower()
            hits = ((p, p.match(text, lower)) for p in self.patterns_at(where))
            self.known[key] = [(p, m.group(0)) for p, m in hits if m]
        return self.known[key]


def unfold(value):
    return re.sub(r"\r?\n(?=[ \t])", "", str(value)).strip()


@lru_cache(maxsize=None)
def decoded(value):
    """RFC 2047 undone; what is broken stays as it is."""
    if "=?" not in value:
        return value
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return value


def values(mail, name):
    return [decoded(unfold(v)) for v in mail.get_all(name, [])]


def sender(mail):
    for value in mail.get_all("Return-Path", []):
        return unfold(value).strip("<>")
    return email.utils.parseaddr(unfold(mail.get("From", "")))[1]


def signing_domain(signature):
    found = re.search(r"(?:^|;)\s*d\s*=\s*([^;\s]+)", unfold(signature))
    return [found.group(1).lower()] if found else []


def received_hosts(mail):
    for line in mail.get_all("Received", [])[:RECEIVED_READ]:
        found = FROM_PART.match(unfold(line))
        for name in found.groups() if found else ():
            if name:
                yield name.lower().rstrip(".")


def part_text(part):
    data = part.get_payload(decode=True) or b""
    try:
        text = data.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        text = data.decode("latin-1")
    return html.unescape(text) if part.get_content_subtype() == "html" else text


def texts(mail):
    """Of every text part but those of attached messages."""
    if mail.get_content_type() == "message/rfc822":
        return
    if mail.is_multipart():
        for part in mail.get_payload():
            yield from texts(part)
    elif mail.get_content_maintype() == "text":
        yield part_text(mail)


def urls(text):
    """Also those inside others."""
    for found in URL.findall(text):
        yield found
        inner = unquote(found[8:])
        if "http" in inner.lower():
            yield from (u for u in URL.findall(inner) if len(u) < len(found))


def url_subjects(url):
    rest = url.split("//", 1)[1].rstrip(".,;)")
    found = HOST.match(rest)
    if not found:
        return
    host, path = found.group(1).lower().rstrip("."), found.group(2).split("#")[0]
    path = path if path.startswith("/") else "/" + path
    yield "url-host", host
    yield "url-path", path
    yield "url", host + path


def subjects(data):
    """Every (where, text) of a mail."""
    if data.startswith(b"From "):
        data = data.split(b"\n", 1)[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mail = email.message_from_bytes(data)
        seen = {("header:" + name.lower(), value) for name in set(mail.keys()) for value in values(mail, name)}
        for where, name in (("x-mailer", "X-Mailer"), ("message-id", "Message-ID"), ("list-unsubscribe", "List-Unsubscribe")):
            seen |= {(where, value) for value in values(mail, name)}
        seen |= {("dkim-d", d) for value in mail.get_all("DKIM-Signature", []) for d in signing_domain(value)}
        seen.add(("return-path", sender(mail)))
        seen |= {("received-host", host) for host in received_hosts(mail)}
        for text in texts(mail):
            for url in set(urls(text)):
                seen |= set(url_subjects(url))
    return seen
