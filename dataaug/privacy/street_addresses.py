"""Find the addresses of houses as a dozen countries write them, with postcode and town or without.

These are forms, and no register of streets: what has neither number nor postcode is none.
docs/privacy.md has the figures.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from faker.providers.address.en_US import Provider

from dataaug.text import tables

_WORD = r"[^\W\d_][\w'’.-]{0,30}"
_TITLED = r"[A-ZÀ-ÞŁŚŻŹĆĄĘŃ][\w'’-]{0,30}"
_TOWN = rf"{_WORD}(?:\s{_TITLED}|\s(?:am|an\sder|de|la|do|di|del|sur)\s{_TITLED}){{0,3}}"
_STOPS = r"\s*(?:[.,;:!?()\n]|\Z)"
_POSTAL = (
    rf"(?:[A-Z]{{1,2}}-)?(?:\d{{5}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{2}}-\d{{3}}|\d{{4}}\s?[A-Z]{{2}}"
    rf"|\d{{4,5}})(?!\d)(?:\s{_TOWN})?"
)
"""Postcode and town: Brazil, Portugal, Poland, the Netherlands, others of four or five digits."""
_UK = r"[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}"
_STATE = r"[A-Z]{2,3}\s\d{4,5}(?:-\d{4})?"
_BRITISH = re.compile(rf"(?<!\w){_UK}(?!\w)")
_BRAZILIAN = re.compile(r"(?<![\w.-])\d{5}-\d{3}(?![\w-])")
_HOUSE = r"\d{1,5}(?![.,]\d)(?:\s?[a-zA-Z](?!\w|\.\s?\d))?(?:[/-]\d{0,4}[A-Z]?(?!\w)){0,3}"


def _words(section: str) -> frozenset[str]:
    return tables.word_set("dataaug.privacy", "street_addresses", section)


def _any(*sections: str) -> str:
    every = frozenset().union(*map(_words, sections))
    return "|".join(map(re.escape, sorted(every, key=_long_first)))


def _long_first(word: str) -> tuple[int, str]:
    return -len(word), word


def _end() -> str:
    """Return what must stand behind a town, or the last word of a name, without a postcode."""
    return rf"(?={_STOPS}|\s(?i:{_any('no names', 'behind')})(?!\w))"


def _tail() -> str:
    """Return what may stand behind street and number: parts of the house, postcode, town."""
    part = rf"[,\s-]{{1,3}}(?i:{_any('parts')})\.?\s?[\dA-Z][\w-]{{0,4}}(?!\w)"
    floor = r",\s(?:\d{1,2}º(?:\s[A-Z]\b)?|\d-\d(?!\d))"
    town = rf"(?:,\s?{_TOWN}(?:\s-\s[A-Z]{{2}})?)?(?:,?\s{_POSTAL})"
    return rf"(?:{part}|{floor}){{0,3}}(?:{town}|,\s{_TITLED}(?:\s{_TITLED})?{_end()})?"


@cache
def _english() -> "re.Pattern[str]":
    weak = {*_words("suffixes that are words"), *map(str.lower, Provider.street_suffixes)}
    suffix = rf"(?i:{_any('suffixes')})|(?=[A-Z])(?i:{'|'.join(sorted(weak, key=_long_first))})"
    unit = rf",?\s(?i:{_any('parts')})\.?\s?\w{{1,5}}(?!\w)"
    flat = r"(?:(?i:flat|unit|apt)\.?\s(?:\d{1,4}[a-zA-Z]?|[a-zA-Z]),?\s)"
    coded = rf"(?:,?\s(?:{_TITLED}\s){{0,2}}{_TITLED})??,?\s(?:{_STATE}|{_UK})"
    town = rf"{coded}|(?:,\s{_TITLED}(?:\s{_TITLED})?){_end()}"
    return re.compile(
        rf"(?<![\w.,/]){flat}?\d{{1,5}}[a-zA-Z]?(?:-\d{{1,5}})?\s"
        rf"(?P<name>(?:{_WORD}\s|\d{{1,3}}(?:st|nd|rd|th)\s){{1,4}}?)(?P<type>{suffix})\b\.?"
        rf"(?:\s\d{{1,4}}\b)?(?P<tail>(?:{unit}){{0,2}}(?:{town})?)"
    )


@cache
def _french() -> "re.Pattern[str]":
    return re.compile(
        rf"(?<![\w.,/])\d{{1,4}}(?:\s?(?:bis|ter|quater|[A-Da-d])(?!\w))?,?\s"
        rf"(?P<type>(?i:{_any('french', 'french words')}))\s"
        rf"(?P<name>(?:(?:{_WORD}|\d{{1,2}})\s){{0,4}}?{_WORD})(?!\w)"
        rf"(?={_STOPS}|\s\d{{4}}|\s(?i:{_any('no names', 'behind')})(?!\w))(?P<tail>{_tail()})"
    )


@cache
def _german() -> "re.Pattern[str]":
    ending = _any("endings", "endings that are words")
    before = rf"(?:(?i:van|{_any('adjectives')})\s|(?:Dr|Prof|St)\.-)?"
    glued = rf"{before}(?P<name>[^\W\d_][\w’'-]{{2,40}}?)(?P<type>(?i:{ending}))"
    apart = (
        rf"(?P<name2>{_TITLED}(?:[\s-]{_TITLED})?[\s-])(?P<type2>(?i:{ending}))"
        rf"|(?P<name3>(?i:{_any('before')}|(?:{_any('before an article')})\s(?:der|dem|den))\s"
        rf"(?:(?:der|dem|den)\s)?(?:{_TITLED}\s)?{_TITLED})(?=\s\d{{1,3}}\s?[a-z]?(?:[\s,.;!?]|\Z))"
    )
    return re.compile(rf"(?<![\w-])(?:{glued}|{apart})\s(?P<house>{_HOUSE})(?P<tail>{_tail()})")


@cache
def _southern() -> "re.Pattern[str]":
    return re.compile(
        rf"(?<![\w/])(?P<type>(?i:{_any('southern')}))(?:(?<=[./])\s?|\s)"
        rf"(?P<name>(?:{_WORD}\s){{0,6}}?{_WORD}),?\s(?:n[ºo°]\.?\s?)?(?P<house>{_HOUSE})(?P<tail>{_tail()})"
    )


_BOX = re.compile(
    r"(?<!\w)(?i:p\.?\s?o\.?\sbox|postfach|boîte\spostale|apartado(?:\sde\scorreos)?|"
    r"caixa\spostal|postbus|skrytka\spocztowa)\s\d(?:\s?\d){0,7}"
    rf"(?:,\s(?:{_TITLED}\s?){{1,3}},\s{_STATE}|,?\s{_POSTAL})?"
)
_GLUED = re.compile(
    r"(?<![\w.,/])\d{1,4}[a-z]?\s[A-Z]\w{2,20}(?:way|gate|side|field|ton|wood)(?!\w)"
)


_FOLLOWS = re.compile(r"\s([^\W\d_]{2,})")
_IN = re.compile(r"(?:\b(?:in|a|di|da|è|indirizzo)|:)\s\Z")


def _goes_on(words: Sequence[str]) -> bool:
    """Has one of some words no place in a name, so that a sentence goes on there?"""
    return any(word.lower() in _words("no names") for word in words)


def _sound(name: str, *, capital: bool) -> bool:
    """May these be the words of a street's name?

    Args:
        name: the words.
        capital: must one of them have one?
    """
    words = [word for word in name.replace("’", "'").split() if word.lower() not in _words("links")]
    words = [word.partition("'")[2] or word for word in words]
    small = [word for word in words if word[0].islower()]
    if not words or _goes_on(small):
        return False
    return len(small) < 3 if not capital else len(small) < len(words)


def addresses_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield where addresses stand; they may overlap."""
    if not any(letter.isdigit() for letter in text):
        return
    for pattern in (_BRITISH, _BRAZILIAN, _BOX):
        for match in pattern.finditer(text):
            yield match.span()
    for form, accepts in _forms().items():
        for match in form.finditer(text):
            if accepts(text, match):
                yield match.start(), match.start() + len(match.group().rstrip(" ,.;"))


