"""Is a text new? Compare it with seeds, evaluation rows and the rows made before it, by words."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Indel

from dataaug.rows.record import Record
from dataaug.text.normalize import digest
from dataaug.text.segments import terms, unspaced

RUN = 8
"""Words in a row that a text may not share with a seed; twice as many graphemes without blanks."""

_MOST = 0x10FFFF


class Twin(NamedTuple):
    """A text that another one repeats: whose it is, and by what measure.

    Attributes:
        of: the id of the row.
        similarity: ROUGE-L, 1 for equal texts.
        run: the words in a row that both share, where that was the reason; else 0.
    """

    of: str
    similarity: float
    run: int = 0


class Vocabulary:
    """Writes each word as one character, so that texts can be compared as strings, in C."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}
        self.halves: set[str] = set()
        """What stands for a grapheme of a script without blanks: half a word."""

    def spell(self, text: str) -> str:
        """Return the text with a character for each word; case and punctuation do not count.

        A text without words is spelt by what stands between its blanks.
        """
        words = terms(text) or text.split()
        letters = self._letters
        for word in words:
            if word not in letters:
                letters[word] = chr(len(letters) % _MOST + 1)
                if unspaced(word):
                    self.halves.add(letters[word])
        return "".join([letters[word] for word in words])


class Known:
    """Texts that no new text may repeat.

    ROUGE-L (Lin 2004) is F1 of the longest common subsequence of words: twice its length by the
    sum of both lengths. That is what rapidfuzz calls the normalised Indel similarity.

    Args:
        vocabulary: shared by all texts that are compared with each other.
        similarity: ROUGE-L from which on a text counts as a repetition.
        run: the words in a row that count as a copy; 0 turns this off.
    """

    def __init__(self, vocabulary: Vocabulary, similarity: float, run: int = 0) -> None:
        self._vocabulary = vocabulary
        self._similarity = similarity
        self._run = run
        self._spelt: list[str] = []
        self._names: list[str] = []
        self._digests: dict[bytes, str] = {}
        self._runs: dict[str, str] = {}

    def add(self, name: str, text: str) -> None:
        """Take a text that is there from now on."""
        spelt = self._vocabulary.spell(text)
        self._spelt.append(spelt)
        self._names.append(name)
        self._digests.setdefault(digest(text), name)
        if self._run:
            for run in self._runs_of(spelt):
                self._runs.setdefault(run, name)

    def extend(self, records: Iterable[Record]) -> None:
        """Take the texts of rows."""
        for record in records:
            self.add(record.id, record.text)

    def twin(self, text: str) -> Twin | None:
        """Return the text that this one repeats, None if it is new."""
        same = self._digests.get(digest(text))
        if same is not None:
            return Twin(same, 1.0)
        spelt = self._vocabulary.spell(text)
        found = process.extractOne(
            spelt,
            self._spelt,
            scorer=Indel.normalized_similarity,
            score_cutoff=self._similarity,
        )
        if found is not None:
            return Twin(self._names[found[2]], round(found[1], 4))
        return self._shared_run(spelt)

    def _shared_run(self, spelt: str) -> Twin | None:
        for run in self._runs_of(spelt) if self._run else ():
            name = self._runs.get(run)
            if name is not None:
                return Twin(name, 0.0, self._run)
        return None

    def _runs_of(self, spelt: str) -> Iterator[str]:
        """Yield each run of so many words, or of twice as many halves of words."""
        halves = self._vocabulary.halves
        if halves.isdisjoint(spelt):
            for place in range(len(spelt) - self._run + 1):
                yield spelt[place : place + self._run]
            return
        sizes = [1 if letter in halves else 2 for letter in spelt]
        end = total = 0
        for place, least in enumerate(sizes):
            while total < 2 * self._run and end < len(spelt):
                total += sizes[end]
                end += 1
            if total < 2 * self._run:
                return
            yield spelt[place:end]
            total -= least
