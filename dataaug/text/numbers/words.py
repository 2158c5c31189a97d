"""Numbers in words, as the text2num package finds them, in the languages that it knows.

What it leaves open is said here: where lines end, which words are names ("Five Guys"), years in two
parts (nineteen eighty-four), and forms that it does not know (veintiún, a dozen).
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from dataaug.text.numbers.digits import small_letters
from dataaug.text.numbers.mention import Mention, counted
from dataaug.text.numbers.terms import Terms

_PIECE = re.compile(r"\w+(?:-\w+)*|[^\S\n]+|[^\w]")
_FORMS = {
    "es": {"veintiún": "veintiuno", "un": "uno", "primer": "primero", "tercer": "tercero"},
}
"""Forms that text2num does not know → those that it does."""
_SECOND = re.compile(
    r"\b(?:an?|per|every|each|this|last|split|one|any|\d) second(?= ?(?:[^\w ]|\Z)| (\w+))"
)
"""May mean a time span; what stands behind it tells."""
_SPAN = frozenset({"ago", "later", "longer", "now", "more", "then", "while"})


class _Piece:
    """A word or what stands between two, as text2num wants it."""

    __slots__ = ("end", "place", "veto", "word")

    def __init__(self, word: str, place: int, end: int, veto: bool) -> None:
        self.word, self.place, self.end, self.veto = word, place, end, veto

    def text(self) -> str:
        return self.word

    def nt_separated(self, _: "_Piece") -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return self.veto


def find_words(text: str, terms: Terms) -> Iterator[Mention]:
    """Yield the numbers that a text has in words.

    Args:
        text: the text, with the capitals that it has.
        terms: the words of its language.
    """
    if not terms.spoken:
        return
    from text_to_num import find_numbers  # noqa: PLC0415 - most texts have no number in words

    pieces = _pieces(text, terms)
    vague = terms.listed("vague")
    for found in find_numbers(pieces, terms.spoken, threshold=0.0):
        first, last = pieces[found.start], pieces[found.end - 1]
        start = first.place
        end = start + len(text[start : last.end].rstrip())
        if text[start:end].lower() in vague:
            continue  # hundreds of people
        value = Fraction(found.value).limit_denominator(10**6)
        soft = value == 1 or (value == 0 and not found.is_ordinal) or first.word == "neuf"
        soft = soft or (found.is_ordinal and _fills(text, start, end)) or _both(value, text, start)
        soft = soft or (terms.language != "de" and _names(text, start, end))
        kind = "ordinal" if found.is_ordinal else ""
        yield Mention(start, end, (value,), counted((value,), kind), found.is_ordinal, True, soft)


def _fills(text: str, start: int, end: int) -> bool:
    """Does an ordinal only begin a sentence (Second, I …), or mean "according to" (segundo)?"""
    listed = text[end : end + 1] == "," and text[:start].rstrip()[-1:] in {"", *".!?:;"}
    return listed or text[start:end].lower() in {"segundo", "segunda"}


_THE = re.compile(
    r"\b(?:the|these|those|my|our|les|des|ces|mes|nos|los|las|estos|mis|os|as|dos|das|die|der|den|meus"
    r"|minhas) \Z",
    re.IGNORECASE,
)


def _both(value: Fraction, text: str, start: int) -> bool:
    """Is this no more than "both": the two of them?"""
    return value == 2 and _THE.search(text[max(0, start - 10) : start]) is not None


def _pieces(text: str, terms: Terms) -> list[_Piece]:
    lower = small_letters(text)
    forms = _FORMS.get(terms.spoken, {})
    spans = _SPAN | terms.function | {None}
    seconds = {found.end() for found in _SECOND.finditer(lower) if found.group(1) in spans}
    made = []
    for found in _parted(lower, terms):
        word = forms.get(found.group(), found.group())
        unit = found.end() in seconds or word in _NO_NUMBERS or word in terms.own["names_of_days"]
        word = "." if word == "\n" else word
        made.append(_Piece(word, *found.span(), unit))
    return made


def _parted(lower: str, terms: Terms) -> Iterator["re.Match[str]"]:
    """Yield words and what stands between; two-day and mother-of-three are more than one word."""
    for found in _PIECE.finditer(lower):
        parts = found.group().split("-")
        others = [part for part in parts if part not in _AND and not terms.trigger.search(part)]
        others += [part for part in parts[1:] if part in terms.own["fractions"]]
        kept = parts[0] in _ORDINALS or found.group() in terms.days
        if len(parts) > 1 and others and not kept:
            yield from _WORD_OR_HYPHEN.finditer(lower, *found.span())
        else:
            yield found


_AND = frozenset({"and", "et", "und", "y", "e"})
_WORD_OR_HYPHEN = re.compile(r"\w+|-")
_ORDINALS = frozenset({"first", "second", "third"})
_NO_NUMBERS = frozenset({"o", "seconds", "secondes", "segundos"})
_BEHIND = re.compile(r"[ ][A-Z][a-z]")


def _names(text: str, start: int, end: int) -> bool:
    """Is a word with a capital a part of a name: Five Guys, but not "Five of us" or "FIVE"?"""
    return (
        text[start].isupper()
        and text[start + 1 : end].islower()
        and (_BEHIND.match(text, end) is not None)
    )


def joined(mentions: Sequence[Mention], text: str) -> list[Mention]:
    """Join years and times that are said in two parts: nineteen eighty-four, seven thirty."""
    made: list[Mention] = []
    for mention in mentions:
        last = made[-1] if made else None
        if last is not None and _two_parts(last, mention, text):
            value = Fraction(100 * (last.whole or 0) + (mention.whole or 0))
            made[-1] = Mention(last.start, mention.end, (value,), counted((value,)), spelt=True)
        else:
            made.append(mention)
    return made


def _two_parts(one: Mention, other: Mention, text: str) -> bool:
    if not (one.spelt and other.spelt) or text[one.end : other.start] != " ":
        return False
    return one.whole in range(10, 21) and other.whole in range(10, 100) and not other.ordinal
