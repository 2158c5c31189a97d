"""Months and week days that a text names without a day's number."""

import bisect
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from dataaug.text.numbers.mention import Mention, NumberKey
from dataaug.text.numbers.terms import Terms

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_OTHER = {
    "en": frozenset({"may", "march", "sun", "sat", "wed", "mon", "mar", "dec", "jan"}),
    "fr": frozenset({"mars"}),
}
"""Names of days and months that mean something else in small letters."""
_SHORT = 4  # letters


def find_dates(text: str, lower: str, taken: Sequence[Mention], terms: Terms) -> Iterator[Mention]:
    """Yield the months and week days of a text that no date has.

    Args:
        text: the text.
        lower: the text in small letters.
        taken: the numbers of the text.
        terms: the words of its language.
    """
    starts = [mention.start for mention in taken]
    for found in _WORD.finditer(lower):
        word = found.group()
        month, day = terms.months.get(word), terms.days.get(word)
        if (month is None and day is None) or not _meant(text, found, word, terms):
            continue
        last = bisect.bisect_right(starts, found.start()) - 1
        if last >= 0 and found.start() < taken[last].end:
            continue
        key: NumberKey = (
            ("month", Fraction(month)) if month is not None else ("weekday", Fraction(day or 0))
        )
        keys = {key}
        short = terms.language == "pt" and word in terms.own["names_of_days"] and "-" not in word
        if short:  # quinta is Thursday, and a fifth one
            keys.add(("ordinal", Fraction((day or 0) + 2)))
        yield Mention(*found.span(), (), frozenset(keys), spelt=True, soft=short)


def _meant(text: str, found: "re.Match[str]", word: str, terms: Terms) -> bool:
    """Does a word mean a day or month: no sun, no march to the sea, no French "mar"?"""
    capital = text[found.start()].isupper() and found.start() > 0
    if word in _OTHER.get(terms.language, ()):
        return capital
    dot = text[found.end() : found.end() + 1] == "."
    return (
        word in terms.full or len(word) >= _SHORT or (capital and (dot or terms.language == "en"))
    )
