"""What labels lack, and of which sets of labels to make rows, so that the rare ones rise."""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dataaug.rows.labels import members
from dataaug.text.printable import safe

_NAMED = 5


@dataclass(slots=True)
class LabelNeed:
    """A label: its rows, and what it is to have.

    Attributes:
        real: real rows that have it.
        synthetic: synthetic rows that have it and were there.
        target: rows that it is to have.
        most: new rows that the largest ratio allows it.
        planned: new rows that will have it.
        capped: did the largest ratio keep it from its target?
    """

    real: int = 0
    synthetic: int = 0
    target: int = 0
    most: int = 0
    planned: int = 0
    capped: bool = False

    @property
    def total(self) -> int:
        """Rows that were there."""
        return self.real + self.synthetic

    @property
    def lack(self) -> int:
        """Rows that it still lacks, below 0 where it has too many."""
        return self.target - self.total - self.planned


def needs(sets: Mapping[str, tuple[int, int]]) -> dict[str, LabelNeed]:
    """Return the labels of sets, as they come up, and how many rows have each.

    Args:
        sets: real and synthetic rows of each set of labels.
    """
    found: dict[str, LabelNeed] = {}
    for name, (real, synthetic) in sets.items():
        for label in members(name):
            need = found.setdefault(label, LabelNeed())
            need.real += real
            need.synthetic += synthetic
    return found


def plan_sets(sets: Mapping[str, int], labels: Mapping[str, LabelNeed]) -> Counter[str]:
    """Return how many rows of each set to make, and note in the labels what they will have.

    The label with the fewest rows comes first. Each of its new rows is one of the set that raises
    the fewest labels beyond their targets, among equals of the one whose real rows were taken the
    least often. No label gets more than its ratio allows. Where rows have one label each, a set is
    a label.

    Args:
        sets: real rows of each set of labels.
        labels: targets of the labels.
    """
    planned: Counter[str] = Counter()
    for label in sorted(labels, key=lambda name: (labels[name].total, name)):
        able = [name for name, real in sets.items() if real and label in members(name)]
        if [members(name) for name in able] == [(label,)]:
            _take(able[0], max(0, min(labels[label].lack, labels[label].most)), planned, labels)
        heap = [_Rank.of(name, sets[name], planned[name], labels) for name in able]
        heapq.heapify(heap)
        while heap and labels[label].lack > 0:
            best = heap[0]
            now = _Rank.of(best.name, sets[best.name], planned[best.name], labels)
            if now > best:  # labels that were short are so no more
                heapq.heapreplace(heap, now)
                continue
            if any(labels[own].planned >= labels[own].most for own in members(best.name)):
                heapq.heappop(heap)
                continue
            _take(best.name, 1, planned, labels)
        labels[label].capped = labels[label].lack > 0
    return +planned


def _take(name: str, rows: int, planned: Counter[str], labels: Mapping[str, LabelNeed]) -> None:
    """Plan rows of a set."""
    planned[name] += rows
    for own in members(name):
        labels[own].planned += rows


@dataclass(frozen=True, slots=True, order=True)
class _Rank:
    """How unfit a set is for the next row.

    Attributes:
        over: labels that would have more rows than their target.
        taken: how often each of its real rows would be taken.
        name: the set.
    """

    over: int
    taken: float
    name: str

    @classmethod
    def of(cls, name: str, real: int, planned: int, labels: Mapping[str, LabelNeed]) -> "_Rank":
        over = sum(labels[own].lack <= 0 for own in members(name))
        return cls(over, (planned + 1) / real, name)


def over_raised(labels: Mapping[str, LabelNeed], made: Mapping[str, int]) -> Iterator[str]:
    """Say which labels rose beyond their targets, since rows of rarer ones have them too."""
    over = {
        name: made[name] - max(0, need.target - need.total)
        for name, need in labels.items()
        if made[name] > max(0, need.target - need.total)
    }
    if over:
        shown = ", ".join(
            f"{safe(name, 40)} by {over[name]:,} to {labels[name].total + made[name]:,}"
            for name in sorted(over, key=lambda name: (-over[name], name))[:_NAMED]
        )
        more = f" and {len(over) - _NAMED:,} more" if len(over) > _NAMED else ""
        yield (
            f"labels that rose beyond their targets: {shown}{more}; rows of rarer labels have "
            "them too"
        )


def per_label(counts: Mapping[str, int]) -> Counter[str]:
    """Return counts of sets as counts of their labels."""
    found: Counter[str] = Counter()
    for name, count in counts.items():
        for label in members(name):
            found[label] += count
    return found
