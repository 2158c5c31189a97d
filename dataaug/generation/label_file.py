"""Read which labels are wanted: from arguments, or from a file with descriptions."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError, UsageError
from dataaug.generation.tasks import Label
from dataaug.rows.files import display_name, open_input
from dataaug.rows.labels import LabelSet, members, several
from dataaug.rows.record import as_label

_LIST = re.compile(rb'\s*\[\s*["{]|\s*\[\s*$', re.MULTILINE)
"""How a list of JSON begins, and no label that is the first line of a text."""


def parse_label(argument: str) -> tuple[str, int | None]:
    """Return name and number of ``NAME[=N]``; only digits behind the last = are a number.

    Raises:
        UsageError: the name is empty.
    """
    name, found, number = argument.rpartition("=")
    count = int(number) if found and number.isdecimal() else None
    name = argument if count is None else name
    if not name.strip():
        raise UsageError(f"--label {argument!r}: expected NAME or NAME=N")
    return name, count


def wanted_labels(
    given: Sequence[tuple[str, int | None]], listed: Sequence[Label], per_label: int | None,
    there: Iterable[str],
) -> tuple[Label, ...]:  # fmt: skip
    """Return the labels to make rows of.

    Args:
        given: names with numbers; where there are some, only those labels are wanted.
        listed: the labels of a file; their descriptions serve those given too.
        per_label: rows of a label that no number was given for; None leaves it to the task.
        there: the labels of the examples, wanted where nothing else says which; sets of labels
            are only wanted where they are named.
    """
    there = list(there)
    if several(there):
        return _sets(given, listed, per_label, there)
    known = {label.name: label for label in listed}
    if not given:
        given = [(name, None) for name in known or sorted(set(there))]
    return tuple(_label(name, count, known.get(name), per_label) for name, count in given)


_ONE_SET = (
    "generate makes rows of one set of labels at a time; name sets as rows have them, as in "
    "--label 'joy + surprise=50'"
)


def _sets(
    given: Sequence[tuple[str, int | None]], listed: Sequence[Label], per_label: int | None,
    there: Sequence[str],
) -> tuple[Label, ...]:  # fmt: skip
    """Return the sets of labels to make rows of; their rows show how they are written.

    Raises:
        UsageError: none is named, or one that no example has.
    """
    sets = {LabelSet(members(label)): None for label in there}
    shown = ", ".join(f"'{name}'" for name in sorted(sets)[:10])
    known = {LabelSet.parse(label.name): label for label in listed}
    wanted = [(LabelSet.parse(name), count) for name, count in given]
    wanted = wanted or [(name, None) for name in known]
    strange = [name for name, _ in wanted if name not in sets]
    if strange or not wanted:
        why = f"no example has the labels {strange[0]!r} and no others; " if strange else ""
        raise UsageError(f"{why}{_ONE_SET} (sets here: {shown})")
    return tuple(_label(name, count, known.get(name), per_label) for name, count in wanted)


def _label(name: str, count: int | None, known: Label | None, default: int | None) -> Label:
    if count is None:
        count = default if known is None or known.count is None else known.count
    return Label(name, count, known.description if known else "")


def read_labels(path: str, field: str) -> tuple[Label, ...]:
    """Read labels from a file; their count is None where the file gives none.

    The file is JSON (a list of names or of objects, or an object of names to descriptions), JSONL
    (objects: the label under ``field``, ``label`` or ``name``, with ``description`` and ``count``
    where they are known; rows with equal labels count once), or plain text with a name a line and
    behind a tab its description.

    Raises:
        InputError: the file can't be read so.
    """
    with open_input(path) as stream:
        content = stream.read().removeprefix(codecs.BOM_UTF8)
    name = display_name(path)
    labels: dict[str, Label] = {}
    for where, entry in _entries(content, name):
        label = _entry(entry, field, where)
        if label is None:
            raise InputError(f"{where}: expected a label, or an object with one under {field!r}")
        labels.setdefault(label.name, label)
    if not labels:
        raise InputError(f"{name}: holds no labels")
    return tuple(labels.values())


def _entries(content: bytes, name: str) -> Iterator[tuple[str, Any]]:
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if _LIST.match(content):
            raise InputError(f"{name}: is not JSON: {error}") from error
        yield from _lines(content, name)
        return
    if isinstance(whole, list):
        yield from ((name, entry) for entry in whole)
    elif isinstance(whole, dict) and all(isinstance(text, str) for text in whole.values()):
        named = {"label", "name"} & set(whole)
        yield from [(name, whole)] if named else ((name, pair) for pair in whole.items())
    else:
        yield name, whole


def _lines(content: bytes, name: str) -> Iterator[tuple[str, Any]]:
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: is not UTF-8: {error}") from error
    for number, line in enumerate(lines, 1):
        where = f"{name}:{number}"
        if line.lstrip().startswith("{"):
            try:
                yield where, orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise InputError(f"{where}: is not JSON: {error}") from error
        elif line.strip():
            label, _, description = line.partition("\t")
            yield where, (label.strip(), description.strip())


def _entry(entry: Any, field: str, where: str) -> Label | None:
    if isinstance(entry, tuple):
        return Label(entry[0], None, str(entry[1]))
    if not isinstance(entry, Mapping):
        named = isinstance(entry, str | int | float) and str(entry).strip()
        return Label(str(as_label(entry))) if named else None
    there = (entry.get(key) for key in (field, "label", "name"))
    value = next((value for value in there if value not in (None, "")), None)
    if value is None:
        return None
    if isinstance(as_label(value), LabelSet):
        raise InputError(f"{where}: a list of labels under {field!r}: {_ONE_SET}")
    count = entry.get("count")
    known = count if isinstance(count, int) and count >= 0 and type(count) is int else None
    description = entry.get("description")
    return Label(str(as_label(value)), known, description if isinstance(description, str) else "")
