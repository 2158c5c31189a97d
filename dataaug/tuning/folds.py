"""Folds of the real train rows that share no relative and no near-duplicate."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataaug.rows.record import Record
from dataaug.rows.seeds import derive


@dataclass(frozen=True, slots=True)
class Fold:
    """One division of the rows: trained on the one part, tested on the other.

    Attributes:
        train: the rows that a recipe may see.
        held: the rows that its classifier is tested on, of labels that the one part has.
    """

    train: list[Record]
    held: list[Record]


def folds_of(
    rows: Sequence[Record], groups: Sequence[Sequence[int]], folds: int, rounds: int, seed: int
) -> list[Fold]:
    """Deal the rows out to folds anew as often as it takes for so many rounds.

    Whole groups are dealt, label by label, in an order that follows from the seed and the rows' ids
    and not from their order. A row whose label has no other row in the train part is held out but
    not tested on: only a recipe that writes rows of its own for a label could be right, whatever
    they say. A division whose train part has fewer than two labels, or whose other part has no row
    to test on, teaches nothing and is left out.

    Args:
        rows: the rows.
        groups: the rows that stay together, by their numbers.
        folds: how many parts each dealing has.
        rounds: how many divisions are wanted.
        seed: the seed of the run.
    """
    found: list[Fold] = []
    for dealing in range(-(-rounds // folds)):
        fold_of = _dealt(rows, groups, folds, derive(seed, "folds", str(dealing)))
        for number in range(folds):
            train = [row for row, fold in zip(rows, fold_of, strict=True) if fold != number]
            known = {row.label for row in train}
            held = [
                row
                for row, fold in zip(rows, fold_of, strict=True)
                if fold == number and row.label in known
            ]
            if held and len(known) > 1:
                found.append(Fold(train, held))
    return found[:rounds]


def _dealt(
    rows: Sequence[Record], groups: Sequence[Sequence[int]], folds: int, seed: int
) -> list[int]:
    """Return the number of the fold of each row."""
    named = [min((rows[row].label or "", rows[row].id) for row in group) for group in groups]
    order = sorted(
        range(len(groups)), key=lambda n: (named[n][0], derive(seed, named[n][1]), named[n][1])
    )
    fold_of = [0] * len(rows)
    for place, number in enumerate(order):
        for row in groups[number]:
            fold_of[row] = place % folds
    return fold_of
