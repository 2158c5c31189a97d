"""Find e-mail addresses, written out too (*anna (at) firma (dot) example*), and IP addresses."""

import functools
import ipaddress
import re
from collections.abc import Iterator

from dataaug.text import tables

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}")
_IP = re.compile(
    r"(?<![\w:.])(?:[\da-f]{0,4}:){2,7}[\da-f.]{0,15}(?:%\w{1,16})?(?:/\d{1,3})?(?![\w:])"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\d.]|\.\d)",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"[\[({<]")
_OPENED, _CLOSED = r"\s?[\[({<]\s?", r"\s?[\])}>]\s?"
_LABEL = r"[\w-]{1,64}"
_LOCAL = r"(?<![\w.+-])(?P<local>[\w+-]{1,64}(?:\.[\w+-]{1,64}){0,5})"


def _words(section: str) -> frozenset[str]:
    return tables.word_set("dataaug.privacy", "internet_addresses", section)


@functools.cache
def _in_brackets() -> "re.Pattern[str]":
    at, dot = ("|".join(sorted(_words(section))) for section in ("at", "dot"))
    dots = rf"(?:{_OPENED}(?:{dot}){_CLOSED}|\s(?:{dot})\s|\.)"
    pattern = rf"{_LOCAL}{_OPENED}(?:{at}){_CLOSED}{_LABEL}(?:{dots}{_LABEL}){{1,4}}"
    return re.compile(pattern, re.IGNORECASE)


@functools.cache
def _in_words() -> "re.Pattern[str]":
    at, dot = ("|".join(sorted(_words(section))) for section in ("at", "dot"))
    dots = rf"(?:{_OPENED}(?:{dot}){_CLOSED}|\s(?:{dot})\s)"
    host = rf"(?P<host>{_LABEL})(?:{dots}{_LABEL}){{0,3}}{dots}(?P<top>[a-z]{{2,10}})\b"
    spelt = rf"(?<![\w.+-])(?:{_LABEL}\s(?:{dot})\s){{1,3}}(?P<last>{_LABEL})|{_LOCAL}"
    return re.compile(rf"(?:{spelt})\s(?:{at})\s{host}", re.IGNORECASE)


def emails_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where e-mail addresses stand.

    Written out, the words for *at* and *dot* stand between brackets or blanks, in one of several
    languages. *anna at firma.example* is none, since *bought at shop.example* looks the same.
    """
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield match.start(), match.start() + len(match.group().rstrip("."))
    if _BRACKET.search(text):
        for match in _in_brackets().finditer(text):
            yield match.span()
    lower = text.lower()
    if any(word in lower for word in _words("dot")):
        for match in _in_words().finditer(text):
            if not {(part or "").lower() for part in match.groups()} & _words("no parts"):
                yield match.span()


def ips_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where addresses of IPv4 and IPv6 stand, those of networks too (``2001:db8::/32``)."""
    if text.count(":") < 2 and text.count(".") < 3:
        return
    for match in _IP.finditer(text):
        found = match.group().rstrip(".")
        try:
            address = ipaddress.ip_interface(found)
        except ValueError:
            continue
        if address.version == 4 or sum(letter.isdigit() for letter in found) > 1:  # a::b is code
            yield match.start(), match.start() + len(found)
