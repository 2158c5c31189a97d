"""Replace words by synonyms of the same inflection (EDA's synonym replacement, done by sense)."""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from random import Random

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
from dataaug.lexicon.taggers import Tagger
from dataaug.lexicon.thesauri import Thesaurus
from dataaug.rows.spans import Edit, Span, overlaps
from dataaug.text.segments import plain_word
from dataaug.text.words import Tokens, Word, article_edit, free_words, match_case, takes_an, tokens

_SAME_COUNT = 4
"""Failed draws after which fewer words are replaced, to find the last distinct variants."""

_REMEMBERED = 200_000
"""Words whose look-up is kept; a stream of noise must not fill the memory."""

_CONTEXTS = ("none", "tagger", "encoder")

_LIKE = 0.64
"""The least cosine of a word's state before and after it is replaced. Of 300 replacements of the
table it leaves out 27, and 5 of the 8 that read odd are among them."""

_ENGLISH = frozenset({"en", "eng"})

WordCandidates = tuple[Word, tuple[str, ...]]
"""A word or multiword unit of the text, and what may stand in its place."""


def load(
    *,
    replacements: int = 2,
    rate: float = 0.0,
    source: str = "lexicon",
    language: str = "en",
    context: str = "none",
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
        context: what tells the sense of an ambiguous word. ``none``: the words beside it, by the
            table; else it is left alone. ``tagger``: its part of speech. ``encoder``: as ``none``,
            without single words that change the vector much in their place: fewer in all.
        tagger: the part-of-speech tagger (``spacy``, ``textblob``, ``nltk``); one that is named is
            context ``tagger``, which takes ``spacy`` where none is.

    Raises:
        UsageError: a number or a context has no meaning; the encoder is for English, or not alone.
        MissingError: the package of the tagger is missing, or the model of the encoder.
    """
    _check(replacements, rate, context)
    if context == "encoder" and (tagger or language not in _ENGLISH):
        raise UsageError("synonym.context=encoder: it is for English (language=en), without tagger")
    tagger = tagger or ("spacy" if context == "tagger" else "")
    thesaurus: Thesaurus = plugins.load("thesauri", plugins.Spec(source, {"language": language}))
    english = language in _ENGLISH
    find = _Finder(thesaurus, tagged=bool(tagger))

    def prepare(
        text: str,
        protected: tuple[Span, ...],
        places: Sequence[WordCandidates] | None = None,
    ) -> Draw | None:
        places = find(text, protected) if places is None else places
        if not places:
            return None
        most = replacements
        if rate:
            most = max(1, round(rate * len(free_words(text, protected))))
        return _drawing(text, places, min(most, len(places)), protected, english=english)

    if context == "encoder":
        return _fitting(find, prepare)
    if not tagger:
        return by_edits(prepare)
    return _tagging(plugins.load("taggers", plugins.Spec(tagger)), find, prepare)


def _tagging(tag: Tagger, find: "_Finder", prepare: Callable[..., Draw | None]) -> Method:
    """Make the method that looks words up by what they are in their text."""

    def method(requests: Sequence[Request], /) -> Sequence[Sequence[Variant | Nothing]]:
        tags = iter(tag([request.text for request in requests]))
        return by_edits(lambda text, guard: prepare(text, guard, find(text, guard, next(tags))))(
            requests
        )

    return method


def _fitting(find: "_Finder", prepare: Callable[..., Draw | None]) -> Method:
    """Make the method that draws only candidates that the encoder finds alike in their place."""
    encoder = _Encoder()

    def method(requests: Sequence[Request], /) -> Sequence[Sequence[Variant | Nothing]]:
        found = [find(request.text, request.protected) for request in requests]
        places = iter(encoder.fitting(requests, found))
        made = by_edits(lambda text, guard: prepare(text, guard, next(places)))(requests)
        return [list(map(encoder.noted, answers)) for answers in made]

    return method


def _check(replacements: int, rate: float, context: str) -> None:
    check_share("synonym.rate", rate)
    if replacements < 1:
        raise UsageError(f"synonym.replacements={replacements}: expected at least 1")
    if context not in _CONTEXTS:
        raise UsageError(f"synonym.context={context}: expected {' or '.join(_CONTEXTS)}")


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


_Entry = tuple[str, tuple[str, ...], Mapping[str, int]]
"""A word's form, its candidates by itself, and the second words of the units that it starts."""

_END: _Entry = ("", (), {})


class _Entries(dict[str, _Entry]):
    """Looks each word up once."""

    def __init__(self, thesaurus: Thesaurus, *, tagged: bool) -> None:
        super().__init__()
        self._thesaurus = thesaurus
        self._tagged = tagged

    def __missing__(self, word: str) -> _Entry:
        form = word if word.islower() and word.isascii() else plain_word(word).lower()
        table = self._thesaurus
        candidates: tuple[str, ...] = ()
        if form not in {"a", "an"}:  # articles follow their nouns, whatever WordNet has
            candidates = table.synonyms(form, None)
            if self._tagged and form in table:
                candidates = candidates or (form,)  # what it really has depends on the tag
        entry = form, candidates, table.units(form)
        if len(self) < _REMEMBERED:
            self[word] = entry
        return entry


class _Finder:
    """Finds what can be replaced in a text; the longest multiword unit wins over its parts."""

    def __init__(self, thesaurus: Thesaurus, *, tagged: bool) -> None:
        self._thesaurus = thesaurus
        self._entries = _Entries(thesaurus, tagged=tagged)
        self._unit = functools.lru_cache(_REMEMBERED)(self._find_unit)

    def _find_unit(self, form: str) -> tuple[str, ...] | None:
        """Return the candidates of a unit of several words, None if it is none."""
        return self._thesaurus.synonyms(form, None) if form in self._thesaurus else None

    def __call__(
        self, text: str, protected: Sequence[Span], tags: dict[int, str] | None = None
    ) -> list[WordCandidates]:
        cut = tokens(text)
        entries = [*map(self._entries.__getitem__, cut.words), _END]
        places: list[WordCandidates] = []
        after = 0
        for number, ((form, candidates, units), (second, _, _)) in enumerate(
            itertools.pairwise(entries)
        ):
            begins = second in units
            if not (begins or candidates) or number < after:  # most words
                continue
            last = number
            if begins:
                last, form, candidates = self._longest(cut, entries, number)  # noqa: PLW2901
            after = last + 1
            if not candidates and (last == number or tags is None):
                continue
            start, end = cut.starts[number], cut.starts[last] + len(cut.words[last])
            word = Word(start, end, text[start:end])
            if tags is not None:
                candidates = self._thesaurus.synonyms(form, tags.get(start, ""))  # noqa: PLW2901
            if candidates and protected and overlaps(start, end, protected):
                candidates = _free(word, candidates, protected)  # noqa: PLW2901
            if candidates:
                places.append((word, candidates))
        return places

    def _longest(
        self, cut: Tokens, entries: Sequence[_Entry], first: int
    ) -> tuple[int, str, tuple[str, ...]]:
        """Return the last word of the longest unit that starts at a word, its form, candidates."""
        form, own, units = entries[first]
        found, most = (first, form, own), units[entries[first + 1][0]]
        for number in range(first + 1, min(first + most, len(cut.words))):
            if cut.gaps[number] != " ":
                break
            form = f"{form} {entries[number][0]}"
            if (known := self._unit(form)) is not None:
                found = number, form, known
        return found


class _Encoder:
    """Leaves candidates out that change what an encoder makes of the word in its place.

    Units of several words are not judged: their words tell their sense to each other. Of 73 of
    them that it would leave out, one read odd; of 736 others, 34 did.
    """

    def __init__(self) -> None:
        from dataaug.embedders import word_states  # noqa: PLC0415 - numpy, for who asks for it

        self._words = word_states
        self._encoder = word_states.shared_encoder()

    def fitting(
        self, requests: Sequence[Request], found: Sequence[Sequence[WordCandidates]]
    ) -> list[list[WordCandidates]]:
        """Return the places of each text with the candidates that fit, without those of none."""
        pairs = dict.fromkeys(
            self._pair(request, word, new)
            for request, places in zip(requests, found, strict=True)
            for word, candidates in places
            if not _is_unit(word)
            for new in candidates
        )
        fits = dict(zip(pairs, self._alike(list(pairs)), strict=True))
        kept = []
        for request, places in zip(requests, found, strict=True):
            left = [
                (word, tuple(new for new in some
                             if _is_unit(word) or fits[self._pair(request, word, new)]))
                for word, some in places
            ]  # fmt: skip
            kept.append([place for place in left if place[1]])
        return kept

    def _alike(self, pairs: Sequence[tuple[str, str]]) -> list[bool]:
        """Tell which pairs are alike; where a batch could decide it, each word is taken alone."""
        if not pairs:
            return []
        encoder = self._encoder
        before, after = zip(*pairs, strict=True)
        likeness = (encoder(before) * encoder(after)).sum(axis=1)
        near = [n for n, each in enumerate(likeness) if abs(each - _LIKE) <= encoder.tolerance]
        if near:
            one, other = (encoder.exactly([part[n] for n in near]) for part in (before, after))
            likeness[near] = (one * other).sum(axis=1)
        return [bool(each >= _LIKE) for each in likeness]

    def _pair(self, request: Request, word: Word, new: str) -> tuple[str, str]:
        """Return a word in its text, and its replacement in the text with it, for the encoder."""
        text = request.text
        edits = _replace(text, word, new, request.protected, english=True)
        if not edits:  # it can't be put there, and is left out when it is drawn
            edits = [Edit(word.start, word.end, word.text)]
        start, end, part = edits[-1]
        changed = f"{text[:start]}{part}{text[end:]}"
        word_in = self._words.word_in
        return word_in(text, start, end), word_in(changed, start, start + len(part))

    def noted(self, answer: Variant | Nothing) -> Variant | Nothing:
        """Return an answer with the encoder in its provenance."""
        if isinstance(answer, Nothing):
            return answer
        return answer._replace(notes={**answer.notes, "encoder": self._encoder.name})


def _is_unit(word: Word) -> bool:
    return " " in word.text


def _free(word: Word, candidates: Sequence[str], protected: Sequence[Span]) -> tuple[str, ...]:
    """Return the candidates that leave all that is protected in a unit as it is."""
    if word.text.isalpha():
        return ()
    parts = ((new, _changed(word, new)[0]) for new in candidates)
    return tuple(new for new, part in parts if not overlaps(part.start, part.end, protected))


def _changed(word: Word, new: str) -> tuple[Word, str]:
    """Return what of a unit changes, and into what: *I* stays where "can I" gets "could I"."""
    start, stop, part = _differing(word.text.lower(), new)
    return Word(word.start + start, word.start + stop, word.text[start:stop]), part


@functools.lru_cache(maxsize=4096)
def _differing(old: str, new: str) -> tuple[int, int, str]:
    """Return what lies between the words that both begin and end with: its place, and the new one.

    At least one word of each is left, so that every edit has words on both sides.
    """
    ours, theirs = old.split(" "), new.split(" ")
    same, most = 0, min(len(ours), len(theirs)) - 1
    while same < most and ours[same] == theirs[same].lower():
        same += 1
    start = sum(map(len, ours[:same])) + same
    behind = 0
    while behind < most - same and ours[-1 - behind] == theirs[-1 - behind].lower():
        behind += 1
    stop = len(old) - sum(map(len, ours[len(ours) - behind :])) - behind
    return start, stop, " ".join(theirs[same : len(theirs) - behind])


def _replace(
    text: str, word: Word, new: str, protected: Sequence[Span], *, english: bool
) -> list[Edit]:
    """Return the edits that put ``new`` in the word's place: case follows, and a or an."""
    if not word.text.isalpha():
        word, new = _changed(word, new)
    edit = Edit(word.start, word.end, match_case(word.text, new))
    article = article_edit(text, word.start, edit.text) if english else None
    if article is None or takes_an(word.text) == takes_an(new):
        return [edit]
    if any(span.start < article.end and article.start < span.end for span in protected):
        return []  # the article may not follow, so the word stays
    return [article, edit]
