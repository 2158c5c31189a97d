"""Split-half resampling: by how much do two random halves of the real rows differ by chance?"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.comparison.pool import Pool, RowNumbers

Table = npt.NDArray[np.float64]

SPLIT_HALVES = 30
"""Draws a scope; the spread of that many split halves is known to about 13 % (1 / sqrt(2 * 30))."""

SMALLEST = 10
"""Rows a sample must have; below it nothing is said."""

SAMPLE_CAP = 5_000
"""Rows a sample has at most; more would only show differences too small to matter."""

MOST_LABELS = 100
"""Labels that are looked at one by one: those with the most synthetic rows."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Which synthetic rows are compared: all, or those of a label or method, or all but a method's.

    Attributes:
        kind: ``all``, ``label``, ``method`` or ``without``.
        name: the label or method; empty for ``all``.
    """

    kind: str = "all"
    name: str = ""

    def __str__(self) -> str:
        return self.kind if self.kind == "all" else f"{self.kind} {self.name}"


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class SplitHalfDraw:
    """Three samples of equal size with equally many rows of each label.

    Attributes:
        real: numbers of real rows: a random half.
        other: numbers of real rows from the other half.
        synthetic: numbers of synthetic rows. None of them was made from a row in ``real``, since
            no row of ``other`` was either: a copy would make the two sets seem alike.
    """

    real: RowNumbers
    other: RowNumbers
    synthetic: RowNumbers

    def __iter__(self) -> Iterator[RowNumbers]:
        return iter((self.real, self.other, self.synthetic))

    def first(self, count: int) -> "SplitHalfDraw":
        """Return the first rows of each sample."""
        return SplitHalfDraw(self.real[:count], self.other[:count], self.synthetic[:count])


def scopes(pool: Pool) -> list[Scope]:
    """Return what is compared: everything, each method, all but each method, each label."""
    methods = [name for name in pool.method_names if name in pool.made]
    found = [EVERYTHING, *(Scope("method", name) for name in methods)]
    if len(methods) > 1:
        found += [Scope("without", name) for name in methods]
    if pool.by_label and len(pool.label_names) > 1:
        made = np.bincount(pool.labels[~pool.real], minlength=len(pool.label_names))
        synthetic = made @ pool.has
        most = sorted(range(len(synthetic)), key=lambda code: (-synthetic[code], code))[
            :MOST_LABELS
        ]
        found += [Scope("label", pool.classes[code]) for code in sorted(most)]
    return found


def synthetic_rows(pool: Pool, scope: Scope) -> RowNumbers:
    """Return the synthetic rows of a scope."""
    chosen = ~pool.real
    if scope.kind == "label":
        chosen &= pool.has[:, pool.classes.index(scope.name)][pool.labels]
    elif scope.kind == "method":
        chosen &= pool.methods == pool.method_names.index(scope.name)
    elif scope.kind == "without":
        chosen &= pool.methods != pool.method_names.index(scope.name)
    return np.flatnonzero(chosen)


def strata(pool: Pool, scope: Scope) -> list[tuple[RowNumbers, RowNumbers]]:
    """Return the real and the synthetic rows of each label, or one pair if labels do not count.

    Rows are compared within a label only, so that other proportions of labels do not look like
    another style; the measure ``labels`` compares the proportions.
    """
    synthetic, real = synthetic_rows(pool, scope), pool.places(real=True)
    if not pool.by_label:
        return [(real, synthetic)]
    codes = np.unique(pool.labels[synthetic])
    return [(real[pool.labels[real] == c], synthetic[pool.labels[synthetic] == c]) for c in codes]


def split_half_draws(
    pool: Pool, scope: Scope, count: int = SPLIT_HALVES, cap: int = SAMPLE_CAP
) -> list[SplitHalfDraw]:
    """Return the draws of a scope; none if a sample would have fewer than ``SMALLEST`` rows.

    Of each label, the real rows are split into two halves at random. All three samples take equally
    many rows of the label: as many as the smallest of them has.

    Args:
        pool: the rows.
        scope: which synthetic rows.
        count: how many draws.
        cap: rows in a sample at most.
    """
    key = ("draws", scope, count)
    if key not in pool.memo:
        pool.memo[key] = _drawn(pool, scope, count)
    return [draw.first(cap) for draw in pool.memo[key]]


def _drawn(pool: Pool, scope: Scope, count: int) -> list[SplitHalfDraw]:
    pairs = [(real, synthetic) for real, synthetic in strata(pool, scope) if len(real) > 1]
    found = []
    for number in range(count):
        random = pool.random("halves", scope.kind, scope.name, str(number))
        parts = [_part(pool, real, synthetic, random) for real, synthetic in pairs]
        if sum(len(part[0]) for part in parts) < SMALLEST:
            return []
        joined = [np.concatenate(side) for side in zip(*parts, strict=True)]
        # One order for all three: row k has the same label in each, and any first rows do as well.
        order = random.permutation(len(joined[0]))[:SAMPLE_CAP]
        found.append(SplitHalfDraw(*(side[order] for side in joined)))
    return found


def _part(
    pool: Pool, real: RowNumbers, synthetic: RowNumbers, random: np.random.Generator
) -> tuple[RowNumbers, RowNumbers, RowNumbers]:
    mixed = random.permutation(real)
    half = len(mixed) // 2
    one, two = mixed[:half], mixed[half : 2 * half]
    taken = np.zeros(len(pool.root_names), dtype=np.bool_)
    taken[pool.roots[one]] = True
    free = random.permutation(synthetic[~taken[pool.roots[synthetic]]])
    size = min(half, len(free))
    return one[:size], two[:size], free[:size]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a set of rows has, or the distance between two sets.

    Attributes:
        name: ``measure.number``.
        said: a sentence about it with ``{synthetic}`` and ``{real}`` in it.
        style: how it is written: ``number``, ``share`` (of 1, shown in per cent).
        relative: the smallest difference worth naming, as a part of the real value.
        absolute: the same in the number's own unit; both must be reached.
        distance: it compares two sets, and only a greater value is worse.
    """

    name: str
    said: str
    style: str = "number"
    relative: float = 0.0
    absolute: float = 0.0
    distance: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one scope, with what chance alone gives.

    Attributes:
        number: what was measured.
        scope: of which rows.
        real: its value for the real rows, a mean over their halves; None for a distance.
        synthetic: its value for the synthetic rows, or their distance from the real ones. None:
            there are too few rows, or the number does not exist for them.
        split_half: what two halves of the real rows give: the root mean square of their
            difference, or their mean distance.
        spread: standard deviation of that difference or distance from draw to draw.
        rows: rows in a sample.
        note: a further sentence, or why there is no value.
        detail: particulars for the report, plain JSON.
        evens: do the synthetic rows bring labels closer to equally many rows? Then a difference in
            the proportions of labels is what ``balance`` is for.
    """

    number: Number
    scope: Scope
    real: float | None = None
    synthetic: float | None = None
    split_half: float | None = None
    spread: float = 0.0
    rows: int = 0
    note: str = ""
    detail: dict[str, object] | None = None
    evens: bool = False

    @property
    def difference(self) -> float | None:
        """Synthetic less real, or for a distance less what two real halves give."""
        beside = self.split_half if self.number.distance else self.real
        return None if self.synthetic is None or beside is None else self.synthetic - beside


TOO_FEW = f"too few rows to say: it takes {2 * SMALLEST} real and {SMALLEST} synthetic ones"
ONE_SIDED = ("nothing can be said label for label: too few rows carry a label that real and "
             "synthetic rows share; --by none compares regardless of labels")  # fmt: skip


def unmeasured(pool: Pool, number: Number, scope: Scope) -> Reading:
    """Return the reading of a scope with too few rows."""
    enough = pool.real.sum() >= 2 * SMALLEST and (~pool.real).sum() >= SMALLEST
    return Reading(number, scope, note=ONE_SIDED if enough and pool.by_label else TOO_FEW)


def profile(
    pool: Pool,
    numbers: Sequence[Number],
    measure: Callable[[SplitHalfDraw], Table],
    cap: int = SAMPLE_CAP,
) -> list[Reading]:
    """Measure every scope: numbers of real halves and synthetic rows, over all draws.

    Labels with too few rows are left out; ``all`` and methods then say that they are too small.

    Args:
        pool: the rows.
        numbers: what ``measure`` returns, in order.
        measure: gives a table of shape (3, numbers) for a draw: its real, other and synthetic part.
            Not a number where it is not defined.
        cap: rows in a sample at most.
    """
    readings: list[Reading] = []
    for scope in scopes(pool):
        drawn = split_half_draws(pool, scope, cap=cap)
        if not drawn:
            if scope.kind in {"all", "method"}:
                readings += [unmeasured(pool, number, scope) for number in numbers]
            continue
        values = np.stack([measure(draw) for draw in drawn])
        for column, number in enumerate(numbers):
            readings.append(_reading(number, scope, values[:, :, column], len(drawn[0].real)))
    return readings


def _reading(number: Number, scope: Scope, values: Table, rows: int) -> Reading:
    """Sum up one number over all draws; ``values`` has the shape (draws, 3)."""
    if not np.isfinite(values).all():
        return Reading(number, scope, rows=rows, note="not defined for such rows")
    real, other, synthetic = values.T
    spread = float(np.sqrt(np.mean((real - other) ** 2)))
    return Reading(
        number,
        scope,
        real=float((real + other).mean() / 2),
        synthetic=float(synthetic.mean()),
        split_half=spread,
        spread=spread,
        rows=rows,
    )


def ratio(part: Iterable[float], whole: Iterable[float]) -> Callable[[RowNumbers], float]:
    """Return a function that gives sum(part) / sum(whole) of a sample of rows."""
    top = np.fromiter(part, dtype=np.float64)
    bottom = np.fromiter(whole, dtype=np.float64)

    def over(rows: RowNumbers) -> float:
        below = bottom[rows].sum()
        return float(top[rows].sum() / below) if below else float("nan")

    return over


def each(draw: SplitHalfDraw, *functions: Callable[[RowNumbers], float]) -> Table:
    """Return the table of a draw for functions of one sample."""
    return np.array([[function(rows) for function in functions] for rows in draw])
