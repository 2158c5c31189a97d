"""Find rows whose label is most likely wrong, by a classifier that learns from the real rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from dataaug.classifiers import Classifier, Model
from dataaug.classifiers.one_vs_rest import bits
from dataaug.rows.labels import LabelSet, members, several
from dataaug.rows.record import Record

_FEWEST = 10
"""Real rows with labels from which a classifier says anything."""
_CHUNK = 1024

Margins = Callable[[Iterable[Record]], Iterator[float]]


def margins(real: Sequence[Record], classifier: Classifier, seed: int = 0) -> Margins | None:
    """Train a classifier on real rows and return a function that measures rows by it.

    For each row it yields the probability of the likeliest other label less that of the row's own
    label, -1 to 1; 1 for a label that no real row has. Where rows have several labels, it is that
    of the label which is doubted most: one that the row has and seems to lack, or the contrary.

    Args:
        real: the real rows; those without a label are left out.
        classifier: what is trained.
        seed: its seed.

    Returns:
        None where the real rows have fewer than two labels, or fewer than ten have one.
    """
    known = [record for record in real if record.label is not None]
    labels = [record.label or "" for record in known]
    sets = several(labels)
    if sets:
        labels = [LabelSet(members(label)) for label in labels]
    if len(set(labels)) < 2 or len(known) < _FEWEST:
        return None
    model = classifier([record.text for record in known], labels, seed=seed)

    def measure(records: Iterable[Record]) -> Iterator[float]:
        stream = iter(records)
        while chunk := list(islice(stream, _CHUNK)):
            yield from (_of_sets if sets else _margins)(model, chunk)

    return measure


def _of_sets(model: Model, records: Sequence[Record]) -> list[float]:
    """Return the margins of sets of labels; 1 where a label is in no real row."""
    shares = model([record.text for record in records])
    sets = [LabelSet(() if record.label is None else members(record.label)) for record in records]
    own = bits(sets, model.classes)
    worst = np.where(own, 1 - 2 * shares, 2 * shares - 1).max(axis=1)
    known = set(model.classes)
    found: list[float] = np.where([known.issuperset(s.members) for s in sets], worst, 1.0).tolist()
    return found


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
