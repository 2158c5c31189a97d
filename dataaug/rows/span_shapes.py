"""The shapes in which tools write spans of a text into rows, read as marks at places of the row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, Literal, NamedTuple

from dataaug.rows.field_paths import FieldPath
from dataaug.rows.offsets import UNITS, Offsets, Ruler, unit_of
from dataaug.rows.spans import Span

SpansFormat = Literal["auto", "objects", "doccano", "spacy", "prodigy", "squad", "bio"]
"""Every shape that is sure is read; one that is named must be what its field holds besides."""

PAIRS = (
    ("start", "end"), ("start_offset", "end_offset"), ("startOffset", "endOffset"),
    ("start_char", "end_char"), ("char_start", "char_end"), ("begin", "end"),
)  # fmt: skip
"""Names of the first position of a span and of the one behind its last."""

_OWN_TEXT = frozenset({"text", "surface", "surface_form", "mention", "span_text", "quote"})
"""Keys of an entry that hold the characters under the span; others may hold them too."""

_LABELS = ("label", "labels", "type", "entity_type", "entity_group", "entity", "tag", "category")
"""Keys of an entry that hold its label; the first that is there does."""

_OF_ANY_TEXT = frozenset(
    {"id", "span_id", "token_start", "token_end", "annotator", "user", "source"}
)
"""Keys of an entry that hold for it whatever characters are under the span."""

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


class SpanMark(NamedTuple):
    """A span of the text, and where the row says so.

    Attributes:
        span: in characters, whatever the row counts.
        start: the place of its first position in the row.
        end: the place of the position behind its last, if the row has it.
        texts: places that hold the characters under it.
        label: its label; empty where it has none, or where more is said of it that may not hold of
            other characters.
    """

    span: Span
    start: FieldPath
    end: FieldPath | None = None
    texts: tuple[FieldPath, ...] = ()
    label: str = ""


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
        inside = first is not None and last is not None and first <= last
        if inside and (said is None or _same(self.text[first:last], said)):
            return Span(first or 0, last or 0)
        if said is None:
            raise MisfitError(f"{start} to {end} is no range of the text in {UNITS[self.unit]}")
        if any(unit_of(other, start, said) for other in self.others):
            return None
        raise MisfitError(self._cause(start, end, said))

    def _cause(self, start: int, end: int, said: str) -> str:
        unit = unit_of(self.text, start, said)
        where = f"{start} to {end} is not {said[:40]!r} in {UNITS[self.unit]}"
        if unit is not None:
            return f"{where}, but it is in {UNITS[unit]}: say --offsets {unit}"
        return (
            f"{where}; the usual cause is that another tool counted UTF-16 units or bytes "
            "(--offsets utf16, --offsets bytes), or changed the text"
        )

    def objects(self, entries: Sequence[Any], path: FieldPath) -> Iterator[SpanMark]:
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
            by = next((key for key in _LABELS if key in entry), "")
            own = [key for key, value in entry.items() if value == under and key != by]
            texts = tuple((*here, key) for key in own)
            further = entry.keys() - {by, *pair, *own, *_OF_ANY_TEXT}
            label = "" if further else _label(entry.get(by))
            yield SpanMark(span, (*here, pair[0]), (*here, pair[1]), texts, label)

    def triples(self, entries: Sequence[Any], path: FieldPath) -> Iterator[SpanMark]:
        """Yield the marks of ``[[0, 4, "ORG"]]`` and ``[["ORG", 0, 4]]``."""
        for number, entry in enumerate(entries):
            places = [place for place, value in enumerate(entry) if type(value) is int]
            if len(places) < 2:
                raise MisfitError("an entry has no start and end")
            start, end = places[:2]
            span = self.span(entry[start], entry[end])
            if span is not None:
                said = [value for value in entry if not isinstance(value, int)]
                label = _label(said) if len(entry) == 3 else ""
                yield SpanMark(span, (*path, number, start), (*path, number, end), (), label)

    def columns(self, holder: Mapping[str, Any], path: FieldPath) -> Iterator[SpanMark]:
        """Yield the marks of ``{"start": [0], "end": [4], "label": ["ORG"]}``."""
        start, end = pair_of(holder) or ("start", "end")
        said = next((k for k in holder if k in _OWN_TEXT and isinstance(holder[k], list)), None)
        by = next((key for key in _LABELS if isinstance(holder.get(key), list)), "")
        further = holder.keys() - {by, start, end, said, *_OF_ANY_TEXT}
        for number, (first, last) in enumerate(zip(holder[start], holder[end], strict=True)):
            own = holder[said][number] if said and number < len(holder[said]) else None
            span = self.span(first, last, own if _filled(own) else None)
            if span is not None:
                texts = ((*path, said, number),) if said and own else ()
                label = _label(holder[by][number : number + 1]) if by and not further else ""
                yield SpanMark(span, (*path, start, number), (*path, end, number), texts, label)

    def squad(self, holder: Mapping[str, Any], path: FieldPath) -> Iterator[SpanMark]:
        """Yield the marks of ``{"text": ["two days"], "answer_start": [54]}``."""
        starts, said = holder["answer_start"], _said(holder, top=not path)
        if said is None:
            raise MisfitError("answer_start stands without the text of the answer")
        listed = isinstance(starts, list)
        ends = holder.get("answer_end", [None] * len(starts) if listed else None)
        if listed and not (isinstance(ends, list) and len(ends) == len(starts)):
            raise MisfitError("answer_end is not like answer_start")
        single = [(starts, holder[said], ends)]
        rows = zip(starts, holder[said], ends, strict=True) if listed else single
        for number, (start, answer, end) in enumerate(rows):
            at: FieldPath = (number,) if listed else ()
            span = self._answer(start, answer) if answer else None  # a question may have no answer
            if span is None:
                continue
            if end is not None and end != self.ruler.position(span.end):
                raise MisfitError(f"answer_end {end} is not the position behind the answer")
            last = None if end is None else (*path, "answer_end", *at)
            yield SpanMark(span, (*path, "answer_start", *at), last, ((*path, said, *at),))

    def _answer(self, start: Any, answer: str) -> Span | None:
        first = self.ruler.character(start) if type(start) is int else None
        if first is not None and self.text.startswith(answer, first):
            return Span(first, first + len(answer))
        if type(start) is not int:
            raise MisfitError("answer_start should be a whole number")
        return self.span(start, start + Ruler(answer, self.unit).position(len(answer)), answer)

    def named(self, name: str, value: Any) -> list[SpanMark]:
        """Return the marks of a field in any of the shapes.

        Raises:
            MisfitError: it has none of them, or does not fit the text.
        """
        return _in(name, lambda: self.field(value, (name,)))

    def answers(self, holder: Mapping[str, Any], path: FieldPath) -> list[SpanMark]:
        """Return the marks of an object with an ``answer_start``.

        Raises:
            MisfitError: the answers do not stand there.
        """
        return _in(str((*path, "answer_start")[0]), lambda: self.squad(holder, path))

    def tokens(self, name: str, entries: Sequence[Any]) -> list[Span]:
        """Return where tokens lie that are objects with positions; empty if they have none.

        Raises:
            MisfitError: they are in no order, or other characters are under them.
        """
        if not all(map(_whole, entries)):
            return []
        spans = [mark.span for mark in _in(name, lambda: self.objects(entries, (name,)))]
        if any(one.end > other.start for one, other in pairwise(spans)):
            raise MisfitError("tokens overlap or are out of order", name)
        return spans if len(spans) == len(entries) else []

    def field(self, value: Any, path: FieldPath) -> Iterator[SpanMark]:
        """Return the marks of a value in any of the shapes, found as they are read.

        Raises:
            MisfitError: it has none of them, or does not fit the text.
        """
        if isinstance(value, dict):
            if "answer_start" in value:
                return self.squad(value, path)
            if isinstance(value.get("entities"), list):
                return self._list(value["entities"], (*path, "entities"))
            if _columns(value):
                return self.columns(value, path)
            raise MisfitError("an object without entities or answer_start")
        if not isinstance(value, list):
            raise MisfitError("neither a list nor an object")
        return self._list(value, path)

    def _list(self, value: Sequence[Any], path: FieldPath) -> Iterator[SpanMark]:
        if all(isinstance(entry, list) for entry in value):
            return self.triples(value, path)
        if not are_objects(value):
            raise MisfitError("an entry is neither an object nor a list")
        if any("answer_start" in entry for entry in value):
            parts = (self.field(entry, (*path, number)) for number, entry in enumerate(value))
            return chain.from_iterable(parts)
        return self.objects(value, path)


def _label(value: Any) -> str:
    """Return the label that a value is, or the only one that it holds; empty if there is none."""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    return alone if isinstance(alone, str) else ""


def _in(field: str, read: Callable[[], Iterator[SpanMark]]) -> list[SpanMark]:
    """Return what is read of a field; an error names it."""
    try:
        return list(read())
    except MisfitError as error:
        raise MisfitError(str(error), error.field or field) from error


def pair_of(entry: Any) -> tuple[str, str] | None:
    """Return under which names an object holds a start and an end."""
    if not isinstance(entry, dict):
        return None
    return next((pair for pair in PAIRS if pair[0] in entry and pair[1] in entry), None)


def span_fields(row: Mapping[str, Any], spans: str, form: SpansFormat) -> list[str]:
    """Return the fields of a row that hold spans: the field for them, and what is sure.

    Args:
        row: the row.
        spans: the name of the field for spans.
        form: ``auto``, or the shape whose field must hold spans where a row has it as a list.
    """
    first = [] if row.get(spans) is None else [spans]
    if not first:
        named = (name for name in _NAMED.get(form, ()) if isinstance(row.get(name), list | dict))
        first = list(named)[:1]
    return first + [name for name in _USUAL if name not in first and _shaped(row.get(name))]


def are_objects(value: Any) -> bool:
    """Is a value a list of objects?"""
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def holds_answers(value: Any, *, top: bool = False) -> bool:
    """Is a value an object that says where answers begin and what they are?"""
    return isinstance(value, dict) and "answer_start" in value and _said(value, top=top) is not None


def _shaped(value: Any) -> bool:
    """Has a value surely one of the shapes of spans?"""
    if isinstance(value, dict):
        inner = value.get("entities")
        return _columns(value) or (isinstance(inner, list) and _shaped(inner))
    if not isinstance(value, list) or not value:
        return False
    return all(map(_triple, value)) or all(_whole(entry) for entry in value)


def _triple(entry: Any) -> bool:
    return (
        isinstance(entry, list)
        and sum(type(value) is int for value in entry) >= 2
        and any(isinstance(value, str) for value in entry)
    )


def _columns(value: Mapping[str, Any]) -> bool:
    """Holds an object lists of starts and ends, as tables of columns have them?"""
    pair = pair_of(value)
    if pair is None:
        return False
    starts, ends = (value[key] for key in pair)
    return isinstance(starts, list) and isinstance(ends, list) and len(starts) == len(ends)


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
