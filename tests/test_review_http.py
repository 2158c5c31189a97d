"""The review server without a browser: who may ask for what, and what is on the disk by then."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest
from patience import PATIENCE, until
from seat import SITTINGS
from sittings import hostile_items, plain_items, sitting

from dataaug import plugins
from dataaug.errors import MissingError
from dataaug.plugins import Spec
from dataaug.review.ledger import Ledger
from dataaug.review.ui.server import FIRST_PORT
from dataaug.review.ui.token import token


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Guest:
    """A program that asks the server, with headers of its choice."""

    def __init__(self, address):
        self.port = int(address.split(":")[2].partition("/")[0])
        self.token = address.split("/")[3]
        self.host = f"127.0.0.1:{self.port}"

    def ask(self, path, body=None, *, method=None, raw=None, **headers):
        """Return status, headers and body; ``path`` is below the token unless it has a slash."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = {"Host": self.host}
        if body is not None or raw is not None:
            sent |= {"Origin": f"http://{self.host}", "Content-Type": "application/json"}
            raw = raw if raw is not None else json.dumps(body).encode()
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        method = method or ("GET" if raw is None else "POST")
        line.putrequest(method, path if path.startswith("/") else f"/{self.token}/{path}",
                        skip_host=True, skip_accept_encoding=True)  # fmt: skip
        if raw is not None and "Content-Length" not in sent:
            sent["Content-Length"] = str(len(raw))
        for name, value in sent.items():
            if value is not None:
                line.putheader(name, value)
        line.endheaders(raw)
        answer = line.getresponse()
        found = answer.status, answer.headers, answer.read()
        line.close()
        return found

    def status(self, *args, **given):
        return self.ask(*args, **given)[0]

    def json(self, *args, **given):
        status, _, body = self.ask(*args, **given)
        assert status == 200, body
        return orjson.loads(body)

    def say(self, key, verdict="ok", **more):
        return self.json("verdict", {"key": key, "verdict": verdict, **more})


class Served:
    """A reviewer in a thread of this process."""

    def __init__(self, path, items, **options):
        self.sitting = sitting(items, path)
        self.error = None
        options = {"port": free_port(), **options}
        self._reviewer = plugins.load("reviewers", Spec("web", options))
        self.guest = Guest(f"http://127.0.0.1:{options['port']}/{token(i.key for i in items)[0]}/")
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        until(lambda: self._listens(options["port"]) or not self.thread.is_alive(), "no server")

    def _listens(self, port):
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
            return True
        return False

    def _run(self):
        try:
            self._reviewer.review(self.sitting)
        except Exception as error:  # noqa: BLE001 - whatever it is, a test looks at it
            self.error = error

    def __enter__(self):
        return self.guest

    def __exit__(self, *_):
        if self.thread.is_alive():
            self.guest.ask("quit", {})
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "verdicts.jsonl"


@pytest.fixture
def guest(ledger):
    with Served(ledger, plain_items(6)) as found:
        yield found


def verdicts(path):
    return {key: said.verdict for key, said in Ledger.read(str(path)).of("tester").items()}


def test_the_page_and_its_parts_are_served_below_the_token(guest):
    for name, kind in {"": "text/html", "review.js": "text/javascript",
                       "review.css": "text/css", "icon.svg": "image/svg+xml"}.items():  # fmt: skip
        status, headers, body = guest.ask(name)
        assert (status, headers.get_content_type()) == (200, kind)
        assert body
        assert guest.ask(name, method="HEAD")[2] == b""


def test_every_answer_forbids_caching_framing_referrers_and_foreign_code(guest):
    for path in ("", "state", "nothing", "/", "/wrong/state"):
        headers = guest.ask(path)[1]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Server"] == "dataaug"


