"""Can a classifier tell synthetic rows from real ones, and by which words or letters?"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import hstack

from dataaug.classifiers import check_penalty
from dataaug.classifiers.grams import Counts, Weighed
from dataaug.classifiers.newton import two_classes
from dataaug.comparison.measures import (
    FunctionMeasure,
    Histogram,
    Measure,
    Measured,
    check_rows,
)
from dataaug.comparison.pool import Pool, RowNumbers
from dataaug.comparison.resampling import (
    EVERYTHING,
    SMALLEST,
    Number,
    Reading,
    Scope,
    scopes,
    split_half_draws,
    strata,
    synthetic_rows,
    unmeasured,
)
from dataaug.rows.groups import Groups
from dataaug.text.segments import runs

NUMBERS = (
    Number("detector.auc", "a classifier tells synthetic rows from real ones with AUC "
           "{synthetic}, where 0.5 is chance and 1 is always", absolute=0.05, distance=True),
)  # fmt: skip

_FOLDS = 5
_HALVES, _HALF = 6, 1_000
"""How many split halves are told apart, and how many rows of each half."""
_BLANKS = re.compile(r"\s\s+")
_SHOWN = 8
_BINS = 20

_Scores = npt.NDArray[np.float64]


def load(*, rows: int = 4_000, c: float = 10.0) -> Measure:
    """Build the measure: a classifier two-sample test (Lopez-Paz & Oquab 2017, arXiv:1610.06545).

    Logistic regression on TF-IDF of words, pairs of words and character n-grams, letter case kept.
    The area under the ROC curve is that of five-fold cross-validation in which all descendants of
    a real row, and all rows with one text, are in one fold. Real and synthetic rows are taken in
    equal numbers of each label, so that the topic of a label gives nothing away.

    Args:
        rows: how many real and how many synthetic rows it learns from at most.
        c: inverse strength of the L2 penalty.

    Raises:
        UsageError: ``c`` is not above 0, or ``rows`` not 1 or more.
    """
    check_penalty("detector.c", c)
    check_rows("detector", rows)

    def measure(pool: Pool, /) -> Measured:
        kin = _kin(pool)
        real, synthetic = _matched(pool, rows)
        grams = _Grams()
        scored = _scored(pool, (real, synthetic), kin, grams, c)
        if scored is None:
            return Measured([unmeasured(pool, NUMBERS[0], EVERYTHING)])
        null = _null(pool, kin, grams, c)
        readings = [_reading(pool, scope, scored, null) for scope in scopes(pool)]
        found = [reading for reading in readings if reading is not None]
        note, detail = _features(pool, real, synthetic, grams, c)
        found[0] = replace(found[0], note=note, detail=detail)
        return Measured(found, (_histogram(scored),))

    return FunctionMeasure(NUMBERS, measure)


@dataclass(frozen=True, slots=True)
class _Scored:
    """Rows with the score of a model that has not seen them or a relative."""

    rows: RowNumbers
    synthetic: npt.NDArray[np.bool_]
    scores: _Scores


def _matched(pool: Pool, cap: int) -> tuple[RowNumbers, RowNumbers]:
    """Return real and synthetic rows, equally many of each label, in an aligned random order."""
    random = pool.random("detector")
    parts = []
    for real, synthetic in strata(pool, EVERYTHING):
        size = min(len(real), len(synthetic))
        parts.append((random.permutation(real)[:size], random.permutation(synthetic)[:size]))
    real, synthetic = (np.concatenate(side) for side in zip(*parts, strict=True))
    order = random.permutation(len(real))[:cap]
    return real[order], synthetic[order]


def _kin(pool: Pool) -> RowNumbers:
    """Number families: rows that are linked by a root or by an equal text, directly or not."""
    groups = Groups(len(pool.root_names))
    seen: dict[str, int] = {}
    for text, root in zip(pool.texts, pool.roots.tolist(), strict=True):
        groups.join(root, seen.setdefault(" ".join(text.lower().split()), root))
    return np.array([groups.find(root) for root in pool.roots.tolist()], dtype=np.intp)


class _Grams:
    """Counts words, pairs of them and letters of texts as they are; of each text once."""

    def __init__(self) -> None:
        self._counts = {"words": Counts(_words), "letters": Counts(_letters)}

    def __call__(self, texts: Sequence[str]) -> tuple[Any, list[str]] | None:
        """Return the features of texts and their names; None where there is no word in them."""
        if not all(counts(texts).nnz for counts in self._counts.values()):
            return None
        parts = {kind: Weighed(counts, texts) for kind, counts in self._counts.items()}
        names = [f"{kind}__{gram}" for kind, part in parts.items() for gram in part.names()]
        return hstack([part(texts) for part in parts.values()], format="csr"), names


def _words(text: str) -> list[str]:
    """Return the words of a text and its pairs of neighbouring words, in the case of the text."""
    found = runs(text)
    return [*found, *(f"{one} {two}" for one, two in itertools.pairwise(found))]


def _letters(text: str) -> list[str]:
    """Return the character 1- to 3-grams of a text; white space of any length is a blank."""
    plain = _BLANKS.sub(" ", text)
    return [plain[n : n + size] for size in (1, 2, 3) for n in range(len(plain) - size + 1)]


def _auc(synthetic: npt.NDArray[np.bool_], scores: _Scores) -> float:
    """Return the area under the ROC curve, by the ranks of the scores (Mann & Whitney 1947)."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(count) - (count - 1) / 2  # of equal scores the mean
    many, few = int(synthetic.sum()), int((~synthetic).sum())
    return float((ranks[place][synthetic].sum() - many * (many + 1) / 2) / (many * few))


