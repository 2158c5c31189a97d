"""Draw the rows to look at: seeded, uniform or by strata, the same for the same data."""

import itertools
from array import array
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from dataaug import allocation
from dataaug.errors import UsageError
from dataaug.review import SAMPLE_ROWS
from dataaug.review.header import Header
from dataaug.rows.record import Record
from dataaug.rows.score_file import row_key
from dataaug.rows.seeds import derive_each
from dataaug.rows.spool import Spool

_Numbers = NDArray[np.int64]

STRATA = ("label", "method", "source")
"""What a sample may be stratified by; the source is the model that wrote a row, or its file."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a sample is drawn.

    Attributes:
        count: rows that enter the estimate; copies count, though they are shown once.
        seed: equal seeds draw equal rows, and more rows keep the fewer.
        stratify: names of :data:`STRATA`.
        suspicious: rows most likely wrong, shown besides; they never enter the estimate.
        gold: how many gold items are shown besides: rows with known answers, half of them bad, to
            measure the reviewer.
    """

    count: int = SAMPLE_ROWS
    seed: int = 0
    stratify: tuple[str, ...] = ()
    suspicious: int = 0
    gold: int = 0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.stratify) - set(STRATA))
        if unknown:
            raise UsageError(f"--stratify {', '.join(unknown)}: choose from {', '.join(STRATA)}")


@dataclass(slots=True)
class Population:
    """All rows of a run, and which of them are synthetic.

    Rows of equal text and label share a key: a person would judge them alike, so that one of them
    is shown. The lists ``keys``, ``places`` and ``strata`` have an entry for each key.

    Attributes:
        spool: all rows.
        stratify: names of :data:`STRATA`.
        keys: the keys of the synthetic rows, as numbers, in the order in which they came first.
        places: the number in the spool of the first row with each key.
        strata: the number of the stratum of that row.
        copies: how many further rows have a key, by key and number of the stratum.
        names: the numbers of the strata by the values that they are made of.
        labels: all labels, of real rows too.
        real: how many rows are real.
    """

    spool: Spool
    stratify: tuple[str, ...]
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    places: "array[int]" = field(default_factory=lambda: array("q"))
    strata: "array[int]" = field(default_factory=lambda: array("i"))
    copies: Counter[tuple[int, int]] = field(default_factory=Counter)
    names: dict[tuple[str, ...], int] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    real: int = 0
    _known: set[int] = field(default_factory=set)

    def extend(self, records: Sequence[Record]) -> None:
        """Take further rows."""
        first = len(self.spool)
        self.spool.extend(records)
        for place, record in enumerate(records, first):
            if record.label is not None:
                self.labels.add(record.label)
            if record.is_real:
                self.real += 1
                continue
            key = int(row_key(record), 16)
            name = tuple(_value(record, name) for name in self.stratify)
            stratum = self.names.setdefault(name, len(self.names))
            if key in self._known:
                self.copies[key, stratum] += 1
                continue
            self._known.add(key)
            self.keys.append(key)
            self.places.append(place)
            self.strata.append(stratum)

    def __len__(self) -> int:
        """Return the number of synthetic rows, copies included."""
        return len(self.keys) + self.copies.total()

    def repeated(self) -> dict[int, dict[int, int]]:
        """Return how many rows each stratum has of each key that is there several times."""
        found: dict[int, dict[int, int]] = {key: {} for key, _ in self.copies}
        for key, stratum in zip(self.keys, self.strata, strict=True):
            if key in found:
                found[key][stratum] = 1
        for (key, stratum), more in self.copies.items():
            found[key][stratum] = found[key].get(stratum, 0) + more
        return found

    def __contains__(self, key: str) -> bool:
        try:
            return int(key, 16) in self._known
        except ValueError:  # a foreign file may hold anything
            return False

    def divide(self, strata: "array[int]", names: Sequence[tuple[str, ...]]) -> None:
        """Take other strata: the number of one for each key, which its copies share."""
        of_key = dict(zip(self.keys, strata, strict=True))
        copies: Counter[tuple[int, int]] = Counter()
        for (key, _), more in self.copies.items():
            copies[key, of_key[key]] += more
        self.strata, self.copies = strata, copies
        self.names = {name: number for number, name in enumerate(names)}

    def header(self, drawing: Drawing) -> Header:
        """Return what a verdict file about this data and drawing begins with."""
        digest = blake2b(digest_size=8)
        repeated = self.repeated()
        for key in sorted(self.keys):  # the order of the rows is no part of the data
            for _ in range(sum(repeated[key].values()) if key in repeated else 1):
                digest.update(key.to_bytes(8, "big"))
        return Header(
            digest.hexdigest(), len(self), drawing.seed, drawing.count, drawing.stratify,
            drawing.gold, drawing.suspicious,
        )  # fmt: skip


