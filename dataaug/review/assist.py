"""Let a judge of all rows sharpen the estimate from the reviewed ones, and say what it is worth.

The rows are parted by their scores, before any verdict is looked at, into two strata, and the
sample is read as one of these strata. That holds whatever the scores are worth; where they tell bad
rows from good ones, the strata differ and the bound is closer (post-stratification; prediction-
powered inference, Angelopoulos et al. 2023, does the same by a regression, whose normal interval
does not hold for rare errors: docs/spotcheck.md).
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import special

from dataaug.errors import InputError
from dataaug.review import bounds, stratified, two_strata
from dataaug.review.bounds import Stratum
from dataaug.review.votes import Vote, cohens_kappa
from dataaug.rows.score_file import RowScore

AssistName = Literal["judge", "label"]
ASSISTS: tuple[AssistName, ...] = ("judge", "label")

PASSED, DOUBTFUL = 0, 1
"""The numbers of the strata of a judge; rows without a score are doubtful."""
_MOST_REVIEWS = 1e7


@dataclass(frozen=True, slots=True)
class Assist:
    """What a judge says of the rows.

    Attributes:
        name: who judged: ``judge`` (a language model) or ``label`` (a classifier of the real rows).
        scores: what it says, by the key of a row.
    """

    name: AssistName
    scores: Mapping[str, RowScore]

    def strata(self, keys: "array[int]") -> "array[int]":
        """Return the stratum of each key: is the row doubtful?

        What the judge calls bad is, where it calls some rows so and others not. Where it does not
        (they are gone, by ``filter``), rows are from the doubt on that leaves least of the doubts'
        variance inside the strata: best if the risk is proportional to the doubt (Dalenius 1950;
        Otsu 1979 as a rule).

        Args:
            keys: the keys of the rows, as numbers; copies have one.

        Raises:
            InputError: no row has a score.
        """
        found = [self.scores.get(f"{key:016x}") for key in keys]
        known = [score for score in found if score is not None]
        if not known:
            raise InputError(
                f"none of the {len(keys):,} rows has a score in this file: it is about other rows"
            )
        split = len({score.bad for score in known}) == 2
        cut = np.inf if split else _cut(np.array([score.doubt for score in known]))
        return array(
            "i",
            (
                DOUBTFUL if score is None or score.doubt >= cut or (split and score.bad) else PASSED
                for score in found
            ),
        )

    def unscored(self, keys: "array[int]") -> int:
        """Return how many keys have no score."""
        return sum(f"{key:016x}" not in self.scores for key in keys)


def _cut(doubts: "np.typing.NDArray[np.float64]") -> float:
    """Return the doubt that parts rows best; infinite where all have the same."""
    values, counts = np.unique(doubts, return_counts=True)
    if len(values) < 2:
        return float("inf")
    below = np.cumsum(counts)[:-1] / len(doubts)
    sums = np.cumsum(values * counts)[:-1] / len(doubts)
    between = (doubts.mean() * below - sums) ** 2 / (below * (1 - below))
    return float(values[1:][between.argmax()])


class Share(NamedTuple):
    """Some rows of some others, with the 95 % interval of their share."""

    rows: int
    of: int

    def row(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        low, high = bounds.interval(self.rows, self.of)
        return {
            "rows": self.rows,
            "of": self.of,
            "share": round(self.rows / self.of, 4) if self.of else None,
            "interval_95": [round(low, 4), round(high, 4)],
        }


def agreement_with(
    assist: Assist, votes: Mapping[str, Vote], keys: Iterable[str]
) -> dict[str, Any]:
    """Return how far a judge and the reviewers agree.

    Intervals are Clopper & Pearson's; kappa is Cohen's (1960).

    Args:
        assist: the judge.
        votes: what the reviewers say, by key.
        keys: the rows that count: those of the sample, each once.
    """
    pairs = [
        (assist.scores[key].bad, votes[key].bad)
        for key in keys
        if key in votes and key in assist.scores
    ]
    bad = [called for called, right in pairs if right]
    good = [called for called, right in pairs if not right]
    same = sum(called == right for called, right in pairs)
    return {
        "agree": Share(same, len(pairs)).row(),
        "cohens_kappa": cohens_kappa(pairs) if pairs else None,
        "bad_rows_passed": Share(len(bad) - sum(bad), len(bad)).row(),
        "good_rows_called_bad": Share(sum(good), len(good)).row(),
    }


def worth(strata: Sequence[Stratum]) -> dict[str, Any]:
    """Return the upper bounds with the judge and without it, and how many reviews it saved."""
    helped = two_strata.two_strata_upper(strata)
    alone = stratified.stratified_upper([_together(strata)])
    return {
        "upper_bound_95": round(helped, 5),
        "without_it": round(alone, 5),
        "reviews_saved": reviews_saved(strata),
    }


def reviews_saved(strata: Sequence[Stratum]) -> int:
    """Return how many more reviews so close an upper bound would take without the judge.

    Both are simple samples in which the rate is the one that was estimated; below 0 the judge's
    strata have cost some. At most all rows can be reviewed.
    """
    whole, rate = _together(strata), float(bounds.weighted(strata).rate)
    if not 0 < whole.reviewed < whole.rows or rate == 1:
        return 0
    alone = _sample_size(rate, _bound_alone(rate * whole.reviewed, whole))
    helped = _sample_size(rate, two_strata.two_strata_upper(strata))
    return min(round(whole.reviewed * (helped / alone - 1)), whole.rows - whole.reviewed)


def _bound_alone(errors: float, whole: Stratum) -> float:
    """Return the bound of the sample as it is, for so many errors; on a line between two counts."""
    few = int(errors)
    low, high = (
        bounds.upper(count, whole.reviewed, whole.rows)
        for count in (few, min(few + 1, whole.reviewed))
    )
    return low + (errors - few) * (high - low)


def _together(strata: Sequence[Stratum]) -> Stratum:
    """Return the sample as one without strata."""
    rows, reviewed, errors, left, copies = zip(*strata, strict=True)
    counts = (sum(part) for part in zip(*copies, strict=True))
    return Stratum(sum(rows), sum(reviewed), sum(errors), sum(left), bounds.Copies(*counts))


def _sample_size(rate: float, bound: float) -> float:
    """Return how many rows of a large set, so many of them bad, have this upper bound."""
    low, high = 1.0, _MOST_REVIEWS
    while high > 1.0001 * low:
        middle = (low * high) ** 0.5
        found = special.betaincinv(rate * middle + 1, (1 - rate) * middle, 0.95)
        low, high = (middle, high) if found > bound else (low, middle)
    return high
