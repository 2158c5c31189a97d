"""Choose rows of several labels each so that every label keeps its share of them."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

UnitLabel: TypeAlias = str | None
UnitLabels: TypeAlias = tuple[UnitLabel, ...]

_Sides: TypeAlias = "dict[bool, defaultdict[UnitLabels, list[int]]]"

_SURELY = 1e-9
_HALF = 0.5 + _SURELY
"""A label can't be nearer to a number of rows than half of one."""
_TRIED = 150
"""Sets of labels on either side that are tried for one that is further off."""
_LACKING = 0.1
"""What a row too many counts where it has no label (None), beside one of a label."""


@dataclass(frozen=True, slots=True)
class RowUnit:
    """Rows that are chosen together or not at all.

    Attributes:
        rows: how many there are.
        labels: how many of them have each label; None for rows without any, which keep their share
            too where that costs no label its own.
    """

    rows: int
    labels: Mapping[UnitLabel, int]


def choose_units(
    units: Sequence[RowUnit], rows: int, wanted: Mapping[UnitLabel, float], *, keeps: bool = True
) -> set[int]:
    """Choose units so that they have as nearly as they can the rows of each label that are wanted.

    *Iterative stratification* (Sechidis, Tsoumakas & Vlahavas, On the stratification of multi-label
    data, ECML PKDD 2011) for two parts: the label with the fewest rows left is dealt out first,
    each unit to the part that lacks most of this label, then to the one that lacks most rows.
    Larger units come first, since small ones can make up for them. What the paper leaves to chance
    goes by the order of the units. Then single rows change sides while that brings the numbers of
    labels nearer to what is wanted (least squares), and until the number of rows is met.

    Args:
        units: in an order that decides where nothing else does; it must not depend on that of the
            input.
        rows: how many rows are to be chosen, met exactly where single rows allow it.
        wanted: rows of each label that should be among them; any share of one.
        keeps: every label has a row that is not chosen; for parts that are trained on.

    Returns:
        the numbers of the chosen units.
    """
    found = _Choice(units, rows, wanted, keeps=keeps)
    found.deal()
    found.level()
    return {number for number, here in enumerate(found.here) if here}


