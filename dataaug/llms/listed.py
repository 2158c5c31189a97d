"""Entries of a numbered or bulleted list in plain text, each with all of its lines."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

_MARK = re.compile(r"(?:\(?\d{1,3}[.):]|[-*•])[ \t]+(?=\S)")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "「": "」", "`": "`"}


class _Line(NamedTuple):
    """A line as it stands in a list.

    Attributes:
        kind: ``1`` for a number, the bullet itself for a bullet, empty for a line without one.
        indent: the blanks before it.
        text: what stands behind mark and blanks; empty for a blank line.
        whole: the line without the blanks around it, its mark included.
    """

    kind: str
    indent: int
    text: str
    whole: str


def list_entries(text: str, *, over: bool) -> list[str]:
    """Return the entries of a list, in order; none where the text holds no list.

    The first mark says what an entry begins with: a number or that bullet, no further in. Lines
    that follow belong to it, indented paragraphs too. Paragraphs that are not indented belong to
    an entry where another one follows; behind the last entry, which nothing ends, only as many as
    the entry before it has: what comes then is the model's closing remark.

    Args:
        text: the reply.
        over: did the model end it? If not, the last entry is not whole and left out.
    """
    lines = [_line(raw) for raw in text.rstrip().split("\n")]
    starts = [*_starts(lines), len(lines)]
    found = [_blocks(lines[start:end]) for start, end in pairwise(starts)]
    if not over:
        found = found[:-1]
    elif found:
        usual = _loose(found[-2]) if len(found) > 1 else 0
        found[-1] = _closed(found[-1], usual)
    return [entry for blocks in found if (entry := _entry(blocks))]


def _line(raw: str) -> _Line:
    text = raw.strip()
    indent = len(raw) - len(raw.lstrip())
    mark = _MARK.match(text)
    if mark is None:
        return _Line("", indent, text, text)
    kind = text[0] if text[0] in "-*•" else "1"
    return _Line(kind, indent, text[mark.end() :], text)


def _starts(lines: Sequence[_Line]) -> list[int]:
    """Return the places of the lines that begin an entry."""
    first = next((line for line in lines if line.kind), None)
    if first is None:
        return []
    most = first.indent + 1
    return [n for n, line in enumerate(lines) if line.kind == first.kind and line.indent <= most]


_Block = tuple[bool, list[str]]
"""Lines without a blank one between; is it indented (the first one of an entry is)?"""


def _blocks(lines: Sequence[_Line]) -> list[_Block]:
    blocks: list[_Block] = [(True, [lines[0].text])]
    after_blank = False
    for line in lines[1:]:
        if not line.text:
            after_blank = True
        elif after_blank:
            blocks.append((line.indent > 1, [line.whole]))
            after_blank = False
        else:
            blocks[-1][1].append(line.whole)
    return blocks


def _loose(blocks: Sequence[_Block]) -> int:
    return sum(not inside for inside, _ in blocks)


def _closed(blocks: Sequence[_Block], most: int) -> list[_Block]:
    """Return the blocks of the last entry, without the remark that may stand behind it."""
    kept: list[_Block] = []
    for inside, lines in blocks:
        if not inside and most == 0:
            break
        most -= not inside
        kept.append((inside, lines))
    return kept


def _entry(blocks: Sequence[_Block]) -> str:
    text = "\n".join("\n".join(lines) for _, lines in blocks).strip()
    text = text.strip("*").strip() if "*" not in text.strip("*") else text
    quoted = len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]
    return text[1:-1].strip() if quoted else text
