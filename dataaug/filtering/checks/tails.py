"""Where to cut scores so that few good rows are lost: at the tail of those of real rows."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug import quantiles
from dataaug.classifiers import Probabilities
from dataaug.filtering.checks import Mask

_SURE = 0.95
"""How sure it is that no more good rows are lost than said."""
_LEAST = 1e-9
"""Probabilities below count as this."""
_MISMATCH = 1e-6
"""The least doubt, for margins and ratios: another label is the likeliest."""

_Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Doubts:
    """How much surer a classifier is of another label than of a row's own; one entry a row.

    Attributes:
        margin: p(likeliest other) - p(own), -1 to 1. It sees rows that look like another label.
        ratio: log(p(likeliest other) / p(own)). It sees rows whose own label is out of the
            question, though several others share the rest.
    """

    margin: npt.NDArray[np.float64]
    ratio: npt.NDArray[np.float64]


def doubts(found: Probabilities, own: _Numbers) -> tuple[Doubts, _Numbers]:
    """Return the doubts of rows, and the numbers of their likeliest other labels.

    Args:
        found: probabilities, shape (rows, labels), two labels at least.
        own: the numbers of the rows' own labels, -1 for one that has no column.
    """
    lines = np.arange(len(found))
    mine = np.where(own >= 0, found[lines, own], 0.0)
    others = found.copy()
    others[lines[own >= 0], own[own >= 0]] = -1.0
    best = others.argmax(axis=1)
    top = others[lines, best]
    return Doubts(top - mine, np.log(np.maximum(top, _LEAST) / np.maximum(mine, _LEAST))), best


def doubts_of(margin: npt.NDArray[np.float64]) -> Doubts:
    """Return the doubts of what is true or not, as whether a row has a label.

    Args:
        margin: p(the contrary) - p(what is said), -1 to 1, of any shape.
    """
    other, own = np.maximum((1 + margin) / 2, _LEAST), np.maximum((1 - margin) / 2, _LEAST)
    return Doubts(margin, np.log(other / own))


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows go from these limits on, the limits included.

    Attributes:
        margin: limit of the margin; above 1 if none goes for it.
        ratio: limit of the logarithm of the ratio; infinite if none goes for it.
        lost: real rows beyond a limit.
        most: the share of good rows that is lost at most, with 95 % confidence, 0 to 1.
    """

    margin: float
    ratio: float
    lost: int
    most: float

    def __call__(self, found: Doubts) -> Mask:
        """Return which rows are beyond a limit."""
        beyond: Mask = (found.margin >= self.margin) | (found.ratio >= self.ratio)
        return beyond


NOTHING = Cut(np.inf, np.inf, 0, 0.0)


@dataclass(frozen=True, slots=True)
class LossLimits:
    """What the user allows; see :func:`dataaug.filtering.checks.label.load`."""

    tail: float
    margin: float
    max_good_loss: float

    def cut(self, real: Doubts) -> Cut:
        """Return where to cut, by the doubts of the real rows."""
        if self.margin:
            return at_margin(real, self.margin, self.max_good_loss)
        return at_tail(real, self.tail, self.max_good_loss)

    def less(self, real: int, cut: Cut) -> Iterator[str]:
        """Say that fewer rows go than asked for, or none, to keep to the largest loss.

        Args:
            real: real rows that are judged.
            cut: where they were cut.
        """
        largest = self.max_good_loss
        if not real:  # that no label is judged is said of each
            return
        if not allowed(real, largest):
            yield (
                f"label: not checked; with {real:,} real rows no cut is sure to lose {largest:.1%} "
                "of good rows at most (--max-good-loss); "
                + (f"it takes {needed(largest):,}" if largest else "nothing is, at 0")
            )
        elif self.margin and cut.margin > self.margin:
            yield (
                f"label: cut at a margin of {cut.margin:.2f} and not {self.margin:.2f}, "
                f"which might lose more than {largest:.1%} of good rows (--max-good-loss)"
            )
        elif not self.margin and allowed(real, largest) < wanted_beyond(real, self.tail):
            yield (
                f"label: cut where {cut.lost / real:.2%} of real rows are beyond and not "
                f"{self.tail:.2%}, which might lose more than {largest:.1%} of good rows "
                "(--max-good-loss)"
            )


