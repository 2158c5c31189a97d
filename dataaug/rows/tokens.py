"""Tokens of a text and their tags: where they lie, and what edits of the text make of them."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from dataaug.rows.field_paths import FieldPath
from dataaug.rows.offsets import Ruler
from dataaug.rows.span_shapes import pair_of
from dataaug.rows.spans import Edit, Span, apply_edits, move

_PIECE = re.compile(r"\S+")
_NO_ENTITY = frozenset({"O", "o", "_", "-", "", 0})
_ENTITY_TAG = re.compile(r"[BILUSEMbilusem][-_].+|O|o")
_OF_ENTITIES = re.compile(
    r"(^|_)(ner|bio|iob2?|bioes|bilou|slots?|entit(y|ies)|tags?|labels?)($|_)"
)
_OF_WORDS = re.compile(r"(^|_)(u?pos|xpos|chunks?|deprels?|morph|dep)($|_)")


class RetaggingError(ValueError):
    """Tokens or tags that can't be made to fit the new text."""


def located(tokens: Sequence[Any], text: str) -> list[Span] | None:
    """Return where tokens lie that follow each other in a text with blanks alone between them.

    Returns:
        One span for each token; None where they are no tokens of the text, or not all of it.
    """
    spans, place = [], 0
    for token in tokens:
        if not isinstance(token, str) or not token:
            return None
        if not text.startswith(token, place):
            while place < len(text) and text[place].isspace():
                place += 1
            if not text.startswith(token, place):
                return None
        spans.append(Span(place, place + len(token)))
        place += len(token)
    return spans if spans and not text[place:].strip() else None


class Gap(NamedTuple):
    """What lies between two tokens that no edit touches.

    Attributes:
        old: the numbers of the old tokens in it.
        new: where the new tokens lie, in the new text.
    """

    old: range
    new: list[Span]


def kept(spans: Sequence[Span], edits: Sequence[Edit]) -> list[Span | None]:
    """Return where each token lies after the edits, None for one that an edit touches."""
    return [move(span, edits) for span in spans]


def gaps(
    text: str, spans: Sequence[Span], edits: Sequence[Edit], *, whole: bool
) -> Iterator[int | Gap]:
    """Yield what the tokens of the edited text are, in order.

    A number is that of an old token that no edit touches; all that lies between two of these is
    one gap. New tokens are cut at blanks, so the old ones there must have been cut so too.

    Args:
        text: the old text.
        spans: where its tokens lie.
        edits: what is done to it.
        whole: do the tokens cover the text? Otherwise what no token covers stays without one.

    Raises:
        RetaggingError: the tokens are cut otherwise, or a new word touches an old token.
    """
    new = apply_edits(text, edits)
    stays = [(number, at) for number, at in enumerate(kept(spans, edits)) if at is not None]
    before, old_end, new_end = -1, 0, 0
    for number, at in [*stays, (len(spans), Span(len(new), len(new)))]:
        start = spans[number].start if number < len(spans) else len(text)
        gap = _gap(
            (text, Span(old_end, start)), (new, Span(new_end, at.start)),
            spans, range(before + 1, number), whole=whole,
        )  # fmt: skip
        if gap.old or gap.new:
            yield gap
        if number < len(spans):
            yield number
            before, old_end, new_end = number, spans[number].end, at.end


def exchanged(spans: Sequence[Span], edits: Sequence[Edit]) -> Iterator[int | Gap]:
    """Yield what the tokens of a text are in which edits replace whole tokens, in order.

    A number is that of an old token; each edit is a gap of its own, with tokens cut at blanks.

    Args:
        spans: where the old tokens lie.
        edits: what is done to the text.

    Raises:
        RetaggingError: an edit cuts into a token, or replaces more than tokens.
    """
    number = shift = 0
    for start, end, new in edits:
        first = bisect_left(spans, start, key=lambda span: span.start)
        last = bisect_left(spans, end, key=lambda span: span.start)
        if first == last or (spans[first].start, spans[last - 1].end) != (start, end):
            raise RetaggingError("an edit does not replace whole tokens")
        yield from range(number, first)
        at = start + shift
        pieces = [Span(at + p.start(), at + p.end()) for p in _PIECE.finditer(new)]
        yield Gap(range(first, last), pieces)
        number, shift = last, shift + len(new) - (end - start)
    yield from range(number, len(spans))


