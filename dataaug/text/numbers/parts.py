"""Numbers as single words that no number word is part of: twice, a dozen, half, noon, weekdays."""

import re
from collections.abc import Iterator
from fractions import Fraction

from dataaug.text.numbers.digits import fraction_keys
from dataaug.text.numbers.mention import Mention, counted
from dataaug.text.numbers.terms import Terms, longest_name

_DOZEN = 12
_HALF = Fraction(1, 2)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SIGNS = {
    "½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3), "⅕": Fraction(1, 5), "⅙": Fraction(1, 6), "⅛": Fraction(1, 8),
}  # fmt: skip
_SIGN = re.compile(rf"(?:(?<![\d.,])(\d+) ?)?([{''.join(_SIGNS)}])")
_SHARE = re.compile(r"\ba (third|quarter|fifth|tenth)(?= of\b|\s*\Z|[.,;!?])")


_TABLES = (("how_often", "times"), ("doubles", "times"), ("ordinals", "ordinal"), ("counts", ""))
_SOFT = frozenset({"doubles", "ordinals", "counts"})


def signs(lower: str) -> Iterator[Mention]:
    """Yield the fractions that are signs of their own, with the number before them: 2½."""
    for found in _SIGN.finditer(lower):
        values = (int(found.group(1) or 0) + _SIGNS[found.group(2)],)
        yield Mention(*found.span(), values, fraction_keys(values))


def find_parts(lower: str, terms: Terms) -> Iterator[Mention]:
    """Yield what single words count.

    Args:
        lower: the text, in small letters.
        terms: the words of its language.
    """
    for found in _SHARE.finditer(lower) if terms.language == "en" else ():
        yield _share(found, Fraction(1, terms.own["fractions"][found.group(1)]))
    articles = terms.listed("articles")
    for found in _WORD.finditer(lower):
        made = _word(found, terms)
        if made is not None:
            yield made
        elif found.group() in articles and longest_name(lower, found.end(), terms.units)[1]:
            yield _made(found, Fraction(1), "", soft=True)  # a week


def _word(found: "re.Match[str]", terms: Terms) -> Mention | None:
    word, own = found.group(), terms.own
    if word in own["day_times"]:
        times = frozenset({("clock", Fraction(own["day_times"][word]))})
        return Mention(*found.span(), (), times, spelt=True, soft=True)
    if word in terms.listed("bare_fractions"):
        return _share(found, _HALF)._replace(soft=True)
    for table, what in _TABLES:
        if word in own[table]:
            value = Fraction(own[table][word])
            return _made(found, value, what, soft=table in _SOFT and value != _DOZEN)
    if terms.language == "de" and word.endswith(("mal", "halb")):
        return _german(found)
    return None


def _made(found: "re.Match[str]", value: Fraction, what: str, *, soft: bool = False) -> Mention:
    keys = counted((value,), what)
    return Mention(*found.span(), (value,), keys, what == "ordinal", spelt=True, soft=soft)


def _share(found: "re.Match[str]", value: Fraction) -> Mention:
    return Mention(*found.span(), (value,), fraction_keys((value,)), spelt=True)


def _german(found: "re.Match[str]") -> Mention | None:
    """Read zweimal, dreimal (no einmal, which is as often a mere filler), and zweieinhalb."""
    from text_to_num import text2num  # noqa: PLC0415

    word = found.group()
    if word in {"anderthalb", "eineinhalb"}:
        return _made(found, 3 * _HALF, "")
    try:
        value = Fraction(text2num(word.removesuffix("mal").removesuffix("einhalb"), "de"))
    except ValueError:
        return None
    if word.endswith("einhalb"):
        return _made(found, value + _HALF, "")
    return _made(found, value, "times") if value > 1 else None
