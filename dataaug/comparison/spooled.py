"""All rows of a comparison, on the disk: only those that are looked at come back."""

from collections.abc import Iterable, Iterator
from itertools import islice

from dataaug.comparison.pool import (
    ComparedRow,
    LineCounts,
    compared_row,
    line_counts,
    made_methods,
)
from dataaug.errors import InputError
from dataaug.rows.record import Record
from dataaug.rows.seeds import fingerprint
from dataaug.rows.spool import Spool

_CHUNK = 1024
"""Rows that go to the disk together."""


class SpooledLines(Iterable[ComparedRow]):
    """The rows of a comparison; iterating over them reads them again.

    Attributes:
        counts: how many there are of each method and label.
        made: the methods that made texts.
    """

    def __init__(self, records: Iterable[Record], real: Iterable[Record] = ()) -> None:
        """Take all rows.

        Args:
            records: real and synthetic rows.
            real: further real rows; those that are among ``records`` already count once.

        Raises:
            InputError: ``real`` holds synthetic rows.
            MissingError: the folder for temporary files is full.
        """
        self.counts: LineCounts = LineCounts()
        self.made: set[str] = set()
        self._spools: list[Spool] = []
        self._take(records)
        self._take(self._further(real))

    def __iter__(self) -> Iterator[ComparedRow]:
        return (compared_row(record) for spool in self._spools for record in spool.records())

    def _take(self, records: Iterable[Record]) -> None:
        stream, spool = iter(records), None
        while chunk := list(islice(stream, _CHUNK)):
            if spool is None:
                spool = Spool(chunk[0].schema)
                self._spools.append(spool)
            spool.extend(chunk)
            lines = [compared_row(record) for record in chunk]
            self.counts.update(line_counts(lines))
            self.made |= made_methods(lines)

    def _further(self, real: Iterable[Record]) -> Iterator[Record]:
        seen: set[str] | None = None
        for record in real:
            if not record.is_real:
                file, number = record.where
                raise InputError(f"{file}:{number}: a synthetic row among the rows given as real")
            if seen is None:
                seen = {fingerprint(line.id, line.text) for line in self if line.real}
            line = compared_row(record)
            if fingerprint(line.id, line.text) not in seen:
                yield record
