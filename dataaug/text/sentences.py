"""Where a sentence begins and ends, and where a dot only ends an abbreviation.

A capital says that a word is a name unless a sentence begins with it. Behind a title or an initial
stands a name; behind other abbreviations, colons, and quotes or brackets inside a sentence stands
one too, unless the word is one of those that open sentences. In doubt a word counts as a name: it
is left alone then.
"""

import re

from dataaug.text.segments import plain_word, terms
from dataaug.text.tables import word_set


def _listed(section: str) -> frozenset[str]:
    return word_set("dataaug.text", "sentences", section)


_AROUND = " \t\xa0\"'“”‘’«»„‚()[]*•-–—¿¡"
"""What may stand between the end of a sentence and the next one's first word."""
_DOTTED_WORD = re.compile(r"((?:[^\W\d_]+\.)*)([^\W\d_]+)\.\Z")
_BACK = 40  # characters; no abbreviation is longer


def begins(text: str, start: int, word: str) -> bool:
    """May a sentence begin with the word with a capital at a place, rather than name something?"""
    end = start
    while end and text[end - 1] in _AROUND:
        end -= 1
    if not end or text[end - 1] in "\n\r!?…":
        return True
    if text[end - 1] != ".":
        return _opens(word)
    found = _DOTTED_WORD.search(plain_word(text[max(0, end - _BACK) : end]))
    if found is None:
        return True
    dotted, last = found.group(1), found.group(2).lower()
    if last in _listed("titles"):
        return False
    if dotted or len(last) == 1 or last in _listed("abbreviations") or last.endswith("str"):
        return _opens(word)
    return True


def _opens(word: str) -> bool:
    """Is this a word that opens sentences, perhaps shortened: what's, j'ai?"""
    lower = word.lower().replace("’", "'")
    openers = _listed("openers")
    return lower in openers or lower.partition("'")[0] in openers


_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])|\s*\n\s*")
_WORD = re.compile(r"[^\W\d_]+")


def sentences(text: str) -> list[str]:
    """Cut a text behind its sentences and lines; what has no letter or digit is left out."""
    found, start = [], 0
    for end in _END.finditer(text):
        word = _WORD.search(text, end.end())
        dot = text[end.start() - 1 : end.start()] == "."
        if dot and word and not begins(text, word.start(), word.group()):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if terms(sentence)]


def abbreviates(text: str, start: int, end: int) -> bool:
    """Is a word a title, an initial or another part of an abbreviation, with its dot behind it?"""
    if text[end : end + 1] != ".":
        return False
    word = text[start:end].lower()
    return word in _listed("titles") or len(word) == 1 or text[start - 1 : start] == "."
