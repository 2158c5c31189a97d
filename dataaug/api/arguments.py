"""Arguments of verbs, checked before any work."""

import math
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any

from dataaug.errors import UsageError


def number(name: str, value: Any, *, least: float = -math.inf) -> float:
    """Return a number.

    Raises:
        UsageError: it is none, or below the least.
    """
    good = isinstance(value, int | float) and not isinstance(value, bool) and value >= least
    if not good:
        raise UsageError(f"{name}: expected a number{_from(least)}, found {value!r}")
    return value  # type: ignore[no-any-return]


def as_int(name: str, value: Any, *, least: int = 0) -> int:
    """Return a whole number.

    Raises:
        UsageError: it is none, or below the least.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UsageError(f"{name}: expected a whole number{_from(least)}, found {value!r}")
    return value


def _from(least: float) -> str:
    return "" if least == -math.inf else f" from {least:g}"


def chosen(name: str, value: Any, known: Sequence[str]) -> str:
    """Return one of the words that are known.

    Raises:
        UsageError: it is none of them.
    """
    if value not in known:
        raise UsageError(f"{name} {value!r}: choose from {', '.join(known)}")
    return value  # type: ignore[no-any-return]


def as_path(name: str, value: Any) -> str:
    """Return the name of a file; None is none.

    Raises:
        UsageError: it is no name of a file.
    """
    if value is None:
        return ""
    if not isinstance(value, str | PathLike):
        raise UsageError(f"{name}: expected the path of a file, found {type(value).__name__}")
    return fspath(value)


def as_strings(name: str, value: Any) -> tuple[str, ...]:
    """Return strings: one, or an iterable of them; None is none.

    Raises:
        UsageError: there is something else.
    """
    if value is None:
        return ()
    found = (value,) if isinstance(value, str) else tuple(as_iterable(name, value))
    if not all(isinstance(each, str) for each in found):
        raise UsageError(f"{name}: expected strings, found {found!r}")
    return found


def counts(name: str, value: Any) -> tuple[tuple[str, int | None], ...]:
    """Return labels, with a number of rows where one is given.

    Args:
        name: how messages call it.
        value: label to number, an iterable of labels or of pairs, or one label; None is none.

    Raises:
        UsageError: it is something else, or a number is none.
    """
    if value is None:
        return ()
    pairs = value.items() if isinstance(value, Mapping) else value
    given = [pairs] if isinstance(pairs, str) else as_iterable(name, pairs)
    found = [(each, None) if isinstance(each, str) else each for each in given]
    for pair in found:
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)):
            raise UsageError(f"{name}: expected labels, each with a number or none, found {pair!r}")
        if not pair[0].strip():
            raise UsageError(f"{name}: a label is empty")
        if pair[1] is not None:
            as_int(f"{name}: {pair[0]!r}", pair[1])
    return tuple(found)


def as_iterable(name: str, value: Any) -> Iterable[Any]:
    """Return what may be iterated over.

    Raises:
        UsageError: it may not.
    """
    if not isinstance(value, Iterable):
        raise UsageError(f"{name}: expected several, found {value!r}")
    return value


def numbers(name: str, value: Any) -> dict[str, float]:
    """Return numbers by name.

    Raises:
        UsageError: it is no mapping to numbers.
    """
    if not isinstance(value, Mapping):
        raise UsageError(f"{name}: expected numbers by name, found {value!r}")
    return {key: number(f"{name}: {key}", each) for key, each in value.items()}
