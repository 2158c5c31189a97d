"""Too short or too long, by the lengths of the real rows unless bounds are given."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dataaug.errors import UsageError
from dataaug.filtering.checks import Check, Fault, Mask, Rows
from dataaug.filtering.notes import LengthNote
from dataaug.rows.record import Record

_ENOUGH = 50
"""Real rows from which percentiles can be learned; those of fewer rows are mere extremes."""


@dataclass(slots=True)
class _Length:
    bounds: dict[str, list[int]]
    percentile: float
    sizes: dict[str, "array[int]"] = field(
        default_factory=lambda: {"characters": array("i"), "words": array("i")}
    )

    def observe(self, records: Sequence[Record], /) -> None:
        """Measure the next rows."""
        texts = [record.text for record in records]
        self.sizes["characters"].extend(map(len, texts))
        self.sizes["words"].extend([len(text.split()) for text in texts])

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows outside the bounds."""
        enough = int(rows.real.sum()) >= _ENOUGH
        bad: Mask = np.zeros(len(rows), dtype=np.bool_)
        learned = False
        for unit, bounds in self.bounds.items():
            sizes = np.frombuffer(self.sizes[unit], dtype=np.intc)
            if enough:
                learned = learned or -1 in bounds
                self._learn(bounds, sizes[rows.real])
            low, high = (1 if bounds[0] < 0 else bounds[0]), bounds[1]
            bad |= sizes < low
            if high >= 0:
                bad |= sizes > high
            self.bounds[unit] = [low, high]
        missing = any(bounds[1] < 0 for bounds in self.bounds.values())
        if missing and not enough:
            rows.warnings.append(
                f"length: {int(rows.real.sum())} real rows are too few to learn bounds from "
                f"({_ENOUGH} needed); only bounds that were given count, and empty texts"
            )
        rows.notes["length"] = LengthNote(self.bounds, learned)
        return bad & rows.alive & rows.judged

    def _learn(self, bounds: list[int], sizes: npt.NDArray[np.intc]) -> None:
        tail = (self.percentile, 100 - self.percentile)
        low, high = np.percentile(sizes, tail, method="closest_observation")
        bounds[0] = int(low) if bounds[0] < 0 else bounds[0]
        bounds[1] = int(high) if bounds[1] < 0 else bounds[1]

    def fault(self, row: int, _rows: Rows, /) -> Fault:
        """Name the bound that the row passes."""
        for unit, (low, high) in self.bounds.items():
            size = self.sizes[unit][row]
            detail: dict[str, Any] = {"unit": unit, "found": size}
            if size < low:
                return Fault("too_short", {**detail, "at_least": low})
            if 0 <= high < size:
                return Fault("too_long", {**detail, "at_most": high})
        raise AssertionError(row)


def load(
    *,
    min_chars: int = -1,
    max_chars: int = -1,
    min_words: int = -1,
    max_words: int = -1,
    percentile: float = 1.0,
) -> Check:
    """Build the check.

    Args:
        min_chars: fewest characters; -1 learns the bound from the real rows.
        max_chars: most characters.
        min_words: fewest words (runs of characters between blanks).
        max_words: most words.
        percentile: of the real rows' lengths, the share in percent that lies below a learned
            lower bound, and above a learned upper one; 0 up to 50.

    Raises:
        UsageError: a bound or the percentile makes no sense.
    """
    for low, high in ((min_chars, max_chars), (min_words, max_words)):
        if 0 <= high < low:
            raise UsageError(f"length: the lower bound {low} is above the upper bound {high}")
    if not 0 <= percentile < 50:
        raise UsageError(f"length.percentile={percentile}: expected 0 up to 50")
    return _Length(
        {"characters": [min_chars, max_chars], "words": [min_words, max_words]}, percentile
    )
