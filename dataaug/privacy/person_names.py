"""Find the names of persons: behind what announces one, and by lists of names.

A list is no understanding: names that it lacks and that nothing announces are missed, and some
words are taken for names. docs/privacy.md has the figures.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module

from dataaug.errors import UsageError
from dataaug.privacy.name_cues import KINDS, Cue, CueWord, cues_in, words_in
from dataaug.text import protection, tables
from dataaug.text.segments import standing_alone

_MOST = 5  # words of a name, links such as "van der" counted
_LETTERS = 4
"""Letters from which on a listed first name in capitals counts by itself: *JAN* may be a month."""
_JOINT = re.compile(r"\.? {1,2}|\.")
"""What stands between the words of a name."""
_BLANK = re.compile(r"\.?\s{1,3}")
_GAPS = dict.fromkeys(KINDS, _BLANK) | {
    "introductions": re.compile(r"\s?[:=,]?\s{1,3}[\"“«]?"),
    "labels": re.compile(r"\s?[:=]\s{0,3}[\"“«]?|\s"),
    "closings": re.compile(r"[,.!;:-]?\s{0,2}[\r\n]\s{0,3}-?|[,:-]?\s{1,3}"),
}
"""What may stand between a phrase and the name."""
_SPEAKING = re.compile(r"\s(?:speaking|calling|here(?=[,.!\n]|\Z))", re.IGNORECASE)
_ARTICLES = frozenset({"der", "des", "dem", "den", "das"})
"""Links that begin no name behind a title: *Frau des Monats*."""
_WEAK = frozenset({"for", "met"})
"""Behind these stand too many things with capitals."""
_LINE_END = re.compile(r"[ \t.!,)]{0,3}(?:\n|\r|\Z)")
_ENDED = re.compile(r"\s{0,2}(?:[,!:.\n]|\Z)")


def _words(section: str) -> frozenset[str]:
    return tables.word_set("dataaug.privacy", "person_names", section)


def common() -> frozenset[str]:
    """Return names, in small letters, that are words, places or brands as often (*Will*, *Paris*).

    They count as names only beside another name, or after a word that announces one.
    """
    return _words("common")


@cache
def _listed(locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the first and last names that Faker knows for a locale, in small letters."""
    try:
        provider = import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError as error:
        raise UsageError(
            f"locale {locale!r}: expected one of Faker's, such as en_US, de_DE, pt_BR"
        ) from error
    return tuple(
        frozenset(
            name.lower()
            for attribute in dir(provider)
            if attribute.startswith(start)
            and isinstance(found := getattr(provider, attribute), Iterable)
            and not isinstance(found, str)
            for name in found
            if isinstance(name, str)
        )
        for start in ("first_names", "last_names")
    )  # type: ignore[return-value]


@cache
def _booked() -> "re.Pattern[str]":
    """Return what finds words of bookings: behind these, *for* announces names."""
    return re.compile(rf"\b(?:{'|'.join(sorted(_words('bookings')))})", re.IGNORECASE)


@cache
def _titles() -> frozenset[str]:
    return frozenset(tables.sections("dataaug.privacy", "person_names")["titles"])


def _capital(word: CueWord) -> bool:
    return word.text[0].isupper()


def _shouted(word: CueWord) -> bool:
    return len(word.text) > 1 and word.text.isupper()


