"""Marian models with 8-bit weights by CTranslate2, converted on first use."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
from ctranslate2.converters import TransformersConverter

from dataaug.rows.files import user_cache
from dataaug.rows.seeds import fingerprint

_LONGEST = 512
"""Tokens of a translation, as by torch; the engine's own 256 cut long Chinese lines off."""
_BEAMS = 8
"""A drawn translation is one of the eight best, which one the seed says."""


class Int8:
    """Translates by CTranslate2, which makes batches of like length by itself."""

    def __init__(self, pair: Any, beams: int, budget: int) -> None:
        self.name = f"{pair.name}+int8"
        self._tokenizer = pair.tokenizer
        self._prefix = pair.prefix
        self._settings = {
            "beam_size": beams, "max_batch_size": budget, "batch_type": "tokens",
            "max_decoding_length": _LONGEST,
        }  # fmt: skip
        self._drawing = {**self._settings, "beam_size": _BEAMS, "num_hypotheses": _BEAMS}
        kind = "int8" if pair.device == "cpu" else "int8_bfloat16"
        folder = _converted(pair)
        pair.model = None  # converted: the 32-bit weights are not needed any more
        self._engine = ctranslate2.Translator(
            str(folder), device=pair.device.partition(":")[0], compute_type=kind
        )

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


def _converted(pair: Any) -> Path:
    """Return the folder of the converted model, and make it if it is not there yet."""
    home = user_cache() / "ctranslate2"
    final = home / fingerprint(pair.name, ctranslate2.__version__, "int8")
    if (final / "model.bin").is_file():
        return final
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as made:
        source, target = Path(made) / "source", Path(made) / "target"
        pair.model.save_pretrained(source, safe_serialization=True)
        pair.tokenizer.save_pretrained(source)
        TransformersConverter(str(source)).convert(str(target), quantization="int8")
        try:
            target.rename(final)
        except OSError:  # another process was first; its model is the same
            if not (final / "model.bin").is_file():
                raise
    return final