def _gap(
    old: tuple[str, Span], new: tuple[str, Span], spans: Sequence[Span], inside: range,
    *, whole: bool,
) -> Gap:  # fmt: skip
    (text, (start, end)), (other, (new_start, new_end)) = old, new
    pieces = [Span(*piece.span()) for piece in _PIECE.finditer(other, new_start, new_end)]
    if [Span(*piece.span()) for piece in _PIECE.finditer(text, start, end)] != [
        spans[number] for number in inside
    ]:
        if inside or whole:
            raise RetaggingError("the tokens are cut otherwise than at blanks where an edit lies")
        return Gap(inside, [])
    glued = [(text, start, end), (other, new_start, new_end)]
    if pieces and any(
        _touches(glued[1], side) and not (inside and _touches(glued[0], side)) for side in (0, 1)
    ):
        raise RetaggingError("a new word touches a token that stays")
    return Gap(inside, pieces)


def _touches(gap: tuple[str, int, int], side: int) -> bool:
    """Does a gap begin (0) or end (1) with no blank, beside a token?"""
    text, start, end = gap
    if start == end or (start == 0 if side == 0 else end == len(text)):
        return False
    return not text[start if side == 0 else end - 1].isspace()


@dataclass(frozen=True, slots=True)
class Tags:
    """One tag for each token.

    Attributes:
        field: the field they stand in.
        values: the tags.
        of_entities: do they say which tokens are entities, rather than something of every word?
    """

    field: str
    values: Sequence[Any]
    of_entities: bool

    def entities(self) -> Iterator[range]:
        """Yield the numbers of the tokens of each run without the outside tag."""
        first = None
        for number, tag in enumerate([*self.values, "O"] if self.of_entities else ()):
            if tag in _NO_ENTITY:
                if first is not None:
                    yield range(first, number)
                first = None
            elif first is None:
                first = number

    def mentions(self) -> Iterator[tuple[range, str]]:
        """Yield the numbers of the tokens of each entity, and its label; empty for one by number.

        Where tags have no prefix, or the one of the inside alone, neighbours of a label are one.
        """
        prefixed = self._prefixed
        labels = [tag[2 * prefixed :] if isinstance(tag, str) else "" for tag in self.values]
        for run in self.entities():
            starts = [
                n for n in run
                if n == run[0] or labels[n] != labels[n - 1] or (prefixed and self._begins(n))
            ]  # fmt: skip
            for first, behind in pairwise([*starts, run[-1] + 1]):
                yield range(first, behind), labels[first]

    @property
    def _prefixed(self) -> bool:
        return all(
            isinstance(tag, str) and _ENTITY_TAG.fullmatch(tag)
            for tag in self.values
            if tag not in _NO_ENTITY
        )

    def _begins(self, number: int) -> bool:
        """Is a token the first one of an entity by its prefix, or by that of the one before it?"""
        tag, before = self.values[number], self.values[number - 1]
        return tag[0] in "BSUbsu" or before[0] in "ELSUelsu"

    def renewed(
        self, gap: Gap, _text: str, _old: Sequence[str], written: Sequence[Any]
    ) -> list[Any]:
        """Return the tags of the tokens that stand in the place of an entity, as one of its label.

        Args:
            gap: the old tokens of the entity, and the new ones.
            written: the tags as they are to be written.

        Raises:
            RetaggingError: the tags are not known.
        """
        before = [written[number] for number in gap.old]
        if not self.of_entities:
            raise RetaggingError(f"the new words have no tag in {self.field!r}")
        if len(gap.new) == len(before):
            return before
        tags = [self.values[number] for number in gap.old]
        if not all(isinstance(tag, str) for tag in tags):
            raise RetaggingError(
                f"{self.field!r} has numbers, which do not say what tags a longer entity has"
            )
        if not self._prefixed:
            return [tags[0]] * len(gap.new)
        return _prefixes(
            tags, len(gap.new), middle=any(tag[:1] in {"M", "m"} for tag in self.values)
        )

    def of(self, gap: Gap, text: str, old: Sequence[str], written: Sequence[Any]) -> list[Any]:
        """Return the tags of the new tokens of a gap.

        Args:
            gap: the gap.
            text: the new text.
            old: the texts of the old tokens.
            written: the tags as they are to be written.

        Raises:
            RetaggingError: a token of an entity is edited, or the new tags are not known.
        """
        before = [self.values[number] for number in gap.old]
        if self.of_entities:
            if any(tag not in _NO_ENTITY for tag in before):
                raise RetaggingError(f"an edit changes a token that has a tag in {self.field!r}")
            outside = [written[n] for n, tag in enumerate(self.values) if tag in _NO_ENTITY]
            if gap.new and not outside:
                raise RetaggingError(f"no tag in {self.field!r} stands for no entity")
            return [outside[0]] * len(gap.new) if outside else []
        if not gap.new:
            return []
        if len(gap.new) != len(gap.old) or _exchanged(
            [old[number] for number in gap.old], [text[slice(*span)] for span in gap.new], old
        ):
            raise RetaggingError(f"the new words have no tag in {self.field!r}")
        return [written[number] for number in gap.old]


