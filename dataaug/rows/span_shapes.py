"""The shapes in which tools write spans of a text into rows, read as marks at places of the row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias

from dataaug.rows.offsets import UNITS, Offsets, Ruler, unit_of
from dataaug.rows.spans import Span

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands in a row: keys and places in lists, from the outside."""

SpansFormat = Literal["auto", "objects", "doccano", "spacy", "prodigy", "squad", "bio"]

PAIRS = (
    ("start", "end"), ("start_offset", "end_offset"), ("startOffset", "endOffset"),
    ("start_char", "end_char"), ("char_start", "char_end"), ("begin", "end"),
)  # fmt: skip
"""Names of the first position of a span and of the one behind its last."""

_OWN_TEXT = frozenset({"text", "surface", "surface_form", "mention", "span_text", "quote"})
"""Keys of an entry that hold the characters under the span; others may hold them too."""

_ANSWERS = ("text", "answer", "answer_text", "answers")

_NAMED = {
    "doccano": ("label", "labels", "entities"),
    "spacy": ("entities", "ents", "annotations"),
}
_USUAL = (
    "label", "labels", "entities", "ents", "entity", "annotations", "annotation", "spans", "ner",
    "mentions", "slots", "highlights",
)  # fmt: skip


class MisfitError(ValueError):
    """A field has the shape of spans, and they do not fit the text.

    Attributes:
        field: its name.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Mark(NamedTuple):
    """A span of the text, and where the row says so.

    Attributes:
        span: in characters, whatever the row counts.
        start: the place of its first position in the row.
        end: the place of the position behind its last, if the row has it.
        texts: places that hold the characters under it.
    """

    span: Span
    start: Path
    end: Path | None = None
    texts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the spans of one row.

    Attributes:
        text: the row's text.
        ruler: for the positions in it.
        unit: what they count.
        others: further texts of the row, which spans with an own text may be about.
    """

    text: str
    ruler: Ruler
    unit: Offsets
    others: Sequence[str]

    def span(self, start: Any, end: Any, said: str | None = None) -> Span | None:
        """Return a span in characters, None if it is one of another text of the row.

        Args:
            start: its first position.
            end: the one behind its last.
            said: the characters that the row says are under it.

        Raises:
            MisfitError: it is no span of the text, or other characters are under it.
        """
        if type(start) is not int or type(end) is not int:
            raise MisfitError("start and end should be whole numbers")
        first, last = self.ruler.character(start), self.ruler.character(end)
        if first is not None and last is not None and first <= last:
            if said is None or _same(self.text[first:last], said):
                return Span(first, last)
        if said is None:
            raise MisfitError(f"{start} to {end} is no range of the text in {UNITS[self.unit]}")
        if any(unit_of(other, start, end, said) for other in self.others):
            return None
        raise MisfitError(self._cause(start, end, said))

    def _cause(self, start: int, end: int, said: str) -> str:
        unit = unit_of(self.text, start, end, said)
        where = f"{start} to {end} is not {said[:40]!r} in {UNITS[self.unit]}"
        if unit is not None:
            return f"{where}, but it is in {UNITS[unit]}: say --offsets {unit}"
        return (
            f"{where}; the usual cause is that another tool counted UTF-16 units or bytes "
            "(--offsets utf16, --offsets bytes), or changed the text"
        )

    def objects(self, entries: Sequence[Any], path: Path) -> Iterator[Mark]:
        """Yield the marks of ``[{"start": 0, "end": 4, ...}]``."""
        for number, entry in enumerate(entries):
            pair = pair_of(entry)
            if pair is None:
                raise MisfitError("an entry has no start and end")
            said = next((v for k, v in entry.items() if k in _OWN_TEXT and _filled(v)), None)
            span = self.span(entry[pair[0]], entry[pair[1]], said)
            if span is None:
                continue
            under, here = self.text[slice(*span)], (*path, number)
            texts = tuple((*here, key) for key, value in entry.items() if value == under)
            yield Mark(span, (*here, pair[0]), (*here, pair[1]), texts)

    def triples(self, entries: Sequence[Any], path: Path) -> Iterator[Mark]:
        """Yield the marks of ``[[0, 4, "ORG"]]``."""
        for number, entry in enumerate(entries):
            if len(entry) < 2:
                raise MisfitError("an entry has no start and end")
            span = self.span(entry[0], entry[1])
            if span is not None:
                yield Mark(span, (*path, number, 0), (*path, number, 1))

    def squad(self, holder: Mapping[str, Any], path: Path) -> Iterator[Mark]:
        """Yield the marks of ``{"text": ["two days"], "answer_start": [54]}``, or of single ones."""
        starts, said = holder["answer_start"], _said(holder, top=not path)
        if said is None:
            raise MisfitError("answer_start stands without the text of the answer")
        listed = isinstance(starts, list)
        for number, (start, answer) in enumerate(
            zip(starts, holder[said], strict=True) if listed else [(starts, holder[said])]
        ):
            if not answer:
                continue  # a question without an answer
            at: Path = (number,) if listed else ()
            span = self._answer(start, answer)
            if span is not None:
                end = self._end(holder, at, span)
                texts = ((*path, said, *at),)
                yield Mark(span, (*path, "answer_start", *at), end and (*path, *end), texts)

    def _answer(self, start: Any, answer: str) -> Span | None:
        first = self.ruler.character(start) if type(start) is int else None
        if first is not None and self.text.startswith(answer, first):
            return Span(first, first + len(answer))
        if type(start) is not int:
            raise MisfitError("answer_start should be a whole number")
        return self.span(start, start + Ruler(answer, self.unit).position(len(answer)), answer)

    def _end(self, holder: Mapping[str, Any], at: Path, span: Span) -> Path | None:
        ends = holder.get("answer_end")
        end = ends[at[0]] if at and isinstance(ends, list) and len(ends) > at[0] else ends
        there = type(end) is int and self.ruler.character(end) == span.end
        return ("answer_end", *at) if there else None

    def named(self, name: str, value: Any) -> list[Mark]:
        """Return the marks of a field in any of the shapes.

        Raises:
            MisfitError: it has none of them, or does not fit the text.
        """
        return _in(name, self.field(value, (name,)))

    def answers(self, holder: Mapping[str, Any], path: Path) -> list[Mark]:
        """Return the marks of an object with an ``answer_start``.

        Raises:
            MisfitError: the answers do not stand there.
        """
        return _in(str((*path, "answer_start")[0]), self.squad(holder, path))

    def tokens(self, name: str, entries: Sequence[Any]) -> list[Span]:
        """Return where tokens lie that are objects with positions; empty if they have none.

        Raises:
            MisfitError: they are in no order, or other characters are under them.
        """
        if not all(map(_whole, entries)):
            return []
        spans = [mark.span for mark in _in(name, self.objects(entries, (name,)))]
        if any(one.end > other.start for one, other in pairwise(spans)):
            raise MisfitError("tokens overlap or are out of order", name)
        return spans if len(spans) == len(entries) else []

    def field(self, value: Any, path: Path) -> Iterator[Mark]:
        """Yield the marks of a value in any of the shapes.

        Raises:
            MisfitError: it has none of them, or does not fit the text.
        """
        if isinstance(value, dict):
            if "answer_start" in value:
                yield from self.squad(value, path)
            elif "entities" in value:
                yield from self.field(value["entities"], (*path, "entities"))
            else:
                raise MisfitError("an object without entities or answer_start")
        elif not isinstance(value, list):
            raise MisfitError("neither a list nor an object")
        elif all(isinstance(entry, dict) for entry in value):
            if any("answer_start" in entry for entry in value):
                for number, entry in enumerate(value):
                    yield from self.field(entry, (*path, number))
            else:
                yield from self.objects(value, path)
        elif all(isinstance(entry, list) for entry in value):
            yield from self.triples(value, path)
        else:
            raise MisfitError("an entry is neither an object nor a list")


