"""Find the names of persons: after words that announce one, and by lists of names.

A list is no understanding: names that it lacks, and names in small letters, are missed, and some
words with a capital are taken for names. docs/privacy.md has the figures.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from importlib import import_module

from dataaug.errors import UsageError
from dataaug.text import protection
from dataaug.text.segments import name_words, standing_alone

_CUE = re.compile(
    r"\b(?:(?:my|the|full|first|last)\sname(?:'s|\sis)?:?|name\s?[:=]|i\sam\scalled|"
    r"this\sis(?=\s[A-Z])|"
    r"mr\.?|mrs\.?|ms\.?|miss|dr\.?|prof\.?|herr|frau|señora?|sra?\.|monsieur|madame|mme|"
    r"mein\sname\sist|ich\sheiße|ich\sbin(?=\s[A-Z][a-z]+\s[A-Z])|je\sm'appelle|mon\snom\sest|"
    r"me\sllamo|mi\snombre\ses|meu\snome\sé|(?:eu\s)?me\schamo|under(?:\sthe\sname)?(?:\sof)?|"
    r"(?:kind\s|best\s|warm\s)?regards,?|sincerely,?|cheers,|thanks,\n|mit\sfreundlichen\sgrüßen,?|"
    r"cordialement,?|saludos,?|atenciosamente,?|booked\sby|signed,?)\s{1,3}",
    re.IGNORECASE,
)
_LINK = frozenset(
    {
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "van",
        "von",
        "der",
        "la",
        "le",
        "di",
        "bin",
        "al",
        "zu",
    }
)
_MOST = 4  # words of a name
_NO_NAMES = frozenset({"i", "card", "account"})
# fmt: off
COMMON = frozenset({
    "will", "may", "april", "june", "august", "mark", "grace", "hope", "faith", "joy", "summer",
    "autumn", "dawn", "rose", "lily", "bill", "rich", "frank", "chase", "chance", "christian",
    "destiny", "heather", "iris", "ivy", "jasmine", "melody", "misty", "robin", "sandy", "sky",
    "star", "sunny", "terry", "tony", "trinity", "victor", "miles", "max", "drew", "guy",
    "dean", "duke", "earl", "gene", "grant", "jack", "art", "brook", "carol", "amber", "angel",
    "crystal", "daisy", "olive", "pearl", "ruby", "penny", "price", "young", "long", "king",
    "brown", "green", "white", "black", "bell", "cook", "day", "bank", "banks", "ford", "hill",
    "lane", "park", "parks", "stone", "wood", "woods", "paris", "london", "chelsea", "brooklyn",
    "austin", "madison", "charlotte", "sydney", "dallas", "houston", "florence", "georgia",
    "virginia", "carolina", "jordan", "kenya", "india", "china", "america", "israel", "visa",
    "case", "bond", "cash", "money", "best", "good", "moody", "church", "house", "street",
    "west", "north", "major", "santa", "san", "cross", "field", "fields", "foster", "mercedes",
    "lee", "love",
})
# fmt: on
"""First and last names that are words, places or brands as often: they count only beside another
name, or after a word that announces one."""


@functools.cache
def _listed(locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the first and last names that Faker knows for a locale, in small letters."""
    try:
        provider = import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError as error:
        raise UsageError(
            f"locale {locale!r}: expected one of Faker's, such as en_US, de_DE, pt_BR"
        ) from error
    return tuple(
        frozenset(
            name.lower()
            for attribute in dir(provider)
            if attribute.startswith(start)
            and isinstance(found := getattr(provider, attribute), Iterable)
            and not isinstance(found, str)
            for name in found
            if isinstance(name, str)
        )
        for start in ("first_names", "last_names")
    )  # type: ignore[return-value]


def _may_belong(word: str) -> bool:
    """May a word be part of a name that has begun?"""
    return word in _LINK or (word[0].isupper() and not word[1:].isupper())


class Names:
    """Finds names.

    Args:
        locales: whose names are known; several with a comma.
        further: names to look for besides, in any case.
        capitals: does each word with a capital inside a sentence count?

    Raises:
        UsageError: a locale is unknown.
    """

    def __init__(
        self, locales: str, further: Iterable[str] = (), *, capitals: bool = False
    ) -> None:
        lists = [_listed(locale.strip()) for locale in locales.split(",") if locale.strip()]
        self._first: frozenset[str] = frozenset().union(*(first for first, _ in lists))
        self._last: frozenset[str] = frozenset().union(*(last for _, last in lists))
        names = sorted({name for name in further if name}, key=lambda name: (-len(name), name))
        self._further = standing_alone(names) if names else None
        self._capitals = capitals

    def __call__(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where names stand; they may overlap."""
        if self._further is not None:
            for match in self._further.finditer(text):
                yield match.span()
        for match in _CUE.finditer(text):
            end = self._run(text, match.end())
            if end > match.end():
                yield match.end(), end
        yield from self._by_list(text)
        if self._capitals:
            for name in set(protection.names(text)):
                for match in standing_alone([name], any_case=False).finditer(text):
                    yield match.span()

    def _run(self, text: str, start: int) -> int:
        """Return the end of a row of words with capitals that begins at ``start``."""
        end, at = start, start
        for _ in range(_MOST):
            word = name_words().match(text, at)
            if word is None or not _may_belong(word.group()):
                break
            if word.group()[0].isupper():
                end = word.end()
            at = word.end() + (text[word.end() : word.end() + 1] == " ")
        return end if text[start:end].lower() not in _NO_NAMES else start

    def _by_list(self, text: str) -> Iterator[tuple[int, int]]:
        for match in name_words().finditer(text):
            word = match.group()
            if not word[0].isupper() or word.isupper():
                continue
            lower = word.lower().removesuffix("'s").removesuffix("’s")
            if lower not in self._first:
                continue
            end = self._run(text, match.start())
            rest = [part.lower() for part in name_words().findall(text[match.end() : end])]
            if lower not in COMMON:
                yield match.start(), end if rest else match.start() + len(lower)
            elif any(part in self._last or part in self._first for part in rest):
                yield match.start(), end
