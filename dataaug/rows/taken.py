"""Ids and texts that are there already, so that no new row takes one."""

import itertools
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from dataaug.rows.record import Record, own_id

_SMALL = 50_000  # names that Python sorts in the time that numpy takes to load


class Names:
    """Names that are there: 8 bytes for each that is noted, more for those that are given later."""

    def __init__(self) -> None:
        self._noted = array("q")
        self._sorted: array[int] | None = None
        self._given: set[int] = set()

    def note(self, name: str) -> None:
        """Take a name that is there; all are noted before the first is asked for."""
        self._noted.append(hash(name))
        self._sorted = None

    def __contains__(self, name: str) -> bool:
        key = hash(name)
        return key in self._given or self._is_noted(key)

    def give(self, name: str) -> bool:
        """Is the name still free? Then it is given, and free no more."""
        key = hash(name)
        free = not (key in self._given or self._is_noted(key))
        self._given.add(key)
        return free

    def _is_noted(self, key: int) -> bool:
        if not self._noted:
            return False
        if self._sorted is None:
            self._sorted = _in_order(self._noted)
        place = bisect_left(self._sorted, key)
        return place < len(self._sorted) and self._sorted[place] == key


def _in_order(keys: "array[int]") -> "array[int]":
    if len(keys) <= _SMALL:
        return array("q", sorted(keys))
    import numpy as np  # noqa: PLC0415 - 0.1 s that small inputs need not pay

    return array("q", np.sort(np.frombuffer(keys, dtype=np.int64)).tobytes())


class Taken:
    """The rows of an input by what new rows must not share: their ids, and being a parent.

    Rows with one id and text have the same children, so that only the first of them has any.

    Attributes:
        ids: the ids of all rows.
    """

    def __init__(self) -> None:
        self.ids = Names()
        self._parents = array("q")
        self._before = 0
        self._repeated: set[int] | None = None
        self._seen: set[int] = set()
        self._passing = False

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """Pass rows on and take each as it comes: what is there is what has come so far."""
        self._passing = True
        for record in records:
            self.ids.give(record.id)
            yield record

    def note(self, record: Record) -> None:
        """Take a row of the input."""
        self.ids.note(record.id)
        if record.is_real:
            self._parents.append(hash((record.id, record.text)))
            return
        own = own_id(record.fields, record.schema, record.line)
        if own is not None and own != record.id:
            self.ids.note(own)

    def begin(self) -> None:
        """Say that the rows noted so far are another shard's, and lie before those of this one."""
        self._before = len(self._parents)

    def is_first(self, record: Record) -> bool:
        """Is the real row the first one of its id and text? Rows are asked for in their order."""
        key = hash((record.id, record.text))
        if self._repeated is None and not self._passing:
            ordered = _in_order(self._parents)
            self._repeated = {one for one, other in itertools.pairwise(ordered) if one == other}
            self._seen = self._repeated.intersection(self._parents[: self._before])
        if self._repeated is not None and key not in self._repeated:
            return True
        first = key not in self._seen
        self._seen.add(key)
        return first
