"""What people have, taken as rows: files, dicts, strings, records, frames, results of verbs."""

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypedDict, Unpack

import orjson

from dataaug.errors import InputError, UsageError
from dataaug.rows.jsonl import Ids, Labels, OnError, Origin, Source
from dataaug.rows.record import Outcome, Record, Reject, Schema
from dataaug.rows.report import Report
from dataaug.rows.taken import Taken

Notify = Callable[[str, int, int], None]
"""Told the name of a step, how many parts are done, and how many there are (0 if unknown)."""

Rows: TypeAlias = Any
"""What is taken for rows: the path of a JSONL file (``.gz`` and ``.zst`` too) or a list of
:class:`pathlib.Path`; an iterable of dicts, of strings (each the text of a row) or of
:class:`~dataaug.Record`; a pandas or polars frame; a result of another verb; an :class:`Input`."""


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


class Reading(TypedDict, total=False):
    """How rows are read: the keywords that every verb takes.

    Attributes:
        text_field: the field with the text. Default: ``text``.
        label_field: the field with the label. Default: ``label``.
        id_field: the field with the row's id. Default: ``id``.
        spans_field: the field with character spans. Default: ``spans``.
        on_error: ``fail`` raises at the first bad row, ``skip`` sets it aside as a reject.
        origin: ``auto`` takes rows without ``_aug`` as real, ``synthetic`` marks them as synthetic.
        report: counts the run; a new one by default.
        notify: is told of the progress of slow steps.
    """

    text_field: str
    label_field: str
    id_field: str
    spans_field: str
    on_error: OnError
    origin: Origin
    report: Report
    notify: Notify


class Input:
    """The rows of a run and what is noted about it; a verb makes one of what it is given.

    Args:
        verb: the name of the verb, for the report.
        rows: what is taken for rows.
        reading: how.

    Attributes:
        schema: which fields text, label, id and spans are.
        report: what the run counts.
        notify: is told of the progress of slow steps.
        aside: rows that could not be read.
        skips: are bad rows set aside, and the others used?
        counts: does a result count what the verb yields? Who writes rows as they come does it.
    """

    counts = True

    def __init__(self, verb: str, rows: Rows, **reading: Unpack[Reading]) -> None:
        self._rows = rows
        self.schema = Schema(
            reading.get("text_field", "text"),
            reading.get("label_field", "label"),
            reading.get("id_field", "id"),
            reading.get("spans_field", "spans"),
        )
        self._on_error: OnError = reading.get("on_error", "fail")
        self.skips = self._on_error == "skip"
        self._origin: Origin = reading.get("origin", "auto")
        self._ids, self._labels = Ids(), Labels()
        self.report = reading.get("report") or Report(verb)
        self.notify = reading.get("notify", silent)
        self.aside: list[Reject] = []

    def records(self, *further: tuple[Rows, Origin]) -> Iterator[Record]:
        """Yield the rows; those that can't be read are counted and set aside.

        Args:
            further: more rows that are passed on, and how to take them; None is no rows.

        Raises:
            InputError: a row can't be used and ``on_error`` is ``fail``.
        """
        for rows, origin in ((self._rows, self._origin), *further):
            if rows is not None:
                outcomes = self._outcomes(rows, "rows", origin)
                yield from self.report.reading(outcomes, self.aside.append)
        for said in self._labels.warnings():
            self.report.warn(said)

    def named(self) -> dict[str, Iterator[Record]]:
        """Return several sets of rows by name, where they were given so; else ``candidate`` is all.

        Each is counted as it is read.
        """
        sets = self._rows if isinstance(self._rows, Mapping) else {"candidate": self._rows}
        return {
            str(name): self.report.reading(
                self._outcomes(rows, str(name), self._origin), self.aside.append
            )
            for name, rows in sets.items()
        }

    def ahead(self, *, stream: bool = False) -> tuple[Iterator[Record], Taken | None]:
        """Return the rows, and the ids and texts that are there in all of them.

        Args:
            stream: rows may be endless: what is there is not known, and None.
        """
        if stream:
            return self.records(), None
        there, held = Taken(), list(self.records())
        for record in held:
            there.note(record)
        return iter(held), there

    def beside(self, rows: Rows, name: str, origin: Origin = "auto") -> Iterator[Record]:
        """Yield rows that are looked at but not passed on; None is no rows.

        Args:
            rows: what is taken for rows.
            name: how messages call them, as ``against``.
            origin: how they are taken.
        """
        lost = 0
        for outcome in () if rows is None else self._outcomes(rows, name, origin):
            if isinstance(outcome, Record):
                yield outcome
            else:
                lost += 1
        if lost:
            self.report.warn(f"{name}: {lost:,} rows can't be read and were left out")

    def evaluation(self, rows: Rows, name: str = "against") -> tuple[Record, ...]:
        """Return evaluation rows; None is no rows.

        Raises:
            GuardError: a row is synthetic.
        """
        from dataaug import leakage  # noqa: PLC0415 - numpy, for those who need it

        found = tuple(self.beside(rows, name))
        leakage.refuse_synthetic(found, "the evaluation set")
        return found

    def _outcomes(self, rows: Rows, name: str, origin: Origin) -> Iterator[Outcome]:
        paths = _paths(rows)
        source = Source(paths, self.schema, self._on_error, origin, self._ids, self._labels)
        if paths:
            yield from source
            return
        for number, value in enumerate(_values(rows, name)):
            if isinstance(value, Record | Reject):
                yield value
                continue
            line = io.BytesIO(_line(value, self.schema.text, f"{name}:{number + 1}"))
            yield from source.rows(line, name, number)


