# SPDX-License-Identifier: BSD-3-Clause
"""Where the sources and the built programs are: environment SRC and ANTISALES_BUILD, else by convention."""
import os
import shutil
from pathlib import Path

SRC = Path(os.environ.get("SRC", Path(__file__).resolve().parents[2])).resolve()


def _build():
    if "ANTISALES_BUILD" in os.environ:
        return Path(os.environ["ANTISALES_BUILD"]).resolve()
    beside = SRC / "build"
    return beside if (beside / "milter" / "antisalesd").exists() else SRC


BUILD = _build()
POLICIES = SRC / "policies"
PLATFORMS = POLICIES / "platforms"
MESSAGES = SRC / "test" / "messages"
CASES = SRC / "test" / "cases"


def copy_policies(folder):
    """From now on POLICIES is a copy that every user can read: a daemon reloads without root's privileges, and the
    sources may lie below a folder that is closed to others. To be called before other modules take the names."""
    global POLICIES, PLATFORMS
    POLICIES = Path(shutil.copytree(POLICIES, folder / "policies"))
    PLATFORMS = POLICIES / "platforms"


def program(name):
    """A built program such as milter/antisalesd or bench/noop-milter."""
    path = BUILD / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is not built; run make, or set ANTISALES_BUILD")
    return str(path)
