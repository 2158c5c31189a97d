"""The pairs of a search in a file, so that a threshold can be changed without searching again.

The first line says what was searched and how, and each other line is a pair: the numbers of two
rows of the input, from 0, their similarity, and their ids for people and other programs.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from dataaug.errors import InputError
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.files import is_file, open_input
from dataaug.search.cells import Numbers
from dataaug.search.pairs import Pairs

FORMAT = 2
_HEAD = "dataaug_scores"
_CHUNK = 1 << 14


@dataclass(frozen=True, slots=True)
class Made:
    """How scores were made: a replay must agree, or its result would be another.

    Attributes:
        embedder: the spec of the embedder.
        rows: a digest of the numbers and texts of the rows, :func:`fingerprint`.
        within: rows of what were compared: ``label``, or all (empty).
        approximate: not every pair was looked for.
    """

    embedder: str
    rows: str
    within: str
    approximate: bool


def fingerprint(rows: Iterable[tuple[int, str]]) -> str:
    """Return a digest of rows, given their numbers in the input and their texts."""
    found = hashlib.sha256()
    for row, text in rows:
        line = text.encode("utf-8", "surrogatepass")
        found.update(b"%d %d " % (row, len(line)))
        found.update(line)
    return found.hexdigest()


def write(
    path: str,
    made: Made,
    pairs: Pairs,
    places: Numbers,
    names: Sequence[str],
    note: Mapping[str, Any],
) -> None:
    """Write scores; the file appears when it is whole.

    Args:
        path: where to; compressed if it ends in ``.gz`` or ``.zst``.
        made: how they were made.
        pairs: numbers of rows among those compared, and similarities.
        places: the numbers of those rows in the input.
        names: their ids.
        note: what else a replay needs, among it the ``floor``: the least similarity kept.

    Raises:
        MissingError: the file can't be written.
    """
    head = {
        _HEAD: FORMAT,
        "embedder": made.embedder,
        "rows_sha256": made.rows,
        "within": made.within,
        "approximate": made.approximate,
        "pairs": len(pairs[0]),
        **note,
    }
    file = AtomicFile(path)
    try:
        file.stream.write(orjson.dumps(head) + b"\n")
        for start in range(0, len(pairs[0]), _CHUNK):
            i, j, score = (column[start : start + _CHUNK].tolist() for column in pairs)
            file.stream.write(b"".join(
                orjson.dumps([int(places[one]), int(places[other]), value, names[one],
                              names[other]]) + b"\n"
                for one, other, value in zip(i, j, score, strict=True)
            ))  # fmt: skip
    except BaseException:
        file.discard()
        raise
    file.commit()


def exists(path: str) -> bool:
    """Return whether there are scores to replay."""
    return is_file(path)


def read(path: str, made: Made, places: Numbers) -> tuple[Pairs, dict[str, Any]]:
    """Return the pairs of a file, by the rows' numbers in ``places``, and its first line.

    Raises:
        InputError: it is not such a file, is damaged, or was made from other rows or otherwise.
    """
    with open_input(path) as stream:
        head = _head(path, stream.readline(), made)
        numbers = np.empty((head["pairs"], 2), np.intp)
        scores = np.empty(head["pairs"], np.float64)
        count = 0
        for count, line in enumerate(stream, 1):
            try:
                one, other, score = orjson.loads(line)[:3]
                numbers[count - 1], scores[count - 1] = (one, other), score
            except (ValueError, TypeError, IndexError) as error:
                raise InputError(f"{path}:{count + 1}: {_damaged(path)}") from error
    if count != head["pairs"]:
        raise InputError(f"{path}: {count:,} of {head['pairs']:,} pairs; {_damaged(path)}")
    order = np.argsort(places, kind="stable")
    at = np.minimum(np.searchsorted(places[order], numbers), max(len(places) - 1, 0))
    rows = order[at] if len(places) else numbers[:0]
    if not (np.array_equal(places[rows], numbers) and np.isfinite(scores).all()):
        raise InputError(f"{path}: {_damaged(path)}")
    i, j = rows.max(axis=1, initial=-1), rows.min(axis=1, initial=len(places))
    order = np.lexsort((j, i))
    return (i[order], j[order], scores[order]), head


def _head(path: str, line: bytes, made: Made) -> dict[str, Any]:
    try:
        head = orjson.loads(line)
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get(_HEAD) != FORMAT:
        raise InputError(f"{path}:1: expected the scores of near-duplicate; {_other(path)}")
    for key, wanted in (
        ("embedder", made.embedder),
        ("rows_sha256", made.rows),
        ("within", made.within),
        ("approximate", made.approximate),
    ):
        if head.get(key) != wanted:
            what = "other rows" if key == "rows_sha256" else f"{key} {head.get(key)!r}"
            raise InputError(f"{path}: made with {what}; {_other(path)}")
    sound = isinstance(head.get("pairs"), int) and isinstance(head.get("floor"), float)
    if not sound or head["pairs"] < 0 or "search" not in head:
        raise InputError(f"{path}:1: {_damaged(path)}")
    return head


def _other(path: str) -> str:
    return f"name another file, or delete {path} to have it made anew"


def _damaged(path: str) -> str:
    return f"the scores are damaged; delete {path} to have them made anew"
