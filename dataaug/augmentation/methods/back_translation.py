"""Translate to another language and back: the round trip rewords the text."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dataaug.augmentation.methods import Method, Nothing, Request, Variant, check_share
from dataaug.augmentation.placeholders import FORMS, Masked, form
from dataaug.augmentation.translation import (
    Good,
    Text,
    choice,
    code,
    in_turn,
    judged,
    refusal,
    taken_apart,
    translate,
    translator_spec,
)
from dataaug.augmentation.variant_filter import Screen, embedder_for
from dataaug.errors import UsageError
from dataaug.rows.seeds import derive
from dataaug.text.normalize import normalise
from dataaug.translators import Fault, Translator, shared

_MORE = 2
"""Draws of a variant after every pivot was tried; more find next to nothing."""


class _Try(NamedTuple):
    """One way to a variant: a pivot, and which of its translations (0 is the best one).

    Further ones are drawn, or where a translator draws nothing, those of other forms of the text.
    """

    pivot: str
    draw: int


class _BackTranslation:
    def __init__(
        self, translator: Translator, language: str, pivots: Sequence[str], screen: Screen,
        longest: int, *, keep_spans: bool,
    ) -> None:  # fmt: skip
        self._translator = translator
        self._language = language
        self._pivots = pivots
        self._screen = screen
        self._longest = longest
        self._keep_spans = keep_spans

    def __call__(self, requests: Sequence[Request], /) -> list[list[Variant | Nothing]]:
        """Return the variants of each text."""
        few = "this translator has no further way there and back"
        return in_turn(requests, self._source, self._ways, self._round, few)

    def _source(self, request: Request) -> Masked | Nothing:
        refused = refusal(request, self._language, self._longest, spans=self._keep_spans)
        # One word alone has too little context for a translator: hello, olá, oh.
        return refused or taken_apart(request, keep_spans=True, numbers=True, least=2)

    def _ways(self, number: int) -> Iterator[_Try]:
        count = len(self._pivots)
        last = number + count + _MORE if self._translator.varies else count * FORMS
        for way in range(number, last):
            yield _Try(self._pivots[way % count], way // count)

    def _round(self, texts: Sequence[Text], way: _Try) -> list[Variant | Nothing]:
        """Send texts one way and judge what comes back."""
        number = 0 if self._translator.varies else way.draw
        lines = [[form(line, number) for line in source.texts] for _, source in texts]
        there = translate(self._translator, lines, self._language, way.pivot)
        back = self._back(there, [request.seed for request, _ in texts], way)
        found = judged(texts, back, self._screen, as_before=True)
        return [
            text if isinstance(text, Nothing) else self._answer(request, text, way)
            for (request, _), text in zip(texts, found, strict=True)
        ]

    def _back(
        self, there: Sequence[list[str] | Fault], seeds: Sequence[int], way: _Try
    ) -> list[list[str] | Fault]:
        """Translate back what was translated; drawn translations are drawn here."""
        able = [lines for lines in there if not isinstance(lines, Fault)]
        draws = way.draw > 0 and self._translator.varies
        drawn = [
            derive(seed, way.pivot, str(way.draw))
            for seed, lines in zip(seeds, there, strict=True)
            if not isinstance(lines, Fault)
        ]
        made = iter(
            translate(self._translator, able, way.pivot, self._language, drawn if draws else None)
        )
        return [lines if isinstance(lines, Fault) else next(made) for lines in there]

    def _answer(self, request: Request, text: Good, way: _Try) -> Variant | Nothing:
        if normalise(text.text) in map(normalise, request.taken):
            return Nothing("too_few_variants")
        request.taken.add(text.text)
        notes = text.notes(model=self._models(way.pivot), pivot=way.pivot)
        return Variant(text.text, notes=notes, spans=text.spans if request.spans else None)

    def _models(self, pivot: str) -> str:
        there = self._translator.model(self._language, pivot)
        back = self._translator.model(pivot, self._language)
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
            round trips of banking77 goes.
        embedder: what measures it: a name, ``off``, or ``auto``: the packaged one that knows the
            language, none where there is none.
        length_ratio: the shortest that a variant may be, as a share of its source, 0 to 1, and
            inverted the longest.
        longest: longer texts are refused; a translator takes about a second for 2,500 characters.

    Raises:
        UsageError: an option is out of range.
        MissingError: a package or a model is missing.
    """
    check_share("back-translation.similarity", similarity)
    check_share("back-translation.length_ratio", length_ratio)
    if longest < 1:
        raise UsageError(f"back-translation.longest={longest}: expected at least 1")
    choice("back-translation.spans", spans, ("refuse", "keep"))
    own = code("back-translation.language", language)
    ways = [code("back-translation.pivots", pivot) for pivot in pivots.split(",")]
    if own in ways or len(set(ways)) < len(ways):
        raise UsageError(f"back-translation.pivots={pivots}: name other languages, each once")
    found = shared(translator_spec(translator))
    for pivot in ways:
        for pair in itertools.permutations((own, pivot)):
            found.model(*pair)
    screen = Screen(own, own, length_ratio, similarity, embedder_for(embedder, own))
    return _BackTranslation(found, own, ways, screen, longest, keep_spans=spans == "keep")
