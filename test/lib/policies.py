# SPDX-License-Identifier: BSD-3-Clause
"""Small policies for tests: one rule, so that what must come out is known."""
import json

from paths import PLATFORMS

NEVER = "never"


def policy_text(tag=50, quarantine=NEVER, reject=NEVER, points=60, mode="enforce", classes=None, name="test"):
    text = f"""policy: {name}
mode: {mode}
platforms: {PLATFORMS}
rules:
  - id: machine
    when: {{platform.category: [sales-engagement, marketing-automation]}}
    points: {points}
    says: "sent by {{platform.name}}"
verdicts: {{tag: {tag}, quarantine: {quarantine}, reject: {reject}}}
"""
    return text + (f"classes: {json.dumps(classes)}\n" if classes else "")


def class_of(*recipients, tag=50, quarantine=NEVER, reject=NEVER):
    return {"recipients": list(recipients), "verdicts": {"tag": tag, "quarantine": quarantine, "reject": reject}}


def write_policy(path, **how):
    """Over an existing file: written beside it and renamed, as administrators' tools do."""
    fresh = path.with_suffix(".new")
    fresh.write_text(policy_text(**how))
    fresh.chmod(0o644)
    fresh.rename(path)
    return path
