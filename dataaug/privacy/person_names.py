"""Find the names of persons: after words that announce one, and by lists of names.

A list is no understanding: names that it lacks, and names in small letters, are missed, and some
words with a capital are taken for names. docs/privacy.md has the figures.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from importlib import import_module

from dataaug.errors import UsageError
from dataaug.text import protection, tables
from dataaug.text.segments import name_words, standing_alone

_MOST = 4  # words of a name


def _words(section: str) -> frozenset[str]:
    return tables.word_set("dataaug.privacy", "person_names", section)


def common() -> frozenset[str]:
    """Return names, in small letters, that are words, places or brands as often (*Will*, *Paris*).

    They count as names only beside another name, or after a word that announces one.
    """
    return _words("common")


@functools.cache
def _cue() -> "re.Pattern[str]":
    """Return what finds the words that announce a name, with the blanks behind them."""
    cues = tables.sections("dataaug.privacy", "person_names")["cues"]
    return re.compile(rf"\b(?:{'|'.join(cues)})\s{{1,3}}", re.IGNORECASE)


@functools.cache
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


def _may_belong(word: str) -> bool:
    """May a word be part of a name that has begun?"""
    return word in _words("links") or (word[0].isupper() and not word[1:].isupper())


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
        self._first: frozenset[str] = frozenset().union(*(first for first, _ in lists))
        self._last: frozenset[str] = frozenset().union(*(last for _, last in lists))
        names = sorted({name for name in further if name}, key=lambda name: (-len(name), name))
        self._further = standing_alone(names) if names else None
        self._capitals = capitals

    def __call__(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where names stand; they may overlap."""
        if self._further is not None:
            for match in self._further.finditer(text):
                yield match.span()
        for match in _cue().finditer(text):
            end = self._run(text, match.end())
            if end > match.end():
                yield match.end(), end
        yield from self._by_list(text)
        if self._capitals:
            for name in set(protection.names_in(text)):
                for match in standing_alone([name], any_case=False).finditer(text):
                    yield match.span()

    def _run(self, text: str, start: int) -> int:
        """Return the end of a row of words with capitals that begins at ``start``."""
        end, at = start, start
        for _ in range(_MOST):
            word = name_words().match(text, at)
            if word is None or not _may_belong(word.group()):
                break
            if word.group()[0].isupper():
                end = word.end()
            at = word.end() + (text[word.end() : word.end() + 1] == " ")
        return end if text[start:end].lower() not in _words("no names") else start

    def _by_list(self, text: str) -> Iterator[tuple[int, int]]:
        for match in name_words().finditer(text):
            word = match.group()
            if not word[0].isupper() or word.isupper():
                continue
            lower = word.lower().removesuffix("'s").removesuffix("’s")
            if lower not in self._first:
                continue
            end = self._run(text, match.start())
            rest = [part.lower() for part in name_words().findall(text[match.end() : end])]
            if lower not in common():
                yield match.start(), end if rest else match.start() + len(lower)
            elif any(part in self._last or part in self._first for part in rest):
                yield match.start(), end
