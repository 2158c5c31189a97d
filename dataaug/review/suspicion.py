"""Which rows are most likely wrong, by what costs little: a classifier of the real rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from dataaug.classifiers import Classifier, Model
from dataaug.rows.record import Record

_FEWEST = 10
"""Real rows with labels from which a classifier says anything."""
_CHUNK = 1024

Margins = Callable[[Iterable[Record]], Iterator[float]]


def margins(real: Sequence[Record], classifier: Classifier, seed: int = 0) -> Margins | None:
    """Return what says how much surer a classifier is of another label than of a row's own.

    It is trained on the real rows; the margin is -1 to 1, and 1 for a label that they do not have.
    None where they have fewer than two labels or ten rows.
    """
    known = [record for record in real if record.label is not None]
    labels = [str(record.label) for record in known]
    if len(set(labels)) < 2 or len(known) < _FEWEST:
        return None
    model = classifier([record.text for record in known], labels, seed=seed)

    def measure(records: Iterable[Record]) -> Iterator[float]:
        stream = iter(records)
        while chunk := list(islice(stream, _CHUNK)):
            yield from _margins(model, chunk)

    return measure


def _margins(model: Model, records: Sequence[Record]) -> list[float]:
    shares = model([record.text for record in records])
    places = {name: place for place, name in enumerate(model.classes)}
    own = np.array([places.get(str(record.label), -1) for record in records])
    rows = np.arange(len(records))
    known = own >= 0
    mine = np.where(known, shares[rows, own], 0.0)
    shares[rows[known], own[known]] = -1.0
    found: list[float] = np.where(known, shares.max(axis=1) - mine, 1.0).tolist()
    return found
