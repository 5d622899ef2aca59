# SPDX-License-Identifier: BSD-3-Clause
"""Mails for tests: the stored ones and some that are made."""
from paths import MESSAGES

OUTREACH_LINK = "https://links.acme.example/api/mailings/click/PMRGSZBCHIYTCMZQGY3TSOBMEJ2XE3BCHIRGQ5DUOBZTULZP"
OUTREACH_PIXEL = "https://go.app.outreach.io/api/mailings/opened/PMRGSZBCHI2DGNRXGU3TGLBCN5ZGOIR2EJQWG3LF"


def stored(name):
    return (MESSAGES / f"{name}.eml").read_bytes()


def pitch(token="pitch", domain="acme.example"):
    """A short Outreach-tracked pitch."""
    return f"""From: Jo Rep <jo@{domain}>
To: Ann <ann@example.com>
Subject: Quick question {token}
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <{token}@{domain}>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Hi Ann, have you seen <a href="{OUTREACH_LINK}">this</a>?</p>
<img src="{OUTREACH_PIXEL}" width="1" height="1" alt="">
""".encode()


def letter(token="letter", body="At one, as usual?\n"):
    """A person's mail."""
    return f"""From: Jo Friend <jo@friend.example>
To: Ann <ann@example.com>
Subject: Lunch {token}
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <{token}@friend.example>

{body}""".encode()


def nested(depth):
    """Multiparts within multiparts, a link at the bottom."""
    head = "From: jo@acme.example\nTo: ann@example.com\nSubject: nested\nMIME-Version: 1.0\n"
    opening = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(depth))
    return (head + opening + f"Content-Type: text/html\n\n<a href='https://acme.example/'>x</a>\n").encode()


def many_parts(count):
    head = 'From: jo@acme.example\nTo: ann@example.com\nSubject: parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n'
    return (head + "--b\n\n\n" * count + "--b--\n").encode()
