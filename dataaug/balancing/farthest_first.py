"""Order rows so that the first few of them cover what all of them say."""

import gc
from array import array
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from dataaug.rows.record import Record
from dataaug.rows.seeds import derive, fingerprint
from dataaug.text.segments import features

MOST = 2000
"""Rows that are placed by distance; by then the rest has a near neighbour among them."""
_POOL = 20_000
"""Rows among which these are chosen: of more, as many are drawn, to bound memory and time."""


def by_coverage(records: Sequence[Record], seed: int, count: int = MOST) -> list[int]:
    """Return the places of rows in farthest-first order: the most central, then the least covered.

    Greedy k-center (Gonzalez 1985) over TF-IDF of words and pairs of words, so that any number of
    first rows lies within twice the best possible distance of all others. The order depends on the
    rows and the seed, not on the order in which they come. Of more than 20,000 rows it is that of
    so many drawn ones; the others stand behind them.

    Args:
        records: rows of one label; they are read several times, and none is kept.
        seed: decides among rows that are equally far.
        count: how many rows are needed in this order; 2,000 at most are placed so, and all others
            stand behind them as they were drawn.
    """
    drawn, texts = array("q"), array("Q")
    for record in records:
        drawn.append(derive(seed, "coverage", record.id))
        texts.append(int(fingerprint(record.text), 16))
    order: list[int] = np.lexsort((texts, drawn)).tolist()
    pool = order[:_POOL]
    placed = _farthest_first([records[place].text for place in pool], min(count, MOST))
    gc.collect(1)  # scikit-learn leaves its vocabulary in a cycle, 1.5 kB a row; it is young still
    return [pool[place] for place in placed] + order[_POOL:]


def _farthest_first(texts: Sequence[str], most: int) -> list[int]:
    """Return the places of texts, the first of them in farthest-first order."""
    every = list(range(len(texts)))
    if len(texts) < 3:
        return every
    try:
        vectors = TfidfVectorizer(
            ngram_range=(1, 2), token_pattern=None, tokenizer=features, sublinear_tf=True,
            dtype=np.float32,
        )  # fmt: skip
        matrix = vectors.fit_transform(texts)
    except ValueError:  # no text has a word
        return every
    central = np.asarray(matrix @ np.asarray(matrix.mean(axis=0)).ravel())
    place = int(central.argmax())
    order = [place]
    nearest = np.full(len(texts), -1.0, np.float32)
    for _ in range(min(len(texts), most) - 1):
        nearest = np.maximum(nearest, (matrix @ matrix[place].T).toarray().ravel())
        nearest[place] = np.inf  # taken
        place = int(nearest.argmin())
        order.append(place)
    taken = set(order)
    return order + [place for place in every if place not in taken]
