"""Addresses of servers, without the secrets that they may hold."""

from base64 import b64encode
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit


def without_secrets(url: str) -> str:
    """Return a URL without its user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it is none, and is about to be shown in a message
        return url.rpartition("@")[2].partition("?")[0]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


def host(url: str) -> str:
    """Return the host of a URL of the web, nothing where it is none."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        return ""
    return parts.hostname or "" if usable else ""


def signed_in(url: str) -> tuple[str, str]:
    """Return a URL without its user and password, and the header that they make, if it has any."""
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    sent = b64encode(unquote(user).encode()).decode()
    return urlunsplit(parts._replace(netloc=place)), f"Basic {sent}" if user else ""


def parted(url: str) -> tuple[str, dict[str, object]]:
    """Return a URL without its query, and the query: gateways want ``?api-version=...`` kept."""
    parts = urlsplit(url)
    query: dict[str, object] = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", "")), query
