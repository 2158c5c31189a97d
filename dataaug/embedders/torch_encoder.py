"""A sentence-transformers model, run by torch or OpenVINO in batches of one length."""

import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from dataaug import devices, machine
from dataaug.devices import CPU, DeviceChoice
from dataaug.embedders import Vectors, batches
from dataaug.embedders.batches import PaddedBatch
from dataaug.embedders.models import Features, digest_of
from dataaug.embedders.unseen import by_tokenizer, sound
from dataaug.rows.progress import Notify, silent

_BATCH = 32
"""Texts in a batch of a model that is no transformer."""
_DEVICE_BUDGET = 4096
"""Tokens in a batch on a device. One number for all of them, since the last bits follow from it; at
60 kB a token of 384 numbers it takes 250 MB. Each length has a batch that is filled up to it."""
_PROOF = (
    "Where is my parcel?", "It was to come on Monday, and it is Friday now.", "refund", "a b c d",
    "I can't log in: the page says that my password is wrong, whatever I type.", "12.50 €", "no",
    "The third time that I write about the same order, and nobody answers.",
)  # fmt: skip
"""Texts by which a device shows that it computes what the processor does."""

Forward = Callable[[Features], Any]
"""Takes a padded batch and returns the model's features with token_embeddings in them."""


class _Way(NamedTuple):
    """How batches are computed.

    Attributes:
        forward: the first module of the model.
        model: the whole model, on its device.
        budget: tokens in a batch.
        threads: batches at once.
    """

    forward: Forward
    model: Any
    budget: int
    threads: int


class TorchEncoder:
    """A model that is run in batches of one length.

    On a processor each batch has a thread. On a device all batches of a length have one shape, and
    what fails there, for want of memory for example, is done by the processor.
    """

    def __init__(
        self,
        model: Any,
        name: str,
        runtime: str,
        precision: str,
        tolerance: float,
        choice: DeviceChoice | None = None,
    ) -> None:
        """Wrap a model.

        Args:
            model: a SentenceTransformer on the processor.
            name: its name.
            runtime: ``torch`` or ``openvino``.
            precision: ``float32`` or ``bfloat16``.
            tolerance: by how much a product may be off.
            choice: the device that it is copied to; the processor if None.
        """
        self.name = name if runtime == "torch" else f"{name} ({runtime})"
        self.name += "" if precision == "float32" else f" ({precision})"
        self.tolerance = tolerance
        self._model = model
        self._own_way = not is_transformer(model)
        self._device = choice if choice and choice.device != CPU else None
        threads = machine.threads()
        self._plain = self._way = _Way(model[0].forward, model, batches.BUDGET, threads)
        digest = digest_of(model)
        place, kernels = CPU, torch.backends.cpu.get_cpu_capability()
        if runtime == "openvino":
            from dataaug.embedders import openvino_core, openvino_runtime  # noqa: PLC0415 - only if asked for

            forward: Forward = openvino_runtime.compiled_module(
                model[0].auto_model, digest, precision, threads
            )
            self._way = self._plain._replace(forward=forward)
            engine = openvino_core.OPENVINO
        else:
            engine = f"torch {torch.__version__}"
            self._way = self._on(self._device, precision)
            if self._device:
                place, kernels = self._device.title, f"{_DEVICE_BUDGET} tokens"
        self.identity = f"{name}\n{digest}\n{engine}\n{precision}\n{place}\n{kernels}"

    def _on(self, device: DeviceChoice | None, precision: str) -> _Way:
        """Return how the model is run by torch, where its weights are copied if need be."""
        model = copy.deepcopy(self._model).to(device.device) if device else self._model
        first = model[0] if precision == "float32" else copy.deepcopy(model[0]).bfloat16()
        if device is None:
            return self._plain._replace(forward=first.forward)
        return _Way(first.forward, model, _DEVICE_BUDGET, 1)

    def prove(self) -> None:
        """Hold products of the device to exact ones.

        Raises:
            RuntimeError: they are off by more than half of the tolerance, or the device fails.
        """
        made, exact = self._run(_PROOF, self._way, silent), self.exactly(_PROOF)
        off = float(np.abs(made @ made.T - exact @ exact.T).max())
        if not off <= self.tolerance / 2:
            raise RuntimeError(f"products are off by {off:.0e}")

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computed in batches of equal length."""
        if self._device is None:
            return self._run(texts, self._way, notify)
        try:
            with devices.in_full():
                return self._run(texts, self._way, notify)
        except RuntimeError as error:
            # What the processor makes from here on is nearer to the exact vectors, and kept beside
            # the device's: both are within the tolerance.
            devices.gave_up(self._device, error)
            self._device, self._way = None, self._plain
            return self._run(texts, self._way, notify)

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the texts' vectors by torch in 32 bits on the processor, each computed alone."""
        return self._run(texts, self._plain._replace(budget=1), silent)

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return the words of each text that have no token, and what is beyond the model's length.

        Of a model that is no transformer nothing is known, and all counts as seen.
        """
        if self._own_way:
            return [""] * len(texts)
        return by_tokenizer(self._model.tokenizer, texts, self._model.max_seq_length)

    def _run(self, texts: Sequence[str], way: _Way, notify: Notify) -> Vectors:
        texts = list(map(sound, texts))
        if self._own_way:
            return self._encoded(texts, way, notify)
        if not texts:
            return np.empty((0, self._model.get_embedding_dimension()), np.float32)
        rows = self._tokens(texts)
        longest = self._model.max_seq_length or max(map(len, rows))
        even = way.model is not self._model
        jobs = batches.plan([len(row) for row in rows], longest, way.budget, even=even)
        vectors = np.empty((len(rows), self._model.get_embedding_dimension()), np.float32)
        before = torch.get_num_threads()
        done = 0
        try:
            for batch, part in batches.side_by_side(
                functools.partial(self._batch, rows, way),
                jobs,
                way.threads,
                (lambda: None) if even else _begin,
            ):
                vectors[batch.rows] = part
                done += len(batch.rows)
                notify("embedding", done, len(rows))
        finally:
            torch.set_num_threads(before)
        return vectors

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

    def _batch(self, rows: Sequence[Sequence[int]], way: _Way, batch: PaddedBatch) -> Vectors:
        """Return the vectors of a batch; called from several threads."""
        features = self._padded([rows[row] for row in batch.rows], batch)
        features = {name: value.to(way.model.device) for name, value in features.items()}
        with torch.inference_mode():
            made = way.forward({**features, "modality": "text"})
            made["token_embeddings"] = made["token_embeddings"].float()
            for module in list(way.model)[1:]:
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

    def _encoded(self, texts: Sequence[str], way: _Way, notify: Notify) -> Vectors:
        """Embed by the library's own call: what is no transformer has no tokens to count."""
        size = _BATCH if way.budget > 1 else 1
        vectors = np.empty((len(texts), self._model.get_embedding_dimension()), np.float32)
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            vectors[rows] = way.model.encode(
                [texts[row] for row in rows],
                batch_size=size,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            notify("embedding", start + len(rows), len(order))
        return vectors


def on_device(
    model: Any, name: str, precision: str, tolerance: float, choice: DeviceChoice
) -> TorchEncoder | None:
    """Return a model on a device that computes what the processor does, None if it does not.

    The arguments are those of :class:`TorchEncoder`; that it is not so is said to the session.
    """
    try:
        made = TorchEncoder(model, name, "torch", precision, tolerance, choice)
        with devices.in_full():
            made.prove()
    except RuntimeError as error:
        devices.gave_up(choice, error)
        return None
    return made


def _begin() -> None:
    torch.set_num_threads(1)


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
