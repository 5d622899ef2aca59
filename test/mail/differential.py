#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the leaf parts our MIME reader sees with those of Python's email and, if given, of GMime.

Usage: differential.py --dump DUMP_CONTENT [--gmime GMIME_PARTS] [--known differences.md] FILE_OR_DIR..
A part is (type, decoded bytes, CRC-32). Line ends of unencoded text are compared as they stand in the
file. Files whose name is listed in the known differences are counted apart. Exit code 1 when a file
differs that is not listed there.
"""
import argparse
import email
import email.policy
import json
import os
import re
import subprocess
import sys
import zlib
from collections import Counter


REPORTS = ('message/delivery-status', 'message/feedback-report', 'message/disposition-notification',
           'message/global-delivery-status', 'text/rfc822-headers')


def files_of(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                yield from (os.path.join(folder, n) for n in sorted(names) if n.endswith('.eml'))
        else:
            yield path


def by_type(kind):
    """Reports such as message/delivery-status, which Python takes apart into header blocks, count by type only."""
    return (kind, 0, '') if kind in REPORTS else None


def run(tool, files):
    """Output of a dumper: {file: [(type, bytes, crc)]}."""
    found, current = {}, None
    for start in range(0, len(files), 200):
        out = subprocess.run([tool] + files[start:start + 200], stdout=subprocess.PIPE, check=True).stdout
        for line in out.decode('utf-8', 'replace').split('\n'):
            if line.startswith('{"file"'):
                current = found.setdefault(json.loads(line)['file'], [])
            elif line.startswith('{"part"'):
                part = json.loads(line)
                current.append(by_type(part['type']) or (part['type'], part['bytes'], part['crc']))
    return found


def decoded(part):
    body = part.get_payload(decode=True)
    return b'' if body is None else body


def python_parts(name):
    with open(name, 'rb') as f:
        waiting = [email.message_from_bytes(f.read(), policy=email.policy.compat32)]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if by_type(kind):
            yield by_type(kind)
        elif part.is_multipart():
            waiting.extend(part.get_payload())
        else:
            body = decoded(part)
            yield kind, len(body), '%08x' % zlib.crc32(body)


def known_names(path):
    if path is None:
        return set()
    with open(path) as f:
        return set(re.findall(r'`([\w.+-]+\.eml)`', f.read()))


def compare(title, ours, theirs, known, verbose):
    equal = listed = 0
    wrong = []
    for name, parts in ours.items():
        if Counter(parts) == Counter(theirs.get(name, [])):
            equal += 1
        elif os.path.basename(name) in known:
            listed += 1
        else:
            wrong.append(name)
    print('%s: %d files, %d equal, %d differ as explained, %d differ' % (title, len(ours), equal, listed, len(wrong)))
    for name in wrong if verbose else wrong[:10]:
        a, b = Counter(ours[name]), Counter(theirs.get(name, []))
        print('  %s\n    ours   %s\n    theirs %s' % (name, sorted((a - b).elements())[:4], sorted((b - a).elements())[:4]))
    return len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--dump', required=True)
    parser.add_argument('--gmime')
    parser.add_argument('--known')
    parser.add_argument('--verbose', action='store_true')
    parser.add_argument('paths', nargs='+')
    args = parser.parse_args()
    files = list(files_of(args.paths))
    known = known_names(args.known)
    ours = run(args.dump, files)
    wrong = compare("Python's email", ours, {n: list(python_parts(n)) for n in files}, known, args.verbose)
    if args.gmime:
        wrong += compare('GMime', ours, run(args.gmime, files), known, args.verbose)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
