# SPDX-License-Identifier: BSD-3-Clause
"""Reads .case files: one mail with its envelope, and what must become of it.

An inline policy (section "-- policy") that names no platforms folder gets the shipped one.
"""
import re
from dataclasses import dataclass, field

from paths import PLATFORMS, POLICIES

SECTIONS = ("policy", "mail", "expect")
SINGLE = ("policy", "at", "client", "helo", "from")
SINGLE_EXPECTED = ("verdict", "score", "reply", "quarantine")
REPEATED_EXPECTED = ("platform", "header", "no-header")


@dataclass
class Case:
    name: str
    envelope: dict
    rcpts: list
    policy_text: str
    mail: bytes
    expect: dict = field(default_factory=dict)

    @property
    def client(self):
        return self.envelope.get("client", "mail.example.net [192.0.2.25]")

    @property
    def client_name(self):
        return self.client.split()[0]

    @property
    def client_address(self):
        return re.search(r"\[(.*)\]", self.client).group(1)

    @property
    def helo(self):
        return self.envelope.get("helo", self.client_name)

    @property
    def sender(self):
        return self.envelope["from"]

    def policy_path(self, folder):
        """The policy file; an inline policy is written to the folder."""
        if self.envelope["policy"] != "inline":
            return POLICIES.parent / self.envelope["policy"]
        path = folder / f"{self.name}.yaml"
        text = self.policy_text
        if not re.search(r"^platforms:", text, re.M):
            text += f"platforms: {PLATFORMS}\n"
        path.write_text(text)
        return path


def _key(line, where):
    key, colon, value = line.partition(":")
    if not colon:
        raise ValueError(f"{where}: no 'key: value': {line}")
    return key.strip(), value.strip()


def _split(data, path):
    """The head's lines and the sections' bytes."""
    head, sections, current = [], {}, None
    for number, line in enumerate(data.split(b"\n"), 1):
        name = line[3:].decode("ascii", "replace") if line.startswith(b"-- ") else None
        if name in SECTIONS:
            if name in sections:
                raise ValueError(f"{path}:{number}: a second '-- {name}'")
            current = sections[name] = []
        elif current is not None:
            current.append(line)
        elif line and not line.startswith(b"#"):
            head.append((number, line.decode()))
    return head, {k: b"\n".join(v) for k, v in sections.items()}


def _read_expected(text, path):
    expect = {key: [] for key in REPEATED_EXPECTED}
    for line in text.decode().splitlines():
        if not line or line.startswith("#"):
            continue
        key, value = _key(line, path)
        if key in REPEATED_EXPECTED:
            expect[key].append(value)
        elif key in SINGLE_EXPECTED:
            expect[key] = value
        else:
            raise ValueError(f"{path}: unknown expectation {key}")
    return expect


def read_case(path):
    head, sections = _split(path.read_bytes(), path)
    envelope, rcpts = {}, []
    for number, line in head:
        key, value = _key(line, f"{path}:{number}")
        if key == "rcpt":
            rcpts.append(value)
        elif key in SINGLE:
            envelope[key] = value
        else:
            raise ValueError(f"{path}:{number}: unknown key {key}")
    missing = [k for k in ("policy", "from") if k not in envelope] + [s for s in ("mail", "expect") if s not in sections]
    if missing or not rcpts:
        raise ValueError(f"{path}: lacks {', '.join(missing) or 'rcpt'}")
    policy = sections.get("policy", b"").decode() + "\n"
    mail = sections["mail"] + b"\n"
    return Case(path.stem, envelope, rcpts, policy, mail, _read_expected(sections["expect"], path))
