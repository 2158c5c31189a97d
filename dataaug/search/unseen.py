"""Which pairs differ in what the model did not see of them: no vector can tell those apart."""

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dataaug.embedders import Embedder
from dataaug.search.partitions import Mask, RowNumbers
from dataaug.text.normalize import normalise


class Unseen:
    """What a model does not see of texts, asked for where two of them are alike.

    Args:
        embed: the embedder, :meth:`~dataaug.embedders.Embedder.unseen` of which is asked.
        texts: the texts that pairs are made of.
    """

    def __init__(self, embed: Embedder, texts: Sequence[str]) -> None:
        self._embed = embed
        self._texts = texts
        self._asking = threading.Lock()
        self._codes = np.full(len(texts), _UNKNOWN, np.int64)

    def codes(self, rows: RowNumbers) -> npt.NDArray[np.int64]:
        """Return a number for what is not seen of each of these texts; equal parts, equal numbers.

        Spelling that the check of equal texts sees through makes no difference here either.
        """
        with self._asking:  # a tokenizer is no thing for two threads at once
            self._ask(rows)
        found: npt.NDArray[np.int64] = self._codes[rows]
        return found

    def _ask(self, rows: RowNumbers) -> None:
        asked = np.unique(rows[self._codes[rows] == _UNKNOWN])
        if len(asked):
            parts = self._embed.unseen([self._texts[row] for row in asked.tolist()])
            self._codes[asked] = [hash(normalise(part)) & _POSITIVE for part in parts]


_UNKNOWN = -1
_POSITIVE = (1 << 63) - 1


def differ_unseen(ours: Unseen, i: RowNumbers, theirs: Unseen, j: RowNumbers) -> Mask:
    """Return which pairs (i of ours, j of theirs) differ in a part that the model did not see."""
    differ: Mask = ours.codes(i) != theirs.codes(j)
    return differ
