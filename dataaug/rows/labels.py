"""Sets of labels: what a list in the label field stands for."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

JOINT = " + "
"""What stands between the labels of a set where people read it."""
EMPTY_SET = "(none)"
"""How people read the empty set: it is known that a row is of no class."""

_LIST = re.compile(r"""\[\s*(?:|(['"]).*\1|[-\d.,\s]+)\s*\]""", re.DOTALL)
"""A list that was written as text: JSON, Python's form of a list, numpy's of an array."""


class LabelSet(str):
    """The labels of a row that may have several: a set, so that order and copies do not matter.

    It is a string for all that asks only whether two rows have the same labels, or shows them:
    ``joy + surprise``, the label itself where it is the only one, so that a text and a list of this
    one text are the same. What counts or learns labels asks :func:`members`.

    Attributes:
        members: the labels, each once, sorted.
    """

    __slots__ = ("members",)
    members: tuple[str, ...]

    def __new__(cls, labels: Iterable[str]) -> "LabelSet":
        """Return the set of some labels."""
        own = tuple(sorted(set(labels)))
        shown = own if len(own) < 2 else tuple(map(_shown, own))
        self = super().__new__(cls, JOINT.join(shown) if own else EMPTY_SET)
        self.members = own
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return LabelSet, (self.members,)

    @property
    def key(self) -> "str | tuple[str, ...]":
        """What no other set and no label has: a set of one label is the label."""
        return self.members[0] if len(self.members) == 1 else self.members

    @classmethod
    def parse(cls, text: str) -> "LabelSet":
        """Return the set that a person names: ``joy + surprise``, one label, or a JSON list."""
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            found = None
        if isinstance(found, list) and is_set(found):
            return cls(scalar(each) for each in found if each is not None)
        names = [name.strip() for name in text.split(JOINT.strip())] if JOINT in text else [text]
        return cls(() if text.strip() == EMPTY_SET else names)


def _shown(label: str) -> str:
    """Return a label of several: in quotes where it holds what stands between them."""
    return orjson.dumps(label).decode() if JOINT in label else label


class LabelCodes:
    """Numbers for labels, in the order they come up.

    The set of *a* and *b* and a label that is spelt ``a + b`` are equal strings; here they are two.

    Attributes:
        names: the labels, by their numbers.
    """

    def __init__(self) -> None:
        self.names: list[str | None] = []
        self._codes: dict[str | tuple[str, ...] | None, int] = {}

    def of(self, labels: Sequence[str | None]) -> list[int]:
        """Return the labels' numbers."""
        codes = self._codes
        try:
            found = [codes[label if type(label) is not LabelSet else label.key] for label in labels]
        except KeyError:
            for label in labels:
                key = label.key if isinstance(label, LabelSet) else label
                if key not in codes:
                    codes[key] = len(self.names)
                    self.names.append(label)
            return self.of(labels)
        return found


def members(label: str) -> tuple[str, ...]:
    """Return the labels of a set, a single one as it is."""
    return label.members if isinstance(label, LabelSet) else (label,)


def several(labels: Iterable[str | None]) -> bool:
    """Is one of these a set? Then all are: a single label is the set of one."""
    return any(isinstance(label, LabelSet) for label in labels)


def is_set(value: Any) -> bool:
    """Is a value of the label field a list of labels? One of lists or objects is no label."""
    return isinstance(value, list) and not any(isinstance(each, list | dict) for each in value)


def is_list_as_text(label: str) -> bool:
    """Is a label a list that was written as text, as spreadsheets and CSV have it?"""
    return _LIST.fullmatch(label) is not None


def scalar(value: Any) -> str:
    """Return one label as text: a string as it is, another value as its JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def value_like(labels: Sequence[str], old: Any) -> list[Any]:
    """Return a list of labels for a row, each as JSON has it where the old ones were no strings.

    Args:
        labels: the labels.
        old: what stood in the label field.
    """
    plain = not isinstance(old, list) or all(isinstance(each, str) for each in old)
    return list(labels) if plain else [_value(label) for label in labels]


def _value(label: str) -> Any:
    try:
        return orjson.loads(label)
    except orjson.JSONDecodeError:
        return label
