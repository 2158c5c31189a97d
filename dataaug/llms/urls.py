"""Addresses of servers, without the secrets that they may hold."""

import re
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

_DATED = re.compile(r"(.*/openai)(?:/deployments/([^/]+))?")
_AZURE = (".azure.com", ".azure.us", ".azure.cn")


class Layout(NamedTuple):
    """Where a server has what, without its query.

    Attributes:
        base: what all addresses begin with.
        chat: how that of chat completions goes on.
        endpoint: what a batch calls it.
        model: what the lines of a batch call the model.
        azure: is it Azure's form of the protocol, which also wants the key in another header?
    """

    base: str
    chat: str
    endpoint: str
    model: str
    azure: bool


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


def server_layout(url: str, model: str) -> Layout:
    """Return where a server has chat completions, files and batches: as OpenAI, or as Azure does.

    Azure's dated API has chat completions below a deployment and batches beside all deployments,
    ``…/openai/deployments/NAME/chat/completions`` and ``…/openai/batches``; gateways in front of it
    keep that. Its newer one, ``…/openai/v1``, has OpenAI's paths. Both call the endpoint of a batch
    ``/chat/completions``, and the model of its lines is the deployment
    (learn.microsoft.com/azure/ai-services/openai/how-to/batch, 2026-11-30).

    Args:
        url: the server, with or without a query.
        model: the model; the deployment too, where the address names none.
    """
    base = parted(url)[0]
    dated = _DATED.fullmatch(urlsplit(base).path)
    if dated is None:
        azure = host(url).endswith(_AZURE)
        endpoint = "/chat/completions" if azure else "/v1/chat/completions"
        return Layout(base, "/chat/completions", endpoint, model, azure)
    root = urlunsplit(urlsplit(base)._replace(path=dated[1]))
    named = dated[2] or quote(model, safe="")
    chat = f"/deployments/{named}/chat/completions"
    return Layout(root, chat, "/chat/completions", unquote(named), azure=True)
