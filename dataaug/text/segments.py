r"""Words and graphemes of every script, cut by Unicode's rules (UAX #29).

Python's own ``\w`` knows no combining marks: it cuts Hindi, Tamil, pointed Arabic and decomposed
French inside words. The rules come from the regex package, which is loaded when the first text
comes that :func:`in_latin` does not know: patterns of Python's own say the same of what it knows.
What is said here of words differs from UAX #29 on purpose in three things: a hyphen joins
(snake-necked), a full stop or colon parts (the end of a sentence without a blank), and what touches
a digit or underscore is code (part2, snake_case) and no word.

Scripts that put no blanks between words (Han, kana, Thai, Lao, Khmer, Burmese and their kin) have
no words here, since no rule finds them without a dictionary (:mod:`dataaug.text.segmenters`). Where
texts are measured, each of their graphemes counts as a word.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_WORD_ASCII = re.compile(
    r"(\b[A-Za-z](?<!-.)(?<!\w'.)[A-Za-z]*(?:['-][A-Za-z]+)*(?!\w))", re.ASCII
)  # the first letter goes before what must not stand before it: to look behind takes longer
_TERM_ASCII = re.compile(r"[^\W_]+", re.ASCII)
_SPOKEN_ASCII = re.compile(r"[^\W_]+(?:['-][^\W_]+)*", re.ASCII)
_PIECE_ASCII = re.compile(r"\w+(?:'\w+)*|\s+|[^\w\s]")
_FEATURE_ASCII = re.compile(r"\b\w\w+\b")
_RUN_ASCII = re.compile(r"\w+")
_LATIN = re.compile(
    r"[ -~\t\n\r\xa0À-ÖØ-öø-ſ‘’“”„«»–—…¿¡€£¥•§©®°±×÷™"
    r"\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6c5\U0001f900-\U0001f9ff]*"
)  # no emoji that alters the one before it
_LATIN_LETTER = "[A-Za-zÀ-ÖØ-öø-ſ]"
_IN_LATIN = {
    "word": rf"(\b{_LATIN_LETTER}(?<!-.)(?<!\w['’].){_LATIN_LETTER}*"
    rf"(?:['’‘-]{_LATIN_LETTER}+)*(?!\w))",
    "term": r"[^\W_]+",
    "spoken": r"[^\W_]+(?:['’-][^\W_]+)*",
    "run": r"\w+",
    "piece": r"\w+(?:['’]\w+)*|\s+|[^\w\s]",
    "feature": r"\b\w\w+\b",
    "unspaced": "(?!)",
    "unspaced_run": "(?!)",
    "token": r"[^\W_]+",
    "name": r"[^\W\d_]+",
}
"""The rules for texts of such signs alone."""
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Signs inside words that show nothing: soft hyphens, joiners, marks of direction."""
_UNSPACED = r"[\p{LB=SA}\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70]"
_LETTER = rf"[[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}]--[\p{{N}}\p{{So}}{_UNSPACED}]]"
_MARK = r"[[\p{M}\p{GCB=Extend}\p{GCB=SpacingMark}\p{Cf}]--[\p{GCB=Prepend}\u200b]]"
"""What goes with the letter before it; the zero-width space parts words."""
_GLUE = r"['’‘＇·‧՟״\-\u2010\u2011]"
"""What joins letters to one word: apostrophes, hyphens, and UAX #29's MidLetter."""
_CODE = r"[\p{N}\p{Pc}\p{GCB=Prepend}]"


def in_latin(text: str) -> bool:
    """Has a text only signs of which Python's patterns say what Unicode's rules do?

    That is all of ASCII; or composed letters of European languages in Latin script, quotes, dashes,
    single emoji, and ASCII without control characters, of which Python and Unicode call different
    ones blank.
    """
    return text.isascii() or _LATIN.fullmatch(text) is not None


def _rule(name: str, text: str) -> "re.Pattern[str]":
    """Return the pattern of a rule for a text."""
    return _latin_rule(name) if in_latin(text) else _unicode_rule(name)


@functools.cache
def _latin_rule(name: str) -> "re.Pattern[str]":
    return re.compile(_IN_LATIN[name])


@functools.cache
def _unicode_rule(name: str) -> Any:
    """Return a pattern for any text, of the regex package, which has no types.

    Each is compiled when it is first asked for: all eleven take a quarter of a small run.
    """
    import regex  # noqa: PLC0415 - few texts need it, and commands should start fast

    return regex.compile(f"(?V1){_patterns()[name]}")


