# SPDX-License-Identifier: BSD-3-Clause
"""antisales evaluate: files, mboxes and Maildirs, labels, bad files, JSON, the page, progress."""
import html.parser
import json
import os
import re

import pytest
from program import ANTISALES, DEFAULT, MESSAGES, antisales
from terminal import on_terminal

NAMES = sorted(path.stem for path in MESSAGES.glob("*.eml"))
TAGGED = {"outreach-pitch", "salesloft-followup", "marketo-newsletter", "hubspot-invitation"}
SEPARATOR = b"From jo@example.org Mon Mar  2 10:00:00 2026\n"
HOSTILE = b"<script>alert(1)</script>&\"'\n\x1b[31m.eml"


def evaluate(*args, **how):
    done = antisales("evaluate", "--policy", DEFAULT, *args, **how)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def evaluated(*args, **how):
    return json.loads(evaluate("--json", *args, **how))


def mail(name):
    return (MESSAGES / f"{name}.eml").read_bytes()


def write_mbox(path, names=NAMES, end=b"\n"):
    text = b"".join(SEPARATOR + mail(name).rstrip(b"\n") + b"\n\n" for name in names)
    path.write_bytes(text.replace(b"\n", end))
    return path


def write_maildir(folder):
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for i, name in enumerate(NAMES):
        part = "new" if i % 2 else "cur"
        (folder / part / f"17000{i}.M{i}P1.host,S=1:2,S").write_bytes(mail(name))
    (folder / "tmp" / "17000.half.written").write_bytes(b"half")
    (folder / "dovecot.index.log").write_bytes(b"\0\1\2")
    return folder


def comparable(result):
    """Without what depends on names and time."""
    return {key: result[key] for key in ("messages", "bad", "verdicts", "platforms", "rules")}


@pytest.fixture(scope="module")
def from_files():
    return evaluated(MESSAGES)


def test_folder_of_files(from_files):
    assert (from_files["messages"], from_files["bad"], from_files["policy"]) == (len(NAMES), 0, "default")
    assert from_files["verdicts"]["tag"] == len(TAGGED)
    assert sum(from_files["verdicts"].values()) == len(NAMES)


def test_every_file_may_be_named(from_files):
    assert comparable(evaluated(*sorted(MESSAGES.glob("*.eml")))) == comparable(from_files)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", ["all.mbox", "all.mbx", "inbox"])
def test_mbox(tmp_path, from_files, name, end):
    write_mbox(tmp_path / name, end=end)
    assert comparable(evaluated(tmp_path)) == comparable(from_files)


def test_mbox_of_one_mail(tmp_path):
    write_mbox(tmp_path / "one.mbox", ["person"])
    result = evaluated(tmp_path)
    assert (result["messages"], result["bad"]) == (1, 0)


def test_from_inside_a_line_or_paragraph_ends_no_mail(tmp_path):
    text = SEPARATOR + mail("person").rstrip(b"\n") + b"\n\nHi,\nFrom here on it is ours.\n>From there too.\n"
    (tmp_path / "m.mbox").write_bytes(text)
    assert evaluated(tmp_path)["messages"] == 1


def test_maildir(tmp_path, from_files):
    assert comparable(evaluated(write_maildir(tmp_path / "Maildir"))) == comparable(from_files)


def test_folders_below_folders(tmp_path, from_files):
    write_maildir(tmp_path / "Maildir")
    write_mbox(tmp_path / "a.mbox")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "x.eml").write_bytes(mail("person"))
    (tmp_path / "deep" / "notes.txt").write_text("no mail")
    assert evaluated(tmp_path)["messages"] == 2 * len(NAMES) + 1


def test_circle_of_links_ends(tmp_path):
    (tmp_path / "x.eml").write_bytes(mail("person"))
    os.symlink(tmp_path, tmp_path / "again")
    result = evaluated(tmp_path)
    assert 1 <= result["messages"] <= 100 and result["bad"] >= 1


