"""Addresses of servers, without the secrets that they may hold."""

from urllib.parse import urlsplit, urlunsplit


def without_secrets(url: str) -> str:
    """Return a URL without its user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


def host(url: str) -> str:
    """Return the host of a URL of the web, nothing where it is none."""
    parts = urlsplit(url)
    return parts.hostname or "" if parts.scheme in {"http", "https"} else ""
