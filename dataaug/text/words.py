"""Words of a text as spans, and what must follow when one word takes another's place."""

import functools
import itertools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dataaug.rows.spans import Edit, Span
from dataaug.text.segmenters import Segmenter
from dataaug.text.segments import graphemes, plain_word, split_words, unspaced, unspaced_runs
from dataaug.text.tables import word_set


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
        gaps: what stands before each word, and behind the last.
        places: where the first word begins, where it ends, where the second begins and so on; the
            last one is the end of the text.
        starts: where each word begins, and the end of the text.
    """

    __slots__ = ("_parts", "gaps", "places", "starts", "words")

    places: list[int]
    starts: list[int]

    def __init__(self, text: str) -> None:
        self._parts = split_words(text)
        self.words: list[str] = self._parts[1::2]
        self.gaps: list[str] = self._parts[::2]

    def __getattr__(self, name: str) -> list[int]:
        # Only a slot that is not filled yet comes here: many ask for the words alone.
        if name == "places":
            self.places = list(itertools.accumulate(map(len, self._parts)))
        elif name == "starts":
            self.starts = self.places[::2]
        else:
            raise AttributeError(name)
        return getattr(self, name)  # type: ignore[no-any-return]

    def every_word(self) -> list[Word]:
        """Return the words with their places."""
        places = self.places
        return list(map(_as_word, zip(places[::2], places[1::2], self.words, strict=False)))

    def word(self, number: int) -> Word:
        """Return a word with its place."""
        start, word = self.starts[number], self.words[number]
        return Word(start, start + len(word), word)

    def free(self, protected: Sequence[Span]) -> Sequence[int]:
        """Return the numbers of the words that no protected span touches, in order.

        Args:
            protected: spans that no edit may touch, sorted and apart from each other.
        """
        count = len(self.words)
        if not protected:
            return range(count)
        found: list[int] = []
        places, next_ = self.places, 0
        starts = places[: 2 * count : 2]
        for start, end in protected:
            # Words before the first that ends behind the start of the span are free.
            first = bisect_right(starts, start, next_)
            if first > next_ and places[2 * first - 1] > start:
                first -= 1
            found += range(next_, first)
            next_ = max(next_, bisect_left(starts, end, first))
        found += range(next_, count)
        return found


_as_word: Callable[[tuple[int, int, str]], Word] = functools.partial(tuple.__new__, Word)
"""As ``Word(*place)``, without a call of Python."""


_kept_tokens = functools.lru_cache(maxsize=512)(Tokens)


def tokens(text: str) -> Tokens:
    """Return a text's tokens; those of short texts are kept for a while, since several ask."""
    return _kept_tokens(text) if len(text) < _SHORT else Tokens(text)


def words(text: str, segmenter: Segmenter | None = None) -> list[Word]:
    """Return all words of a text, in order.

    Args:
        text: the text.
        segmenter: cuts what is of scripts without blanks; None finds no words there.
    """
    cut = tokens(text)
    found = cut.every_word()
    if segmenter is None or not unspaced(text):
        return found
    return sorted([*found, *_segmented(text, segmenter)])


_REPEATS = frozenset("ๆฯໆៗ々〻ーｰゝゞヽヾ")
"""Signs that belong to the word before them."""


def _segmented(text: str, segmenter: Segmenter) -> Iterator[Word]:
    """Yield the words of scripts without blanks; none ends inside a grapheme or touches a digit."""
    for run in unspaced_runs(text):
        signs = graphemes(run.group())
        composed = [unicodedata.normalize("NFC", sign) for sign in signs]  # as dictionaries have it
        ends = [itertools.accumulate(map(len, every)) for every in (composed, signs)]
        places = dict(zip(*ends, strict=True))
        start = run.start()
        for place in itertools.accumulate(map(len, segmenter("".join(composed)))):
            end = run.start() + places.get(place, -1)
            if end >= start and text[end : end + 1] not in _REPEATS:
                word = Word(start, end, text[start:end])
                start = end
                if not _in_code(text, word):
                    yield word


def _in_code(text: str, word: Word) -> bool:
    """Does a word touch a digit or an underscore?"""
    around = text[max(0, word.start - 1) : word.start] + text[word.end : word.end + 1]
    return any(sign.isdigit() or sign == "_" for sign in around)


def _counts_or_denies(word: str) -> bool:
    """Is this a number or a negation in a script without blanks, whose edit would tell another?"""
    if any(sign.isnumeric() for sign in word):
        return True
    return any(denial in word for denial in word_set("dataaug.text", "negation", "unspaced"))


def free_words(
    text: str, protected: Sequence[Span], segmenter: Segmenter | None = None
) -> list[Word]:
    """Return the words of a text that no protected span touches, in order.

    Args:
        text: the text.
        protected: spans that no edit may touch, sorted and apart from each other.
        segmenter: cuts what is of scripts without blanks. Numbers and negations among its words
            are not free: what else is protected knows no words of these scripts.
    """
    if segmenter is None:
        cut = tokens(text)
        every = cut.every_word()
        return [every[number] for number in cut.free(protected)] if protected else every
    every = [word for word in words(text, segmenter)
             if word.text.isascii() or not unspaced(word.text)
             or not _counts_or_denies(word.text)]  # fmt: skip
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
