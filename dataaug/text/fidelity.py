"""What a rewritten text must keep of its source: numbers, addresses, names, negation."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from dataaug.text import negation, numbers, protection
from dataaug.text.numbers import comparison
from dataaug.text.words import words


class Change(NamedTuple):
    """What a rewritten text lost or added: a word of :mod:`dataaug.rows.reasons`, and the thing."""

    reason: str
    detail: str


KNOWN = ("en", "de", "fr", "es", "pt")
"""The languages of which numbers in words, units, times and negation are known."""
_NUMBER = re.compile(r"[#$€£¥+(-]?(?=\D*\d)(?:[^\W_]|[,:%+*/'’=°-]|\.(?![A-Za-z]{2}))+[%€£¥)]?")
"""A number, date, price or code, which :mod:`dataaug.text.numbers` reads."""
_GLUED = re.compile(r"[A-Za-z]+\.(?:[A-Z][a-z'’]*|[a-z])")
"""The end of a sentence without a blank behind it ("is bad.This"), no address."""
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}|(?<!\w)(?:[^\W\d_]\.)+[^\W\d_](?!\w)")
_CHOICE = re.compile(r"[a-z]+/[a-z]+")
"""and/or, his/her: two words, no path."""
_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "‑": "-"})
_OWNED = re.compile(r"'s?\Z")


def changes(source: str, variant: str, *, language: str = "en", into: str = "") -> Iterator[Change]:
    """Yield what of the source the variant lost, and what it made up.

    Numbers are compared as values with their units, money, times and days
    (:mod:`dataaug.text.numbers`); that two of them, or two names behind prepositions, changed
    places is a change too. Names count as the same whatever their case, dots, hyphens and
    apostrophes.
    Negation counts as changed when one text has some and the other none
    (:mod:`dataaug.text.negation`).

    Args:
        source: the text that was rewritten.
        variant: the new text.
        language: of the source, and of the variant unless ``into`` says otherwise (ISO 639-1).
        into: the language that the variant is a translation into. Names count as kept there if a
            word begins alike (London, Londres), and acronyms are translated.
    """
    source, variant = (unicodedata.normalize("NFC", text) for text in (source, variant))
    yield from _addresses(source, variant)
    dates: set[str] = set()
    if numbers.may_count(source, language) or numbers.may_count(variant, into or language):
        before = comparison.side(source, language)
        after = comparison.side(variant, into or language)
        dates = {
            word
            for found in before.found
            if found.ordinal or not found.soft
            for word in _parts(before.said(found))
        }
        for difference in comparison.number_differences(before, after, translated=bool(into)):
            yield Change(_REASONS[difference.what], difference.text)
    names = [name for name in _names(source, language) if name.casefold() not in dates]
    lost = _names_without(names, variant) if not into else _names_untranslated(names, variant)
    yield from (Change("name_lost", name) for name in lost)
    if into:
        denied = negation.changed_in_translation(source, variant, language, into)
    else:
        denied = negation.changed(source, variant, language)
        yield from _places(source, variant, language, names)
    if denied:
        yield Change("negation_changed", denied)


_REASONS = {"number": "number_changed", "day": "name_lost", "code": "placeholder_lost"}
_NO_NAMES = frozenset({"i", "i'm", "i've", "i'd", "i'll", "i’m", "i’ve", "i’d", "i’ll"})
_ALIKE = 3  # letters
_MOST = 40  # names of a text of which pairs are looked at
_TITLES = frozenset({"herr", "herrn", "frau", "dr", "prof", "familie"})


def _names(text: str, language: str) -> list[str]:
    """Return the names of a text; of a German one acronyms and those behind a title alone.

    All German nouns have a capital, so that it tells nothing there.
    """
    if text.isascii() and text[1:].islower():
        return []
    found = [name for name in protection.names_in(text) if name.casefold() not in _NO_NAMES]
    if language != "de":
        return found
    every = [word.text for word in words(text)]
    titled = {name for title, name in itertools.pairwise(every) if title.casefold() in _TITLES}
    return [name for name in found if name in titled or not name[1:].islower()]


def _parts(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _plain(text: str) -> str:
    """Return a text for the comparison of names: small letters, no dots, hyphens, apostrophes."""
    text = _INITIALS.sub(lambda found: found.group().replace(".", ""), text.translate(_SAME))
    return text.casefold().replace("-", "").replace("'", "")


def _names_without(names: list[str], variant: str) -> Iterator[str]:
    plain = _plain(variant) if names else ""
    for name in names:
        if _plain(_OWNED.sub("", name.translate(_SAME))) not in plain:
            yield name


def _names_untranslated(names: list[str], variant: str) -> Iterator[str]:
    begins = {_folded(word.text)[:_ALIKE] for word in words(variant)} if names else set()
    for name in names:
        if not name.isupper() and _folded(name)[:_ALIKE] not in begins:
            yield name


def _folded(word: str) -> str:
    """Return a word in small letters without accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFD", word.casefold())))


def _addresses(source: str, variant: str) -> Iterator[Change]:
    for found in protection.structures(source):
        if found in variant or _NUMBER.fullmatch(_unmarked(found)) or _GLUED.fullmatch(found):
            continue
        if _INITIALS.fullmatch(found) or _CHOICE.fullmatch(found):
            continue
        yield Change("placeholder_lost", found)


def _unmarked(text: str) -> str:
    """Return a text without combining marks."""
    if text.isascii():
        return text
    return "".join(sign for sign in text if not unicodedata.category(sign).startswith("M"))


_DIRECTION = re.compile(
    r"\b(from|to|into|than|before|after|over|under|von|vom|nach|zu|aus|vor|de|du|à|a|vers|desde|hasta"
    r"|para|até|da|do|al|del)\s+(?=([^\W\d_]+))",
    re.IGNORECASE,
)


def _places(source: str, variant: str, language: str, names: list[str]) -> Iterator[Change]:
    """Yield names that stand behind each other's prepositions: Oslo to Rome, Rome to Oslo."""
    if len(names) < 2 and language != "de":
        return
    before, after = _directions(source), _directions(variant)
    both = sorted(before.keys() & after.keys())[:_MOST]
    for one, two in itertools.combinations(both, 2):
        if before[one] != before[two] and (after[two], after[one]) == (before[one], before[two]):
            yield Change("name_lost", f"{one} and {two} changed places")
            return


def _directions(text: str) -> dict[str, str]:
    """Return the words with a capital behind prepositions, each with its preposition."""
    return {
        found.group(2): found.group(1).casefold()
        for found in _DIRECTION.finditer(text)
        if found.group(2)[0].isupper()
    }
