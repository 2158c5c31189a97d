"""The synonym table compiled from WordNet 3.0 (`tools/build_lexicon.py`), and its reader.

The table is a compressed text, one form a line: the form, the candidates safe without a tagger,
then the candidates by tag, `VB=purchase;VBZ=purchases`. The first line is the version. Units of
several words come last, so that the reader can tell them apart without looking at each line.
"""

import functools
import gzip
from collections.abc import Mapping
from importlib import resources

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
        self._lines: dict[str, str] = {}
        self._safe: dict[str, tuple[str, ...]] = {}
        self._tagged: dict[str, dict[str, tuple[str, ...]]] = {}
        self._units: dict[str, dict[str, int]] = {}
        for line in body.splitlines():
            form, _, rest = line.partition("\t")
            self._lines[form] = rest
        for form in reversed(self._lines):
            first, *others = form.split(" ")
            if not others:
                break
            seconds = self._units.setdefault(first, {})
            seconds[others[0]] = max(1 + len(others), seconds.get(others[0], 1))

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
            found = self._safe[form] = _candidates(line.partition("\t")[0])
        return found

    def units(self, word: str) -> Mapping[str, int]:
        """Give the second words of the units that start with a word.

        Returns:
            For each of them, how many words the longest of these units has.
        """
        return self._units.get(word, _NO_UNITS)

    def _readings(self, form: str, line: str) -> dict[str, tuple[str, ...]]:
        found = self._tagged.get(form)
        if found is None:
            entries = line.partition("\t")[2].split(";")
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
    shipped = {entry.name: entry for entry in resources.files(__name__).iterdir()}
    table = shipped.get(f"{language}.txt.gz")
    if table is None:
        known = sorted(name.partition(".")[0] for name in shipped if name.endswith(".txt.gz"))
        raise LookupError(f"no synonym table for language {language!r}: choose {', '.join(known)}")
    return Lexicon(gzip.decompress(table.read_bytes()).decode())
