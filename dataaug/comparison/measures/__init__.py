"""Measures: numbers in which the synthetic rows may be unlike the real ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dataaug.comparison.pool import Pool
from dataaug.comparison.resampling import Number, Reading
from dataaug.errors import UsageError


@dataclass(frozen=True, slots=True)
class Histogram:
    """Two histograms over the same bins, for a plot.

    Attributes:
        name: what is counted, in words.
        edges: the bins' borders, one more than there are bins.
        real: real rows in each bin.
        synthetic: synthetic rows in each bin.
    """

    name: str
    edges: tuple[float, ...]
    real: tuple[int, ...]
    synthetic: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measure found, and what a report may draw of it."""

    readings: Sequence[Reading]
    histograms: Sequence[Histogram] = ()
    warnings: Sequence[str] = field(default=())


class Measure(Protocol):
    """Measures one side of how rows are written, for every scope of the rows."""

    @property
    def numbers(self) -> Sequence[Number]:
        """The numbers it gives."""

    def __call__(self, pool: Pool, /) -> Measured:
        """Measure real and synthetic rows, each number beside what two real halves give."""


@dataclass(frozen=True, slots=True)
class FunctionMeasure:
    """A measure made of a function: what most files of this folder return from ``load``."""

    numbers: Sequence[Number]
    measure: "MeasureFunction"

    def __call__(self, pool: Pool, /) -> Measured:
        """Measure the pool."""
        return self.measure(pool)


def check_rows(name: str, rows: int) -> None:
    """Refuse a number of rows that a measure can't look at.

    Raises:
        UsageError: there is not one.
    """
    if rows < 1:
        raise UsageError(f"{name}.rows: expected 1 or more")


class MeasureFunction(Protocol):
    """A function that measures a pool."""

    def __call__(self, pool: Pool, /) -> Measured:
        """Measure the pool."""
