"""MarianMT models by transformers: Helsinki-NLP's opus-mt for 1,000 pairs, or your own."""

import functools
import hashlib
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import LogitsProcessor, MarianMTModel, MarianTokenizer, StoppingCriteria
from transformers.utils import logging

from dataaug import devices
from dataaug.detached import detached
from dataaug.devices import CPU
from dataaug.errors import MissingError, UsageError
from dataaug.translators import NoTranslation, Translator, marian_hub

_HUB = "Helsinki-NLP/opus-mt-{source}-{target}"
_LONGEST = 600
"""Characters of a part that is translated at once: a Marian model reads 512 tokens and no more."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
_TOP = 10
"""Draws are from the 10 likeliest tokens: Edunov et al. 2018 found that enough for variety, and
less noisy than draws from all."""
_CODES = {"pt": "por", "fr": "fra", "de": "deu", "es": "spa", "it": "ita", "zh": "cmn", "nl": "nld"}
"""What models with several target languages call them."""


class _Draw(LogitsProcessor):
    """Draws each row's next token with a random generator of the row's own.

    The generation then takes the likeliest token, which is the only one left. So a row's draws
    depend on its seed alone, where sampling by torch depends on all rows of the batch.
    """

    def __init__(self, seeds: Sequence[int], temperature: float) -> None:
        self._random = [Random(seed) for seed in seeds]
        self._temperature = temperature

    def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ARG002 - the library's call
        """Return scores with one possible token a row."""
        top = torch.topk(scores.float() / self._temperature, min(_TOP, scores.shape[-1]), dim=-1)
        shares = torch.softmax(top.values, dim=-1).cumsum(dim=-1)
        drawn = torch.tensor([[row.random()] for row in self._random], device=scores.device)
        rank = (shares < drawn).sum(dim=-1, keepdim=True).clamp(max=shares.shape[-1] - 1)
        return torch.full_like(scores, float("-inf")).scatter(-1, top.indices.gather(-1, rank), 0.0)


class _Limit(StoppingCriteria):
    """Ends a row at twice its source's tokens and 20: a model that repeats itself has no end.

    The limit of each row is its own, so that no neighbour lengthens or cuts it.
    """

    def __init__(self, lengths: Any) -> None:
        self._most = 2 * lengths + 20

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:  # noqa: ARG002
        """Return for each row whether it ends here."""
        beams = input_ids.shape[0] // len(self._most)
        return input_ids.shape[1] > self._most.repeat_interleave(beams)


class Pair:
    """The model and the tokenizer of one pair, on its device.

    Attributes:
        device: torch's name of it.
        name: that of the model, with the version of its weights.
    """

    def __init__(self, name: str, target: str, device: str) -> None:
        self._choice = devices.device_for(pin=device)
        with detached():
            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            place = marian_hub.model_place(name)
            local = Path(place).is_dir()
            try:
                self.tokenizer: Any = MarianTokenizer.from_pretrained(
                    place, local_files_only=local, trust_remote_code=False
                )
                model: Any = MarianMTModel.from_pretrained(
                    place, local_files_only=local, dtype=torch.float32, use_safetensors=True,
                    trust_remote_code=False,
                )  # fmt: skip
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise MissingError(
                    f"the translation model {name} can't be loaded ({type(error).__name__}). It "
                    "needs model.safetensors: name a local folder by -p marian.model=DIR (with "
                    "{source} and {target} in its name), or take -p METHOD.translator=firefox"
                ) from error
        self.model: Any = model.eval()
        self.device = CPU
        self.prefix = _prefix(self.tokenizer.supported_language_codes, target)
        own = place == name and local
        self.name = f"marian:{Path(name).name if own else name}@{_version(name)}"

    def move(self) -> None:
        """Bring the model to its device; it stays on the processor if that fails."""
        try:
            self.model.to(self._choice.device)
            self.device = self._choice.device
        except RuntimeError as error:
            self.leave(error)

    def leave(self, error: RuntimeError) -> None:
        """Bring the model back to the processor, since the device failed."""
        devices.gave_up(self._choice, error)
        self.model.to(CPU)
        self.device = CPU

    @property
    def wanted(self) -> str:
        """The device that suits it."""
        return self._choice.device


def _prefix(codes: Sequence[str], target: str) -> str:
    """Return the mark of the target language for models that have several."""
    for wanted in (target, _CODES.get(target, target)):
        found = [
            code for code in codes if code == f">>{wanted}<<" or code.startswith(f">>{wanted}_")
        ]
        if found:
            return found[0] + " "
    return ""


def _version(name: str) -> str:
    """Return the hub's commit, or the first digits of the sha256 of local weights."""
    if not Path(name).is_dir():
        return marian_hub.hub_commit(name)[:12]
    with (Path(name) / "model.safetensors").open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


