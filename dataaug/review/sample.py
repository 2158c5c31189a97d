"""Draw the rows to look at: seeded, uniform or by strata, the same for the same data."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from dataaug import allocation
from dataaug.errors import UsageError
from dataaug.review.header import Header
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive_each, fingerprint
from dataaug.rows.spool import Spool

STRATA = ("label", "method", "source")
"""What a sample may be stratified by; the source is the model that wrote a row, or its file."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a sample is drawn.

    Attributes:
        count: rows that enter the estimate.
        seed: equal seeds draw equal rows, and more rows keep the fewer.
        stratify: names of :data:`STRATA`.
        suspicious: rows most likely wrong, shown besides; they never enter the estimate.
        planted: rows with known answers, half of them bad, to measure the reviewer.
    """

    count: int = 100
    seed: int = 0
    stratify: tuple[str, ...] = ()
    suspicious: int = 0
    planted: int = 0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.stratify) - set(STRATA))
        if unknown:
            raise UsageError(f"--stratify {', '.join(unknown)}: choose from {', '.join(STRATA)}")


@dataclass(slots=True)
class Population:
    """All rows of a run, and the distinct synthetic ones among them by key and stratum.

    Rows of equal text and label are one: a person would judge them alike, and need do so once.

    Attributes:
        spool: all rows.
        stratify: names of :data:`STRATA`.
        keys: of the synthetic rows.
        places: the number in the spool of each one's first row.
        strata: the number of each one's stratum.
        names: what the strata's numbers stand for.
        labels: all labels, of real rows too.
        real: how many rows are real.
    """

    spool: Spool
    stratify: tuple[str, ...]
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    places: "array[int]" = field(default_factory=lambda: array("q"))
    strata: "array[int]" = field(default_factory=lambda: array("i"))
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
            if key in self._known:
                continue
            self._known.add(key)
            stratum = tuple(_value(record, name) for name in self.stratify)
            self.keys.append(key)
            self.places.append(place)
            self.strata.append(self.names.setdefault(stratum, len(self.names)))

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: str) -> bool:
        try:
            return int(key, 16) in self._known
        except ValueError:  # a foreign file may hold anything
            return False

    def header(self, drawing: Drawing) -> Header:
        """Return what a verdict file about this data and drawing begins with."""
        digest = blake2b(digest_size=8)
        for key in sorted(self.keys):  # the order of the rows is no part of the data
            digest.update(key.to_bytes(8, "big"))
        return Header(
            digest.hexdigest(), len(self), drawing.seed, drawing.count, drawing.stratify,
            drawing.planted, drawing.suspicious,
        )  # fmt: skip


def row_key(record: Record) -> str:
    """Return the name of a row as reviewers see it: a hash of text and label."""
    return fingerprint(record.text, "" if record.label is None else f"={record.label}")


def _value(record: Record, name: str) -> str:
    if name == "label":
        return str(record.label)
    if name == "method":
        return record.method
    aug = record.aug or {}
    return str(aug.get("model") or aug.get("source") or record.method)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row of the sample: its place in the spool, its key and its stratum."""

    place: int
    key: str
    stratum: int


def draw(population: Population, drawing: Drawing) -> list[Drawn]:
    """Return the rows of the estimate, in random order.

    Each stratum has rows in proportion to its size, and at least one; of a stratum the rows with
    the smallest seeded hashes are taken, so that a few rows more or less in the data change few
    rows of the sample.
    """
    priority = derive_each(drawing.seed, "spotcheck")
    keys, strata = population.keys, population.strata
    ranks = np.fromiter((priority(f"{key:016x}") for key in keys), np.int64, len(keys))
    shares = _shares(population, drawing.count)
    taken: list[Drawn] = []
    for number in np.lexsort((np.frombuffer(keys, dtype=np.uint64), ranks)):
        stratum = strata[number]
        if shares[stratum]:
            shares[stratum] -= 1
            taken.append(Drawn(population.places[number], f"{keys[number]:016x}", stratum))
            if not any(shares):
                break
    return taken


def _shares(population: Population, count: int) -> list[int]:
    """Return how many rows to show of each stratum: one at least, the rest by their sizes."""
    rows = dict(zip(population.names, sizes(population), strict=True))
    count = min(count, sum(rows.values()))
    if count < len(rows):
        raise UsageError(
            f"-n {count} rows can't show each of {len(rows)} strata: ask for at least {len(rows)}, "
            "or stratify by less"
        )
    return list(allocation.shares(count, rows, floors=dict.fromkeys(rows, 1), caps=rows).values())


def sizes(population: Population) -> list[int]:
    """Return how many synthetic rows each stratum has."""
    codes = np.frombuffer(population.strata, dtype=np.intc)
    counts: list[int] = np.bincount(codes, minlength=len(population.names)).tolist()
    return counts
