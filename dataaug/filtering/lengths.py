"""How long a row may be, by how long the real ones are: for ``filter``, and for who makes rows."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dataaug.filtering.checks import Fault

ENOUGH = 50
"""Real rows from which percentiles can be learned; those of fewer rows are mere extremes."""
PERCENTILE = 1.0
"""Of the real rows' lengths, the share in percent beyond each of the percentiles."""
STRETCH = 1.5
"""So many times the upper percentile is not too long, and the lower one divided by it not too
short: such rows train a classifier as well as others do
(docs/decisions/2026-11-30-length-bounds-by-what-helps.md)."""

Sizes = npt.NDArray[np.intc]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most of a unit that a text may have, both included.

    Attributes:
        unit: ``characters`` or ``words`` (runs of characters between blanks).
        low: the least.
        high: the most; -1 for no limit.
    """

    unit: str
    low: int
    high: int

    def beyond(self, sizes: Sizes) -> npt.NDArray[np.bool_]:
        """Return which sizes are out of bounds."""
        out: npt.NDArray[np.bool_] = sizes < self.low
        return out | (sizes > self.high) if self.high >= 0 else out

    def fault(self, size: int) -> Fault | None:
        """Return what is wrong with a size, None if it is within bounds."""
        if size < self.low:
            found, limit = "too_short", {"at_least": self.low}
        elif 0 <= self.high < size:
            found, limit = "too_long", {"at_most": self.high}
        else:
            return None
        return Fault(found, {"unit": self.unit, "found": size, **limit})


@dataclass(slots=True)
class Lengths:
    """How long texts are, for 8 bytes a text.

    Attributes:
        sizes: unit to the size of each text, in the order in which they came.
    """

    sizes: dict[str, "array[int]"] = field(
        default_factory=lambda: {"characters": array("i"), "words": array("i")}
    )

    def extend(self, texts: Sequence[str]) -> None:
        """Measure further texts."""
        self.sizes["characters"].extend(map(len, texts))
        self.sizes["words"].extend([len(text.split()) for text in texts])

    def learned(self) -> tuple[Bounds, ...]:
        """Return the bounds that ``filter`` keeps to by default, if these are the real rows.

        Returns:
            Those of each unit; none where the rows are too few.
        """
        counts = {unit: np.frombuffer(sizes, np.intc) for unit, sizes in self.sizes.items()}
        if len(counts["words"]) < ENOUGH:
            return ()
        return tuple(learned(unit, sizes) for unit, sizes in counts.items())


def learned(
    unit: str, sizes: Sizes, percentile: float = PERCENTILE, stretch: float = STRETCH
) -> Bounds:
    """Return the bounds that the lengths of real rows give.

    Args:
        unit: what is counted.
        sizes: of the real rows, shape (rows,), one at least.
        percentile: the share in percent of the real rows beyond each percentile, 0 up to 50.
        stretch: how far beyond the percentiles a row may be, as a factor from 1 on.
    """
    tail = (percentile, 100 - percentile)
    low, high = np.percentile(sizes, tail, method="closest_observation")
    return Bounds(unit, int(low / stretch), int(high * stretch))


def length_fault(text: str, bounds: Iterable[Bounds]) -> Fault | None:
    """Return the first fault of a text's length, None if it is within all bounds."""
    own = Lengths()
    own.extend([text])
    return next(filter(None, (each.fault(own.sizes[each.unit][0]) for each in bounds)), None)
