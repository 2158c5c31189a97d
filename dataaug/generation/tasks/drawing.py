"""Draw values evenly, by place: the same place has the same value, however many are drawn."""

import functools
from collections.abc import Mapping, Sequence
from random import Random
from typing import Generic, TypeVar

from dataaug.rows.seeds import derive

T = TypeVar("T")


class Deck(Generic[T]):
    """Cards that are dealt one by one and shuffled anew when all are out.

    So each value comes up as often as it stands among the values, in every stretch of that length,
    and the value at a place depends on the seed and the place alone.

    Args:
        values: at least one; a value that stands there twice comes up twice as often.
        seed: the seed of the run.
        names: tell this deck from others.
    """

    def __init__(self, values: Sequence[T], seed: int, *names: str) -> None:
        self._values = values
        self._seed = seed
        self._names = names
        self._order = functools.lru_cache(maxsize=4)(self._shuffled)

    def _shuffled(self, turn: int) -> list[int]:
        rng = Random(derive(self._seed, *self._names, str(turn)))
        return rng.sample(range(len(self._values)), len(self._values))

    def __getitem__(self, place: int) -> T:
        turn, card = divmod(place, len(self._values))
        return self._values[self._order(turn)[card]]

    def hand(self, number: int, count: int) -> list[T]:
        """Return hand ``number`` of ``count`` cards, without repeats."""
        places = range(number * count, (number + 1) * count)
        return list(dict.fromkeys(self[place] for place in places))


class Attributes:
    """Deals the attributes of each item: one deck for each name.

    Args:
        values: name to values.
        seed: the seed of the run.
        group: whose items they are; each group has decks of its own.
    """

    def __init__(self, values: Mapping[str, Sequence[str]], seed: int, group: str) -> None:
        self._decks = {
            name: Deck(cards, seed, "attribute", group, name)
            for name, cards in values.items()
            if cards
        }

    def __getitem__(self, place: int) -> dict[str, str]:
        return {name: deck[place] for name, deck in self._decks.items()}