class _Torch:
    """Translates by torch, in batches of like length under a budget of tokens."""

    def __init__(self, pair: Pair, beams: int, budget: int, temperature: float) -> None:
        self._pair = pair
        pair.move()
        self._beams = beams
        self._budget = budget
        self._temperature = temperature

    @property
    def name(self) -> str:
        """The name of the model, and the kind of its device where that is not the processor."""
        return self._pair.name + devices.mark(self._pair.device)

    def __call__(
        self, texts: Sequence[str], seeds: Sequence[int] | None
    ) -> list[str | NoTranslation]:
        """Return the translation of each text."""
        rows = [self._pair.tokenizer(self._pair.prefix + text, truncation=True).input_ids
                for text in texts]  # fmt: skip
        order = sorted(range(len(rows)), key=lambda row: (len(rows[row]), texts[row]))
        found: list[str | NoTranslation] = [""] * len(rows)
        while order:
            batch = self._batch(order, rows)
            made = self._careful([rows[row] for row in batch], seeds and [seeds[r] for r in batch])
            if made is None:
                continue  # the budget is smaller now
            for row, text in zip(batch, made, strict=True):
                found[row] = text
            order = order[: -len(batch)]
        return found

    def _batch(self, order: Sequence[int], rows: Sequence[Sequence[int]]) -> list[int]:
        """Return the longest rows that are left, as many as the budget takes; one at least."""
        count = max(1, self._budget // (len(rows[order[-1]]) * self._beams))
        return list(order[-count:])

    def _careful(
        self, rows: list[list[int]], seeds: Sequence[int] | None
    ) -> Sequence[str | NoTranslation] | None:
        """Translate a batch, or return None for another try.

        Where the memory is too small, the budget is halved; where a device fails otherwise, or has
        no room for a single row, the processor goes on.
        """
        on_device = self._pair.device != CPU
        try:
            return self._generate(rows, seeds)
        except RuntimeError as error:
            memory = _is_memory(error)
            if on_device and (not memory or len(rows) == 1):
                self._pair.leave(error)
                return None
            if not memory:
                raise
        if self._pair.device.startswith("cuda"):
            torch.cuda.empty_cache()
        if len(rows) == 1:
            return [NoTranslation("too_long", f"{len(rows[0])} tokens do not fit into the memory")]
        self._budget = len(rows) // 2 * len(rows[-1]) * self._beams
        return None

    def _generate(self, rows: list[list[int]], seeds: Sequence[int] | None) -> list[str]:
        pair = self._pair
        padded = pair.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(pair.device)
        lengths = torch.tensor([len(row) for row in rows], device=pair.device)
        draw = [] if seeds is None else [_Draw(seeds, self._temperature)]
        with torch.inference_mode(), devices.in_full():
            made = pair.model.generate(
                **padded,
                num_beams=1 if draw else self._beams,
                do_sample=False,
                logits_processor=draw,
                stopping_criteria=[_Limit(lengths)],
            )
        return [str(text) for text in pair.tokenizer.batch_decode(made, skip_special_tokens=True)]


def _is_memory(error: RuntimeError) -> bool:
    """Is it that memory ran out? On a CPU and on Apple's devices torch says so in words only."""
    said = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "allocate memory" in said
        or "out of memory" in said
    )


