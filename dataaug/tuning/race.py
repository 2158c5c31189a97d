"""A race of recipes over folds: those that are surely worse than the leader leave it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dataaug.tuning import FOLDS, LEAST_GAIN, UNCHANGED
from dataaug.tuning.differences import PairedDifference, paired
from dataaug.tuning.prior import Prior

Scorer = Callable[[str, int], float | None]
"""The score of a recipe in a round, 0 to 1; None where the recipe can't be made there."""


@dataclass(slots=True)
class Race:
    """What became of a race.

    Attributes:
        held: rows held out over rows trained on.
        scores: of each recipe, a score for each round that it ran in.
        priors: what recipes brought elsewhere.
        out: recipes that were raced out, and the round behind which they were.
        failed: recipes that could not be made in a round.
        rounds: rounds that all recipes which were then in the race ran in.
        cut: why the race ended before its time, empty where it did not.
    """

    held: float
    scores: dict[str, list[float]]
    priors: Mapping[str, Prior] = field(default_factory=dict)
    out: dict[str, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    rounds: int = 0
    cut: str = ""

    @property
    def running(self) -> list[str]:
        """The recipes that are still in the race, the simplest one first."""
        return [name for name in self.scores if name not in self.out and name not in self.failed]

    @property
    def leader(self) -> str:
        """The recipe with the best mean of those in the race, the simplest one of equals."""
        return max(self.running, key=lambda name: sum(self.scores[name]))

    def over(self, one: str, other: str) -> PairedDifference:
        """Return how much better one recipe is than another, in the rounds of both."""
        pairs = list(zip(self.scores[one], self.scores[other], strict=False))
        return paired([a for a, _ in pairs], [b for _, b in pairs], self.held)

    def expected(self, name: str) -> float:
        """Return the gain over doing nothing that is expected of a recipe, -1 to 1."""
        if name == UNCHANGED:
            return 0.0
        return self.priors.get(name, Prior()).updated(self.over(name, UNCHANGED))

    @property
    def chosen(self) -> str:
        """The simplest recipe that is expected to bring nearly as much as the best one.

        A race that was cut off before each row was held out once changes nothing.
        """
        if self.cut and self.rounds < FOLDS:
            return UNCHANGED
        gains = {name: self.expected(name) for name in self.running}
        least = max(gains.values()) - LEAST_GAIN
        return next(name for name, gain in gains.items() if gain >= least)


def run(
    priors: Mapping[str, Prior], rounds: int, held: float, score: Scorer, may: Callable[[], str]
) -> Race:
    """Run a race.

    All recipes run in each round, on the same fold. From the round on in which every row was held
    out once, a recipe leaves if a paired t-test finds it worse than the leader with 95 % confidence
    (one-sided). Maron & Moore (1994, Hoeffding races) proposed to race models so; the paired test
    in place of Hoeffding's bound, which knows nothing of pairs, is that of Moore & Lee (1994) and
    of the t-race of Birattari (2009, sec. 3.3). Doing nothing never leaves: all others are told by
    what they are better than it.

    Args:
        priors: the recipes, the simplest one first, with what they brought elsewhere; the first
            one is doing nothing.
        rounds: how many there are at most.
        held: rows held out over rows trained on.
        score: gives the score of a recipe in a round.
        may: is asked before each score; says why the race is to end, empty where it goes on.
    """
    race = Race(held, {name: [] for name in priors}, priors)
    for number in range(rounds):
        found = _scores(race, number, score, may)
        if race.cut:
            return race
        for name, value in found:
            race.scores[name].append(value)
        race.rounds += 1
        if race.rounds >= FOLDS:
            leader = race.leader
            worse = [name for name in race.running if race.over(name, leader).surely_worse]
            race.out |= {name: race.rounds for name in worse if name != UNCHANGED}
            if {*race.running} <= {leader, *worse}:
                break
    return race


def _scores(
    race: Race, number: int, score: Scorer, may: Callable[[], str]
) -> Iterable[tuple[str, float]]:
    """Return the scores of a round, and note recipes that can't be made and why the race ends."""
    found = []
    for name in race.running:
        race.cut = may()
        if race.cut:
            break
        value = score(name, number)
        if value is None:
            race.failed.add(name)
        else:
            found.append((name, value))
    return found