def _value(record: Record, name: str) -> str:
    if name == "label":
        return str(record.label)
    if name == "method":
        return record.method
    aug = record.aug or {}
    return str(aug.get("model") or aug.get("source") or record.method)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row of the sample. Where several rows with one key were drawn, there is one for each.

    Attributes:
        place: the number in the spool of the first row with the key.
        key: the key.
        stratum: the number of the row's stratum.
    """

    place: int
    key: str
    stratum: int


def draw_sample(population: Population, drawing: Drawing) -> list[Drawn]:
    """Return the rows of the estimate, in random order.

    Each stratum has rows in proportion to its size, and at least one; of a stratum the rows with
    the smallest seeded hashes are taken, so that a few rows more or less in the data change few
    rows of the sample. Copies have hashes of their own, so that each row of the data is as likely
    to be drawn as any other, and the number of bad rows drawn is hypergeometric.
    """
    keys = population.keys
    numbers, strata, turns = _every_row(population)
    ranks = _ranks(keys, numbers, turns, drawing.seed)
    shares = _shares(population, drawing.count)
    taken: list[Drawn] = []
    for row in np.lexsort((turns, np.frombuffer(keys, dtype=np.uint64)[numbers], ranks)):
        number, stratum = numbers[row], int(strata[row])
        if shares[stratum]:
            shares[stratum] -= 1
            taken.append(Drawn(population.places[number], f"{keys[number]:016x}", stratum))
            if not any(shares):
                break
    return taken


def draw_beside(
    population: Population, sample: Container[str], count: int, seed: int
) -> list[Drawn]:
    """Return rows outside the sample, at most so many, in random order and without strata."""
    keys = population.keys
    every = np.arange(len(keys))
    ranks = _ranks(keys, every, np.zeros_like(every), seed)
    order = np.lexsort((np.frombuffer(keys, dtype=np.uint64), ranks))
    drawn = (Drawn(population.places[n], f"{keys[n]:016x}", -1) for n in order)
    return list(itertools.islice((own for own in drawn if own.key not in sample), count))


def _shares(population: Population, count: int) -> list[int]:
    """Return how many rows to show of each stratum: one at least, the rest by their sizes."""
    rows = dict(zip(population.names, stratum_sizes(population), strict=True))
    count = min(count, sum(rows.values()))
    if count < len(rows):
        raise UsageError(
            f"-n {count} rows can't show each of {len(rows)} strata: ask for at least {len(rows)}, "
            "or stratify by less"
        )
    return list(allocation.shares(count, rows, floors=dict.fromkeys(rows, 1), caps=rows).values())


def stratum_sizes(population: Population) -> list[int]:
    """Return how many synthetic rows each stratum has."""
    codes = np.frombuffer(population.strata, dtype=np.intc)
    counts: list[int] = np.bincount(codes, minlength=len(population.names)).tolist()
    for (_, stratum), more in population.copies.items():
        counts[stratum] += more
    return counts


def _every_row(population: Population) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Return the key's number, the stratum, and the turn among its copies of each synthetic row.

    Copies take their turns by the names of their strata: the order of the rows is no part of it.
    """
    repeated, names = population.repeated(), list(population.names)
    strata = np.array(population.strata, dtype=np.int64)
    more: list[tuple[int, int, int]] = []
    for number, key in enumerate(population.keys) if repeated else ():
        if key in repeated:
            own = list(_spread_out(repeated[key], names))
            strata[number] = own[0]
            more += [(number, stratum, turn) for turn, stratum in enumerate(own[1:], 1)]
    first = np.arange(len(strata))
    added = np.array(more, dtype=np.int64).reshape(-1, 3).T
    numbers, strata, turns = (
        np.concatenate(pair)
        for pair in zip((first, strata, np.zeros_like(first)), added, strict=True)
    )
    return numbers, strata, turns


def _spread_out(counts: Mapping[int, int], names: Sequence[tuple[str, ...]]) -> Iterator[int]:
    """Yield the strata of the copies of a key, one for each."""
    for stratum in sorted(counts, key=names.__getitem__):
        yield from itertools.repeat(stratum, counts[stratum])


def _ranks(keys: "array[int]", numbers: _Numbers, turns: _Numbers, seed: int) -> _Numbers:
    """Return a seeded hash of each row; that of a key's first row is the key's own."""
    priority = derive_each(seed, "spotcheck")
    names = (
        f"{keys[number]:016x}+{turn}" if turn else f"{keys[number]:016x}"
        for number, turn in zip(numbers.tolist(), turns.tolist(), strict=True)
    )
    return np.fromiter(map(priority, names), np.int64, len(numbers))
