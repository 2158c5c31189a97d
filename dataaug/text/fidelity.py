"""What a rewritten text must keep of its source: numbers, addresses, names, negation."""

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dataaug.text import protection, tables
from dataaug.text.words import words


class Change(NamedTuple):
    """What a rewritten text lost or added: a word of :mod:`dataaug.rows.reasons`, and the thing."""

    reason: str
    detail: str


_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_PLAIN = re.compile(r"[\d.,:%$€£¥+-]+[€£¥%]?")
_GLUED = re.compile(r"[A-Za-z]+\.(?:[A-Z][a-z'’]*|[a-z])")
"""The end of a sentence without a blank behind it ("is bad.This"), no address."""
_GROUPS = re.compile(r"(?<=\d)[, ](?=\d{3}(?!\d))")
_TAIL = re.compile(r"[.,]0+$")


def changes(source: str, variant: str, *, english: bool = True, into: str = "") -> Iterator[Change]:
    """Yield what of the source the variant lost, and what it made up.

    Numbers count as the same whether they are written in digits or words (to twelve, and the round
    ones), with or without a thousands separator; names whatever their case. Negation is looked for
    in English only, and counts as changed when one text has some and the other none.

    Args:
        source: the text that was rewritten.
        variant: the new text.
        english: is the source English, and the variant too unless ``into`` says otherwise?
        into: the language that the variant is a translation into (ISO 639-1). Names count as kept
            there if a word begins alike (London, Londres), and acronyms, months and week days are
            translated; numbers may be spelt out. Negation is looked for in German,
            English, French, Italian, Portuguese and Spanish only.
    """
    source, variant = (unicodedata.normalize("NFC", text) for text in (source, variant))
    yield from _addresses(source, variant)
    if into:
        yield from _translated(source, variant, into, english=english)
        return
    yield from _numbers(source, variant)
    for name in protection.names_in(source):
        if name.casefold() not in variant.casefold() and name.casefold() not in _pronouns():
            yield Change("name_lost", name)
    if english:
        before, after = _negation(source), _negation(variant)
        if bool(before) != bool(after):
            yield Change("negation_changed", (before or after)[0])


def _words_of(table: str, section: str) -> frozenset[str]:
    return tables.word_set("dataaug.text", table, section)


def _pronouns() -> frozenset[str]:
    return _words_of("capitals", "pronouns")


def _number_words() -> Mapping[str, str]:
    """Return English number words, without *one*, and their digits."""
    return tables.pairs("dataaug.text", "numbers")


@functools.cache
def _negation_in(language: str) -> "re.Pattern[str] | None":
    """Return what finds the negation of a language other than English, None if it is not known."""
    known = tables.sections("dataaug.text", "negation").get(language)
    return re.compile(rf"\b(?:{known[0]})", re.IGNORECASE) if known else None


_ALIKE = 3  # letters


def _translated(source: str, variant: str, into: str, *, english: bool) -> Iterator[Change]:
    before, after = _digits(source), _digits(variant)
    for value in sorted(after - before - _spelt(source)):
        yield Change("number_changed", f"added {value}")
    for value in sorted(before - after - set(_number_words().values()) - {"1"}):
        yield Change("number_changed", f"lost {value}")
    begins = {_folded(word.text)[:_ALIKE] for word in words(variant)}
    for name in protection.names_in(source):
        usual = name.isupper() or name.casefold() in _words_of("capitals", "calendar") | _pronouns()
        if not usual and _folded(name)[:_ALIKE] not in begins:
            yield Change("name_lost", name)
    pattern = _negation_in(into)
    if english and pattern is not None:
        everywhere = _words_of("negation", "english everywhere")
        no = [word for word in _negation(source)
              if word.lower() in everywhere or word.lower().endswith(("n't", "n’t"))]  # fmt: skip
        found = pattern.search(variant)
        if bool(no) != bool(found) and bool(_negation(source)) != bool(found):
            yield Change("negation_changed", no[0] if no else (found or [""])[0])


def _folded(word: str) -> str:
    """Return a word in small letters without accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFD", word.casefold())))


def _addresses(source: str, variant: str) -> Iterator[Change]:
    for found in protection.structures(source):
        if _PLAIN.fullmatch(found) or _GLUED.fullmatch(found):
            continue
        if found not in variant:
            yield Change("placeholder_lost", found)


def _numbers(source: str, variant: str) -> Iterator[Change]:
    before, after = _values(source), _values(variant)
    for value in sorted(before - after):
        yield Change("number_changed", f"lost {value}")
    for value in sorted(after - before):
        yield Change("number_changed", f"added {value}")


def _values(text: str) -> set[str]:
    return _digits(text) | _spelt(text)


def _spelt(text: str) -> set[str]:
    """Return the numbers that a text has in words."""
    known = _number_words()
    found = (word.text.lower() for word in words(text))
    return {known[word] for word in found if word in known}


def _digits(text: str) -> set[str]:
    return {_value(found) for found in _NUMBER.findall(_GROUPS.sub("", text))}


def _value(digits: str) -> str:
    return _TAIL.sub("", digits) if digits.count(".") + digits.count(",") == 1 else digits


def _negation(text: str) -> list[str]:
    return [word.text for word in words(text) if protection.negates(word.text)]
