# SPDX-License-Identifier: BSD-3-Clause
import atexit
import itertools
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import paths  # noqa: E402


def _make_work():
    """A folder that Postfix's processes can reach, in memory where there is some."""
    parent = "/dev/shm" if Path("/dev/shm").is_dir() else None
    path = Path(tempfile.mkdtemp(prefix="antisales-test-", dir=parent))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


WORK = _make_work()
paths.copy_policies(WORK)

from daemon import Daemon  # noqa: E402
from postfix import Postfix  # noqa: E402

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def work():
    return WORK


@pytest.fixture
def folder(work):
    path = work / f"t{next(_numbers)}"
    path.mkdir(mode=0o755)
    return path


@pytest.fixture(scope="session")
def milter_socket(work):
    run = work / "run"
    run.mkdir(mode=0o755)
    return run / "antisales.sock"


@pytest.fixture(scope="session")
def postfix(work, milter_socket):
    with Postfix(work / "postfix", milter_socket) as running:
        yield running


@pytest.fixture
def mta(postfix):
    """The session's Postfix with empty queue and inbox."""
    postfix.clear()
    return postfix


@pytest.fixture
def antisalesd(folder):
    """Makes daemons. At the end of the test each must still run or have ended as the test wanted."""
    made = []

    def make(policy=None, **settings):
        settings = {**({"policy": policy} if policy else {}), **settings}
        daemon = Daemon(folder / f"d{len(made)}", **settings)
        made.append(daemon)
        return daemon.start()

    yield make
    for daemon in made:
        died = not daemon.running and daemon.process.returncode != 0 and not daemon.killed
        daemon.kill()
        assert not died, f"status {daemon.process.returncode}: {daemon.log_text()[-3000:]}"


@pytest.fixture
def filtered(mta, milter_socket, antisalesd):
    """Makes a daemon behind the session's Postfix."""
    return lambda policy=None, **settings: antisalesd(policy, socket=milter_socket, **settings)
