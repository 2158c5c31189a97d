"""The sets of rows that evaluate trains on: real, candidate, its controls, and parts of them.

Everything is chosen by names and seeds, never by the order of the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dataaug.rows.labels import members
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive, derive_each
from dataaug.text.normalize import digest

TrainSetKind = Literal["real", "candidate", "oversampled", "without"]


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """What training needs of a row.

    Attributes:
        text: the text.
        label: the label, or the set of its labels.
        root: id of its real ancestor, or its own without one. When train rows are left out, all
            rows of a root are left out together.
        method: what made it, ``real`` for a real row.
        examples: ids of the rows that a model was shown to write it.
        rootless: its root is no row of the train set.
        soft: the weights of its labels, where it has several; they add up to 1.
        taught: a teacher that all train rows have taught gave it its label.
    """

    text: str
    label: str
    root: str
    method: str = "real"
    examples: tuple[str, ...] = ()
    rootless: bool = False
    soft: tuple[tuple[str, float], ...] = ()
    taught: bool = False

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each of its labels; they add up to 1."""
        return dict(self.soft) or {self.label: 1.0}


Keep = Callable[[LabelledRow], bool]


def row_of(record: Record) -> LabelledRow:
    """Return what training needs of a labelled row."""
    label = record.label or ""
    if record.is_real:
        return LabelledRow(record.text, label, record.id)
    examples = tuple(map(str, (record.aug or {}).get("examples") or ()))
    root, soft = record.root, record.soft_labels
    total = sum(soft.values())
    return LabelledRow(
        record.text, label, root or record.id, record.method, examples, root is None,
        tuple((name, each / total) for name, each in sorted(soft.items())),
        record.has_real_text,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """A train set to be judged.

    Attributes:
        name: how messages call it.
        rows: all its rows, real ones included.
        added: the real train rows were added, since the file held none.
        unknown: rows without provenance that the train set does not have.
        left_out: real train rows that the file does not have.
    """

    name: str
    rows: tuple[LabelledRow, ...]
    added: bool
    unknown: int
    left_out: int

    @property
    def synthetic(self) -> list[LabelledRow]:
        """Its synthetic rows."""
        return [row for row in self.rows if row.method != "real"]

    @property
    def methods(self) -> list[str]:
        """The methods that made its synthetic rows."""
        return sorted({row.method for row in self.synthetic})


def arrange(name: str, records: Iterable[Record], train: Sequence[LabelledRow]) -> CandidateSet:
    """Return a candidate. If a file has synthetic rows only, the real train rows are added.

    A row without provenance that equals a train row counts as that train row: another tool may
    have taken the provenance out of a mix.
    """
    known = {(digest(row.text), row.label): row for row in train}
    ids = {row.root for row in train}
    rows, unknown, real = [], 0, 0
    for record in records:
        row = row_of(record)
        own = known.get((digest(row.text), row.label))
        if own is not None and row.method == "foreign":
            row = own
        if row.method == "real":
            real += 1
            unknown += own is None
        rows.append(replace(row, rootless=row.root not in ids))
    if not real:
        return CandidateSet(name, (*train, *rows), added=True, unknown=0, left_out=0)
    there = {row.root for row in rows if row.method == "real"}
    left_out = sum(row.root not in there for row in train)
    return CandidateSet(name, tuple(rows), added=False, unknown=unknown, left_out=left_out)


@dataclass(frozen=True, slots=True)
class TrainPart:
    """What one fit trains on.

    Attributes:
        rows: the rows.
        weight: of each row against the classifier's penalty. It is the number of distinct rows
            over that of rows, so that copies, however many, do not weaken the penalty.
    """

    rows: list[LabelledRow]
    weight: float


@dataclass(frozen=True, slots=True)
class TrainSet:
    """A set to train on; ``part`` gives the part of it that a fit may see.

    Attributes:
        name: how tables call it.
        kind: what it is.
        candidate: the candidate that it belongs to; empty for the real rows.
        method: the method that is left out of it.
        source: its rows; for ``oversampled``, the candidate's rows, which say how many to repeat.
        real: the real train rows.
    """

    name: str
    kind: TrainSetKind
    candidate: str
    method: str
    source: tuple[LabelledRow, ...]
    real: tuple[LabelledRow, ...]

    def part(self, keep: Keep) -> TrainPart:
        """Return what a fit trains on, given which rows it may see.

        The repeated real rows are weighed as the candidate's: with as many distinct rows as there,
        a penalty would be as weak, and that alone changes a classifier.
        """
        rows = [row for row in self.source if keep(row)]
        distinct = _distinct(rows)
        if self.kind == "oversampled":
            own = [row for row in self.real if keep(row)]
            rows = repeat_rows(own, rows)
            distinct = max(distinct, _distinct(own))
        return TrainPart(rows, distinct / max(len(rows), 1))


def _distinct(rows: Iterable[LabelledRow]) -> int:
    return len({(row.text, row.label) for row in rows})


def train_sets(
    real: Sequence[LabelledRow], candidates: Sequence[CandidateSet], *, controls: bool
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


def repeat_rows(real: Sequence[LabelledRow], like: Iterable[LabelledRow]) -> list[LabelledRow]:
    """Return the real rows, repeated until each label has as many rows as in ``like``.

    A set of labels counts as one here. No real row is left out, even where ``like`` has fewer. The
    rows of a label are repeated in turn, in an order that follows from their ids. A label without
    real rows stays without.

    Args:
        real: the rows to repeat.
        like: rows whose labels are counted.
    """
    wanted = Counter(row.label for row in like)
    groups: dict[str, list[LabelledRow]] = defaultdict(list)
    for row in sorted(real, key=lambda row: (derive(0, "oversample", row.root), row.text)):
        groups[row.label].append(row)
    found: list[LabelledRow] = []
    for label, rows in sorted(groups.items()):
        count = max(wanted[label], len(rows))
        found += (rows * -(-count // len(rows)))[:count]
    return found


def jackknife_halves(
    real: Sequence[LabelledRow], rows: Sequence[LabelledRow], repeats: int, seed: int
) -> list[frozenset[str]]:
    """Return, for each repeat, the roots that it leaves out: a random half.

    The real roots are drawn whatever their label, since another draw of train rows would have
    other numbers of each label too, and lack some; but a label with a single root keeps it. They
    are the same for every candidate, whose synthetic rows go with their root. Rows of the
    candidate that no train row is the ancestor of are halved label by label: those go first that
    lost most of the rows that their model was shown, and all that lost every one of them.

    Args:
        real: the real train rows.
        rows: those of the candidate, none for the real rows alone.
        repeats: how many halves.
        seed: of the run.
    """
    own = [row for row in rows if row.rootless and row.method == "real"]
    synthetic = [row for row in rows if row.rootless and row.method != "real"]
    found = []
    for number in range(repeats):
        out = frozenset(_half(real, seed, number))
        other = frozenset(_half(own, seed, number)) | frozenset(
            _synthetic_half(synthetic, out, seed, number)
        )
        found.append(out | other)
    return found


def _half(rows: Iterable[LabelledRow], seed: int, number: int) -> Iterator[str]:
    """Yield the roots that a half leaves out; an odd one goes and stays in turn."""
    rank = derive_each(seed, "repeat", str(number))
    labels = {row.root: members(row.label) for row in rows}
    every = Counter(label for own in labels.values() for label in own)
    single = {label for label, count in every.items() if count == 1}
    roots = sorted(labels, key=lambda root: (rank(root), root))
    count = len(roots) - (len(roots) + number % 2) // 2
    yield from (root for root in roots[count:] if single.isdisjoint(labels[root]))


def _synthetic_half(
    rows: Iterable[LabelledRow], out: frozenset[str], seed: int, number: int
) -> Iterator[str]:
    """Yield the made rows without a train row as ancestor that a half leaves out."""
    rank = derive_each(seed, "repeat", str(number))
    by_label: dict[str, dict[str, LabelledRow]] = defaultdict(dict)
    for row in rows:
        by_label[row.label][row.root] = row
    for label, group in sorted(by_label.items()):
        lost = {root: _lost(row, out) for root, row in group.items()}
        order = sorted(group, key=lambda root: (-lost[root], rank(root), root))
        count = (len(order) + (derive(seed, "odd", label) + number) % 2) // 2
        yield from order[: max(count, sum(share == 1 for share in lost.values()))]


def _lost(row: LabelledRow, out: frozenset[str]) -> float:
    """Return the share of a row's examples that are left out; 1/2 where it was shown none."""
    if not row.examples:
        return 0.5
    return sum(name in out for name in row.examples) / len(row.examples)


def draw_order(real: Sequence[LabelledRow], seed: int, draw: int) -> list[str]:
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
    """Return a rule that keeps some real rows and all that could be made from them alone.

    That is their descendants, and generated rows whose model was shown kept rows only, or none. A
    row that a teacher labelled could not: the teacher has learnt from all real rows.

    Args:
        kept: ids of the real rows.
    """

    def keep(row: LabelledRow) -> bool:
        if row.taught:
            return False
        if row.rootless:
            return all(name in kept for name in row.examples)
        return row.root in kept

    return keep


def all_but(out: frozenset[str]) -> Keep:
    """Return the rule that leaves roots out with all their descendants."""
    return lambda row: row.root not in out
