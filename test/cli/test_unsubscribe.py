# SPDX-License-Identifier: BSD-3-Clause
"""antisales unsubscribe: one POST or one mail, to nobody who did not prove himself, and what is noted of it."""
import http.server
import json
import re
import ssl
import subprocess
import threading
import time

import pytest
from program import ANTISALES, ANTISALESD, antisales, printable, run
from proved import FILTER, Site
from signing import SELECTOR, Key, NameServer, openssl, signed

ANN = "ann@example.com"
POST = ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
MAILTO = "<mailto:leave@acme.example?subject=stop>"
FAILED, NOT_SAFE = 69, 77


class Other(http.server.BaseHTTPRequestHandler):
    """The other side's server: the last part of the path says how it answers."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        getattr(self, "answer_" + self.path.rsplit("/", 1)[1])()

    do_GET = do_HEAD = do_PUT = do_POST

    def log_message(self, *_):
        pass

    def answer(self, code, body=b"", **fields):
        self.send_response(code)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_yes(self):
        self.answer(200, b"gone", **{"Set-Cookie": "id=1"})

    def answer_accepted(self):
        self.answer(202)

    def answer_broken(self):
        self.answer(500)

    def answer_forbidden(self):
        self.answer(401, **{"WWW-Authenticate": "Basic realm=x"})

    def answer_elsewhere(self):
        self.answer(302, Location=f"https://localhost:{self.server.server_port}/u/yes")

    def answer_same(self):
        self.answer(307, Location="yes")

    def answer_large(self):
        self.answer(200, b"x" * (1 << 20))

    def answer_wordy(self):
        self.answer(200, **{f"X-Field-{i}": "x" * 8000 for i in range(20)})

    def answer_slow(self):
        time.sleep(8)

    def answer_dripping(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(80):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)


class Server(http.server.ThreadingHTTPServer):
    """On loopback, with TLS, as "localhost" or as whom its certificate says."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), Other)
        self.asked = []
        self.ca = certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Who hangs up is what is tested."""

    def url(self, how):
        return f"https://localhost:{self.server_port}/u/{how}"


def make_certificate(path, name):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(path), "-out", f"{path}.crt", "-days", "2", "-subj",
            f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    path.write_bytes(path.read_bytes() + (path.parent / f"{path.name}.crt").read_bytes())
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("unsubscribe")


@pytest.fixture(scope="module")
def key(folder):
    return Key(folder)


@pytest.fixture(scope="module")
def names(key):
    with NameServer({f"{SELECTOR}._domainkey.{d}": key.record for d in ("acme.example", "evil.example")}) as server:
        yield server


@pytest.fixture(scope="module")
def certificate(folder):
    return make_certificate(folder / "localhost.pem", "localhost")


@pytest.fixture
def other(certificate):
    server = Server(certificate)
    yield server
    server.shutdown()
    server.server_close()


class Verifying(Site):
    """Verifies DKIM here, writes mails with a program that only notes what it gets, and keeps a journal."""

    def __init__(self, folder, names, key):
        super().__init__(folder)
        self.key, self.journal, self.sendmail = key, folder / "journal", folder / "sendmail"
        text = self.config.read_text().replace("authentication: results", "authentication: verify")
        self.config.write_text(f"{text}resolvers: ['127.0.0.1@{names.port}']\njournal: {self.journal}\n")
        self.write_sendmail("exit 0")

    def write_sendmail(self, end):
        self.sendmail.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {self.folder}/arguments\ncat > {self.folder}/written\n'
                                 f"echo noise\n{end}\n")
        self.sendmail.chmod(0o755)

    def believe_results(self):
        self.config.write_text(self.config.read_text().replace("authentication: verify", "authentication: results"))

    def signed(self, *covered, domain="acme.example", extra=()):
        return signed(self.key, domain, "rep@acme.example", covered=covered, extra=extra)

    def unsubscribe(self, text, *args, person=ANN, **env):
        """Trusts what the test trusts."""
        return antisales("unsubscribe", "--config", self.config, "--at", "2026-03-02", "--person", person,
                         "--sendmail", self.sendmail, *args, stdin=text, **env)

    def opted_out(self):
        return self.json("optout", "list", "--person", ANN, at="2026-03-03")

    def written(self):
        path = self.folder / "written"
        return (path.read_text(), (self.folder / "arguments").read_text().split("\n")[:-1]) if path.exists() else None

    def untouched(self):
        return self.opted_out() == [] and not self.journal.exists()


@pytest.fixture
def site(tmp_path, names, key):
    return Verifying(tmp_path, names, key)


def offer(*uris):
    return ("List-Unsubscribe", ", ".join(uris))


def local(other):
    return ["--allow-loopback", "--ca", other.ca]


def click(site, other, how="yes", *args, **env):
    return site.unsubscribe(site.signed(offer(f"<{other.url(how)}>"), POST), *local(other), *args, **env)


def refused(site, text, *args, why, status=NOT_SAFE, **how):
    """Nothing was sent and nothing noted."""
    done = site.unsubscribe(text, *args, **how)
    assert done.returncode == status and done.stdout == b"" and why in done.stderr.decode(), (done.returncode, done.stderr)
    assert printable(done.stderr) and site.untouched()
    return done


def test_one_click(site, other):
    done = click(site, other)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"unsubscribed from acme.example: {other.url('yes')} answered 200\n"
    [(method, path, fields, body)] = other.asked
    assert (method, path, body) == ("POST", "/u/yes", b"List-Unsubscribe=One-Click")
    assert fields == {"Host": f"localhost:{other.server_port}", "User-Agent": "List-Unsubscribe", "Accept": "*/*",
                      "Content-Length": "26", "Content-Type": "application/x-www-form-urlencoded"}
    [said] = site.opted_out()
    assert (said["name"], said["person"], said["since"]) == ("acme.example", ANN, "2026-03-02")
    line = json.loads(site.journal.read_text())
    assert (line["change"], line["about"]) == ("unsubscribe", "acme.example") and ANN not in site.journal.read_text()
    assert site.written() is None


def test_json(site, other):
    done = click(site, other, "accepted", "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {
        "name": "acme.example", "person": ANN, "way": "one-click", "to": other.url("accepted"), "answer": 202, "done": True}


def test_an_opt_out_that_is_not_heeded_is_a_breach(site, other):
    assert click(site, other).returncode == 0
    site.believe_results()
    site.receive(site.mail("rep@acme.example", ["acme.example"]), at="2026-03-20")
    [said] = site.opted_out()
    assert (said["after"], said["overdue"]) == (1, 1)


def test_one_click_comes_first(site, other):
    done = site.unsubscribe(site.signed(offer(MAILTO, f"<{other.url('yes')}>"), POST), *local(other))
    assert done.returncode == 0 and len(other.asked) == 1 and site.written() is None


def test_neither_proxies_nor_a_netrc_count(site, other, tmp_path):
    (tmp_path / ".netrc").write_text("machine localhost login ann password secret\n")
    done = click(site, other, "yes", HOME=str(tmp_path), **{v: "http://127.0.0.1:9" for v in ("https_proxy", "HTTPS_PROXY", "all_proxy")})
    assert done.returncode == 0 and "Authorization" not in other.asked[0][2]


def test_a_dry_run_does_nothing(site, other):
    site.receive(site.mail("rep@acme.example"))
    done = click(site, other, "yes", "--dry-run")
    assert (done.returncode, done.stdout.decode()) == (0, f"would unsubscribe from acme.example: {other.url('yes')}\n")
    done = site.unsubscribe(site.signed(offer(MAILTO)), "--dry-run", "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {
        "name": "acme.example", "person": ANN, "way": "mail", "to": "leave@acme.example",
        "no_click": "no List-Unsubscribe-Post offers it", "done": False}
    assert other.asked == [] and site.written() is None and site.untouched()


@pytest.mark.parametrize("how, why", [
    ("broken", "the answer is 500"), ("forbidden", "the answer is 401"), ("large", "longer than 64 KiB"), ("wordy", "longer than 64 KiB"),
    ("elsewhere", "the answer is 302, a redirect, which is not followed"), ("same", "307, a redirect")])
def test_any_other_answer_is_a_failure(site, other, how, why):
    text = site.signed(offer(f"<{other.url(how)}>", MAILTO), POST)
    refused(site, text, *local(other), why=why, status=FAILED)
    assert len(other.asked) == 1 and site.written() is None


@pytest.mark.parametrize("how", ["slow", "dripping"])
def test_a_slow_answer_is_not_waited_for(site, other, how):
    begun = time.monotonic()
    refused(site, site.signed(offer(f"<{other.url(how)}>"), POST), *local(other), why="no answer within 5 seconds", status=FAILED)
    assert 4.5 < time.monotonic() - begun < 7


def test_a_server_that_is_not_there(site, other):
    text = site.signed(offer(f"<{other.url('yes')}>"), POST)
    other.shutdown()
    other.server_close()
    refused(site, text, *local(other), why="not unsubscribed: ", status=FAILED)


@pytest.mark.parametrize("name, trusted", [("localhost", False), ("other.example", True)])
def test_a_wrong_certificate(site, folder, certificate, name, trusted):
    """One that nobody trusts, and one of somebody else."""
    server = Server(make_certificate(folder / f"wrong-{name}.pem", name))
    text = site.signed(offer(f"<{server.url('yes')}>"), POST)
    refused(site, text, "--allow-loopback", "--ca", server.ca if trusted else certificate, why="SSL", status=FAILED)
    refused(site, text, "--allow-loopback", why="SSL", status=FAILED)
    server.shutdown()
    assert server.asked == []


@pytest.mark.parametrize("url, why", [
    ("http://localhost/u", "no HTTPS URL"), ("ftp://localhost/u", "no HTTPS URL"), ("HTTPS:localhost", "cannot be read"),
    ("https://u@acme.example/u", "names a user"), ("https://u:p@acme.example/u", "names a user"), ("https://@acme.example/", "names a user"),
    ("https://acme.example\\@evil.example/", "names a user"), ("https://198.51.100.1/u", "an IP address"), ("https://8.8.8.8./", "an IP address"),
    ("https://[2606:4700::1111]/u", "an IP address"), ("https://0x7f.1/", "an IP address"), ("https://2130706433/", "an IP address"),
    ("https://%31%32%37.0.0.1/", "an IP address"), ("https://acme.example:8443/u", "a port of its own"),
    ("https://acme.example:80/u", "a port of its own"), ("https://acme.example:99999/u", "cannot be read"),
    ("https://acme.example/" + "x" * 2000, "longer than 2000 bytes"), ("https://acme.example/\u00fc", "not printable ASCII"),
    ("https://acme.example/\x1b[2J", "not printable ASCII"), ("https:///", "cannot be read"), ("https://", "cannot be read")])
def test_urls_that_are_never_asked(site, url, why):
    refused(site, site.signed(offer(f"<{url}>"), POST), why=why)


def test_a_name_that_leads_inside(site):
    """The address itself is looked at, right before it would be connected to."""
    refused(site, site.signed(offer("<https://localhost/u>"), POST), why="its host is at an address that is never asked: ")


def test_another_address_than_loopback_stays_refused(site, other):
    refused(site, site.signed(offer("<https://127.0.0.1/u>"), POST), *local(other), why="an IP address")


@pytest.mark.parametrize("fields", [[], [("List-Unsubscribe-Post", "yes")], [("List-Unsubscribe-Post", "List-Unsubscribe=Two-Clicks")]])
def test_without_its_field_one_click_is_not_offered(site, other, fields):
    refused(site, site.signed(offer(f"<{other.url('yes')}>"), *fields), *local(other), why="no List-Unsubscribe-Post offers it")
    assert other.asked == []


def test_fields_that_nobody_signed(site, other):
    """Neither of them, or one; or a second copy of one above those that were signed."""
    link = offer(f"<{other.url('yes')}>")
    for text in (site.signed(extra=[link, POST]), site.signed(link, extra=[POST]), site.signed(POST, extra=[link]),
                 site.signed(link, POST, extra=[POST])):
        refused(site, text, *local(other), why="covers List-Unsubscribe and List-Unsubscribe-Post")
    refused(site, site.signed(link, POST, extra=[link]), *local(other), why="nobody proved to have sent the mail")
    refused(site, site.signed(link, link, POST), *local(other), why="more than one List-Unsubscribe")
    assert other.asked == []


def test_fields_that_somebody_else_signed(site, other):
    """A copy of a mail of theirs, with the fields and the signature of another domain put on top."""
    outer = signed(site.key, "evil.example", "rep@acme.example", covered=[offer(f"<{other.url('yes')}>"), POST]).split(b"\r\n\r\n")[0]
    theirs = site.signed()
    on_top = [line for line in outer.split(b"\r\n") if line.startswith((b"DKIM-", b"List-"))]
    refused(site, b"\r\n".join(on_top) + b"\r\n" + theirs, *local(other), why="no signature of its sender holds and covers")
    assert other.asked == []


def test_nobody_who_did_not_prove_himself(site, other):
    link = offer(f"<{other.url('yes')}>", MAILTO)
    text = site.signed(link, POST)
    unknown = site.signed(link, POST, domain="nokey.example")
    for mail in (text.replace(b"numbers are", b"numbers were"), text.replace(b"DKIM-Signature", b"X-Signature"), unknown):
        refused(site, mail, *local(other), why="nobody proved to have sent the mail")
    assert other.asked == [] and site.written() is None


def test_results_of_a_filter_do_not_tell_what_was_signed(site, other):
    """So one click is not for them, but a mail is."""
    site.believe_results()
    results = ("Authentication-Results", f"{FILTER}; dkim=pass header.d=acme.example")
    link = f"<{other.url('yes')}>"
    refused(site, site.signed(offer(link), POST, extra=[results]), *local(other), why="a filter in front verified it")
    done = site.unsubscribe(site.signed(offer(link, MAILTO), POST, extra=[results]), *local(other))
    assert done.returncode == 0 and b"no one click: what its signature covers is not known" in done.stdout
    assert other.asked == [] and site.written() is not None and len(site.opted_out()) == 1


def test_a_mail(site):
    done = site.unsubscribe(site.signed(offer("<mailto:u%2B7@leave.acme.example?subject=Please%20stop&body=id%3D7>")))
    assert (done.returncode, done.stderr) == (0, b"noise\n")
    assert done.stdout.decode() == "no one click: no List-Unsubscribe-Post offers it\nwrote to acme.example: u+7@leave.acme.example\n"
    text, arguments = site.written()
    assert text == f"From: {ANN}\nTo: u+7@leave.acme.example\nSubject: Please stop\n\nid=7\n"
    assert arguments == ["-oi", "-f", ANN, "--", "u+7@leave.acme.example"]
    assert [said["name"] for said in site.opted_out()] == ["acme.example"]
    assert json.loads(site.journal.read_text())["change"] == "unsubscribe"


def test_a_mail_that_asks_for_no_subject_has_none(site):
    assert site.unsubscribe(site.signed(offer("<mailto:leave@acme.example>"))).returncode == 0
    assert site.written()[0] == f"From: {ANN}\nTo: leave@acme.example\n\n\n"


def test_a_mail_instead_of_one_click(site, other):
    done = site.unsubscribe(site.signed(offer(f"<{other.url('yes')}>", MAILTO), POST), *local(other), "--mail")
    assert done.returncode == 0 and other.asked == [] and site.written()[0].startswith(f"From: {ANN}\nTo: leave@acme.example\nSubject: stop\n")


def test_a_mail_to_an_address_that_somebody_put_into_a_copy(site):
    """Of a mail whose signature does not cover the field: only the sender's own addresses are written to."""
    refused(site, site.signed(extra=[offer("<mailto:collect@evil.example>")]), why="no signature covers List-Unsubscribe")
    assert site.unsubscribe(site.signed(extra=[offer("<mailto:leave@Mail.Acme.example>")])).returncode == 0
    assert site.written()[1][-1] == "leave@Mail.Acme.example"


