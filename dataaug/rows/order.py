"""Rows put in order by keys; a few without numpy, whose import takes as long as all the rest."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import eq

_MANY = 50_000
"""Rows from which on numpy pays: to sort them takes Python longer than the import."""


def ordered_by_key(rows: "array[int]", keys: "array[int]") -> "array[int]":
    """Return rows in the order of their keys; those of equal keys stay as they are.

    Args:
        rows: numbers of rows, as ``array("q")``.
        keys: the key of each row there is, as ``array("q")``.
    """
    if len(rows) < _MANY:
        return array("q", sorted(rows, key=keys.__getitem__))
    import numpy as np  # noqa: PLC0415 - few inputs are as large

    places = np.frombuffer(rows, np.int64)
    found = places[np.argsort(np.frombuffer(keys, np.int64)[places], kind="stable")]
    return array("q", found.tobytes())


def repeated(names: "array[int]") -> Iterator[Sequence[int]]:
    """Yield the places of numbers that stand there more than once, a list for each number."""
    order = ordered_by_key(array("q", range(len(names))), names)
    name = names.__getitem__
    ordered = array("q", map(name, order))
    if any(map(eq, ordered, islice(ordered, 1, None))):
        for _, places in groupby(order, name):
            if len(found := list(places)) > 1:
                yield found
