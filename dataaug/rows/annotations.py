"""What of a row depends on its text: spans, tokens, tags; moved with the text, or refused."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from dataaug.rows import field_paths
from dataaug.rows.field_paths import FieldPath
from dataaug.rows.offsets import Ruler
from dataaug.rows.provenance import KEYS
from dataaug.rows.record import REJECT, Record
from dataaug.rows.span_shapes import (
    MisfitError,
    Reader,
    SpanMark,
    are_objects,
    holds_answers,
    span_fields,
)
from dataaug.rows.spans import Edit, Span, carried_over, move
from dataaug.rows.stale import stale
from dataaug.rows.tokens import (
    RetaggingError,
    Tags,
    TokenList,
    are_bio,
    located,
    tags_of,
    words_between_blanks,
)
from dataaug.rows.verbatim import as_written

_TOKENS = ("tokens", "words", "token")
_DEPTH = 8
"""How deep a row is looked into."""


class SpanFault(NamedTuple):
    """Why a row can't have another text: a word of :mod:`dataaug.rows.reasons`, and particulars."""

    reason: str
    message: str = ""
    field: str = ""

    def detail(self) -> dict[str, str]:
        """Return the particulars as a reject has them."""
        _, message, field = self
        return {key: said for key, said in (("field", field), ("message", message)) if said}


@dataclass(frozen=True, slots=True)
class Annotations:
    """What of a row depends on its text.

    Attributes:
        marks: its spans.
        tokens: its lists of tokens.
        fault: why it can't have another text, if that is so.
    """

    marks: tuple[SpanMark, ...] = ()
    tokens: tuple[TokenList, ...] = ()
    fault: SpanFault | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans that no edit may touch: those of the row, and entities by tags."""
        if not self.marks and not self.tokens:  # most rows
            return ()
        by_tags = (
            Span(own.spans[run[0]].start, own.spans[run[-1]].end)
            for own in self.tokens
            for tags in own.tags
            for run in tags.entities()
        )
        return (*(mark.span for mark in self.marks), *by_tags)

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that depend on the text; of a row with a fault, the one named."""
        if self.fault:
            return frozenset({self.fault.field})
        places = [place for mark in self.marks for place in (mark.start, *mark.texts)]
        by_tokens = {
            name for own in self.tokens for name in (own.field, *(tags.field for tags in own.tags))
        }
        return frozenset(by_tokens | {str(place[0]) for place in places})


NONE = Annotations()
_PLAIN = frozenset({str, float, bool, type(None)})


def annotations_of(record: Record) -> Annotations:
    """Return what of a row depends on its text; a row that does not fit its text has a fault.

    Args:
        record: the row; its schema says in which shape spans are, and which fields are kept anyway.
    """
    schema = record.schema
    plain = _PLAIN.issuperset(map(type, record.fields.values()))
    if plain and record.fields.get(schema.spans) is None:
        return NONE
    row = _around(record, record.fields)
    ruler = Ruler(record.text, schema.offsets)
    others = [value for value in row.values() if isinstance(value, str)]
    reader = Reader(record.text, ruler, schema.offsets, others)
    try:
        marks, known = _marks(row, reader, record)
        tokens = _tokens(row, reader, record)
        tokens = tuple(_numbered(row, each, marks) for each in tokens[:1]) + tokens[1:]
        if not tokens:
            _refuse_numbers(row, marks)
    except MisfitError as error:
        return _faulty(record, "bad_spans", str(error), error.field)
    found = Annotations(tuple(marks), tokens)
    label = field_paths.last_key(schema.label)
    if left := stale(row, record.text, ruler, found.fields | known, label):
        said = "it depends on the text; --keep-field leaves it as it is"
        return _faulty(record, "stale_field", said, left)
    return found if marks or tokens else NONE