def _patterns() -> Mapping[str, str]:
    part = rf"{_LETTER}(?:{_LETTER}|{_MARK})*+"
    glue = rf'(?:{_GLUE}|(?<=\p{{Hebrew}}\p{{M}}*)"(?=\p{{Hebrew}}))'
    before = rf"(?<!(?:{_LETTER}{_MARK}*['’]?|{_CODE}{_MARK}*['’]?|[\-\u2010\u2011]))"
    # A grapheme of a script without blanks.
    cluster = rf"(?:(?={_UNSPACED})\X)"
    kept = rf"[[\p{{L}}\p{{N}}\p{{WB=ALetter}}]--{_UNSPACED}]"
    run = rf"{kept}(?:{kept}|{_MARK})*+"
    letters = rf"(?:{kept}|_)(?:{kept}|{_MARK}|_)*+"
    single = rf"[\p{{Latin}}\p{{Greek}}\p{{Cyrillic}}\p{{N}}_](?!{kept}|{_MARK}|_)"
    return {
        "word": rf"{before}({part}(?:{glue}{part})*)(?!{_LETTER}|{_MARK}|{_CODE})",
        # A run of letters and digits; the same with an apostrophe or hyphen inside.
        "term": rf"{cluster}|{run}",
        "spoken": rf"{cluster}|{run}(?:['’-]{run})*",
        # A run of letters, digits and underscores.
        "run": rf"{cluster}|{letters}",
        # A word of letters and digits, white space, or a grapheme of anything else.
        "piece": rf"{cluster}|{letters}(?:['’]{letters})*|\s+|\X",
        # A word of letters, digits and underscores that may be a feature.
        "feature": rf"{cluster}|(?!(?:{single})){letters}",
        "unspaced": cluster,
        "unspaced_run": rf"{cluster}+",
        "grapheme": r"\X",
        # A run of letters and digits of any script, whatever touches it; the same of letters alone.
        "token": rf"[\p{{L}}\p{{N}}](?:[\p{{L}}\p{{N}}\p{{M}}]|{_MARK})*+",
        "name": rf"\p{{L}}(?:\p{{L}}|\p{{M}}|{_MARK})*+",
    }


def _found(rule: str, ascii_only: "re.Pattern[str]", text: str) -> list[str]:
    """Return what a rule finds in a text, or what its quick form for plain ASCII does."""
    if text.isascii():
        return ascii_only.findall(text)
    found: list[str] = _rule(rule, text).findall(plain_word(text))
    return found


def split_words(text: str) -> list[str]:
    """Cut a text into what stands before, between and behind its words, and the words.

    Returns:
        An odd number of parts that joined are the text; the words have odd numbers.
    """
    if text.isascii():
        return _WORD_ASCII.split(text)
    parts: list[str] = _rule("word", text).split(text)
    return parts


def terms(text: str) -> list[str]:
    """Return what texts are compared by: their words in small letters, without punctuation.

    Numbers count, and *don't* is two. NFC and NFD of a text have the same terms.
    """
    return _found("term", _TERM_ASCII, text.casefold())


def spoken_words(text: str) -> list[str]:
    """Return the words of a text in small letters, numbers too; *don't* and *e-mail* are one."""
    return _found("spoken", _SPOKEN_ASCII, text.lower())


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
    return _found("feature", _FEATURE_ASCII, text)


def runs(text: str) -> list[str]:
    """Return the runs of letters, digits and underscores of a text, single ones too."""
    return _found("run", _RUN_ASCII, text)


def pieces(text: str) -> list[str]:
    """Cut a text into words, white space and single signs; joined they are the text."""
    if text.isascii():
        return _PIECE_ASCII.findall(text)
    found: list[str] = _rule("piece", text).findall(text)  # the text as it is: joined they are it
    return found


def graphemes(text: str) -> Sequence[str]:
    """Return what a person takes for the characters of a text, one by one."""
    if "\r" not in text and in_latin(text):
        return text
    found: list[str] = _unicode_rule("grapheme").findall(text)
    return found


def grapheme_at(text: str, place: int) -> str:
    """Return the character, as a person takes it, that begins at a place inside a text."""
    if in_latin(text[place : place + 2]):
        return text[place]
    found: str = _unicode_rule("grapheme").match(text, place).group()
    return found


def apart(text: str, place: int) -> bool:
    """Is the sign at a place by itself what a person takes for a character?"""
    near = text[max(0, place - 1) : place + 2]
    return near.isascii() or len(graphemes(near)) == len(near)


def unspaced(text: str) -> int:
    """Return how many graphemes of a text are of scripts that put no blanks between words."""
    return 0 if text.isascii() else len(_rule("unspaced", text).findall(text))


def unspaced_runs(text: str) -> Iterator["re.Match[str]"]:
    """Yield where a text has runs of scripts that put no blanks between words."""
    if not text.isascii():
        yield from _rule("unspaced_run", text).finditer(text)


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
    pattern = _TERM_ASCII if text.isascii() else _rule("token", text)
    return pattern.finditer(text)


def name_parts(text: str) -> list[str]:
    """Return the runs of letters of a text, of any script and whatever touches them."""
    found: list[str] = _rule("name", text).findall(text)
    return found


@functools.cache
def name_words() -> "re.Pattern[str]":
    """Return the pattern of such runs, where apostrophes and hyphens may join them."""
    import regex  # noqa: PLC0415

    part = _unicode_rule("name").pattern.removeprefix("(?V1)")
    found: re.Pattern[str] = regex.compile(f"(?V1){part}(?:['’-]{part})*")
    return found


def plain_word(word: str) -> str:
    """Return a word as tables of words have it: composed, and without signs that show nothing."""
    if word.isascii():
        return word
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", word))
