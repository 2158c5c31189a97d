r"""Words and graphemes of every script, cut by Unicode's rules (UAX #29).

Python's own ``\w`` knows no combining marks: it cuts Hindi, Tamil, pointed Arabic and decomposed
French inside words. The rules come from the regex package, which is loaded when the first text
comes that is not plain ASCII. What is said here of words differs from UAX #29 on purpose in three
things: a hyphen joins (snake-necked), a full stop or colon parts (the end of a sentence without a
blank), and what touches a digit or underscore is code (part2, snake_case) and no word.

Scripts that put no blanks between words (Han, kana, Thai, Lao, Khmer, Burmese and their kin) have
no words here, since no rule finds them without a dictionary. Where texts are measured, each of
their graphemes counts as a word.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

_WORD_ASCII = re.compile(r"((?<![\w-])(?<!\w')[A-Za-z]+(?:['-][A-Za-z]+)*(?!\w))", re.ASCII)
_TERM_ASCII = re.compile(r"[^\W_]+", re.ASCII)
_SPOKEN_ASCII = re.compile(r"[^\W_]+(?:['-][^\W_]+)*", re.ASCII)
_PIECE_ASCII = re.compile(r"\w+(?:'\w+)*|\s+|[^\w\s]")
_FEATURE_ASCII = re.compile(r"\b\w\w+\b")
_RUN_ASCII = re.compile(r"\w+")
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Signs inside words that show nothing: soft hyphens, joiners, marks of direction."""
_UNSPACED = r"[\p{LB=SA}\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70]"
_LETTER = r"[[\p{WB=ALetter}\p{WB=Hebrew_Letter}]--[\p{N}\p{So}\p{LB=SA}]]"
_MARK = r"[[\p{M}\p{GCB=Extend}\p{GCB=SpacingMark}\p{Cf}]--[\p{GCB=Prepend}\u200b]]"
"""What goes with the letter before it; the zero-width space parts words."""
_GLUE = r"['’‘＇·‧՟״\-\u2010\u2011]"
"""What joins letters to one word: apostrophes, hyphens, and UAX #29's MidLetter."""
_CODE = r"[\p{N}\p{Pc}\p{GCB=Prepend}]"


class _Rules(NamedTuple):
    """Compiled patterns of the regex package, which has no types.

    Attributes:
        word: a word, in a group.
        term: a run of letters and digits, or a grapheme of a script without blanks.
        spoken: the same, with an apostrophe or hyphen inside.
        run: a run of letters, digits and underscores.
        piece: a word of letters and digits, white space, or a grapheme of anything else.
        feature: a word of letters, digits and underscores that may be a feature.
        unspaced: a grapheme of a script without blanks.
        grapheme: what a person takes for one character.
        token: a run of letters and digits of any script, whatever touches it.
        name: letters of any script with their marks, whatever touches them.
    """

    word: Any
    term: Any
    spoken: Any
    run: Any
    piece: Any
    feature: Any
    unspaced: Any
    grapheme: Any
    token: Any
    name: Any


@functools.cache
def _rules() -> _Rules:
    import regex  # noqa: PLC0415 - not needed for ASCII, and commands should start fast

    part = rf"{_LETTER}(?:{_LETTER}|{_MARK})*+"
    glue = rf'(?:{_GLUE}|(?<=\p{{Hebrew}}\p{{M}}*)"(?=\p{{Hebrew}}))'
    before = rf"(?<!(?:{_LETTER}{_MARK}*['’]?|{_CODE}{_MARK}*['’]?|[\-\u2010\u2011]))"
    word = rf"{before}({part}(?:{glue}{part})*)(?!{_LETTER}|{_MARK}|{_CODE})"
    cluster = rf"(?:(?={_UNSPACED})\X)"
    kept = rf"[[\p{{L}}\p{{N}}\p{{WB=ALetter}}]--{_UNSPACED}]"
    run = rf"{kept}(?:{kept}|{_MARK})*+"
    letters = rf"(?:{kept}|_)(?:{kept}|{_MARK}|_)*+"
    made = (
        word,
        rf"{cluster}|{run}",
        rf"{cluster}|{run}(?:['’-]{run})*",
        rf"{cluster}|{letters}",
        rf"{cluster}|{letters}(?:['’]{letters})*|\s+|\X",
        rf"{cluster}|(?!(?:[\p{{Latin}}\p{{Greek}}\p{{Cyrillic}}\p{{N}}_](?!{kept}|{_MARK}|_))){letters}",
        cluster,
        r"\X",
        rf"[\p{{L}}\p{{N}}](?:[\p{{L}}\p{{N}}\p{{M}}]|{_MARK})*+",
        rf"\p{{L}}(?:\p{{L}}|\p{{M}}|{_MARK})*+",
    )
    return _Rules(*(regex.compile(f"(?V1){pattern}") for pattern in made))


