# SPDX-License-Identifier: BSD-3-Clause
"""A journal as the daemon would write it, made from its description: hashes and chain are computed here anew."""
import hashlib
import json


def keyed(key, *parts):
    """The hash of the store and the journal: BLAKE2b-128 over the parts, each preceded by its length."""
    data = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.blake2b(data, key=key, digest_size=16).hexdigest()


class Journal:
    def __init__(self, path, key_path):
        self.path, self.key = path, key_path.read_bytes()
        self.last, self.lines = "", 0
        path.touch()

    def recipient(self, address):
        return keyed(self.key, b"recipient", address.encode())

    def add(self, *rcpts, at="2026-03-06T12:00:00Z", domain="acme.example", plain=False, score=70, facts=None, **more):
        """One decision; returns its line's number and chain."""
        facts = {"org.domain": domain, "org.authenticated": "dkim", "platform.name": "Outreach", **(facts or {})}
        line = {"v": 1, "at": at, "id": f"id{self.lines + 1}", "queue_id": "4Q", "policy": "p", "mode": "enforce", "verdict": "tag",
                "score": score, "findings": [{"id": "machine", "points": 55}, {"id": "sequence", "points": 15}], "facts": facts,
                "recipients": [{"to": r if plain else self.recipient(r), "score": score - i, "verdict": "tag"}
                               for i, r in enumerate(rcpts)], **more, "us": 7}
        self.lines += 1
        text = json.dumps(line, separators=(",", ":"))[:-1] + f',"n":{self.lines},"prev":"{self.last}"'
        self.last = keyed(self.key, b"journal-chain", text.encode())
        with open(self.path, "a") as f:
            f.write(text + f',"chain":"{self.last}"}}\n')
        return self.lines, self.last
