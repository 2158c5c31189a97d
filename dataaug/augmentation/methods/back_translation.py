"""Translate to another language and back: the round trip rewords the text."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dataaug.augmentation.left_over import left_over
from dataaug.augmentation.methods import Method, Nothing, Request, Variant
from dataaug.augmentation.placeholders import FORMS, form
from dataaug.augmentation.translation import (
    Accepted,
    MaskedRequest,
    Translating,
    check_options,
    language_code,
    translate,
    translator_spec,
)
from dataaug.augmentation.variant_filter import Screen, embedder_for
from dataaug.errors import UsageError
from dataaug.rows.seeds import derive
from dataaug.text.normalize import normalise
from dataaug.translators import NoTranslation, shared

_MORE = 2
"""Draws of a variant after every pivot was tried; more find next to nothing."""


_SENTENCE = 0.4
"""The least cosine of a sentence to one of the source or to all of it. In 5,663 round trips of two
or more sentences (banking77, restaurant8k, cr, and banking77 in letters with a greeting and a
close) whose whole cosine was good, 562 sentences of 13,238 are below 0.5, 368 of them nonsense by
eye: 0.35 finds 152 of these and loses 31 good variants, 0.4 finds 256 and loses 52, 0.45 finds 298
and loses 78. Short ones have low cosines by nature: *Why is it like this?* and *Why is that so?*
0.28."""


class _Way(NamedTuple):
    """One way to a variant: a pivot, and which of its translations (0 is the best one).

    Further ones are drawn, or where a translator draws nothing, those of other forms of the text.
    """

    pivot: str
    draw: int


@dataclass(frozen=True, slots=True)
class _BackTranslation(Translating[_Way]):
    """Translations to a pivot and back.

    Attributes:
        pivots: the languages between.
    """

    pivots: Sequence[str]
    round_trip = True
    few = "this translator has no further way there and back"

    def ways(self, number: int) -> Iterator[_Way]:
        """Yield the pivots from the variant's own on, then further draws."""
        count = len(self.pivots)
        last = number + count + _MORE if self.translator.varies else count * FORMS
        for way in range(number, last):
            yield _Way(self.pivots[way % count], way // count)

    def send(self, texts: Sequence[MaskedRequest], way: _Way) -> list[Variant | Nothing]:
        """Send texts one way and judge what comes back."""
        number = 0 if self.translator.varies else way.draw
        lines = [[form(line, number) for line in source.texts] for _, source in texts]
        there = translate(self.translator, lines, self.screen.language, way.pivot)
        back = self._back(there, [request.seed for request, _ in texts], way)
        found = self.judged(texts, back)
        return [
            text if isinstance(text, Nothing) else self._answer(request, between, text, way)
            for (request, _), between, text in zip(texts, there, found, strict=True)
        ]

    def _back(
        self, there: Sequence[list[str] | NoTranslation], seeds: Sequence[int], way: _Way
    ) -> list[list[str] | NoTranslation]:
        """Translate back what was translated; drawn translations are drawn here."""
        able = [lines for lines in there if not isinstance(lines, NoTranslation)]
        seeded = [
            derive(seed, way.pivot, str(way.draw))
            for seed, lines in zip(seeds, there, strict=True)
            if not isinstance(lines, NoTranslation)
        ]
        drawn = seeded if way.draw > 0 and self.translator.varies else None
        made = iter(translate(self.translator, able, way.pivot, self.screen.language, drawn))
        return [lines if isinstance(lines, NoTranslation) else next(made) for lines in there]

    def _answer(
        self, request: Request, between: Sequence[str], text: Accepted, way: _Way
    ) -> Variant | Nothing:
        if change := left_over(request.text, between, text.text, self.screen.language):
            return Nothing(change.reason, change.detail)
        if normalise(text.text) in map(normalise, request.taken):
            return Nothing("too_few_variants")
        request.taken.add(text.text)
        notes = text.notes(model=self._models(way.pivot), pivot=way.pivot)
        return Variant(text.text, notes=notes, spans=text.spans if request.spans else None)

    def _models(self, pivot: str) -> str:
        there = self.translator.model(self.screen.language, pivot)
        back = self.translator.model(pivot, self.screen.language)
        return there if there == back else f"{there}+{back.partition(':')[2] or back}"


def load(
    *,
    pivots: str = "pt",
    translator: str = "firefox",
    language: str = "en",
    spans: str = "refuse",
    similarity: float = 0.7,
    embedder: str = "auto",
    length_ratio: float = 0.5,
    longest: int = 2000,
) -> Method:
    """Build the method.

    Args:
        pivots: languages to go through, such as ``pt,fr,de``; variant k starts with pivot k, and
            a variant that one of them does not give is looked for by the others.
        translator: ``firefox`` (packaged for Portuguese), ``marian`` or ``llm``; with options as in
            ``marian(runtime=ctranslate2)``, or by ``-p marian.runtime=ctranslate2``.
        language: the language of the texts; one that is surely in another is refused.
        spans: ``refuse`` rows with character spans, since exact spans do not survive a rewording,
            or ``keep``: the text under each span stays as it is, is found again and verified.
        similarity: the least cosine to the source, 0 to 1; 0 measures none. At 0.7 about 1 in 30
            round trips of banking77 goes. Each sentence is measured too, against 0.4.
        embedder: what measures it: a name, ``off``, or ``auto``: the packaged one that knows the
            language, none where there is none.
        length_ratio: the shortest that a variant may be, as a share of its source, 0 to 1, and
            inverted the longest.
        longest: longer texts are refused; a translator takes about a second for 2,500 characters.

    Raises:
        UsageError: an option is out of range.
        MissingError: a package or a model is missing.
    """
    check_options("back-translation", spans, ("refuse", "keep"), similarity, length_ratio, longest)
    own = language_code("back-translation.language", language)
    ways = [language_code("back-translation.pivots", pivot) for pivot in pivots.split(",")]
    if own in ways or len(set(ways)) < len(ways):
        raise UsageError(f"back-translation.pivots={pivots}: name other languages, each once")
    found = shared(translator_spec(translator))
    for pivot in ways:
        for pair in itertools.permutations((own, pivot)):
            found.model(*pair)
    model = embedder_for(embedder, own)
    screen = Screen(own, own, length_ratio, similarity, model, _SENTENCE)
    return _BackTranslation(found, screen, longest, spans == "keep", ways)
