"""Where the numbers of two texts differ: one is lost, one is new, or two changed places."""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from dataaug.text.numbers import mentions
from dataaug.text.numbers.digits import small_letters
from dataaug.text.numbers.mention import Mention
from dataaug.text.numbers.terms import Terms, conversions, longest_name, number_terms

_CALENDAR = frozenset({"month", "weekday"})
_WORD = re.compile(r"[^\W\d_]+")
_STOP = re.compile(
    r"[,;.!?()\n:]|\b(?:and|or|but|though|und|oder|aber|et|ou|mais|y|o|pero|e|mas)\b"
)
_JOINED = re.compile(r" ?,? ?(?:and|or|und|oder|et|ou|y|o|e)? ")
"""Between numbers that share their words: the 2019 and 2020 invoices."""
_BEHIND, _AHEAD, _FURTHER = (4, 3, 2), (4, 2, 1), (1, 1)
"""How much the first, second and third word behind and before a number tell what it counts; words
before one that counts what stands behind it tell little."""
_STEM = 5  # letters
_LETTERS = 3  # of a name of a day or month that may be a part of any other word
_NEAR = 24  # characters before a number, where words for a bound stand
_ROUNDED = Fraction(6, 100)
"""By how much an amount may be rounded when it is said in another system of units."""
_MOST = 40
"""Numbers of a text that are compared one by one; of more, only what they mean is looked up."""
_HOUR = 3600  # seconds
_ALONE = 20
"""Up to here, and for round numbers, a language without a table may write a number in words."""


class Difference(NamedTuple):
    """What two texts differ in.

    Attributes:
        what: what kind of thing it is.
        text: what is wrong with it; a day, month or code that is lost is named alone.
    """

    what: Literal["number", "day", "code"]
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """A text with its numbers.

    Attributes:
        text: the text.
        lower: the text in small letters.
        terms: the words of its language.
        found: its numbers.
        spells: are numbers in words known of its language?
    """

    text: str
    lower: str
    terms: Terms
    found: Sequence[Mention]
    spells: bool

    def said(self, mention: Mention) -> str:
        """Return a number as the text has it."""
        return self.text[mention.start : mention.end].strip()

    def word_behind(self, mention: Mention) -> str:
        """Return the word directly behind a number, empty where another sign stands there."""
        found = _WORD.match(self.lower, mention.end + 1)
        apart = self.text[mention.end : mention.end + 1] == " "
        return found.group()[:_STEM] if found and apart else ""

    def word_before(self, mention: Mention) -> str:
        """Return the word directly before a number."""
        found = re.search(r"([^\W\d_]+)\.?[ ]\Z", self.lower[: mention.start])
        return found.group(1)[:_STEM] if found else ""

    def bound(self, mention: Mention) -> str:
        """Return ``more`` or ``less`` where a number is a bound: at least, under; else nothing."""
        before = self.lower[max(0, mention.start - _NEAR) : mention.start]
        own = self.terms.own
        for name, other in (("more", "less"), ("less", "more")):
            found = re.search(rf"(?<!\w)((?:{own['denied']}) )?(?:{own[name]}) ?\Z", before)
            if found:
                return other if found.group(1) else name
        return ""

    def names_unit_of(self, mention: Mention) -> bool:
        """Is what a number counts said anywhere in the text: how many weeks, three?"""
        wanted = {what for what, _ in mention.keys}
        starts = [0, *(found.end() for found in re.finditer(r"[\W_]", self.lower))]
        units = (longest_name(self.lower, place, self.terms.units)[1] or () for place in starts)
        return any(what in wanted for measures in units for what, _ in measures)

    def names_day(self, mention: Mention) -> bool:
        """Is a month or week day named in a date or as a part of a word (montags, 周一)?"""
        amounts = mention.amounts()
        month, day = amounts.get("month"), amounts.get("weekday")
        dates = (str(value) for found in self.found for what, value in found.keys if what == "date")
        names = [name for name, number in self.terms.months.items() if number == month]
        names += [name for name, number in self.terms.days.items() if number == day]
        return any(date.startswith(f"{month}-") for date in dates) or any(
            name in self.lower for name in names if len(name) > _LETTERS or not name.isascii()
        )

    def has_one(self) -> bool:
        """Has the text a word that means one: a, an, ein, une?"""
        words = {found.group() for found in _WORD.finditer(self.lower)}
        return bool(words & self.terms.listed("articles"))


