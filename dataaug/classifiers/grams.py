"""TF-IDF of words and of character n-grams; every text is cut into them once."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack

from dataaug.errors import TrainingError
from dataaug.text.segments import features, plain_word

_KEPT = 100_000
"""Texts whose counts are kept; about 1.5 kB each."""

_LONGEST = 4
"""Characters of the longest gram."""

_Features = Callable[[Sequence[str]], Any]
"""Texts → a sparse matrix of features, one row a text."""


def _words(text: str) -> list[str]:
    """Return the words of a text and its pairs of neighbouring words."""
    found = features(plain_word(text.lower()))
    return [*found, *(f"{one} {two}" for one, two in itertools.pairwise(found))]


def _characters(text: str) -> list[str]:
    """Return the character 2- to 4-grams of the words of a text, with a blank before and after.

    A word that is shorter than a gram is taken whole, once.
    """
    found = []
    for word in plain_word(text.lower()).split():
        padded = f" {word} "
        for size in range(2, min(_LONGEST, len(padded)) + 1):
            found += [padded[n : n + size] for n in range(len(padded) - size + 1)]
    return found


class Counts:
    """Counts how often a text has each of its grams, and remembers it.

    Fits of the same rows, of parts of them and of rows made from them ask for the same texts again.
    """

    def __init__(self, cut: Callable[[str], list[str]]) -> None:
        self._cut = cut
        self.columns: dict[str, int] = {}
        self._order: npt.NDArray[np.intp] = np.empty(0, np.intp)
        self._lock = threading.Lock()
        self._known: dict[str, tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]] = {}
        self._last: tuple[list[str], Any] = ([], None)

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return the counts, float32, shape (texts, grams that were met so far)."""
        with self._lock:
            if self._last[1] is None or self._last[0] != texts:
                self._last = ([*texts], self._made(texts))
            return self._last[1]

    def _made(self, texts: Sequence[str]) -> Any:
        found = [self._of(text) for text in texts]
        starts = np.cumsum([0, *(len(columns) for columns, _ in found)])
        columns = np.concatenate([columns for columns, _ in found])
        counts = np.concatenate([counts for _, counts in found])
        return csr_matrix((counts, columns, starts), shape=(len(texts), len(self.columns)))

    def order(self) -> npt.NDArray[np.intp]:
        """Return the columns in the order of their grams."""
        with self._lock:
            if len(self._order) != len(self.columns):
                found = [column for _, column in sorted(self.columns.items())]
                self._order = np.array(found, np.intp)
            return self._order

    def _of(self, text: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        known = self._known.get(text)
        if known is None:
            counts, columns = Counter(self._cut(text)), self.columns
            places = [columns.setdefault(gram, len(columns)) for gram in counts]
            known = (np.array(places, np.int32), np.array([*counts.values()], np.float32))
            if len(self._known) < _KEPT:
                self._known[text] = known
        return known


class Weighed:
    """TF-IDF of the grams that the texts of a fit have, to the last bit as scikit-learn has it.

    ``TfidfTransformer(sublinear_tf=True)`` without its import, a CPU second: a gram weighs
    ``(1 + log(count)) * (1 + log((1 + texts) / (1 + texts with it)))``, and rows have length 1.
    """

    def __init__(self, counts: Counts, texts: Sequence[str]) -> None:
        self._counts = counts
        there = counts(texts)
        having = np.bincount(there.indices, minlength=there.shape[1])
        # By the grams themselves: which column one has depends on the texts that came before.
        order = counts.order()
        order = order[order < len(having)]
        self._used = order[having[order] > 0]
        rare = np.float32(len(texts) + 1) / (having[self._used].astype(np.float32) + 1)
        self._weights = np.log(rare) + 1

    def names(self) -> list[str]:
        """Return the grams in the order of the features."""
        grams = list(self._counts.columns)
        return [grams[column] for column in self._used]

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return the features of texts: rows of length 1, or of 0 where all grams are new."""
        found = self._counts(texts)[:, self._used]
        found.sort_indices()
        found.data = (np.log(found.data) + 1) * self._weights[found.indices]
        rows = np.repeat(np.arange(len(texts)), np.diff(found.indptr))
        squares = np.bincount(rows, found.data * found.data, minlength=len(texts))
        found.data = (found.data / np.sqrt(squares)[rows]).astype(np.float32)
        return found


class Grams:
    """Words with pairs of words, and character 2- to 4-grams besides, of all texts of a run."""

    def __init__(self, *, characters: bool) -> None:
        self._parts = [Counts(_words)]
        if characters:
            self._parts.append(Counts(_characters))

    def fitted(self, texts: Sequence[str]) -> _Features:
        """Return what makes features of texts by the grams of these, and by how rare they are.

        Raises:
            TrainingError: these have none.
        """
        parts = [Weighed(counts, texts) for counts in self._parts if counts(texts).nnz]
        if not parts:
            raise TrainingError(f"tfidf: none of {len(texts):,} texts has a word of two letters; "
                                "try --classifier embedding")  # fmt: skip
        return _Joined(parts)


class _Joined:
    def __init__(self, parts: Iterable[_Features]) -> None:
        self._parts = list(parts)

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return the features of all parts side by side."""
        return hstack([part(texts) for part in self._parts], format="csr")
