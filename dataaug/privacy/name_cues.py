"""What announces the name of a person in a text: phrases, titles, how letters begin and end."""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dataaug.text import tables
from dataaug.text.segments import name_words

KINDS = ("introductions", "labels", "selves", "behind", "titles", "words as titles", "relations",
         "greetings", "closings")  # fmt: skip
"""The sections of ``data/person_names.txt`` that hold phrases."""
_INSIDE = re.compile(r"\.?\s{0,3}\Z")
"""What may stand between the words of a phrase."""


class CueWord(NamedTuple):
    """A word of a text.

    Attributes:
        start: where it begins, in characters.
        end: where it ends, exclusive.
        text: the word as it is written.
        lower: in small letters, with a straight apostrophe.
    """

    start: int
    end: int
    text: str
    lower: str


class Cue(NamedTuple):
    """A phrase that announces a name.

    Attributes:
        kind: one of :data:`KINDS`.
        start: number of its first word in the text.
        end: number of the word behind it.
    """

    kind: str
    start: int
    end: int


def words_in(text: str) -> list[CueWord]:
    """Return the words of a text: runs of letters, with apostrophes and hyphens inside."""
    return [
        CueWord(*match.span(), match.group(), match.group().lower().replace("’", "'"))
        for match in name_words().finditer(text)
    ]


@functools.cache
def _phrases() -> Mapping[str, list[tuple[list[str], str]]]:
    """Return the phrases and their kinds by their first word, long ones first."""
    table = tables.sections("dataaug.privacy", "person_names")
    found: dict[str, list[tuple[list[str], str]]] = {}
    for kind in KINDS:
        for line in table[kind]:
            words = line.split()
            found.setdefault(words[0], []).append((words, kind))
    for phrases in found.values():
        phrases.sort(key=lambda phrase: -len(phrase[0]))
    return found


def cues_in(text: str, words: Sequence[CueWord]) -> Iterator[Cue]:
    """Yield the phrases of a text that announce a name, of those that begin at a word the longest.

    Args:
        text: the text.
        words: its words.
    """
    phrases = _phrases()
    for start, word in enumerate(words):
        if word.start and text[word.start - 1].isdigit():
            continue  # 35mm
        for phrase, kind in phrases.get(word.lower, ()):
            end = start + len(phrase)
            if [each.lower for each in words[start:end]] == phrase and all(
                _INSIDE.match(text, words[place].end, words[place + 1].start)
                for place in range(start, end - 1)
            ):
                yield Cue(kind, start, end)
                break