def test_a_mail_to_an_address_that_the_signature_covers(site):
    assert site.unsubscribe(site.signed(offer("<mailto:leave@elsewhere.example>"))).returncode == 0


@pytest.mark.parametrize("end, why", [("exit 75", "ended with status 75"), ("kill -9 $$", "did not end by itself")])
def test_a_mail_that_is_not_taken(site, end, why):
    site.write_sendmail(end)
    refused(site, site.signed(offer(MAILTO)), why=why, status=FAILED)


def test_no_program_to_take_the_mail(site):
    refused(site, site.signed(offer(MAILTO)), "--sendmail", site.folder / "none", why="cannot run", status=FAILED)


@pytest.mark.parametrize("uri", [
    "mailto:-X/tmp/log@acme.example", "mailto:%2DX@acme.example", "mailto:a;touch%20{}/owned;@acme.example",
    "mailto:$(touch${{IFS}}{}/owned)@acme.example", "mailto:`touch`@acme.example", "mailto:|touch@acme.example", "mailto:a@acme.example,b@acme.example",
    "mailto:a%0d%0aBcc:b@acme.example", "mailto:leave@acme.example?subject=stop%0d%0aBcc:%20boss@example.com",
    "mailto:leave@acme.example?subject=stop%0aBcc:%20boss@example.com", "mailto:leave@acme.example?body=a%0d%0a.%0d%0aMAIL",
    "mailto:leave@acme.example?bcc=boss@example.com", "mailto:leave@acme.example?subject=" + "x" * 201, "mailto:leave@[127.0.0.1]"])
