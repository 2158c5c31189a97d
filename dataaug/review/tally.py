"""Count the verdicts on a sample; the verdict on a row counts for each of its copies."""

from collections import Counter
from collections.abc import Mapping, Sequence

from dataaug.review.bounds import Copies, Stratum
from dataaug.review.gold import GoldItem
from dataaug.review.sample import Drawn, Population, stratum_sizes
from dataaug.review.votes import Vote


class Tally:
    """Counts the verdicts on a sample.

    Args:
        population: all rows.
        drawn: the sample, copies included, in the order in which it was drawn.
    """

    def __init__(self, population: Population, drawn: Sequence[Drawn]) -> None:
        self._drawn = drawn
        self._sizes = stratum_sizes(population)
        self.shown = _first(drawn)
        """The rows to look at: each once, in the order in which they were drawn."""
        self._places: dict[str, int] = {}
        for place, own in enumerate(drawn):
            self._places.setdefault(own.key, place)
        self.times = Counter(own.key for own in drawn)
        """How often each key is in the sample; the keys in the order of ``shown``."""
        self._outside = _outside(population, drawn)

    def strata(self, votes: Mapping[str, Vote]) -> list[Stratum]:
        """Return what was found in each stratum."""
        found = [Counter[str]() for _ in self._sizes]
        for own in self._drawn:
            found[own.stratum][_said(votes.get(own.key))] += 1
        copies = [Counter[str]() for _ in self._sizes]
        for (key, stratum), rows in self._outside.items():
            copies[stratum][_said(votes.get(key))] += rows
        return [
            Stratum(
                rows, own["bad"] + own["good"], own["bad"], own["left"],
                Copies(more["bad"], more["good"], more["left"]),
            )
            for rows, own, more in zip(self._sizes, found, copies, strict=True)
        ]  # fmt: skip

    def run(self, votes: Mapping[str, Vote]) -> tuple[int, int]:
        """Return errors and rows of the beginning of the sample that Wald's test reads.

        It ends before the first row to come that has no verdict: later copies of rows that have one
        would count before their turn, and a row that is there often would decide alone.
        """
        reviewed = [place for key, place in self._places.items() if key in votes]
        last = max(reviewed, default=-1)
        end = next(
            (place for key, place in self._places.items() if place > last and key not in votes),
            len(self._drawn),
        )
        read = [votes[own.key].bad for own in self._drawn[:end] if own.key in votes]
        return sum(read), len(read)


def _first(drawn: Sequence[Drawn]) -> list[Drawn]:
    found: dict[str, Drawn] = {}
    for own in drawn:
        found.setdefault(own.key, own)
    return list(found.values())


def _said(vote: Vote | None) -> str:
    return "left" if vote is None else "bad" if vote.bad else "good"


def _outside(population: Population, drawn: Sequence[Drawn]) -> Counter[tuple[str, int]]:
    """Return how many rows outside the sample share a key with it, by key and stratum."""
    repeated = population.repeated()
    found: Counter[tuple[str, int]] = Counter()
    for key in {own.key for own in drawn}:
        for stratum, rows in repeated.get(int(key, 16), {}).items():
            found[key, stratum] += rows
    for own in drawn:
        if int(own.key, 16) in repeated:
            found[own.key, own.stratum] -= 1
    return +found


def gold_counts(
    gold: Mapping[str, GoldItem], votes: Mapping[str, Vote]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how many gold items the reviewer called right, of how many: of bad and of good ones.

    Args:
        gold: the gold items by key.
        votes: what is held of rows, by key; gold items without a verdict do not count.
    """
    called = [(row.answer, votes[key].bad) for key, row in gold.items() if key in votes]
    bad = [said for answer, said in called if answer == "bad"]
    good = [not said for answer, said in called if answer == "ok"]
    return (sum(bad), len(bad)), (sum(good), len(good))
