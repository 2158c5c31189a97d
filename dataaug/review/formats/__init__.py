"""Annotation formats: a sample out to a labelling tool or a spreadsheet, and its verdicts back."""

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import orjson

from dataaug.errors import InputError
from dataaug.review.header import Header
from dataaug.review.items import BAD_REASONS, Decision, ReviewItem, ReviewVerdict
from dataaug.review.ledger import Entry
from dataaug.rows.record import shown_text


class AnnotationFormat(Protocol):
    """One tool's file format, both ways."""

    def dumps(self, items: Sequence[ReviewItem], header: Header, /) -> bytes:
        """Return the file that the tool imports: rows to look at, none of them with a verdict."""

    def owns(self, content: bytes, /) -> bool:
        """Does a file look like an export of the tool?"""

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the verdicts in a file that the tool exported; rows without one are left out.

        Raises:
            InputError: it is not such a file; the message begins with ``name``.
        """


def fields_of(item: ReviewItem, header: Header) -> dict[str, str]:
    """Return what every tool shows of a row, as text; and of which sample of which data it is."""
    record = item.record
    return {
        "key": item.key,
        "id": record.id,
        "text": shown_text(record.text, record.schema),
        "label": "" if record.label is None else record.label,
        "method": record.method,
        "parent": shown_text(item.parent.text, record.schema) if item.parent else "",
        "data": header.tag(),
    }


def first_object(content: bytes) -> dict[str, Any]:
    """Return the first object of a JSON array or of JSON lines, empty if it is neither."""
    try:
        start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
        found = orjson.loads(content if start.startswith(b"[") else start.partition(b"\n")[0])
    except orjson.JSONDecodeError:
        return {}
    found = found[0] if isinstance(found, list) and found else found
    return found if isinstance(found, dict) else {}


def header_of(content: bytes, name: str) -> Header | None:
    """Return what a file says of the sample that it holds, None if it says nothing.

    Raises:
        InputError: it says something that is no such header.
    """
    row = first_object(content)
    try:
        return Header.parse(row, f"{name}:1") if "spotcheck" in row else None
    except RecursionError as error:
        raise InputError(f"{name}:1: a value is nested too deep") from error


ANSWERS = ("verdict", "reason", "right_label", "note", "reviewer")
"""What a reviewer fills in, in formats for spreadsheets and editors."""

_WORDS: dict[str, Decision] = {
    "ok": "ok", "accept": "ok", "good": "ok", "pass": "ok", "yes": "ok", "y": "ok", "true": "ok",
    "bad": "bad", "reject": "bad", "fail": "bad", "no": "bad", "n": "bad", "false": "bad",
    "skip": "skip", "ignore": "skip",
}  # fmt: skip
"""No numbers: to the reviewers a 1 is the key of a bad row, to others it may be a good one."""


def decision(word: Any, where: str) -> Decision | None:
    """Return the verdict that a word means, None for an empty one.

    Raises:
        InputError: it means none.
    """
    text = str("" if word is None else word).strip().casefold()
    if not text:
        return None
    if text not in _WORDS:
        raise InputError(f"{where}: {text[:40]!r} is no verdict: write ok, bad or skip")
    return _WORDS[text]


def entry_of(
    row: dict[str, Any], verdict: Decision, reviewer: str, when: float | str = 0.0
) -> Entry:
    """Return a verdict from its parts.

    Args:
        row: key, id, reason, right_label, note, data.
        verdict: what was said.
        reviewer: who said it, empty if unknown.
        when: it was said last, in seconds since 1970 or as ISO 8601; 0 or empty if unknown.

    Raises:
        ValueError: an answer has a form that is not understood, or there are two right labels.
    """
    labels = texts_of(row.get("right_label"))
    if len(set(labels)) > 1:
        raise ValueError(f"two right labels: {', '.join(labels)[:80]}")
    return Entry(
        str(row["key"]),
        str(row.get("id") or ""),
        ReviewVerdict(
            verdict,
            _SEVERAL.join(texts_of(row.get("reason"))),
            labels[0] if labels else None,
            _SEVERAL.join(texts_of(row.get("note"))),
        ),
        reviewer or "anonymous",
        _seconds(when),
        str(row.get("data") or ""),
    )


_SEVERAL = "; "
"""Between several reasons, or several notes, of one verdict."""


def _seconds(when: float | str) -> float:
    if isinstance(when, str):
        return datetime.fromisoformat(when).timestamp() if when else 0.0
    return float(when or 0)


def texts_of(value: Any) -> list[str]:
    """Return the texts of an answer: one, a list of them, or what Label Studio makes of several.

    Raises:
        ValueError: it has another form.
    """
    if isinstance(value, dict) and value.keys() <= {"choices", "text"}:
        return [text for each in value.values() for text in texts_of(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each)]
    if value is None or value == "":
        return []
    if isinstance(value, str | int | float):
        return [str(value)]
    raise ValueError(f"an answer of this form is not understood: {str(value)[:80]}")


def verdict_of_choices(words: Any) -> tuple[str, str]:
    """Return the word for the verdict and the reasons, of choices where both stand among them.

    A reason alone says that the row is bad.

    Raises:
        ValueError: a choice is neither, or they contradict each other.
    """
    texts = texts_of(words)
    said = {_WORDS[text.strip().casefold()] for text in texts if text.strip().casefold() in _WORDS}
    reasons = [text for text in texts if text.strip().casefold() not in _WORDS]
    for reason in reasons:
        if reason not in BAD_REASONS:
            known = ", ".join(["ok", "bad", "skip", *BAD_REASONS])
            raise ValueError(f"{reason[:40]!r} is no verdict and no reason: {known}")
    if len(said) > 1 or (reasons and said - {"bad"}):
        raise ValueError(f"{', '.join(texts)[:80]}: these contradict each other")
    return (*said, "bad" if reasons else "")[0], _SEVERAL.join(reasons)


class ToolAnswer(NamedTuple):
    """What a reviewer said of a row, as a tool wrote it.

    Attributes:
        fields: what :func:`entry_of` reads.
        verdict: a word for the verdict, or a list of one; empty or None where there is none.
        reviewer: who said it, empty if unknown.
        when: it was said last, as :func:`entry_of` takes it; of two verdicts the later one counts.
    """

    fields: dict[str, Any]
    verdict: Any
    reviewer: str
    when: float | str = 0.0


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """A format of JSON: an array of rows, or a line for each.

    Attributes:
        task: makes what the tool imports for a row of its fields, those of :func:`fields_of`.
        answers: yields what was said of a row, given what the tool exports for it. It raises
            KeyError, TypeError, AttributeError or ValueError where that has another form.
        is_ours: whether the first object of a file is one of the tool's.
        noun: what a row is called in messages.
        of_ours: what a row should have been, in messages.
        head: what comes before the rows.
        as_lines: a line for each row, in place of an array.
    """

    task: Callable[[dict[str, str]], dict[str, Any]]
    answers: Callable[[Any], Iterable[ToolAnswer]]
    is_ours: Callable[[dict[str, Any]], bool]
    noun: str
    of_ours: str
    head: Callable[[Header], list[dict[str, Any]]] = lambda _: []
    as_lines: bool = False

    def dumps(self, items: Sequence[ReviewItem], header: Header, /) -> bytes:
        """Return the file that the tool imports."""
        rows = [*self.head(header), *(self.task(fields_of(item, header)) for item in items)]
        if self.as_lines:
            return b"".join(orjson.dumps(row) + b"\n" for row in rows)
        return orjson.dumps(rows, option=orjson.OPT_INDENT_2)

    def owns(self, content: bytes, /) -> bool:
        """Does a file look like an export of the tool?"""
        return self.is_ours(first_object(content))

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the verdicts in a file that the tool exported, the latest last."""
        content = content.removeprefix(codecs.BOM_UTF8)  # editors put it there
        rows = _lines(content, name) if self.as_lines else self._array(content, name)
        entries = [entry for where, row in rows for entry in self._entries(row, where)]
        return in_time(entries)

    def _array(self, content: bytes, name: str) -> Iterator[tuple[str, Any]]:
        try:
            found = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise InputError(f"{name}: not JSON: {error.msg}") from error
        if not isinstance(found, list):
            raise InputError(f"{name}: expected a JSON array")
        for number, row in enumerate(found, 1):
            yield f"{name}: {self.noun} {number}", row

    def _entries(self, row: Any, where: str) -> Iterator[Entry]:
        try:
            for answer in self.answers(orjson.loads(row) if self.as_lines else row):
                words = texts_of(answer.verdict)
                if len(words) > 1:
                    raise ValueError(f"two verdicts: {', '.join(words)[:80]}")  # noqa: TRY301
                found = decision(words[0] if words else "", where)
                if found is not None:
                    yield entry_of(answer.fields, found, answer.reviewer, answer.when)
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            said = f"it lacks {error}" if isinstance(error, KeyError) else error
            raise InputError(f"{where}: not {self.of_ours}: {said}") from error


def in_time(entries: Sequence[Entry]) -> list[Entry]:
    """Return verdicts in the order in which they were given; those of no known time stay first."""
    return sorted(entries, key=lambda entry: entry.time)


def _lines(content: bytes, name: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield f"{name}:{number}", line
