# SPDX-License-Identifier: BSD-3-Clause
"""antisales journal verify: whatever is done to a line is found, and named."""
import concurrent.futures

import pytest
from program import antisales, json_lines
from proved import Site

LINES = 12


@pytest.fixture
def site(tmp_path):
    """A journal of twelve changes."""
    site = Site(tmp_path)
    site.journal = tmp_path / "journal"
    site.config.write_text(site.config.read_text() + f"journal: {site.journal}\n")
    for i in range(LINES):
        write(site, i)
    return site


def write(site, i):
    assert site.run("relation", "add", f"supplier{i}.example").returncode == 0


def verify(site, *files):
    done = antisales("journal", "verify", "--config", site.config, "--json", *files)
    *findings, end = json_lines(done)
    assert done.returncode == (65 if findings else 0) and end["findings"] == len(findings)
    return [(f["line"], f["finding"]) for f in findings]


def lines(site):
    return site.journal.read_bytes().splitlines(keepends=True)


def rewrite(site, changed):
    site.journal.write_bytes(b"".join(changed))


def test_a_journal_that_nobody_touched(site):
    assert verify(site) == []
    assert antisales("journal", "verify", "--config", site.config).stdout.endswith(b"nothing is missing or changed\n")


@pytest.mark.parametrize("what, with_", [(b"supplier5", b"supplier6"), (b'"level":"contract"', b'"level":"stranger"'),
                                         (b'"n":6', b'"n":7'), (b'"chain":"', b'"chain":"0'), (b'"v":1', b'"v": 1')])
def test_changed(site, what, with_):
    all_ = lines(site)
    assert what in all_[5]
    all_[5] = all_[5].replace(what, with_, 1)
    rewrite(site, all_)
    assert (6, "the line was changed") in verify(site)


@pytest.mark.parametrize("first, count", [(0, 1), (4, 1), (4, 3), (LINES - 1, 1), (LINES - 4, 4)])
def test_removed(site, first, count):
    all_ = lines(site)
    del all_[first:first + count]
    rewrite(site, all_)
    found = verify(site)
    if first == 0:
        assert found == []              # what came before may be in a file that was rotated away
    elif first + count == LINES:
        assert found == [(LINES - count, f"the last {count} lines are missing")]
    else:
        assert found == [(first + 1, f"{count} lines are missing before this one")]


def test_moved(site):
    all_ = lines(site)
    all_[3], all_[4] = all_[4], all_[3]
    rewrite(site, all_)
    assert [line for line, _text in verify(site)] == [4, 5, 6]


def test_cut_off(site):
    site.journal.write_bytes(site.journal.read_bytes()[:-30])
    assert (LINES, "the line is cut off") in verify(site)


def test_put_in(site):
    all_ = lines(site)
    all_.insert(5, b'{"v":1,"change":"relation add"}\n')
    rewrite(site, all_)
    assert verify(site) == [(6, "the line is not the journal's")]


def test_copied_line(site):
    all_ = lines(site)
    all_.insert(8, all_[2])
    rewrite(site, all_)
    assert verify(site)[0] == (9, "line number 3 stands behind number 8")


def test_another_sites_key(site):
    key = site.folder / "store" / "site.key"
    key.write_bytes(bytes(32))
    assert len(verify(site)) == LINES


def test_rotation_goes_on(site):
    old = site.folder / "journal.1"
    site.journal.rename(old)
    write(site, LINES)
    assert verify(site) == [] and verify(site, old, site.journal) == []
    rewrite_old = old.read_bytes().splitlines(keepends=True)[:-2]
    old.write_bytes(b"".join(rewrite_old))
    assert verify(site, old, site.journal) == [(1, "2 lines are missing before this one")]


def test_many_writers_make_one_chain(site):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: write(site, i), range(100, 130)))
    assert verify(site) == [] and len(lines(site)) == LINES + 30


def test_who_was_killed_before_the_note_is_caught_up(site):
    note = site.folder / "journal.chain"
    before = note.read_bytes()
    write(site, LINES)
    note.write_bytes(before)
    write(site, LINES + 1)
    assert verify(site) == []


def test_lines_from_before_the_chain(site):
    site.journal.write_bytes(b'{"v":1,"verdict":"tag"}\n' * 3 + site.journal.read_bytes())
    assert verify(site) == []


def test_mistakes(site, tmp_path):
    assert antisales("journal", "verify", "--config", site.config, tmp_path / "none").returncode == 66
    assert antisales("journal", "--config", site.config).returncode == 64
    assert antisales("journal", "burn").returncode == 64
