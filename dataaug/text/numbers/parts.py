"""Numbers as single words that no number word is part of: twice, a dozen, half, noon, weekdays."""

import re
from collections.abc import Iterator
from fractions import Fraction

from dataaug.text.numbers.digits import shares
from dataaug.text.numbers.mention import Mention, counted
from dataaug.text.numbers.terms import Terms, longest

_DOZEN = 12
_HALF = Fraction(1, 2)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SIGNS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3),
          "⅔": Fraction(2, 3), "⅛": Fraction(1, 8), "⅕": Fraction(1, 5), "⅙": Fraction(1, 6)}  # fmt: skip
_SIGN = re.compile(rf"(?:(?<![\d.,])(\d+) ?)?([{''.join(_SIGNS)}])")
_SHARE = re.compile(r"\ba (third|quarter|fifth|tenth)(?= of\b|\s*\Z|[.,;!?])")


def find(lower: str, terms: Terms) -> Iterator[Mention]:
    """Yield what single words and signs count.

    Args:
        lower: the text, in small letters.
        terms: the words of its language.
    """
    own = terms.own
    for found in _SIGN.finditer(lower):
        values = (int(found.group(1) or 0) + _SIGNS[found.group(2)],)
        yield Mention(*found.span(), values, shares(values))
    for found in _SHARE.finditer(lower) if terms.language == "en" else ():
        values = (Fraction(1, own["fractions"][found.group(1)]),)
        yield Mention(*found.span(), values, shares(values), spelt=True)
    for found in _WORD.finditer(lower):
        word = found.group()
        if word in own["how_often"]:
            yield _made(found, own["how_often"][word], "times")
        elif word == "anderthalb":
            yield _made(found, 1, "")._replace(values=(_HALF * 3,), keys=counted((_HALF * 3,)))
        elif word in own["day_times"]:
            times = frozenset({("clock", Fraction(own["day_times"][word]))})
            yield Mention(*found.span(), (), times, spelt=True, soft=True)
        elif word in terms.listed("bare_fractions"):
            values = (_HALF,)
            yield Mention(*found.span(), values, shares(values), spelt=True, soft=True)
        elif word in own["ordinals"]:
            made = _made(found, own["ordinals"][word], "ordinal")
            yield made._replace(ordinal=True, soft=True)  # a time span too, or "according to"
        elif word in own["counts"]:
            made = _made(found, own["counts"][word], "")
            yield made._replace(soft=own["counts"][word] != _DOZEN)
        elif terms.language == "de" and word.endswith(("mal", "einhalb")):
            yield from _german(found)
        elif word in terms.listed("articles") and longest(lower, found.end(), terms.units)[1]:
            yield _made(found, 1, "")._replace(soft=True)  # a week


def _made(found: "re.Match[str]", value: int, what: str) -> Mention:
    values = (Fraction(value),)
    return Mention(*found.span(), values, counted(values, what), spelt=True)


def _german(found: "re.Match[str]") -> Iterator[Mention]:
    """Yield zweimal, dreimal (no einmal, which is as often a mere filler), and zweieinhalb."""
    from text_to_num import text2num  # noqa: PLC0415

    word = found.group()
    try:
        value = text2num(word.removesuffix("mal").removesuffix("einhalb") or "null", "de")
    except ValueError:
        return
    if word.endswith("einhalb"):
        values = (Fraction(2 * int(value) + 1, 2),) if value else (Fraction(3, 2),)
        yield Mention(*found.span(), values, counted(values), spelt=True)
    elif value > 1:
        yield _made(found, int(value), "times")
