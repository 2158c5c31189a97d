"""Numbers of a text as values: amounts with their units, money, times, days, ordinals and codes.

"$1,500", "1500 dollars" and "fifteen hundred bucks" are one here, and so are 5 pm and 17 Uhr. What
may be read in two ways keeps both; texts differ only where no reading of one is one of the other.
"""

import re

from dataaug.text.numbers import calendar, digits, parts, words
from dataaug.text.numbers.context import Context
from dataaug.text.numbers.mention import Mention, NumberKey
from dataaug.text.numbers.terms import Terms, number_terms

_DIGIT = re.compile(r"\d")


def may_count(text: str, language: str) -> bool:
    """May a text have a number, a time or a day? It is asked first, since most texts have none."""
    if _DIGIT.search(text) or (not text.isascii() and any(map(str.isnumeric, text))):
        return True
    return number_terms(language).trigger.search(text.lower()) is not None


def mentions(text: str, language: str) -> list[Mention]:
    """Return the numbers, times, days and months of a text, by place.

    Args:
        text: the text, composed (NFC).
        language: ISO 639-1. Words are known of English, German, French, Spanish and Portuguese,
            number words of Italian and Dutch too; of others names of units, money and months.
    """
    plain = digits.plain(text)
    lower = digits.small_letters(plain)
    known = number_terms(language)
    raw = [*digits.find_digits(lower, known.language == "en"), *parts.signs(lower)]
    if known.trigger.search(lower):
        raw += words.joined(list(words.find_words(plain, known)), plain)
        raw += parts.find_parts(lower, known)
    raw.sort(key=_place)
    found = _sums(Context(plain, lower, known).read(raw), lower)
    found += calendar.find_dates(plain, lower, found, known)
    return sorted(found, key=lambda mention: (mention.start, mention.end))


def _place(mention: Mention) -> tuple[int, int, bool]:
    return mention.start, -mention.end, bool(mention.values)


_AND = frozenset({" ", " and ", " und ", " et ", " y ", " e ", ", "})


def _sums(found: list[Mention], text: str) -> list[Mention]:
    """Add up what is said in two units: 2 hours and 30 minutes, 5 feet 10 inches."""
    made: list[Mention] = []
    for mention in found:
        last = made[-1] if made else None
        if last and text[last.end : mention.start] in _TO:
            made[-1] = last._replace(keys=last.keys | _ranged(last, mention))
        if last and text[last.end : mention.start] in _AND and (keys := _sum(last, mention)):
            made[-1] = Mention(last.start, mention.end, (), keys, spelt=last.spelt)
        else:
            made.append(mention)
    return made


_TO = frozenset({"-", " - ", " to ", " or ", " bis ", " oder ", " à ", " ou ", " a ", " o ",
                 " and ", " und ", " et ", " y ", " e "})  # fmt: skip


def _ranged(one: Mention, other: Mention) -> frozenset[NumberKey]:
    """Return what a number counts in a range whose end has the unit: 2 to 3 days."""
    if one.measured() or not other.measured():
        return frozenset()
    if one.whole in range(25) and "clock" in other.amounts():
        return digits.clock_keys(one.whole or 0, 0)  # from 9 to 17:00
    if not one.values or not other.values:
        return frozenset()
    size = {what: value / (other.values[0] or 1) for what, value in other.amounts().items()}
    return frozenset((what, value * size[what]) for what in size for value in one.values)


def _sum(one: Mention, other: Mention) -> frozenset[NumberKey]:
    """Return what two amounts are together, of which the second has the smaller unit."""
    if not (one.values and other.values and one.measured() and other.measured()):
        return frozenset()
    if not (one.values[0] > 0 and other.values[0] > 0):
        return frozenset()
    first, second = one.amounts(), other.amounts()
    return frozenset(
        (what, value + second[what])
        for what, value in first.items()
        if what in second and value / one.values[0] > second[what] / other.values[0]
    )


__all__ = ["Mention", "Terms", "may_count", "mentions"]
