"""Someone who works with a tool by its API, as its page in a browser does."""

import http.cookiejar
import json
import socket
import urllib.error
import urllib.request
from typing import Any

_NO_PROXY = urllib.request.ProxyHandler({})


class Person:
    """A session of cookies, which sends the token that Django asks for."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = url, name
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            _NO_PROXY, urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def send(self, path: str, body: bytes, kind: str, method: str = "POST") -> bytes:
        """Send a body of a media type and return what comes back."""
        token = next((c.value for c in self._cookies if c.name == "csrftoken"), "")
        headers = {"Content-Type": kind, "X-CSRFToken": token or "", "Referer": self.url}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            return self._opener.open(request).read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code}: {error.read()[:500]}") from error

    def ask(self, path: str, body: Any, method: str = "POST") -> Any:
        """Send JSON and return what comes back, parsed."""
        return json.loads(self.send(path, json.dumps(body).encode(), "application/json", method))

    def get(self, path: str) -> bytes:
        """Return what lies at a path."""
        return self._opener.open(self.url + path).read()


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def is_there(url: str) -> bool:
    """Does a server answer?"""
    try:
        urllib.request.build_opener(_NO_PROXY).open(url).read()
    except OSError:
        return False
    return True
