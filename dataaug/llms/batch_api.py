"""The Batch API of a server, call by call: files up, batches, files down."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from openai import APIStatusError, AsyncOpenAI
from openai.types import Batch, FileObject

from dataaug.errors import MissingError
from dataaug.llms import wire
from dataaug.llms.client import fault, headers
from dataaug.llms.rate_limiter import LONGEST_WAIT, backoff
from dataaug.llms.server import ChatServer

T = TypeVar("T")
_LONG = 3600.0  # seconds that a file may take on its way
_NO_API = {404, 405, 501}
_TOO_LARGE = re.compile(
    r"too (?:large|big|many|long)|exceeds|maximum|at most|enqueued|token_limit", re.IGNORECASE
)
_UNREADY = {"pending", "running"}
"""States of an uploaded file of which no batch can be ordered yet, at Azure."""
_FIRST_LOOK, _LAST_LOOK = 0.5, 15.0  # seconds between two looks at a file
_NO_SERVER = 4  # tries to reach a server that has not answered yet
_LISTED = 1000  # batches that are looked through for one, the newest first


class RefusedError(Exception):
    """The server did not take what was sent, and would not the next time either.

    Attributes:
        said: what it said.
        too_large: would it take less at once?
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.said = said
        self.too_large = status == 413 or (status < 500 and is_too_large(said))


def is_too_large(said: str) -> bool:
    """Does an error say that a batch was too large, in bytes, requests or enqueued tokens?"""
    return bool(_TOO_LARGE.search(said))