def at_tail(real: Doubts, share: float, largest: float) -> Cut:
    """Cut where a share of the real rows is beyond, half as many for the ratio as for the margin.

    A row whose own label is the likeliest never goes.

    Args:
        real: the doubts of real rows, by models that have not seen them.
        share: the share of good rows to give up, 0 to 1.
        largest: the share of good rows that must not be exceeded, 0 to 1; see :func:`allowed`.
    """
    margins, ratios = (np.sort(scores)[::-1] for scores in (real.margin, real.ratio))
    count = len(margins)
    rows = min(wanted_beyond(count, share), allowed(count, largest))

    def at(rank: int) -> Cut:
        margin = max(float(margins[rank - 1]), _MISMATCH)
        ratio = max(float(ratios[rank // 2 - 1]), _MISMATCH) if rank > 1 else np.inf
        return _counted(real, margin, ratio, spare=int(margin == _MISMATCH))

    rank = bisect_right(range(1, rows + 1), rows, key=lambda rank: at(rank).lost)
    return at(rank) if rank else NOTHING


def at_margin(real: Doubts, margin: float, largest: float) -> Cut:
    """Cut at a margin, or at the least one above it that keeps to the largest loss.

    Args:
        real: the doubts of real rows, by models that have not seen them.
        margin: the margin to cut at, 0 to 1.
        largest: the share of good rows that must not be exceeded, 0 to 1; see :func:`allowed`.
    """
    margins = np.sort(real.margin)[::-1]
    rows = allowed(len(margins), largest)
    if int((margins >= margin).sum()) < rows:
        return _counted(real, margin, np.inf, spare=1)
    rank = bisect_right(range(1, rows + 1), rows,
                        key=lambda rank: int((margins >= margins[rank - 1]).sum()))  # fmt: skip
    return _counted(real, max(float(margins[rank - 1]), margin), np.inf) if rank else NOTHING


def wanted_beyond(count: int, share: float) -> int:
    """Return how many of real rows lie beyond a cut that gives a share of good rows up.

    One at least, of however few: below its place nothing is known of good rows.

    Args:
        count: how many real rows there are.
        share: the share of good rows to give up, 0 to 1.
    """
    return max(1, int(share * (count + 1))) if share > 0 else 0


def allowed(count: int, largest: float) -> int:
    """Return how many of real rows may lie beyond a cut for it to keep to a loss of good rows.

    Rows that are like the real ones lie beyond the k-th largest of n scores with a probability that
    is distributed as Beta(k, n - k + 1) (order statistics of a uniform sample); its 95 % quantile
    must not exceed the loss. One row is allowed from 59 rows on if 5 % may be lost.

    Args:
        count: how many real rows there are.
        largest: the share of good rows that may be lost, 0 to 1.
    """
    return bisect_right(range(1, count + 1), largest, key=lambda lost: _at_most(lost, count))


def needed(largest: float) -> int:
    """Return how many real rows it takes before one may lie beyond a cut; see :func:`allowed`.

    Args:
        largest: the share of good rows that may be lost, above 0 and below 1.
    """
    # of n scores the first is beyond with 1 - (1 - share)^n
    return int(np.ceil(np.log(1 - _SURE) / np.log1p(-largest)))


def _counted(real: Doubts, margin: float, ratio: float, spare: int = 0) -> Cut:
    """Return a cut with its loss; a limit at which no real row lies counts the next one below."""
    lost = int(Cut(margin, ratio, 0, 0.0)(real).sum())
    return Cut(margin, ratio, lost, _at_most(lost + spare, len(real.margin)))


def _at_most(lost: int, count: int) -> float:
    if not 0 < lost <= count:
        return float(lost > 0)
    return quantiles.beta(lost, count - lost + 1, _SURE)


def planted(found: Probabilities, own: _Numbers, cut: Cut) -> tuple[float, float]:
    """Return the shares of wrong labels that a cut would find, had real rows them.

    The first is for every other label alike, the second for the label that those of the row's own
    are mistaken for most.

    Args:
        found: probabilities of real rows by models that have not seen them, shape (rows, labels).
        own: the numbers of their labels.
        cut: where rows go.
    """
    lines = np.arange(len(found))
    mean = np.zeros((found.shape[1], found.shape[1]))
    np.add.at(mean, own, found)
    np.fill_diagonal(mean, -1.0)
    nearest = mean.argmax(axis=1)[own]
    top = found.max(axis=1)
    first = found.argmax(axis=1)
    rest = found.copy()
    rest[lines, first] = -1.0
    second = rest.max(axis=1)
    anywhere = near = 0
    for label in range(found.shape[1]):
        other = np.where(first == label, second, top)
        mine = found[:, label]
        ratio = np.log(np.maximum(other, _LEAST) / np.maximum(mine, _LEAST))
        hit = cut(Doubts(other - mine, ratio))
        anywhere += int(hit[own != label].sum())
        near += int(hit[nearest == label].sum())
    count = max(len(found), 1)
    return anywhere / (count * (found.shape[1] - 1)), near / count
