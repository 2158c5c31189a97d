"""How much of a set begins with the same two or three words."""

from collections import Counter
from dataclasses import replace

import numpy as np

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured
from dataaug.comparison.pool import Pool, RowNumbers
from dataaug.comparison.resampling import (
    EVERYTHING,
    Number,
    Reading,
    Scope,
    each,
    profile,
    synthetic_rows,
)

_SAID = ("the most frequent opening of {what} words begins {{synthetic}} of the synthetic rows; "
         "among real rows it is {{real}}")  # fmt: skip
NUMBERS = (
    Number("openings.2", _SAID.format(what="two"), "share", relative=0.1, absolute=0.03),
    Number("openings.3", _SAID.format(what="three"), "share", relative=0.1, absolute=0.03),
)
_SHOWN = 5


def load() -> Measure:
    """Build the measure. Generated rows often begin alike ("I am writing to …")."""

    def measure(pool: Pool, /) -> Measured:
        names = {n: [pool.opening(row, n) for row in range(len(pool))] for n in (2, 3)}
        codes = {n: np.unique(names[n], return_inverse=True)[1] for n in names}

        def top(size: int, rows: RowNumbers) -> float:
            return float(np.bincount(codes[size][rows]).max() / len(rows))

        readings = profile(
            pool, NUMBERS, lambda draw: each(draw, lambda r: top(2, r), lambda r: top(3, r))
        )
        return Measured([_named(pool, names, reading) for reading in readings])

    return FunctionMeasure(NUMBERS, measure)


def _named(pool: Pool, names: dict[int, list[str]], reading: Reading) -> Reading:
    """Say which openings they are."""
    if reading.synthetic is None or reading.scope.kind == "without":
        return reading
    openings = names[int(reading.number.name[-1])]
    synthetic = _most(openings, synthetic_rows(pool, reading.scope))
    real = _most(openings, _real_rows(pool, reading.scope))
    return replace(
        reading,
        note=f"most frequent: {synthetic[0][0]!r}; among real rows {real[0][0]!r}",
        detail={"synthetic": dict(synthetic), "real": dict(real)},
    )


def _real_rows(pool: Pool, scope: Scope = EVERYTHING) -> RowNumbers:
    real = pool.real
    if scope.kind == "label":
        real = real & pool.has[:, pool.classes.index(scope.name)][pool.labels]
    return np.flatnonzero(real)


def _most(openings: list[str], rows: RowNumbers) -> list[tuple[str, float]]:
    counts = Counter(openings[row] for row in rows)
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]
    return [(name, round(count / len(rows), 4)) for name, count in most]
