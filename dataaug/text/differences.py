"""What two texts have in common, word by word, and what only one of them has."""

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rapidfuzz.distance import Indel

from dataaug.text.segments import pieces as pieces_of

PieceKind = Literal["same", "gone", "new"]

_MOST = 4_000
"""Parts of a text that are aligned: the alignment takes the product of both in bits."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: in both texts, only in the first (gone), or only in the second (new)."""

    kind: PieceKind
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """Return both texts in one list of pieces, with as few words gone and new as can be.

    The ``same`` and ``gone`` pieces joined are ``before``, the ``same`` and ``new`` ones ``after``.
    What the texts share at their start and end is found at any length; of very long texts the
    middle is one piece gone and one new.

    Args:
        before: the text that was there first, such as a parent's.
        after: the text that was made of it.
    """
    old, new = pieces_of(before), pieces_of(after)
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    middle = _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    pieces = [
        Piece("same", "".join(old[:head])),
        *_bridged(middle),
        Piece("same", "".join(old[len(old) - tail :])),
    ]
    return _merged([piece for piece in pieces if piece.text])


def _shared(one: list[str], other: list[str]) -> int:
    """Return how many parts two lists share at their start."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _middle(old: list[str], new: list[str]) -> list[Piece]:
    if max(len(old), len(new)) > _MOST:
        return [Piece("gone", "".join(old)), Piece("new", "".join(new))]
    found = []
    for step in Indel.opcodes(old, new):
        gone = "".join(old[step.src_start : step.src_end])
        made = "".join(new[step.dest_start : step.dest_end])
        if step.tag == "equal":
            found.append(Piece("same", gone))
        else:
            found += [Piece("gone", gone), Piece("new", made)]
    return [piece for piece in found if piece.text]


def _bridged(pieces: list[Piece]) -> list[Piece]:
    """Take a lone space between two changes into both: phrases read better than single words."""
    found: list[Piece] = []
    for number, piece in enumerate(pieces):
        inside = 0 < number < len(pieces) - 1
        if piece.kind == "same" and piece.text.isspace() and inside:
            found += [Piece("gone", piece.text), Piece("new", piece.text)]
        else:
            found.append(piece)
    return found


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Join neighbours of a kind, and put what is gone before what is new in each change."""
    found: list[Piece] = []
    for same, run in groupby(pieces, lambda piece: piece.kind == "same"):
        group = list(run)
        kinds: tuple[PieceKind, ...] = ("same",) if same else ("gone", "new")
        for kind in kinds:
            text = "".join(piece.text for piece in group if piece.kind == kind)
            if text:
                found.append(Piece(kind, text))
    return found
