"""Take a text apart for a translator: what may be translated, and what must come back as it was."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dataaug.rows.spans import Span
from dataaug.text import protection
from dataaug.text.segments import split_words, unspaced

_MASK = re.compile(r"XX(\d{1,4})(?!\d)", re.IGNORECASE)
"""Stands for a part that stays. Of 17 forms that were tried on Mozilla's models (braces, tags,
brackets, signs) this is one of five that came back from both directions in every sentence."""

_BREAK = re.compile(r"([ ]*[^\S ]+\s*|[ ]{2,})")
"""White space that a translator would lose: line ends, tabs, wide gaps."""
_LONG = re.compile(r"\S{61,}")
"""No word is that long; a translator would work on it for a minute and make it longer."""
_END = re.compile(r"[.!?…]*\Z")
_FIRST = re.compile(r"[^\W\d_]")
_CALENDAR = re.compile(r"\d+(?:st|nd|rd|th|am|pm)|\d{1,4}", re.IGNORECASE)
"""Numbers that another language writes in its own way, or has to inflect its words by."""


class Part(NamedTuple):
    """A line of a text, without the white space around it, as the translator gets it.

    Attributes:
        before: what goes before it as it is: white space, or a line without words.
        text: the line with masks; empty where nothing is left to translate.
        plain: the line as it was.
        shouted: was it all in capitals? It is translated in small letters.
    """

    before: str
    text: str
    plain: str
    shouted: bool


class Place(NamedTuple):
    """Where a character span of a row lies: the mask's number, the start behind it, the length."""

    mask: int
    start: int
    length: int


class MaskedLines(NamedTuple):
    """A text taken apart.

    Attributes:
        parts: its lines; the last one may hold white space only.
        kept: what stands behind the masks, by number.
        places: where the row's spans lie behind the masks.
    """

    parts: tuple[Part, ...]
    kept: tuple[str, ...]
    places: tuple["Place", ...] = ()

    @property
    def texts(self) -> list[str]:
        """What the translator gets."""
        return [part.text for part in self.parts if part.text]


def to_mask(text: str, protected: Iterable[Span], *, numbers: bool = True) -> list[Span]:
    """Return which protected spans a mask stands for, and what else no translator can read.

    Names and negation are left to the translator, which needs them for its grammar; whether they
    came back is looked at afterwards. Emoji and control characters are masked.

    Args:
        text: the text.
        protected: its protected spans.
        numbers: also mask whole numbers up to four digits, ordinals and hours.
    """
    spans = [span for span in protected if not _free(text, span, numbers=numbers)]
    for pattern in (_LONG, _MASK):  # a text may hold what looks like a mask
        spans += [Span(*found.span()) for found in pattern.finditer(text)]
    if not (text.isascii() and text.isprintable()):
        spans += [Span(place, place + 1) for place, sign in enumerate(text) if _unreadable(sign)]
    return spans


def _free(text: str, span: Span, *, numbers: bool) -> bool:
    part = text[span.start : span.end]
    if not numbers and _CALENDAR.fullmatch(part):
        return True
    if split_words(part)[1::2] != [part]:
        return False
    return protection.negates(part) or part in protection.names_in(text)


def _unreadable(sign: str) -> bool:
    kind = unicodedata.category(sign)
    if kind in {"So", "Sk", "Cs", "Co", "Cn", "Cf", "Me"} or "\ufe00" <= sign <= "\ufe0f":
        return True  # the last two end an emoji: without its selector a red heart is a black one
    return kind == "Cc" and not sign.isspace()


def _joined(text: str, spans: Sequence[Span]) -> list[Span]:
    """Join spans with nothing but blanks between them: fewer masks, and their order stays."""
    joined: list[Span] = []
    for span in spans:
        if joined and not text[joined[-1].end : span.start].strip(" "):
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def masked(
    text: str, spans: Iterable[Span], rows: Sequence[Span] = (), *, least: int = 1
) -> MaskedLines:
    """Take a text apart.

    Args:
        text: the text.
        spans: what to mask.
        rows: character spans of the row that are masked too and found again; none of them empty.
        least: lines of fewer words stay as they are.
    """
    # Digits behind a mask belong to it: XX1 before a 2 would read as XX12.
    taken = [Span(span.start, _past_digits(text, span.end)) for span in (*spans, *rows)]
    spans = _joined(text, protection.merge(taken))
    pieces, kept, end = [], [], 0
    for number, span in enumerate(spans):
        pieces += [text[end : span.start], f"XX{number}"]
        kept.append(text[span.start : span.end])
        end = span.end
    cut = _BREAK.split("".join([*pieces, text[end:]]))
    parts = [_part(gap, line, least) for gap, line in zip(["", *cut[1::2]], cut[::2], strict=True)]
    places = tuple(_place(row, spans) for row in rows)
    return MaskedLines(tuple(parts), tuple(kept), places)


