"""Hold out a real test set that shares no row, relative or near-duplicate with the train part."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dataaug import allocation, embedders
from dataaug.embedders import Embedder, Notify
from dataaug.errors import InputError, UsageError
from dataaug.leakage import check_similarity, refuse_synthetic
from dataaug.plugins import Spec
from dataaug.rows.record import Record
from dataaug.rows.report import Report
from dataaug.rows.seeds import derive
from dataaug.search import text_pairs
from dataaug.text.normalize import digest

_SHOWN = 5
_LARGE = 0.1
"""The share of all rows from which on a group is worth a warning: links may have chained."""


@dataclass(frozen=True, slots=True)
class Splitting:
    """How to split.

    Attributes:
        test: the share of rows to hold out (above 0, below 1), or a whole number of rows.
        stratify: keep the label proportions in both parts.
        similarity: cosine similarity from which on two rows stay on one side.
        embedder: which embedder finds near-duplicates.
        seed: the seed of the run.
    """

    test: float = 0.2
    stratify: bool = True
    similarity: float = 0.95
    embedder: Spec = field(default_factory=lambda: Spec("sentence-transformers"))
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of both parts, each in the order of the input."""

    train: list[Record]
    test: list[Record]


class _Groups:
    """Sets of rows that stay together, joined link by link."""

    def __init__(self, size: int) -> None:
        self._up = list(range(size))
        self.links: Counter[str] = Counter()

    def find(self, row: int) -> int:
        while self._up[row] != row:
            self._up[row] = self._up[self._up[row]]
            row = self._up[row]
        return row

    def join(self, one: int, other: int, kind: str) -> None:
        """Join two rows' groups; ``kind`` is counted if that changed anything."""
        left, right = self.find(one), self.find(other)
        if left != right:
            self._up[max(left, right)] = min(left, right)
            self.links[kind] += 1

    def members(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for row in range(len(self._up)):
            found.setdefault(self.find(row), []).append(row)
        return list(found.values())


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
    notify: Notify = embedders.silent,
) -> Parts:
    """Return a train and a test part; each row as it came, in the order it came.

    Rows that share a root, a normalised text or an embedding (at or above ``similarity``) stay on
    one side, and so do rows that such links connect in a chain: cutting a chain anywhere would put
    near-duplicates on both sides. A group that is larger than what is wanted of its labels goes to
    the train part, so a long chain costs test rows and never honesty; the largest group is
    reported. Which groups are held out follows from the seed and the rows' ids alone.

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
    rows = list(records)
    refuse_synthetic(rows, "the input of split")
    if len(rows) < 2 or task.test >= len(rows):
        raise InputError(f"{len(rows):,} rows can't be split with --test {task.test:g}")
    groups = _grouped(rows, embedders.shared(task.embedder), task.similarity, notify)
    members = groups.members()
    quota = _quota(rows, members, task)
    held = _choose(rows, members, quota, task)
    if not held:
        raise InputError(
            f"{len(rows):,} rows in {len(members):,} groups of near-duplicates: no test part can "
            "be held out; collect more rows, or raise --similarity"
        )
    _note(report or Report("split"), rows, groups, members, held, task)
    train = [record for row, record in enumerate(rows) if row not in held]
    return Parts(train, [record for row, record in enumerate(rows) if row in held])


def _grouped(rows: Sequence[Record], embed: Embedder, similarity: float, notify: Notify) -> _Groups:
    groups = _Groups(len(rows))
    for kind, key in (("root", _root), ("exact", _text)):
        first: dict[object, int] = {}
        for row, record in enumerate(rows):
            groups.join(first.setdefault(key(record), row), row, kind)
    texts = [record.text for record in rows]
    # Part by part: in a large group of near-duplicates all pairs would take gigabytes.
    for i, j, _ in text_pairs.inner_pairs(embed, texts, similarity, notify):
        for one, other in zip(i.tolist(), j.tolist(), strict=True):
            groups.join(one, other, "near")
    return groups


def _root(record: Record) -> object:
    return record.root


def _text(record: Record) -> object:
    return digest(record.text)


def _stratum(record: Record, task: Splitting) -> str | None:
    return record.label if task.stratify else ""


def _quota(
    rows: Sequence[Record], members: Sequence[Sequence[int]], task: Splitting
) -> dict[str | None, int]:
    """Return how many test rows to take of each label."""
    sizes = Counter(_stratum(record, task) for record in rows)
    groups = Counter(s for group in members for s in {_stratum(rows[row], task) for row in group})
    total = round(task.test * len(rows)) if task.test < 1 else int(task.test)
    return allocation.held_out(total, sizes, groups)


def _choose(
    rows: Sequence[Record],
    members: Sequence[Sequence[int]],
    quota: Mapping[str | None, int],
    task: Splitting,
) -> set[int]:
    """Return the rows of the test part: whole groups, in seeded order, while they fit."""
    left = dict(quota)
    train = Counter(_stratum(record, task) for record in rows)
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

    for group in sorted(members, key=lambda group: _key(rows, group, task.seed)):
        count = Counter(_stratum(rows[row], task) for row in group)
        if fits(count, 0):
            take(group, count)
        else:
            waiting.append((group, count))
    for group, count in waiting:  # what is still missing: half over is nearer than wholly under
        if fits(count, 0.5):
            take(group, count)
    return held


def _key(rows: Sequence[Record], group: Sequence[int], seed: int) -> tuple[int, str]:
    name = min(rows[row].id for row in group)
    return derive(seed, "split", name), name


def _note(
    report: Report,
    rows: Sequence[Record],
    groups: _Groups,
    members: Sequence[Sequence[int]],
    held: set[int],
    task: Splitting,
) -> None:
    together = [group for group in members if len(group) > 1]
    largest = max(members, key=len)
    labels = _per_label(rows, held)
    report.details["split"] = {
        "train": len(rows) - len(held),
        "test": len(held),
        "labels": labels,
        "groups": len(together),
        "rows_in_groups": sum(map(len, together)),
        "links": dict(groups.links),
        "largest_group": {
            "rows": len(largest),
            "ids": [rows[row].id for row in largest[:_SHOWN]],
        },
        "test_rows_a_plain_split_would_leak": _would_leak(rows, members, task),
        "embedder": str(task.embedder),
        "similarity": task.similarity,
    }
    for warning in _warnings(rows, labels, largest, held, task):
        report.warn(warning)


def _per_label(rows: Sequence[Record], held: set[int]) -> dict[str, dict[str, int]]:
    test = Counter(rows[row].label for row in held)
    every = Counter(record.label for record in rows)
    return {
        str(name): {"train": every[name] - test[name], "test": test[name]}
        for name in sorted(every, key=str)
    }


def _would_leak(rows: Sequence[Record], members: Sequence[Sequence[int]], task: Splitting) -> int:
    """Return how many test rows of a split by single rows would have a twin in the train part."""
    alone = [[row] for row in range(len(rows))]
    held = _choose(rows, alone, _quota(rows, alone, task), task)
    torn = (group for group in members if any(row not in held for row in group))
    return sum(row in held for group in torn for row in group)


def _warnings(
    rows: Sequence[Record],
    labels: Mapping[str, Mapping[str, int]],
    largest: Sequence[int],
    held: set[int],
    task: Splitting,
) -> Iterator[str]:
    missing = [name for name, sizes in labels.items() if not sizes["test"]]
    if missing and task.stratify:
        shown = ", ".join(f"{name!r} ({labels[name]['train']:,} rows)" for name in missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        yield f"all rows stay in the train part where too few can be split: {shown}{more}"
    if len(largest) > max(_LARGE * len(rows), 10):
        yield (f"one group of near-duplicates holds {len(largest):,} of {len(rows):,} rows ("
               f"{rows[largest[0]].id}); if they are not alike, raise --similarity")  # fmt: skip
    wanted = task.test * len(rows) if task.test < 1 else task.test
    if abs(len(held) - wanted) > max(1.0, 0.1 * wanted):
        yield (f"{len(held):,} test rows where {wanted:,.0f} were asked for: groups of "
               "near-duplicates and small classes stay whole")  # fmt: skip
    unlabelled = sum(record.label is None for record in rows)
    if unlabelled:
        yield f"{unlabelled:,} rows have no label; evaluate can't use them"
