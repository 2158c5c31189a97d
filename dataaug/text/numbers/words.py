"""Numbers in words, as the text2num package finds them, in the languages that it knows.

What it leaves open is said here: where lines end, which words are names ("Five Guys"), years in two
parts (nineteen eighty-four), and forms that it does not know (veintiún, a dozen).
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from dataaug.text.numbers.mention import Mention, counted
from dataaug.text.numbers.terms import Terms

_PIECE = re.compile(r"\w+(?:-\w+)*|[^\S\n]+|[^\w]")
_KNOWN = frozenset({"en", "de", "fr", "es", "pt", "it", "nl"})
_FORMS = {
    "es": {"veintiún": "veintiuno", "un": "uno", "primer": "primero", "tercer": "tercero"},
}
"""Forms that text2num does not know → those that it does."""
_SECOND = re.compile(
    r"(?:\b(?:a|an|per|every|each|this|last|split|one|the|any|another|half|few) |\d )second\b"
    r"(?! (?:order|time|one|card|floor|request|item|chance|day|week|month|year|account|payment))"
)


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


def find(text: str, terms: Terms) -> Iterator[Mention]:
    """Yield the numbers that a text has in words.

    Args:
        text: the text, with the capitals that it has.
        terms: the words of its language.
    """
    if terms.language not in _KNOWN:
        return
    from text_to_num import find_numbers  # noqa: PLC0415 - most texts have no number in words

    pieces = _pieces(text, terms)
    vague = terms.listed("vague")
    for found in find_numbers(pieces, terms.language, threshold=0.0):
        first, last = pieces[found.start], pieces[found.end - 1]
        start = first.place
        end = start + len(text[start : last.end].rstrip())
        if text[start:end].lower() in vague:
            continue  # hundreds of people
        value = Fraction(found.value).limit_denominator(10**6)
        soft = value == 1 or (value == 0 and not found.is_ordinal) or first.word == "neuf"
        kind = "ordinal" if found.is_ordinal else ""
        yield Mention(start, end, (value,), counted((value,), kind), found.is_ordinal, True, soft)


def _pieces(text: str, terms: Terms) -> list[_Piece]:
    lower = text.lower() if len(text.lower()) == len(text) else text
    forms = _FORMS.get(terms.language, {})
    seconds = {found.end() for found in _SECOND.finditer(lower)} if terms.language == "en" else set()
    made = []
    for found in _PIECE.finditer(lower):
        word = forms.get(found.group(), found.group())
        named = terms.language != "de" and _names(text, found.start(), found.end())
        unit = found.end() in seconds or word in _NO_NUMBERS
        word = "." if word == "\n" else word
        made.append(_Piece(word, *found.span(), named or unit))
    return made


_NO_NUMBERS = frozenset({"o", "seconds", "secondes", "segundos"})
_BEHIND = re.compile(r"[ ][A-Z][a-z]")


def _names(text: str, start: int, end: int) -> bool:
    """Is a word with a capital a part of a name: Five Guys, but not "Five of us" or "FIVE"?"""
    return text[start].isupper() and text[start + 1 : end].islower() and (
        _BEHIND.match(text, end) is not None
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