class BatchAPI:
    """The calls that batches need; each is made again until the server answers.

    Each raises RefusedError where the server does not take what was sent, and MissingError where it
    can't be reached, has no Batch API, or wants another key.
    """

    def __init__(self, server: ChatServer, client: AsyncOpenAI) -> None:
        self._server = server
        self._client = client
        self._headers: dict[str, Any] = dict(headers(server))
        self._answered = False

    async def upload(self, path: Path) -> str:
        """Send a file of requests, and return what the server calls it, as soon as it is ready."""

        async def send() -> FileObject:
            with path.open("rb") as stream:
                return await self._client.files.create(
                    file=(path.name, stream, "application/jsonl"),
                    purpose="batch",
                    extra_headers=self._headers,
                    timeout=_LONG,
                )

        file = await self._answer(send, FileObject, timeout=_LONG, opening=True)
        until, pause = time.monotonic() + _LONG, _FIRST_LOOK
        while _status(file) in _UNREADY:
            if time.monotonic() > until:
                raise MissingError(
                    f"{self._server.shown} has not read the file of requests for an hour: run the "
                    "same command again later"
                )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LAST_LOOK)
            file = await self._uploaded(file.id)
        if _status(file) == "error":
            raise RefusedError(400, f"the file is refused: {getattr(file, 'status_details', '')}")
        return file.id

    async def _uploaded(self, file: str) -> FileObject:
        """Return how far a file is: Azure takes no batch of one that it has not read."""
        return await self._answer(
            lambda: self._client.files.retrieve(file, extra_headers=self._headers), FileObject
        )

    async def create(self, file: str) -> Batch:
        """Order a batch of a file; where the answer is lost, it is looked for before another one.

        Args:
            file: what the server calls it.
        """

        async def send() -> Batch:
            return await self._client.batches.create(
                completion_window="24h",
                endpoint=self._server.layout.endpoint,  # type: ignore[arg-type]  # Azure's
                input_file_id=file,
                extra_headers=self._headers,
            )

        async def again() -> Batch:
            return await self.find(file) or await send()

        return await self._answer(send, Batch, again=again, opening=True)

    async def find(self, file: str) -> Batch | None:
        """Return the batch that was ordered of a file; None where there is none, or no list."""

        async def look() -> list[Batch]:
            seen = 0
            async for batch in self._client.batches.list(limit=100, extra_headers=self._headers):
                if getattr(batch, "input_file_id", None) == file:
                    return [batch]
                seen += 1
                if seen >= _LISTED:
                    break
            return []

        try:
            return next(iter(await self._answer(look, list)), None)
        except RefusedError:
            return None

    async def look(self, batch: str) -> Batch:
        """Return how far a batch is."""
        found = await self._answer(
            lambda: self._client.batches.retrieve(batch, extra_headers=self._headers), Batch
        )
        found.status = _status(found)  # type: ignore[assignment]  # or any word
        return found

    async def download(self, file: str, path: Path) -> None:
        """Write the content of a file."""

        async def receive() -> bool:
            asked = self._client.files.with_streaming_response.content(
                file, extra_headers=self._headers
            )
            async with asked as response:
                with path.open("wb") as out:
                    async for chunk in response.iter_bytes():
                        _written(out.write, chunk, path)
            return True

        await self._answer(receive, bool, timeout=_LONG)

    async def _answer(
        self,
        send: Callable[[], Awaitable[T]],
        kind: Any,
        *,
        timeout: float = 0.0,
        again: Callable[[], Awaitable[T]] | None = None,
        opening: bool = False,
    ) -> T:
        """Call the server until it answers.

        Args:
            send: the call.
            kind: the type of what has to come.
            timeout: seconds for one try; 0: as for a request.
            again: what is done from the second try on, where that is something else.
            opening: does a 404 mean that there is no Batch API?
        """
        began, tries = time.monotonic(), 0
        while True:
            try:
                # the client's own limits are for each read: a byte now and then keeps them quiet
                async with asyncio.timeout(timeout or self._server.timeout):
                    found = await (again or send if tries else send)()
                _demand(kind, found)
                self._answered = True
            except (RefusedError, MissingError):
                raise
            except Exception as error:  # noqa: BLE001 - a server can send anything
                tries += 1
                wait = self._failed(error, tries, time.monotonic() - began, opening=opening)
                await asyncio.sleep(wait)
            else:
                return found

    def _failed(self, error: Exception, tries: int, since: float, *, opening: bool) -> float:
        """Return how many seconds to wait before a call is made once more.

        Raises:
            RefusedError: waiting does not help.
            MissingError: nor does sending something else.
        """
        found = fault(error)
        said = self._server.hidden(found.said)
        status = error.status_code if isinstance(error, APIStatusError) else 0
        at = f"{self._server.model} at {self._server.shown}"
        if status in _NO_API:
            if not opening:
                raise RefusedError(status, said)
            raise MissingError(
                f"{at}: {said}; it has no Batch API: leave --batch out, or write the requests to a "
                "file by --batch-export FILE and read the replies by --batch-import FILE"
            )
        if found.kind in {"bad", "refused"}:
            raise RefusedError(status, said)
        if found.kind == "stop":
            raise MissingError(
                f"{at}: {said}; {self._server.hidden(found.advice)}, then run the same command "
                "again: batches go on at the server"
            )
        if found.away and not self._answered and tries >= _NO_SERVER:
            raise MissingError(
                f"no server answers at {self._server.shown} ({said}): start it, or check --base-url"
            )
        if since > self._server.limiter.patience:
            raise MissingError(
                f"{at}: no answer to a question about a batch for {since:.0f} s, last: {said}; run "
                "the same command again later: batches go on at the server"
            )
        return max(backoff(tries), min(found.after or 0.0, LONGEST_WAIT))


def _status(found: Batch | FileObject) -> str:
    """Return the state of a file or batch; Azure has written some with a capital."""
    return str(getattr(found, "status", "")).lower()


def _demand(kind: Any, found: Any) -> None:
    """Refuse what is no answer: a page of HTML comes as text, and an object may lack its name.

    Raises:
        UnreadableError: it is none.
    """
    named = getattr(found, "id", "-")  # what has none is a list, or a download
    if not (isinstance(found, kind) and named and isinstance(named, str)):
        raise wire.UnreadableError(f"an answer that is none: {str(found)[:200]}")


def _written(write: Callable[[bytes], Any], chunk: bytes, path: Path) -> None:
    """Write bytes, so that a full disk is no fault of the server's.

    Raises:
        MissingError: the disk is full or failed.
    """
    try:
        write(chunk)
    except OSError as error:
        raise MissingError(f"{path.parent}: {error.strerror} (TMPDIR names another)") from error
