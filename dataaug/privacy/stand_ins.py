"""Make fakes for personal data: by Faker, the same for the same data, never data of the source."""

import re
from collections.abc import Callable, Mapping
from functools import cache

import phonenumbers
from faker import Faker
from faker.config import AVAILABLE_LOCALES

from dataaug.errors import UsageError
from dataaug.privacy.leaks import Leaks
from dataaug.rows.seeds import derive
from dataaug.text.segments import name_parts

_TRIES = 50
_KIND = re.compile(r"<([A-Z]{2,20})_(\d{1,6})>")


@cache
def faker_of(locale: str) -> Faker:
    """Return Faker for a locale.

    Raises:
        UsageError: the locale is unknown.
    """
    if locale not in AVAILABLE_LOCALES:
        raise UsageError(f"locale {locale!r}: expected one of Faker's, such as en_US, de_DE, pt_BR")
    return Faker(locale)


class StandIns:
    """Makes fakes.

    Args:
        locale: whose names and numbers they look like, as Faker calls it.
        seed: the seed of the run.
        leaks: what no fake may equal.
        consistent: has the same data the same fake in all rows? Then rows about one person stay
            linked, and who knows the seed can try out who it was; otherwise in its own row only.

    Raises:
        UsageError: the locale is unknown.
    """

    def __init__(self, locale: str, seed: int, leaks: Leaks, *, consistent: bool = False) -> None:
        self._fake = faker_of(locale)
        self._seed = seed
        self._leaks = leaks
        self._consistent = consistent

    def __call__(self, row: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return a fake for each placeholder of a row.

        Args:
            row: what names the row: another name, other fakes.
            values: placeholder to what stood there.
        """
        words: dict[str, int] = {}
        taken: set[str] = set()
        made = {}
        for placeholder, value in values.items():
            match = _KIND.fullmatch(placeholder)
            kind = match.group(1) if match else "TEXT"
            made[placeholder] = self._one(row, kind, value, words, taken)
            taken.add(made[placeholder])
        return made

    def _one(self, row: str, kind: str, value: str, words: dict[str, int], taken: set[str]) -> str:
        if kind == "TEXT":  # the source's own placeholder, no personal data
            return value
        if kind == "NAME":
            return self._name(row, value, words)
        place = words.setdefault(f"{kind} {value.casefold()}", len(words))
        make = _MAKERS.get(kind, _same_shape)
        return self._draw(
            self._scope(row, kind, value, place), lambda: make(self._fake, value), taken
        )

    def _scope(self, row: str, kind: str, value: str, place: int) -> tuple[str, ...]:
        # Unless consistent, the data itself is no part of the seed: a fake says nothing of it.
        return (kind, value.casefold()) if self._consistent else (row, kind, str(place))

    def _draw(self, scope: tuple[str, ...], make: Callable[[], str], taken: set[str]) -> str:
        for attempt in range(_TRIES):
            self._fake.seed_instance(derive(self._seed, *scope, str(attempt)))
            found = make()
            if found not in taken and not self._leaks.find(found):
                return found
        return f"No{derive(self._seed, *scope)}"  # every draw is somebody's: a name of no list

    def _name(self, row: str, value: str, words: dict[str, int]) -> str:
        """Return a name of as many words: the first word stands for a first name."""
        parts = name_parts(value)
        taken: set[str] = set()
        fakes: list[str] = []
        for number, part in enumerate(parts):
            place = words.setdefault(f"NAME {part.casefold()}", len(words))
            first = number == 0
            make = self._fake.first_name if first else self._fake.last_name
            scope = self._scope(row, "NAME", part, place)
            fakes.append(_cased(self._draw(scope, _one_word(make), taken), part))
        return " ".join(fakes)


def _one_word(make: Callable[[], str]) -> Callable[[], str]:
    return lambda: make().partition(" ")[0]


def _cased(fake: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return fake.upper()
    return fake.lower() if like.islower() else fake


def _same_shape(fake: Faker, value: str) -> str:
    """Return a value with other digits and letters in the same places."""
    shape = "".join(
        "#" if letter.isdigit() else "?" if letter.isalpha() else letter for letter in value
    )
    drawn = fake.numerify(shape.replace("%", "-").replace("!", "-").replace("@", "-"))
    letters = fake.lexify(drawn, letters="ABCDEFGHJKLMNPRSTUVWXYZ")
    return "".join(
        new.lower() if old.islower() else new for new, old in zip(letters, value, strict=True)
    )


def _date(fake: Faker, value: str) -> str:
    """Return another date in the same writing, where that is in digits."""
    parts = re.split(r"([./-])", value)
    born = fake.date_of_birth(minimum_age=18, maximum_age=90)
    day, month = f"{born.month:02d}", f"{(born.day % 12) + 1:02d}"  # right in either order
    numbers = parts[::2]
    if len(numbers) != 3 or not all(number.isdigit() for number in numbers):
        return born.strftime("%d %B %Y")
    small = iter((day, month))
    new = [(str(born.year) if len(number) > 2 else None) for number in numbers]
    if not any(new):
        new[-1] = f"{born.year % 100:02d}"
    filled = [number or next(small) for number in new]
    return "".join(
        f"{number}{mark}" for number, mark in zip(filled, [*parts[1::2], ""], strict=True)
    )


def _phone(fake: Faker) -> str:
    """Return a phone number that the plan of the locale's country allows.

    In the United States and Canada its last seven digits are 555-0100 to 555-0199: these are kept
    for fiction and nobody has them (NANPA, 555 line numbers). Elsewhere it may be somebody's.
    """
    region = str(fake.locales[0]).rpartition("_")[2]
    fiction = region in ("US", "CA")
    found = ""
    for _ in range(_TRIES):
        found = fake.numerify("(%##) 555-01##") if fiction else str(fake.phone_number())
        if _allowed(found, region):
            break
    return found


def _allowed(number: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


_MAKERS: dict[str, Callable[[Faker, str], str]] = {
    "EMAIL": lambda fake, _: str(fake.safe_email()),
    "PHONE": lambda fake, _: _phone(fake),
    "IBAN": lambda fake, _: str(fake.iban()),
    "CARD": lambda fake, _: str(fake.credit_card_number()),
    "IP": lambda fake, value: str(fake.ipv6() if ":" in value else fake.ipv4_private()),
    "URL": lambda fake, _: f"https://{fake.domain_word()}.example/{fake.slug()}",
    "HANDLE": lambda fake, _: f"@{fake.user_name()}",
    "ADDRESS": lambda fake, _: str(fake.street_address()).replace("\n", ", "),
    "DATE": _date,
}
"""What is not listed here (ids, numbers, own kinds) keeps its shape and gets other characters."""
