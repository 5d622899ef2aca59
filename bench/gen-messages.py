#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes synthetic mails for benchmarks: the same seed gives the same bytes.

Half are what people and shops write, half bear the marks of sales platforms. Names are reserved for
documentation (example.com and the like) except for the platforms' own hosts.
"""
import argparse
import base64
import quopri
import random
import textwrap
from pathlib import Path

WORDS = (
    "account adapt agenda agree answer area arrive autumn balance begin board bridge budget build calendar call "
    "change channel coffee colleague compare contract costs customer decide deliver design draft early engine "
    "evening example figures follow forward garden global growth guide harbour holiday improve invoice journey "
    "kitchen launch leader lesson letter library machine market measure meeting member method minute morning "
    "network notice number office order paper partner people picture pipeline plan platform point present price "
    "process product profit project question quick reach reason record region reply report result revenue review "
    "room season second secure service share simple solution speak spring station story summer supply team "
    "thanks thought ticket together travel update useful value visit weather week window winter work year"
).split()

# What each platform leaves in a mail: extra header lines and the form of its links and its pixel.
PLATFORMS = {
    "marketo": (
        ["X-MarketoID: 123-ABC-456:fb8:8e2:1:0:0:{n}", "X-MktArchive: false"],
        "https://go.acme.example/{token}?mkt_tok=MTIzLUFCQy00NTYAAAGX{token}",
        "https://go.acme.example/trk?t=1&mid=MTIzLUFCQy00NTY6{token}",
    ),
    "outreach": (
        [],
        "https://links.acme.example/api/mailings/click/PMRGSZBCHIYTCMZQGY3TSOBM{base32}",
        "https://go.app.outreach.io/api/mailings/opened/PMRGSZBCHIYTCMZQ{base32}",
    ),
    "hubspot": (
        ["Feedback-ID: aws-na1:1234567:CUSTOMER:HubSpot"],
        "https://d2v8k04.na1.hubspotlinks.com/Ctc/GC+113/d2v8k04/{token}",
        "https://d2v8k04.na1.hubspotlinks.com/Cto/GC+113/d2v8k04/{token}",
    ),
    "mailchimp": (
        ["X-MC-User: 0123456789abcdef012345678", "X-Mailer: Mailchimp Mailer - **CID0a1b2c3d4e**"],
        "https://example.us21.list-manage.com/track/click?u=0123456789abcdef012345678&id={hex10}&e=5f60718293",
        "https://example.us21.list-manage.com/track/open.php?u=0123456789abcdef012345678&id={hex10}",
    ),
    "sendgrid": (
        ["X-SG-EID: u001.{token}", "Feedback-ID: 12345678:SG"],
        "https://u12345678.ct.sendgrid.net/ls/click?upn=u001.{token}",
        "https://u12345678.ct.sendgrid.net/wf/open?upn=u001.{token}",
    ),
    "shop": ([], "https://shop.example.com/{token}", None),
}


class Writer:
    """Makes text, links and whole mails out of one stream of random numbers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.number = 0

    def pick(self, alphabet, length):
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def link(self, form):
        return form.format(
            n=self.random.randrange(10**6),
            token=self.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 24),
            base32=self.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 40),
            hex10=self.pick("0123456789abcdef", 10),
        )

    def sentence(self):
        words = [self.random.choice(WORDS) for _ in range(self.random.randint(5, 18))]
        return " ".join(words).capitalize() + "."

    def paragraph(self):
        return " ".join(self.sentence() for _ in range(self.random.randint(2, 6)))

    def text(self, size):
        parts = []
        total = 0
        while total < size:
            parts.append(textwrap.fill(self.paragraph(), 72))
            total += len(parts[-1]) + 2
        return "\n\n".join(parts) + "\n"

    def html(self, size, links, form, pixel):
        style = "font-family:Arial,sans-serif;font-size:14px;line-height:20px;color:#333333"
        out = ["<!DOCTYPE html>\n<html><head><title>News</title><style>td{padding:0}a{color:#0645ad}</style></head>\n<body>\n"]
        total = sum(map(len, out))
        made = 0
        while total < size or made < links:
            block = f'<table role="presentation" width="600"><tr><td style="{style}">{self.paragraph()}'
            if made < links:
                block += f'<br><a href="{self.link(form)}" style="{style}">{self.sentence()}</a>'
                made += 1
            block += "</td></tr></table>\n"
            out.append(block)
            total += len(block)
        if pixel:
            out.append(f'<img src="{self.link(pixel)}" width="1" height="1" alt="" style="display:none">\n')
        out.append("</body></html>\n")
        return "".join(out)

    def header(self, platform, subject, content_type, encoding=None):
        self.number += 1
        n = self.number
        sender = "rep" if platform not in ("person", "shop") else "jo"
        lines = [
            f"Received: from mail.acme.example (mail.acme.example [192.0.2.25]) by mx.example.com with ESMTPS id {n:06X}"
            f"\n\tfor <ann@example.com>; Mon, 2 Mar 2026 10:{n % 60:02d}:00 +0000",
            f"From: Jo Doe <{sender}@acme.example>",
            "To: Ann Example <ann@example.com>",
            f"Subject: {subject}",
            f"Date: Mon, 2 Mar 2026 10:{n % 60:02d}:00 +0000",
            f"Message-ID: <{n:08d}.{self.pick('0123456789abcdef', 16)}@acme.example>",
            "MIME-Version: 1.0",
            f"Content-Type: {content_type}",
        ]
        if encoding:
            lines.append(f"Content-Transfer-Encoding: {encoding}")
        if platform not in ("person", "shop"):
            lines.append("List-Unsubscribe: <https://acme.example/unsubscribe/4711>,\n <mailto:unsubscribe@acme.example>")
        lines += [self.link(form) for form in PLATFORMS.get(platform, ([],))[0]]
        return "\n".join(lines) + "\n\n"

    def person(self, size):
        head = self.header("person", self.sentence(), "text/plain; charset=utf-8", "8bit")
        return head + "Hi Ann,\n\n" + self.text(size) + "\nBest regards\nJo\n"

    def newsletter(self, platform, size):
        boundary = "=_" + self.pick("0123456789abcdef", 24)
        form, pixel = PLATFORMS[platform][1:]
        html = self.html(int(size * 0.7), self.random.randint(20, 60), form, pixel)
        return self.alternative(platform, boundary, self.text(int(size * 0.15)), html)

    def pitch(self, platform, size):
        boundary = "=_" + self.pick("0123456789abcdef", 24)
        form, pixel = PLATFORMS[platform][1:]
        html = self.html(int(size * 0.6), self.random.randint(1, 4), form, pixel)
        return self.alternative(platform, boundary, self.text(int(size * 0.3)), html)

    def alternative(self, platform, boundary, text, html):
        if self.random.random() < 0.5:
            encoding, encoded = "base64", base64.encodebytes(html.encode()).decode()
        else:
            encoding, encoded = "quoted-printable", quopri.encodestring(html.encode()).decode()
        head = self.header(platform, self.sentence(), f'multipart/alternative;\n boundary="{boundary}"')
        return (
            f"{head}--{boundary}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
            f"{quopri.encodestring(text.encode()).decode()}\n--{boundary}\nContent-Type: text/html; charset=utf-8\n"
            f"Content-Transfer-Encoding: {encoding}\n\n{encoded}\n--{boundary}--\n"
        )

    def attachment(self, size):
        boundary = "=_" + self.pick("0123456789abcdef", 24)
        data = self.random.randbytes(int(size * 0.7))
        head = self.header("person", self.sentence(), f'multipart/mixed; boundary="{boundary}"')
        return (
            f"{head}--{boundary}\nContent-Type: text/plain; charset=utf-8\n\n{self.text(int(size * 0.05))}\n--{boundary}\n"
            f'Content-Type: application/pdf; name="plan.pdf"\nContent-Disposition: attachment; filename="plan.pdf"\n'
            f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}\n--{boundary}--\n"
        )

    def mail(self, size):
        kind = self.random.choice(("person", "person", "attachment", "shop", "newsletter", "newsletter", "pitch", "pitch"))
        if kind == "person":
            return self.person(min(size, 12 * 1024))
        if kind == "attachment":
            return self.attachment(size)
        if kind == "shop":
            return self.newsletter("shop", size)
        if kind == "newsletter":
            return self.newsletter(self.random.choice(("marketo", "hubspot", "mailchimp", "sendgrid")), size)
        return self.pitch(self.random.choice(("outreach", "hubspot")), min(size, 20 * 1024))


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("folder", type=Path)
    args.add_argument("--count", type=int, default=200)
    args.add_argument("--least", type=int, default=3, help="smallest size in KiB, about")
    args.add_argument("--most", type=int, default=60, help="largest size in KiB, about")
    args.add_argument("--seed", type=int, default=1)
    opt = args.parse_args()
    opt.folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(opt.seed)
    for i in range(opt.count):
        size = writer.random.randint(opt.least * 1024, opt.most * 1024)
        (opt.folder / f"{i:05d}.eml").write_text(writer.mail(size), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
