"""The connection to a server that speaks OpenAI's protocol, and what goes wrong with it."""

import os
import ssl

import httpx2
from openai import APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Omit

from dataaug import __version__
from dataaug.llms import lost, wire
from dataaug.llms.server import ChatServer
from dataaug.llms.urls import host, parted, signed_in

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TOLD = ("Arch", "Async", "Lang", "OS", "Package-Version", "Runtime", "Runtime-Version")
"""What the client would tell of this machine."""
_TOKEN = "eyJ"  # how a JSON web token begins, which Azure takes in place of a key
_FILES = "/content"  # how the address of a file's content ends


def connected(server: ChatServer) -> AsyncOpenAI:
    """Return a client for a server; it belongs to the event loop that it is first used in."""
    http = DefaultAioHttpClient(  # half the CPU time of the default one
        follow_redirects=False,  # a key and real texts go to the server that was named
        trust_env=host(server.url) not in _LOOPBACK,  # a proxy can't reach this machine
        verify=_trusted(),
        event_hooks={"response": [_capped]},
    )
    return AsyncOpenAI(
        api_key=server.key or "none",
        base_url=server.layout.base,
        default_query=parted(server.url)[1],
        max_retries=0,  # retries are the limiter's business: two layers would multiply
        timeout=server.timeout,
        http_client=http,
    )


async def _capped(response: httpx2.Response) -> None:
    is_file = response.request.url.path.endswith(_FILES)
    await lost.capped(response, lost.LARGEST_FILE if is_file else lost.LARGEST)


def _trusted() -> ssl.SSLContext | bool:
    """Return whose certificates are trusted: the user's own, on this machine too."""
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return ssl.create_default_context() if named else True  # OpenSSL reads both names itself


def headers(server: ChatServer) -> dict[str, str | Omit]:
    """Return the headers that the client would not choose itself.

    A server without a key gets none, the account's organisation is OpenAI's business alone.
    """
    told: dict[str, str | Omit] = {f"X-Stainless-{name}": Omit() for name in _TOLD}
    told["Accept-Encoding"] = "identity"  # small replies; a packed one may be a bomb
    told["User-Agent"] = f"dataaug/{__version__}"
    user = signed_in(server.url)[1]
    if user or not server.key:
        told["Authorization"] = user or Omit()
    elif server.layout.azure and not server.key.startswith(_TOKEN):
        told |= {"Authorization": Omit(), "api-key": server.key}
    if not server.official:
        told |= {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
    return told


def fault(error: Exception) -> wire.Failure:
    """Say what a request that was not answered came to."""
    if isinstance(error, wire.UnreadableError):
        return wire.Failure("retry", str(error), paid=True, odd=True, reason="bad_response")
    try:
        if isinstance(error, wire.ErrorInReplyError):
            return wire.failure(error.status, error.row, {})
        if isinstance(error, APIStatusError):
            return wire.failure(error.status_code, error.body, error.response.headers)
    except RecursionError as deep:
        return lost.explained_failure(deep)
    return lost.explained_failure(error)