class NameFinder:
    """Finds names.

    Args:
        locales: whose names are known; several with a comma.
        further: names to look for besides, in any case.
        capitals: does each word with a capital inside a sentence count?

    Raises:
        UsageError: a locale is unknown.
    """

    def __init__(
        self, locales: str, further: Iterable[str] = (), *, capitals: bool = False
    ) -> None:
        lists = [_listed(locale.strip()) for locale in locales.split(",") if locale.strip()]
        never = _words("no names") - common() | _words("links")
        self._first = frozenset().union(*(first for first, _ in lists)) - never
        self._last = frozenset().union(*(last for _, last in lists)) - never
        self._sure = self._first - common()
        names = sorted({name for name in further if name}, key=lambda name: (-len(name), name))
        self._further = standing_alone(names) if names else None
        self._capitals = capitals
        self._rules: Mapping[str, Callable[[str, Sequence[CueWord], Cue], int]] = {
            "introductions": self._introduced,
            "labels": self._labelled,
            "selves": self._self,
            "titles": self._titled,
            "words as titles": self._titled,
            "relations": self._related,
            "greetings": self._greeted,
            "closings": self._signed,
        }

    def __call__(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where names stand; they may overlap."""
        if self._further is not None:
            for match in self._further.finditer(text):
                yield match.span()
        words = words_in(text)
        for start, end in [*self._announced(text, words), *self._by_list(text, words)]:
            yield words[start].start, words[end - 1].end
        if self._capitals:
            for name in set(protection.names_in(text)):
                for match in standing_alone([name], any_case=False).finditer(text):
                    yield match.span()

    def _announced(self, text: str, words: Sequence[CueWord]) -> Iterator[tuple[int, int]]:
        """Yield the numbers of the first word of a name and of the word behind it."""
        for cue in cues_in(text, words):
            if cue.kind == "behind":
                if self._before(text, words, cue):
                    yield 0, cue.start
            elif cue.end < len(words) and _GAPS[cue.kind].fullmatch(
                text, words[cue.end - 1].end, words[cue.end].start
            ):
                end = self._rules[cue.kind](text, words, cue)
                if end > cue.end:
                    yield cue.end, end

    def _run(
        self, text: str, words: Sequence[CueWord], start: int, *, any_case: bool = False
    ) -> int:
        """Return the number of the word behind the name that begins at a word, or this word's.

        Args:
            text: the text.
            words: its words.
            start: number of the first word.
            any_case: may the name be in small letters? If its first word has a capital, all of
                them need one all the same.
        """
        end = start
        small = any_case and not _capital(words[start])
        for place in range(start, min(start + _MOST, len(words))):
            word = words[place]
            if place > start and not _JOINT.fullmatch(text, words[place - 1].end, word.start):
                break
            if word.lower in _words("links"):
                continue
            if place == start and word.lower in _titles() and place + 1 < len(words):
                break
            if not (small or _capital(word)) or self._ends(word, first=place == start):
                break
            if place > start and _shouted(word) and not (any_case or _shouted(words[start])):
                break
            end = place + 1
        return end

    def _ends(self, word: CueWord, *, first: bool) -> bool:
        """Is a word none of a name? Mark *May* has one that is, behind another."""
        may = not first and word.lower in common() and _capital(word) and not _shouted(word)
        return word.lower in _words("no names") and not may

    def _introduced(self, text: str, words: Sequence[CueWord], cue: Cue) -> int:
        return self._run(text, words, cue.end, any_case=True)

    def _labelled(self, text: str, words: Sequence[CueWord], cue: Cue) -> int:
        """Take what stands behind a colon, or has a capital behind a label of several words."""
        colon = text[words[cue.end - 1].end : words[cue.end].start].strip()
        if not colon and (cue.end - cue.start < 2 or not _capital(words[cue.end])):
            return 0
        return self._run(text, words, cue.end, any_case=True)

    def _self(self, text: str, words: Sequence[CueWord], cue: Cue) -> int:
        first = words[cue.end]
        end = self._run(text, words, cue.end, any_case=True)
        says_so = words[cue.start].lower == "this" and end > cue.end
        if says_so and _SPEAKING.match(text, words[end - 1].end):
            return end
        if _capital(first):
            loud = _shouted(first) and _shouted(words[cue.end - 1])
            weak = words[cue.end - 1].lower in _WEAK and not _booked().search(text)
            two = end - cue.end > 1 and not loud and not weak
            return end if two or first.lower in self._sure else 0
        return min(end, cue.end + 2) if first.lower in self._sure else 0

    def _titled(self, text: str, words: Sequence[CueWord], cue: Cue) -> int:
        first = words[cue.end]
        if words[cue.start].text == "m" or text[: words[cue.start].start].endswith("."):
            return 0  # p.m. is no Monsieur
        if _capital(first) or (first.lower in _words("links") and first.lower not in _ARTICLES):
            return self._run(text, words, cue.end, any_case=_shouted(first))
        if _capital(words[cue.start]) or not (self._known(first) or cue.kind == "titles"):
            return 0
        end = self._run(text, words, cue.end, any_case=True)
        more = end > cue.end + 1 and (
            self._known(words[cue.end + 1]) or _ENDED.match(text, words[cue.end + 1].end)
        )
        return min(end, cue.end + (2 if more else 1))

    def _known(self, word: CueWord) -> bool:
        return word.lower in self._first or word.lower in self._last

    def _related(self, text: str, words: Sequence[CueWord], cue: Cue) -> int:
        first = words[cue.end]
        if first.lower in self._sure or (_capital(first) and not _shouted(first)):
            return self._run(text, words, cue.end) if _capital(first) else cue.end + 1
        return 0

    def _greeted(self, text: str, words: Sequence[CueWord], cue: Cue) -> int:
        first = words[cue.end]
        if not _capital(first):
            return cue.end + 1 if first.lower in self._sure else 0
        end = self._run(text, words, cue.end)
        whole = end > cue.end and _ENDED.match(text, words[end - 1].end)
        return end if first.lower in self._sure or whole else 0

    def _signed(self, text: str, words: Sequence[CueWord], cue: Cue) -> int:
        end = self._run(text, words, cue.end, any_case=True)
        if end == cue.end or not _LINE_END.match(text, words[end - 1].end):
            return 0
        first = words[cue.end]
        apart = "\n" in text[words[cue.end - 1].end : first.start]
        return end if apart or _capital(first) or first.lower in self._sure else 0

    def _before(self, text: str, words: Sequence[CueWord], cue: Cue) -> bool:
        """Is all of a text before a phrase a name?"""
        strong = cue.end - cue.start > 1
        if not 0 < cue.start <= _MOST or self._run(text, words, 0, any_case=strong) != cue.start:
            return False
        return strong or words[0].lower in self._sure or cue.start > 1

    def _by_list(self, text: str, words: Sequence[CueWord]) -> Iterator[tuple[int, int]]:
        for place, word in enumerate(words):
            lower = word.lower.removesuffix("'s")
            if lower not in self._first or (place and words[place - 1].lower in ("st", "saint")):
                continue
            end = self._run(text, words, place)
            beside = any(self._known(other) for other in words[place + 1 : end])
            if not _capital(word):
                if self._pair(text, words, place):
                    yield place, place + 2
            elif _shouted(word) and len(lower) < _LETTERS and not beside:
                continue
            elif lower in self._sure or beside:
                yield place, max(end, place + 1)
        yield from self._last_line(text, words)

    def _pair(self, text: str, words: Sequence[CueWord], place: int) -> bool:
        """Are a word and the next one, in small letters, a known first and a known last name?"""
        if place + 1 >= len(words):
            return False
        one, two = words[place], words[place + 1]
        return (
            one.lower in self._sure
            and two.lower in self._last
            and two.lower not in common()
            and text[one.end : two.start] == " "
        )

    def _last_line(self, text: str, words: Sequence[CueWord]) -> Iterator[tuple[int, int]]:
        """Yield a last line that is nothing but two or three words with capitals, or one name."""
        begin = text.rstrip().rfind("\n") + 1
        start = next((n for n, word in enumerate(words) if word.start >= begin), len(words))
        if (
            start == len(words)
            or len(words) - start > _MOST
            or text[begin : words[start].start].strip()
        ):
            return
        end = self._run(text, words, start)
        if end != len(words) or not _LINE_END.match(text, words[-1].end):
            return
        known = end - start > 2 and any(self._known(word) for word in words[start:])
        if begin or known or (end - start == 2 and not _shouted(words[start])):
            yield start, end
