"""Make the slips of people who type: neighbouring keys, swapped letters, common misspellings."""

from collections.abc import Sequence
from random import Random

from dataaug.augmentation.methods import Draw, Method, by_edits, check_share
from dataaug.rows.spans import Edit, Span
from dataaug.text import typos
from dataaug.text.obscene import makes_obscene
from dataaug.text.segments import graphemes, plain_word
from dataaug.text.words import match_case, tokens

_SHORTEST = 4
"""Slips inside shorter words often make another word (to, too, for, form)."""

_TRIES = 8
"""Slips drawn for a word; nearly every one of them is harmless."""


def load(*, rate: float = 0.1, misspellings: float = 0.5) -> Method:
    """Build the method.

    Args:
        rate: the share of words that get a slip; at least one does.
        misspellings: how often, 0 to 1, a word that people commonly misspell gets that spelling.
    """
    check_share("typo.rate", rate)
    check_share("typo.misspellings", misspellings)

    def prepare(text: str, protected: tuple[Span, ...]) -> Draw | None:
        cut = tokens(text)
        words, found = cut.words, cut.free(protected)
        able = [
            number
            for number in found
            if len(word := words[number]) >= _SHORTEST and (word.isascii() or _is_long(word))
        ]
        if not able:
            return None
        wanted = min(len(able), max(1, round(rate * len(found))))

        def draw(rng: Random, _: int) -> Sequence[Edit]:
            # One of a sample is a choice, in less time: both draw one number below the same.
            slips = [rng.choice(able)] if wanted == 1 else sorted(rng.sample(able, wanted))
            made = []
            for number in slips:
                new = _slip(words[number], rng, misspellings)
                if new != words[number]:
                    start = cut.starts[number]
                    made.append(Edit(start, start + len(words[number]), new))
            return made

        return draw

    return by_edits(prepare)


def _is_long(word: str) -> bool:
    """Has a word of other letters than ASCII enough of them, and two characters to work on?"""
    return len(plain_word(word)) >= _SHORTEST and len(graphemes(word)) > 1


def _slip(word: str, rng: Random, misspellings: float) -> str:
    """Return the word with a slip, drawn again where it makes an obscene one."""
    for _ in range(_TRIES):
        new = _drawn(word, rng, misspellings)
        if not makes_obscene(word, new):
            return new
    return word


def _drawn(word: str, rng: Random, misspellings: float) -> str:
    known = typos.misspellings().get(word.lower())
    if known and rng.random() < misspellings:
        return match_case(word, rng.choice(known))
    slip = rng.choice((_neighbour, _transpose, _drop, _double))
    return "".join(slip(graphemes(word), rng))


Letters = Sequence[str]
"""The letters of a word, each with its marks."""


def _neighbour(word: Letters, rng: Random) -> Letters:
    """Hit the key beside the right one; the first letter, which people watch, stays."""
    places = [n for n, letter in enumerate(word) if n and letter.lower() in typos.neighbours()]
    if not places:
        return _transpose(word, rng)
    place = rng.choice(places)
    new = rng.choice(typos.neighbours()[word[place].lower()])
    return [*word[:place], match_case(word[place], new), *word[place + 1 :]]


def _transpose(word: Letters, rng: Random) -> Letters:
    """Type two neighbouring letters in the wrong order."""
    places = [n for n in range(1, len(word) - 1) if _differ(word[n], word[n + 1])]
    if not places:
        return _double(word, rng)
    place = rng.choice(places)
    return [*word[:place], word[place + 1], word[place], *word[place + 2 :]]


def _differ(one: str, other: str) -> bool:
    return one[0].isalpha() and other[0].isalpha() and one.lower() != other.lower()


def _drop(word: Letters, rng: Random) -> Letters:
    """Miss a letter inside the word."""
    place = rng.randrange(1, len(word))
    return [*word[:place], *word[place + 1 :]]


def _double(word: Letters, rng: Random) -> Letters:
    """Press a key twice."""
    place = rng.randrange(1, len(word))
    return [*word[:place], word[place], *word[place:]]
