#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The house rules that a script can check, as TAP. SRC is the source folder, BUILD the build folder, CC the compiler.

Every exception stands in a table below with its reason; a reason that no longer applies is an error too.
"""
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

SRC = Path(os.environ.get("SRC", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("BUILD", SRC))
CC = shlex.split(os.environ.get("CC", "cc"))

# An area includes itself and those before it. The two programs stand side by side.
AREAS = ["base", "mail", "catalogue", "policy", "store", "ledger", "evidence", "decide", "edge", "program"]
PROGRAMS = {"daemon", "cli"}

FILE_LINES, FUNCTION_LINES, SWITCH_LINES, BRANCHES, NESTING, PARAMETERS = 600, 80, 120, 15, 4, 6

# Files over FILE_LINES.
LONG_FILES = {
    "milter/mail/html_entity.c": "a generated table",
}

# Functions that are one switch of a parser: up to SWITCH_LINES lines, as many branches as it has states.
SWITCHES = {}

# Functions with more than PARAMETERS parameters.
WIDE = {
    "on_negotiate": "libmilter's own signature of xxfi_negotiate",
}

# Files with variables that change, beside the programs' own.
GLOBALS = {
    "milter/base/log.c": "where the process logs is set once for all",
    "milter/base/alloc.c": "which allocation is to fail is told by tests for the whole process",
    "milter/edge/callbacks.c": "libmilter's callbacks get no argument of ours before the first connection",
    "milter/store/store_lmdb.c": "LMDB must not open a file twice in one process, so the open ones are listed",
}

# Headers of libraries, each with its one home (a pattern over paths below milter/).
HOMES = {
    r"pcre2\.h": r"base/regex\.c",
    r"yaml\.h": r"base/yaml\.c",
    r"jansson\.h": r"base/json\.c",
    r"sodium\.h": r"base/hash\.c",
    r"psl\.h|libpsl\.h|idn2\.h": r"mail/domain\.c",
    r"uni\w+\.h|unistring/.*": r"mail/text\.c",
    r"iconv\.h": r"mail/charset\.c",
    r"(?:opendkim/)?dkim\.h": r"mail/dkim\w*\.c",
    r"unbound\.h": r"mail/keys\w*\.c",
    r"(?:hs/)?hs\.h": r"catalogue/multiscan\.c",
    r"lmdb\.h": r"store/store_lmdb\.c",
    r"curl/curl\.h": r"cli/one_click\.c",
    r"libmilter/mfapi\.h": r"edge/(?:callbacks\.c|mta_smfi\.[ch])",
    r"systemd/.*": r"daemon/\w+\.c",
    r"sanitizer/asan_interface\.h": r"base/arena\.c",
}

# What the C library and POSIX give; anything else needs a home.
LIBC = set("""arpa/inet.h assert.h ctype.h dirent.h endian.h errno.h fcntl.h fnmatch.h ftw.h getopt.h glob.h grp.h inttypes.h limits.h locale.h math.h
netdb.h netinet/in.h netinet/tcp.h poll.h pthread.h pwd.h semaphore.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h
stdlib.h string.h strings.h sys/eventfd.h sys/file.h sys/mman.h sys/prctl.h sys/random.h sys/resource.h sys/socket.h sys/stat.h sys/statfs.h sys/time.h sys/types.h
sys/uio.h sys/un.h sys/vfs.h sys/wait.h sysexits.h syslog.h termios.h time.h unistd.h""".split())

# Never called; fork has one place.
BANNED = ["strcpy", "strcat", "sprintf", "vsprintf", "gets", "strtok", "alloca", "system", "popen", "fork", "vfork"]
BANNED_HOMES = {"fork": r"milter/daemon/background\.c"}

# LMDB flags that lose or kill (hazards 75 and 76).
LMDB_FLAGS = ["MDB_NOSYNC", "MDB_WRITEMAP", "MDB_MAPASYNC", "MDB_NOLOCK"]

NOTES = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]

used_exceptions = set()


def excepted(table, key):
    if key in table:
        used_exceptions.add((id(table), key))
        return True
    return False


class Function:
    def __init__(self, name, parameters, first, last, body):
        self.name, self.parameters, self.first, self.last, self.body = name, parameters, first, last, body

    @property
    def lines(self):
        return self.last - self.first + 1

    @property
    def branches(self):
        return 1 + len(re.findall(r"\b(?:if|for|while|case)\b|&&|\|\||\?", self.body))

    @property
    def nesting(self):
        level = deepest = 0
        for c in self.body:
            if c == "{":
                level += 1
                deepest = max(deepest, level)
            elif c == "}":
                level -= 1
        return deepest - 1


def blank(text):
    """Comments, strings and character constants as spaces; line ends stay."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def spaces(match):
        s = match.group(0)
        keep = s[0] + s[-1] if s[0] in "\"'" else "  "
        return keep[0] + re.sub(r"[^\n]", " ", s[1:-1]) + keep[1]

    return token.sub(spaces, text)


