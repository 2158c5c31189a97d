"""The words around numbers of one language: units, money, months, parts of the day, fractions.

The names of units, currencies, months and week days are those of CLDR, which babel brings for every
language. What people say besides (quid, hrs, half past) stands in ``terms.toml``.
"""

import functools
import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from typing import Any

Unit = tuple[str, Fraction]
"""What a unit is counted in, and how many of those it has: an hour is ("second", 3600)."""
_WHOLE = re.compile(r"\w+|[^\w\s]")
_DIGITS = re.compile(r"[\d\s\u200e\u200f]+")
BLANKS = " \t"
"""What may stand between a number and its unit."""
_FAR = 60  # characters; no name of a unit is longer
_SPOKEN = frozenset({"it", "nl"})
"""Languages without a part in the table whose number words text2num knows."""
_COUNTS = (1, 2, 5, 21)  # one of each plural form that CLDR's larger languages have


@functools.cache
def table() -> Mapping[str, Any]:
    """Return what ``terms.toml`` holds."""
    text = resources.files(__package__).joinpath("terms.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def key(text: str) -> str:
    """Return a name of a unit as the tables have it: small letters, no blanks, dots or hyphens."""
    return "".join(re.findall(r"[^\s.\-]+", text.casefold()))


@functools.cache
def conversions() -> Mapping[str, Unit]:
    """Return what one unit of a system is in another one: an inch is 0.0254 metres."""
    return {name: (other, Fraction(size)) for name, (other, size) in table()["conversions"].items()}


@dataclass(frozen=True, slots=True)
class Terms:
    """The words around numbers of one language.

    Attributes:
        language: ISO 639-1; that of the tables, English where there is none.
        spoken: the language whose number words are known, empty where none is.
        units: name of a unit or currency → what it may measure.
        money: sign (small letters) or code (capitals) of a currency → currencies.
        months: name → 1 to 12.
        days: name of a week day → 0 (Monday) to 6.
        full: those names that are no abbreviations.
        own: the language's part of ``terms.toml``.
        trigger: finds what may be a number, month or time without digits, in small letters.
        function: words that say how others are joined.
    """

    language: str
    spoken: str
    units: Mapping[str, frozenset[Unit]]
    money: Mapping[str, frozenset[Unit]]
    months: Mapping[str, int]
    days: Mapping[str, int]
    full: frozenset[str]
    own: Mapping[str, Any]
    trigger: "re.Pattern[str]"
    function: frozenset[str]

    def pattern(self, name: str) -> "re.Pattern[str]":
        """Return the compiled pattern of an entry, for small letters."""
        return _compiled(self.language, name)

    def listed(self, name: str) -> frozenset[str]:
        """Return the words of an entry."""
        return _listed(self.language, name)


@functools.cache
def _compiled(language: str, name: str) -> "re.Pattern[str]":
    return re.compile(rf"(?:{table()[language][name] or '(?!)'})")


@functools.cache
def _listed(language: str, name: str) -> frozenset[str]:
    return frozenset(table()[language][name].split())


@functools.cache
def number_terms(language: str) -> Terms:
    """Return the words of a language (ISO 639-1).

    Names of units and months are there for every language that CLDR knows; the rest falls back to
    English's, of which no digit-free word is looked for in another language.
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - commands should start fast

    known = language in table()
    own = table()[language if known else "en"]
    try:
        locale = Locale.parse(language or "en")
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    months, days = _names(locale, "months"), _names(locale, "days")
    full = frozenset([*_names(locale, "months", "wide"), *_names(locale, "days", "wide")])
    days |= own["names_of_days"]
    codes = table()["codes"]["known"].split()
    units = _units(locale, own, codes)
    money = {sign: _money(named) for sign, named in table()["money"].items()}
    money |= {code: _money([code]) for code in codes}
    named = [re.escape(word) for word in [*months, *days] if len(word) > 2]
    spoken = language if known or language in _SPOKEN else ""
    stems = [own["stems"]] if known else [r"\w"] if spoken else []
    trigger = re.compile(rf"\b(?:{'|'.join([*stems, *named])})")
    function = frozenset(own["function_words"].split())
    name = language if known else "en"
    return Terms(name, spoken, units, money, months, days, full, own, trigger, function)


def _names(locale: Any, what: str, *widths: str) -> dict[str, int]:
    """Return the names of months (1 to 12) or week days (0 to 6); by default short ones too."""
    return {
        name.casefold().rstrip("."): number
        for width in widths or ("abbreviated", "wide")
        for context in ("stand-alone", "format")
        for number, name in getattr(locale, what)[context][width].items()
    }


def _money(codes: Iterable[str], share: Fraction = Fraction(1)) -> frozenset[Unit]:
    return frozenset((code, share) for code in codes)


def _units(locale: Any, own: Mapping[str, Any], codes: Iterable[str]) -> dict[str, Any]:
    """Return what each name of a unit or currency may measure; the language's own names win."""
    found: dict[str, frozenset[Unit]] = {}
    for name, measures in _of_locale(locale, codes, own["head"]):
        found[name] = found.get(name, frozenset()) | measures
    for word in ("", *own["not_units"].split()):
        found.pop(word, None)
    for sign, units in table()["signs"].items():
        found.setdefault(sign, frozenset(map(_measure, units)))
    degrees = frozenset({("celsius", Fraction(1)), ("fahrenheit", Fraction(1))})
    return {
        **found,
        **{sign: _money(named) for sign, named in table()["money"].items()},
        **{key(name): frozenset([_measure(unit)]) for name, unit in own["units"].items()},
        **dict.fromkeys(own["degrees"].split(), degrees),
        **{
            key(name): found.get(name, frozenset()) | _money(named.split())
            for name, named in own["currencies"].items()
        },
        **{name: _money(named.split(), Fraction(1, 100)) for name, named in own["minor"].items()},
    }


def _of_locale(locale: Any, codes: Iterable[str], head: str) -> Iterator[tuple[str, Any]]:
    """Yield the names that CLDR has of units and currencies.

    Of a currency's name ("US dollar", "dólar estadounidense") the noun counts too; it means any
    currency of that noun.
    """
    from babel.numbers import get_currency_name  # noqa: PLC0415
    from babel.units import format_unit  # noqa: PLC0415

    for unit in table()["factors"]:
        for length in ("long", "short", "narrow"):
            for count in _COUNTS:
                name = key(_DIGITS.sub(" ", format_unit(count, unit, length, locale=locale)))
                if len(name) > 1:
                    yield name, frozenset([_measure(unit)])
    for code in codes:
        for number in (None, *_COUNTS):
            words = re.split(r"[\s-]", get_currency_name(code, number, locale).casefold())
            yield key("".join(words)), _money([code])
            noun = words[-1 if head == "last" else 0]
            yield from [(noun, _money([code]))] if len(noun) > 2 else []


def _measure(unit: str) -> Unit:
    if unit == "times":
        return "times", Fraction(1)
    name, size = table()["factors"][unit]
    return name, Fraction(size)


def longest_name(text: str, place: int, names: Mapping[str, Any], most: int = 5) -> tuple[int, Any]:
    """Return where the longest name ends that stands at a place, and what it means.

    Args:
        text: the text, in small letters.
        place: where the name should begin.
        names: what is looked for, by :func:`key`.
        most: words and signs that a name has at most.

    Returns:
        ``(place, None)`` where no name stands.
    """
    found, joined, last = (place, None), "", place
    for piece in itertools.islice(_WHOLE.finditer(text, place, place + _FAR), most):
        if text[last : piece.start()].strip(BLANKS):
            break
        last = piece.end()
        added = key(piece.group())
        joined += added
        if added and joined in names and text[last : last + 1] not in {"'", "’"}:
            found = (last, names[joined])
    return found
