# SPDX-License-Identifier: BSD-3-Clause
"""antisales dossier: what an organisation did to those who were named, and to nobody else."""
import email
import email.policy
import json
import re

import pytest
from journaling import Journal
from program import POLICIES, antisales, printable
from proved import Site

ANN, BOB = "ann@example.com", "bob@example.com"
NAMED = ["--person", ANN]
SCRIPT = "<script>alert('1')</script>"


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def touch(site, day, rcpt=ANN, domain="acme.example", account=None, **how):
    signers = [domain] + (["mktdns.com"] if account else [])
    return site.receive(site.mail(f"rep@{domain}", signers, account, **how), at=f"2026-03-{day:02}T12:00:00Z", rcpt=rcpt)


@pytest.fixture
def journal(site):
    site.run("relation", "add", "first.example")
    return Journal(site.folder / "journal.jsonl", site.folder / "store" / "site.key")


def change(site, *args, **how):
    done = site.run(*args, **how)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().split()


@pytest.fixture
def story(site, journal):
    """Ann and Bob were touched; Ann opted out and was written to again; an address of hers, and one of his, was sold."""
    for day in (1, 2):
        touch(site, day, account="123-ABC-456")
    touch(site, 2, domain="try-acme.example", account="123-ABC-456", rcpt=BOB)
    change(site, "optout", "add", "acme.example", *NAMED, at="2026-03-02")
    change(site, "optout", "add", "acme.example", "--person", BOB, at="2026-03-03")
    for day in (3, 6, 9):
        touch(site, day)
    touch(site, 8, rcpt=BOB)
    site.sold = {who: change(site, "address", "issue", who, "--for", "shop.example", "--purpose", f"of {who[:3]}")[0] for who in (ANN, BOB)}
    for address in site.sold.values():
        touch(site, 10, rcpt=address)
    site.lines = [journal.add(ANN), journal.add(BOB), journal.add(ANN, BOB), journal.add(ANN, domain="other.example"),
                  journal.add(site.sold[ANN], sha256="ab" * 32,
                              facts={"address.issued_to": "shop.example", "address.sold_by": "acme.example"}),
                  journal.add("carol@example.com")]
    site.journal = journal
    return site


def dossier(site, *args, name="acme.example", at="2026-03-20"):
    done = site.run("dossier", name, *args, "--journal", site.journal.path, "--format", "json", at=at)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# -- what is in it

def test_the_organisation_alone(story):
    told = dossier(story)
    assert {m["name"] for m in told["members"]} == {"acme.example", "try-acme.example", "marketo:123-abc-456"}
    assert {e["a"] for e in told["joins"]} | {e["b"] for e in told["joins"]} == {m["name"] for m in told["members"]}
    assert all(e["mails"] > 0 and e["active"] and not e["by_hand"] for e in told["joins"])
    assert told["people"] == 2 and told["persons"] == [] and "example.com" not in json.dumps(told)


def test_joined_by_hand_is_told(story):
    touch(story, 11, domain="friend.example", rcpt=BOB)
    change(story, "org", "join", "acme.example", "friend.example", at="2026-03-12")
    assert [e["first_seen"] for e in dossier(story)["joins"] if e["by_hand"]] == ["2026-03-12"]
    text = story.run("dossier", "acme.example").stdout.decode()
    assert re.search(r"friend\.example: joined by hand on 2026-03-12|= acme\.example: joined by hand on 2026-03-12", text)


def test_events_agree_with_the_timeline(story):
    (ann,) = dossier(story, *NAMED)["persons"]
    told = [{k: v for k, v in e.items() if k != "person"} for e in story.json("timeline", "acme.example", *NAMED, at="2026-03-20")]
    assert ann["events"] == told and [e["touch"] for e in told] == [1, 2, 3, 4, 5, 6]


def test_opt_outs_agree_with_the_list(story):
    (ann,) = dossier(story, *NAMED)["persons"]
    (listed,) = story.json("optout", "list", "acme.example", *NAMED, at="2026-03-20")
    (told,) = ann["optouts"]
    assert {k: told[k] for k in ("name", "since", "deadline", "after", "overdue")} == {k: v for k, v in listed.items() if k != "person"}
    assert [(m["at"][:10], m["overdue"]) for m in told["mails"]] == [
        ("2026-03-03", False), ("2026-03-06", True), ("2026-03-09", True), ("2026-03-10", True)]


