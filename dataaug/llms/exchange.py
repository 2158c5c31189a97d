"""Requests that leave by a file, and replies that come by files, in OpenAI's batch format."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dataaug.errors import InputError, UsageError
from dataaug.llms import Prompt, Reply, batch_lines, printable, tell, wire
from dataaug.llms.reply_store import ReplyStore
from dataaug.llms.server import ChatServer
from dataaug.rows.atomic import AtomicFile, commit
from dataaug.rows.files import STDIO

_OURS = re.compile(r"[0-9a-f]{32}")
"""Names of requests, as :func:`dataaug.llms.counted.key_of` makes them."""
_FINAL = {"bad", "refused"}


class Export:
    """Writes requests to a file, and to further ones where one may hold no more.

    Attributes:
        count: requests so far.
    """

    def __init__(self, path: str, server: ChatServer, mode: str) -> None:
        """Take note of the file; it is opened with the first request.

        Raises:
            UsageError: it is stdout, which is for rows.
        """
        if path == STDIO:
            raise UsageError("--batch-export needs the name of a file: stdout is for rows")
        self._path, self._server, self._mode = Path(path), server, mode
        self._layout = server.layout
        self._files: list[AtomicFile] = []
        self._size = self._lines = self.count = 0

    def write(self, key: str, prompt: Prompt) -> None:
        """Write a request.

        Raises:
            MissingError: the disk is full or failed.
        """
        body = wire.request(prompt, self._server.model, self._mode, self._server.without)
        line = batch_lines.request_line(key, body, self._layout)
        full = self._size + len(line) > batch_lines.MOST_BYTES
        if not self._files or full or self._lines == batch_lines.MOST_REQUESTS:
            self._files.append(AtomicFile(str(self._named(len(self._files) + 1))))
            self._size = self._lines = 0
        self._files[-1].write(line)
        self._size += len(line)
        self._lines += 1
        self.count += 1

    def _named(self, number: int) -> Path:
        if number == 1:
            return self._path
        return self._path.with_name(f"{self._path.stem}.{number}{self._path.suffix}")

    def deliver(self) -> str:
        """Give the files their names, and return what to do with them; empty if there are none."""
        if not self._files:
            return ""
        commit(self._files)
        names = ", ".join(file.path for file in self._files)
        self._files = []
        return (
            f"{self.count:,} requests for {self._server.model} were written to {names}, and no "
            "rows. Have them answered (vllm run-batch -i FILE -o REPLIES, or another service that "
            "takes OpenAI's batch files), then run the same command with --batch-import REPLIES"
        )

    def close(self) -> None:
        """Remove what has no name yet."""
        for file in self._files:
            file.discard()


def imported(paths: tuple[str, ...], model: str, store: ReplyStore) -> dict[str, Reply]:
    """Put replies of files into the cache, and return the requests that nothing will answer.

    Of several results for one request the first reply stands. What may come right when it is asked
    once more, an expired request or a server's error, is as if it was not there.

    Args:
        paths: output or error files of a batch, of OpenAI, vLLM and others.
        model: the model that was asked.
        store: the cache.

    Returns:
        By name, replies with a fault.

    Raises:
        InputError: a file can't be read, or holds no result of a request of dataaug.
    """
    faults: dict[str, wire.Failure] = {}
    answered: set[str] = set()
    for path in paths:
        kept = len(answered)
        failed, others = Counter[str](), 0
        for key, found in _results(path, model):
            if not _OURS.fullmatch(key):
                others += 1
            elif isinstance(found, Reply):
                answered.add(key)
                store.put(key, found)
            else:
                failed[found.said] += 1
                faults.setdefault(key, found)
        kept = len(answered) - kept
        if not (kept or failed):
            raise InputError(
                f"{path}: no line is a result of a request that --batch-export wrote: expected "
                'lines as {"custom_id": …, "response": {"status_code": 200, "body": {…}}, …}'
            )
        why = "".join(f", mostly: {printable(said)}" for said, _ in failed.most_common(1))
        tell(
            f"{printable(path)}: {kept:,} replies are in the cache now, {failed.total():,} "
            f"requests failed{why}; {others:,} results are of other requests"
        )
    return {
        key: Reply("", "", "refused" if found.kind == "refused" else found.reason, found.said,
                   model, key)
        for key, found in faults.items() if key not in answered and found.kind in _FINAL
    }  # fmt: skip


def _results(path: str, model: str) -> Iterator[batch_lines.BatchResult]:
    try:
        yield from batch_lines.results(Path(path), model)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
