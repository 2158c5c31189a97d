"""Scores of rows in a file: what a judge says of each row, for whoever weighs the judge.

The first line says who judged and how; each other line is a row, named by a hash of its text and
label, so that the scores hold for equal rows of other files too.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.files import open_input
from dataaug.rows.record import Record
from dataaug.rows.seeds import fingerprint

ROW_SCORES_FORMAT = 1
_HEAD = "dataaug_row_scores"


def row_key(record: Record) -> str:
    """Return the name of a row as those who judge it see it: a hash of text and label."""
    return judged_key(record.text, record.label)


def judged_key(text: str, label: str | None) -> str:
    """Return the name of a row with this text and label."""
    return fingerprint(text, "" if label is None else f"={label}")


@dataclass(frozen=True, slots=True)
class RowScore:
    """What a judge says of a row.

    Attributes:
        key: the row's :func:`row_key`.
        id: its id, for people and other programs.
        doubt: how doubtful the row is, 0 (surely good) to 1 (surely bad).
        bad: does the judge call it bad?
        grades: what the doubt was made of, where there is more to it.
    """

    key: str
    id: str
    doubt: float
    bad: bool
    grades: Mapping[str, int] = field(default_factory=dict)


def write_row_scores(path: str, made: Mapping[str, Any], scores: Iterable[RowScore]) -> None:
    """Write scores; the file appears when it is whole.

    Args:
        path: where to; compressed if it ends in ``.gz`` or ``.zst``.
        made: who judged, and how.
        scores: those of the rows, in their order.

    Raises:
        MissingError: the file can't be written.
    """
    file = AtomicFile(path)
    try:
        file.write(orjson.dumps({_HEAD: ROW_SCORES_FORMAT, **made}) + b"\n")
        for score in scores:
            file.write(orjson.dumps(asdict(score)) + b"\n")
    except BaseException:
        file.discard()
        raise
    file.commit()


def read_row_scores(path: str) -> dict[str, RowScore]:
    """Return the scores of a file by key; of several of one key, the most doubtful one.

    Raises:
        InputError: it can't be read, is no such file, or is damaged.
    """
    found: dict[str, RowScore] = {}
    with open_input(path) as stream:
        head = _loaded(stream.readline())
        if head.get(_HEAD) != ROW_SCORES_FORMAT:
            raise InputError(
                f"{path}:1: expected the scores of a judge, as dataaug filter --check judge "
                "--scores FILE writes them"
            )
        for number, line in enumerate(stream, 2):
            score = _score(_loaded(line), f"{path}:{number}")
            known = found.get(score.key)
            if known is None or score.doubt > known.doubt:
                found[score.key] = score
    return found


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _score(row: Mapping[str, Any], where: str) -> RowScore:
    key, doubt, bad = row.get("key"), row.get("doubt"), row.get("bad")
    sound = isinstance(key, str) and isinstance(bad, bool) and _is_share(doubt)
    if not sound:
        raise InputError(
            f"{where}: expected a row's score with 'key', 'bad' and a 'doubt' from 0 to 1; make "
            "the file anew"
        )
    return RowScore(str(key), str(row.get("id", "")), float(doubt or 0), bool(bad))


def _is_share(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 <= value <= 1
