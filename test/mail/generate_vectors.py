#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Copies the evasion vectors that another script wrote, shortens the one long line and writes the manifest.

Usage: generate_vectors.py FROM_DIR test/mail/vectors
The test appends nothing to them: every byte of a vector is in its file. All hosts end in .example.
"""
import os
import sys

source, target = sys.argv[1:3]
os.makedirs(target, exist_ok=True)
rows = []
for line in open(os.path.join(source, 'manifest.tsv')):
    name, host, note = line.rstrip('\n').split('\t')
    data = open(os.path.join(source, name), 'rb').read()
    data = data.replace(b'x' * 200000, b'x' * 20000)
    with open(os.path.join(target, name), 'wb') as out:
        out.write(data)
    rows.append('\t'.join((name, host, note.replace('200 kB', '20 kB'))))
with open(os.path.join(target, 'manifest.tsv'), 'w') as out:
    out.write('# file\thost that must be found, - for none\twhat is odd\n' + '\n'.join(rows) + '\n')
print(len(rows), 'vectors')