def write_labels(path, head=True, sep="\t", end="\n"):
    rows = [["path", "label", "platforms"]] if head else []
    for name in NAMES:
        label = "marketing" if name in TAGGED else "wanted"
        rows.append([f"{name}.eml", label] + ([name.split("-")[0] if name in TAGGED else "-"] if head else []))
    path.write_text("".join(sep.join(row) + end for row in rows))
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("sep", ["\t", ","])
@pytest.mark.parametrize("head", [True, False])
def test_labels(tmp_path, head, sep, end):
    result = evaluated("--labels", write_labels(tmp_path / "l", head, sep, end), MESSAGES)
    rows = {row["label"]: row for row in result["labels"]}
    assert set(rows) == {"marketing", "wanted"} and result["unlabelled"] == 0
    assert (rows["marketing"]["unwanted"], rows["wanted"]["unwanted"]) == (True, False)
    assert rows["marketing"]["verdicts"]["tag"] == rows["marketing"]["messages"] == len(TAGGED)
    assert (rows["marketing"]["tagged"], rows["wanted"]["tagged"]) == (1, 0)


def test_platforms_are_compared(tmp_path):
    result = evaluated("--labels", write_labels(tmp_path / "l"), MESSAGES)
    rows = {row["id"]: row for row in result["platforms"]}
    for ident in ("outreach", "salesloft", "marketo", "hubspot"):
        assert (rows[ident]["expected"], rows[ident]["hit"], rows[ident]["surplus"]) == (1, 1, 0)
    assert rows["mailchimp"]["surplus"] == 1


def test_unlabelled_mail_is_counted(tmp_path):
    (tmp_path / "l").write_text("person.eml\tpersonal\n# a remark\n\n")
    result = evaluated("--labels", tmp_path / "l", MESSAGES)
    assert result["unlabelled"] == len(NAMES) - 1 and [row["label"] for row in result["labels"]] == ["personal"]


def test_unwanted(tmp_path):
    result = evaluated("--labels", write_labels(tmp_path / "l"), "--unwanted", "wanted, other", MESSAGES)
    assert {row["label"]: row["unwanted"] for row in result["labels"]} == {"marketing": False, "wanted": True}


@pytest.mark.parametrize("text, word", [("only-a-path\n", b"line 1"), ("a.eml\tx\n\tno path\n", b"line 2")])
def test_bad_labels(tmp_path, text, word):
    (tmp_path / "l").write_text(text)
    done = antisales("evaluate", "--policy", DEFAULT, "--labels", tmp_path / "l", MESSAGES)
    assert done.returncode == 65 and word in done.stderr and b"/l" in done.stderr and done.stdout == b""


def test_missing_labels(tmp_path):
    done = antisales("evaluate", "--policy", DEFAULT, "--labels", tmp_path / "none", MESSAGES)
    assert done.returncode == 66 and b"none" in done.stderr


@pytest.fixture
def with_bad(tmp_path):
    (tmp_path / "good.eml").write_bytes(mail("person"))
    (tmp_path / "empty.eml").touch()
    (tmp_path / "prose.eml").write_text("This is no mail at all.\n")
    os.symlink(tmp_path / "nowhere", tmp_path / "dangling.eml")
    return tmp_path


def test_bad_files_are_counted_and_named(with_bad):
    result = evaluated(with_bad, with_bad / "missing")
    assert (result["messages"], result["bad"]) == (1, 4)
    named = {os.path.basename(text.split(": ")[0]) for text in result["not_read"]}
    assert named == {"empty.eml", "prose.eml", "dangling.eml", "missing"}
    text = evaluate(with_bad).decode()
    assert "1 messages, 3 could not be read" in text and text.count("not read: ") == 3


def test_bad_mails_of_an_mbox_are_numbered(tmp_path):
    write_mbox(tmp_path / "a.mbox", ["person"])
    with open(tmp_path / "a.mbox", "ab") as f:
        f.write(SEPARATOR + b"no field\n\n" + SEPARATOR + mail("outreach-pitch"))
    result = evaluated(tmp_path)
    assert result["messages"] + result["bad"] == 3 and result["verdicts"]["tag"] == 1


