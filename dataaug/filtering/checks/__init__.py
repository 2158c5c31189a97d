"""Checks: judge rows, and say what is wrong with those that fail."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from dataaug.filtering.notes import Note
from dataaug.rows.labels import LabelCodes
from dataaug.rows.progress import Notify
from dataaug.rows.record import Record, Schema
from dataaug.rows.spool import Spool

Mask = npt.NDArray[np.bool_]
"""One truth value for each row, in the order the rows came."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: a word of :mod:`dataaug.rows.reasons` and the particulars."""

    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Rows:
    """All rows of a run, as the checks see them: real, synthetic, and those rejected so far.

    Attributes:
        alive: rows that no check has rejected yet.
        real: real rows.
        passing: rows that are passed on; reference rows of ``--real`` files are not.
        judged: rows that may be rejected: synthetic ones, or all with ``--include-real``.
        notes: what each check has to say for the report, by its name.
        warnings: what the user should know.
        notify: shows the progress of slow steps.
    """

    def __init__(self, schema: Schema, notify: Notify = lambda *_: None) -> None:
        self.spool = Spool(schema)
        self.notify = notify
        self.notes: dict[str, Note] = {}
        self.warnings: list[str] = []
        self._real = bytearray()
        self._passing = bytearray()
        self._labels = array("i")
        self._codes = LabelCodes()
        self.include_real = False

    def extend(self, records: Sequence[Record], *, passing: bool = True) -> None:
        """Take further rows."""
        self.spool.extend(records)
        self._real.extend([record.is_real for record in records])
        self._labels.extend(self._codes.of([record.label for record in records]))
        self._passing.extend(bytes([passing]) * len(records))

    def freeze(self) -> None:
        """Make the masks, when all rows are in."""
        self.real: Mask = np.frombuffer(self._real, dtype=np.bool_)
        self.passing: Mask = np.frombuffer(self._passing, dtype=np.bool_)
        self.judged: Mask = self.passing & (~self.real | self.include_real)
        self.alive: Mask = np.ones(len(self.spool), dtype=np.bool_)
        self.labels = np.frombuffer(self._labels, dtype=np.intc)
        methods, self.method_names = self.spool.methods
        self.methods = np.frombuffer(methods, dtype=np.intc)
        self.label_names = self._codes.names

    def __len__(self) -> int:
        return len(self.spool)

    def alive_records(self) -> Iterator[tuple[int, Record]]:
        """Yield the rows that are still alive, with their places."""
        for row, record in enumerate(self.spool.records()):
            if self.alive[row]:
                yield row, record

    def name(self, row: int) -> str:
        """Return the id of a row."""
        return self.spool.record(row).id


class Check(Protocol):
    """Judges rows, in two steps: it looks at all of them as they come, then says which fail."""

    def observe(self, records: Sequence[Record], /) -> None:
        """Take what the check needs of the next rows; every row comes by once, in order."""

    def judge(self, rows: Rows, /) -> Mask:
        """Return which rows fail; only rows that are alive and judged can."""

    def fault(self, row: int, rows: Rows, /) -> Fault:
        """Say what is wrong with a row that failed."""


class ChecksAgainst(Check, Protocol):
    """A check that compares the rows with others, which are none of them."""

    @property
    def records(self) -> Sequence[Record]:
        """The rows that they are compared with."""
