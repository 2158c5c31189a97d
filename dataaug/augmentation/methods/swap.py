"""Exchange the places of random words (EDA's random swap)."""

from collections.abc import Sequence
from random import Random

from dataaug.augmentation.methods import Draw, Method, by_edits, check_share, segmenter_for
from dataaug.rows.spans import Edit, Span
from dataaug.text.segments import plain_word, unspaced
from dataaug.text.words import Word, free_words, match_case, small


def load(*, rate: float = 0.1, segmenter: str = "") -> Method:
    """Build the method.

    Args:
        rate: swaps per word (alpha of Wei & Zou 2019); at least one swap is made.
        segmenter: finds the words of Chinese, Japanese, Thai, Lao, Khmer and Burmese: ``icu``;
            without one such rows are refused.
    """
    check_share("swap.rate", rate)
    cut = segmenter_for(segmenter)

    def prepare(text: str, protected: tuple[Span, ...]) -> Draw | None:
        found = _alike(free_words(text, protected, cut))
        if len({word.text.lower() for word in found}) < 2:
            return None

        def draw(rng: Random, _: int) -> Sequence[Edit]:
            order = list(found)
            for _ in range(max(1, round(rate * len(found)))):
                first, second = rng.sample(range(len(order)), 2)
                order[first], order[second] = order[second], order[first]
            pairs = [(place, _fit(place, word)) for place, word in zip(found, order, strict=True)]
            return [Edit(*place[:2], new) for place, new in pairs if new != place.text]

        return draw

    return by_edits(prepare, cut)


def _alike(found: Sequence[Word]) -> Sequence[Word]:
    """Return the words of scripts with blanks or those of scripts without, whichever are more.

    Two words that need a blank between them would run into one where no blanks stand.
    """
    joined = [word for word in found if unspaced(word.text)]
    if not joined:
        return found
    return max(joined, [word for word in found if not unspaced(word.text)], key=len)


def _fit(place: Word, word: Word) -> str:
    """Write a word as its new place asks: the capital of a sentence start stays at the start."""
    shouted = len(plain_word(word.text)) > 1 and word.text.isupper()
    pronoun = word.text == "I" or word.text[:2] in {"I'", "I’"}  # I'll, I've
    lowered = word.text if pronoun or shouted else small(word.text)
    return match_case(place.text, lowered) if place.text != "I" else lowered
