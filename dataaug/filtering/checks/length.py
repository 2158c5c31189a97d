"""Too short or too long, by the lengths of the real rows unless bounds are given."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dataaug.errors import UsageError
from dataaug.filtering.checks import Check, Fault, Mask, Rows
from dataaug.filtering.lengths import ENOUGH, PERCENTILE, STRETCH, Bounds, Lengths, learned
from dataaug.filtering.notes import LengthNote
from dataaug.rows.record import Record, text_fields


@dataclass(slots=True)
class _Length:
    """Measures each field of the text, and judges it by the real rows' same field.

    Attributes:
        given: unit to the least and the most of the text, of its first field where there are
            several; -1 where that is to be learned.
        percentile: see :func:`load`.
        stretch: see :func:`load`.
        lengths: of each field, the first one by no name.
        bounds: of each field.
    """

    given: Mapping[str, tuple[int, int]]
    percentile: float
    stretch: float
    lengths: dict[str, Lengths] = field(default_factory=lambda: defaultdict(Lengths))
    bounds: dict[str, list[Bounds]] = field(default_factory=dict)

    def observe(self, records: Sequence[Record], /) -> None:
        """Measure the next rows."""
        further = records[0].schema.further_texts
        if not further:
            self.lengths[""].extend([record.text for record in records])
            return
        texts = zip(*(text_fields(record.text) for record in records), strict=True)
        for name, column in zip(("", *further), texts, strict=True):
            self.lengths[name].extend(column)

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows outside the bounds."""
        enough = int(rows.real.sum()) >= ENOUGH
        asked = any(-1 in bounds for bounds in self.given.values()) or len(self.lengths) > 1
        bad: Mask = np.zeros(len(rows), dtype=np.bool_)
        for name, lengths in self.lengths.items():
            self.bounds[name] = []
            for unit, counts in lengths.sizes.items():
                sizes = np.frombuffer(counts, dtype=np.intc)
                bounds = self._bounds(name, unit, sizes[rows.real] if enough else None)
                self.bounds[name].append(bounds)
                bad |= bounds.beyond(sizes)
        if not enough and any(each.high < 0 for each in self.bounds.get("", ())):
            rows.warnings.append(
                f"length: {int(rows.real.sum())} real rows are too few to learn bounds from "
                f"({ENOUGH} needed); only bounds that were given count, and empty texts"
            )
        said = {
            f"{name}.{each.unit}" if name else each.unit: [each.low, each.high]
            for name, found in self.bounds.items()
            for each in found
        }
        rows.notes["length"] = LengthNote(said, enough and asked)
        return bad & rows.alive & rows.judged

    def _bounds(self, name: str, unit: str, real: "np.ndarray | None") -> Bounds:
        """Return the bounds of a field: those that were given, else those of the real rows."""
        low, high = (-1, -1) if name else self.given[unit]
        least = Bounds(unit, 0 if name else 1, -1)  # an empty text is none, an empty input is one
        found = least if real is None else learned(unit, real, self.percentile, self.stretch)
        found = replace(found, low=max(found.low, least.low))
        return Bounds(unit, found.low if low < 0 else low, found.high if high < 0 else high)

    def fault(self, row: int, _rows: Rows, /) -> Fault:
        """Name the bound that the row passes."""
        for name, found in self.bounds.items():
            for bounds in found:
                if fault := bounds.fault(self.lengths[name].sizes[bounds.unit][row]):
                    where = {"field": name} if name else {}
                    return Fault(fault.reason, {**where, **fault.detail})
        raise AssertionError(row)


def load(
    *,
    min_chars: int = -1,
    max_chars: int = -1,
    min_words: int = -1,
    max_words: int = -1,
    percentile: float = PERCENTILE,
    stretch: float = STRETCH,
) -> Check:
    """Build the check.

    Args:
        min_chars: fewest characters; -1 learns the bound from the real rows.
        max_chars: most characters.
        min_words: fewest words (runs of characters between blanks).
        max_words: most words.
        percentile: of the real rows' lengths, the share in percent that lies below the lower
            percentile, and above the upper one; 0 up to 50.
        stretch: a learned upper bound is so many times the upper percentile, a lower one the lower
            percentile divided by it; 1 or more.

    Raises:
        UsageError: a bound, the percentile or the factor makes no sense.
    """
    for low, high in ((min_chars, max_chars), (min_words, max_words)):
        if 0 <= high < low:
            raise UsageError(f"length: the lower bound {low} is above the upper bound {high}")
    if not 0 <= percentile < 50:
        raise UsageError(f"length.percentile={percentile}: expected 0 up to 50")
    if not stretch >= 1:
        raise UsageError(f"length.stretch={stretch}: expected 1 or more")
    given = {"characters": (min_chars, max_chars), "words": (min_words, max_words)}
    return _Length(given, percentile, stretch)
