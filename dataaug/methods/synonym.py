"""Replace words by synonyms of the same inflection (EDA's synonym replacement, done by sense)."""

from collections.abc import Callable, Sequence
from random import Random

from dataaug import plugins
from dataaug.edits import Edit, Span, overlaps
from dataaug.errors import UsageError
from dataaug.methods import Draw, Method, Nothing, Request, Variant, by_edits
from dataaug.thesauri import Thesaurus
from dataaug.words import Word, article_edit, free_words, match_case, takes_an

_SAME_COUNT = 4
"""Failed draws after which fewer words are replaced, to find the last distinct variants."""

Place = tuple[Word, tuple[str, ...]]
"""A word or multiword unit of the text, and what may stand in its place."""


def load(
    *,
    replacements: int = 2,
    rate: float = 0.0,
    source: str = "lexicon",
    language: str = "en",
    tagger: str = "",
) -> Method:
    """Build the method.

    Args:
        replacements: words to replace in a text (the seed text's n_replacements=2).
        rate: the share of words to replace instead (alpha of Wei & Zou 2019); 0 means
            ``replacements``. At least one word is replaced.
        source: ``lexicon``, the shipped table, or ``nltk``, WordNet as nltk has it installed.
        language: the language of the texts: ``en``, or with nltk a code of the Open Multilingual
            WordNet such as ``fra``.
        tagger: part-of-speech tagger that resolves ambiguous words (``spacy``, ``textblob``,
            ``nltk``); without one they are left alone.

    Raises:
        UsageError: fewer than one word to replace, or no share.
    """
    if replacements < 1 or not 0 <= rate <= 1:
        raise UsageError("synonym: expected replacements of at least 1 and a rate from 0 to 1")
    thesaurus: Thesaurus = plugins.load("thesauri", plugins.Spec(source, {"language": language}))
    english = language in {"en", "eng"}

    def method_with(tags: dict[int, str] | None) -> Method:
        def prepare(text: str, protected: tuple[Span, ...]) -> Draw | None:
            found = free_words(text, protected)
            if english:  # an article follows its noun; it has no synonyms, whatever WordNet says
                found = [word for word in found if word.text.lower() not in {"a", "an"}]
            places = _places(text, found, protected, thesaurus, tags)
            if not places:
                return None
            most = max(1, round(rate * len(found))) if rate else replacements
            most = min(most, len(places))

            def draw(rng: Random, failed: int) -> Sequence[Edit]:
                count = most if failed < _SAME_COUNT else rng.randint(1, most)
                edits: list[Edit] = []
                for word, offers in sorted(rng.sample(places, count)):
                    edits += _replace(text, word, rng.choice(offers), protected, english=english)
                return edits

            return draw

        return by_edits(prepare)

    if not tagger:
        return method_with(None)
    tag = plugins.load("taggers", plugins.Spec(tagger))

    def method(requests: Sequence[Request], /) -> Sequence[Sequence[Variant | Nothing]]:
        tagged = tag([request.text for request in requests])
        return [
            method_with(tags)([request])[0] for request, tags in zip(requests, tagged, strict=True)
        ]

    return method


def _places(
    text: str,
    found: Sequence[Word],
    protected: Sequence[Span],
    thesaurus: Thesaurus,
    tags: dict[int, str] | None,
) -> list[Place]:
    """Return what can be replaced; the longest multiword unit wins over its parts."""
    places: list[Place] = []
    synonyms: Callable[[str, str | None], tuple[str, ...]] = thesaurus.synonyms
    longest = thesaurus.longest
    skip = -1
    for number, word in enumerate(found):
        if number <= skip:
            continue
        form = word.text.lower()
        most = longest(form)
        if most > 1:
            unit, skip = _unit(text, found, number, most, thesaurus)
            if unit is not None and overlaps(unit.start, unit.end, protected):
                continue  # a part of it may not change, so none does
            if unit is not None:
                word, form = unit, unit.text.lower()  # noqa: PLW2901
        offers = synonyms(form, tags.get(word.start, "") if tags is not None else None)
        if offers:
            places.append((word, offers))
    return places


def _unit(
    text: str, found: Sequence[Word], number: int, most: int, thesaurus: Thesaurus
) -> tuple[Word | None, int]:
    """Return the longest multiword unit that starts at a word, and the number of its last word."""
    start = found[number].start
    for last in range(min(number + most, len(found)) - 1, number, -1):
        end = found[last].end
        if text[start:end].lower() in thesaurus:
            return Word(start, end, text[start:end]), last
    return None, -1


def _replace(
    text: str, word: Word, new: str, protected: Sequence[Span], *, english: bool
) -> list[Edit]:
    """Return the edits that put ``new`` in the word's place: case follows, and a or an."""
    edit = Edit(word.start, word.end, match_case(word.text, new))
    if not english or takes_an(word.text) == takes_an(new):
        return [edit]
    article = article_edit(text, word.start, edit.text)
    if article is None:
        return [edit]
    if any(span.start < article.end and article.start < span.end for span in protected):
        return []  # the article may not follow, so the word stays
    return [article, edit]
