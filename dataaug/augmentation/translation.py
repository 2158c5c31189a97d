"""What the methods that translate have in common: take texts apart, translate, put together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from dataaug import plugins
from dataaug.augmentation.methods import Nothing, Request, Variant
from dataaug.augmentation.placeholders import Masked, Unmasked, masked, to_mask, unmasked
from dataaug.augmentation.variant_filter import Passed, Screen, foreign
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.rows.seeds import derive
from dataaug.rows.spans import Span, overlaps
from dataaug.text import protection
from dataaug.text.fidelity import Change
from dataaug.text.languages import plain
from dataaug.translators import Fault, Translator


def code(name: str, given: str) -> str:
    """Return a language code of two or three letters without its region.

    Raises:
        UsageError: it is none.
    """
    found = plain(given)
    if not (found.isascii() and found.isalpha() and len(found) in {2, 3}):
        raise UsageError(f"{name}={given!r}: expected a language code such as pt")
    return found


def choice(name: str, given: str, known: Sequence[str]) -> str:
    """Return an option's value.

    Raises:
        UsageError: it is none of those that are known.
    """
    if given not in known:
        raise UsageError(f"{name}={given!r}: choose from {', '.join(known)}")
    return given


def refusal(request: Request, language: str, longest: int, *, spans: bool) -> Nothing | None:
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
    other = foreign(request.text, language)
    if other:
        return Nothing("wrong_language", f"the text is {other}, not {language}: see the option "
                       "language")  # fmt: skip
    return None


def taken_apart(
    request: Request, *, keep_spans: bool, numbers: bool, least: int
) -> Masked | Nothing:
    """Return a text as the translator gets it, or that it has nothing to translate.

    Args:
        request: the text and what is protected in it.
        keep_spans: let the row's spans stay as they are.
        numbers: let short whole numbers stay as they are too.
        least: leave lines of fewer words as they are.
    """
    protected = request.protected if keep_spans else _without_spans(request)
    spans = to_mask(request.text, protected, numbers=numbers)
    found = masked(request.text, spans, request.spans if keep_spans else (), least=least)
    return found if found.texts else Nothing("no_candidate")


def _without_spans(request: Request) -> list[Span]:
    """Return what is protected in a text apart from the row's spans, which are translated too."""
    own = protection.merge(request.spans)
    inside = [span for span in _plainly(request.text) if own and overlaps(*span, own)]
    return [span for span in request.protected if not overlaps(*span, own)] + inside


_plainly = protection.Protector()


Text = tuple[Request, Masked]
"""What is asked for, and the text as the translator gets it."""
_Way = TypeVar("_Way")
Answer = Variant | Nothing


def in_turn(
    requests: Sequence[Request],
    source: Callable[[Request], Masked | Nothing],
    ways: Callable[[int], Iterable[_Way]],
    send: Callable[[Sequence[Text], _Way], Sequence[Answer]],
    few: str,
) -> list[list[Answer]]:
    """Return the variants of each text; variant k of all texts is made before k + 1.

    Args:
        requests: what is asked for.
        source: takes a text apart, or says why it is not translated.
        ways: the ways to variant k, those to be tried first before the others.
        send: sends texts one way and judges what comes back.
        few: why there is no variant where there is no way to it.
    """
    sources = [source(request) for request in requests]
    answers: list[list[Answer]] = [
        [text] * request.count if isinstance(text, Nothing) else []
        for request, text in zip(requests, sources, strict=True)
    ]
    for number in range(max((request.count for request in requests), default=0)):
        open_ = {
            place: (request, text)
            for place, (request, text) in enumerate(zip(requests, sources, strict=True))
            if isinstance(text, Masked) and number < request.count
        }
        made = _first(open_, ways(number), send)
        for place in open_:
            answers[place].append(made.get(place, Nothing("too_few_variants", few)))
    return answers


def _first(
    texts: Mapping[int, Text],
    ways: Iterable[_Way],
    send: Callable[[Sequence[Text], _Way], Sequence[Answer]],
) -> dict[int, Answer]:
    """Return for each text the first variant that a way leads to, else the first fault."""
    made: dict[int, Answer] = {}
    for way in ways:
        places = [place for place in texts if not isinstance(made.get(place), Variant)]
        found = send([texts[place] for place in places], way)
        for place, answer in zip(places, found, strict=True):
            if isinstance(answer, Variant) or place not in made:
                made[place] = answer
    return made


class Good(NamedTuple):
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


def judged(
    texts: Sequence[Text],
    made: Sequence[list[str] | Fault],
    screen: Screen,
    *,
    as_before: bool,
) -> list[Good | Nothing]:
    """Put translated lines together and judge them.

    Args:
        texts: what was translated.
        made: for each the translation of its lines.
        screen: what a translation must keep.
        as_before: give lines the first letter's case and the end mark that they had.
    """
    whole = [
        _whole(source, lines, as_before) for (_, source), lines in zip(texts, made, strict=True)
    ]
    pairs = [
        (request.text, text.text)
        for (request, _), text in zip(texts, whole, strict=True)
        if isinstance(text, Unmasked)
    ]
    found = iter(screen([source for source, _ in pairs], [text for _, text in pairs]))
    return [text if isinstance(text, Nothing) else _judged(text, next(found)) for text in whole]


def _whole(source: Masked, lines: list[str] | Fault, as_before: bool) -> Unmasked | Nothing:
    if isinstance(lines, Fault):
        return Nothing(lines.reason, lines.detail)
    text = unmasked(source, lines, as_before=as_before)
    return Nothing("placeholder_lost", text) if isinstance(text, str) else text


def _judged(text: Unmasked, found: Passed | Change) -> Good | Nothing:
    if isinstance(found, Change):
        return Nothing(found.reason, found.detail)
    return Good(text.text, text.spans, found.similarity)


def translate(
    translator: Translator,
    texts: Sequence[Sequence[str]],
    source: str,
    target: str,
    seeds: Sequence[int] | None = None,
) -> list[list[str] | Fault]:
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
    found: list[list[str] | Fault] = []
    for text in texts:
        part = [next(made) for _ in text]
        fault = next((line for line in part if isinstance(line, Fault)), None)
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
