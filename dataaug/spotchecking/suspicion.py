"""Which rows are most likely wrong, by what costs nothing: a classifier of the real rows' words."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from dataaug import plugins
from dataaug.classifiers import Model
from dataaug.plugins import Spec
from dataaug.record import Record

_FEWEST = 10
"""Real rows with labels from which a classifier says anything."""
_CHUNK = 1024


def suspicions(real: Sequence[Record], made: Iterator[Record]) -> list[float]:
    """Return for each synthetic row how much surer a classifier is of another label than of its own.

    The classifier (TF-IDF) learns from the real rows. The list is empty where they have fewer than
    two labels or ten rows; a row whose label they do not have is as suspicious as can be.
    """
    known = [record for record in real if record.label is not None]
    labels = [str(record.label) for record in known]
    if len(set(labels)) < 2 or len(known) < _FEWEST:
        return []
    train = plugins.load("classifiers", Spec("tfidf"))
    model: Model = train([record.text for record in known], labels)
    found: list[float] = []
    while chunk := list(islice(made, _CHUNK)):
        found += _margins(model, chunk)
    return found


def _margins(model: Model, records: Sequence[Record]) -> list[float]:
    shares = model([record.text for record in records])
    places = {name: place for place, name in enumerate(model.classes)}
    own = np.array([places.get(str(record.label), -1) for record in records])
    rows = np.arange(len(records))
    mine = np.where(own >= 0, shares[rows, own], 0.0)
    shares[rows, own] = np.where(own >= 0, -1.0, shares[rows, own])
    margins: list[float] = (shares.max(axis=1) - mine).tolist()
    return margins
