"""What the methods that translate have in common: take texts apart, translate, put together."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from dataaug import plugins
from dataaug.augmentation.methods import Nothing, Request, Variant, check_share
from dataaug.augmentation.placeholders import MaskedLines, Unmasked, masked, to_mask, unmasked
from dataaug.augmentation.variant_filter import Passed, Screen, foreign_language
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.rows.seeds import derive
from dataaug.rows.spans import Span, overlaps
from dataaug.text import protection
from dataaug.text.fidelity import Change
from dataaug.text.languages import base_code
from dataaug.translators import NoTranslation, Translator


def language_code(name: str, given: str) -> str:
    """Return a language code of two or three letters without its region.

    Raises:
        UsageError: it is none.
    """
    found = base_code(given)
    if not (found.isascii() and found.isalpha() and len(found) in {2, 3}):
        raise UsageError(f"{name}={given!r}: expected a language code such as pt")
    return found


def check_options(
    method: str, spans: str, known: Sequence[str], similarity: float, length_ratio: float,
    longest: int,
) -> None:  # fmt: skip
    """Refuse options out of range, of those that both methods have.

    Args:
        method: the method, as users type it.
        spans: what to do with rows that have character spans, one of ``known``.
        known: the values of ``spans``.
        similarity: expected from 0 to 1.
        length_ratio: expected from 0 to 1.
        longest: expected 1 or more.

    Raises:
        UsageError: a value is out of its range.
    """
    check_share(f"{method}.similarity", similarity)
    check_share(f"{method}.length_ratio", length_ratio)
    if longest < 1:
        raise UsageError(f"{method}.longest={longest}: expected at least 1")
    if spans not in known:
        raise UsageError(f"{method}.spans={spans!r}: choose from {', '.join(known)}")


def _obstacle(request: Request, language: str, longest: int, *, spans: bool) -> Nothing | None:
    """Return why a text is not translated at all.

    Args:
        request: the text and its spans.
        language: the language that it should be in; a model of another one makes up a translation.
        longest: the most characters.
        spans: are spans found again?
    """
    if request.spans and not spans:
        return Nothing("exact_spans", "translation moves the words that the spans lie over")
    if any(span.start == span.end for span in request.spans):
        return Nothing("span_lost", "an empty span can't be found again")
    if len(request.text) > longest:
        return Nothing("too_long", f"{len(request.text)} characters, at most {longest}")
    other = foreign_language(request.text, language)
    if other:
        return Nothing("wrong_language", f"the text is {other}, not {language}: see the option "
                       "language")  # fmt: skip
    return None


def _taken_apart(request: Request, *, round_trip: bool) -> MaskedLines | Nothing:
    """Return a text as the translator gets it, or that it has nothing to translate.

    A round trip keeps the row's spans and short whole numbers as they are, and lines of one word:
    a word has too little context for a translator (hello, olá, oh).
    """
    protected = request.protected if round_trip else _without_spans(request)
    spans = to_mask(request.text, protected, numbers=round_trip)
    own, least = (request.spans, 2) if round_trip else ((), 1)
    found = masked(request.text, spans, own, least=least)
    return found if found.texts else Nothing("no_candidate")


def _without_spans(request: Request) -> list[Span]:
    """Return what is protected in a text apart from the row's spans, which are translated too."""
    own = protection.merge(request.spans)
    inside = [span for span in _plainly(request.text) if own and overlaps(*span, own)]
    return [span for span in request.protected if not overlaps(*span, own)] + inside


_plainly = protection.Protector()


class Accepted(NamedTuple):
    """A translated text that may stay.

    Attributes:
        text: the text.
        spans: where the row's spans lie that were masked.
        similarity: cosine to its source, None where it was not measured.
    """

    text: str
    spans: tuple[Span, ...]
    similarity: float | None

    def notes(self, **more: Any) -> dict[str, Any]:
        """Return provenance with the similarity, where it was measured."""
        known = self.similarity is not None
        return {**more, "checks": {"similarity": self.similarity}} if known else more


MaskedRequest = tuple[Request, MaskedLines]
"""What is asked for, and the text as the translator gets it."""
_Way = TypeVar("_Way")
"""A way to a variant, such as the number of a draw."""
_Answer = Variant | Nothing


