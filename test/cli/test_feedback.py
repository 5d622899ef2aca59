# SPDX-License-Identifier: BSD-3-Clause
"""antisales feedback and forgive: each user one voice, the last word counts, nobody decides for all."""
import pytest
from proved import Site
from program import antisales


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture
def mail(site):
    text = site.mail("rep@acme.example", ["acme.example"], message_id="<one@acme.example>")
    site.receive(text)
    return text


def say(site, text, word, user="ann", at="2026-03-02"):
    args = ["forgive"] if word == "nothing" else ["feedback", f"--{word}"]
    return site.json(*args, "--user", user, "-", at=at, stdin=text)[0]


def voices(site):
    r = site.reputation("acme.example", at="2026-03-02")
    return r["said_sales"], r["said_wanted"]


def test_a_word_counts_once(site, mail):
    assert say(site, mail, "sales") == {"said": "sales", "about": "acme.example", "new": True, "counts": True}
    assert not say(site, mail, "sales")["new"]
    assert voices(site) == (1, 0)


def test_letter_case_makes_no_second_user(site, mail):
    say(site, mail, "sales", user="Ann")
    assert not say(site, mail, "sales", user="ANN")["new"]


def test_the_last_word_counts(site, mail):
    say(site, mail, "sales")
    say(site, mail, "wanted")
    assert voices(site) == (0, 1)


def test_forgive_takes_back(site, mail):
    before = site.reputation("acme.example", at="2026-03-02")
    say(site, mail, "sales")
    assert say(site, mail, "nothing")["new"]
    assert site.reputation("acme.example", at="2026-03-02") == before
    assert not say(site, mail, "nothing")["new"]
    assert say(site, mail, "sales")["new"] and voices(site) == (1, 0)


def test_one_user_is_one_voice_over_many_mails(site):
    for i in range(5):
        text = site.mail(f"rep{i}@acme.example", ["acme.example"])
        site.receive(text)
        say(site, text, "sales")
    assert voices(site) == (1, 0)


def test_many_users_are_many_voices_up_to_the_policys_bound(site, mail):
    seen = []
    for i in range(8):
        say(site, mail, "sales", user=f"u{i}")
        seen.append(site.reputation("acme.example", at="2026-03-02")["evidence_sales"])
    assert voices(site) == (8, 0)
    assert seen == [3, 6, 9, 12, 15, 15, 15, 15]


def test_one_users_word_decides_for_nobody(site, mail):
    say(site, mail, "sales")
    judged = site.receive(site.mail("rep@acme.example", ["acme.example"]), at="2026-03-02")
    assert judged["verdict"] == "pass" and judged["facts"]["reputation.said_sales"] == 1


def test_what_nobody_proved_counts_for_nobody(site, mail):
    forged = site.mail("rep@acme.example", [])
    assert not say(site, forged, "sales")["counts"]
    assert voices(site) == (0, 0)


def test_what_was_said_is_taken_back_though_the_mail_proves_nothing_now(site, mail):
    say(site, mail, "sales")
    bare = mail.replace(b"dkim=pass", b"dkim=fail")
    assert say(site, bare, "nothing")["new"]
    assert voices(site) == (0, 0)


def test_a_mail_without_message_id(site):
    text = site.mail("rep@acme.example", ["acme.example"]).replace(b"Message-ID", b"X-Old-ID")
    assert say(site, text, "wanted")["new"] and not say(site, text, "wanted")["new"]


def test_the_store_names_no_user(site, mail):
    say(site, mail, "sales", user="annabella")
    assert b"annabella" not in (site.folder / "store" / "data.mdb").read_bytes()


def test_words_for_people(site, mail):
    assert site.run("feedback", "--sales", "--user", "ann", "-", stdin=mail).stdout == b"noted, about acme.example\n"
    assert site.run("feedback", "--sales", "--user", "ann", "-", stdin=mail).stdout == b"said before, nothing changes\n"
    assert site.run("forgive", "--user", "ann", "-", stdin=mail).stdout == b"taken back, about acme.example\n"


@pytest.mark.parametrize("args, code", [
    (["feedback"], 64), (["feedback", "--sales", "--wanted"], 64), (["forgive", "--sales"], 64), (["feedback", "--sales", "a", "b"], 64),
    (["feedback", "--sales", "/nonexistent.eml"], 66), (["feedback", "--sales", "--user", "ann", "-"], 65)])
def test_mistakes(site, args, code):
    done = site.run(*args)
    assert done.returncode == code and f"antisales {args[0]}: ".encode() in done.stderr and done.stdout == b""


@pytest.mark.parametrize("command", ["feedback", "forgive"])
def test_help(command):
    assert antisales(command, "--help").stdout.startswith(f"Usage: antisales {command} ".encode())
