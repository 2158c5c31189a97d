"""What a rewritten text must keep of its source: numbers, addresses, names, negation."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from dataaug.text import protection
from dataaug.text.words import words


class Change(NamedTuple):
    """What a rewritten text lost or added: a word of :mod:`dataaug.rows.reasons`, and the thing."""

    reason: str
    detail: str


_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORDS = {"zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
          "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
          "twenty": "20", "thirty": "30", "fifty": "50", "hundred": "100"}  # fmt: skip
"""*One* is left out: it is a pronoun as often as a number."""
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
            translated; numbers may be spelt out. Negation is looked for in the languages of
            ``_NEGATIONS``.
    """
    source, variant = (unicodedata.normalize("NFC", text) for text in (source, variant))
    yield from _addresses(source, variant)
    if into:
        yield from _translated(source, variant, into, english=english)
        return
    yield from _numbers(source, variant)
    for name in protection.names(source):
        if name.casefold() not in variant.casefold() and name.casefold() not in _NO_NAMES:
            yield Change("name_lost", name)
    if english:
        before, after = _negation(source), _negation(variant)
        if bool(before) != bool(after):
            yield Change("negation_changed", (before or after)[0])


_NO_NAMES = frozenset({"i", "i'm", "i've", "i'd", "i'll"})


_NEGATIONS = {
    code: re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for code, words in {
        "de": r"(?:nicht|kein\w{0,2}|nie|niemals|nichts|niemand|weder|ohne|nirgends)\b",
        "es": r"(?:no|nunca|jamás|sin|nada|nadie|ni|tampoco|ning[uú]n\w?)\b",
        "fr": r"(?:ne|non|pas|jamais|sans|rien|personne|aucune?|ni|nulle)\b|n['’]",
        "it": r"(?:non|mai|senza|niente|nulla|nessun\w?|né|no)\b",
        "pt": r"(?:não|nunca|jamais|sem|nada|ninguém|nem|nenhum\w?|tampouco)\b",
    }.items()
}
_PLAINLY = frozenset({"no", "not", "never", "none", "nobody", "nothing", "nowhere", "neither",
                      "nor", "cannot", "without", "dont", "doesnt", "didnt", "wont", "cant",
                      "isnt"})  # fmt: skip
"""English words that negate in every language; *unless* and *hardly* become something else."""
_CALENDAR = frozenset({
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
})  # fmt: skip
_ALIKE = 3  # letters


def _translated(source: str, variant: str, into: str, *, english: bool) -> Iterator[Change]:
    before, after = _digits(source), _digits(variant)
    spelt = {_WORDS[word.text.lower()] for word in words(source) if word.text.lower() in _WORDS}
    for value in sorted(after - before - spelt):
        yield Change("number_changed", f"added {value}")
    for value in sorted(before - after - set(_WORDS.values()) - {"1"}):
        yield Change("number_changed", f"lost {value}")
    begins = {_folded(word.text)[:_ALIKE] for word in words(variant)}
    for name in protection.names(source):
        usual = name.lower() in _CALENDAR or name.casefold() in _NO_NAMES or name.isupper()
        if not usual and _folded(name)[:_ALIKE] not in begins:
            yield Change("name_lost", name)
    if english and into in _NEGATIONS:
        no = [word for word in _negation(source)
              if word.lower() in _PLAINLY or word.lower().endswith(("n't", "n’t"))]  # fmt: skip
        found = _NEGATIONS[into].search(variant)
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
    spelt = {_WORDS[word.text.lower()] for word in words(text) if word.text.lower() in _WORDS}
    return _digits(text) | spelt


def _digits(text: str) -> set[str]:
    return {_value(found) for found in _NUMBER.findall(_GROUPS.sub("", text))}


def _value(digits: str) -> str:
    return _TAIL.sub("", digits) if digits.count(".") + digits.count(",") == 1 else digits


def _negation(text: str) -> list[str]:
    return [word.text for word in words(text) if protection.negates(word.text)]