def _alone(text: str, match: "re.Match[str]", *, capital: bool = False) -> bool:
    """Does an address end where it was found to, and no sentence go on?

    Args:
        text: the text.
        match: the address.
        capital: may a word with a capital follow?
    """
    follows = _FOLLOWS.match(text, match.end())
    if match["tail"] or not follows or follows[1].lower() in _words("behind"):
        return True
    return capital and follows[1][0].isupper()


def _is_english(text: str, match: "re.Match[str]") -> bool:
    name, kind = match["name"].split(), match["type"]
    weak = kind.lower() not in _words("suffixes")
    if weak and not all(word[0].isupper() for word in [*name, kind]):
        return False
    name = [word for word in name if len(word) > 1]  # N, S, W
    if " ".join(name).lower() in _words("no streets") or _goes_on(name):
        return False
    return _sound(" ".join([*name, "X"]), capital=False) and _alone(text, match, capital=not weak)


def _is_french(_text: str, match: "re.Match[str]") -> bool:
    return _sound(match["name"], capital=match["type"].lower() in _words("french words"))


def _is_german(text: str, match: "re.Match[str]") -> bool:
    name = match["name"] or match["name2"] or match["name3"]
    kind = match["type"] or match["type2"] or ""
    words = [match["name"] + kind] if match["name"] else name.split()
    if not _words("no streets").isdisjoint(map(str.lower, words)):
        return False
    weak = kind.lower() in _words("endings that are words")
    if match["name3"]:
        if name.isupper() or text[: match.start()].endswith("I "):
            return False  # I am Number 4
    elif not name[0].isupper() and weak and not match["tail"]:
        return False
    return _alone(text, match)


def _is_southern(text: str, match: "re.Match[str]") -> bool:
    small = match["name"].islower()
    if small and match["type"][0].isupper() and not match["tail"]:
        return False
    if match["type"] == "via" and not match["tail"] and not _IN.search(text[: match.start()][-12:]):
        return False  # via USB 2, in English
    return _sound(match["name"], capital=False) and _alone(text, match, capital=True)


@cache
def _forms() -> "dict[re.Pattern[str], Callable[[str, re.Match[str]], bool]]":
    return {
        _english(): _is_english, _french(): _is_french, _german(): _is_german,
        _southern(): _is_southern, _GLUED: lambda *_: True,
    }  # fmt: skip
