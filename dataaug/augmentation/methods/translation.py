"""Translate to another language: rows for a language that has few of its own."""

from collections.abc import Sequence
from itertools import islice

from dataaug.augmentation.methods import Method, Nothing, Request, Variant
from dataaug.augmentation.placeholders import MaskedLines, Unmasked, masked, unmasked
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
from dataaug.rows.spans import Span
from dataaug.text.segments import standing_alone
from dataaug.translators import NoTranslation, shared

_MORE = 3
"""Draws of a variant; more find next to nothing."""


_SENTENCE = 0.45
"""The least cosine of a sentence to one of the source or to all of it. In 1,394 translations into
Portuguese of the texts that back-translation was tried on, 19 sentences of 3,218 are below, 14 of
them nonsense by eye."""


class _Translation(Translating[int]):
    """Translations of each text; a way is the number of a draw, and 0 the best translation."""

    round_trip = False
    few = "this translator has one translation of a text"

    def ways(self, number: int) -> range:
        """Return the draws of a variant; the first variant is the best translation, not drawn."""
        if number == 0:
            return range(1)
        return range(number * _MORE, (number + 1) * _MORE) if self.translator.varies else range(0)

    def _translate(
        self, sources: Sequence[MaskedLines], seeds: Sequence[int] | None = None
    ) -> list[list[str] | NoTranslation]:
        lines = [source.texts for source in sources]
        return translate(self.translator, lines, self.screen.language, self.screen.into, seeds)

    def send(self, texts: Sequence[MaskedRequest], way: int) -> list[Variant | Nothing]:
        """Translate texts and their spans, and judge the translations."""
        seeds = [derive(request.seed, str(way)) for request, _ in texts] if way else None
        made = self._translate([source for _, source in texts], seeds)
        found = self.judged(texts, made)
        spans = self._spans([request for request, _ in texts], found)
        return [
            text if isinstance(text, Nothing) else self._answer(request, text, own)
            for (request, _), text, own in zip(texts, found, spans, strict=True)
        ]

    def _spans(
        self, requests: Sequence[Request], whole: Sequence[Accepted | Nothing]
    ) -> list[list[Span] | None]:
        """Find the translation of each span in the translation of its text."""
        parts = [
            masked(request.text[slice(*span)], ()) for request in requests for span in request.spans
        ]
        made = iter(zip(parts, self._translate(parts), strict=True))
        found: list[list[Span] | None] = []
        for request, text in zip(requests, whole, strict=True):
            own = list(islice(made, len(request.spans)))
            if isinstance(text, Nothing):
                found.append(None)
                continue
            said = [
                unmasked(source, lines, as_before=False)
                for source, lines in own
                if not isinstance(lines, NoTranslation)
            ]
            words = [one.text.strip(" .") for one in said if isinstance(one, Unmasked)]
            found.append(_places(text.text, words) if len(words) == len(own) else None)
        return found

    def _answer(
        self, request: Request, text: Accepted, spans: Sequence[Span] | None
    ) -> Variant | Nothing:
        if text.text in request.taken:
            return Nothing("too_few_variants")
        if request.spans and spans is None:
            return Nothing("span_lost", "the translation of a span is not in that of its text")
        request.taken.add(text.text)
        model = self.translator.model(self.screen.language, self.screen.into)
        return Variant(
            text.text,
            notes=text.notes(model=model, **{"from": self.screen.language}),
            changed={"language": self.screen.into},
            spans=tuple(spans) if spans and request.spans else None,
        )


def _places(text: str, parts: Sequence[str]) -> list[Span] | None:
    """Return where each part stands, as whole words; None where one does not stand just once."""
    found = []
    for part in parts:
        places = [*standing_alone([part]).finditer(text)] if part else []
        if len(places) != 1:
            return None
        found.append(Span(*places[0].span()))
    return found


def load(
    *,
    to: str = "",
    translator: str = "firefox",
    language: str = "en",
    spans: str = "refuse",
    similarity: float = 0.5,
    embedder: str = "auto",
    length_ratio: float = 0.4,
    longest: int = 2000,
) -> Method:
    """Build the method.

    Args:
        to: the language to translate into, such as ``pt``; ``--to`` is short for it.
        translator: ``firefox`` (packaged for Portuguese), ``marian`` or ``llm``; with options as in
            ``marian(runtime=ctranslate2)``, or by ``-p marian.runtime=ctranslate2``.
        language: the language of the texts; one that is surely in another is refused.
        spans: ``refuse`` rows with character spans, since exact spans do not survive a translation,
            or ``match``: each span is also translated by itself and looked for in the translation,
            where it has to stand once.
        similarity: the least cosine to the source by a multilingual embedder, 0 to 1; 0 measures
            none. Each sentence is measured too, against 0.45.
        embedder: what measures it: a name, ``off``, or ``auto``: the packaged one that knows both
            languages, none where there is none.
        length_ratio: the shortest that a translation may be, as a share of its source, 0 to 1, and
            inverted the longest.
        longest: longer texts are refused; a translator takes about a second for 2,500 characters.

    Raises:
        UsageError: no target language, or an option is out of range.
        MissingError: a package or a model is missing.
    """
    check_options("translation", spans, ("refuse", "match"), similarity, length_ratio, longest)
    if not to:
        raise UsageError("translation needs a language to translate into: --to pt")
    own, other = (
        language_code("translation.language", language),
        language_code("translation.to", to),
    )
    if own == other:
        raise UsageError(
            f"translation.to={to}: the texts are in that language already, or in another one than "
            f"{own}: name theirs by -p translation.language=CODE"
        )
    found = shared(translator_spec(translator))
    found.model(own, other)
    model = embedder_for(embedder, own, other)
    screen = Screen(own, other, length_ratio, similarity, model, _SENTENCE)
    return _Translation(found, screen, longest, takes_spans=spans == "match")
