# SPDX-License-Identifier: BSD-3-Clause
"""Mails signed with DKIM, and a name server on loopback that has their keys."""
import base64
import hashlib
import socket
import struct
import subprocess
import threading

SELECTOR = "s1"
BODY = b"Dear Ann,\r\n\r\nyour numbers are attached.\r\n"


class NameServer:
    """Answers TXT questions on loopback from a table; what is None there is never answered."""

    def __init__(self, table):
        self.table = {name.lower(): text for name, text in table.items()}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                question, who = self.socket.recvfrom(4096)
            except OSError:
                return
            answer = self.answer(question)
            if answer is not None:
                self.socket.sendto(answer, who)

    def answer(self, question):
        name, at = [], 12
        while question[at]:
            name.append(question[at + 1:at + 1 + question[at]].decode())
            at += question[at] + 1
        asked = question[12:at + 5]
        text = self.table.get(".".join(name).lower(), "")
        if text is None:
            return None
        head = question[:2] + struct.pack(">HHHHH", 0x8180 if text else 0x8183, 1, 1 if text else 0, 0, 0)
        if not text:
            return head + asked
        pieces = b"".join(bytes([len(p)]) + p for p in (text[i:i + 255].encode() for i in range(0, len(text), 255)))
        return head + asked + b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(pieces)) + pieces


class Key:
    """An RSA key of openssl's making."""

    def __init__(self, folder, bits=2048):
        self.path = folder / f"key{bits}.pem"
        openssl("genrsa", "-out", str(self.path), str(bits))
        public = openssl("rsa", "-in", str(self.path), "-pubout", "-outform", "DER")
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()

    def sign(self, data):
        return base64.b64encode(openssl("dgst", "-sha256", "-sign", str(self.path), given=data)).decode()


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                          timeout=60).stdout


def signed(key, domain, sender, body=BODY, extra=(), covered=()):
    """A mail with a simple/simple signature over From, To, Subject and the covered fields (RFC 6376)."""
    fields = [("From", f"Rep <{sender}>"), ("To", "<ann@example.com>"), ("Subject", "Your numbers"), *covered]
    names = ":".join(name for name, _value in fields)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    tags = f"v=1; a=rsa-sha256; c=simple/simple; d={domain}; s={SELECTOR}; h={names}; bh={digest}; b="
    data = "".join(f"{n}: {v}\r\n" for n, v in fields) + f"DKIM-Signature: {tags}"
    fields.insert(0, ("DKIM-Signature", tags + key.sign(data.encode())))
    fields = [*extra, *fields]
    return "".join(f"{n}: {v}\r\n" for n, v in fields).encode() + b"\r\n" + body