def test_nothing_in_the_page_leads_elsewhere_or_runs_inline(guest):
    page, script, style = (guest.ask(name)[2].decode() for name in ("", "review.js", "review.css"))
    for text in (page, script, style):
        assert "http:" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "https:" not in text
        assert "//cdn" not in text
    assert "<script>" not in page
    assert "style=" not in page
    assert not re.search(r"<[^>]*\son\w+\s*=", page)
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert sink not in script


@pytest.mark.parametrize("name", ["", "state", "review.js"])
def test_without_the_token_there_is_nothing(guest, name):
    secret = guest.token
    for wrong in ("", "0" * 32, secret[:-1], f"{secret}x", f"x{secret}", "%ff"):
        assert guest.status(f"/{wrong}/{name}") == 403
    assert guest.status(f"/{guest.token}") == 403


@pytest.mark.parametrize("path", ["../", "..%2f..%2fetc/passwd", "review.py", "/../x", "state/"])
def test_other_paths_are_not_files(guest, path):
    assert guest.status(f"/{guest.token}/{path}") == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil:8484",
             "0.0.0.0:8484", "127.0.0.1:8484:1", "[::1]:8484", "", None, "127.0.0.1:abc"],
)  # fmt: skip
def test_a_foreign_host_is_refused(guest, host):
    assert guest.status("", Host=host) == 421


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "localhost"])
def test_a_tunnel_may_have_another_port(guest, host):
    assert guest.status("", Host=host) == 200
    said = {"key": "k0", "verdict": "ok"}
    assert guest.status("verdict", said, Host=host, Origin=f"http://{host}") == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", None, "", "https://127.0.0.1", "http://localhost"],
)  # fmt: skip
def test_a_verdict_of_another_origin_is_refused(guest, ledger, origin):
    body = {"key": "k0", "verdict": "ok"}
    assert guest.status("verdict", body, Origin=origin) == 403
    assert verdicts(ledger) == {}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_can_neither_read_nor_write(guest, ledger, site):
    assert guest.status("state", Sec_Fetch_Site=site) == 403
    body = {"key": "k0", "verdict": "ok"}
    assert guest.status("verdict", body, Sec_Fetch_Site=site) == 403
    assert guest.status("", Sec_Fetch_Site=site) == 200  # a link in a mail leads to the page
    assert verdicts(ledger) == {}


def test_bodies_are_small_json_objects(guest, ledger):
    assert guest.status("verdict", raw=b"x" * 70_000) == 413
    assert guest.status("verdict", raw=b"", Content_Length="99999999999999") == 413
    assert guest.status("verdict", raw=b"", Content_Length="-1") == 411
    assert guest.status("verdict", raw=b"", Content_Length="²") == 411
    assert guest.status("verdict", raw=b"0\r\n\r\n", Transfer_Encoding="chunked") == 411
    assert guest.status("verdict", raw=b"{}", Content_Type="text/plain") == 415
    for body in (b"", b"[]", b"null", b"{", b"\xff", b"[" * 60_000):
        assert guest.status("verdict", raw=body) == 400
    assert verdicts(ledger) == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": "k0"},
        {"key": "nope", "verdict": "ok"},
        {"key": ["k0"], "verdict": "ok"},
        {"key": "k0", "verdict": "OK"},
        {"key": "k0", "verdict": ["ok"]},
        {"key": "k0", "verdict": "bad", "reason": "because"},
        {"key": "k0", "verdict": "bad", "reason": ["copy"]},
        {"key": "k0", "verdict": "ok", "reason": "copy"},
        {"key": "k0", "verdict": "ok", "label": 0},
        {"key": "k0", "verdict": "bad", "label": 99},
        {"key": "k0", "verdict": "bad", "label": -1},
        {"key": "k0", "verdict": "bad", "label": True},
        {"key": "k0", "verdict": "bad", "label": "refund"},
        {"key": "k0", "verdict": "ok", "note": "x" * 1001},
        {"key": "k0", "verdict": "ok", "note": "a\nb"},
        {"key": "k0", "verdict": "ok", "note": "\ud800"},
        {"key": "k0", "verdict": "ok", "note": 7},
    ],
)
def test_what_is_no_verdict_is_refused_and_not_written(guest, ledger, body):
    assert guest.status("verdict", body) == 400
    assert verdicts(ledger) == {}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"])