def side(text: str, language: str) -> Side:
    """Read the numbers of a text; ``language`` is its ISO 639-1 code."""
    return _kept(text, language) if len(text) < _SHORT else _side(text, language)


def _side(text: str, language: str) -> Side:
    known = number_terms(language)
    return Side(text, small_letters(text), known, mentions(text, language), bool(known.spoken))


_SHORT = 4096  # characters of a text that is worth keeping for the next variant
_kept = functools.lru_cache(maxsize=256)(_side)


def number_differences(
    source: Side, variant: Side, *, translated: bool = False
) -> Iterator[Difference]:
    """Yield what the numbers of two texts differ in.

    Args:
        source: the text that was rewritten.
        variant: the new text.
        translated: are they in two languages? Then words around numbers are not compared.
    """
    judge = _Judge(source, variant, translated)
    lost = list(judge.without(source, variant))
    added = list(judge.without(variant, source))
    if not (lost and added):  # else a number that may be spelt out was not, but another came
        lost = [mention for mention in lost if not judge.spelt_out(mention, variant)]
        added = [mention for mention in added if not judge.spelt_out(mention, source)]
    hard = [mention for mention in lost if not mention.soft or judge.replaced(mention, added)]
    for mention in hard:
        yield _lost(mention, source.said(mention))
    for mention in added:
        if not mention.soft and not _CALENDAR & dict(mention.keys).keys():
            yield Difference("number", f"added {variant.said(mention)}")
    if not translated and not hard and len(source.found) <= _MOST >= len(variant.found):
        yield from judge.exchanged()
        yield from judge.turned()


def _lost(mention: Mention, said: str) -> Difference:
    if _CALENDAR & dict(mention.keys).keys():
        return Difference("day", said)
    codes = [what == "code" and not str(value).isdecimal() for what, value in mention.keys]
    return Difference("code", said) if all(codes) else Difference("number", f"lost {said}")


@dataclass(frozen=True, slots=True)
class _Judge:
    source: Side
    variant: Side
    translated: bool

    def without(self, one: Side, other: Side) -> Iterator[Mention]:
        """Yield the numbers of one text that the other does not have."""
        known = frozenset().union(*(found.keys for found in other.found))
        for mention in one.found:
            if not known.isdisjoint(mention.keys):
                continue
            near = other.found[:_MOST]
            if any(self.agree(one, mention, other, found) for found in near):
                continue
            if not self._left_out(one, mention, other):
                yield mention

    def _left_out(self, one: Side, mention: Mention, other: Side) -> bool:
        """May a number be missing without a fault?"""
        if _CALENDAR & dict(mention.keys).keys():
            return one.said(mention) in other.text or other.names_day(mention)  # Theresa May
        if set(mention.values) == {1} and not (mention.ordinal or mention.measured()):
            return other.has_one() or not other.spells
        return False

    def spelt_out(self, mention: Mention, other: Side) -> bool:
        """May a text have a number in words that nothing here reads?"""
        value = mention.whole
        return not other.spells and value is not None and (value <= _ALONE or not value % 10)

    def agree(self, one: Side, mention: Mention, other: Side, found: Mention) -> bool:
        """Do two numbers mean the same?"""
        if mention.keys & found.keys or _converted(mention, found) or _converted(found, mention):
            return True
        if not set(mention.values) & set(found.values):
            return not (one.spells and other.spells) and _hour(mention, found)
        if mention.ordinal != found.ordinal:
            pair = ((one, mention), (other, found))
            return self._counts_none(*(pair if mention.ordinal else pair[::-1]))
        if mention.measured() == found.measured():
            return False
        bare, measured = (other, mention) if mention.measured() else (one, found)
        years = any(what == "month" and not value % 12 for what, value in measured.keys
                    if isinstance(value, Fraction))  # fmt: skip
        return self.translated or years or bare.names_unit_of(measured)

    def _counts_none(self, ordinal: tuple[Side, Mention], cardinal: tuple[Side, Mention]) -> bool:
        """Is a number the place of something in a row: floor 3, chapter two?"""
        side, mention = cardinal
        behind = side.word_behind(mention)
        if not behind or behind in side.terms.function:
            return True
        return side.word_before(mention) == ordinal[0].word_behind(ordinal[1]) != ""

    def replaced(self, mention: Mention, added: Sequence[Mention]) -> bool:
        """Has another ordinal or time span taken the place of one that might be left out?"""
        if mention.ordinal:
            return any(found.ordinal for found in added)
        return _lasts(mention) and any(map(_lasts, added))

    def exchanged(self) -> Iterator[Difference]:
        """Yield pairs of numbers of which each stands by the words of the other."""
        here, there = _Nearby(self.source), _Nearby(self.variant)
        pairs = [(one, here(one), there(its)) for one, its in self._pairs()]
        for (one, its, theirs), (two, others, near) in itertools.combinations(pairs, 2):
            straight = _shared(its, theirs) + _shared(others, near)
            crossed = _shared(its, near) + _shared(others, theirs)
            if crossed > straight and not one.keys & two.keys:
                names = (self.source.said(one), self.source.said(two))
                yield Difference("number", f"{names[0]} and {names[1]} changed places")

    def turned(self) -> Iterator[Difference]:
        """Yield numbers that were the least of something and are the most now."""
        for mention, found in self._pairs():
            bounds = {self.source.bound(mention), self.variant.bound(found)}
            if bounds == {"more", "less"}:
                yield Difference("number", f"the other side of {self.source.said(mention)}")

    def _pairs(self) -> Iterator[tuple[Mention, Mention]]:
        """Yield each number of the source with the only one of the variant that means the same."""
        for mention in self.source.found:
            if mention.soft or _CALENDAR & dict(mention.keys).keys():
                continue
            same = [found for found in self.variant.found
                    if self.agree(self.source, mention, self.variant, found)]  # fmt: skip
            if len(same) == 1:
                yield mention, same[0]


