# SPDX-License-Identifier: BSD-3-Clause
"""Lets the tests find test/lib and what stands beside them."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "lib"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
