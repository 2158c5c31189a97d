"""Bytes of a terminal into keys: letters, named keys, pasted text."""

import codecs
import locale
from typing import NamedTuple

_ESCAPE = "\x1b"
_NAMED = {
    "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace",
    "\x03": "interrupt", "\x04": "end of input", "\x15": "clear", "\x17": "clear word",
    "\x0c": "redraw",
}  # fmt: skip
_SEQUENCES = {
    "[A": "up", "[B": "down", "[C": "right", "[D": "left", "OA": "up", "OB": "down",
    "OC": "right", "OD": "left", "[H": "home", "[F": "end", "[1~": "home", "[4~": "end",
    "[5~": "page up", "[6~": "page down", "[Z": "back tab",
}  # fmt: skip
_PASTE, _PASTED = f"{_ESCAPE}[200~", f"{_ESCAPE}[201~"
_LONGEST = 32
"""Letters of a control sequence: a longer one is noise, and is dropped."""


class Key(NamedTuple):
    """A key: ``name`` is a letter or a name such as ``enter``; ``text`` is what it would type."""

    name: str
    text: str = ""


class Decoder:
    """Takes what a terminal sends, in whatever pieces, and gives keys."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder(locale.getencoding())("replace").decode
        self._left = ""

    @property
    def waiting(self) -> bool:
        """Is part of a key there that may go on, such as an escape?"""
        return bool(self._left)

    def feed(self, sent: bytes) -> list[Key]:
        """Return the keys that are whole."""
        self._left += self._decode(sent)
        found = []
        while self._left:
            key, length = _first(self._left)
            if not length:
                break
            self._left = self._left[length:]
            if key is not None:
                found.append(key)
        return found

    def flush(self) -> list[Key]:
        """Nothing came behind it: a lone escape is the key of that name, half a sequence is noise.

        A paste that has not ended goes on.
        """
        if self._left.startswith(_PASTE):
            return []
        alone, self._left = self._left == _ESCAPE, ""
        return [Key("escape")] if alone else []


def _first(left: str) -> tuple[Key | None, int]:
    """Return the first key and how many letters it takes: no key for noise, 0 letters for later."""
    if left.startswith(_PASTE):
        end = left.find(_PASTED)
        if end < 0:
            return None, 0
        return Key("paste", left[len(_PASTE) : end]), end + len(_PASTED)
    if left[0] != _ESCAPE:
        return _plain(left[0]), 1
    return _sequence(left)


def _plain(letter: str) -> Key | None:
    if letter in _NAMED:
        return Key(_NAMED[letter])
    return Key(letter, letter) if letter.isprintable() else None


def _sequence(left: str) -> tuple[Key | None, int]:
    if len(left) == 1:
        return None, 0
    if left[1] not in "[O":
        return Key("escape"), 1
    for place in range(2, min(len(left), _LONGEST)):
        if "\x40" <= left[place] <= "\x7e":
            name = _SEQUENCES.get(left[1 : place + 1])
            return (Key(name) if name else None), place + 1
    return None, _LONGEST if len(left) >= _LONGEST else 0
