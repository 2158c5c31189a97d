"""Equal to an earlier or a real row, apart from what shows little or nothing.

That is case, spacing, quotes, final punctuation, zero-width signs and byte order marks.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dataaug.filtering.checks import Check, Fault, Mask, Rows
from dataaug.filtering.notes import ExactNote
from dataaug.rows.record import Record
from dataaug.text.normalize import normalise


@dataclass(slots=True)
class _Exact:
    names: "array[int]" = field(default_factory=lambda: array("q"))
    kept: "npt.NDArray[np.int64]" = field(default_factory=lambda: np.empty(0, np.int64))

    def observe(self, records: Sequence[Record], /) -> None:
        """Take a name of 8 bytes for each of the next rows.

        Python's own hash (SipHash, 64 bits) costs a fifth of a digest, and no result shows it.
        """
        self.names.extend([hash(normalise(record.text)) for record in records])

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows that equal a kept one: real rows are kept first, then earlier."""
        names = np.frombuffer(self.names, dtype=np.int64)
        rank = np.where(rows.alive, np.where(rows.real, 0, 1), 2).astype(np.int8)
        order = np.lexsort((rank, names))  # stable: earlier rows first
        first = np.ones(len(names), dtype=np.bool_)
        first[1:] = names[order][1:] != names[order][:-1]
        leader = order[np.maximum.accumulate(np.where(first, np.arange(len(names)), 0))]
        self.kept = np.empty(len(names), dtype=np.int64)
        self.kept[order] = leader
        repeated = (self.kept != np.arange(len(names))) & rows.alive
        bad: Mask = repeated & rows.judged
        self._note(rows, repeated)
        return bad

    def _note(self, rows: Rows, repeated: Mask) -> None:
        twins = repeated & rows.real
        conflicts = repeated & (rows.labels != rows.labels[self.kept])
        examples = [
            [rows.name(int(row)), rows.name(int(self.kept[row]))]
            for row in np.flatnonzero(conflicts)[:10]
        ]
        rows.notes["exact"] = ExactNote(int(twins.sum()), int(conflicts.sum()), examples)

    def fault(self, row: int, rows: Rows, /) -> Fault:
        """Name the kept row."""
        kept = rows.spool.record(int(self.kept[row]))
        detail = {"of": kept.id}
        if rows.labels[row] != rows.labels[self.kept[row]]:
            detail["label_there"] = str(kept.label)
        return Fault("exact_duplicate", detail)


def load() -> Check:
    """Build the check."""
    return _Exact()
