"""The synonym table compiled from WordNet 3.0 (`tools/build_lexicon.py`), and its reader.

The table is a compressed text, one form a line: the form, the candidates safe without a tagger,
then the candidates by tag, `VB=purchase;VBZ=purchases`. The first line is the version. Units of
several words come last, in order, so that the reader can tell them apart without looking at each
line and finds those that start with a word together.
"""

import functools
import gzip
from collections.abc import Mapping
from pathlib import Path

__all__ = ["Lexicon", "load_lexicon"]

# The base form and the present tense of an English verb are one form; the table keeps it once.
_SAME_FORM = {"VBP": "VB"}
_NO_UNITS: Mapping[str, int] = {}


class Lexicon:
    """Surface form to surface synonyms of the same inflection."""

    version: str

    def __init__(self, text: str) -> None:
        """Split the table into lines; a line is parsed when its form is first asked for."""
        self.version, _, body = text.partition("\n")
        self._lines = {line.partition("\t")[0]: line for line in body.splitlines()}
        self._forms = list(self._lines)
        self._safe: dict[str, tuple[str, ...]] = {}
        self._tagged: dict[str, dict[str, tuple[str, ...]]] = {}
        self._units: dict[str, dict[str, int]] = {}
        self._first_units: dict[str, int] = {}  # of a word: the place of the first unit it starts
        for place in range(len(self._forms) - 1, -1, -1):
            first, blank, _ = self._forms[place].partition(" ")
            if not blank:
                break
            self._first_units[first] = place

    def __contains__(self, form: str) -> bool:
        """Tell whether the table knows a word or a unit of several words."""
        return form in self._lines

    def synonyms(self, form: str, tag: str | None = None) -> tuple[str, ...]:
        """Give the candidates for a lower-case form, best first.

        Args:
            form: A word, or a unit with single spaces.
            tag: Its Penn Treebank tag. Without one, only candidates that hold for nearly all
                uses of the form are given.
        """
        line = self._lines.get(form)
        if line is None:
            return ()
        if tag is not None and (readings := self._readings(form, line)):
            return readings.get(_SAME_FORM.get(tag, tag), ())
        found = self._safe.get(form)
        if found is None:
            found = self._safe[form] = _candidates(line.split("\t")[1])
        return found

    def units(self, word: str) -> Mapping[str, int]:
        """Give the second words of the units that start with a word.

        Returns:
            For each of them, how many words the longest of these units has.
        """
        found = self._units.get(word)
        if found is None:
            place = self._first_units.get(word)
            if place is None:
                return _NO_UNITS
            found = self._units[word] = self._seconds(word, place)
        return found

    def _seconds(self, word: str, place: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for number in range(place, len(self._forms)):
            first, second, *others = self._forms[number].split(" ")
            if first != word:
                break
            found[second] = max(2 + len(others), found.get(second, 0))
        return found

    def _readings(self, form: str, line: str) -> dict[str, tuple[str, ...]]:
        found = self._tagged.get(form)
        if found is None:
            entries = line.split("\t")[2].split(";")
            pairs = (entry.partition("=") for entry in entries if entry)
            found = self._tagged[form] = {tag: _candidates(names) for tag, _, names in pairs}
        return found


def _candidates(names: str) -> tuple[str, ...]:
    return tuple(names.split(",")) if names else ()


@functools.cache
def load_lexicon(language: str = "en") -> Lexicon:
    """Load the table of a language, once.

    Raises:
        LookupError: No table is shipped for the language.
    """
    return _read(language)


@functools.cache
def _read(language: str) -> Lexicon:
    # A cache of its own, because `load()` and `load("en")` are two calls to functools.cache.
    here = Path(__file__).parent
    shipped = sorted(path.name.removesuffix(".txt.gz") for path in here.glob("*.txt.gz"))
    if language not in shipped:
        known = ", ".join(shipped)
        raise LookupError(f"no synonym table for language {language!r}: choose {known}")
    return Lexicon(gzip.decompress((here / f"{language}.txt.gz").read_bytes()).decode())
