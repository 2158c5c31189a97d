"""Hold out a real test set that shares no row, relative or near-duplicate with the train part."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import repeat

from dataaug import allocation, embedders, stratification
from dataaug.embedders import AUTO, Embedder
from dataaug.embedders.choice import choosing, resolved
from dataaug.errors import InputError, UsageError
from dataaug.leakage import check_similarity, refuse_synthetic
from dataaug.plugins import Spec
from dataaug.rows.groups import Groups
from dataaug.rows.labels import members as labels_in
from dataaug.rows.labels import several
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record, label_names
from dataaug.rows.report import Report
from dataaug.rows.seeds import derive
from dataaug.rows.summary import Summary
from dataaug.search import NEAR_DUPLICATE, text_pairs
from dataaug.text.normalize import digest

_SHOWN = 5
_NAMED = 50
"""Labels without a test row that a warning names; the report has all."""
_LARGE = 0.1
"""The share of all rows from which on a group is worth a warning: links may have chained."""
_LIFT = 0.1
"""The share of the test rows that rare labels may take from the others to have one row each.

More would turn the proportions: 50 labels of two rows would be half of a test set of 100, where
they are a tenth of the rows, and an accuracy on it would say nothing about the rows to come.
"""


@dataclass(frozen=True, slots=True)
class Splitting:
    """How to split.

    Attributes:
        test: the share of rows to hold out (above 0, below 1), or a whole number of rows.
        stratify: keep the label proportions in both parts.
        similarity: cosine similarity from which on two rows stay on one side.
        embedder: which embedder finds near-duplicates; ``auto``: one that knows the languages.
        seed: the seed of the run.
    """

    test: float = 0.2
    stratify: bool = True
    similarity: float = NEAR_DUPLICATE
    embedder: Spec = field(default_factory=lambda: Spec(AUTO))
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of both parts, each in the order of the input."""

    train: list[Record]
    test: list[Record]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is kept of all rows, in their order.

    Attributes:
        records: the rows; they are not parsed.
        ids: their ids.
        labels: their labels.
        strata: their labels, or nothing but empty words where labels do not count.
        selected: which of them were chosen to be labelled.
    """

    records: list[Record]
    ids: list[str]
    labels: list[str | None]
    strata: list[str | None]
    selected: set[int]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class LargestGroup:
    """The largest group of rows that stayed together.

    Attributes:
        rows: how many there are.
        ids: the ids of the first of them.
    """

    rows: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SplitSummary(Summary):
    """How a split came out.

    Attributes:
        train: rows of the train part.
        test: rows of the test part.
        labels: for each label, its rows in ``train`` and in ``test``.
        labels_without_test_rows: labels that have no row in the test part.
        groups: groups of two or more rows that stayed together.
        rows_in_groups: rows in these groups.
        links: why rows were joined into groups: how many links of each kind.
        largest_group: the largest group; one row where there are no groups.
        test_rows_a_plain_split_would_leak: test rows of a split by single rows, of the same size,
            that would have a relative or near-duplicate in the train part.
        embedder: what found near-duplicates, with its options.
        similarity: the cosine similarity from which on two rows stayed together.
    """

    train: int
    test: int
    labels: dict[str, dict[str, int]]
    labels_without_test_rows: list[str]
    groups: int
    rows_in_groups: int
    links: dict[str, int]
    largest_group: LargestGroup
    test_rows_a_plain_split_would_leak: int
    embedder: str
    similarity: float


def parse_test(text: str) -> float:
    """Return the size of the test part: a share (``0.2``) or a whole number of rows (``500``).

    Raises:
        UsageError: it is neither.
    """
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    whole = size >= 1 and text.strip().isdecimal()
    if not (0 < size < 1 or whole):
        raise UsageError(f"--test {text!r}: expected a share such as 0.2, or a number of rows")
    return size


def split(
    records: Iterable[Record],
    task: Splitting,
    *,
    report: Report | None = None,
    notify: Notify = silent,
) -> Parts:
    """Return a train and a test part; each row as it came, in the order it came.

    Rows that share a root, a normalised text or an embedding (at or above ``similarity``) stay on
    one side, and so do rows that such links connect in a chain: cutting a chain anywhere would put
    near-duplicates on both sides. A group that is larger than what is wanted of its labels goes to
    the train part, so a long chain costs test rows and never honesty; the largest group is
    reported. What groups leave too few or too many is made up for by rows that stand alone, so
    that the number of test rows is met exactly where there are enough of them. Which groups are
    held out follows from the seed and the rows' ids alone.

    Args:
        records: real rows.
        task: how to split.
        report: takes sizes per label, what was kept together, and warnings.
        notify: shows the progress of the embedding.

    Raises:
        GuardError: there are synthetic rows.
        InputError: there are fewer than two rows, or fewer than ``test`` asks for.
    """
    check_similarity(task.similarity)
    rows = _read(records, stratify=task.stratify)
    if len(rows) < 2 or task.test >= len(rows):
        raise InputError(f"{len(rows):,} rows can't be split with --test {task.test:g}")
    report = report or Report("split")
    links: Counter[str] = Counter()
    with choosing(lambda: (copy(record).text for record in rows.records), report):
        task = replace(task, embedder=resolved(task.embedder))
        embed = embedders.shared(task.embedder)
        members = grouped(rows.records, embed, task.similarity, notify, links)
    held = _held_out(rows, members, task)
    if not held:
        raise InputError(
            f"{len(rows):,} rows: no test part can be held out; "
            + _hindrance(rows, members, task, near=bool(links["near"]))
        )
    _note(report, rows, links, members, held, task)
    train = [record for row, record in enumerate(rows.records) if row not in held]
    return Parts(train, [rows.records[row] for row in sorted(held)])


def _read(records: Iterable[Record], *, stratify: bool) -> _Rows:
    """Take all rows.

    Raises:
        GuardError: there are synthetic rows.
    """
    rows: list[Record] = []
    ids: list[str] = []
    labels: list[str | None] = []
    selected: set[int] = set()
    names: dict[str | None, str | None] = {}
    for row, record in enumerate(records):
        if record.is_selected:
            selected.add(row)
        rows.append(copy(record))  # parsed it would take 1.3 kB more
        ids.append(record.id)
        labels.append(names.setdefault(record.label, record.label))
    refuse_synthetic(rows, "the input of split")
    strata: list[str | None] = labels if stratify else [*repeat("", len(ids))]
    return _Rows(rows, ids, labels, strata, selected)


def _hindrance(
    rows: _Rows, members: Sequence[Sequence[int]], task: Splitting, *, near: bool
) -> str:
    """Say why no row at all can be held out, and what to do.

    Args:
        rows: all rows.
        members: the groups of rows that stay together.
        task: how to split.
        near: are rows kept together by their vectors?
    """
    if not _wanted(len(rows), task):
        return f"--test {task.test:g} of them is less than one row: ask for more"
    if len(members) == len(rows):
        return ("no label has two rows, and each keeps one in the train part: collect more rows, "
                "or give --no-stratify")  # fmt: skip
    groups = f"they are {len(members):,} groups of relatives and near-duplicates, which stay whole"
    if not near:
        return f"{groups}: their roots or texts are equal, so collect more rows"
    return (
        f"{groups}: collect more rows, raise --similarity, or name a model that tells them apart "
        f"(they were compared by {task.embedder}; --embedder, -p embedder.model=DIR)"
    )


def grouped(
    rows: Sequence[Record], embed: Embedder, similarity: float, notify: Notify, links: Counter[str]
) -> list[list[int]]:
    """Return the rows that stay together, and count the links that joined them by their kind."""
    groups = Groups(len(rows))
    roots: list[str | None] = []
    texts: list[str] = []
    for record in map(copy, rows):  # what a row is parsed to would stay with it
        roots.append(record.root)
        texts.append(record.text)
    for kind, keys in (("root", iter(roots)), ("exact", map(digest, texts))):
        links[kind] = _linked(groups, keys)
    del roots
    # Part by part: in a large group of near-duplicates all pairs would take gigabytes.
    for i, j, _ in text_pairs.similar_within(embed, texts, similarity, notify):
        for one, other in zip(i.tolist(), j.tolist(), strict=True):
            links["near"] += groups.join(one, other)
    return groups.members()


def _linked(groups: Groups, keys: Iterable[object]) -> int:
    """Join rows of equal keys; return how many links that took."""
    first: dict[object, int] = {}
    return sum(groups.join(first.setdefault(key, row), row) for row, key in enumerate(keys))


def _wanted(rows: int, task: Splitting) -> int:
    """Return how many test rows are asked for, of so many rows."""
    return round(task.test * rows) if task.test < 1 else int(task.test)


def _held_out(rows: _Rows, members: Sequence[Sequence[int]], task: Splitting) -> set[int]:
    """Return the rows of the test part: whole groups, as many rows of each label as its quota."""
    order = sorted(members, key=lambda group: _key(rows.ids, group, task.seed))
    if several(rows.strata):
        return _of_sets(rows.strata, order, task)
    quota = _quota(rows.strata, members, task)
    held = _choose(rows.strata, order, quota)
    alone = [group[0] for group in order if len(group) == 1]
    return _levelled(rows.strata, alone, quota, held)


def _strata(label: str | None) -> tuple[str | None, ...]:
    """Return the strata of a row: its labels; None where it has none."""
    return (None,) if label is None else labels_in(label) or (None,)


def _sizes(labels: Iterable[str | None]) -> Counter[str | None]:
    """Return how many rows each stratum has."""
    return Counter(name for label in labels for name in _strata(label))


def _of_sets(
    strata: Sequence[str | None], order: Sequence[Sequence[int]], task: Splitting
) -> set[int]:
    """Return the rows of the test part where rows have several labels."""
    units = [
        stratification.RowUnit(len(group), _sizes(strata[row] for row in group)) for group in order
    ]
    floors, total = _floors(strata, order, task), _wanted(len(strata), task)
    wanted = {
        name: max(total * size / len(strata), floors.get(name, 0))
        for name, size in _sizes(strata).items()
    }
    chosen = stratification.choose_units(units, total, wanted)
    return {row for number in chosen for row in order[number]}


def _most(strata: Sequence[str | None], members: Sequence[Sequence[int]]) -> dict[str | None, int]:
    """Return how many test rows each label can have: one row stays, and a lone group does."""
    sizes = _sizes(strata)
    groups = Counter(n for group in members for n in _sizes(strata[row] for row in group))
    return {name: size - 1 if groups[name] > 1 else 0 for name, size in sizes.items()}


def _quota(
    strata: Sequence[str | None], members: Sequence[Sequence[int]], task: Splitting
) -> dict[str | None, int]:
    """Return how many test rows to take of each label: they follow the number of rows."""
    floors, caps = _floors(strata, members, task), _most(strata, members)
    return allocation.shares(_wanted(len(strata), task), _sizes(strata), floors=floors, caps=caps)


def _floors(
    strata: Sequence[str | None], members: Sequence[Sequence[int]], task: Splitting
) -> dict[str | None, int]:
    """Return the least test rows of each label.

    A label that can be on both sides has one, unless such rows would be more than :data:`_LIFT` of
    the test part.
    """
    sizes, total = _sizes(strata), _wanted(len(strata), task)
    able = [name for name, most in _most(strata, members).items() if most]
    lifted = sum(max(0, len(strata) - total * sizes[name]) for name in able)
    return dict.fromkeys(able, 1) if lifted <= _LIFT * total * len(strata) else {}


def _choose(
    strata: Sequence[str | None],
    order: Sequence[Sequence[int]],
    quota: Mapping[str | None, int],
) -> set[int]:
    """Return the rows of whole groups, taken in order while they fit."""
    left = dict(quota)
    train = Counter(strata)
    held: set[int] = set()
    waiting = []

    def fits(count: Counter[str | None], slack: float) -> bool:
        return all(
            n <= left[name] + slack * n and n < train[name] and left[name] > 0
            for name, n in count.items()
        )

    def take(group: Sequence[int], count: Counter[str | None]) -> None:
        held.update(group)
        for name, n in count.items():
            left[name] -= n
            train[name] -= n

    for group in order:
        if fits(count := Counter(strata[row] for row in group), 0):
            take(group, count)
        else:
            waiting.append(group)
    for group in waiting:  # what is still missing: half over is nearer than wholly under
        if fits(count := Counter(strata[row] for row in group), 0.5):
            take(group, count)
    return held


def _levelled(
    strata: Sequence[str | None],
    alone: Sequence[int],
    quota: Mapping[str | None, int],
    held: set[int],
) -> set[int]:
    """Return the test part with rows more or less, so that it has as many as its quotas.

    Only rows that stand alone come or go. A label that is over its quota gives first, and no label
    loses its last row on either side.
    """
    sizes = Counter(strata)
    test = Counter(strata[row] for row in held)
    over = len(held) - sum(quota.values())
    if over < 0:
        free = Counter(strata[row] for row in alone if row not in held)
        room = {name: min(free[name], sizes[name] - test[name] - 1) for name in sizes}
        more = allocation.shares(-over, sizes, caps=room)
        return held | _firsts([row for row in alone if row not in held], strata, more)
    free = Counter(strata[row] for row in alone if row in held)
    room = {name: max(0, min(free[name], test[name] - 1)) for name in sizes}
    own = {name: min(room[name], max(0, test[name] - quota[name])) for name in sizes}
    fewer = allocation.shares(over, sizes, caps=own)
    if sum(fewer.values()) < over:
        fewer = allocation.shares(over, sizes, floors=fewer, caps=room)
    return held - _firsts([row for row in reversed(alone) if row in held], strata, fewer)


def _firsts(
    order: Sequence[int], strata: Sequence[str | None], counts: Mapping[str | None, int]
) -> set[int]:
    """Return the first rows in order, so many of each label."""
    left = dict(counts)
    found: set[int] = set()
    for row in order:
        if left[strata[row]] > 0:
            left[strata[row]] -= 1
            found.add(row)
    return found


def _key(ids: Sequence[str], group: Sequence[int], seed: int) -> tuple[int, str]:
    name = min(ids[row] for row in group)
    return derive(seed, "split", name), name


def _note(
    report: Report,
    rows: _Rows,
    links: Counter[str],
    members: Sequence[Sequence[int]],
    held: set[int],
    task: Splitting,
) -> None:
    together = [group for group in members if len(group) > 1]
    largest = max(members, key=len)
    labels = _per_label(rows.labels, held)
    lacking = [name for name, sizes in labels.items() if not sizes["test"]]
    found = SplitSummary(
        train=len(rows) - len(held),
        test=len(held),
        labels=labels,
        labels_without_test_rows=lacking,
        groups=len(together),
        rows_in_groups=sum(map(len, together)),
        links=dict(+links),
        largest_group=LargestGroup(len(largest), tuple(rows.ids[row] for row in largest[:_SHOWN])),
        test_rows_a_plain_split_would_leak=_would_leak(rows, members, task),
        embedder=str(task.embedder),
        similarity=task.similarity,
    )
    report.note("split", found)
    for warning in (
        *_lacking(rows, members, labels, task),
        *_warnings(rows, members, largest, held, task),
    ):
        report.warn(warning)


def _per_label(labels: Sequence[str | None], held: set[int]) -> dict[str, dict[str, int]]:
    test = _labels(labels[row] for row in held)
    every = _labels(labels)
    return {
        name: {"train": every[label] - test[label], "test": test[label]}
        for label, name in label_names(every).items()
    }


def _labels(labels: Iterable[str | None]) -> Counter[str | None]:
    """Return how many rows have each label; None is that of rows of which none is known."""
    none: tuple[None] = (None,)
    return Counter(
        name for label in labels for name in (none if label is None else labels_in(label))
    )


def _would_leak(rows: _Rows, members: Sequence[Sequence[int]], task: Splitting) -> int:
    """Return how many test rows of a split by single rows would have a twin in the train part."""
    held = _held_out(rows, [[row] for row in range(len(rows))], task)
    torn = (group for group in members if any(row not in held for row in group))
    return sum(row in held for group in torn for row in group)


def _lacking(
    rows: _Rows,
    members: Sequence[Sequence[int]],
    labels: Mapping[str, Mapping[str, int]],
    task: Splitting,
) -> Iterator[str]:
    """Name the labels that the test part lacks, and say why."""
    lacking = [name for name, sizes in labels.items() if not sizes["test"]]
    if not lacking or not task.stratify:
        return
    shown = ", ".join(f"{name!r} ({labels[name]['train']:,} rows)" for name in lacking[:_NAMED])
    if len(lacking) > _NAMED:
        shown += f" and {len(lacking) - _NAMED:,} more (--report has all)"
    possible = _most(rows.strata, members)
    most = {name: possible[label] for label, name in label_names(possible).items()}
    why = []
    if any(not most[name] for name in lacking):
        why.append(
            "a label of one row, or of one group of near-duplicates, stays in the train part"
        )
    if any(most[name] for name in lacking):
        why.append("the test part is too small for a row of each: a larger --test has more of them")
    yield f"labels that the test part lacks: {shown}; {'; '.join(why)}"


def _warnings(
    rows: _Rows,
    members: Sequence[Sequence[int]],
    largest: Sequence[int],
    held: set[int],
    task: Splitting,
) -> Iterator[str]:
    if len(largest) > max(_LARGE * len(rows), 10):
        yield (f"one group of near-duplicates holds {len(largest):,} of {len(rows):,} rows ("
               f"{rows.ids[largest[0]]}); if they are not alike, raise --similarity")  # fmt: skip
    wanted, most = _wanted(len(rows), task), sum(_most(rows.strata, members).values())
    if len(held) != wanted:
        why = (
            f"no more than {most:,} can be held out, since each label keeps a row in the train part"
            if most < wanted
            else "groups of near-duplicates stay whole, and too few rows stand alone to make up "
            "for it"
        )
        yield f"{len(held):,} test rows where {wanted:,} were asked for: {why}"
    if rows.selected:
        chosen = len(rows.selected & held)
        yield (
            f"some rows were chosen to be labelled (label --ask), {chosen:,} of the test rows are: "
            "they stand for no others; split first, and choose among the train rows"
        )
    unlabelled = rows.labels.count(None)
    if unlabelled:
        yield f"{unlabelled:,} rows have no label; evaluate can't use them"
