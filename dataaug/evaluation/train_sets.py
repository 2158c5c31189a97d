"""The sets of rows that evaluate trains on: real, candidate, its controls, and parts of them.

Everything is chosen by names and seeds, never by the order of the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dataaug.rows.record import AUG, Record
from dataaug.rows.seeds import derive, derive_each
from dataaug.text.normalize import digest

Kind = Literal["real", "candidate", "oversampled", "without"]


@dataclass(frozen=True, slots=True)
class Row:
    """What training needs of a row.

    Attributes:
        text: the text.
        label: the label.
        root: what the row stands and falls with when train rows are left out: its real ancestor,
            or itself.
        method: what made it, ``real`` for a real row.
        examples: ids of the rows that a model was shown to write it.
        rootless: it has no real ancestor.
    """

    text: str
    label: str
    root: str
    method: str = "real"
    examples: tuple[str, ...] = ()
    rootless: bool = False


Keep = Callable[[Row], bool]


def row_of(record: Record) -> Row:
    """Return what training needs of a labelled row."""
    label = record.label or ""
    if record.is_real:
        return Row(record.text, label, record.id)
    examples = tuple(map(str, record.fields[AUG].get("examples") or ()))
    root = record.root
    return Row(record.text, label, root or record.id, record.method, examples, root is None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A train set to be judged.

    Attributes:
        name: how messages call it.
        rows: all its rows, real ones included.
        added: the real train rows were added, since the file held none.
        unknown: rows without provenance that the train set does not have.
        left_out: real train rows that the file does not have.
    """

    name: str
    rows: tuple[Row, ...]
    added: bool
    unknown: int
    left_out: int

    @property
    def made(self) -> list[Row]:
        """Its synthetic rows."""
        return [row for row in self.rows if row.method != "real"]

    @property
    def methods(self) -> list[str]:
        """The methods that made its synthetic rows."""
        return sorted({row.method for row in self.made})


def arrange(name: str, records: Iterable[Record], train: Sequence[Row]) -> Candidate:
    """Return a candidate; a file of synthetic rows only gets the real train rows.

    A row that another tool made and that equals a train row is that train row (a mix whose
    provenance was taken out).
    """
    known = {(digest(row.text), row.label): row for row in train}
    rows, unknown, real = [], 0, 0
    for record in records:
        row = row_of(record)
        own = known.get((digest(row.text), row.label))
        if own is not None and row.method == "foreign":
            row = own
        if row.method == "real":
            real += 1
            unknown += own is None
        rows.append(row)
    if not real:
        return Candidate(name, (*train, *rows), added=True, unknown=0, left_out=0)
    there = {row.root for row in rows if row.method == "real"}
    left_out = sum(row.root not in there for row in train)
    return Candidate(name, tuple(rows), added=False, unknown=unknown, left_out=left_out)


@dataclass(frozen=True, slots=True)
class TrainSet:
    """A set to train on; ``rows`` gives the part of it that a fit may see.

    Attributes:
        name: how tables call it.
        kind: what it is.
        candidate: the candidate that it belongs to; empty for the real rows.
        method: the method that is left out of it.
        source: its rows; for ``oversampled``, the candidate's rows, which say how many to repeat.
        real: the real train rows.
    """

    name: str
    kind: Kind
    candidate: str
    method: str
    source: tuple[Row, ...]
    real: tuple[Row, ...]

    def rows(self, keep: Keep) -> list[Row]:
        """Return the rows of a fit, given which ones it may see."""
        rows = [row for row in self.source if keep(row)]
        if self.kind != "oversampled":
            return rows
        return oversample([row for row in self.real if keep(row)], rows)


def train_sets(
    real: Sequence[Row], candidates: Sequence[Candidate], *, controls: bool
) -> list[TrainSet]:
    """Return the real rows, and each candidate with its controls."""
    own = tuple(real)
    sets = [TrainSet("real", "real", "", "", own, own)]
    for one in candidates:
        sets.append(TrainSet(one.name, "candidate", one.name, "", one.rows, own))
        if not controls:
            continue
        name = f"{one.name}: real rows repeated"
        sets.append(TrainSet(name, "oversampled", one.name, "", one.rows, own))
        for method in one.methods if len(one.methods) > 1 else ():
            rest = tuple(row for row in one.rows if row.method != method)
            name = f"{one.name}: without {method}"
            sets.append(TrainSet(name, "without", one.name, method, rest, own))
    return sets


def oversample(real: Sequence[Row], like: Iterable[Row]) -> list[Row]:
    """Repeat real rows until each label has as many as there; no real row is left out.

    The rows of a label are repeated in turn, in an order that follows from their names. A label
    without real rows can't be repeated.
    """
    wanted = Counter(row.label for row in like)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(real, key=lambda row: (derive(0, "oversample", row.root), row.text)):
        groups[row.label].append(row)
    found: list[Row] = []
    for label, rows in sorted(groups.items()):
        count = max(wanted[label], len(rows))
        found += (rows * -(-count // len(rows)))[:count]
    return found


def halves(
    real: Sequence[Row], candidates: Sequence[Candidate], repeats: int, seed: int
) -> list[frozenset[str]]:
    """Return, for each repeat, the roots that it leaves out: a random half of every label's.

    A label with a single root keeps it; the odd root of a label goes and stays in turn. Synthetic
    rows go with their root; those without a real ancestor are halved for themselves.
    """
    known = {row.root for row in real}
    others = {row.root: row for one in candidates for row in one.rows if row.root not in known}
    return [
        frozenset(_half(real, seed, number, least=1))
        | frozenset(_half(others.values(), seed, number, least=0))
        for number in range(repeats)
    ]


def _half(rows: Iterable[Row], seed: int, number: int, least: int) -> Iterator[str]:
    """Yield about half of each label's roots, but leave ``least`` of them."""
    by_label: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_label[row.label].add(row.root)
    rank = derive_each(seed, "repeat", str(number))
    for place, label in enumerate(sorted(by_label)):
        roots = sorted(by_label[label], key=lambda root: (rank(root), root))
        count = (len(roots) + (place + number) % 2) // 2
        yield from roots[: min(count, len(roots) - least)]


def draw_order(real: Sequence[Row], seed: int, draw: int) -> list[str]:
    """Return the roots of the real rows so that any first part of them is stratified.

    The first root of every label comes first; after that a label's r-th of n roots stands at r/n.
    Draws are nested: a larger part holds the smaller one.
    """
    by_label: dict[str, list[str]] = defaultdict(list)
    for row in real:
        by_label[row.label].append(row.root)
    places = []
    for label, names in by_label.items():
        roots = sorted(set(names), key=lambda root: (derive(seed, "curve", str(draw), root), root))
        for rank, root in enumerate(roots):
            share = (rank + 0.5) / len(roots) if rank else 0.0
            places.append((share, derive(seed, "curve", label, root), root))
    return list(dict.fromkeys(root for *_, root in sorted(places)))


def within(kept: frozenset[str]) -> Keep:
    """Return the rule for a part of the real rows: their descendants, and rows that need no others.

    A generated row stays if all rows that its model was shown are kept, or if it was shown none.
    """

    def keep(row: Row) -> bool:
        if row.rootless:
            return all(name in kept for name in row.examples)
        return row.root in kept

    return keep


def all_but(out: frozenset[str]) -> Keep:
    """Return the rule that leaves roots out with all their descendants."""
    return lambda row: row.root not in out