def test_addresses_that_were_sold(story):
    (ann,) = dossier(story, *NAMED)["persons"]
    (address,) = ann["addresses"]
    assert (address["address"], address["issued_to"], address["sold_by"]) == (story.sold[ANN], "shop.example", "acme.example")
    (holder,) = dossier(story, *NAMED, name="shop.example")["persons"]
    assert holder["addresses"] == ann["addresses"]


def test_decisions_of_the_journal(story):
    (ann,) = dossier(story, *NAMED)["persons"]
    first, several, sold = ann["decisions"]
    assert (first["n"], first["chain"]) == story.lines[0] and (several["n"], sold["n"]) == (3, 5)
    assert first["findings"] == [{"id": "machine", "points": 55}, {"id": "sequence", "points": 15}] and first["intact"]
    assert (first["id"], first["verdict"], first["score"], first["platform"]) == ("id1", "tag", 70, "Outreach")
    assert "findings" not in several, "they may be Bob's"
    assert (sold["issued_to"], sold["sold_by"], sold["sha256"]) == ("shop.example", "acme.example", "ab" * 32)


def test_recipients_in_clear(story):
    story.journal.add("Ann+news@example.com", BOB, plain=True)
    story.journal.add(story.sold[ANN], plain=True)
    assert [d["n"] for d in dossier(story, *NAMED)["persons"][0]["decisions"]] == [1, 3, 5, 7, 8]


@pytest.mark.parametrize("name", ["try-acme.example", "marketo:123-ABC-456", "www.acme.example", "rep@acme.example"])
def test_by_any_of_its_names(story, name):
    told, wanted = dossier(story, *NAMED, name=name), dossier(story, *NAMED)
    assert told.pop("asked") == name and wanted.pop("asked") == "acme.example" and told == wanted


def test_rotated_files_are_read_in_order(story):
    old = story.folder / "journal.1"
    story.journal.path.rename(old)
    story.journal.add(ANN)
    told = dossier(story, *NAMED, "--journal", old)
    assert told["journal"]["verified"] and [d["n"] for d in told["persons"][0]["decisions"]] == [1, 3, 5, 7]
    done = story.run("dossier", "acme.example", "--json", *NAMED, "--journal", story.journal.path, "--journal", old)
    assert json.loads(done.stdout)["journal"]["findings"][0]["finding"] == "line number 1 stands behind number 7"


def test_what_was_done_to_the_journal_is_told(story):
    lines = story.journal.path.read_text().splitlines(keepends=True)
    for changed, verified, intact in [
            ([lines[0].replace('"score":70', '"score":71'), *lines[1:]], False, [False, True, True]),
            (lines[:1] + lines[2:], False, [True, True, True]), (lines[:5], True, [True, True, True]),
            (lines[:5] + [lines[5].replace("tag", "pass")], True, [True, True, True])]:
        story.journal.path.write_text("".join(changed))
        told = dossier(story, *NAMED)
        assert told["journal"]["verified"] == verified == (told["journal"]["findings"] == [])
        assert [d["intact"] for d in told["persons"][0]["decisions"]] == intact
    assert b"nothing is missing or changed" in story.run("dossier", "acme.example", *NAMED, "--journal", story.journal.path).stdout


