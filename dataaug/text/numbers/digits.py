"""Numbers in digits: dates, times, codes, phone numbers, fractions and plain numbers.

A comma or dot is read both ways where both are sense: texts do not keep to the rules of their
language, and a rewording may write 12.99 for 12,99. That is why babel's ``parse_decimal``, which
knows one way, is not asked.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from fractions import Fraction

from dataaug.text.numbers.mention import Mention, NumberKey, counted

_APART = " '’"
_DIGITS = re.compile(
    rf"""
      (?P<iso>(?<![\w-])\d{{4}}-\d\d?-\d\d?(?![\w-]))
    | (?P<date>(?<![\w./-])\d{{1,2}}(?P<by>[./-])\d{{1,2}}(?P=by)(?:\d{{4}}|\d\d)(?![\w/-]|\.\d))
    | (?P<short>(?<![\w.])\d{{1,2}}\.\d{{1,2}}\.(?![\w]))
    | (?P<cjk>(?<!\d)\d{{1,2}}\ ?[月월]\ ?\d{{1,2}}(?!\d))
    | (?P<clock>(?<![\d:])\d{{1,2}}(?::\d\d){{1,2}}(?![\d:])|(?<!\w)\d{{1,2}}\ ?h\ ?\d\d(?!\w))
    | (?P<fraction>(?<![\w/.-])(?:\d+\ )?\d{{1,3}}/\d{{1,3}}(?![\w/]))
    | (?P<grouped>(?<![\w.,])[-+]?(?:\d{{1,3}}(?P<group>[.,{_APART}])\d{{3}}(?:(?P=group)\d{{3}})*
        |\d{{1,2}}(?:,\d\d)+,\d{{3}})(?:[.,]\d{{1,2}})?(?![\d]|[.,'’/-]\d|[{_APART}]\d{{2,}}))
    | (?P<phone>(?<![\w.])[+(]*\d[\d\ ()./-]{{4,24}}\d(?![\w/]))
    | (?P<dotted>(?<![\w.])\d+(?:\.\d+){{2,}}(?![\w.]))
    | (?P<number>(?:(?<![\w.,])|(?<=\bn[or]\.)|(?<=\bn[or]))(?:(?<![\w)])[-+])?
        (?:\d+(?:[.,]\d+)?|\.\d+)(?![^\W\d_]*\d))
    | (?P<code>(?<!\w)(?!(?:n[or]|num|nº)\.?\d)[^\W_]+(?:[-/.][^\W_]+)*(?!\w))
    """,
    re.VERBOSE,
)
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+(?<![月월])"
)
"""Scripts that put no blank between a number and the next word."""
_LONG = 100  # characters; more are noise, whose value nobody needs
_MANY = 7  # digits from which on separated ones are a phone number or code
_SIGNS = str.maketrans("−–‐‑٫٬،⁄％＄￥：／．，－＋\xa0\u2009\u202f", "----.,,/%$¥:/.,-+   ")


def plain(text: str) -> str:
    """Return a text with ASCII digits, dashes, separators and blanks, each sign in its place."""
    if text.isascii():
        return text
    signs = "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() and not sign.isascii() else sign
        for sign in text
    )
    return signs.translate(_SIGNS)


def small_letters(text: str) -> str:
    """Return a text in small letters, each in the place of its capital."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)


def find_digits(text: str, english: bool) -> Iterator[Mention]:
    """Yield the numbers that a text has in digits.

    Args:
        text: the text, as :func:`plain` gives it.
        english: may 4/10 be 10 April, and is 10,000 surely no ten? So it is in English.
    """
    text = _UNSPACED.sub(_space, text)
    place = 0
    while found := _DIGITS.search(text, place):
        name = found.lastgroup if found.lastgroup not in {"by", "group"} else _kind(found)
        long = len(found.group()) > _LONG
        made = list(_digits_alone(found) if long else _READ[name or "code"](found, english))
        yield from made
        place = made[-1].end if made else _behind(found)


def _space(found: "re.Match[str]") -> str:
    return "。" * len(found.group())


def _kind(found: "re.Match[str]") -> str:
    return "date" if found.group("date") else "grouped"


def _behind(found: "re.Match[str]") -> int:
    """Return where to look on: behind a word without digits, or behind one number of several."""
    if found.lastgroup == "code":
        return found.end()
    return found.start() + 1


def _iso(found: "re.Match[str]", _: bool) -> Iterator[Mention]:
    year, month, day = map(int, found.group().split("-"))
    yield from _day(found, [(month, day)], [year])


def _date(found: "re.Match[str]", english: bool) -> Iterator[Mention]:
    first, second, last = map(int, re.split(r"[./-]", found.group()))
    ways = [(second, first)]
    if found.group("by") != "." and english:
        ways.append((first, second))
    years = (
        [last] if len(found.group().split(found.group("by"))[2]) > 2 else [2000 + last, 1900 + last]
    )
    made = list(_day(found, ways, years))
    yield from made or _digits_alone(found)


def _day(
    found: "re.Match[str]", ways: list[tuple[int, int]], years: list[int]
) -> Iterator[Mention]:
    """Yield a day, and its year as a number of its own, which words may leave out."""
    keys = {day_key(month, day) for month, day in ways if 1 <= month <= 12 and 1 <= day <= 31}
    if keys:
        yield Mention(*found.span(), (), frozenset(keys))
        values = tuple(map(Fraction, years))
        if values:
            yield Mention(*found.span(), values, counted(values))


def day_key(month: int, day: int) -> NumberKey:
    """Return the key of a day of the year."""
    return "date", f"{month}-{day}"


def clock_keys(hour: int, minute: int, half: str = "") -> frozenset[NumberKey]:
    """Return the keys of a time, in minutes since midnight.

    Args:
        hour: 0 to 24.
        minute: 0 to 59, or minutes before the hour as a negative number.
        half: ``am``, ``pm``, or empty where it is not said; then an hour to 12 may be either.
    """
    if half:
        hours = [hour % 12 + 12 * (half == "pm")] if hour <= 12 else [hour]
    else:
        hours = [hour, hour + 12] if hour <= 12 else [hour]
    return frozenset(("clock", Fraction((60 * one + minute) % 1440)) for one in hours)


def _cjk(found: "re.Match[str]", _: bool) -> Iterator[Mention]:
    month, day = map(int, re.findall(r"\d+", found.group()))
    yield from _day(found, [(month, day)], [])


def _short(found: "re.Match[str]", english: bool) -> Iterator[Mention]:
    """Yield a day without a year, as German writes it (3.5.); in English it ends a sentence."""
    day, month, _ = found.group().split(".")
    values = (Fraction(f"{day}.{month}"),)
    keys = counted(values)
    if not english and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
        keys |= {day_key(int(month), int(day))}
    yield Mention(found.start(), found.end() - 1, values, keys)


def _clock(found: "re.Match[str]", _: bool) -> Iterator[Mention]:
    hour, minute = (int(part) for part in re.findall(r"\d+", found.group())[:2])
    if hour <= 24 and minute < 60:
        lasts = {("second", Fraction(3600 * hour + 60 * minute))} if "h" in found.group() else set()
        yield Mention(*found.span(), (), clock_keys(hour, minute) | lasts)
    else:
        yield from _digits_alone(found)


def _fraction(found: "re.Match[str]", english: bool) -> Iterator[Mention]:
    whole, _, rest = found.group().rpartition(" ")
    one, other = (int(part) for part in rest.split("/"))
    if not other:
        yield from _digits_alone(found)
        return
    value = int(whole or 0) + Fraction(one, other)
    days = [(other, one), *([(one, other)] if english else [])]
    keys = {day_key(*day) for day in days if not whole and max(day[0], 1) <= 12 and day[1] <= 31}
    yield Mention(*found.span(), (value,), fraction_keys((value,)) | keys)


def fraction_keys(values: tuple[Fraction, ...]) -> frozenset[NumberKey]:
    """Return the keys of fractions: a half is 0.5 of something, and 50 % of it."""
    return counted(values) | counted(tuple(100 * value for value in values), "percent")


def _grouped(found: "re.Match[str]", english: bool) -> Iterator[Mention]:
    """Yield a number whose digits are in groups; a lone group may be the part behind a comma."""
    written, group = found.group().lstrip("+"), found.group("group") or ""
    tail = re.search(r"[.,](\d{1,2})$", written)
    whole = re.sub(r"[^\d-]", "", written[: tail.start() if tail else None])
    values = [Fraction(f"{whole}.{tail.group(1)}" if tail else whole)]
    if not tail and written.count(group) == 1 and group == ("." if english else ","):
        values.append(Fraction(written.replace(",", ".")))
    if written.lstrip("-").startswith("0"):
        values = values[1:]
    code = {("code", re.sub(r"\D", "", written))} if group not in {".", ","} else set()
    yield Mention(*found.span(), tuple(values), counted(tuple(values)) | code)


def _phone(found: "re.Match[str]", _: bool) -> Iterator[Mention]:
    """Yield a number with separators, of many digits; what has fewer is several numbers."""
    digits = re.sub(r"\D", "", found.group())
    parts = re.findall(r"\d+", found.group())
    years = len(parts) == 2 and set(map(len, parts)) == {4}
    if len(digits) >= _MANY and len(parts) > 1 and not years and not _decimal(found.group()):
        yield Mention(*found.span(), (), frozenset({("code", digits.removeprefix("00"))}))
    else:
        yield from _first(found)


def _decimal(written: str) -> bool:
    return re.fullmatch(r"\d+[.,]\d+", written) is not None


def _first(found: "re.Match[str]") -> Iterator[Mention]:
    part = _NUMBER.match(found.string, found.start())
    if part:
        yield from _number(part, False)


_NUMBER = re.compile(r"[-+(]*(?P<number>\d+(?:[.,]\d+)?)")


def _dotted(found: "re.Match[str]", _: bool) -> Iterator[Mention]:
    yield Mention(*found.span(), (), frozenset({("code", found.group())}))


def _digits_alone(found: "re.Match[str]") -> Iterator[Mention]:
    yield Mention(*found.span(), (), frozenset({("code", found.group())}))


def _number(found: "re.Match[str]", _: bool) -> Iterator[Mention]:
    written = found.group().lstrip("(+")
    values = (Fraction(written.replace(",", ".")),)
    keys: set[NumberKey] = set()
    if written.isdigit() and (len(written) > 3 or written.startswith("0")):
        keys.add(("code", written))
    if not (written.startswith("0") and len(written) > 2 and written.isdigit()):
        keys |= counted(values)
    yield Mention(*found.span(), values, frozenset(keys))


def _code(found: "re.Match[str]", _: bool) -> Iterator[Mention]:
    """Yield a word with digits in it."""
    if any(map(str.isdigit, found.group())):
        yield Mention(*found.span(), (), frozenset({code_key(found.group())}))


def code_key(written: str) -> NumberKey:
    """Return the key of letters and digits, whatever parts them."""
    return "code", re.sub(r"[\W_]", "", written).casefold()


_READ: dict[str, Callable[["re.Match[str]", bool], Iterator[Mention]]] = {
    "iso": _iso, "date": _date, "short": _short, "cjk": _cjk, "clock": _clock,
    "fraction": _fraction, "grouped": _grouped, "phone": _phone, "dotted": _dotted,
    "number": _number, "code": _code,
}  # fmt: skip
