"""What the errors of a stratified sample say of all rows: bounds that no further error lowers."""

import functools
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import special

from dataaug.review import bounds
from dataaug.review.bounds import RateInterval, Stratum

Array = NDArray[np.float64]

_SLOPES = (0.0, 0.1, 0.7, 2.0, 5.0, math.inf)
"""How far a path prefers the strata with the heaviest rows; enough of them that a search for worse
error rates than any on a path finds few (docs/decisions/2026-11-30-stratified-bound.md)."""
_STEPS = 2**17
"""Steps of a path: a bound is found to 1e-5."""
_ALIKE = math.log(1.02)
_FINE, _COARSE = 60, 8
_WORK = 60_000
"""Weights are multiples of the heaviest / 60; of very large samples less fine, to be quick."""


def known(strata: Iterable[Stratum]) -> tuple[Fraction, Fraction]:
    """Return the error rates that are certain: so much of the data is bad, so much can be at most.

    A verdict holds for all copies of its row, in the sample or not.
    """
    rows = bad = good = 0
    for own in strata:
        rows += own.rows
        bad += own.errors + own.copies.bad
        good += own.reviewed - own.errors + own.copies.good
    return (Fraction(bad, rows), 1 - Fraction(good, rows)) if rows else (Fraction(0), Fraction(1))


def stratified_upper(strata: Sequence[Stratum], confidence: float = 0.95) -> float:
    """Return the largest error rate of all rows that the sample does not contradict (one-sided).

    Of one stratum it is the exact hypergeometric bound. Of several it is the bound of Buehler 1957
    for the weighted sum of errors: the largest rate at which the sum is as small as it is with a
    chance of more than 1 - ``confidence``, whichever strata the errors lie in. So it depends on
    the sum alone, and no further error lowers it. The strata's rates that make a small sum most
    likely are looked for on a few paths on which the chance is exact for samples with replacement;
    between sums that the heaviest rows alone can make the bound is at least a straight line.

    Args:
        strata: all strata; those without a reviewed row may be bad throughout.
        confidence: 0 to 1.
    """
    rows = sum(own.rows for own in strata)
    if not rows:
        return 1.0
    least, most = known(strata)
    sure = sum(own.rows if not own.reviewed else own.errors for own in strata if not _is_open(own))
    unsure = [own for own in strata if _is_open(own)]
    bad = float(sure)
    if len(unsure) == 1:
        (own,) = unsure
        bad += bounds.upper(own.errors, own.reviewed, own.rows, confidence) * own.rows
    elif unsure:
        sizes = tuple(sorted((own.rows, own.reviewed) for own in unsure))
        design = _design(sizes)
        total = sum(design.weight(own) * own.errors for own in unsure)
        bad += _bound(sizes, total, confidence) * sum(own.rows for own in unsure)
    rate = (round(bad) if len(unsure) < 2 else bad) / rows
    return min(max(rate, float(least)), float(most))


def stratified_lower(strata: Sequence[Stratum], confidence: float = 0.95) -> float:
    """Return the smallest error rate that the sample does not contradict (one-sided)."""
    if len(strata) == 1:
        (own,) = strata
        rate = bounds.lower(own.errors, own.reviewed, own.rows, confidence)
    else:
        rate = 1 - stratified_upper([own.turned() for own in strata], confidence)
    least, most = known(strata)
    return min(max(rate, float(least)), float(most))


def stratified_interval(strata: Sequence[Stratum]) -> RateInterval:
    """Return the two-sided 95 % interval of the error rate."""
    return RateInterval(stratified_lower(strata, 0.975), stratified_upper(strata, 0.975))


def _is_open(stratum: Stratum) -> bool:
    return 0 < stratum.reviewed < stratum.rows


