"""Static embeddings by model2vec: a hundred times quicker and coarser; thresholds are its own."""

from collections.abc import Sequence
from pathlib import Path

import model2vec
import numpy as np
from model2vec import StaticModel

from dataaug.detached import detached
from dataaug.embedders import DEFAULT_MODEL, Embedder, Vectors
from dataaug.embedders.unseen import by_backend, sound
from dataaug.errors import MissingError
from dataaug.rows.atomic import partial_folder
from dataaug.rows.files import user_cache
from dataaug.rows.progress import Notify, silent
from dataaug.rows.seeds import fingerprint

_STEP = 4096  # texts between two reports of progress


class _Static:
    identity = ""  # an average of a table's rows is as quick as a look into a file
    tolerance = 0.0

    def __init__(self, name: str, model: StaticModel) -> None:
        self.name = name
        self._model = model

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors; a text without a known token has the zero vector."""
        vectors = np.zeros((len(texts), self._model.dim), np.float32)
        for start in range(0, len(texts), _STEP):
            some = list(map(sound, texts[start : start + _STEP]))
            part = self._encoded(some)
            lengths = np.linalg.norm(part, axis=1, keepdims=True)
            vectors[start : start + len(some)] = part / np.where(lengths > 0, lengths, 1)
            notify("embedding", start + len(some), len(texts))
        return vectors

    def _encoded(self, texts: list[str]) -> Vectors:
        # By default it would cut a text by characters, before it is tokenised.
        found = self._model.encode(texts, max_length=None, use_multiprocessing=False)
        return np.asarray(found, np.float32)

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the same vectors: each depends on its text alone."""
        return self(texts)

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return the words of each text that have no token; long texts are read to their end."""
        return by_backend(self._model.tokenizer, texts, self._model.unk_token_id)


def load(*, model: str = "", of: str = DEFAULT_MODEL) -> Embedder:
    """Build the embedder.

    A threshold that suits a transformer does not suit its static copy: of the pairs at or above
    0.90 here, 18 % are at or above 0.95 for all-MiniLM-L6-v2 (docs/embedding.md).

    Args:
        model: a local folder or the name of a static model on the hub. If empty, one is made of
            the model ``of`` on first use (a quarter of a minute) and kept in the user's cache.
        of: the transformer that is distilled: a folder or a name, as for sentence-transformers.

    Raises:
        MissingError: the model can't be had.
    """
    place = model or str(_distilled(of))
    try:
        with detached():
            found = StaticModel.from_pretrained(place)
    except (OSError, ValueError, KeyError) as error:
        raise MissingError(
            f"the static model {model} can't be loaded ({type(error).__name__}); name a local "
            "folder by -p embedder.model=DIR, or leave it out to distil the packaged model"
        ) from error
    return _Static(model or f"model2vec of {of}", found)


def _distilled(of: str) -> Path:
    """Return the folder of the static copy of a transformer, and make it if it is not there yet."""
    from model2vec.distill import distill_from_model  # noqa: PLC0415 - needs torch and skeletoken

    from dataaug.embedders.models import digest_of, open_model  # noqa: PLC0415

    source = open_model(of)
    home = user_cache() / "model2vec"
    final = home / fingerprint(digest_of(source), model2vec.__version__)
    if (final / "model.safetensors").is_file():
        return final
    with partial_folder(home) as made, detached():
        folder = made / "model"
        static = distill_from_model(source[0].auto_model, source.tokenizer, device="cpu")
        static.save_pretrained(folder)
        try:
            folder.rename(final)
        except OSError:  # another process was first; its model is the same
            if not (final / "model.safetensors").is_file():
                raise
    return final