def of(verb: str, rows: Rows, reading: Reading) -> Input:
    """Return the input that a verb reads: one that is given as it is, or one made of rows."""
    return rows if isinstance(rows, Input) else Input(verb, rows, **reading)


def _paths(rows: Rows) -> tuple[str, ...]:
    """Return the files that are meant, nothing where rows themselves are given."""
    if isinstance(rows, str | os.PathLike):
        return (os.fspath(rows),)
    if isinstance(rows, list | tuple) and rows:
        named = [isinstance(each, os.PathLike) for each in rows]
        if all(named):
            return tuple(map(os.fspath, rows))
    return ()


def _values(rows: Rows, name: str) -> Iterable[Any]:
    """Return an iterable of rows: dicts, strings or records.

    Raises:
        UsageError: it can't be taken for rows.
    """
    if hasattr(rows, "iter_rows"):  # polars
        frame = rows.collect() if hasattr(rows, "collect") else rows
        return frame.iter_rows(named=True)  # type: ignore[no-any-return]
    if hasattr(rows, "itertuples"):  # pandas
        return _of_pandas(rows)
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        raise UsageError(
            f"{name}: expected the path of a JSONL file, an iterable of dicts, strings or records, "
            f"a frame or a result, found {type(rows).__name__}"
        )
    return rows


def _line(value: Any, text_field: str, where: str) -> bytes:
    """Return a row as JSON.

    Raises:
        InputError: it has a value that JSON has no form for.
    """
    if isinstance(value, str):
        value = {text_field: value}
    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError as error:
        try:
            return json.dumps(value, allow_nan=False).encode()  # numbers beyond 64 bits
        except (TypeError, ValueError):
            raise InputError(f"{where}: no JSON can be made of it: {error}") from error


def _of_pandas(frame: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a pandas frame; a missing value is a field that the row lacks."""
    columns = list(map(str, frame.columns))
    lacking = frame.isna().itertuples(index=False, name=None)
    values = frame.astype(object).itertuples(index=False, name=None)
    for row, gaps in zip(values, lacking, strict=True):
        cells = zip(columns, row, gaps, strict=True)
        yield {key: value for key, value, gap in cells if not gap}