def _scored(
    pool: Pool, halves: tuple[RowNumbers, RowNumbers], kin: RowNumbers, grams: _Grams, c: float
) -> _Scored | None:
    """Cross-validate; None where there are too few rows or families to do it."""
    real, synthetic = halves
    rows = np.concatenate([real, synthetic])
    target = np.repeat([False, True], [len(real), len(synthetic)])
    families, code = np.unique(kin[rows], return_inverse=True)
    if len(real) < SMALLEST or len(families) < 2 * _FOLDS:
        return None
    fold = pool.random("folds").permutation(len(families))[code] % _FOLDS
    made = grams([pool.texts[row] for row in rows])
    if made is None:
        return None
    features = made[0]
    scores = np.full(len(rows), 0.5)
    for number in range(_FOLDS):
        test, train = fold == number, fold != number
        if test.any() and len(np.unique(target[train])) == 2:
            weights, level = two_classes(features[train], target[train], c)
            scores[test] = 1 / (1 + np.exp(-(features[test] @ weights + level)))
        pool.notify("detector", number + 1, _FOLDS)
    return _Scored(rows, target, scores)


def _null(pool: Pool, kin: RowNumbers, grams: _Grams, c: float) -> tuple[float, float]:
    """Return what halves of the real rows give: their mean AUC, and by how much it varies more.

    Scores of rows that resemble each other rise and fall together, so that AUC varies more than
    for independent scores; the second number is that factor, at least 1.
    """
    found, expected = [], 1.0
    for draw in split_half_draws(pool, EVERYTHING, cap=_HALF)[:_HALVES]:
        scored = _scored(pool, (draw.real, draw.other), kin, grams, c)
        if scored is not None:
            found.append(_auc(scored.synthetic, scored.scores))
            expected = _spread(len(draw.real), len(draw.other))
    if not found:
        return 0.5, 1.0
    varies = float(np.sqrt(np.mean((np.array(found) - 0.5) ** 2)))
    return float(np.mean(found)), max(1.0, varies / expected)


def _spread(one: int, two: int) -> float:
    """Return the standard deviation of AUC under the null (Mann-Whitney's U over one * two)."""
    return float(np.sqrt((one + two + 1) / (12 * one * two)))