def _past_digits(text: str, end: int) -> int:
    while text[end : end + 1].isdigit():
        end += 1
    return end


def _place(row: Span, spans: Sequence[Span]) -> Place:
    return next(
        Place(number, row.start - span.start, row.end - row.start)
        for number, span in enumerate(spans)
        if span.start <= row.start and row.end <= span.end
    )


def _part(gap: str, line: str, least: int) -> Part:
    bare = line.strip()
    before = gap + line[: len(line) - len(line.lstrip())]
    words = _MASK.sub("", bare)
    if len(split_words(words)) // 2 + unspaced(words) < least:
        return Part(gap + line, "", "", shouted=False)
    shouted = words.isupper() and len(words) > 3  # not ATM, PIN
    text = _MASK.sub(lambda mask: mask[0].upper(), bare.lower().capitalize()) if shouted else bare
    return Part(before, text, bare, shouted=shouted)


FORMS = 3


def form(text: str, number: int) -> str:
    """Return a line in another form that says the same, for a translator that draws nothing.

    Form 0 is the line as it is, 1 has an end mark where it had none and none where it had one, 2 is
    in small letters. A small model often translates each of them in other words.
    """
    if number == 1:
        bare = _END.sub("", text)
        return f"{text}." if bare in {text, ""} else bare
    if number == 2:
        return _MASK.sub(lambda mask: mask[0].upper(), text.lower())
    return text


class Unmasked(NamedTuple):
    """A translated text put together again.

    Attributes:
        text: the text.
        spans: where the row's spans lie in it, in the order they were asked for.
    """

    text: str
    spans: tuple[Span, ...]


def unmasked(source: MaskedLines, lines: Sequence[str], *, as_before: bool) -> Unmasked | str:
    """Put translated lines together, or return what was lost on the way.

    Args:
        source: the text that was taken apart.
        lines: the translation of each of ``source.texts``.
        as_before: give each line the first letter's case and the end mark that it had, as a text
            of the same language should have them.
    """
    made, translated = [], iter(lines)
    for part in source.parts:
        made.append(part.before)
        if not part.text:
            continue
        line = next(translated).strip()
        lost = _lost(part.text, line, source.kept)
        if lost is not None:
            return lost
        if part.shouted:
            line = line.upper()
        made.append(_as_before(part.plain, line) if as_before else line)
    return _filled("".join(made), source)


def _lost(before: str, after: str, kept: Sequence[str]) -> str | None:
    wanted = sorted(int(found) for found in _MASK.findall(before))
    there = sorted(int(found) for found in _MASK.findall(after))
    if wanted == there:
        return None
    missing = [number for number in wanted if there.count(number) != 1]
    return kept[missing[0]] if missing else "a mask came back that was not sent"


def _as_before(source: str, line: str) -> str:
    line = _END.sub("", line) + (_END.search(source) or [""])[0]
    if not any(map(str.isupper, _MASK.sub("", source))):
        return line.lower()  # careless writing stays careless
    old, new = _FIRST.search(source), _FIRST.search(line)
    if old is None or new is None or _MASK.match(line) or _MASK.match(source):
        return line
    first = line[new.start() :].split(maxsplit=1)[0]
    if old[0].islower() and new[0].isupper() and first[1:].islower():
        return line[: new.start()] + new[0].lower() + line[new.end() :]
    if old[0].isupper() and new[0].islower():
        return line[: new.start()] + new[0].upper() + line[new.end() :]
    return line


def _filled(text: str, source: MaskedLines) -> Unmasked:
    """Put what was kept in the place of its mask, and say where it lies."""
    starts: dict[int, int] = {}
    parts, size, end = [], 0, 0
    for mask in _MASK.finditer(text):
        parts += [text[end : mask.start()], source.kept[int(mask[1])]]
        starts[int(mask[1])] = size + mask.start() - end
        size += mask.start() - end + len(parts[-1])
        end = mask.end()
    whole = "".join([*parts, text[end:]])
    spans = []
    for place in source.places:
        start = starts[place.mask] + place.start
        spans.append(Span(start, start + place.length))
    return Unmasked(whole, tuple(spans))
