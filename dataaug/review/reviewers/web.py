"""Review rows in the browser of this machine, or of a phone, one key a row."""

import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import resources
from pathlib import Path

from dataaug import html
from dataaug.review.reviewers import Reviewer
from dataaug.review.session import ReviewSession
from dataaug.review.ui.server import HOST, ReviewServer, Site, start_server
from dataaug.review.ui.token import token
from dataaug.review.ui.web_session import WebSession

_LINGER = 15
"""Seconds between the last verdict and the end, in which it can be taken back."""
_FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "review.css": ("review.css", "text/css; charset=utf-8"),
    "review.js": ("review.js", "text/javascript; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}


def load(*, port: int = 0, open: bool = False, linger: int = _LINGER) -> Reviewer:  # noqa: A002
    """Build the browser's reviewer.

    Args:
        port: where it listens on 127.0.0.1; 0 takes the first free port from 8484 on.
        open: open a browser here. The address is printed in any case.
        linger: seconds from the last verdict to the end, in which it can be taken back.
    """
    return _InBrowser(port, open, linger)


class _InBrowser:
    def __init__(self, port: int, browser: bool, linger: int) -> None:
        self._port = port
        self._browser = browser
        self._linger = linger

    def review(self, session: ReviewSession) -> None:
        secret, lasting = token([item.key for item in session.items])
        session.next()  # chooses rows, where they are chosen: a page that opens has one to show
        web = WebSession(session, self._linger)
        site = Site(
            secret,
            _files(),
            {"start": web.start, "state": web.state, "whole": web.whole},
            {"verdict": web.put, "undo": web.undo, "finish": web.finish, "quit": web.quit},
            web.answered,
            web.fail,
        )
        server = start_server(site, self._port)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            self._invite(server, secret, lasting)
            with _opened(_address(server, secret)) if self._browser else nullcontext():
                web.wait()
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _invite(self, server: ReviewServer, secret: str, lasting: bool) -> None:
        port = server.server_address[1]
        sys.stderr.write(
            f"review at {_address(server, secret)}\n"
            f"  from another machine: ssh -L {port}:{HOST}:{port} THIS_MACHINE, then the same "
            "address there\n"
            "  Ctrl-C stops; what is saved stays, and the next start goes on from there\n"
        )
        if not lasting:
            sys.stderr.write(
                "  the address is new at every start: there is no home to keep it in\n"
            )
        sys.stderr.flush()


def _address(server: ReviewServer, secret: str) -> str:
    return f"http://{HOST}:{server.server_address[1]}/{secret}/"


@contextmanager
def _opened(address: str) -> Iterator[None]:
    """Open a browser at an address that does not show in the list of processes."""
    with tempfile.NamedTemporaryFile("w", suffix=".html") as page:  # for this user's eyes only
        page.write(f'<meta charset="utf-8"><meta http-equiv="refresh" content="0;url={address}">')
        page.flush()
        webbrowser.open(Path(page.name).as_uri())
        yield


def _files() -> dict[str, tuple[str, bytes]]:
    folder = resources.files("dataaug.review.ui") / "page"
    found = {name: (kind, (folder / file).read_bytes()) for name, (file, kind) in _FILES.items()}
    colours = (resources.files(html) / "colours.css").read_bytes()
    kind, style = found["review.css"]
    return {**found, "review.css": (kind, colours + style)}