def _reading(
    pool: Pool, scope: Scope, scored: _Scored, null: tuple[float, float]
) -> Reading | None:
    """Return the AUC among the rows of a scope."""
    wanted = np.zeros(len(pool), dtype=np.bool_)
    wanted[synthetic_rows(pool, scope)] = True
    labels = np.unique(pool.labels[scored.rows[wanted[scored.rows]]])
    beside = np.isin(pool.labels[scored.rows], labels) if pool.by_label else True
    chosen = np.where(scored.synthetic, wanted[scored.rows], beside)
    synthetic = scored.synthetic[chosen]
    many, few = int(synthetic.sum()), int((~synthetic).sum())
    if min(many, few) < SMALLEST:
        return unmeasured(pool, NUMBERS[0], scope) if scope.kind == "method" else None
    halves, factor = null
    spread = factor * _spread(many, few)
    auc = _auc(synthetic, scored.scores[chosen])
    return Reading(
        NUMBERS[0], scope, None, auc, max(0.5, halves), spread, min(many, few),
        detail={"split_half_auc": round(halves, 4)},
    )  # fmt: skip


def _features(
    pool: Pool, real: RowNumbers, synthetic: RowNumbers, grams: _Grams, c: float
) -> tuple[str, dict[str, object]]:
    """Name what gives rows away, both ways: weight times difference in share of rows."""
    made = grams([pool.texts[row] for row in (*real, *synthetic)])
    assert made is not None  # they were scored
    features, names = made
    weights, _ = two_classes(features, np.repeat([False, True], len(real)), c)
    have = features.astype(np.bool_)
    shares = [
        np.asarray(part.mean(axis=0)).ravel() for part in (have[: len(real)], have[len(real) :])
    ]
    # A weight against the difference only makes up for other features: it would mislead.
    more = shares[1] - shares[0]
    pull = np.where(weights * more > 0, weights * np.abs(more), 0.0)
    order = np.argsort(pull, kind="stable")
    sides = {"synthetic": order[::-1], "real": order}
    found: dict[str, object] = {}
    said = []
    for side, ranked in sides.items():
        chosen = _few(ranked, names, pull, 1 if side == "synthetic" else -1)
        found[side] = [
            {
                "feature": _shown(names[n]),
                "weight": round(float(weights[n]), 3),
                "share_of_synthetic": round(float(shares[1][n]), 4),
                "share_of_real": round(float(shares[0][n]), 4),
            }
            for n in chosen
        ]
        most = ", ".join(
            f"{_shown(names[n])} ({shares[1][n]:.1%} of synthetic, {shares[0][n]:.1%} of real rows)"
            for n in chosen[:3]
        )
        said.append(f"speaks for {side}: {most or 'nothing'}")
    return "; ".join(said), found


def _few(ranked: Any, names: Any, pull: _Scores, sign: int) -> list[int]:
    """Return the features that pull most, without those inside one that is already there."""
    chosen: list[int] = []
    for n in ranked[: 20 * _SHOWN].tolist():
        if sign * pull[n] <= 0 or len(chosen) == _SHOWN:
            break
        plain = _bare(names[n])
        if not any(plain in _bare(names[m]) or _bare(names[m]) in plain for m in chosen):
            chosen.append(n)
    return chosen


def _bare(name: str) -> str:
    return re.sub(r"^(words|letters)__", "", name).strip().lower()


def _shown(name: str) -> str:
    kind, _, gram = name.partition("__")
    return f'"{gram}"' if kind == "words" else f"letters {gram!r}"


def _histogram(scored: _Scored) -> Histogram:
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    counts = [
        np.histogram(scored.scores[scored.synthetic == synthetic], edges)[0].tolist()
        for synthetic in (False, True)
    ]
    return Histogram(
        "score of the detector (1: surely synthetic)",
        tuple(np.round(edges, 4).tolist()),
        tuple(counts[0]),
        tuple(counts[1]),
    )
