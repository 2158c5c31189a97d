"""A number that a text names, and all that it may mean."""

from fractions import Fraction
from typing import NamedTuple

NumberKey = tuple[str, Fraction | str]
"""What is counted ("second", "EUR", "clock", "date", "code", empty for anything) and how many."""


class Mention(NamedTuple):
    """A number in a text.

    Attributes:
        start: where it begins, currency signs before it included.
        end: where it ends, its unit included.
        values: the numbers that its digits or words may stand for (1.500 is 1500 or 1.5).
        keys: all that the whole may mean; two mentions agree if they share a key.
        ordinal: is it written as one (2nd, third)?
        spelt: is it written in words?
        soft: may a rewording leave it out, as "one" and "a second"?
    """

    start: int
    end: int
    values: tuple[Fraction, ...] = ()
    keys: frozenset[NumberKey] = frozenset()
    ordinal: bool = False
    spelt: bool = False
    soft: bool = False

    @property
    def whole(self) -> int | None:
        """The value, if it is surely a whole number."""
        if len(self.values) == 1 and self.values[0].denominator == 1:
            return int(self.values[0])
        return None

    def amounts(self) -> dict[str, Fraction]:
        """Return how many of what it is, where that is a number; of two readings the larger."""
        return dict(
            sorted((what, value) for what, value in self.keys if isinstance(value, Fraction))
        )

    def measured(self) -> bool:
        """Has it a unit, or is it a time or date, so that no bare number is meant?"""
        return not any(what in {"", "ordinal", "code"} for what, _ in self.keys)


def counted(values: tuple[Fraction, ...], what: str = "") -> frozenset[NumberKey]:
    """Return the keys of numbers of something."""
    return frozenset((what, value) for value in values)
