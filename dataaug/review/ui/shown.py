"""Text of a row as a reviewer sees it: what is hidden made visible, what is long cut."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

from dataaug.text.differences import Piece, differences
from dataaug.text.printable import safe

Mark = Literal["same", "gone", "new", "cut"]

SHORT = 1_200
"""Letters of a text that are shown until a key asks for all of it: about 15 lines."""
_AROUND = 160
"""Letters kept on both sides of a change, and at both ends, where a text is cut."""
_ALIKE = 0.25
"""Share of letters in common below which marks would be noise: almost all is new."""

_MANY = 4
"""Equal hidden letters in a row that are counted instead of shown."""

_MOST_RUNS = 5_000
"""Runs that are styled apart: a browser takes minutes over 100,000."""

_VISIBLE = re.compile(r"[ -~\n]+")


@dataclass(frozen=True, slots=True)
class Stretch:
    r"""A stretch of text that is shown in one style.

    Attributes:
        kind: in both texts, only in the parent, only in the row; ``cut`` says what is left out.
        hidden: the text stands for control or format characters, as ``\u{200b}``.
        text: safe to show; its only control characters are line ends.
    """

    kind: Mark
    hidden: bool
    text: str


def marked_pair(parent: str | None, text: str) -> tuple[list[Piece], list[Piece]]:
    """Return a parent's pieces and a row's, each marked where it differs from the other.

    Texts that share too little are not marked; the parent's list is empty if there is none.
    """
    if parent is None:
        return [], [Piece("same", text)] if text else []
    pieces = differences(parent, text)
    shared = sum(len(piece.text) for piece in pieces if piece.kind == "same")
    if shared < _ALIKE * max(len(parent), len(text)):
        return unmarked(parent), unmarked(text)
    return (
        [piece for piece in pieces if piece.kind != "new"],
        [piece for piece in pieces if piece.kind != "gone"],
    )


def unmarked(text: str) -> list[Piece]:
    """Return a text as one piece without a mark; nothing for an empty one."""
    return [Piece("same", text)] if text else []


def stretches(pieces: Iterable[Piece], limit: int = 0) -> list[Stretch]:
    """Return pieces as stretches that are safe to show, cut to about ``limit`` characters.

    A limit of 0 cuts nothing.

    Where a text is too long, unchanged stretches lose their middle first.
    """
    given = list(pieces)
    if limit and sum(len(piece.text) for piece in given) > limit:
        return _cut(given, limit)
    return _few([run for piece in given for run in _marked(piece)])


def _few(found: list[Stretch]) -> list[Stretch]:
    """Return runs no more than a screen can bear; past that, hidden letters are set like others."""
    if len(found) <= _MOST_RUNS:
        return found
    rest = groupby(found[_MOST_RUNS:], lambda run: run.kind)
    tail = [
        Stretch(kind, hidden=False, text="".join(run.text for run in same)) for kind, same in rest
    ]
    return found[:_MOST_RUNS] + tail


def is_cut(shown: Sequence[Stretch]) -> bool:
    """Is something left out of a text?"""
    return any(run.kind == "cut" for run in shown)


def _cut(pieces: list[Piece], limit: int) -> list[Stretch]:
    found: list[Stretch] = []
    left = limit
    for number, piece in enumerate(pieces):
        if left <= 0:
            lost = sum(len(rest.text) for rest in pieces[number:])
            return [*found, _gap(lost)]
        last = number == len(pieces) - 1
        head = min(left, len(piece.text) if piece.kind != "same" else _head(piece, pieces, limit))
        tail = 0 if piece.kind != "same" or last else min(_AROUND, len(piece.text) - head)
        found += _visible(piece.kind, piece.text[:head])
        lost = len(piece.text) - head - tail
        if lost:
            found.append(_gap(lost))
        found += _visible(piece.kind, piece.text[len(piece.text) - tail :] if tail else "")
        left -= head + tail
    return found


def _head(piece: Piece, pieces: list[Piece], limit: int) -> int:
    """Return how many letters of an unchanged stretch stay before its gap."""
    if len(pieces) == 1:
        return limit
    return len(piece.text) if len(piece.text) <= 3 * _AROUND else _AROUND


def _gap(letters: int) -> Stretch:
    return Stretch("cut", hidden=False, text=f" … {letters:,} more letters … ")


def _marked(piece: Piece) -> list[Stretch]:
    """Return the runs of a piece; spaces at the ends of a phrase are not marked with it."""
    inside = piece.text.strip(" ")
    if piece.kind == "same" or not inside:
        return _visible(piece.kind, piece.text)
    start = piece.text.index(inside)
    before, behind = piece.text[:start], piece.text[start + len(inside) :]
    return [
        *_visible("same", before),
        *_visible(piece.kind, inside),
        *_visible("same", behind),
    ]


def _visible(kind: Mark, text: str) -> list[Stretch]:
    """Return the runs of a piece: what would not be seen is apart from what is."""
    found = []
    for hidden, letters in groupby(_split(text), lambda pair: pair[0]):
        shown = [letter for _, letter in letters]
        found.append(Stretch(kind, hidden, _counted(shown) if hidden else "".join(shown)))
    return found


def _counted(letters: list[str]) -> str:
    """Return hidden letters; many of one kind become one with its number."""
    found = []
    for letter, run in groupby(letters):
        count = len(list(run))
        found.append(letter * count if count < _MANY else f"{letter}×{count:,}")
    return "".join(found)


def _split(text: str) -> Iterable[tuple[bool, str]]:
    """Yield stretches of a text as they are shown, and whether they stand for hidden letters."""
    start = 0
    for match in _VISIBLE.finditer(text):
        yield from _letters(text[start : match.start()])
        yield False, match.group()
        start = match.end()
    yield from _letters(text[start:])


def _letters(text: str) -> Iterable[tuple[bool, str]]:
    return map(_letter, text)


@lru_cache(4096)
def _letter(letter: str) -> tuple[bool, str]:
    shown = safe(letter, 1)
    return shown != letter and letter != "\t", shown
