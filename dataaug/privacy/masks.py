"""Put placeholders such as <EMAIL_1> where personal data stands, and something else there again."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dataaug.privacy.detectors import Entity

PLACEHOLDER = re.compile(r"<[A-Z]{2,20}_\d{1,6}>")


class Masked(NamedTuple):
    """A text without its personal data.

    Attributes:
        text: the text with placeholders.
        values: what each placeholder stands for. Equal values share one, so that a text that names
            a person twice still does.
    """

    text: str
    values: Mapping[str, str]


def mask(text: str, entities: Sequence[Entity]) -> Masked:
    """Return a text with a placeholder for each entity.

    What looks like a placeholder in the text itself is masked as well, so that :func:`fill` with
    the same values gives the text again.

    Args:
        text: the text.
        entities: what to mask; sorted, apart from each other.
    """
    parts: list[str] = []
    names: dict[tuple[str, str], str] = {}
    numbers: Counter[str] = Counter()
    at = 0
    for entity in [*_with_literals(text, entities), Entity(len(text), len(text), "")]:
        parts.append(text[at : entity.start])
        at = entity.end
        value = text[entity.start : entity.end]
        if not value:
            continue
        key = entity.kind, value
        if key not in names:
            numbers[entity.kind] += 1
            names[key] = f"<{entity.kind}_{numbers[entity.kind]}>"
        parts.append(names[key])
    return Masked("".join(parts), {name: value for (_, value), name in names.items()})


def _with_literals(text: str, entities: Sequence[Entity]) -> list[Entity]:
    found = [Entity(*match.span(), "TEXT") for match in PLACEHOLDER.finditer(text)]
    free = [one for one in found if all(one.end <= e.start or e.end <= one.start for e in entities)]
    return sorted([*entities, *free])


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with values for its placeholders; unknown ones stay."""
    return PLACEHOLDER.sub(lambda match: values.get(match.group(), match.group()), text)


def placeholders(text: str) -> Counter[str]:
    """Count the placeholders of a text."""
    return Counter(PLACEHOLDER.findall(text))


def difference(asked: Iterable[str], found: str) -> list[str]:
    """Return what is wrong with the placeholders of a rewritten text, empty if nothing is.

    Args:
        asked: the placeholders that it should hold; each once at least, as often as it likes.
        found: the text.
    """
    wanted, there = set(asked), placeholders(found)
    wrong = [f"lost {name}" for name in sorted(wanted - there.keys())]
    wrong += [f"made up {name}" for name in sorted(there.keys() - wanted)]
    rest = PLACEHOLDER.sub("", found)
    wrong += [f"broke {kind}" for kind in sorted(kinds(wanted)) if re.search(rf"\b{kind}_\d", rest)]
    return wrong


def kinds(names: Iterable[str]) -> set[str]:
    """Return the kinds of some placeholders."""
    return {name[1:].rpartition("_")[0] for name in names}