@dataclass(frozen=True, slots=True)
class Translating(ABC, Generic[_Way]):
    """A method that translates: variant k of all texts is made before variant k + 1.

    Attributes:
        translator: what translates.
        screen: what a translation must keep of its source, and the languages of both.
        longest: the most characters of a text.
        takes_spans: whether rows with character spans are taken; their spans are found again.
    """

    translator: Translator
    screen: Screen
    longest: int
    takes_spans: bool
    round_trip: ClassVar[bool]
    """Is a text translated back into its own language?"""
    few: ClassVar[str]
    """Why there is no variant where there is no way to it."""

    def __call__(self, requests: Sequence[Request], /) -> list[list[_Answer]]:
        """Return the variants of each text."""
        sources = [self._source(request) for request in requests]
        answers: list[list[_Answer]] = [
            [text] * request.count if isinstance(text, Nothing) else []
            for request, text in zip(requests, sources, strict=True)
        ]
        for number in range(max((request.count for request in requests), default=0)):
            open_ = {
                place: (request, text)
                for place, (request, text) in enumerate(zip(requests, sources, strict=True))
                if isinstance(text, MaskedLines) and number < request.count
            }
            made = self._first(open_, number)
            for place in open_:
                answers[place].append(made.get(place, Nothing("too_few_variants", self.few)))
        return answers

    def _source(self, request: Request) -> MaskedLines | Nothing:
        refused = _obstacle(request, self.screen.language, self.longest, spans=self.takes_spans)
        return refused or _taken_apart(request, round_trip=self.round_trip)

    def _first(self, texts: Mapping[int, MaskedRequest], number: int) -> dict[int, _Answer]:
        """Return for each text the first variant that a way leads to, else the first fault."""
        made: dict[int, _Answer] = {}
        for way in self.ways(number):
            places = [place for place in texts if not isinstance(made.get(place), Variant)]
            found = self.send([texts[place] for place in places], way)
            for place, answer in zip(places, found, strict=True):
                if isinstance(answer, Variant) or place not in made:
                    made[place] = answer
        return made

    def judged(
        self, texts: Sequence[MaskedRequest], made: Sequence[list[str] | NoTranslation]
    ) -> list[Accepted | Nothing]:
        """Put translated lines together and judge them.

        Args:
            texts: what was translated.
            made: for each the translation of its lines.
        """
        whole = [
            _whole(source, lines, self.round_trip)
            for (_, source), lines in zip(texts, made, strict=True)
        ]
        pairs = [
            (request.text, text.text)
            for (request, _), text in zip(texts, whole, strict=True)
            if isinstance(text, Unmasked)
        ]
        found = iter(self.screen([source for source, _ in pairs], [text for _, text in pairs]))
        return [text if isinstance(text, Nothing) else _judged(text, next(found)) for text in whole]

    @abstractmethod
    def ways(self, number: int) -> Iterable[_Way]:
        """Return the ways to variant ``number`` (0, 1 …), those to be tried first before others."""

    @abstractmethod
    def send(self, texts: Sequence[MaskedRequest], way: _Way) -> Sequence[_Answer]:
        """Translate texts one way and judge what comes back."""


def _whole(
    source: MaskedLines, lines: list[str] | NoTranslation, as_before: bool
) -> Unmasked | Nothing:
    if isinstance(lines, NoTranslation):
        return Nothing(lines.reason, lines.detail)
    text = unmasked(source, lines, as_before=as_before)
    return Nothing("placeholder_lost", text) if isinstance(text, str) else text


def _judged(text: Unmasked, found: Passed | Change) -> Accepted | Nothing:
    if isinstance(found, Change):
        return Nothing(found.reason, found.detail)
    return Accepted(text.text, text.spans, found.similarity)


def translate(
    translator: Translator,
    texts: Sequence[Sequence[str]],
    source: str,
    target: str,
    seeds: Sequence[int] | None = None,
) -> list[list[str] | NoTranslation]:
    """Translate texts that are lists of lines.

    Args:
        translator: translates lines.
        texts: for each text its lines.
        source: their language.
        target: the language to translate into.
        seeds: for each text the seed of a drawn translation; None asks for the best one.
    """
    lines = [line for text in texts for line in text]
    drawn = seeds and [
        derive(seed, str(number))
        for seed, text in zip(seeds, texts, strict=True)
        for number in range(len(text))
    ]
    made = iter(translator(lines, source, target, drawn) if lines else ())
    found: list[list[str] | NoTranslation] = []
    for text in texts:
        part = [next(made) for _ in text]
        fault = next((line for line in part if isinstance(line, NoTranslation)), None)
        found.append(fault or [line for line in part if isinstance(line, str)])
    return found


def translator_spec(text: str) -> Spec:
    """Read ``name`` or ``name(key=value,key=value)``.

    Raises:
        UsageError: it is neither.
    """
    name, bracket, inside = text.partition("(")
    if not bracket:
        return Spec(name)
    if not inside.endswith(")"):
        raise UsageError(f"translator={text!r}: expected name or name(key=value,…)")
    pairs = [f"{name}.{part}" for part in inside.removesuffix(")").split(",") if part]
    return Spec(name, dict(plugins.parse_options(pairs, [name])[name]))
