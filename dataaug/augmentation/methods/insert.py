"""Put synonyms of random words at random places (EDA's random insertion)."""

from collections.abc import Sequence
from random import Random

from dataaug import lexicon
from dataaug.augmentation.methods import Draw, Method, by_edits, check_share
from dataaug.rows.spans import Edit, Span, overlaps
from dataaug.text.sentences import abbreviates
from dataaug.text.words import Word, free_words, words


def load(*, rate: float = 0.1) -> Method:
    """Build the method.

    Args:
        rate: insertions per word (alpha of Wei & Zou 2019); at least one is made.
    """
    check_share("insert.rate", rate)
    table = lexicon.load_lexicon()

    def prepare(text: str, protected: tuple[Span, ...]) -> Draw | None:
        found = free_words(text, protected)
        candidates = [table.synonyms(word.text.lower()) for word in found]
        candidates = [candidate for candidate in candidates if candidate]
        places = [word for word in words(text) if _fits(text, word, protected)]
        if not candidates or not places:
            return None
        wanted = min(max(1, round(rate * len(found))), len(places))

        def draw(rng: Random, _: int) -> Sequence[Edit]:
            after = sorted(rng.sample(places, wanted))
            return [Edit(word.end, word.end, f" {_any(candidates, rng)}") for word in after]

        return draw

    return by_edits(prepare)


def _any(candidates: Sequence[Sequence[str]], rng: Random) -> str:
    return rng.choice(rng.choice(candidates))


def _fits(text: str, word: Word, protected: Sequence[Span]) -> bool:
    """May a word be put in behind this one? Not in a span, nor between a/an and its noun.

    Where a letter follows at once, it is of a script that puts no blanks between words.
    """
    if word.text.lower() in {"a", "an"} or overlaps(word.end, word.end, protected):
        return False
    if abbreviates(text, word.start, word.end):  # "U.S.", "Mr. Cook"
        return False
    return not text[word.end : word.end + 1].isalnum()
