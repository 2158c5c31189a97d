"""An embedder's work cut into chunks that an engine can do, the same ones wherever it is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dataaug import engines, plugins, sessions
from dataaug.embedders import Embedder, Vectors
from dataaug.plugins import Spec
from dataaug.rows.progress import Notify, silent

_CHUNK = 512
"""Texts of a task: a second or two of a small model's work, so that no worker idles at the end."""


@dataclass(frozen=True, slots=True)
class EmbedChunk:
    """Embeds chunks of texts; a task for an engine.

    Attributes:
        spec: the embedder.
        embedder: the same, loaded; it stays behind when the task is sent to a worker, whose session
            loads its own.
    """

    spec: Spec
    embedder: Embedder | None = field(default=None, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return EmbedChunk, (self.spec,)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Return the texts' vectors."""
        return (self.embedder or self._loaded())(texts)

    def _loaded(self) -> Embedder:
        key = ("embedder of a worker", self.spec)
        found: Embedder = sessions.current().once(key, lambda: plugins.load("embedders", self.spec))
        return found


class ChunkedEmbedder:
    """An embedder that does its work on the engine in use, in this process where there is none.

    A vector differs in its last bits by the texts that it is computed beside. So the chunks follow
    from the texts alone: those of like length together, so that little of a batch is padding.
    """

    def __init__(self, spec: Spec, embedder: Embedder) -> None:
        self._embedder = embedder
        self._task = EmbedChunk(spec, embedder)

    @property
    def name(self) -> str:
        """The name of the embedder behind it."""
        return self._embedder.name

    @property
    def identity(self) -> str:
        """The identity of the embedder behind it."""
        return self._embedder.identity

    @property
    def tolerance(self) -> float:
        """The tolerance of the embedder behind it."""
        return self._embedder.tolerance

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the exact vectors, computed in this process: they are few."""
        return self._embedder.exactly(texts)

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return what the embedder behind it does not see of each text."""
        asked = getattr(self._embedder, "unseen", None)
        return [""] * len(texts) if asked is None else asked(texts)

    def suited(self, texts: int, /) -> Embedder:
        """Return what embeds so many texts: this one, or one on a device of this process."""
        asked = getattr(self._embedder, "suited", None)
        found: Embedder = self._embedder if asked is None else asked(texts)
        return self if found is self._embedder else found

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computed in chunks of like length."""
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))
        if not order:
            return self._embedder([])
        chunks = [order[start : start + _CHUNK] for start in range(0, len(order), _CHUNK)]
        vectors: Vectors | None = None
        done = 0
        for rows, part in zip(chunks, self._parts(texts, chunks), strict=True):
            if vectors is None:
                vectors = np.empty((len(texts), part.shape[1]), np.float32)
            vectors[rows] = part
            done += len(rows)
            notify("embedding", done, len(texts))
        assert vectors is not None
        return vectors

    def _parts(self, texts: Sequence[str], chunks: list[list[int]]) -> Iterator[Vectors]:
        return engines.spread(self._task, ([texts[row] for row in rows] for rows in chunks))
