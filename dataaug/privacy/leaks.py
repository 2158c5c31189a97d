"""Find in a text what is personal in any of the source rows, spelt like it or nearly so."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from rapidfuzz.distance import Levenshtein

from dataaug.privacy.person_names import common
from dataaug.text.segments import plain_word, tokens_at

_RUN = re.compile(r"\d(?:[\s./()-]{0,3}\d)*")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
"""Scripts without blanks between words: entities are looked for anywhere in the text."""
_SENTENCE = re.compile(r"(?:\A|[.!?:;\n…\"“(])[\s\"'“‘(*•-]*\Z")
_DIGITS = 6
"""Digits from which on a number is looked for however it is grouped."""
_NEAR = 6
"""Letters from which on one letter more, less or other in a name counts as the name."""
_SHORT = 3
"""Letters and digits from which on an entity is looked for."""


def _plain(text: str) -> str:
    """Return a text in small letters, without accents and signs that show nothing."""
    parts = unicodedata.normalize("NFKD", plain_word(text).casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _tokens(text: str) -> list[str]:
    return _words(_plain(text))


def _words(text: str) -> list[str]:
    return [match.group() for match in tokens_at(text)]


def _shortened(word: str) -> set[str]:
    """Return a word and what is left of it without one letter: near words share one of these."""
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


class Leaks:
    """The personal data of all source rows, and whether a text holds any of it.

    Looked for are: each entity as a whole (whatever case, accents, blanks and punctuation); numbers
    of six digits and more however they are grouped; each word of a name; and words of six letters
    and more with a capital that differ from one by one letter. A name that the source texts also
    have as an ordinary word (in small letters, outside entities) counts only with a capital, and
    one that is as often a word in English (*Will*, *May*) only inside a sentence.
    """

    def __init__(self) -> None:
        self._whole: dict[str, str] = {}
        self._longest = 1
        self._digits: dict[str, str] = {}
        self._names: set[str] = set()
        self._near: dict[str, set[str]] = {}
        self._wide: dict[str, str] = {}
        self._ordinary: set[str] = set()

    def add(self, value: str, kind: str) -> None:
        """Take an entity of a source row."""
        tokens = _tokens(value)
        joined = "".join(tokens)
        if _WIDE.search(joined):
            self._wide[joined] = kind
            return
        if len(joined) >= _SHORT:
            self._whole[joined] = kind
            self._longest = max(self._longest, len(tokens))
        digits = re.sub(r"\D", "", value)
        if len(digits) >= _DIGITS:
            self._digits[digits] = kind
        if kind == "NAME":
            for token in tokens:
                self._add_name(token)

    def _add_name(self, token: str) -> None:
        if len(token) >= _SHORT:
            self._names.add(token)
        if len(token) >= _NEAR:
            for part in _shortened(token):
                self._near.setdefault(part, set()).add(token)

    def allow(self, text: str) -> None:
        """Take a source text without its entities: its words in small letters name nobody."""
        self._ordinary.update(word for word in _words(text) if word.islower())

    def names_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where words with a capital stand that belong to a name of any source row."""
        for match in tokens_at(text):
            if not match.group().islower() and self._is_name(text, match):
                yield match.span()

    def _is_name(self, text: str, match: re.Match[str]) -> bool:
        """Does a word belong to a name? One that is as often a word may start a sentence."""
        word = _plain(match.group())
        if word in common() and _SENTENCE.search(text, max(0, match.start() - 9), match.start()):
            return False
        return word in self._names

    def find(self, text: str) -> list[str]:
        """Return the kinds of the personal data that a text holds; never the data itself."""
        text = text.replace("\u200b", "")  # a zero-width space hides a name from no reader
        return sorted({*self._find_whole(text), *self._find_digits(text), *self._find_names(text)})

    def _find_whole(self, text: str) -> Iterable[str]:
        tokens = _tokens(text)
        if self._wide:
            joined = "".join(tokens)
            yield from (kind for value, kind in self._wide.items() if value in joined)
        for start in range(len(tokens)):
            joined = ""
            for token in tokens[start : start + self._longest]:
                joined += token
                kind = self._whole.get(joined)
                if kind is not None and kind != "NAME":
                    yield kind
                elif kind == "NAME" and joined not in self._names:
                    yield kind  # of several words; single ones are looked at with their capitals

    def _find_digits(self, text: str) -> Iterable[str]:
        sizes = sorted({len(digits) for digits in self._digits})
        for match in _RUN.finditer(text):
            run = re.sub(r"\D", "", match.group())
            for size in sizes:
                for start in range(len(run) - size + 1):
                    kind = self._digits.get(run[start : start + size])
                    if kind is not None:
                        yield kind

    def _find_names(self, text: str) -> Iterable[str]:
        text = unicodedata.normalize("NFC", text)
        for match in tokens_at(text):
            word = match.group()
            if self._is_name(text, match):
                if not (word.islower() and (word in self._ordinary or word in common())):
                    yield "NAME"
            elif not word.islower() and self._nearly(_plain(word)):
                yield "NAME"

    def _nearly(self, word: str) -> bool:
        if len(word) < _NEAR - 1:
            return False
        near = {name for part in _shortened(word) for name in self._near.get(part, ())}
        return any(Levenshtein.distance(word, name, score_cutoff=1) <= 1 for name in near)
