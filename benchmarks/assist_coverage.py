"""How often the bounds of ``spotcheck --assist`` hold, and how many reviews a judge saves.

    python benchmarks/assist_coverage.py               # goes on where the journal ends
    python benchmarks/assist_coverage.py --minutes 0   # the tables of what is there

A set of 4,000 rows with 1 to 20 % bad ones is judged, parted by ``spotcheck``'s own rule, and a
sample of 50 to 400 rows is reviewed. Judges:

useless     a score between 0 and 1 for each row that has nothing to do with it
against     calls a fifth of the good rows bad, and no bad one
good        calls 80 % of the bad rows bad, and 5 % of the good ones
ranks       a score only, two standard deviations higher for bad rows; calls none bad
perfect     calls the bad rows bad

Coverage is not drawn but summed over all outcomes, for five sizes of the sample's doubtful part (at
sixths of its distribution; three of 400 reviews, at quarters). Means are over 60 samples.
"""

import argparse
import functools
import json
import time
from array import array
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench import WORK, save, table
from scipy import stats

from dataaug.review import bounds, two_strata
from dataaug.review.assist import Assist, reviews_saved
from dataaug.review.bounds import Stratum
from dataaug.review.two_strata import two_strata_upper
from dataaug.rows.score_file import RowScore
from dataaug.rows.seeds import derive, fingerprint

ROWS = 4000
RATES = (0.01, 0.02, 0.05, 0.1, 0.2)
REVIEWED = (50, 100, 200, 400)
JUDGES = ("useless", "against", "good", "ranks", "perfect")
SAMPLES = 60
_RARE = 1e-7
"""Outcomes that are less likely are left out, as if the bound did not hold."""


class Cell(NamedTuple):
    """A judge, a share of bad rows, and how many rows are reviewed."""

    judge: str
    rate: float
    reviewed: int


