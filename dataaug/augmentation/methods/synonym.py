"""Replace words by synonyms of the same inflection (EDA's synonym replacement, done by sense)."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from dataaug import plugins
from dataaug.augmentation.methods import (
    Draw,
    Method,
    Nothing,
    Request,
    Variant,
    by_edits,
    check_share,
)
from dataaug.errors import UsageError
from dataaug.lexicon.thesauri import Thesaurus
from dataaug.rows.spans import Edit, Span, overlaps
from dataaug.text.segments import plain_word
from dataaug.text.words import Tokens, Word, article_edit, free_words, match_case, takes_an, tokens

_SAME_COUNT = 4
"""Failed draws after which fewer words are replaced, to find the last distinct variants."""

_REMEMBERED = 200_000
"""Words whose look-up is kept; a stream of noise must not fill the memory."""

WordCandidates = tuple[Word, tuple[str, ...]]
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
        UsageError: fewer than one word to replace, or a rate that is no share.
    """
    check_share("synonym.rate", rate)
    if replacements < 1:
        raise UsageError(f"synonym.replacements={replacements}: expected at least 1")
    thesaurus: Thesaurus = plugins.load("thesauri", plugins.Spec(source, {"language": language}))
    find = _Finder(thesaurus, tagged=bool(tagger))
    english = language in {"en", "eng"}

    def method_with(tags: dict[int, str] | None) -> Method:
        def prepare(text: str, protected: tuple[Span, ...]) -> Draw | None:
            places = find(text, protected, tags)
            if not places:
                return None
            most = replacements
            if rate:
                most = max(1, round(rate * len(free_words(text, protected))))
            return _drawing(text, places, min(most, len(places)), protected, english=english)

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


def _drawing(
    text: str,
    places: Sequence[WordCandidates],
    most: int,
    protected: Sequence[Span],
    *,
    english: bool,
) -> Draw:
    def draw(rng: Random, failed: int) -> Sequence[Edit]:
        count = most if failed < _SAME_COUNT else rng.randint(1, most)
        edits: list[Edit] = []
        chosen = places if count == len(places) else sorted(rng.sample(places, count))
        for word, candidates in chosen:
            candidate = candidates[0] if len(candidates) == 1 else rng.choice(candidates)
            new = _replace(text, word, candidate, protected, english=english)
            if not (edits and new and new[0].start < edits[-1].end):  # the article was taken
                edits += new
        return edits

    return draw


class _Entry(NamedTuple):
    """What the thesaurus has for a word by itself, and whether it begins or goes on with a unit."""

    candidates: tuple[str, ...]
    starts: bool
    continues: bool


_NOTHING = _Entry((), starts=False, continues=False)


class _Entries(dict[str, _Entry]):
    """Looks each word up once."""

    def __init__(self, thesaurus: Thesaurus, *, tagged: bool) -> None:
        super().__init__()
        self._thesaurus = thesaurus
        self._tagged = tagged

    def __missing__(self, word: str) -> _Entry:
        form, table = plain_word(word).lower(), self._thesaurus
        candidates: tuple[str, ...] = ()
        if form not in {"a", "an"}:  # articles follow their nouns, whatever WordNet has
            candidates = table.synonyms(form, None)
            if self._tagged and form in table:
                candidates = candidates or (form,)  # what it really has depends on the tag
        entry = _Entry(candidates, table.longest(form) > 1, table.continues(form))
        entry = entry if any(entry) else _NOTHING
        if len(self) < _REMEMBERED:
            self[word] = entry
        return entry


class _Finder:
    """Finds what can be replaced in a text; the longest multiword unit wins over its parts."""

    def __init__(self, thesaurus: Thesaurus, *, tagged: bool) -> None:
        self._thesaurus = thesaurus
        self._entries = _Entries(thesaurus, tagged=tagged)

    def __call__(
        self, text: str, protected: Sequence[Span], tags: dict[int, str] | None
    ) -> list[WordCandidates]:
        cut = tokens(text)
        entries = [*map(self._entries.__getitem__, cut.words), _NOTHING]
        places: list[WordCandidates] = []
        skip = -1
        for number, (candidates, starts, _) in enumerate(entries):
            most = 1
            if starts and entries[number + 1].continues:
                pair = f"{cut.words[number]} {cut.words[number + 1]}"
                most = self._thesaurus.longest(plain_word(pair).lower())
            if not (candidates or most > 1) or number <= skip:
                continue
            word, skip = _unit(text, cut, number, most, self._thesaurus)
            if skip > number or tags is not None:
                tag = tags.get(word.start, "") if tags is not None else None
                candidates = self._thesaurus.synonyms(plain_word(word.text).lower(), tag)  # noqa: PLW2901
            # A part of a unit may be protected; then none of it changes.
            if candidates and not (protected and overlaps(word.start, word.end, protected)):
                places.append((word, candidates))
        return places


def _unit(text: str, cut: Tokens, number: int, most: int, thesaurus: Thesaurus) -> tuple[Word, int]:
    """Return the longest unit that starts at a word, and the number of its last word."""
    start = cut.word(number).start
    for last in range(min(number + most, len(cut.words)) - 1, number, -1):
        end = cut.word(last).end
        if plain_word(text[start:end]).lower() in thesaurus:
            return Word(start, end, text[start:end]), last
    return cut.word(number), number


def _replace(
    text: str, word: Word, new: str, protected: Sequence[Span], *, english: bool
) -> list[Edit]:
    """Return the edits that put ``new`` in the word's place: case follows, and a or an."""
    edit = Edit(word.start, word.end, match_case(word.text, new))
    article = article_edit(text, word.start, edit.text) if english else None
    if article is None or takes_an(word.text) == takes_an(new):
        return [edit]
    if any(span.start < article.end and article.start < span.end for span in protected):
        return []  # the article may not follow, so the word stays
    return [article, edit]