def split_words(text: str) -> list[str]:
    """Cut a text into what stands before, between and behind its words, and the words.

    Returns:
        An odd number of parts that joined are the text; the words have odd numbers.
    """
    if text.isascii():
        return _WORD_ASCII.split(text)
    parts: list[str] = _rules().word.split(text)
    return parts


def terms(text: str) -> list[str]:
    """Return what texts are compared by: their words in small letters, without punctuation.

    Numbers count, and *don't* is two. NFC and NFD of a text have the same terms.
    """
    text = text.casefold()
    if text.isascii():
        return _TERM_ASCII.findall(text)
    found: list[str] = _rules().term.findall(plain(text))
    return found


def spoken(text: str) -> list[str]:
    """Return the words of a text in small letters, numbers too; *don't* and *e-mail* are one."""
    text = text.lower()
    if text.isascii():
        return _SPOKEN_ASCII.findall(text)
    found: list[str] = _rules().spoken.findall(plain(text))
    return found


def size(text: str) -> int:
    """Return how long a text is, in words as English has them.

    That is the runs between blanks, and half a word for each grapheme of a script without blanks.
    """
    runs = len(text.split())
    return runs if text.isascii() else runs + unspaced(text) // 2


def features(text: str) -> list[str]:
    """Return the words of a text as a bag of words has them, in the case of the text.

    Letters, digits and underscores as scikit-learn takes them, which leaves out single ones; in
    other scripts than Latin, Greek and Cyrillic a single letter is often a word, and stays.
    """
    if text.isascii():
        return _FEATURE_ASCII.findall(text)
    found: list[str] = _rules().feature.findall(plain(text))
    return found


def runs(text: str) -> list[str]:
    """Return the runs of letters, digits and underscores of a text, single ones too."""
    if text.isascii():
        return _RUN_ASCII.findall(text)
    found: list[str] = _rules().run.findall(plain(text))
    return found


def pieces(text: str) -> list[str]:
    """Cut a text into words, white space and single signs; joined they are the text."""
    if text.isascii():
        return _PIECE_ASCII.findall(text)
    found: list[str] = _rules().piece.findall(text)
    return found


def graphemes(text: str) -> Sequence[str]:
    """Return what a person takes for the characters of a text, one by one."""
    if text.isascii() and "\r" not in text:
        return text
    found: list[str] = _rules().grapheme.findall(text)
    return found


def grapheme_at(text: str, place: int) -> str:
    """Return the character, as a person takes it, that begins at a place inside a text."""
    if text[place : place + 2].isascii():
        return text[place]
    found: str = _rules().grapheme.match(text, place).group()
    return found


def apart(text: str, place: int) -> bool:
    """Is the sign at a place by itself what a person takes for a character?"""
    near = text[max(0, place - 1) : place + 2]
    return near.isascii() or len(graphemes(near)) == len(near)


def unspaced(text: str) -> int:
    """Return how many graphemes of a text are of scripts that put no blanks between words."""
    return 0 if text.isascii() else len(_rules().unspaced.findall(text))


def standing_alone(parts: Iterable[str], *, any_case: bool = True) -> "re.Pattern[str]":
    """Return a pattern that finds parts of a text in any case where they are no parts of words.

    Next to a script without blanks every place may be the border of a word.

    Args:
        parts: what to find, the most wanted first; not empty.
        any_case: do small letters and capitals count as equal?
    """
    import regex  # noqa: PLC0415

    joined = "|".join(map(regex.escape, parts))
    letter = rf"[\w--{_UNSPACED}]"
    pattern = rf"(?V1)(?<!{letter})(?:{joined})(?!{letter})"
    found: re.Pattern[str] = regex.compile(pattern, regex.IGNORECASE if any_case else 0)
    return found


def tokens_at(text: str) -> Iterator["re.Match[str]"]:
    """Yield where runs of letters and digits stand, of any script and whatever touches them."""
    pattern: re.Pattern[str] = _TERM_ASCII if text.isascii() else _rules().token
    return pattern.finditer(text)


def name_parts(text: str) -> list[str]:
    """Return the runs of letters of a text, of any script and whatever touches them."""
    found: list[str] = _rules().name.findall(text)
    return found


@functools.cache
def name_words() -> "re.Pattern[str]":
    """Return the pattern of such runs, where apostrophes and hyphens may join them."""
    import regex  # noqa: PLC0415

    part = _rules().name.pattern.removeprefix("(?V1)")
    found: re.Pattern[str] = regex.compile(f"(?V1){part}(?:['’-]{part})*")
    return found


def plain(word: str) -> str:
    """Return a word as tables of words have it: composed, and without signs that show nothing."""
    if word.isascii():
        return word
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", word))