def test_nothing_found(tmp_path):
    done = antisales("evaluate", "--policy", DEFAULT, tmp_path)
    assert done.returncode == 66


def test_bad_policy(tmp_path):
    (tmp_path / "p.yaml").write_text("rulez: []\n")
    done = antisales("evaluate", "--policy", tmp_path / "p.yaml", MESSAGES)
    assert done.returncode == 78 and b"p.yaml:1:1: " in done.stderr


def test_json_counts_agree(from_files):
    assert all(row["found"] == row["hint"] + row["strong"] + row["certain"] for row in from_files["platforms"])
    assert from_files["messages_per_second"] > 0 and len(from_files["slowest"]) > 0
    assert {row["id"] for row in from_files["rules"]} >= {"sales-machine", "marketing-machine"}


def test_text_tells_the_same(from_files):
    text = evaluate(MESSAGES).decode()
    assert re.search(rf"^{len(NAMES)} messages, 0 could not be read, \d+ messages/s$", text, re.M)
    assert re.search(rf"^  tag +{len(TAGGED)} +50.00%$", text, re.M)
    for row in from_files["platforms"]:
        assert re.search(rf"^{row['id']} +{row['found']} +{row['certain']} +{row['strong']} +{row['hint']}$", text, re.M)


class Page(html.parser.HTMLParser):
    """Tags and attributes of a page, and whether each tag is closed."""
    VOID = {"meta", "br", "hr", "img", "link"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = set(), [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


def hostile_folder(folder):
    for name, content in ((HOSTILE, mail("outreach-pitch")), (b"bad" + HOSTILE.replace(b"/", b"\\"), b"")):
        path = os.fsencode(folder) + b"/" + name.replace(b"/", b"\\")
        with open(path, "wb") as f:
            f.write(content)
    (folder / "labels").write_text("a.eml\t<b onload='x'>&\n")
    return folder / "labels"


def test_page_is_one_harmless_file(tmp_path):
    labels = hostile_folder(tmp_path)
    text = evaluate("--html", "--labels", labels, tmp_path).decode()
    page = Page(text)
    assert page.open == []
    assert not page.tags & {"script", "img", "link", "iframe", "object", "form", "base", "a", "svg"}
    assert not re.search(r"https?:|//|url\(|@import|src=|href=", text)
    assert {name for name, _value in page.attributes} <= {"lang", "charset", "name", "content", "http-equiv", "class", "style"}
    assert "default-src 'none'" in text
    assert "<script>alert(1)" in page.text and "<b onload='x'>&" in page.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)


def test_page_tells_the_numbers(from_files):
    page = Page(evaluate("--html", MESSAGES).decode())
    assert f"{len(NAMES)} messages, 0 could not be read" in page.text
    assert "Outreach" in page.text and "sales-machine" in page.text


def test_page_is_valid_utf8_for_any_name(tmp_path):
    with open(os.fsencode(tmp_path) + b"/\xff\xfe.eml", "wb") as f:
        f.write(mail("person"))
    evaluate("--html", tmp_path).decode("utf-8")


def test_no_progress_in_a_pipe(tmp_path):
    assert antisales("evaluate", "--policy", DEFAULT, MESSAGES).stderr == b""


def test_progress_on_a_terminal(tmp_path):
    for i in range(40):
        write_mbox(tmp_path / f"{i}.mbox", NAMES * 20)
    text, status = on_terminal(ANTISALES, "evaluate", "--policy", DEFAULT, tmp_path, which="stderr")
    assert status == 0
    assert re.search(rb"\r\d+ messages, \d+ tagged", text) and text.endswith(b"\r\x1b[K")


def test_labels_of_names_with_a_path(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.eml").write_bytes(mail("person"))
    for path in ("x.eml", "b/x.eml", "a/b/x.eml"):
        (tmp_path / "l").write_text(f"{path}\tpersonal\n")
        assert evaluated("--labels", tmp_path / "l", tmp_path / "a")["unlabelled"] == 0
