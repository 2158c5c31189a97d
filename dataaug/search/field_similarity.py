"""Rows whose text several fields make up are alike only if each of their fields is.

The same instruction with another input, or another answer, is another row, however much of the
joined text is the same.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from dataaug.embedders import Embedder, Vectors
from dataaug.rows.record import FIELD_END, text_fields
from dataaug.search.pairs import Scores
from dataaug.search.partitions import Mask, RowNumbers


class FieldSimilarity:
    """Tells which pairs have a field that is not alike; texts of one field have none.

    Args:
        embed: returns the embedder, asked for where pairs of several fields come.
        left: the texts of the first rows of pairs.
        right: the texts of the second rows.
    """

    def __init__(
        self, embed: Callable[[], Embedder], left: Sequence[str], right: Sequence[str]
    ) -> None:
        self._embed = embed
        self._left, self._right = left, right
        self._several = bool(left) and FIELD_END in left[0]
        self._known: dict[str, Vectors] = {}
        self._asking = threading.Lock()

    def differ(self, i: RowNumbers, j: RowNumbers, limits: Scores) -> Mask:
        """Return which pairs (i of left, j of right) have a field that is less alike than allowed.

        Args:
            i: numbers of texts of the first side, shape (pairs,).
            j: numbers of texts of the second side.
            limits: the least cosine similarity of each pair; infinite for one that is apart anyway.
        """
        apart: Mask = np.zeros(len(i), np.bool_)
        if not self._several:
            return apart
        unlike = [
            (place, ours, theirs)
            for place in np.flatnonzero(np.isfinite(limits)).tolist()
            for ours, theirs in zip(
                text_fields(self._left[i[place]]), text_fields(self._right[j[place]]), strict=True
            )
            if ours != theirs
        ]
        with self._asking:
            self._embed_all([text for _, *both in unlike for text in both])
            for place, ours, theirs in unlike:
                # Whether there is an input at all decides what is asked.
                score = float(self._known[ours] @ self._known[theirs]) if ours and theirs else -1.0
                apart[place] |= score < limits[place]
        return apart

    def _embed_all(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embed().exactly(new), strict=True))