class _Marian:
    varies = True

    def __init__(
        self, model: str, device: str, runtime: str, beams: int, budget: int, temperature: float
    ) -> None:
        self._model = model
        self._device = device
        self._runtime = runtime
        self._settings = (beams, budget, temperature)
        self._open = functools.cache(self._opened)

    def _opened(self, source: str, target: str) -> Any:
        name = self._model.replace("{source}", source).replace("{target}", target)
        pair = Pair(name, target, self._device)
        if self._runtime == "torch":
            return _Torch(pair, *self._settings)
        from dataaug.translators import marian_int8  # noqa: PLC0415 - only where it is asked for

        return marian_int8.Int8(pair, *self._settings[:2])

    def model(self, source: str, target: str, /) -> str:
        """Return the model's name with the version of its weights."""
        return str(self._open(source, target).name)

    def __call__(
        self, texts: Sequence[str], source: str, target: str, /, seeds: Sequence[int] | None = None
    ) -> list[str | NoTranslation]:
        """Return the translation of each text; long ones are cut at their sentences."""
        # Halves of surrogate pairs are no characters outside Python.
        sound = (text.encode("utf-8", "replace").decode() for text in texts)
        parts = [list(_parts(text)) for text in sound]
        flat = [part for own in parts for part in own]
        drawn = seeds and [
            seed + number
            for seed, own in zip(seeds, parts, strict=True)
            for number in range(len(own))
        ]
        made = iter(self._open(source, target)(flat, drawn))
        return [_joined(list(itertools.islice(made, len(own)))) for own in parts]


def _joined(parts: Sequence[str | NoTranslation]) -> str | NoTranslation:
    fault = next((part for part in parts if isinstance(part, NoTranslation)), None)
    return fault or " ".join(part for part in parts if isinstance(part, str))


def _parts(text: str) -> Iterator[str]:
    """Yield a text in parts that a model can read: whole if it is short, else by sentence."""
    if len(text) <= _LONGEST:
        yield text
        return
    for sentence in _SENTENCE.split(text):
        yield from textwrap.wrap(sentence, _LONGEST) or ()


def load(
    *,
    model: str = _HUB,
    device: str = "",
    runtime: str = "torch",
    beams: int = 1,
    budget: int = 1024,
    temperature: float = 1.0,
) -> Translator:
    """Build the translator.

    Args:
        model: a name on the hub or a local folder, with ``{source}`` and ``{target}`` in the place
            of the language codes. Weights have to be safetensors.
        device: ``cpu``, ``cuda`` and so on; if empty that of ``DATAAUG_DEVICE``, else a GPU if
            there is one. It computes in 32 bits, so that translations are those of the processor
            but for ties, and ``_aug.model`` names it.
        runtime: ``torch``, or ``ctranslate2`` for 8-bit weights, several times faster on a CPU; the
            model is converted on first use and kept in the user's cache.
        beams: beams of the best translation; 1 is greedy. Drawn translations use none.
        budget: tokens in a batch, padding and beams included; halved where memory runs out. More
            makes short rows wait for long ones (on 2 cores 1024 took 8 % less time than 4096).
        temperature: of drawn translations, above 0 to 2; ctranslate2 takes one of its eight best
            beams instead.

    Raises:
        UsageError: an option is out of range.
    """
    if runtime not in {"torch", "ctranslate2"}:
        raise UsageError(f"marian.runtime={runtime!r}: choose from torch, ctranslate2")
    if beams < 1 or budget < 1:
        raise UsageError(f"marian.beams={beams}, marian.budget={budget}: expected at least 1")
    if not 0 < temperature <= 2:
        raise UsageError(f"marian.temperature={temperature:g}: expected above 0, at most 2")
    return _Marian(model, device, runtime, beams, budget, temperature)
