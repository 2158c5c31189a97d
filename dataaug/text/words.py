"""Words of a text as spans, and what must follow when one word takes another's place."""

import functools
import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

from dataaug.rows.spans import Edit, Span
from dataaug.text.segments import plain_word, split_words


class Word(NamedTuple):
    """A word and where it stands."""

    start: int
    end: int
    text: str


_SHORT = 4096  # characters of a text that is worth keeping for the next one who asks


class Tokens:
    """A text cut into words and what stands between them; positions are found when asked for.

    Attributes:
        words: the words, in order.
    """

    __slots__ = ("_parts", "_starts", "words")

    def __init__(self, text: str) -> None:
        self._parts = split_words(text)
        self.words: list[str] = self._parts[1::2]
        self._starts: list[int] | None = None

    @property
    def starts_with_word(self) -> bool:
        """Is the first word the very start of the text?"""
        return not self._parts[0]

    def word(self, number: int) -> Word:
        """Return a word with its place."""
        if self._starts is None:
            self._starts = list(itertools.accumulate(map(len, self._parts)))[::2]
        start, word = self._starts[number], self.words[number]
        return Word(start, start + len(word), word)


_kept_tokens = functools.lru_cache(maxsize=512)(Tokens)


def tokens(text: str) -> Tokens:
    """Return a text's tokens; those of short texts are kept for a while, since several ask."""
    return _kept_tokens(text) if len(text) < _SHORT else Tokens(text)


def words(text: str) -> list[Word]:
    """Return all words of a text, in order."""
    cut = tokens(text)
    return [cut.word(number) for number in range(len(cut.words))]


def free_words(text: str, protected: Sequence[Span]) -> list[Word]:
    """Return the words of a text that no protected span touches, in order."""
    every = words(text)
    if not protected:
        return every
    free = []
    waiting = iter(protected)
    span: Span | None = next(waiting, None)
    for word in every:
        while span is not None and span.end <= word.start:
            span = next(waiting, None)
        if span is None or span.start >= word.end:
            free.append(word)
    return free


_SMALL_I, _PRONOUN = re.compile(r"\bi\b"), re.compile(r"\bI\b")


def match_case(old: str, new: str) -> str:
    """Write ``new`` in the case of ``old``: Capital, ALL CAPITALS or as it is."""
    if "I" in new and _SMALL_I.search(old):  # who writes "how do i" goes on with "how could i"
        new = _PRONOUN.sub("i", new)
    if old.islower():
        return new
    old = plain_word(old)
    if len(old) > 1 and old.isupper():
        return new.upper()
    return capital(new) if old[:1].isupper() else new


def capital(word: str) -> str:
    """Write a word with a capital, where its first letter has one that is one letter too."""
    first = word[:1].upper()
    return first + word[1:] if len(first) == 1 else word


def small(word: str) -> str:
    """Write a word in small letters; İ, whose small letter is two signs in Unicode, stays."""
    lower = word.lower()
    return lower if len(lower) == len(word) else word


# Spelling that misleads: a vowel letter that sounds like y or w, and an h that is not heard.
_SOUNDS_AS_CONSONANT = re.compile(r"(?:u(?:ni|se|su|ti|biq|ran|kr|k\b)|eu|ewe|one\b|once\b|oui)")
_SILENT_H = re.compile(r"(?:hour|honest|honou?r|heir)")
_UN_IN = re.compile(r"uni[mn]")  # unimportant, uninteresting: the prefix un-, not uni-


def takes_an(word: str) -> bool:
    """Does the indefinite article before this English word read *an*?"""
    lower = word.lower()
    if _SILENT_H.match(lower):
        return True
    if lower[:1] not in "aeiou":
        return False
    return not _SOUNDS_AS_CONSONANT.match(lower) or bool(_UN_IN.match(lower))


_ARTICLE_ENDS = frozenset("aAnN \t")
_ARTICLE = re.compile(r"(?<![\w'’-])(an?)[ \t]+\Z", re.IGNORECASE)


def article_edit(text: str, start: int, new: str) -> Edit | None:
    """Return the edit of *a* or *an* before ``start`` that ``new`` in that place asks for.

    None where no article stands before, or where it already fits.
    """
    if text[start - 2 : start - 1] not in _ARTICLE_ENDS:
        return None
    found = _ARTICLE.search(text, max(0, start - 4), start)
    if found is None:
        return None
    article = found.group(1)
    wanted = "an" if takes_an(new) else "a"
    if article.lower() == wanted:
        return None
    if article[0] == "A":  # a lone capital A starts a sentence; the text's capitals tell the rest
        wanted = "AN" if new.isupper() and wanted == "an" else wanted.capitalize()
    return Edit(*found.span(1), wanted)
