"""A sentence-transformers model, run by torch or OpenVINO in batches of one length."""

import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from dataaug import machine
from dataaug.embedders import Vectors, batches
from dataaug.embedders.batches import PaddedBatch
from dataaug.embedders.models import Features, digest_of
from dataaug.embedders.unseen import by_tokenizer, sound
from dataaug.rows.progress import Notify, silent

_BATCH = 32
"""Texts in a batch of a model that is no transformer, or on a GPU."""


Forward = Callable[[Features], Any]
"""Takes a padded batch and returns the model's features with token_embeddings in them."""


class TorchEncoder:
    """A model that is run in batches of one length, one thread a batch, on a CPU."""

    def __init__(
        self, model: Any, name: str, runtime: str, precision: str, tolerance: float
    ) -> None:
        self.name = name if runtime == "torch" else f"{name} ({runtime})"
        self.name += "" if precision == "float32" else f" ({precision})"
        self.tolerance = tolerance
        self._model = model
        self._threads = machine.threads() if str(model.device) == "cpu" else 1
        self._own_way = not is_transformer(model)
        digest = digest_of(model)
        if runtime == "openvino":
            from dataaug.embedders import openvino_core, openvino_runtime  # noqa: PLC0415 - only if asked for

            self._forward: Forward = openvino_runtime.compiled_module(
                model[0].auto_model, digest, precision, self._threads
            )
            engine = openvino_core.OPENVINO
        else:
            engine = f"torch {torch.__version__}"
            first = model[0] if precision == "float32" else copy.deepcopy(model[0]).bfloat16()
            self._forward = first.forward
        kernels = torch.backends.cpu.get_cpu_capability()
        self.identity = f"{name}\n{digest}\n{engine}\n{precision}\n{model.device}\n{kernels}"

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computed in batches of equal length."""
        return self._embed(texts, self._forward, batches.BUDGET, notify)

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the texts' vectors by torch in 32 bits, each computed alone."""
        return self._embed(texts, self._model[0].forward, 1, silent)

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return the words of each text that have no token, and what is beyond the model's length.

        Of a model that is no transformer nothing is known, and all counts as seen.
        """
        if self._own_way:
            return [""] * len(texts)
        return by_tokenizer(self._model.tokenizer, texts, self._model.max_seq_length)

    def _embed(
        self, texts: Sequence[str], forward: Forward, budget: int, notify: Notify
    ) -> Vectors:
        texts = list(map(sound, texts))
        if self._own_way:
            return self._encoded(texts, _BATCH if budget > 1 else 1, notify)
        if not texts:
            return np.empty((0, self._model.get_embedding_dimension()), np.float32)
        rows = self._tokens(texts)
        longest = self._model.max_seq_length or max(map(len, rows))
        jobs = batches.plan([len(row) for row in rows], longest, budget)
        vectors = np.empty((len(rows), self._model.get_embedding_dimension()), np.float32)
        before = torch.get_num_threads()
        done = 0
        try:
            for batch, part in batches.side_by_side(
                functools.partial(self._batch, rows, forward), jobs, self._threads, self._begin
            ):
                vectors[batch.rows] = part
                done += len(batch.rows)
                notify("embedding", done, len(rows))
        finally:
            torch.set_num_threads(before)
        return vectors

    def _begin(self) -> None:
        if self._model.device.type == "cpu":
            torch.set_num_threads(1)

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        prompt = self._model.prompts.get(self._model.default_prompt_name or "", "")
        found = self._model.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=self._model.max_seq_length,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        ids: list[list[int]] = found.input_ids
        return ids

    def _batch(
        self, rows: Sequence[Sequence[int]], forward: Forward, batch: PaddedBatch
    ) -> Vectors:
        """Return the vectors of a batch; called from several threads."""
        features = self._padded([rows[row] for row in batch.rows], batch)
        features = {name: value.to(self._model.device) for name, value in features.items()}
        with torch.inference_mode():
            made = forward({**features, "modality": "text"})
            made["token_embeddings"] = made["token_embeddings"].float()
            for module in list(self._model)[1:]:
                made = module(made)
            vectors = torch.nn.functional.normalize(made["sentence_embedding"].float(), dim=1)
            found: Vectors = vectors[: len(batch.rows)].cpu().numpy()
        return found

    def _padded(self, rows: Sequence[Sequence[int]], batch: PaddedBatch) -> Features:
        tokenizer = self._model.tokenizer
        shape = len(rows) + batch.fill, batch.length
        ids = np.full(shape, tokenizer.pad_token_id or 0, np.int64)
        mask = np.zeros(shape, np.int64)
        left = tokenizer.padding_side == "left"
        for place, row in enumerate([*rows, *[rows[0]] * batch.fill]):
            part = slice(batch.length - len(row), None) if left else slice(len(row))
            ids[place, part], mask[place, part] = row, 1
        features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if "token_type_ids" in tokenizer.model_input_names:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        return features

    def _encoded(self, texts: Sequence[str], size: int, notify: Notify) -> Vectors:
        """Embed by the library's own call: what is no transformer has no tokens to count."""
        vectors = np.empty((len(texts), self._model.get_embedding_dimension()), np.float32)
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            vectors[rows] = self._model.encode(
                [texts[row] for row in rows],
                batch_size=size,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            notify("embedding", start + len(rows), len(order))
        return vectors


def is_transformer(model: Any) -> bool:
    """Is it tokens, then one transformer, then modules that take what that returns?"""
    own: Mapping[str, Any] = getattr(model[0], "modality_config", None) or {}
    pooled = getattr(model[1], "include_prompt", True) if len(model) > 1 else False
    return (
        type(model[0]).__name__ == "Transformer"
        and list(own) == ["text"]
        and hasattr(model.tokenizer, "pad_token_id")
        and bool(pooled or not model.default_prompt_name)
    )