def without_preprocessor(code):
    """Directives as spaces, continued lines too."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.M)


class Source:
    def __init__(self, path):
        self.path = path
        self.name = path.relative_to(SRC).as_posix()
        self.text = path.read_text(errors="replace")
        self.code = blank(self.text)
        self.plain = without_preprocessor(self.code)
        self.functions, self.globals = self._outline()

    @property
    def area(self):
        parts = Path(self.name).parts
        area = parts[2] if parts[0] == "include" else parts[1]
        return "program" if area in PROGRAMS else area

    @property
    def below(self):
        """The path below milter/ or include/antisales/."""
        return re.sub(r"^(?:milter|include/antisales)/", "", self.name)

    def line_of(self, offset):
        return self.plain.count("\n", 0, offset) + 1

    def _outline(self):
        """The functions, and the variables outside of them, as (line, declaration)."""
        functions, variables = [], []
        plain, start, i = self.plain, 0, 0
        while i < len(plain):
            c = plain[i]
            if c == ";":
                variables.append((self.line_of(i), plain[start:i]))
                start = i + 1
            elif c == "{":
                head, end = plain[start:i], self._matching(i)
                found = re.search(r"(\w+)\s*(\((?:[^()]|\([^()]*\))*\))\s*(?:__attribute__\s*\(\(.*\)\)\s*)?$", head, re.S)
                if found and "=" not in head and not re.match(r"\s*(?:struct|union|enum|typedef)\b[^()]*$", head):
                    first = self.line_of(start + len(head) - len(head.lstrip()))
                    functions.append(Function(found.group(1), self._count(found.group(2)), first, self.line_of(end), plain[i:end + 1]))
                    start = end + 1
                i = end
            i += 1
        return functions, variables

    def _matching(self, at):
        level = 0
        for i in range(at, len(self.plain)):
            level += (self.plain[i] == "{") - (self.plain[i] == "}")
            if level == 0:
                return i
        return len(self.plain) - 1

    @staticmethod
    def _count(parameters):
        inner = parameters[1:-1]
        if inner.strip() in ("", "void"):
            return 0
        level, count = 0, 1
        for c in inner:
            level += (c in "([{") - (c in ")]}")
            count += c == "," and level == 0
        return count

    def included(self):
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', self.text, re.M):
            yield self.text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def is_constant(declaration):
    """Whether what is declared cannot change: const at the object itself, not only behind its pointers."""
    head = re.split(r"=|\{", declaration, maxsplit=1)[0]
    return bool(re.search(r"\bconst\b", head.rsplit("*", 1)[1] if "*" in head else head))


def is_variable(declaration):
    text = declaration.strip()
    while re.search(r"\{[^{}]*\}", text):
        text = re.sub(r"\{[^{}]*\}", " @ ", text)
    head = text.split("=", 1)[0].strip()
    if re.match(r"(?:typedef|extern|_Static_assert)\b", head) or re.fullmatch(r"(?:struct|union|enum)\s*\w*(?:\s*@)?", head):
        return False
    if re.search(r"^[^(]*\((?!\s*\*)", head):
        return False                            # a prototype, or the row of a table
    if re.fullmatch(r"(?:static\s+)?\w+_fn\s+\w+", head):
        return False                            # a prototype by the type of the function
    return re.search(r"\w\s+\**\s*\w|[*@]\s*\w", head) is not None


def includes_of_areas(sources):
    for s in sources:
        for line, _, name in s.included():
            found = re.match(r"antisales/(\w+)/", name)
            if found and AREAS.index(found.group(1)) > AREAS.index(s.area):
                yield f"{s.name}:{line}: {s.area} must not include {name}"


def homes_of_headers(sources):
    for s in sources:
        for line, kind, name in s.included():
            if name.startswith("antisales/") or kind == '"' or name in LIBC:
                continue
            homes = [home for header, home in HOMES.items() if re.fullmatch(header, name)]
            if not homes:
                yield f"{s.name}:{line}: <{name}> has no home in the table"
            elif not s.name.startswith("milter/") or not re.fullmatch(homes[0], s.below):
                yield f"{s.name}:{line}: <{name}> belongs to {homes[0]} only"


def length_of_files(sources):
    for s in sources:
        lines = s.text.count("\n")
        if lines > FILE_LINES and s.name.endswith(".c") and not excepted(LONG_FILES, s.name):
            yield f"{s.name}: {lines} lines, {FILE_LINES} are allowed"


def key_of(s, f):
    return f"{s.name}:{f.name}"


def length_of_functions(sources):
    for s in sources:
        for f in s.functions:
            limit = SWITCH_LINES if f.lines > FUNCTION_LINES and excepted(SWITCHES, key_of(s, f)) else FUNCTION_LINES
            if f.lines > limit:
                yield f"{s.name}:{f.first}: {f.name} has {f.lines} lines, {limit} are allowed"


def branches_of_functions(sources):
    for s in sources:
        for f in s.functions:
            if f.branches > BRANCHES and not excepted(SWITCHES, key_of(s, f)):
                yield f"{s.name}:{f.first}: {f.name} has {f.branches} branches, {BRANCHES} are allowed"


def nesting_of_functions(sources):
    for s in sources:
        for f in s.functions:
            if f.nesting > NESTING:
                yield f"{s.name}:{f.first}: {f.name} nests {f.nesting} deep, {NESTING} are allowed"


def parameters_of_functions(sources):
    for s in sources:
        for f in s.functions:
            if f.parameters > PARAMETERS and not excepted(WIDE, f.name):
                yield f"{s.name}:{f.first}: {f.name} has {f.parameters} parameters, {PARAMETERS} are allowed"


def switches_say_why(sources):
    for s in sources:
        lines = s.text.split("\n")
        for f in s.functions:
            above = lines[f.first - 2] if f.first > 1 else ""
            if key_of(s, f) in SWITCHES and "*/" not in above:
                yield f"{s.name}:{f.first}: {f.name} is excepted, so a comment must say why"


def banned_calls(sources):
    calls = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
    for s in sources:
        for found in calls.finditer(s.plain):
            home = BANNED_HOMES.get(found.group(1))
            if home is None or not re.fullmatch(home, s.name):
                yield f"{s.name}:{s.line_of(found.start())}: {found.group(1)}() is not used here"


def may_change(s):
    return s.area == "program" or excepted(GLOBALS, s.name)


def mutable_globals(sources):
    for s in sources:
        outer = [(line, text) for line, text in s.globals if is_variable(text) and not is_constant(text)]
        inner = [(f.first + f.body.count("\n", 0, m.start()), m.group(0)) for f in s.functions
                 for m in re.finditer(r"\bstatic\b[^;{=(]*[;=]", f.body) if not is_constant(m.group(0).rstrip(";="))]
        for line, text in outer + inner:
            if not may_change(s):
                yield f"{s.name}:{line}: a variable that changes: {' '.join(text.split())[:60]}"


def lmdb_flags(sources):
    for s in sources:
        for flag in LMDB_FLAGS:
            for found in re.finditer(rf"\b{flag}\b", s.plain):
                yield f"{s.name}:{s.line_of(found.start())}: {flag} is never used"


def headers_alone(sources):
    flags = ["-std=c17", "-D_GNU_SOURCE", f"-I{SRC}/include", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-"]
    config = BUILD / "config.h"
    if config.exists():
        flags = ["-include", str(config)] + flags
    for s in sources:
        if not s.name.endswith(".h"):
            continue
        done = subprocess.run([*CC, f"-I{s.path.parent}", *flags], input=f'#include "{s.path}"\n', capture_output=True, text=True)
        if done.returncode != 0:
            yield f"{s.name} does not compile alone: {done.stderr.splitlines()[0] if done.stderr else 'no reason'}"


def written_files():
    """Everything that people write here, but data."""
    for folder in ("milter", "include", "test", "bench", "contrib"):
        for path in sorted((SRC / folder).rglob("*")):
            if path.suffix in (".c", ".h", ".def", ".py", ".sh") and "__pycache__" not in path.parts:
                yield path
    for name in ("configure.ac", "Makefile.am", "quickstart", "runtests", "bench/run", ".ci/run"):
        if (SRC / name).is_file():
            yield SRC / name


def licence(_):
    for path in written_files():
        head = path.read_text(errors="replace").split("\n", 2)[:2]
        line = head[1] if head[0].startswith("#!") and len(head) > 1 else head[0]
        if "SPDX-License-Identifier: BSD-3-Clause" not in line:
            yield f"{path.relative_to(SRC)} does not begin with the SPDX line"


def notes_to_self(_):
    words = re.compile(r"\b(?:" + "|".join(NOTES) + r")\b")
    for path in written_files():
        for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1):
            if words.search(line):
                yield f"{path.relative_to(SRC)}:{number}: {words.search(line).group(0)}"


def stale_exceptions(_):
    for title, table in (("LONG_FILES", LONG_FILES), ("SWITCHES", SWITCHES), ("WIDE", WIDE), ("GLOBALS", GLOBALS)):
        for key, reason in table.items():
            if (id(table), key) not in used_exceptions:
                yield f"{title} excepts {key}, which needs it no more"
            if len(reason) < 10:
                yield f"{title} gives no reason for {key}"


RULES = [
    ("areas include only those before them", includes_of_areas),
    ("each library's header has one home", homes_of_headers),
    (f"files have at most {FILE_LINES} lines", length_of_files),
    (f"functions have at most {FUNCTION_LINES} lines", length_of_functions),
    (f"functions have at most {BRANCHES} branches", branches_of_functions),
    (f"functions nest at most {NESTING} deep", nesting_of_functions),
    (f"functions have at most {PARAMETERS} parameters", parameters_of_functions),
    ("long switches say why", switches_say_why),
    ("no banned functions are called", banned_calls),
    ("nothing outside of functions changes", mutable_globals),
    ("LMDB is opened with safe flags only", lmdb_flags),
    ("headers compile alone", headers_alone),
    ("files begin with their licence", licence),
    ("no notes to self are left", notes_to_self),
    ("no exception is left over", stale_exceptions),
]


def main():
    sources = [Source(p) for folder in ("milter", "include") for p in sorted((SRC / folder).rglob("*.[ch]"))]
    failed = False
    print(f"1..{len(RULES)}")
    for number, (title, rule) in enumerate(RULES, 1):
        problems = list(rule(sources))
        failed = failed or bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {title}")
        for problem in problems:
            print(f"# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
