"""Order rows so that the first few of them cover what all of them say."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from dataaug.rows.record import Record
from dataaug.rows.seeds import derive
from dataaug.text.segments import features

_MOST = 2000
"""Rows that are placed by distance; by then the rest has a near neighbour among them."""


def by_coverage(records: Sequence[Record], seed: int) -> list[Record]:
    """Return rows in farthest-first order: the most central one, then always the least covered.

    Greedy k-center (Gonzalez 1985) over TF-IDF of words and pairs of words, so that any number of
    first rows lies within twice the best possible distance of all others. The order depends on the
    rows and the seed, not on the order in which they come.

    Args:
        records: rows of one label.
        seed: decides among rows that are equally far.
    """
    rows = sorted(records, key=lambda record: (derive(seed, "coverage", record.id), record.text))
    if len(rows) < 3:
        return rows
    try:
        vectors = TfidfVectorizer(
            ngram_range=(1, 2), token_pattern=None, tokenizer=features, sublinear_tf=True,
            dtype=np.float32,
        )  # fmt: skip
        matrix = vectors.fit_transform([record.text for record in rows])
    except ValueError:  # no text has a word
        return rows
    central = np.asarray(matrix @ np.asarray(matrix.mean(axis=0)).ravel())
    place = int(central.argmax())
    order = [place]
    nearest = np.full(len(rows), -1.0, np.float32)
    for _ in range(min(len(rows), _MOST) - 1):
        nearest = np.maximum(nearest, (matrix @ matrix[place].T).toarray().ravel())
        nearest[place] = np.inf  # taken
        place = int(nearest.argmin())
        order.append(place)
    taken = set(order)
    order += [place for place in range(len(rows)) if place not in taken]
    return [rows[place] for place in order]