def _prefixes(tags: Sequence[str], count: int, *, middle: bool) -> list[str]:
    """Return the tags of an entity of so many tokens, in the scheme of one of another length.

    Schemes are those with B and I (or I alone), E and S beside them, or L and U.

    Args:
        tags: those of the other entity.
        count: how many tokens the new one has.
        middle: is what lies inside an M, instead of an I?
    """
    first, last = tags[0][0].upper(), tags[-1][0].upper()
    begin, alone, end = first, first, "I"
    for single, final in ("SE", "UL"):
        if first == single or last == final:
            begin, alone, end = "B", single, final
    letters = [alone] if count == 1 else [begin, *["IM"[middle]] * (count - 2), end]
    small = tags[0][0].islower()
    return [(letter.lower() if small else letter) + tags[0][1:] for letter in letters]


def _exchanged(old: Sequence[str], new: Sequence[str], every: Sequence[str]) -> bool:
    """Does a new word stand where another one of the row stood? Its tag may not be that one."""
    words = {word.casefold() for word in every}
    return any(
        a.casefold() != b.casefold() and b.casefold() in words
        for a, b in zip(old, new, strict=True)
    )


def tags_of(field: str, values: Any, count: int) -> Tags | None:
    """Return the tags that a field holds for so many tokens, None where it holds none surely."""
    if not isinstance(values, list) or len(values) != count:
        return None
    name = field.casefold()
    numbers = all(type(value) is int for value in values)
    texts = all(isinstance(value, str) for value in values)
    if not (numbers or texts):
        return None
    if _OF_WORDS.search(name):
        return Tags(field, values, of_entities=False)
    sure = are_bio(values) or _OF_ENTITIES.search(name)
    return Tags(field, values, of_entities=True) if sure else None


def are_bio(values: Any) -> bool:
    """Are all values of a list tags like ``O`` and ``B-city``, and one of them no ``O``?"""
    return (
        isinstance(values, list)
        and all(isinstance(value, str) and _ENTITY_TAG.fullmatch(value) for value in values)
        and any(len(value) > 1 for value in values)
    )


def words_between_blanks(text: str) -> list[Span]:
    """Return the spans of what stands between blanks."""
    return [Span(*piece.span()) for piece in _PIECE.finditer(text)]


