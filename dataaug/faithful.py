"""What a rewritten text must keep of its source: numbers, addresses, names, negation."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dataaug import protect
from dataaug.words import words


class Change(NamedTuple):
    """What a rewritten text lost or added: a word of :mod:`dataaug.reasons`, and the thing."""

    reason: str
    detail: str


_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORDS = {"zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
          "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
          "twenty": "20", "thirty": "30", "fifty": "50", "hundred": "100"}  # fmt: skip
"""*One* is left out: it is a pronoun as often as a number."""
_PLAIN = re.compile(r"[\d.,:%$€£¥+-]+[€£¥%]?")
_GROUPS = re.compile(r"(?<=\d)[, ](?=\d{3}(?!\d))")
_TAIL = re.compile(r"[.,]0+$")


def changes(source: str, variant: str, *, english: bool = True) -> Iterator[Change]:
    """Yield what of the source the variant lost, and what it made up.

    Numbers count as the same whether they are written in digits or words (to twelve, and the round
    ones), with or without a thousands separator; names whatever their case. Negation is looked for
    in English only, and counts as changed when one text has some and the other none.

    Args:
        source: the text that was rewritten.
        variant: the new text, in the same language.
        english: are both texts English?
    """
    yield from _addresses(source, variant)
    yield from _numbers(source, variant)
    for name in protect.names(source):
        if name.casefold() not in variant.casefold() and name.casefold() not in _NO_NAMES:
            yield Change("name_lost", name)
    if english:
        before, after = _negation(source), _negation(variant)
        if bool(before) != bool(after):
            yield Change("negation_changed", (before or after)[0])


_NO_NAMES = frozenset({"i", "i'm", "i've", "i'd", "i'll"})


def _addresses(source: str, variant: str) -> Iterator[Change]:
    for found in protect.structures(source):
        if not _PLAIN.fullmatch(found) and found not in variant:
            yield Change("placeholder_lost", found)


def _numbers(source: str, variant: str) -> Iterator[Change]:
    before, after = _values(source), _values(variant)
    for value in sorted(before - after):
        yield Change("number_changed", f"lost {value}")
    for value in sorted(after - before):
        yield Change("number_changed", f"added {value}")


def _values(text: str) -> set[str]:
    digits = {_value(found) for found in _NUMBER.findall(_GROUPS.sub("", text))}
    spelt = {_WORDS[word.text.lower()] for word in words(text) if word.text.lower() in _WORDS}
    return digits | spelt


def _value(digits: str) -> str:
    return _TAIL.sub("", digits) if digits.count(".") + digits.count(",") == 1 else digits


def _negation(text: str) -> list[str]:
    return [word.text for word in words(text) if protect.negates(word.text)]
