# SPDX-License-Identifier: BSD-3-Clause
"""antisales by itself: help, version, unknown words; and that help, manual and program know the same options."""
import re

import pytest
from program import DOC, SRC, antisales

COMMANDS = {"address": "address.c", "check": "check.c", "config": "tables.c", "dossier": "dossier.c",
            "evaluate": "evaluate.c", "facts": "tables.c", "feedback": "feedback.c", "forgive": "feedback.c", "journal": "journal.c",
            "lint": "lint.c", "optout": "optout.c", "org": "org.c", "platforms": "platforms.c", "relation": "relation.c",
            "reputation": "reputation.c", "simulate": "simulate.c", "status": "status.c", "store": "store_person.c", "timeline": "timeline.c",
             "unsubscribe": "unsubscribe.c"}
# What the two commands of one file do not share.
NOT_OF = {"forgive": {"sales", "wanted"}}
# What an option may be given so that reading the command line goes on to --help.
VALUES = {"at": "2026-03-01", "count": "1", "sales": "1", "confidence": "1", "until": "2026-12-31", "for": "90d",
          "level": "contract", "scope": "list", "style": "plus", "expires": "90d", "format": "json"}


def help_of(command):
    done = antisales(command, "--help")
    assert done.returncode == 0 and done.stderr == b""
    return done.stdout.decode()


def options_in_help(command):
    """name -> whether it takes a value"""
    return {name: bool(value) for name, value in re.findall(r"^  --([a-z-]+)( [A-Z][A-Z,]*)?  ", help_of(command), re.M)}


def options_in_program(command):
    source = (SRC / "milter" / "cli" / COMMANDS[command]).read_text()
    if "LEDGER_OPTIONS" in source:
        source += (SRC / "milter" / "cli" / "store.h").read_text()
    return {name: how == "required" for name, how in re.findall(r'\{ "([a-z-]+)", (no|required)_argument', source)
            if name not in NOT_OF.get(command, ())}


def page_of(command):
    page = DOC / f"antisales-{command}.1"
    return page if command not in ("facts", "config") else DOC / "antisales.1"


def options_in_page(command):
    return set(re.findall(r"Fl -([a-z-]+)", page_of(command).read_text()))


@pytest.mark.parametrize("word", ["--help", "help"])
def test_help_lists_every_command(word):
    done = antisales(word)
    listed = re.findall(r"^  ([a-z]+)  +\S", done.stdout.decode(), re.M)
    assert (done.returncode, listed, done.stderr) == (0, sorted(COMMANDS), b"")


def test_manual_lists_every_command():
    page = (DOC / "antisales.1").read_text()
    listed = re.findall(r"^\.It Ic ([a-z]+)$", page, re.M)
    assert listed == sorted(COMMANDS)


def test_version():
    wanted = re.search(r"AC_INIT\(\[[^]]*\], *\[([^]]+)\]", (SRC / "configure.ac").read_text()).group(1)
    done = antisales("--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"antisales {wanted}\n")


def test_no_command_prints_help_to_standard_error():
    done = antisales()
    assert done.returncode == 64 and done.stdout == b"" and b"Usage: antisales" in done.stderr


@pytest.mark.parametrize("typed, near", [("chekc", "check"), ("lnit", "lint"), ("platform", "platforms"), ("evalute", "evaluate"),
                                         ("fact", "facts"), ("confg", "config")])
def test_unknown_command_names_the_nearest(typed, near):
    done = antisales(typed)
    assert (done.returncode, done.stderr.decode()) == (64, f'antisales: unknown command "{typed}", did you mean "{near}"?\n')


def test_unknown_command_far_from_all():
    done = antisales("xylophone")
    assert (done.returncode, done.stderr.decode()) == (64, 'antisales: unknown command "xylophone"\n')


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_what_the_program_takes(command):
    assert options_in_help(command) == options_in_program(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_help_is_taken(command):
    for name, valued in options_in_help(command).items():
        value = [VALUES.get(name, "x")] if valued else []
        done = antisales(command, f"--{name}", *value, "--help")
        assert (done.returncode, done.stderr) == (0, b""), name


@pytest.mark.parametrize("command", COMMANDS)
def test_valued_options_need_their_value(command):
    for name, valued in options_in_help(command).items():
        if valued:
            assert antisales(command, f"--{name}").returncode == 64, name


@pytest.mark.parametrize("command", COMMANDS)
def test_manual_describes_the_options_of_help(command):
    """--help and --json are described once for all, in antisales(1)."""
    general = options_in_page("facts")
    assert {"help", "json"} <= general
    assert set(options_in_help(command)) - options_in_page(command) <= {"help"}


@pytest.mark.parametrize("command", ["check", "evaluate", "lint", "platforms"])
def test_manual_describes_no_other_option(command):
    assert options_in_page(command) - set(options_in_help(command)) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_option(command):
    done = antisales(command, "--bogus")
    assert done.returncode == 64 and b"--bogus" in done.stderr and b"Usage: antisales " in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("command", COMMANDS)
def test_complaints_name_program_and_command(command):
    done = antisales(command, "--bogus")
    assert done.stderr.decode().startswith(f"antisales {command}: ")


@pytest.mark.parametrize("command", ["config", "facts", "lint", "status"])
def test_surplus_argument(command):
    done = antisales(command, "surplus")
    assert done.returncode == 64 and b"unexpected argument" in done.stderr


@pytest.mark.parametrize("command", ["check", "evaluate"])
def test_missing_argument(command):
    done = antisales(command)
    assert done.returncode == 64 and b"name the files" in done.stderr
