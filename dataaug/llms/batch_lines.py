"""The lines of OpenAI's batch format: requests as they go out, results as they come back.

The same format is read and written by OpenAI's Batch API, by gateways in front of other clouds, and
by vLLM's ``run-batch``. The errors of the Batch API stand in a file of their own, those of vLLM
among the results.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from dataaug.llms import Reply, wire
from dataaug.llms.urls import Layout

MOST_REQUESTS = 50_000
"""Requests of a file (developers.openai.com/api/docs/guides/batch, 2026-11-30)."""
MOST_BYTES = 200_000_000
"""Bytes of a file: 200 MB, likewise."""
_LONGEST = 64 << 20  # bytes of a line: twice the longest reply that is taken in
_UNDONE = {"batch_expired", "batch_cancelled"}
"""Codes of requests that a batch ended before; they are not paid for."""
_KEY = re.compile(rb'"custom_id"\s*:\s*"([^"\\]{1,64})"')


class BatchResult(NamedTuple):
    """What a line says of one request.

    Attributes:
        key: its name, ``custom_id``.
        found: the reply, or why there is none.
    """

    key: str
    found: Reply | wire.Failure


def request_line(key: str, body: Mapping[str, Any], layout: Layout) -> bytes:
    """Return the line that asks for one reply, with its line end.

    Args:
        key: comes back beside the reply, whatever the order.
        body: as it would go to ``/chat/completions``.
        layout: of the server that is to answer.
    """
    body = {**body, "model": layout.model}
    row = {"custom_id": key, "method": "POST", "url": layout.endpoint, "body": body}
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def read_result(line: bytes, model: str) -> BatchResult | None:
    """Read a line of an output or error file; None where it names no request.

    Args:
        line: with or without its line end.
        model: the model that was asked.
    """
    try:
        row = wire.loaded(line)
    except (ValueError, RecursionError):
        if named := _KEY.search(line):
            return BatchResult(named[1].decode("utf-8", "replace"), _unreadable(line))
        return None
    key = row.get("custom_id") if isinstance(row, dict) else None
    if not isinstance(key, str) or not key:
        return None
    try:
        return BatchResult(key, _found(row, model))
    except wire.ErrorInReplyError as error:
        return BatchResult(key, wire.failure(error.status, error.row, {}))
    except (wire.UnreadableError, RecursionError):
        return BatchResult(key, _unreadable(line))


def _found(row: Mapping[str, Any], model: str) -> Reply | wire.Failure:
    answer, error = row.get("response"), row.get("error")
    answer = answer if isinstance(answer, dict) else {}
    status, body = answer.get("status_code"), answer.get("body")
    if isinstance(body, str):  # some gateways hand on what came as it came
        body = wire.error_body(body.encode())
    if status == 200:
        return wire.reply_of(body, model)
    if isinstance(error, dict) and error.get("code") in _UNDONE:
        return wire.Failure("retry", f"{error['code']}: {error.get('message') or 'not done'}"[:500])
    if isinstance(error, dict) and "error" in error:  # vLLM puts the body of the error there
        body = error
    said = body if isinstance(body, dict) else {"error": error or body or "no reason"}
    return wire.failure(status if isinstance(status, int) else 500, said, {})


def _unreadable(line: bytes) -> wire.Failure:
    said = f"a result that can't be read: {wire.first_words(line)}"
    return wire.Failure("retry", said, paid=True, odd=True, reason="bad_response")


def results(path: Path, model: str) -> Iterator[BatchResult]:
    """Yield what the lines of a file say; lines that name no request are left out.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as stream:
        while line := stream.readline(_LONGEST):
            if line.strip() and (found := read_result(line, model)):
                yield found
