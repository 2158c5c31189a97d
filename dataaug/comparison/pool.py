"""Real and synthetic rows side by side, as the measures of compare look at them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dataaug.comparison import CAP
from dataaug.rows.labels import members
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive
from dataaug.text.segments import spoken_words

RowNumbers = npt.NDArray[np.intp]
"""Row numbers of a pool."""

UNLABELLED = "(no label)"


class ComparedRow(NamedTuple):
    """What compare keeps of a row. Sorting them makes results independent of the input order."""

    id: str
    text: str
    label: str
    method: str
    root: str
    real: bool


def compared_row(record: Record) -> ComparedRow:
    """Return what compare keeps of a row."""
    label = UNLABELLED if record.label is None else record.label
    return ComparedRow(
        record.id, record.text, label, record.method, record.root or "", real=record.is_real
    )


@dataclass(frozen=True, slots=True)
class Ragged:
    """A list of codes for each row, end to end.

    Attributes:
        values: the codes of all rows.
        starts: where each row's codes begin, and where the last row's end; shape (rows + 1,).
    """

    values: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """The number of codes of each row."""
        sizes: npt.NDArray[np.int64] = np.diff(self.starts)
        return sizes

    def take(self, rows: RowNumbers) -> npt.NDArray[np.int64]:
        """Return the codes of some rows end to end, in the order of ``rows``."""
        sizes = self.sizes[rows]
        ends = np.cumsum(sizes)
        if not len(ends) or not ends[-1]:
            return self.values[:0]
        shift = np.repeat(self.starts[:-1][rows] - (ends - sizes), sizes)
        found: npt.NDArray[np.int64] = self.values[np.arange(ends[-1]) + shift]
        return found


class Pool:
    """The rows that are compared, sorted, so that the order of the input does not matter.

    Attributes:
        lines: the rows; at most ``cap`` real and ``cap`` synthetic ones.
        real: which of them are real.
        counts: how many rows of each method and label there were before the cap.
        seed: every random draw follows from it.
        by_label: compare within labels.
        label_names: the distinct labels; of rows with several, the distinct sets of them. Rows are
            compared with rows of the same set.
        classes: the labels that these are made of.
        has: which set has which of them, shape (label_names, classes).
        memo: what several measures need and one has worked out.
    """

    def __init__(
        self,
        lines: Iterable[ComparedRow],
        *,
        seed: int = 0,
        by_label: bool = True,
        cap: int = CAP,
        notify: Notify = silent,
    ) -> None:
        every = sorted(lines)
        self.seed = seed
        self.by_label = by_label
        self.notify = notify
        self.counts = Counter((line.method, line.label) for line in every)
        self.lines = [every[row] for row in _capped(every, cap, seed, by_label=by_label)]
        self.real = np.array([line.real for line in self.lines], dtype=np.bool_)
        self.texts = [line.text for line in self.lines]
        self.labels, self.label_names = _codes([line.label for line in self.lines])
        self.classes, self.has = memberships(self.label_names)
        self.methods, self.method_names = _codes([line.method for line in self.lines])
        # A row without an ancestor is nobody's relative: its place makes a root of its own.
        roots = [line.root or f"\0{place}" for place, line in enumerate(self.lines)]
        self.roots, self.root_names = _codes(roots)
        self.memo: dict[object, Any] = {}

    def __len__(self) -> int:
        return len(self.lines)

    def places(self, *, real: bool) -> RowNumbers:
        """Return the numbers of the real or of the synthetic rows."""
        return np.flatnonzero(self.real == real)

    def random(self, *names: str) -> np.random.Generator:
        """Return a source of random numbers that follows from the seed and from names."""
        return np.random.default_rng(derive(self.seed, "compare", *names))

    @cached_property
    def _split(self) -> list[list[str]]:
        return [spoken_words(text) for text in self.texts]

    @cached_property
    def _coded(self) -> tuple[Ragged, list[str]]:
        codes: dict[str, int] = {}
        values = [codes.setdefault(word, len(codes)) for row in self._split for word in row]
        starts = np.cumsum([0, *map(len, self._split)], dtype=np.int64)
        return Ragged(np.array(values, dtype=np.int64), starts), list(codes)

    @property
    def words(self) -> Ragged:
        """The words of each row in lower case, as numbers in ``vocabulary``."""
        return self._coded[0]

    @property
    def vocabulary(self) -> list[str]:
        """The distinct words of all rows."""
        return self._coded[1]

    def opening(self, row: int, count: int) -> str:
        """Return the first words of a row, in lower case."""
        return " ".join(self._split[row][:count])

    def subset(self, cap: int) -> "Pool":
        """Return a pool of at most ``cap`` real and ``cap`` synthetic rows of this one."""
        if ("subset", cap) not in self.memo:
            self.memo["subset", cap] = Pool(
                self.lines, seed=self.seed, by_label=self.by_label, cap=cap, notify=self.notify
            )
        found: Pool = self.memo["subset", cap]
        return found

    def share_of_label(self, *, real: bool) -> dict[str, float]:
        """Return the share of each label or set of labels among one part, before the cap."""
        found: Counter[str] = Counter()
        for (method, label), count in self.counts.items():
            if (method == "real") == real:
                found[label] += count
        return {label: count / found.total() for label, count in sorted(found.items())}


def memberships(sets: Sequence[str]) -> tuple[list[str], npt.NDArray[np.bool_]]:
    """Return the labels of sets, sorted, and which set has which; shape (sets, labels)."""
    names = sorted({label for own in sets for label in members(own)})
    return names, np.array([[name in members(own) for name in names] for own in sets], np.bool_)


def _codes(names: Sequence[str]) -> tuple[RowNumbers, list[str]]:
    known = {name: code for code, name in enumerate(sorted(set(names)))}
    return np.array([known[name] for name in names], dtype=np.intp), list(known)


def _capped(lines: Sequence[ComparedRow], cap: int, seed: int, *, by_label: bool) -> list[int]:
    """Return which rows to look at: all, or ``cap`` a side, dealt evenly over labels.

    Even numbers keep small labels whole. Rows whose label only one side has come last: they can't
    be compared label for label.
    """
    chosen: list[int] = []
    names = [{line.label for line in lines if line.real == real} for real in (True, False)]
    both = names[0] & names[1] if by_label else set()
    for real in (True, False):
        side = [row for row, line in enumerate(lines) if line.real == real]
        if len(side) > cap:
            drawn = {row: derive(seed, "cap", lines[row].id, lines[row].text) for row in side}
            side.sort(key=lambda row: (drawn[row], row))
            taken: Counter[str] = Counter()
            rank = {}
            for row in side:
                label = lines[row].label if by_label else ""
                rank[row] = (by_label and label not in both, taken[label])
                taken[label] += 1
            side = sorted(side, key=lambda row: (rank[row], drawn[row], row))[:cap]
        chosen += side
    return sorted(chosen)