@dataclass(frozen=True, slots=True)
class _Design:
    """Strata by what one of their reviewed rows stands for; the verdicts are no part of it.

    Attributes:
        unit: rows that a weight of 1 stands for.
        weights: whole numbers, rising: what an error adds to the sum, shape (classes,).
        heavy: rows that a reviewed row stands for, as a share of what the heaviest one does.
        reviewed: reviewed rows of each class.
        shares: rows of each class, as a share of all.
    """

    unit: float
    weights: NDArray[np.int64]
    heavy: Array
    reviewed: NDArray[np.int64]
    shares: Array

    def weight(self, stratum: Stratum) -> int:
        """Return what an error of a stratum adds to the sum."""
        return _weight(stratum.rows, stratum.reviewed, self.unit)

    def rates(self, slope: float, place: float) -> Array:
        """Return the classes' error rates at a place, 0 to 1, of a path; all of them rise along it.

        Rates that minimise the chance's exponent (Chernoff) at a given rate of all rows have the
        form a - m / weight, with a = 1 / (1 - exp(-slope * weight)); slope 0 is one rate for all.
        """
        if not slope:
            return np.full(len(self.weights), place)
        start = 1 / -np.expm1(-slope * self.heavy)
        first, last = (start * self.heavy).max(), ((start - 1) * self.heavy).min()
        rates: Array = np.clip(start - (first + (last - first) * place) / self.heavy, 0, 1)
        return rates

    def rate(self, slope: float, place: float) -> float:
        """Return the error rate of all rows at a place of a path."""
        return float(self.rates(slope, place) @ self.shares)

    def at_most(self, total: int, rates: Array) -> float:
        """Return the chance that the weighted sum of errors is at most so much."""
        above = int(self.weights @ self.reviewed) - total - 1  # that the good rows sum up to it
        if above < 0:
            return 1.0
        if above < total:  # the same from the other end, which is nearer
            return 1 - self.at_most(above, 1 - rates)
        chances = np.zeros(total + 1)
        chances[0] = 1.0
        for weight, reviewed, rate in zip(self.weights, self.reviewed, rates, strict=True):
            if rate > 0:
                chances = _added(chances, int(weight), int(reviewed), float(rate))
        return float(chances.sum())


def _added(chances: Array, weight: int, reviewed: int, rate: float) -> Array:
    """Return the chances of sums to which a class adds its errors."""
    counts = np.arange(min(reviewed, (len(chances) - 1) // weight) + 1)
    of_count = special.bdtr(counts, reviewed, rate)
    of_count[1:] -= of_count[:-1].copy()
    found = np.zeros_like(chances)
    for count, chance in enumerate(of_count.tolist()):
        if chance > 0:
            found[count * weight :] += chance * chances[: len(chances) - count * weight]
    return found


def _weight(rows: int, reviewed: int, unit: float) -> int:
    return max(1, round(rows / reviewed / unit))


@functools.lru_cache(maxsize=8)
def _design(sizes: tuple[tuple[int, int], ...]) -> _Design:
    """Return the classes of strata of these rows and reviewed rows.

    Only strata that are sampled alike, to 2 %, are one class: errors may lie in the heavier of two
    that have the same weight.
    """
    reviewed = sum(seen for _, seen in sizes)
    fine = max(_COARSE, min(_FINE, _WORK // reviewed))
    unit = max(rows / seen for rows, seen in sizes) / fine
    classes: dict[tuple[int, int], tuple[int, int]] = {}
    for rows, seen in sizes:
        alike = _weight(rows, seen, unit), round(math.log(rows / seen) / _ALIKE)
        before = classes.get(alike, (0, 0))
        classes[alike] = (before[0] + rows, before[1] + seen)
    order = sorted(classes)
    of_rows, of_seen = (np.array([classes[alike][part] for alike in order]) for part in (0, 1))
    heavy = of_rows / of_seen
    weights = np.array([weight for weight, _ in order])
    return _Design(unit, weights, heavy / heavy.max(), of_seen, of_rows / of_rows.sum())


@functools.lru_cache(maxsize=1024)
def _bound(sizes: tuple[tuple[int, int], ...], total: int, confidence: float) -> float:
    """Return the bound at a sum: on the paths, or on a line between sums of heaviest rows.

    Light rows can make up what lies between such sums, counted from no error and from all errors.
    """
    design = _design(sizes)
    heaviest, top = int(design.weights[-1]), int(design.weights @ design.reviewed)
    best = _on_paths(sizes, total, confidence)
    for start in {0, top % heaviest}:
        low = total - (total - start) % heaviest
        ends = [_on_paths(sizes, end, confidence) for end in (low, low + heaviest)]
        best = max(best, ends[0] + (ends[1] - ends[0]) * (total - low) / heaviest)
    return best


@functools.lru_cache(maxsize=1024)
def _on_paths(sizes: tuple[tuple[int, int], ...], total: int, confidence: float) -> float:
    """Return the largest rate, over all paths, at which the sum is not too unlikely."""
    best = 0.0
    if total < 0:
        return best
    for slope in _SLOPES:
        best = _further(_design(sizes), slope, total, 1 - confidence, best)
    return best


def _further(design: _Design, slope: float, total: int, risk: float, best: float) -> float:
    """Return the largest rate on a path at which the sum is not too unlikely, or what was best."""

    def fits(step: int) -> bool:
        return design.at_most(total, design.rates(slope, step / _STEPS)) > risk

    begin = _last(lambda step: design.rate(slope, step / _STEPS) <= best)
    if not fits(begin):  # the rest of the path is worse
        return best
    return max(best, design.rate(slope, min(_last(fits) + 1, _STEPS) / _STEPS))


def _last(holds: Callable[[int], bool]) -> int:
    """Return the last step for which it holds, where it holds for all before it; 0 if for none."""
    return bisect_left(range(1, _STEPS + 1), True, key=lambda step: not holds(step))
