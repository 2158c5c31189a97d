"""What the words around a number make of it: a time, a day, money, a measure, a share."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dataaug.text.numbers.digits import clock_keys, code_key, day_key, fraction_keys
from dataaug.text.numbers.mention import Mention, NumberKey, counted
from dataaug.text.numbers.terms import BLANKS, Terms, longest_name, table

_NOON = 720  # minutes
_DAYS, _HOURS = 31, 24
_CAPITALS = re.compile(r"(?<!\w)([A-Z]{1,5})[ ]\Z")
_LINK = re.compile(r"(?:of |de |d['’])")
_SHARE_LINK = re.compile(r"(?:of |de |d['’])?(?:an? |une |una |uma |eine[rs]? )?")
_ADJECTIVE = re.compile(r"[^\W\d_]{3,}(?=[ ])")
_GLUED = re.compile(r"[ ]?([A-Z]{1,2})(?!\w)")
_DECADE = re.compile(r"(?:['’]?s|er)(?!\w)")
_MONEY = re.compile(
    r"(?<!\w)(?:[a-z]{0,3}[$€£¥₹₽₺₩₪₫฿₴₱]|(?:rs|kr|sfr|eur|usd|gbp|chf|inr|brl)\.?)[ ]?\Z"
)
_TWO = re.compile(r"[ ]?(\d\d)(?![\d])")
_LEAST = 4  # letters of a unit with another word before it: three full days, no "3 old m"


@dataclass(slots=True)
class Context:
    """Reads the words around numbers of one text.

    Attributes:
        text: the text, as :func:`digits.plain` gives it.
        lower: the same in small letters.
        terms: the words of its language.
    """

    text: str
    lower: str
    terms: Terms
    _made: list[Mention] = field(default_factory=list)

    def read(self, mentions: Iterable[Mention]) -> list[Mention]:
        """Return the numbers with what their surroundings make of them.

        Args:
            mentions: what digits and words say, by place; of two that overlap the first stays.
        """
        taken = -1
        for mention in mentions:
            if mention.start < taken and (mention.start, mention.end) != self._last():
                continue
            made = self._read(mention)
            taken = max(taken, made.end)
            self._made.append(made)
        return self._made

    def _last(self) -> tuple[int, int]:
        """Return where the last number stands: a date's year stands where its day does."""
        last = self._made[-1] if self._made else None
        return (last.start, last.end) if last and ("date" in dict(last.keys)) else (-1, -1)

    def _read(self, mention: Mention) -> Mention:
        if not mention.values:
            return self._half_of_day(mention)
        steps: tuple[Callable[[Mention], Mention | None], ...] = (
            self._day, self._time, self._product, self._fraction, self._decade, self._measure,
        )  # fmt: skip
        mention = self._ordinal(self._scaled(self._signed(mention)))
        for step in steps:
            made = step(mention)
            if made is not None:
                return made
        return self._code(mention)

    # Signs, scales and ordinals

    def _before(self, place: int, most: int = 24) -> str:
        return self.lower[max(0, place - most) : place]

    def _signed(self, mention: Mention) -> Mention:
        """Take "minus" before a number, or "below zero" behind it, into its value."""
        words = "|".join(self.terms.listed("negative"))
        found = re.search(rf"(?<!\w)(?<!\b[ad][lou] )(?<!\b[lp]elo )(?<!\ble )(?:{words})[ ]\Z",
                          self._before(mention.start))  # fmt: skip
        if not found or mention.ordinal:
            return mention
        values = tuple(-value for value in mention.values)
        start = mention.start - len(found.group())
        return mention._replace(start=start, values=values, keys=counted(values))

    def _scaled(self, mention: Mention) -> Mention:
        if mention.spelt:
            return mention
        end, size = longest_name(self.lower, mention.end, self.terms.own["scales"], 1)
        for sign, value in table()["scales"].items():  # no blank parts them from a unit
            if size is None and self.lower.startswith(
                sign, end := _behind(self.lower, mention.end)
            ):
                end, size = end + 1, value
        if size is None or (
            self.lower[end - 1 : end] in "mb" and not self._money(mention.start)[1]
        ):
            return mention
        link = _LINK.match(self.lower, end + 1) if self.lower[end : end + 1] == " " else None
        values = tuple(value * size for value in mention.values)
        return mention._replace(
            end=link.end() if link else end, values=values, keys=counted(values)
        )

    def _ordinal(self, mention: Mention) -> Mention:
        if mention.spelt or mention.whole is None:
            return mention
        found = re.compile(rf"(?:{self.terms.own['ordinal']})(?!\w)").match(self.lower, mention.end)
        if not found:
            return mention
        both = (
            found.group().startswith(".") and "º" not in found.group() and "ª" not in found.group()
        )
        keys = counted(mention.values, "ordinal")
        return mention._replace(
            end=found.end(), keys=keys | (mention.keys if both else frozenset()), ordinal=not both
        )

    # Days and times

    def _day(self, mention: Mention) -> Mention | None:
        """Read the day of a month: 4 October, the 4th of May, March 3."""
        day = mention.whole
        if day is None or not 1 <= day <= _DAYS:
            return None
        links = rf"(?:[ ](?:{self.terms.own['date_links']}))?\.?[ ]"
        found = re.compile(rf"{links}([^\W\d_]+\.?)").match(self.lower, mention.end)
        month = self.terms.months.get(found.group(1).rstrip(".")) if found else None
        if found and month:
            keys = frozenset({day_key(month, day)})
            return Mention(mention.start, found.end(), (), keys)
        found = re.search(rf"([^\W\d_]+)\.?(?:[ ](?:{self.terms.own['date_links']}))?[ ]\Z",
                          self._before(mention.start))  # fmt: skip
        month = self.terms.months.get(found.group(1)) if found else None
        if found and month:
            start = mention.start - len(found.group())
            return Mention(start, mention.end, (), frozenset({day_key(month, day)}))
        return None

    def _half_of_day(self, mention: Mention) -> Mention:
        """Take "pm" behind a time into it."""
        if "clock" not in dict(mention.keys):
            return mention
        end, half = self._half(mention.end)
        if not half:
            hours = re.compile(rf"[ ]?(?:{self.terms.own['hours']})").match(self.lower, mention.end)
            return mention._replace(end=hours.end()) if hours else mention
        keys = frozenset(
            key for key in mention.keys
            if key[0] != "clock" or (Fraction(key[1]) >= _NOON) == (half == "pm")
        )  # fmt: skip
        return mention._replace(end=end, keys=keys or mention.keys)

    def _half(self, place: int) -> tuple[int, str]:
        """Return where the part of a day ends that stands at a place, and which one it is."""
        for half in ("am", "pm"):
            found = re.compile(rf",?[ ]?(?:{self.terms.own[half]})(?!\w)").match(self.lower, place)
            if found:
                return found.end(), half
        return place, ""

    def _time(self, mention: Mention) -> Mention | None:
        """Read a time of the day: 5 pm, 17 Uhr, half past five, las siete y media."""
        hour, minute = _hour_and_minute(mention)
        if hour is None:
            return None
        start, shift = self._before_clock(mention.start)
        at = re.search(rf"(?<!\w)(?:{self.terms.own['at']})[ ]\Z", self._before(start)) is not None
        end, late, sure = self._after_clock(mention.end, at)
        end, half = self._half(end)
        if not (sure or half or shift):
            return self._perhaps_time(mention, hour, minute, at)
        keys = clock_keys(hour, minute + shift + late, half)
        values: tuple[Fraction, ...] = ()
        if self.terms.language in {"fr", "es", "pt"} and sure and not half:
            keys |= self._span(mention, late)
            values = mention.values
        while self._made and self._made[-1].start >= start:
            self._made.pop()
        return Mention(start, end, values, keys, spelt=mention.spelt)

    def _span(self, mention: Mention, late: int) -> frozenset[NumberKey]:
        """Return that hours may be how long something takes: 17 heures."""
        return frozenset({("second", 3600 * mention.values[0] + 60 * late)})

    def _before_clock(self, start: int) -> tuple[int, int]:
        for phrase, shift in self.terms.own["before_clock"].items():
            if self._before(start).endswith(f" {phrase} ") or self.lower[:start] == f"{phrase} ":
                return start - len(phrase) - 1, shift
        return start, 0

    def _after_clock(self, place: int, at: bool) -> tuple[int, int, bool]:
        """Return where a time ends, minutes that its words add, and whether it is surely one."""
        for phrase, shift in self.terms.own["after_clock"].items():
            found = re.compile(rf"[ ]?{phrase}(?!\w)").match(self.lower, place)
            if found and (at or self.terms.language == "fr"):
                return found.end(), shift, True
        found = re.compile(rf"[ ]?(?:{self.terms.own['hours']})").match(self.lower, place)
        if not found:
            return place, 0, False
        minutes = _TWO.match(self.lower, found.end())
        if minutes:
            return minutes.end(), int(minutes.group(1)), True
        return found.end(), 0, True

    def _perhaps_time(self, mention: Mention, hour: int, minute: int, at: bool) -> Mention | None:
        """Let "at 5" be a time too, where no unit follows."""
        if not at or mention.ordinal or longest_name(self.lower, mention.end, self.terms.units)[1]:
            return None
        return mention._replace(keys=mention.keys | clock_keys(hour, minute))

    # Parts and multiples

    def _product(self, mention: Mention) -> Mention | None:
        """Read two dozen, half a dozen, une douzaine; a dozen alone is 12."""
        size = self.terms.own["counts"].get(self.lower[mention.start : mention.end])
        if size is None:
            return None
        values = (Fraction(size),)
        last = self._made[-1] if self._made else None
        if (
            last
            and last.values
            and self.lower[last.end : mention.start] in {" ", " a ", " de ", " une "}
        ):
            self._made.pop()
            values = tuple(size * value for value in last.values)
            mention = mention._replace(start=last.start)
        return self._measured(mention._replace(values=values, keys=counted(values)))

    def _fraction(self, mention: Mention) -> Mention | None:
        """Read two thirds, ein Drittel, un cuarto."""
        parts = self.terms.own["fractions"]
        end, size = longest_name(self.lower, mention.end, parts, 1)
        if size is None or mention.ordinal or mention.whole is None or end == mention.end:
            return None
        values = (Fraction(mention.whole, size),)
        keys = fraction_keys(values)
        if "cuarto" in parts or "quarto" in parts:
            keys |= mention.keys  # cuarto and quarto are rooms too
        soft = mention.soft and values == (Fraction(1, 2),)  # una media is a mean too
        return self._measured(Mention(mention.start, end, values, keys, spelt=True, soft=soft))

    def _decade(self, mention: Mention) -> Mention | None:
        """Read the 1930s, die 30er; what else "30s" may be stays."""
        value = mention.whole
        found = _DECADE.match(self.lower, mention.end)
        if (
            value is None
            or mention.spelt
            or not found
            or value % 10
            or self.terms.language not in {"en", "de"}
        ):
            return None
        values = (mention.values[0], mention.values[0] % 100)
        made = self._measured(mention)
        keys = counted(values) | (made.keys if value < 100 else frozenset())
        return mention._replace(end=found.end(), values=values, keys=keys)

    # Measures and money

    def _measure(self, mention: Mention) -> Mention | None:
        made = self._measured(mention)
        return None if made is mention else made

    def _measured(self, mention: Mention) -> Mention:
        """Take a unit behind a number, or the sign of money before it, into it."""
        values, end = self._and_half(mention.values, mention.end)
        if values != mention.values:
            mention = mention._replace(values=values, end=end, keys=counted(values), soft=False)
        start, measures = self._money(mention.start)
        if not measures or self.lower[end : end + 1] in {"%", "¢"}:
            end, measures = self._unit(mention)
        else:  # $5 million dollars
            behind, again = longest_name(self.lower, end, self.terms.units)
            end = behind if again and again & measures else end
        if not measures or mention.ordinal:
            return self._below_zero(mention)
        values, end = self._and_half(mention.values, end)
        keys = frozenset((what, value * size) for what, size in measures for value in values)
        if "ordinal" in dict(mention.keys):
            keys |= mention.keys  # 25. Minute
        soft = mention.soft and values == mention.values
        start = min(start, mention.start)
        return self._below_zero(
            mention._replace(start=start, end=end, values=values, keys=keys, soft=soft)
        )

    def _below_zero(self, mention: Mention) -> Mention:
        found = self.terms.pattern("below_zero").match(self.lower, mention.end + 1)
        if not found:
            return mention
        keys = frozenset(
            (what, -value) for what, value in mention.keys if isinstance(value, Fraction)
        )
        return mention._replace(end=found.end(), keys=keys)

    def _and_half(self, values: tuple[Fraction, ...], end: int) -> tuple[tuple[Fraction, ...], int]:
        found = re.compile(rf"[ ](?:{self.terms.own['and_half']})(?!\w)").match(self.lower, end)
        if not found:
            return values, end
        return tuple(value + Fraction(1, 2) for value in values), found.end()

    def _unit(self, mention: Mention) -> tuple[int, Any]:
        units = self.terms.units
        end = mention.end
        code = re.compile(r"[ ]?([A-Z]{3})(?!\w)").match(self.text, end)
        if code and code.group(1) in self.terms.money:
            return code.end(), self.terms.money[code.group(1)]
        found = self._longest_unit(end, units)
        if found[1] is None and mention.values[0].denominator > 1:
            link = _SHARE_LINK.match(self.lower, end + 1)
            found = longest_name(self.lower, link.end() if link else end, units)
        if found[1] is None:
            word = _ADJECTIVE.match(self.lower, end + 1)
            if word and word.group() not in self.terms.function:
                far = longest_name(self.lower, word.end(), units)
                return far if far[0] - word.end() > _LEAST and _no_money(far[1]) else (end, None)
        return found

    def _longest_unit(self, end: int, units: Mapping[str, Any]) -> tuple[int, Any]:
        if self.lower[end : end + 1] == "-":
            found = longest_name(self.lower, end + 1, units)
            return found if found[0] - end > 3 else (end, None)  # 3-day, no 3-m
        return longest_name(self.lower, end, units)

    def _money(self, start: int) -> tuple[int, Any]:
        """Return where the sign or code of money before a number begins, and what it means."""
        found = _MONEY.search(self._before(start, 8))
        if found:
            sign = found.group().strip(BLANKS + ".")
            while sign and sign not in self.terms.money:
                sign = sign[1:]
            return start - len(found.group()), self.terms.money.get(sign)
        code = re.search(r"(?<!\w)([A-Z]{3})[ ]?\Z", self.text[max(0, start - 5) : start])
        named = self.terms.money.get(code.group(1)) if code else None
        return (start - len(code.group()), named) if code and named else (start, None)

    def _code(self, mention: Mention) -> Mention:
        """Let a number be a code with the word before it too: flight BA 117 is BA117."""
        if mention.spelt or mention.ordinal:
            return mention
        glued = _GLUED.match(self.text, mention.end)
        if glued:  # seat 12A, or 12 A
            code = self.text[mention.start : mention.end] + glued.group(1)
            found = frozenset({code_key(code)})
            return mention._replace(
                keys=mention.keys | found if glued.group().startswith(" ") else found
            )
        word = _CAPITALS.search(self.text, max(0, mention.start - 9), mention.start)
        if word is None:
            return mention
        code = word.group(1) + re.sub(r"\W", "", self.text[mention.start : mention.end])
        return mention._replace(keys=mention.keys | {("code", code.lower())})


def _behind(text: str, place: int) -> int:
    """Return where the next sign stands that is no blank."""
    return place + 1 if text[place : place + 1] == " " else place


def _no_money(measures: Any) -> bool:
    return bool(measures) and not any(what.isupper() for what, _ in measures)


def _hour_and_minute(mention: Mention) -> tuple[int | None, int]:
    """Return what time a number may be: 5, 17, 7.30."""
    if len(mention.values) != 1 or mention.values[0] < 0 or mention.ordinal:
        return None, 0
    hour, rest = divmod(mention.values[0], 1)
    minute = 100 * rest
    if hour > _HOURS or minute.denominator != 1 or minute > 59:
        return None, 0
    return int(hour), int(minute)
