"""Marian models with 8-bit weights by CTranslate2, converted on first use."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
from ctranslate2.converters import TransformersConverter

from dataaug.devices import CPU, mark
from dataaug.rows.atomic import partial_folder
from dataaug.rows.files import user_cache
from dataaug.rows.seeds import fingerprint
from dataaug.translators.saturation import saturates

_LONGEST = 512
"""Tokens of a translation, as by torch; the engine's own 256 cut long Chinese lines off."""
_BEAMS = 8
"""A drawn translation is one of the eight best, which one the seed says."""


class Int8:
    """Translates by CTranslate2, which makes batches of like length by itself.

    The weights have 8 bits everywhere. The products too, but for processors whose 8-bit products
    are wrong: there they have 32 bits, and the name of the model says so.
    """

    def __init__(self, pair: Any, beams: int, budget: int) -> None:
        usable = pair.wanted.startswith("cuda") and ctranslate2.get_cuda_device_count()
        device = "cuda" if usable else CPU  # it knows no other ones
        kind = _products(device)
        self.name = f"{pair.name}{mark(device)}+int8" + ("+float32" if kind == "float32" else "")
        self._tokenizer = pair.tokenizer
        self._prefix = pair.prefix
        self._settings = {
            "beam_size": beams, "max_batch_size": budget, "batch_type": "tokens",
            "max_decoding_length": _LONGEST,
        }  # fmt: skip
        self._drawing = {**self._settings, "beam_size": _BEAMS, "num_hypotheses": _BEAMS}
        folder = _converted(pair)
        pair.model = None  # converted: the 32-bit weights are not needed any more
        self._engine = ctranslate2.Translator(str(folder), device=device, compute_type=kind)

    def __call__(self, texts: Sequence[str], seeds: Sequence[int] | None) -> list[str]:
        """Return the translation of each text."""
        rows = [
            self._tokenizer.convert_ids_to_tokens(
                self._tokenizer(self._prefix + text, truncation=True).input_ids
            )
            for text in texts
        ]
        if seeds is None:
            made = self._engine.translate_batch(rows, **self._settings)
            return [self._text(one.hypotheses[0]) for one in made]
        # The engine's own sampling has a generator a thread, which no seed of ours sets again.
        made = self._engine.translate_batch(rows, **self._drawing)
        return [
            self._text(one.hypotheses[seed % len(one.hypotheses)])
            for one, seed in zip(made, seeds, strict=True)
        ]

    def _text(self, tokens: Sequence[str]) -> str:
        return str(self._tokenizer.convert_tokens_to_string(tokens)).strip()


def _products(device: str) -> str:
    """Return the engine's name for what it multiplies with on a device."""
    if device != CPU:
        return "int8_bfloat16"
    return "float32" if saturates() else "int8"


def _converted(pair: Any) -> Path:
    """Return the folder of the converted model, and make it if it is not there yet."""
    home = user_cache() / "ctranslate2"
    final = home / fingerprint(pair.name, ctranslate2.__version__, "int8")
    if (final / "model.bin").is_file():
        return final
    with partial_folder(home) as made:
        source, target = made / "source", made / "target"
        pair.model.save_pretrained(source, safe_serialization=True)
        pair.tokenizer.save_pretrained(source)
        TransformersConverter(str(source)).convert(str(target), quantization="int8")
        try:
            target.rename(final)
        except OSError:  # another process was first; its model is the same
            if not (final / "model.bin").is_file():
                raise
    return final
