"""What a translator left of another language, and what it wrote twice."""

import re
from collections.abc import Iterable

from dataaug.text.fidelity import Change
from dataaug.text.languages import identify
from dataaug.text.segments import spoken_words, terms

_SHORTEST = 3
"""Letters of a word that is told: *do* and *me* are words of English and Portuguese."""
_SURE = 0.25
"""How sure a language must be of one word; below that it is a guess about nothing. Of 39 English
words that French, Spanish, Portuguese or German has too (question, total, hand) one is taken for
foreign, of 32 that English has not, four are not told."""
_TWICE = re.compile(r"\b(\w+(?: \w+){0,2}) \1\b", re.IGNORECASE)


def left_over(source: str, between: Iterable[str], text: str, language: str) -> Change | None:
    """Return the first word that a round trip left in the language between, as a reason.

    Such a word stands in the text and in what was between, not in the source, and it is not taken
    for a word of the text's own language.

    Args:
        source: the text that was translated.
        between: the lines of its translation.
        text: what came back.
        language: the language of both texts, ISO 639-1.
    """
    foreign = {word for line in between for word in terms(line)}
    known = {*terms(source), *(re.sub(r"['’-]", "", word) for word in spoken_words(source))}
    for word in terms(text):
        if len(word) >= _SHORTEST and word in foreign and word not in known and not word.isdigit():
            (guess,) = identify([word])
            if guess.code != language and guess.confidence >= _SURE:
                return Change("leftover", word)
    return None


def twice(source: str, text: str) -> Change | None:
    """Return one to three words that only the text has twice on end, as a reason."""
    for found in _TWICE.finditer(text):
        if found[0].casefold() not in source.casefold():
            return Change("repetition", found[0])
    return None
