# SPDX-License-Identifier: BSD-3-Clause
"""The manual pages and the other documents: they render, point to what exists, and what they show works."""
import re
import shlex
import subprocess

import pytest
from program import ANTISALES, DOC, LIMIT_S, PLATFORMS, SRC, antisales, run

PAGES = sorted(DOC.glob("*.[1578]"))
# Pages of other packages.
FOREIGN = {"sendmail(8)", "sudo(8)", "sysexits(3)"}
GUIDES = [DOC / "policy-guide.md", SRC / "README.md"]


def names(pages):
    return [page.name for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_page_renders_without_warning(page):
    done = run("groff", "-ww", "-mdoc", "-Tutf8", page)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert len(done.stdout) > 300


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_man_shows_page_without_warning(page):
    done = run("man", "--warnings", "-l", page, MANWIDTH="80", LC_ALL="C.UTF-8", MAN_KEEP_FORMATTING="")
    assert (done.returncode, done.stderr.decode()) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_page_has_its_own_name(page):
    title, section = page.name.rsplit(".", 1)
    head = re.search(r"^\.Dt (\S+) (\d)$", page.read_text(), re.M)
    assert head.groups() == (title.upper(), section)
    assert re.search(rf"^\.Nm {re.escape(title)}$", page.read_text(), re.M)


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_page_named_exists(page):
    named = {f"{name}({section})" for name, section in re.findall(r"^\.Xr (\S+) (\d)", page.read_text(), re.M)}
    ours = {f"{p.name.rsplit('.', 1)[0]}({p.name[-1]})" for p in PAGES}
    assert named - FOREIGN - ours == set()
    assert ".Sh SEE ALSO" in page.read_text()


def test_readme_names_pages_that_exist():
    named = set(re.findall(r"\b(antisales[a-z.-]*)\((\d)\)", (SRC / "README.md").read_text()))
    assert named and {f"{name}.{section}" for name, section in named} <= set(names(PAGES))


def test_every_page_is_installed():
    installed = set(re.findall(r"doc/(\S+\.[1578])\b", (SRC / "Makefile.am").read_text()))
    assert set(names(PAGES)) == installed


@pytest.mark.parametrize("command, page", [("facts", "antisales-facts.5"), ("config", "antisales.yaml.5")])
def test_page_made_by_the_program_is_up_to_date(command, page):
    done = antisales(command, "--man")
    assert done.returncode == 0 and done.stdout == (DOC / page).read_bytes()


def example_commands(page):
    text = page.read_text()
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S)
    lines = section.group(1).splitlines() if section else []
    return [line.removeprefix(".Dl ") for line in lines if line.startswith((".Dl antisales ", "antisales "))]


EXAMPLES = [(page.name, line) for page in PAGES for line in example_commands(page)]


def test_there_are_examples():
    assert {name for name, _line in EXAMPLES} >= {"antisales-check.1", "antisales-lint.1", "antisales-platforms.1"}


# The examples of these name a store of yours: they are read, but not carried out.
NEED_A_STORE = {"address", "dossier", "feedback", "forgive", "journal", "optout", "org", "relation", "reputation", "status", "store",
                "timeline", "unsubscribe"}


@pytest.mark.parametrize("line", [line for _name, line in EXAMPLES])
def test_example_runs_from_the_sources(line):
    words = shlex.split(line.partition(" < ")[0])
    if words[1] in NEED_A_STORE:
        words.append("--help")
    done = subprocess.run([ANTISALES, *words[1:]], cwd=SRC, capture_output=True, timeout=LIMIT_S)
    assert done.returncode == 0 and done.stderr == b"" and done.stdout


def yaml_of_page(text):
    """Literal blocks, their roff escapes undone."""
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.M | re.S)
    return [block.replace(r"\e", "\\").replace(r"\&", "") for block in blocks]


def yaml_of_markdown(text):
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)


def yaml_blocks():
    for page in PAGES:
        for block in yaml_of_page(page.read_text()):
            yield page.name, block
    for guide in GUIDES:
        for block in yaml_of_markdown(guide.read_text()):
            yield guide.name, block


def blocks_beginning(key):
    return [(name, block) for name, block in yaml_blocks() if block.startswith(key)]


POLICY_BLOCKS = blocks_beginning("policy: ")
PLATFORM_BLOCKS = blocks_beginning("platform: ")
CONFIG_BLOCKS = blocks_beginning("socket: ")


def test_every_yaml_block_is_tried():
    assert {name for name, _b in POLICY_BLOCKS} == {"antisales-policy.5", "policy-guide.md"}
    assert {name for name, _b in PLATFORM_BLOCKS} == {"antisales-fingerprint.5"}
    assert {name for name, _b in CONFIG_BLOCKS} == {"antisales.yaml.5"}


@pytest.mark.parametrize("name, block", POLICY_BLOCKS, ids=[n for n, _b in POLICY_BLOCKS])
def test_policy_example_compiles(name, block, tmp_path):
    where = f"platforms: {PLATFORMS}\n"
    text = re.sub(r"^platforms: .*\n", "", block, flags=re.M)
    (tmp_path / "p.yaml").write_text(where + text)
    done = antisales("lint", "--policy", tmp_path / "p.yaml")
    assert (done.returncode, done.stderr) == (0, b""), done.stdout


@pytest.mark.parametrize("name, block", PLATFORM_BLOCKS, ids=[n for n, _b in PLATFORM_BLOCKS])
def test_platform_example_compiles(name, block, tmp_path):
    ident = re.match(r"platform: (\S+)", block).group(1)
    (tmp_path / f"{ident}.yaml").write_text(block)
    done = antisales("lint", "--catalogue", tmp_path)
    assert (done.returncode, done.stdout) == (0, b"1 platforms, 1 fingerprints, 0 errors\n")


@pytest.mark.parametrize("name, block", CONFIG_BLOCKS, ids=[n for n, _b in CONFIG_BLOCKS])
def test_configuration_example_is_read(name, block, tmp_path):
    text = re.sub(r"^policy: .*$", f"policy: {SRC}/policies/default.yaml", block, flags=re.M)
    (tmp_path / "c.yaml").write_text(text)
    done = antisales("check", "--config", tmp_path / "c.yaml", "--store", "memory:", SRC / "test/messages/person.eml")
    assert (done.returncode, done.stderr) == (0, b"")


def test_sentence_of_the_readme_is_what_check_prints():
    """The header lines that the README shows are those of a mail that the tests have."""
    shown = re.findall(r"^    (X-Anti-Sales-(?:Platform|Why): .*)$", (SRC / "README.md").read_text(), re.M)
    done = antisales("check", "--json", "--policy", SRC / "policies/default.yaml", SRC / "test/messages/outreach-pitch.eml")
    assert len(shown) == 2 and all(line in done.stdout.decode() for line in shown)
