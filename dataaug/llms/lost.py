"""What a request died of that brought no reply, and how much of a reply is taken in."""

import ssl
import zlib
from collections.abc import AsyncIterator

import aiohttp
import httpx2

from dataaug.llms import wire

LARGEST = 32 << 20
"""Bytes of a reply, unpacked: 60 times what the longest reply of a model in use takes."""
LARGEST_FILE = 8 << 30
"""Bytes of a file of replies, unpacked: 50,000 of 40,000 tokens each."""
_CODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
"""Packings that are undone here, with zlib's word for each."""
_CHUNK = 1 << 16


class TooLargeError(ValueError):
    """A reply has more bytes than are taken in."""


class PackedError(ValueError):
    """A reply came packed in a way that nobody asked for."""


async def capped(response: httpx2.Response, most: int = LARGEST) -> None:
    """Let a reply be read up to so many bytes; a hook of the HTTP client.

    It is unpacked here, a piece at a time: the client would unpack 64 kB to 64 MB in one go.

    Raises:
        PackedError: it is packed in an unknown way; none was asked for.
    """
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "", *_CODINGS}:
        raise PackedError(f"a reply packed as {coding[:40]}, though none was asked for")
    response.headers.pop("content-encoding", None)
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Capped(response.stream, coding, most)


class _Capped(httpx2.AsyncByteStream):
    """The bytes of a reply, unpacked, up to a limit."""

    def __init__(self, stream: httpx2.AsyncByteStream, coding: str, most: int) -> None:
        self._stream = stream
        self._unpacked = zlib.decompressobj(_CODINGS[coding]) if coding in _CODINGS else None
        self._most = self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            left = chunk
            while left and self._unpacked:
                yield self._counted(self._unpacked.decompress(left, _CHUNK))
                left = self._unpacked.unconsumed_tail
            if self._unpacked is None:
                yield self._counted(chunk)

    def _counted(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLargeError(f"a reply of more than {self._most >> 20} MB")
        return chunk

    async def aclose(self) -> None:
        """Close the connection, or give it back."""
        await self._stream.aclose()


def explained_failure(error: Exception) -> wire.Failure:
    """Say what a request that got no whole reply died of; there is nothing that it can't say.

    aiohttp tells: to the clients above it a server that hangs up is a timeout.
    """
    cause: BaseException = error
    while cause.__cause__ and not isinstance(cause, aiohttp.ClientError):
        cause = cause.__cause__
    words = str(getattr(cause, "message", "") or cause)  # aiohttp's own text repeats the address
    said = " ".join(f"{type(cause).__name__} {words}".split())[:200]
    if isinstance(cause, TooLargeError):  # it would be as large the next time, and cost as much
        return wire.Failure("bad", str(cause), paid=True, odd=True, reason="bad_response")
    if isinstance(cause, TimeoutError):
        return wire.Failure("retry", f"no reply in time: {said}", paid=True)
    if isinstance(cause, aiohttp.ClientSSLError | ssl.SSLError):
        return _untrusted(cause, said)
    if isinstance(cause, aiohttp.ClientPayloadError):  # the server is there
        broken = f"a reply that breaks off: {said}"
        return wire.Failure("retry", broken, paid=True, reason="bad_response")
    if isinstance(cause, OSError):  # refused, unknown host, no proxy: it never arrived
        return wire.Failure("wait", f"the connection failed: {said}", away=True)
    if isinstance(cause, aiohttp.ClientConnectionError):
        return wire.Failure("wait", f"the connection failed: {said}", paid=True)
    strange = f"a reply that is none: {said}"  # no HTTP, a header of 1 MB, nonsense in it …
    return wire.Failure("retry", strange, paid=True, odd=True, reason="bad_response")


def _untrusted(cause: BaseException, said: str) -> wire.Failure:
    """Say what is wrong with a server's certificate, or that it speaks no TLS."""
    if "certificate" in str(cause).lower():
        advice = (
            "this machine does not trust the server's certificate: if it is your own, name the "
            "file of its authority by SSL_CERT_FILE=FILE.pem"
        )
    else:
        advice = "no secure connection could be made: is it http:// rather than https://?"
    return wire.Failure("stop", said, advice)
