"""E-mail, phone, bank, card and id numbers by pattern and checksum; names by lists."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import phonenumbers
from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.pl import pesel
from stdnum.us import ssn

from dataaug.errors import InputError, UsageError
from dataaug.privacy.detectors import Detector, Entity, without_overlaps
from dataaug.privacy.internet_addresses import emails_in, ips_in
from dataaug.privacy.person_names import NameFinder
from dataaug.privacy.street_addresses import addresses_in

_LOCALES = (
    "en_US,en_GB,en_IN,en_NZ,de_AT,de_DE,es_ES,es_MX,fr_CH,fr_FR,it_IT,nl_NL,pl_PL,pt_BR,pt_PT"
)
_CARD = range(13, 20)  # digits
_LONG = 7
"""Digits from which on a number without a checksum counts: orders, accounts, customers."""

_SHAPES = (
    ("URL", re.compile(r"(?:https?://|www\.)[^\s<>\"']{1,2000}")),
    ("HANDLE", re.compile(r"(?<![\w@/.])@[A-Za-z_]\w{2,38}")),
)
_FINDERS = (("EMAIL", emails_in), ("IP", ips_in), ("ADDRESS", addresses_in))
_BARE_DOMAIN = re.compile(r"(?:https?://)?[\w.-]+/?\Z")
_BIRTH = re.compile(
    r"(?:born(?:\son)?|birth\s?(?:date|day)?(?:\sis)?|date\sof\sbirth(?:\sis)?|d\.?o\.?b\.?|"
    r"geboren(?:\sam)?|geburtsdatum(?:\sist)?|née?\sle|date\sde\snaissance|nascid[oa]\sem|"
    r"nacid[oa]\sel|nací\sel|nasci\sem|fecha\sde\snacimiento|data\sde\snascimento)[\s:,]{1,3}"
    r"(\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|"
    r"\d{1,2}(?:st|nd|rd|th|\.)?\s(?:of\s)?[^\W\d_]{3,12}\.?,?\s\d{2,4}|"
    r"[^\W\d_]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{2,4})",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,])[A-Z]{0,4}[-#]?\d(?:[ ./-]?[\dA-Z]){5,33}(?!\w)")
_IDS: tuple[Callable[[str], bool], ...] = (
    idnr.is_valid, dni.is_valid, nie.is_valid, nir.is_valid, codicefiscale.is_valid, cpf.is_valid,
    pesel.is_valid, ric.is_valid,
)  # fmt: skip
"""National ids with a checksum: Germany, Spain (2), France, Italy, Brazil, Poland, China."""
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_CODICE = re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}|\d{4}[./-]\d{4}|(?:\d{4}\s){1,2}\d{4}?")


@dataclass(frozen=True, slots=True)
class _Patterns:
    region: str
    names: NameFinder
    custom: list[tuple[str, re.Pattern[str]]] = field(default_factory=list)

    def __call__(self, texts: Sequence[str], /) -> list[list[Entity]]:
        """Return the entities of each text."""
        return [without_overlaps(self._found(text)) for text in texts]

    def _found(self, text: str) -> Iterator[Entity]:
        for kind, pattern in self.custom:
            for match in pattern.finditer(text):
                yield Entity(*match.span(), kind)
        yield from _shapes(text)
        for match in _BIRTH.finditer(text):
            yield Entity(*match.span(1), "DATE")
        if any(letter.isdigit() for letter in text):
            yield from _numbers(text)
            for number in phonenumbers.PhoneNumberMatcher(text, self.region or None):
                yield Entity(number.start, number.end, "PHONE")
        for start, end in self.names(text):
            yield Entity(start, end, "NAME")


def _shapes(text: str) -> Iterator[Entity]:
    for kind, find in _FINDERS:
        for span in find(text):
            yield Entity(*span, kind)
    for kind, pattern in _SHAPES:
        for match in pattern.finditer(text):
            found = match.group().rstrip(".,;:!?)")
            if kind == "URL" and _BARE_DOMAIN.match(found):
                continue  # a shop's address names nobody; what follows it may
            yield Entity(match.start(), match.start() + len(found), kind)


def _numbers(text: str) -> Iterator[Entity]:
    for match in _CODICE.finditer(text):
        if codicefiscale.is_valid(match.group()):
            yield Entity(*match.span(), "ID")
    for match in _NUMBER.finditer(text):
        kind = _kind(match.group())
        if kind:
            yield Entity(*match.span(), kind)


def _kind(found: str) -> str:
    """Return what a number is, empty for dates and short numbers."""
    bare = re.sub(r"[ ./-]", "", found)
    digits = sum(letter.isdigit() for letter in bare)
    if iban.is_valid(bare):
        return "IBAN"
    if len(bare) in _CARD and bare.isdigit() and luhn.is_valid(bare):
        return "CARD"
    if (_SSN.fullmatch(found) and ssn.is_valid(found)) or any(valid(bare) for valid in _IDS):
        return "ID"
    return "NUMBER" if digits >= _LONG and not _DATE.fullmatch(found) else ""


def load(
    *,
    region: str = "US",
    locale: str = _LOCALES,
    names: str = "",
    custom: str = "",
    capitals: bool = False,
) -> Detector:
    """Build the detector.

    Args:
        region: country whose phone numbers are written without a country code, as in ``DE``.
        locale: whose first and last names are known, as Faker calls them; several with a comma.
        names: file with further names, one a line.
        custom: file with patterns of your own, ``KIND expression`` on each line.
        capitals: is each word with a capital inside a sentence a name? Finds more names, and takes
            products and companies for persons.

    Raises:
        UsageError: the locale or region is unknown, or a pattern is no regular expression.
        InputError: a file can't be read.
    """
    if region and region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageError(f"patterns.region={region!r}: expected a country code such as US or DE")
    further = [line.strip() for line in _lines(names) if line.strip()]
    finder = NameFinder(locale, further, capitals=capitals)
    return _Patterns(region.upper(), finder, _custom(custom))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines() if path else []
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can't be read: {error}") from error


def _custom(path: str) -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for number, line in enumerate(_lines(path), 1):
        kind, _, expression = line.strip().partition(" ")
        if not kind:
            continue
        if not re.fullmatch("[A-Z]{2,20}", kind) or not expression.strip():
            raise UsageError(f"{path}:{number}: expected KIND expression, as in TICKET T-[0-9]+")
        try:
            found.append((kind, re.compile(expression.strip())))
        except re.error as error:
            raise UsageError(f"{path}:{number}: no regular expression: {error}") from error
    return found