class _Choice:
    """Which units are chosen, and how many rows of each label these have."""

    def __init__(
        self, units: Sequence[RowUnit], rows: int, wanted: Mapping[UnitLabel, float], *, keeps: bool
    ) -> None:
        self.units = units
        self.here = [False] * len(units)
        self._rows, self._wanted = rows, wanted
        self._total: Counter[UnitLabel] = Counter()
        for unit in units:
            self._total.update(unit.labels)
        self._spare = int(keeps)
        self._count = 0
        self._found: Counter[UnitLabel] = Counter()

    def _off(self, label: UnitLabel) -> float:
        """Return how many rows of a label there are beyond what is wanted."""
        return self._found[label] - self._wanted[label]

    def _put(self, number: int, sign: int) -> None:
        """Choose a unit (1), or no more (-1)."""
        unit = self.units[number]
        self.here[number] = sign > 0
        self._count += sign * unit.rows
        for label, rows in unit.labels.items():
            self._found[label] += sign * rows

    def deal(self) -> None:
        """Deal all units out to the chosen and the others."""
        left = Counter(self._total)
        beyond = Counter[UnitLabel]()  # rows that went to the others
        dealt = [False] * len(self.units)
        beyond_rows = 0
        every = sum(unit.rows for unit in self.units)
        holders: defaultdict[UnitLabel, list[int]] = defaultdict(list)
        for number in sorted(range(len(self.units)), key=lambda n: -self.units[n].rows):
            for label in self.units[number].labels:
                holders[label].append(number)
        names = sorted(left, key=_name)
        while names := [name for name in names if left[name]]:
            label = min(names, key=lambda name: left[name])
            for number in (n for n in holders[label] if not dealt[n]):
                unit, dealt[number] = self.units[number], True
                lacks = -self._off(label)
                others = self._total[label] - self._wanted[label] - beyond[label]
                rest = self._rows - self._count, every - self._rows - beyond_rows
                if self._fits(unit) and (lacks, rest[0]) > (others, rest[1]):
                    self._put(number, 1)
                else:
                    beyond.update(unit.labels)
                    beyond_rows += unit.rows
                left.subtract(unit.labels)

    def _fits(self, unit: RowUnit) -> bool:
        """May a unit be chosen: nothing is half over, and each label keeps a row elsewhere?"""
        return all(
            self._off(label) <= -rows / 2 and self._stays(label, rows)
            for label, rows in unit.labels.items()
        ) if unit.rows > 1 else all(self._stays(label, 1) for label in unit.labels)  # fmt: skip

    def _stays(self, label: UnitLabel, rows: int) -> bool:
        return self._found[label] + rows + self._spare <= self._total[label]

    def level(self) -> None:
        """Let single rows change sides."""
        sides: _Sides = {side: defaultdict(list) for side in (True, False)}
        for number in range(len(self.units) - 1, -1, -1):  # the first in order are the last
            if self.units[number].rows == 1:
                own = tuple(sorted(self.units[number].labels, key=_name))
                sides[self.here[number]][own].append(number)
        while over := self._count - self._rows:
            if not self._moved(sides, -1 if over > 0 else 1):
                break
        while self._mended(sides):
            pass  # each time the squares are less

    def _move(self, sides: _Sides, labels: UnitLabels, sign: int) -> None:
        """Move the first row of these labels to the chosen (1), or to the others (-1)."""
        number = sides[sign < 0][labels].pop()
        sides[sign > 0][labels].append(number)
        self._put(number, sign)

    def _moved(self, sides: _Sides, sign: int) -> bool:
        """Let the row come or go that brings the labels nearest to what is wanted."""
        best = self._cheapest(sides, sign)[:1]
        for own in best:
            self._move(sides, own, sign)
        return bool(best)

    def _mended(self, sides: _Sides) -> bool:
        """Let a row with a label that is off by over half change sides with any that lacks it."""
        for label in sorted(self._wanted, key=lambda name: (-abs(self._off(name)), _name(name))):
            sign = -1 if self._off(label) > 0 else 1
            if abs(self._off(label)) <= _HALF or label is None or not self._may((label,), sign):
                continue
            come = [own for own in self._cheapest(sides, sign) if label in own][:_TRIED]
            go = [own for own in self._cheapest(sides, -sign) if label not in own][:_TRIED]
            for own, other in itertools.product(come, go):
                both = 2 * len(set(own).intersection(other))  # these stay as they are
                if self._cost(own, sign) + self._cost(other, -sign) - both < -_SURELY:
                    self._move(sides, own, sign)
                    self._move(sides, other, -sign)
                    return True
        return False

    def _cheapest(self, sides: _Sides, sign: int) -> list[UnitLabels]:
        there = [own for own, rows in sides[sign < 0].items() if rows and self._may(own, sign)]
        return sorted(there, key=lambda own: (self._cost(own, sign), _names(own)))

    def _cost(self, labels: UnitLabels, sign: int) -> float:
        """Return by how much the sum of squares grows if a row changes sides."""
        return sum(
            (2 * sign * self._off(label) + 1) * (_LACKING if label is None else 1)
            for label in labels
        )

    def _may(self, labels: UnitLabels, sign: int) -> bool:
        """May a row of these labels come or go? No label loses its last row on either side."""
        if sign > 0:
            return all(self._stays(label, 1) for label in labels)
        return all(self._found[label] > 1 for label in labels) or not self._spare


def _name(label: UnitLabel) -> tuple[bool, str]:
    return label is not None, label or ""


def _names(labels: UnitLabels) -> tuple[tuple[bool, str], ...]:
    return tuple(map(_name, labels))
