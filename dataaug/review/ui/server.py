"""A small web server for one person on this machine: nothing is served without the token."""

import errno
import hmac
import http.server
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from dataaug.errors import MissingError

HOST = "127.0.0.1"
FIRST_PORT = 8484
_PORTS = 20
"""How many ports are tried from the first on, where none was asked for."""
_LARGEST = 64 * 1024
"""Bytes of a request's body; a note of 1,000 letters takes 12 kB at most."""
_HERE = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?")
"""Hosts that lead here, at any port: ``ssh -L`` changes the port, DNS rebinding the name."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RequestRefused(Exception):  # noqa: N818 - an answer to a request, not an error of the run
    """A request is not served, with this status; the message is for the person at the page."""

    def __init__(self, status: HTTPStatus, message: str = "") -> None:
        super().__init__(message or status.phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class Site:
    """What is served below the token.

    Attributes:
        token: the secret part of the address.
        files: name to content type and bytes; the page itself has the empty name.
        ask: names that a GET reads from, as JSON.
        tell: names that a POST writes to; each takes a JSON object and answers with one.
        after: called when an answer has gone out, with the name that was asked for.
        fail: called with what nobody foresaw.
    """

    token: str
    files: Mapping[str, tuple[str, bytes]]
    ask: Mapping[str, Callable[[], Any]]
    tell: Mapping[str, Callable[[Mapping[str, Any]], Any]]
    after: Callable[[str], None]
    fail: Callable[[Exception], None]


class ReviewServer(http.server.ThreadingHTTPServer):
    """Serves a site on the loopback address, a thread a connection."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Site, port: int) -> None:
        self.site = site
        super().__init__((HOST, port), _Request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that hangs up in the middle is no news, and a log has tokens."""


def start_server(site: Site, port: int) -> ReviewServer:
    """Return a server that listens, at the port that was asked for or at the first free one.

    Args:
        site: what to serve.
        port: 0 takes the first free one from 8484 on, so that a second start after a crash most
            likely has the address of the first.

    Raises:
        MissingError: the port is taken, or may not be used.
    """
    tried = [port] if port else range(FIRST_PORT, FIRST_PORT + _PORTS)
    reason = ""
    for number in tried:
        try:
            return ReviewServer(site, number)
        except OverflowError as error:
            raise MissingError(f"port {number} can't be: choose one from 1 to 65535") from error
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            reason = str(error.strerror)
    asked = f"port {port}" if port else f"ports {FIRST_PORT} to {FIRST_PORT + _PORTS - 1}"
    raise MissingError(f"{asked} on {HOST}: {reason}: choose another with -p web.port=N")


class _Request(http.server.BaseHTTPRequestHandler):
    """One request: who asks, for what, and is it allowed?"""

    server: ReviewServer
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that a connection may be silent
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def do_GET(self) -> None:
        """Answer with a file or with what is read."""
        self._answer(self._get)

    def do_HEAD(self) -> None:
        """Answer like GET, without the body."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Take a verdict."""
        self._answer(self._post)

    def _answer(self, find: Callable[[str], tuple[str, bytes]]) -> None:
        name = ""
        try:
            name = self._name()
            kind, body = find(name)
            self._send(HTTPStatus.OK, kind, body)
        except RequestRefused as refusal:
            name = ""
            self.close_connection = True  # the body may be unread
            self._send(refusal.status, *_json({"error": str(refusal)}))
        try:
            self.wfile.flush()
        finally:  # a page that was closed at once has asked for it all the same
            if name:
                self.server.site.after(name)

    def _name(self) -> str:
        """Return what is asked for, below the token.

        Raises:
            Refusal: the request is not for this server, or does not know the token.
        """
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or not _HERE.fullmatch(hosts[0]):
            raise RequestRefused(HTTPStatus.MISDIRECTED_REQUEST)
        token, slash, name = self.path.removeprefix("/").partition("/")
        known = hmac.compare_digest(token.encode(), self.server.site.token.encode())
        if not (known and slash):
            raise RequestRefused(HTTPStatus.FORBIDDEN)
        return name

    def _get(self, name: str) -> tuple[str, bytes]:
        site = self.server.site
        if name in site.files:
            return site.files[name]
        if name not in site.ask:
            raise RequestRefused(HTTPStatus.NOT_FOUND)
        self._same_page()
        return self._call(site.ask[name])

    def _post(self, name: str) -> tuple[str, bytes]:
        answer = self.server.site.tell.get(name)
        if answer is None:
            raise RequestRefused(HTTPStatus.NOT_FOUND)
        self._same_page()
        if self.headers.get("Origin") != f"http://{self.headers['Host']}":
            raise RequestRefused(HTTPStatus.FORBIDDEN)
        given = self._body()
        return self._call(lambda: answer(given))

    def _same_page(self) -> None:
        """Refuse what another site's page sends: browsers say so in a header it can't set."""
        if self.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise RequestRefused(HTTPStatus.FORBIDDEN)

    def _body(self) -> Mapping[str, Any]:
        if self.headers.get_content_type() != "application/json":
            raise RequestRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            raise RequestRefused(HTTPStatus.LENGTH_REQUIRED)
        if int(length) > _LARGEST:
            raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            given = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise RequestRefused(HTTPStatus.BAD_REQUEST, "the body is not JSON") from error
        if not isinstance(given, dict):
            raise RequestRefused(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
        return given

    def _call(self, what: Callable[[], Any]) -> tuple[str, bytes]:
        """Return an answer; what nobody foresaw ends the run, where the person sees it."""
        try:
            return _json(what())
        except RequestRefused:
            raise
        except Exception as error:
            self.server.site.fail(error)
            raise RequestRefused(HTTPStatus.INTERNAL_SERVER_ERROR, "see the terminal") from error

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Answer what http.server itself refuses (a bad request line, an unknown method)."""
        self.close_connection = True
        self.requestline = getattr(self, "requestline", "")
        self.request_version = getattr(self, "request_version", None) or "HTTP/1.1"
        self.command = getattr(self, "command", None) or ""
        self._send(HTTPStatus(code), *_json({"error": HTTPStatus(code).phrase}))
        self.wfile.flush()

    def version_string(self) -> str:
        """Name the program only."""
        return "dataaug"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the address has the token in it."""


def _json(value: Any) -> tuple[str, bytes]:
    return "application/json; charset=utf-8", json.dumps(value).encode()