def judged(cell: Cell) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return rows and bad rows of the strata, the doubtful one last."""
    rng = np.random.default_rng(derive(0, cell.judge, str(cell.rate)))
    bad = np.arange(ROWS) < round(cell.rate * ROWS)
    doubt, call = np.zeros(ROWS), np.zeros(ROWS, dtype=bool)
    if cell.judge == "useless":
        doubt = rng.random(ROWS)
    elif cell.judge == "ranks":
        doubt = 1 / (1 + np.exp(2 - rng.normal(2.0 * bad, 1)))
    else:
        shares = {"against": (0.0, 0.2), "good": (0.8, 0.05), "perfect": (1.0, 0.0)}[cell.judge]
        call = rng.random(ROWS) < np.where(bad, *shares)
    scores = {f"{n:016x}": RowScore("", "", float(doubt[n]), bool(call[n])) for n in range(ROWS)}
    strata = np.array(Assist("judge", scores).strata(array("Q", range(ROWS))))
    rows, wrong = np.bincount(strata, minlength=2), np.bincount(strata[bad], minlength=2)
    return (int(rows[0]), int(rows[1])), (int(wrong[0]), int(wrong[1]))


def held(cell: Cell) -> tuple[float, float]:
    """Return how often the upper bound and the interval hold."""
    rows, bad = judged(cell)
    rate, sizes = sum(bad) / ROWS, stats.hypergeom(ROWS, rows[1], cell.reviewed)
    found = []
    parts = 6 if cell.reviewed < 400 else 4
    for level in np.arange(1, parts) / parts:
        doubtful = int(sizes.ppf(level))
        reviewed = (cell.reviewed - doubtful, doubtful)

        def own(errors: tuple[int, int], reviewed: tuple[int, int] = reviewed) -> list[Stratum]:
            return [Stratum(*parts) for parts in zip(rows, reviewed, errors, strict=True)]

        ranges = [_likely(*parts) for parts in zip(rows, bad, reviewed, strict=True)]
        chance = np.outer(*(weights for _, weights in ranges))
        starts = [start for start, _ in ranges]
        walk = functools.partial(_staircase, chance.shape, starts)
        upper = walk(lambda errors, own=own: two_strata_upper(own(errors)) >= rate - 1e-9)
        above = walk(lambda errors, own=own: two_strata_upper(own(errors), 0.975) >= rate - 1e-9)
        below = walk(lambda errors, own=own: _lower(own(errors)) > rate + 1e-9)
        found.append((chance[upper].sum(), chance[above & ~below].sum()))
    one, two = np.mean(found, axis=0)
    return float(one), float(two)


def _lower(strata: list[Stratum]) -> float:
    """Return the lower end of the interval."""
    return 1 - two_strata_upper([own.turned() for own in strata], 0.975)


def _likely(rows: int, bad: int, reviewed: int) -> tuple[int, np.ndarray]:
    """Return the first count of errors that is not too unlikely, and the chances from there on."""
    chance = stats.hypergeom(rows, bad, reviewed).pmf(np.arange(reviewed + 1))
    there = np.flatnonzero(chance > _RARE)
    return int(there[0]), chance[there[0] : there[-1] + 1]


def _staircase(
    shape: tuple[int, int], starts: list[int], holds: Callable[[tuple[int, int]], bool]
) -> np.ndarray:
    """Return where a condition holds that goes on holding with further errors in either stratum."""
    found, column = np.zeros(shape, dtype=bool), shape[1]
    for row in range(shape[0]):
        while column and holds((starts[0] + row, starts[1] + column - 1)):
            column -= 1
        found[row, column:] = True
    return found


def saved(cell: Cell) -> tuple[float, float, float]:
    """Return the mean upper bound, that of the sample without strata, and the reviews saved."""
    rows, bad = judged(cell)
    rng = np.random.default_rng(derive(1, *map(str, cell)))
    parts = np.array([rows[0] - bad[0], bad[0], rows[1] - bad[1], bad[1]])
    found = []
    for drawn in rng.multivariate_hypergeometric(parts, cell.reviewed, SAMPLES).tolist():
        strata = [
            Stratum(rows[0], drawn[0] + drawn[1], drawn[1]),
            Stratum(rows[1], drawn[2] + drawn[3], drawn[3]),
        ]
        plain = bounds.upper(drawn[1] + drawn[3], cell.reviewed, ROWS)
        found.append((two_strata_upper(strata), plain, reviews_saved(strata)))
    own, plain, spared = np.mean(found, axis=0)
    return float(own), float(plain), float(spared)


def cells() -> Iterator[Cell]:
    """Yield all cells, the quick ones first."""
    for reviewed, rate, judge in product(REVIEWED, RATES, JUDGES):
        yield Cell(judge, rate, reviewed)


def main() -> None:
    """Fill the journal, and show what is in it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--minutes", type=float, default=60, help="stop after so many")
    asked = options.parse_args()
    sources = (Path(__file__), Path(two_strata.__file__), Path(bounds.__file__))
    code = fingerprint(*(path.read_text() for path in sources))
    journal = WORK / "assist_coverage.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    lines = journal.read_text().splitlines() if journal.exists() else []
    known = {Cell(*line["cell"]): line for line in map(json.loads, lines) if line["code"] == code}
    end = time.monotonic() + 60 * asked.minutes
    for cell in cells():
        if cell in known or time.monotonic() > end:
            continue
        upper, both = held(cell)
        own, plain, spared = saved(cell)
        known[cell] = {"code": code, "cell": cell, "upper": upper, "interval": both,
                       "bound": own, "plain": plain, "saved": spared}  # fmt: skip
        with journal.open("a") as file:
            file.write(json.dumps(known[cell]) + "\n")
    show(known)


def show(known: dict[Cell, dict[str, float]]) -> None:
    """Print the least coverage, and the reviews saved, and keep the figures."""
    if not known:
        return
    for part in ("upper", "interval"):
        print(f"\nper cent of samples in which the {part} holds, least over the rates")
        table(
            ("judge", *map(str, REVIEWED)),
            [
                (judge, *(_least(known, part, judge, reviewed) for reviewed in REVIEWED))
                for judge in JUDGES
            ],
        )
    for judge in JUDGES:
        print(f"\n{judge}: mean bound / mean bound without it, reviews saved")
        table(
            ("bad", *map(str, REVIEWED)),
            [(f"{rate:.0%}", *(_gain(known.get(Cell(judge, rate, n))) for n in REVIEWED))
             for rate in RATES],
        )  # fmt: skip
    worst = {part: min(each[part] for each in known.values()) for part in ("upper", "interval")}
    widest = max(each["bound"] / each["plain"] for each in known.values())
    save(
        "assist_coverage",
        {**worst, "widest": widest},
        cells=[dict(each) for each in known.values()],
    )


def _least(known: dict[Cell, dict[str, float]], part: str, judge: str, reviewed: int) -> str:
    found = [each[part] for cell, each in known.items()
             if (cell.judge, cell.reviewed) == (judge, reviewed)]  # fmt: skip
    return f"{100 * min(found):.1f}" if found else ""


def _gain(found: dict[str, float] | None) -> str:
    if found is None:
        return ""
    return f"{100 * found['bound']:.1f} / {100 * found['plain']:.1f}, {found['saved']:.0f}"


if __name__ == "__main__":
    main()