def test_the_configurations_journal(story):
    story.config.write_text(story.config.read_text() + f"journal: {story.folder}/own.jsonl\n")
    done = story.run("dossier", "acme.example", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["journal"] is None
    change(story, "relation", "add", "supplier.example")
    assert json.loads(story.run("dossier", "acme.example", "--json").stdout)["journal"]["lines"] == 1
    assert story.run("dossier", "acme.example", "--journal", story.folder / "absent").returncode == 66


# -- what is not

OF_BOB = [BOB, "bob", "of bob", "person#"]


@pytest.mark.parametrize("form", ["text", "html", "json"])
def test_nobody_elses_data(story, form):
    others = [*OF_BOB, story.sold[BOB], story.journal.recipient(BOB), story.journal.recipient(ANN), "carol", "id2", "id6",
              story.lines[1][1], "2026-03-08", "other.example"]
    told = story.run("dossier", "acme.example", *NAMED, "--journal", story.journal.path, "--format", form, at="2026-03-20").stdout.decode()
    assert ANN in told and "2026-03-09" in told and story.sold[ANN] in told and "of ann" in told
    assert [word for word in others if word in told] == []


@pytest.mark.parametrize("form", ["text", "html", "json"])
def test_nobodys_data_when_nobody_is_named(story, form):
    told = story.run("dossier", "acme.example", "--journal", story.journal.path, "--format", form, at="2026-03-20").stdout.decode()
    assert "acme.example" in told
    assert [w for w in ("example.com", "ann", "bob", "person#", "shop.example", "id1", "touch 1", "told acme") if w in told] == []


def test_an_account_that_many_use_is_in_no_other_dossier(story):
    (ann,) = dossier(story, *NAMED, name="other.example")["persons"]
    assert [d["n"] for d in ann["decisions"]] == [4] and ann["events"] == ann["optouts"] == ann["addresses"] == []


def test_a_person_named_twice_counts_once(story):
    assert len(dossier(story, *NAMED, "--person", "Ann+x@example.com")["persons"]) == 1


# -- hostile words

def test_hostile_words_are_escaped(story):
    change(story, "address", "issue", ANN, "--for", "acme.example", "--purpose", "\x1b[2J<b>&\"'\n", at="2026-03-04")
    story.receive(story.mail("rep@acme.example", ["acme.example"]).replace(
        b"Subject: Quick question", f"Subject: Your copy of {SCRIPT} & more".encode()), at="2026-03-11")
    story.journal.add(ANN, facts={"platform.name": f"\x1b]0;x\x07\x9b{SCRIPT}", "address.sold_by": SCRIPT, "address.issued_to": "\u202e"},
                      id=SCRIPT, at="\r\n<i>", sha256="</li>")
    story.journal.add(ANN, facts={"org.domain": ["acme.example"]}, findings="none")
    options = ["acme.example", *NAMED, "--journal", story.journal.path]
    text = story.run("dossier", *options).stdout
    assert printable(text) and SCRIPT.encode() in text
    page = story.run("dossier", *options, "--format", "html").stdout
    assert printable(page) and page.startswith(b"<!DOCTYPE html>") and page.rstrip().endswith(b"</html>")
    for tag in (b"<script", b"<b>", b"<i>"):
        assert tag not in page
    assert b"&lt;script&gt;alert(&#39;1&#39;)" in page and b"default-src 'none'" in page and b"<svg" in page
    assert b"http" not in page.replace(b"http-equiv", b"").replace(b"http://www.w3.org/2000/svg", b"")
    assert page.count(b"<li>") == page.count(b"</li>") and page.count(b"<ul>") == page.count(b"</ul>")
    told = json.loads(story.run("dossier", *options, "--json").stdout)
    assert told["persons"][0]["decisions"][-1]["id"] == SCRIPT


@pytest.mark.parametrize("line", ["", "{}", "null", "[" * 100000, '{"facts":{"org.domain":"acme.example"},"recipients":7}',
                                  '{"facts":{"org.domain":"acme.example"},"recipients":[7,{"to":"@"},{"to":"\\u0000"},{}]}'])
def test_lines_that_are_no_decisions(story, line):
    before = dossier(story, *NAMED)["persons"]
    with open(story.journal.path, "a") as f:
        f.write(line + "\n")
    assert dossier(story, *NAMED)["persons"] == before


# -- mistakes

@pytest.mark.parametrize("words, status", [
    ([], 64), (["a.example", "b.example"], 64), (["nobody.example"], 66), (["not a name"], 65), (["acme.example", "--person", "x"], 65),
    (["acme.example", "--format", "xml"], 64), (["nobody.example", *NAMED], 66)])
def test_mistakes_are_told(story, words, status):
    done = story.run("dossier", *words)
    assert done.returncode == status and done.stderr and done.stdout == b""


def test_reading_changes_nothing(story):
    before = (story.folder / "store" / "data.mdb").read_bytes()
    dossier(story, *NAMED)
    assert (story.folder / "store" / "data.mdb").read_bytes() == before


def test_verify_agrees(story):
    done = antisales("journal", "verify", "--config", story.config, story.journal.path)
    assert done.returncode == 0, done.stdout


# -- a report to send

REPORTED = f"""Return-Path: <bounce+bob=example.com@mail.acme.example>
Delivered-To: bob@example.com
Received: from mx.example.com by localhost (Dovecot) with LMTP; Fri, 6 Mar 2026 12:00:02 +0000
Received: from mail.acme.example (mail.acme.example [192.0.2.5])
 by mx.example.com (Postfix) with ESMTP id 4Q for <bob@example.com>;
 Fri, 6 Mar 2026 12:00:01 +0000
Received: from app.acme.example by mail.acme.example for <bob@example.com>; Fri, 6 Mar 2026 12:00:00 +0000
Authentication-Results: mx.example.com; dkim=pass header.d=acme.example
X-Anti-Sales: sales (78/100); touch 4
From: Rep <rep@acme.example>
To: Ann Archer <Ann+news@example.com>, Bob Builder <bob@example.com>, =?utf-8?q?bob=40example=2Ecom?= <jo@partner.example>
Cc: "bob builder"@sub.example.com
Subject: =?utf-8?b?Rm9yIGJvYkBleGFtcGxlLmNvbQ==?=
X-Note: =?utf-8?q?caf=C3=A9?= bob%40example.com,BOB@EXAMPLE.COM
List-Unsubscribe: <https://acme.example/u?e=bob%40example.com&f=ann@example.com>,
\t<mailto:u+bob=example.com@acme.example>
Message-ID: <1@acme.example>
Date: Fri, 6 Mar 2026 11:59:59 +0000

Hi Bob, secret body
"""


def report(site, *args, mail=REPORTED, person=NAMED):
    done = site.run("dossier", "acme.example", *person, "--format", "arf", "--mail", "-", *args, stdin=mail.encode(), at="2026-03-20")
    assert done.returncode == 0, done.stderr
    return email.message_from_bytes(done.stdout, policy=email.policy.strict), done.stdout.decode()


def test_the_report_is_one_of_rfc_5965(story):
    parsed, _text = report(story, "--client", "192.0.2.5")
    assert parsed.get_content_type() == "multipart/report" and parsed.get_param("report-type") == "feedback-report"
    human, machine, headers = parsed.get_payload()
    assert [p.get_content_type() for p in (human, machine, headers)] == ["text/plain", "message/feedback-report", "text/rfc822-headers"]
    fields = machine.get_payload(0)
    assert re.fullmatch(r"Anti-Sales/[0-9.]+", fields["User-Agent"])
    assert {k: v for k, v in fields.items() if k != "User-Agent"} == {
        "Feedback-Type": "abuse", "Version": "1", "Original-Mail-From": "<redacted=example.com@mail.acme.example>",
        "Arrival-Date": "Fri, 6 Mar 2026 12:00:02 +0000", "Source-IP": "192.0.2.5", "Reported-Domain": "acme.example",
        "Authentication-Results": "mx.example.com; dkim=pass header.d=acme.example"}
    assert "acme.example" in human.get_content() and f"{ANN}: 6 mails" in human.get_content()
    assert all(not part.defects for part in parsed.walk())


def test_the_report_names_nobody_else(story):
    parsed, text = report(story)
    headers = email.message_from_string(parsed.get_payload(2).get_content(), policy=email.policy.default)
    assert not re.search(r"bob|builder|Q20=|Rm9y|secret body|X-Anti-Sales", text, re.I)
    assert headers["To"] == "Ann+news@example.com, redacted@example.com, jo@partner.example"
    assert headers["Cc"] == "redacted@sub.example.com" and headers["Subject"] == "For redacted@example.com"
    assert "ann@example.com" in headers["List-Unsubscribe"] and "redacted%40example.com" in headers["List-Unsubscribe"]
    assert [r.split()[1] for r in headers.get_all("Received")] == ["app.acme.example"]
    assert headers["Message-ID"] == "<1@acme.example>" and headers["From"] == "Rep <rep@acme.example>"


def test_the_domains_of_the_configuration_are_ours_too(story):
    story.config.write_text(story.config.read_text() + "domains: [board.example, example.com]\n")
    mail = REPORTED.replace("jo@partner.example", "bob@board.example")
    _parsed, text = report(story, mail=mail, person=[])
    assert "bob" not in text.lower() and "ann" not in text.lower() and "redacted@board.example" in text


def test_the_report_keeps_addresses_issued_to_those_named(story):
    _parsed, text = report(story, mail=REPORTED.replace("bob@example.com", story.sold[ANN]))
    assert story.sold[ANN] in text
    _parsed, text = report(story, mail=REPORTED.replace("bob@example.com", story.sold[BOB]))
    assert "bob+shop" not in text


def test_an_organisation_may_be_reported_that_is_not_remembered(site):
    change(site, "relation", "add", "first.example")
    parsed, _text = report(site, mail="From: rep@acme.example\n\nx\n")
    assert parsed.get_payload(1).get_payload(0)["Original-Mail-From"] == "<rep@acme.example>"


def test_a_hostile_mail_stays_in_its_part(story):
    mail = ("From: \x1b[2J\x9b<rep@acme.example>\nX-A: a\n \n\t--=_antisales_\nX-B:" + " bob@example.com" * 20000
            + "\nX-C: " + "a-" * 40000 + "@example.com\nSubject: a\rFeedback-Type: not-spam\n\n")
    parsed, text = report(story, mail=mail)
    assert len(parsed.get_payload()) == 3 and printable(text.encode()) and "bob" not in text and "\nFeedback-Type: not" not in text


@pytest.mark.parametrize("words, mail, status", [
    (["--format", "arf", *NAMED], b"", 64), (["--mail", "-", *NAMED], REPORTED.encode(), 64), (["--format", "arf", "--mail", "-"], b"", 64),
    (["--format", "arf", "--mail", "-", *NAMED], b"", 65), (["--format", "arf", "--mail", "-", *NAMED], b"no mail", 65),
    (["--format", "arf", "--mail", "/absent", *NAMED], b"", 66)])
def test_what_cannot_be_reported(story, words, mail, status):
    done = story.run("dossier", "acme.example", *words, stdin=mail)
    assert done.returncode == status and done.stderr and done.stdout == b""


# -- a letter to send

def letter(site, *args, name="acme.example", person=NAMED, status=0):
    done = site.run("dossier", name, *person, "--format", "letter", *args, at="2026-03-20")
    assert done.returncode == status and printable(done.stdout), done.stderr
    return done.stdout.decode() if status == 0 else done.stderr.decode()


@pytest.mark.parametrize("language, words", [
    ([], ["Article 15", "Article 21", "there are 6 of them so far", "until 2026-03-04", "told\nyou: 4."]),
    (["--language", "en"], ["Article 15"]),
    (["--language", "de"], ["Artikel 15", "Artikel 21", "bisher sind es 6", "bis zum 2026-03-04", "kamen: 4.", "Grüßen"])])
def test_a_letter(story, language, words):
    text = letter(story, *language)
    for word in [*words, ANN, "acme.example", "2026-03-01", "2026-03-02", "shop.example"]:
        assert word in text, word
    assert not re.search(r"[{}\[\]]|\n\n\n|bob|illegal|unlawful|rechtswidrig", text)


def test_paragraphs_are_there_when_there_is_something_to_say(story):
    touch(story, 11, domain="quiet.example")
    text = letter(story, name="quiet.example")
    assert "there are 1 of them" in text and "shop.example" not in text and "heeded" not in text
    change(story, "optout", "add", "early.example", *NAMED, at="2026-03-12")
    text = letter(story, name="early.example")
    assert "until 2026-03-1" in text and "of them so far" not in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_templates_use_what_there_is(language):
    text = (POLICIES / "letters" / f"{language}.txt").read_text()
    assert set(re.findall(r"\{(.*?)\}", text)) == {"org", "person", "since", "touches", "optout_since", "deadline", "after", "issued_to"}
    assert set(re.findall(r"^\[(.*?)\]$", text, re.M)) == {"touches", "optout", "sold"}


@pytest.fixture
def template(story):
    """One of the site's own, beside its policy."""
    (story.folder / "letters").mkdir()
    policy = story.folder / "p.yaml"
    policy.write_text(f"policy: p\nplatforms: {POLICIES}/platforms\nverdicts: {{tag: 50, quarantine: never, reject: never}}\n")
    return story.folder / "letters" / "en.txt", ["--policy", policy]


def test_an_own_template(story, template):
    path, options = template
    path.write_text("\n\n[optout] {after}\r\n[x] {person}\n\n\n[sold]\n{issued_to}\n\n\n{org}{org}")
    assert letter(story, *options) == f"4\n[x] {ANN}\n\nshop.example\n\nacme.exampleacme.example\n"


@pytest.mark.parametrize("text, message", [
    ("a\nb {afer}\n", '2: unknown placeholder "afer", did you mean "after"?'), ("{", "1: '{' is not closed"),
    ("\n\n[otpout]\nx\n", '3: unknown condition "otpout", did you mean "optout"?'), ("{}", '1: unknown placeholder ""'),
    ("[sold]\n\nx {%s}\n", '3: unknown placeholder "%s"')])
def test_mistakes_in_a_template(story, template, text, message):
    path, options = template
    path.write_text(text)
    assert f"{path}:{message}" in letter(story, *options, name="try-acme.example", status=65)


@pytest.mark.parametrize("words, status", [
    (["--language", "../../letters/en"], 66), (["--language", "xx"], 66), (["--language", ""], 66), (["--person", BOB], 64)])
def test_what_cannot_be_written(story, words, status):
    letter(story, *words, status=status)


def test_no_letter_about_nothing(story):
    assert "nothing is remembered of acme.example and carol@" in letter(story, person=["--person", "carol@example.com"], status=66)
    letter(story, person=[], status=64)