def _lasts(mention: Mention) -> bool:
    """Is this a time span of an hour or more? "A minute" is as often a mere moment."""
    amounts = mention.amounts()
    return "month" in amounts or amounts.get("second", 0) >= _HOUR


def _converted(one: Mention, other: Mention) -> bool:
    """Is an amount about the other's in another system: 10 inches, 25 cm?"""
    for what, value in one.amounts().items():
        unit, size = conversions().get(what, ("", Fraction(0)))
        about, said = value * size, other.amounts().get(unit)
        if about and said is not None and abs(about - said) <= _ROUNDED * abs(about):
            return True
    return False


def _hour(one: Mention, other: Mention) -> bool:
    """May a number be the hour of a time, in a language whose words for times are not known?"""
    bare, clock = (one, other) if one.values else (other, one)
    times = {int(value) // 60 % 12 for what, value in clock.keys
             if what == "clock" and isinstance(value, Fraction) and not value % 60}  # fmt: skip
    return bare.whole is not None and bare.whole % 12 in times


Nearby = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Nearby:
    """Tells which words stand near a number, up to a comma, "and", or the next number."""

    side: Side

    def __call__(self, mention: Mention) -> Nearby:
        """Return how near the words are; those that join others count on the side they stand."""
        text = self.side.lower
        begin, end = mention.start, mention.end
        ends, starts = [0], [len(text)]
        for found in self.side.found:
            if found.start >= end:
                if _JOINED.fullmatch(text, end, found.start):
                    end = found.end
                else:
                    starts.append(found.start)
        for found in reversed(self.side.found):
            if found.end <= begin:
                if _JOINED.fullmatch(text, found.end, begin):
                    begin = found.start
                else:
                    ends.append(found.end)
        behind = _STOP.split(text[end : min(starts)])[0]
        before = _STOP.split(text[max(ends) : begin])[-1]
        near: Nearby = {}
        words = _WORD.findall(behind)
        counts = bool(words) and words[0] not in self.side.terms.function
        self._add(near, words, _BEHIND, "behind")
        self._add(near, _WORD.findall(before)[::-1], _FURTHER if counts else _AHEAD, "before")
        return near

    def _add(self, near: Nearby, words: Sequence[str], weights: Sequence[int], where: str) -> None:
        for number, (word, weight) in enumerate(zip(words, weights, strict=False)):
            if word in self.side.terms.function:
                if not number:
                    near[word, where] = min(2, weight)
            else:
                name = (word[:_STEM], "")
                near[name] = max(weight, near.get(name, 0))


def _shared(one: Nearby, other: Nearby) -> int:
    return sum(min(weight, other[name]) for name, weight in one.items() if name in other)
