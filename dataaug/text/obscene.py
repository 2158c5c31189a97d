"""Words that no edit may make: a slip of the keyboard turns shirt into something else."""

from dataaug.text.segments import plain_word
from dataaug.text.tables import sections, word_set


def makes_obscene(old: str, new: str) -> bool:
    """Is a word obscene or demeaning that the one it takes the place of is not?"""
    return _is_obscene(new) and not _is_obscene(old)


def _is_obscene(word: str) -> bool:
    lower = plain_word(word).lower()
    stems = sections("dataaug.text", "obscene")["stems"]
    return lower in word_set("dataaug.text", "obscene", "words") or lower.startswith(stems)
