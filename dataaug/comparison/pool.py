"""Real and synthetic rows side by side, as the measures of compare look at them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from dataaug.comparison import CAP
from dataaug.rows.labels import members
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record, shown_text
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
        record.id, shown_text(record.text), label, record.method, record.root or "",
        real=record.has_real_text,
    )  # fmt: skip


LineCounts: TypeAlias = Counter[tuple[str, str]]
"""How many rows there are of each method and label."""


def line_counts(lines: Iterable[ComparedRow]) -> LineCounts:
    """Return how many rows there are of each method and label."""
    return Counter((line.method, line.label) for line in lines)


def made_methods(lines: Iterable[ComparedRow]) -> set[str]:
    """Return the methods that made texts: others gave labels to real ones."""
    return {line.method for line in lines if not line.real}


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
        real: which of them have a real text, be it with a label that a program made.
        counts: how many rows of each method and label there were before the cap.
        made: the methods that made texts.
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
        counts: LineCounts | None = None,
        made: set[str] | None = None,
    ) -> None:
        """Choose among rows and sort them.

        Args:
            lines: all rows; unless they are read one by one they may come twice.
            seed: every random draw follows from it.
            by_label: compare within labels.
            cap: real and synthetic rows that are kept, each.
            notify: shows the progress of slow steps.
            counts: those of all rows, if they are known.
            made: the methods of all rows that made texts, if they are known.
        """
        every = list(lines) if isinstance(lines, Iterator) else lines
        self.seed = seed
        self.by_label = by_label
        self.notify = notify
        self.counts = line_counts(every) if counts is None else counts
        self.made = made_methods(every) if made is None else made
        chosen = _Chosen(self.counts, self.made, cap, seed, by_label=by_label)
        for line in every:
            chosen.take(line)
        self.lines = sorted(chosen.lines())
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


class _Chosen:
    """Which rows to look at: all, or ``cap`` a side, dealt evenly over labels.

    Even numbers keep small labels whole. Rows whose label only one side has come last: they can't
    be compared label for label. No more than twice as many are held as are chosen: a row that is
    beaten by ``cap`` others stays so, whatever comes behind it.
    """

    def __init__(
        self, counts: LineCounts, made: Collection[str], cap: int, seed: int, *, by_label: bool
    ) -> None:
        sizes: Counter[bool] = Counter()
        labels: tuple[set[str], set[str]] = (set(), set())
        for (method, label), count in counts.items():
            sizes[method not in made] += count
            labels[method not in made].add(label)
        self._large = {real: sizes[real] > cap for real in (True, False)}
        self._both = labels[True] & labels[False]
        self._cap = cap
        self._seed = seed
        self._by_label = by_label
        self._kept: dict[bool, list[tuple[int, ComparedRow]]] = {True: [], False: []}

    def take(self, line: ComparedRow) -> None:
        """Take the next row."""
        kept, large = self._kept[line.real], self._large[line.real]
        kept.append((derive(self._seed, "cap", line.id, line.text) if large else 0, line))
        if large and len(kept) >= 2 * self._cap:
            kept[:] = self._best(kept)

    def lines(self) -> Iterator[ComparedRow]:
        """Yield the rows that were chosen."""
        for real, kept in self._kept.items():
            for _, line in self._best(kept) if self._large[real] else kept:
                yield line

    def _best(self, kept: list[tuple[int, ComparedRow]]) -> list[tuple[int, ComparedRow]]:
        taken: Counter[str] = Counter()
        drawn, ranked = sorted(kept), []
        for place, (_, line) in enumerate(drawn):
            label = line.label if self._by_label else ""
            ranked.append((self._by_label and label not in self._both, taken[label], place))
            taken[label] += 1
        return [drawn[place] for *_, place in sorted(ranked)[: self._cap]]