def _in(field: str, marks: Iterator[Mark]) -> list[Mark]:
    try:
        return list(marks)
    except MisfitError as error:
        raise MisfitError(str(error), error.field or field) from error


def pair_of(entry: Any) -> tuple[str, str] | None:
    """Return under which names an object holds a start and an end."""
    if not isinstance(entry, dict):
        return None
    return next((pair for pair in PAIRS if pair[0] in entry and pair[1] in entry), None)


def fields_of(row: Mapping[str, Any], spans: str, form: SpansFormat) -> list[str]:
    """Return the fields of a row that surely hold spans: the field for them, and usual names.

    Args:
        row: the row.
        spans: the name of the field for spans.
        form: ``auto``, or the one shape that rows are in.
    """
    own = [] if row.get(spans) is None else [spans]
    if form != "auto":
        named = own or [name for name in _NAMED.get(form, ()) if isinstance(row.get(name), list | dict)]
        return named[:1] if form in {"objects", "prodigy", *_NAMED} else []
    return own + [name for name in _USUAL if name != spans and _shaped(row.get(name))]


def holds_answers(value: Any, *, top: bool = False) -> bool:
    """Is a value an object that says where answers begin and what they are?"""
    return isinstance(value, dict) and "answer_start" in value and _said(value, top=top) is not None


def _shaped(value: Any) -> bool:
    """Has a value surely one of the shapes of spans?"""
    if isinstance(value, dict):
        return _shaped(value.get("entities"))
    if not isinstance(value, list) or not value:
        return False
    return all(map(_triple, value)) or all(_whole(entry) for entry in value)


def _triple(entry: Any) -> bool:
    return (
        isinstance(entry, list) and len(entry) >= 3
        and type(entry[0]) is type(entry[1]) is int and isinstance(entry[2], str)
    )  # fmt: skip


def _whole(entry: Any) -> bool:
    pair = pair_of(entry)
    return pair is not None and all(type(entry[key]) is int for key in pair)


def _said(holder: Mapping[str, Any], *, top: bool) -> str | None:
    """Return the key of the texts of answers that stand beside their starts."""
    starts = holder["answer_start"]
    for key in _ANSWERS[top:]:
        found = holder.get(key)
        if isinstance(starts, list) and isinstance(found, list) and len(found) == len(starts):
            if all(isinstance(each, str) for each in found):
                return key
        elif type(starts) is int and isinstance(found, str):
            return key
    return None


def _filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _same(under: str, said: str) -> bool:
    """Are two texts the same but for capitals and blanks? Tools write "new york" of New York."""
    return under == said or under.casefold().split() == said.casefold().split()
