"""What of a text a model does not see: words that its tokenizer has no token for, and what it cuts.

Texts of unknown words alone have one vector, whatever they say: a Thai sentence and an Amharic one
are as like as can be. So who calls two texts alike by their vectors asks for this as well.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

import regex

_NO_CUT = 1 << 40
_SPELT = regex.compile(r"[\p{L}\p{M}]*[\p{L}--[\p{Latin}\p{Greek}\p{Cyrillic}]]\p{M}[\p{L}\p{M}]*",
                       regex.VERSION1)  # fmt: skip
"""A word whose marks are part of its spelling (vowels of Hindi, tones of Thai), not accents."""
_LONG_WORD = 100  # characters: WordPiece takes a longer word for unknown


def by_tokenizer(tokenizer: Any, texts: Sequence[str], limit: int | None) -> list[str]:
    """Return what a model with a tokenizer of transformers does not see of each text.

    Args:
        tokenizer: of the Hugging Face kind; a slow one says no places, so that a text with an
            unknown token is returned whole.
        texts: the texts.
        limit: the most tokens that the model reads, those that frame a text included; None where
            there is no limit.

    Returns:
        A string a text, empty where all of it is seen.
    """
    most = _NO_CUT if limit is None else limit - tokenizer.num_special_tokens_to_add()
    found = [""] * len(texts)
    asked = [place for place, text in enumerate(texts) if not surely_seen(text, most)]
    if asked:
        some = [sound(texts[place]) for place in asked]
        quick = bool(getattr(tokenizer, "is_fast", False))
        tokens = tokenizer(
            some, add_special_tokens=False, truncation=False, return_offsets_mapping=quick,
            verbose=False,
        )  # fmt: skip
        offsets = tokens["offset_mapping"] if quick else [None] * len(some)
        for place, text, ids, where in zip(asked, some, tokens["input_ids"], offsets, strict=True):
            found[place] = _unseen(tokenizer, text, ids, where, most)
    return found


def by_backend(
    tokenizer: Any, texts: Sequence[str], unknown: int | None, most: int = _NO_CUT
) -> list[str]:
    """Return what a model with a tokenizer of the tokenizers library does not see of each text.

    Args:
        tokenizer: it; it must not cut texts off.
        texts: the texts.
        unknown: the number of the token for what has none.
        most: the most tokens that the model reads, those that frame a text not included.
    """
    texts = list(map(sound, texts))
    rows = tokenizer.encode_batch(texts, add_special_tokens=False)
    return [
        _parts(text, row.ids, row.offsets, unknown, tokenizer.normalizer, most)
        for text, row in zip(texts, rows, strict=True)
    ]


def sound(text: str) -> str:
    """Return a text without halves of surrogate pairs, which are no characters outside Python."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def surely_seen(text: str, most: int) -> bool:
    """Is it sure without a tokenizer that all is seen? ASCII has at most a token a character."""
    return text.isascii() and len(text) <= most and max(map(len, text.split()), default=0) < (
        _LONG_WORD
    )  # fmt: skip


def _unseen(
    tokenizer: Any,
    text: str,
    ids: Sequence[int],
    where: Sequence[tuple[int, int]] | None,
    most: int,
) -> str:
    unknown = tokenizer.unk_token_id
    if where is None:
        return text if unknown in ids or len(ids) > most else ""
    return _parts(text, ids, where, unknown, tokenizer.backend_tokenizer.normalizer, most)


def _parts(
    text: str,
    ids: Sequence[int],
    where: Sequence[tuple[int, int]],
    unknown: int | None,
    normaliser: Any,
    most: int,
) -> str:
    seen = zip(ids[:most], where, strict=False)
    parts = [text[start:end] for token, (start, end) in seen if token == unknown]
    if len(ids) > most:
        parts.append(text[where[most][0] :])
    return " ".join([*parts, *_respelt(normaliser, text)])


def _respelt(normaliser: Any, text: str) -> list[str]:
    """Return the words that the tokenizer reads without marks that belong to their spelling."""
    if normaliser is None or text.isascii():
        return []
    words = [found.group() for found in _SPELT.finditer(unicodedata.normalize("NFD", text))]
    return [word for word in words if _marks(normaliser.normalize_str(word)) < _marks(word)]


def _marks(word: str) -> int:
    return sum(unicodedata.category(char) == "Mn" for char in unicodedata.normalize("NFD", word))