def _around(record: Record, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields around a row's text, without those that do not depend on it.

    Args:
        record: the row.
        fields: its fields, in whatever form.
    """
    schema = record.schema
    own = (schema.id, *KEYS, REJECT, *schema.keep)
    kept = {field_paths.place_of(fields, name) for name in own}
    places = field_paths.around(fields, schema.text)
    return {
        key: field_paths.value_at(fields, place)
        for key, place in places.items()
        if place not in kept
    }


def _faulty(record: Record, reason: str, message: str, key: str) -> Annotations:
    place = field_paths.around(record.fields, record.schema.text).get(key, (key,))
    return Annotations(fault=SpanFault(reason, message, field_paths.spelt(place)))


def _marks(
    row: Mapping[str, Any], reader: Reader, record: Record
) -> tuple[list[SpanMark], set[str]]:
    """Return the spans of a row, and the fields that were read for them."""
    form = record.schema.spans_format
    spans = field_paths.last_key(record.schema.spans)
    names = span_fields(row, spans, form)
    own = spans in names and form in {"objects", "prodigy"}
    if own and not are_objects(row[names[0]]):
        raise MisfitError("expected a list of objects with start and end", names[0])
    marks = [mark for name in names for mark in reader.named(name, row[name])]
    known = set(names)
    answers: list[tuple[FieldPath, Mapping[str, Any]]] = (
        [((), row)] if "answer_start" in row else []
    )
    for name, value in row.items():
        answers += _answers(value, (name,), 0) if name not in known else ()
    for path, holder in answers:
        if form == "squad" or holds_answers(holder, top=not path):
            marks += reader.answers(holder, path)
            known |= {str(path[0])} if path else {"answer_start", "answer_end"}
    return marks, known


def _answers(
    value: Any, path: FieldPath, depth: int
) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """Yield the objects with an ``answer_start`` that lie in a value."""
    if depth > _DEPTH or not isinstance(value, dict | list):
        return
    if isinstance(value, dict) and "answer_start" in value:
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in pairs:
        yield from _answers(each, (*path, key), depth + 1)


def _tokens(row: Mapping[str, Any], reader: Reader, record: Record) -> tuple[TokenList, ...]:
    """Return the lists of tokens of a row, with the tags that stand beside them."""
    form, found = record.schema.spans_format, []
    label = field_paths.last_key(record.schema.label)
    for name, value in row.items():
        if name == label or not isinstance(value, list) or not value:
            continue
        tags = [made for key, each in row.items() if key != name
                if (made := tags_of(key, each, len(value)))]  # fmt: skip
        if all(isinstance(each, str) for each in value):
            spans = _texts(name, value, reader, sure=form == "bio" or bool(tags))
        elif name in _TOKENS and all(isinstance(each, dict) for each in value):
            spans = reader.tokens(name, value)
        else:
            continue
        if spans:
            found.append(TokenList(name, spans, isinstance(value[0], dict), tuple(tags)))
    return tuple(found or _unnamed(row, reader))


def _unnamed(row: Mapping[str, Any], reader: Reader) -> list[TokenList]:
    """Return the words between blanks, where tags of entities stand in a row without its tokens."""
    spans = words_between_blanks(reader.text)
    elsewhere = {len(value) for name in _TOKENS if isinstance(value := row.get(name), list)}
    own = [name for name in row if are_bio(row[name]) and len(row[name]) not in elsewhere]
    tags = [Tags(name, row[name], of_entities=True) for name in own]
    wrong = [each.field for each in tags if len(each.values) != len(spans)]
    if wrong:
        raise MisfitError("there are more or fewer tags than words between blanks", wrong[0])
    return [TokenList("", spans, objects=False, tags=tuple(tags))] if tags else []


def _texts(name: str, value: Sequence[str], reader: Reader, *, sure: bool) -> Sequence[Span] | None:
    """Return where tokens lie, None where a list holds none of this text.

    Raises:
        MisfitError: they surely are tokens, and do not make up the text.
    """
    named = name in _TOKENS
    if not named and (len(value) < 2 or any(len(token.split()) > 1 for token in value)):
        return None
    spans = located(value, reader.text)
    lost = spans is None and named and sure
    if lost and not any(located(value, other) for other in reader.others):
        raise MisfitError("the tokens do not make up the text", name)
    return spans


def _numbered(row: Mapping[str, Any], tokens: TokenList, marks: Sequence[SpanMark]) -> TokenList:
    """Return tokens with the places where spans name them by number."""
    numbered: list[tuple[FieldPath, int]] = []
    for mark in marks:
        entry = field_paths.value_at(row, mark.start[:-1])
        for key, side in (("token_start", 0), ("token_end", 1)):
            if isinstance(entry, dict) and type(number := entry.get(key)) is int:
                there = 0 <= number < len(tokens.spans)
                if not there or tokens.spans[number][side] != mark.span[side]:
                    raise MisfitError(f"{key} {number} is not the token there", str(mark.start[0]))
                numbered.append(((*mark.start[:-1], key), number))
    return replace(tokens, numbered=tuple(numbered))


def _refuse_numbers(row: Mapping[str, Any], marks: Sequence[SpanMark]) -> None:
    for mark in marks:
        entry = field_paths.value_at(row, mark.start[:-1])
        if isinstance(entry, dict) and {"token_start", "token_end"} & entry.keys():
            raise MisfitError("token_start stands without tokens", str(mark.start[0]))


def moved(
    record: Record,
    found: Annotations,
    edits: Sequence[Edit],
    text: str,
    *,
    mentions: bool = False,
) -> dict[str, Any] | SpanFault:
    """Return the fields that depend on a row's text as they are after edits of it.

    They are named by the keys that :func:`~dataaug.rows.field_paths.around` gives them.

    Every span is verified: the characters under it are the same before and after, or those of the
    edit that replaces it.

    Args:
        record: the row.
        found: what of it depends on its text, without a fault.
        edits: what is done to its text.
        text: the new text.
        mentions: does each edit replace a whole span by another one of its label? What holds the
            characters under the span gets the new ones, and a field elsewhere in the row that does
            is a fault.
    """
    ruler = Ruler(text, record.schema.offsets)
    changes: dict[FieldPath, Any] = {}
    under = {Span(edit.start, edit.end): edit.text for edit in edits if mentions}
    for mark in found.marks:
        new = (carried_over if mentions else move)(mark.span, edits)
        words = under.get(mark.span, record.text[slice(*mark.span)])
        if new is None or text[slice(*new)] != words:
            return SpanFault("span_lost")
        changes |= _put(mark, new, ruler)
        if mark.span in under:
            changes |= dict.fromkeys(mark.texts, words)
    row = _around(record, as_written(record.line, record.fields))
    for tokens in found.tokens:
        try:
            changes |= tokens.moved(record.text, row, edits, (text, ruler), mentions=mentions)
        except RetaggingError as error:
            return SpanFault("span_lost", str(error), tokens.field)
    if said := _also_said(record, found, {record.text[slice(*span)] for span in under}):
        return said
    return field_paths.changed_fields(row, changes)


def _also_said(record: Record, found: Annotations, words: Set[str]) -> SpanFault | None:
    """Return the fault of a field, none of the spans', that holds the characters under a span."""
    label = field_paths.last_key(record.schema.label)
    for name, value in _around(record, record.fields).items():
        if words and name != label and name not in found.fields and _holds(value, words, 0):
            said = "it holds the characters under a span; --keep-field leaves it as it is"
            return _faulty(record, "stale_field", said, name).fault
    return None


def _holds(value: Any, words: Set[str], depth: int) -> bool:
    """Is a value one of these texts, or does one lie in it?"""
    if isinstance(value, str):
        return value in words
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < _DEPTH and any(_holds(each, words, depth + 1) for each in inner)


def placed(
    record: Record, found: Annotations, spans: Sequence[Span], text: str
) -> dict[str, Any] | SpanFault:
    """Return the fields that depend on a row's text where a method has found its spans again.

    Places that hold the characters under a span get the new ones.

    Args:
        record: the row.
        found: what of it depends on its text, without a fault.
        spans: where its spans lie in the new text, in their order.
        text: the new text.
    """
    if found.tokens:
        return SpanFault("exact_spans", "the tokens of a text that is written anew are not known")
    ruler = Ruler(text, record.schema.offsets)
    changes: dict[FieldPath, Any] = {}
    for mark, new in zip(found.marks, spans, strict=True):
        if not 0 <= new.start < new.end <= len(text):
            return SpanFault("span_lost")
        changes |= _put(mark, new, ruler)
        changes |= dict.fromkeys(mark.texts, text[slice(*new)])
    return field_paths.changed_fields(
        _around(record, as_written(record.line, record.fields)), changes
    )


def _put(mark: SpanMark, span: Span, ruler: Ruler) -> dict[FieldPath, Any]:
    ends = {mark.end: ruler.position(span.end)} if mark.end else {}
    return {mark.start: ruler.position(span.start), **ends}