def test_mails_that_are_never_written(site, uri):
    refused(site, site.signed(offer(f"<{uri.format(site.folder)}>")), why="no mail: ")
    assert site.written() is None and not (site.folder / "owned").exists()


@pytest.mark.parametrize("person", ["-oQ@example.com", "ann", "ann@example.com\nBcc: x@y.example", "Ann <ann@example.com>", "a b@example.com", ""])
def test_a_person_is_a_plain_address(site, person):
    refused(site, site.signed(offer(MAILTO)), why="is no plain mail address", status=65, person=person)
    assert site.written() is None


def test_a_link_in_the_text_is_no_way(site, other):
    body = f"Unsubscribe: {other.url('yes')}\r\n".encode()
    text = signed(site.key, "acme.example", "rep@acme.example", body=body)
    refused(site, text, *local(other), why="no List-Unsubscribe")
    assert other.asked == []


@pytest.mark.parametrize("field", ["", "nothing", "<>", "<https:>", "<javascript:x>", "<mailto:>", "https://acme.example/u"])
def test_a_field_that_names_no_way(site, field):
    refused(site, site.signed(("List-Unsubscribe", field), POST), why="no mail: ")


def test_mails_that_cannot_be_read(site):
    assert site.unsubscribe(b"").returncode == 65
    assert site.unsubscribe(b"", site.folder / "none.eml").returncode == 66


@pytest.mark.parametrize("words", [[], ["--person", ANN, "a.eml", "b.eml"]])
def test_mistakes_are_told(site, words):
    done = antisales("unsubscribe", "--config", site.config, *words)
    assert done.returncode == 64 and done.stderr


@pytest.mark.parametrize("program, linked", [(ANTISALES, True), (ANTISALESD, False)])
def test_the_daemon_cannot_ask_anything_by_http(program, linked):
    needed = run("readelf", "--dynamic", "--wide", program).stdout.decode()
    assert "NEEDED" in needed and bool(re.search(r"NEEDED.*libcurl", needed)) == linked
    loaded = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    assert ("libcurl" in loaded) == linked