def test_other_methods_are_refused(guest, method):
    status, headers, _ = guest.ask("verdict", method=method)
    assert status == 501
    assert headers["Cache-Control"] == "no-store"
    assert guest.status("verdict") == 404
    assert guest.status("state", {}) == 404


def test_garbage_is_answered_or_dropped_and_the_server_goes_on(guest):
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET\r\n\r\n",
        b"x" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    ):
        with socket.create_connection(("127.0.0.1", guest.port), 10) as line:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                pass
    assert guest.status("") == 200


def test_two_hosts_in_one_request_are_refused(guest):
    with socket.create_connection(("127.0.0.1", guest.port), 10) as line:
        line.sendall(f"GET /{guest.token}/ HTTP/1.1\r\nHost: {guest.host}\r\n"
                     "Host: evil.example\r\n\r\n".encode())  # fmt: skip
        assert b" 421 " in line.recv(4096)


def test_a_verdict_is_on_the_disk_when_it_is_said_to_be(guest, ledger):
    state = guest.say("k0", "bad", reason="copy", note="é")
    assert state["said"] == "Saved: bad, copy of another row"
    assert state["row"]["key"] == "k1"
    assert verdicts(ledger) == {"k0": "bad"}
    state = guest.say("k1", "bad", label=1)
    assert state["said"] == "Saved: bad, the label should be close_account"
    assert Ledger.read(str(ledger)).of("tester")["k1"].label == "close_account"


def test_a_verdict_whose_answer_was_lost_is_not_written_twice(guest, ledger):
    guest.say("k0")
    size = ledger.stat().st_size
    assert guest.say("k0")["error"] == ""
    assert ledger.stat().st_size == size


def test_a_second_tab_is_told_and_overwrites_nothing(guest, ledger):
    stale = guest.json("state")
    guest.say("k0", "ok")
    state = guest.say("k0", "bad")
    assert "Decided meanwhile" in state["error"]
    assert state["row"]["key"] == "k1"
    assert "meanwhile" in guest.json("undo", {"version": stale["version"]})["error"]
    assert verdicts(ledger) == {"k0": "ok"}
    undone = guest.json("undo", {"version": state["version"]})
    assert (undone["error"], undone["row"]["key"]) == ("", "k0")
    assert guest.json("undo", {"version": state["version"]})["error"]  # the same request again
    assert verdicts(ledger) == {}


def test_a_full_disk_is_said_and_the_row_stays(ledger):
    with Served(ledger, plain_items(6)) as guest:
        ledger.rename(f"{ledger}.old")
        ledger.mkdir()
        status, _, body = guest.ask("verdict", {"key": "k0", "verdict": "ok"})
        assert status == 507
        assert "Not saved" in orjson.loads(body)["error"]
        ledger.rmdir()
        ledger.with_name(f"{ledger.name}.old").rename(ledger)
        assert guest.say("k0")["said"] == "Saved: ok"


def test_an_error_that_nobody_foresaw_ends_the_sitting_where_the_person_sees_it(ledger):
    served = Served(ledger, plain_items(2))
    served.sitting.put = None
    assert served.guest.status("verdict", {"key": "k0", "verdict": "ok"}) == 500
    served.thread.join(PATIENCE)
    assert isinstance(served.error, TypeError)


def test_it_ends_by_itself_after_the_last_verdict(ledger):
    served = Served(ledger, plain_items(2), linger=1)
    served.guest.say("k0")
    state = served.guest.say("k1")
    assert state["row"] is None
    assert state["end"]["title"] == "Every row has a verdict."
    served.thread.join(PATIENCE)
    assert not served.thread.is_alive()
    assert verdicts(ledger) == {"k0": "ok", "k1": "ok"}


