"""How unlike the proportions of labels are."""

from collections import Counter

import numpy as np
import numpy.typing as npt

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured
from dataaug.comparison.pool import UNLABELLED, Pool, memberships
from dataaug.comparison.resampling import (
    EVERYTHING,
    SMALLEST,
    SPLIT_HALVES,
    TOO_FEW,
    Number,
    Reading,
    Scope,
)

NUMBERS = (
    Number("labels.distance", "{synthetic} of the synthetic rows would need another label to have "
           "the proportions of the real ones", "share", absolute=0.05, distance=True),
)  # fmt: skip

_SHOWN = 3
_EVENED = "they bring the labels closer to equally many rows, as balance does"
_WORTH_SAYING = 0.005
_Counts = npt.NDArray[np.int64]


def load() -> Measure:
    """Build the measure.

    The number is the total variation distance, half the sum of |p(label) - q(label)|: 0 for equal
    proportions, 1 for no label in common. Where the synthetic rows even the labels out, as
    ``balance`` does, the verdict is ``evened`` and not ``off``: with them the labels are closer to
    equally many rows than the real ones are, and no label that real rows have was raised above
    the most frequent one of those.
    Halves are drawn as small as the smaller side, and a distance grows as samples shrink: the
    comparison errs towards ok. Where rows have several labels, each row is counted for all of
    them, and halves are halves of rows.
    """

    def measure(pool: Pool, /) -> Measured:
        methods = sorted({method for method, _ in pool.counts} - {"real"})
        chosen = [(EVERYTHING, methods), *((Scope("method", name), [name]) for name in methods)]
        if len(methods) > 1:
            chosen += [(Scope("without", n), [m for m in methods if m != n]) for n in methods]
        return Measured([_reading(pool, scope, names) for scope, names in chosen])

    return FunctionMeasure(NUMBERS, measure)


def _reading(pool: Pool, scope: Scope, methods: list[str]) -> Reading:
    names = sorted({label for _, label in pool.counts})
    if names == [UNLABELLED]:
        return Reading(NUMBERS[0], scope, note="no row carries a label")
    real, synthetic = _counts(pool, ["real"], names), _counts(pool, methods, names)
    size = int(min(real.sum() // 2, synthetic.sum()))
    if size < SMALLEST:
        return Reading(NUMBERS[0], scope, note=TOO_FEW)
    classes, has = memberships(names)
    distances = []
    for number in range(SPLIT_HALVES):
        random = pool.random("labels", scope.kind, scope.name, str(number))
        one = random.multivariate_hypergeometric(real, size, method="marginals")
        two = random.multivariate_hypergeometric(real - one, size, method="marginals")
        distances.append(_distance(one @ has, two @ has))
    names, real, synthetic = classes, real @ has, synthetic @ has
    evens = _evens(real, synthetic)
    note = _shifts(names, real, synthetic)
    if evens:
        note = "; ".join(filter(None, (_EVENED, note)))
    return Reading(
        NUMBERS[0], scope, None, _distance(real, synthetic), float(np.mean(distances)),
        float(np.std(distances)), size, note,
        {"real": _named(names, real), "synthetic": _named(names, synthetic)}, evens,
    )  # fmt: skip


def _evens(real: _Counts, synthetic: _Counts) -> bool:
    """Do the synthetic rows bring the labels closer to equally many rows?"""
    together = real + synthetic
    if (synthetic[real == 0] > 0).any() or (together[synthetic > 0] > real.max()).any():
        return False
    equal = np.ones_like(real)
    return _distance(together, equal) < _distance(real, equal)


def _counts(pool: Pool, methods: list[str], names: list[str]) -> _Counts:
    found: Counter[str] = Counter()
    for (method, label), count in pool.counts.items():
        if method in methods:
            found[label] += count
    return np.array([found[name] for name in names], dtype=np.int64)


def _distance(one: _Counts, two: _Counts) -> float:
    return float(np.abs(one / one.sum() - two / two.sum()).sum() / 2)


def _shifts(names: list[str], real: _Counts, synthetic: _Counts) -> str:
    """Name the labels whose share differs most."""
    before, after = real / real.sum(), synthetic / synthetic.sum()
    most = np.argsort(-np.abs(after - before), kind="stable")[:_SHOWN]
    shown = [
        f"{names[n]} {before[n]:.1%} → {after[n]:.1%}"
        for n in most
        if abs(before[n] - after[n]) >= _WORTH_SAYING
    ]
    return "real → synthetic share: " + ", ".join(shown) if shown else ""


def _named(names: list[str], counts: _Counts) -> dict[str, int]:
    return dict(zip(names, counts.tolist(), strict=True))