@dataclass(frozen=True, slots=True)
class TokenList:
    """The tokens of a row.

    Attributes:
        field: the field they stand in; empty for the words between blanks of a row with tags alone.
        spans: where they lie in the text.
        objects: are they objects with positions, rather than texts alone?
        tags: lists with one tag for each.
        numbered: places in the row that hold the number of a token, and that number.
    """

    field: str
    spans: Sequence[Span]
    objects: bool
    tags: tuple[Tags, ...] = ()
    numbered: tuple[tuple[FieldPath, int], ...] = ()

    def mentions(self) -> Iterator[tuple[Span, str]]:
        """Yield where each entity by tags lies, and its label."""
        for tags in self.tags:
            for run, label in tags.mentions():
                yield Span(self.spans[run[0]].start, self.spans[run[-1]].end), label

    def cuts(self, text: str, span: Span) -> bool:
        """Is a span of the text made up by whole tokens that are cut at blanks?"""
        inside = [own for own in self.spans if own.start < span.end and span.start < own.end]
        pieces = _PIECE.finditer(text, *span)
        return inside == [Span(*piece.span()) for piece in pieces]

    def moved(
        self,
        old: str,
        row: Mapping[str, Any],
        edits: Sequence[Edit],
        new: tuple[str, Ruler],
        *,
        mentions: bool = False,
    ) -> dict[FieldPath, Any]:
        """Return what stands where in the row after edits of its text.

        Args:
            old: the text before.
            row: the row as it is to be written.
            edits: what is done to the text.
            new: the text after, and what turns positions in it into those of the row.
            mentions: does each edit replace a whole entity by another one of its label?

        Raises:
            RetaggingError: an edit falls inside an entity, or tokens or tags can't be made anew.
        """
        text, ruler = new
        words = [old[slice(*span)] for span in self.spans]
        stays = kept(self.spans, edits)
        items: list[Any] = []
        tagged: dict[str, list[Any]] = {tags.field: [] for tags in self.tags}
        numbers: dict[int, tuple[int, int]] = {}  # the first and the last token in its place
        maker = _Maker(row[self.field], text, ruler) if self.objects else None
        parts = (exchanged(self.spans, edits) if mentions
                 else gaps(old, self.spans, edits, whole=not self.objects))  # fmt: skip
        for part in parts:
            if isinstance(part, Gap):
                if mentions:
                    now = len(items), len(items) + len(part.new) - 1
                    numbers |= {part.old[0]: now} | {part.old[-1]: now}
                for span in part.new:
                    items.append(maker.new(span, len(items)) if maker else text[slice(*span)])
                for tags in self.tags:
                    made = tags.renewed if mentions else tags.of
                    tagged[tags.field] += made(part, text, words, row[tags.field])
                continue
            numbers[part] = len(items), len(items)
            here = stays[part] or Span(0, 0)
            items.append(maker.kept(part, here, len(items)) if maker else words[part])
            for tags in self.tags:
                tagged[tags.field].append(row[tags.field][part])
        self._verify([] if mentions else edits, numbers, items, text)
        changes: dict[FieldPath, Any] = {(field,): values for field, values in tagged.items()}
        if self.field:
            changes[self.field,] = items
        return changes | {
            path: numbers[number][path[-1] == "token_end"] for path, number in self.numbered
        }

    def _verify(
        self, edits: Sequence[Edit], numbers: Mapping[int, Any], items: Sequence[Any], text: str
    ) -> None:
        for tags in self.tags:
            for run in tags.entities():
                if move(Span(self.spans[run[0]].start, self.spans[run[-1]].end), edits) is None:
                    raise RetaggingError(f"an edit falls inside an entity of {tags.field!r}")
        if any(number not in numbers for _, number in self.numbered):
            raise RetaggingError("an edit changes a token that a span names")
        if not self.objects and items and located(items, text) is None:
            raise RetaggingError("the new tokens do not make up the new text")


class _Maker:
    """Makes token objects like those of a row."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], text: str, ruler: Ruler) -> None:
        self._entries, self._text, self._ruler = entries, text, ruler
        self._counted = [entry.get("id") for entry in entries] == list(range(len(entries)))

    def kept(self, number: int, span: Span, now: int) -> dict[str, Any]:
        """Return an old token at its new place."""
        entry = self._entries[number]
        ours = self._of(entry, span, now)
        points = [key for key, value in entry.items() if type(value) is int and key not in ours]
        if points and now != number:
            raise RetaggingError(f"{points[0]!r} of a token may count tokens, and they move")
        return {key: ours.get(key, value) for key, value in entry.items()}

    def new(self, span: Span, now: int) -> dict[str, Any]:
        """Return a token of a new word, with the keys of the others."""
        pattern = self._entries[0]
        ours = self._of(pattern, span, now) | {"text": self._text[slice(*span)], "disabled": False}
        unknown = sorted(pattern.keys() - ours.keys())
        if unknown:
            raise RetaggingError(f"tokens have {unknown[0]!r}, which is not known of a new word")
        return {key: ours[key] for key in pattern}

    def _of(self, entry: Mapping[str, Any], span: Span, now: int) -> dict[str, Any]:
        start, end = pair_of(entry) or ("start", "end")
        found = {
            start: self._ruler.position(span.start),
            end: self._ruler.position(span.end),
            "ws": self._text[span.end : span.end + 1].isspace(),
        }
        return found | ({"id": now} if self._counted else {})