def timers():
    return {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)}


def test_the_last_verdict_can_be_taken_back_in_time(ledger):
    served = Served(ledger, plain_items(1), linger=2 * PATIENCE)
    before = timers()
    state = served.guest.say("k0")
    started = timers() - before
    assert started
    assert served.guest.json("undo", {"version": state["version"]})["row"]["key"] == "k0"
    for timer in started:
        timer.join(PATIENCE)  # it was called off, long before its time
        assert not timer.is_alive()
    assert served.thread.is_alive()
    served.guest.say("k0", "bad")
    assert served.guest.json("finish", {})["end"]["over"]
    served.thread.join(PATIENCE)
    assert not served.thread.is_alive()
    assert verdicts(ledger) == {"k0": "bad"}


def test_rows_that_try_to_break_out_are_plain_runs_of_safe_text(ledger):
    import unicodedata

    items = hostile_items()
    with Served(ledger, items) as guest:
        for item in items:
            for name in ("state", "whole"):
                _, _, body = guest.ask(name)
                shown = orjson.loads(body)["row"]
                texts = [shown["label"], *(part[2] for part in shown["text"])]
                for letter in set("".join(texts)) - {"\n"}:
                    assert unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
            guest.say(item.key, "skip")


def test_a_port_that_is_taken_is_said(ledger):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        reviewer = plugins.load("reviewers", Spec("web", {"port": port}))
        with pytest.raises(MissingError, match=f"port {port} on 127.0.0.1"):
            reviewer.review(sitting(plain_items(1), ledger))
    reviewer = plugins.load("reviewers", Spec("web", {"port": 99999}))
    with pytest.raises(MissingError, match="from 1 to 65535"):
        reviewer.review(sitting(plain_items(1), ledger))


def test_the_address_is_the_same_at_the_next_start_and_different_for_other_rows(home, monkeypatch):
    first = token(["a", "b"])
    assert first == token(["a", "b"])
    assert first[1]
    assert token(["a", "c"])[0] != first[0]
    secret = home / ".local/state/dataaug/review-secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "other"))
    assert token(["a", "b"])[0] != first[0]


def test_a_secret_that_others_can_read_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    token(["a"])
    (tmp_path / "dataaug/review-secret").chmod(0o644)
    one, lasting = token(["a"])
    assert not lasting
    assert token(["a"])[0] != one
    (tmp_path / "dataaug/review-secret").chmod(0o600)
    (tmp_path / "dataaug/review-secret").write_bytes(b"short")
    assert not token(["a"])[1]
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    assert not token(["a"])[1]


def test_the_address_is_told_on_stderr_only_and_ctrl_c_stops(ledger):
    with subprocess.Popen(
        [sys.executable, SITTINGS, "web", ledger, "6"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        first, more, _ = (program.stderr.readline() for _ in range(3))
        assert first.startswith("review at http://127.0.0.1:")
        guest = Guest(first.split()[-1])
        assert FIRST_PORT <= guest.port < FIRST_PORT + 20
        guest.say("k0")
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=PATIENCE)
        assert (program.returncode, out) == (130, "")
        assert "ssh -L" in more
        assert err == ""
    assert verdicts(ledger) == {"k0": "ok"}


def test_the_browser_is_opened_only_if_asked_and_the_token_is_in_no_command(ledger, monkeypatch):
    opened = []
    monkeypatch.setattr(
        "webbrowser.open",
        lambda url: opened.append((url, Path(url.removeprefix("file://")).read_text("utf-8"))),
    )
    with Served(ledger, plain_items(1)):
        pass
    assert opened == []
    served = Served(ledger, plain_items(1), open=True)
    with served as guest:
        until(lambda: opened, "no browser was opened")
        ((url, page),) = opened
        assert guest.token not in url
        assert f"url=http://127.0.0.1:{guest.port}/{guest.token}/" in page
        file = Path(url.removeprefix("file://"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()
