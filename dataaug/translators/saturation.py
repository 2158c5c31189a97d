"""Whether CTranslate2's 8-bit products are right on this processor."""

import functools
import tempfile
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec

_WIDTH = 64
_WORDS = ["<blank>", "<unk>", "<s>", "</s>", *(f"w{number}" for number in range(60))]
_TEXTS = 4
_LENGTH = 12
_TOLERANCE = 0.1
"""Nats a token, on average. Measured with CTranslate2 4.8.5: right products are 0.007 off, by
oneDNN with VNNI and by MKL, those of oneDNN without VNNI 0.8, for widths from 16 to 512."""


@functools.cache
def saturates() -> bool:
    """Do 8-bit products lose their highest bits in this process?

    Where the processor has AVX2 or AVX-512 but no VNNI, oneDNN adds pairs of products in 16 bits,
    which large weights overflow. So a model of one layer, all of whose weights are as large as 8
    bits hold, scores random words once with 8-bit and once with 32-bit products. That takes a tenth
    of a second and depends on neither the user's model nor on what a processor says of itself.
    """
    random = np.random.default_rng(0)
    source, target = random.choice(_WORDS[4:], (2, _TEXTS, _LENGTH)).tolist()
    with tempfile.TemporaryDirectory() as folder:
        _write(folder, random)
        scores = [_scores(folder, kind, source, target) for kind in ("int8", "float32")]
    return not np.abs(scores[0] - scores[1]).mean() < _TOLERANCE  # of NaN too


def _scores(folder: str, kind: str, source: Any, target: Any) -> Any:
    """Return the logarithm of the probability of each target token, a row a text."""
    model = ctranslate2.Translator(folder, device="cpu", compute_type=kind, intra_threads=1)
    return np.array([one.log_probs for one in model.score_batch(source, target)])


def _write(folder: str, random: np.random.Generator) -> None:
    """Write a model whose weights all have one magnitude, and random signs."""
    spec = TransformerSpec.from_config(num_layers=1, num_heads=4)

    def fill(layer: Any, name: str, value: Any) -> None:
        if value is None:  # what a converter has to give
            setattr(layer, name.rpartition("/")[2], _weights(name, random))

    spec._visit(fill)
    spec.register_source_vocabulary(_WORDS)
    spec.register_target_vocabulary(_WORDS)
    spec.validate()
    spec.optimize("int8")
    spec.save(folder)


def _weights(name: str, random: np.random.Generator) -> Any:
    """Return the weights of a layer by its name in the specification."""
    if name.endswith(("gamma", "beta")):
        return np.full(_WIDTH, float(name.endswith("gamma")), np.float32)
    rows, columns = _WIDTH, _WIDTH
    if name.endswith("self_attention/linear_0/weight"):  # queries, keys and values in one
        rows *= 3
    elif name.endswith("attention/linear_1/weight") and "self" not in name:  # keys and values
        rows *= 2
    elif name.endswith("ffn/linear_0/weight"):
        rows *= 4
    elif name.endswith("ffn/linear_1/weight"):
        columns *= 4
    signs = random.choice(np.array([-1, 1], np.float32), (rows, columns))
    return signs / np.float32(np.sqrt(_WIDTH))
