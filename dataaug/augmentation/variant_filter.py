"""Judge texts that were written anew by what they must share with their sources."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dataaug.augmentation.left_over import twice
from dataaug.embedders import Vectors, shared
from dataaug.embedders.choice import suitable
from dataaug.plugins import Spec
from dataaug.text import languages
from dataaug.text.fidelity import Change, changes
from dataaug.text.normalize import normalise
from dataaug.text.sentences import sentences

_MARGIN = 0.8
"""By how much another language must lead: at 0.8 one real English row in 10,000 is taken for
foreign (docs/checks.md)."""
_WORDS = 4
"""Words from which on a language is told."""
_WIDE = 3
"""A Chinese, Japanese or Korean character says as much as three letters."""
_SLACK = 10
"""Letters by which even the shortest texts may differ in length."""


class Passed(NamedTuple):
    """A text that may stay.

    Attributes:
        similarity: cosine to its source, None where it was not measured.
    """

    similarity: float | None


@dataclass(frozen=True, slots=True)
class Screen:
    """What a rewritten text must keep of its source.

    Attributes:
        language: the language of the sources.
        into: the language of the texts; the same one for rewordings.
        length_ratio: the shortest and, inverted, the longest that a text may be, as a share of its
            source's letters, 0 to 1; 0 judges no length.
        similarity: the least cosine to the source, 0 to 1; 0 measures none.
        embedder: what measures it; None measures none.
        sentence: the least cosine, 0 to 1, of each sentence of a text to one of its source's or to
            the whole source; 0 measures none. It sees the nonsense of a short one, which the cosine
            of the whole hides.
    """

    language: str
    into: str
    length_ratio: float
    similarity: float
    embedder: Spec | None
    sentence: float = 0.0

    def __call__(self, sources: Sequence[str], texts: Sequence[str]) -> list[Passed | Change]:
        """Return for each text that it may stay, or the first thing that is wrong with it."""
        found = [self._change(source, text) for source, text in zip(sources, texts, strict=True)]
        good = [place for place, change in enumerate(found) if change is None]
        near = self._near([sources[place] for place in good], [texts[place] for place in good])
        judged: list[Passed | Change] = [change or Passed(None) for change in found]
        for place, cosine in zip(good, near, strict=True):
            low = cosine is not None and cosine < self.similarity
            judged[place] = Change("low_similarity", str(cosine)) if low else Passed(cosine)
        left = [place for place in good if isinstance(judged[place], Passed)]
        strange = self._strange([(sources[place], texts[place]) for place in left])
        for place, change in zip(left, strange, strict=True):
            judged[place] = change or judged[place]
        return judged

    def _change(self, source: str, text: str) -> Change | None:
        if normalise(source) == normalise(text):
            return Change("unchanged", "")
        share = (_length(text) + _SLACK) / (_length(source) + _SLACK)
        if not self.length_ratio <= share <= 1 / max(self.length_ratio, 1e-9):
            return Change("length_ratio", f"{share:.2f}")
        into = self.into if self.into != self.language else ""
        change = next(changes(source, text, language=self.language, into=into), None)
        change = change or twice(source, text)
        other = "" if change else foreign_language(text, self.into)
        return Change("wrong_language", other) if other else change

    def _near(self, sources: Sequence[str], texts: Sequence[str]) -> Sequence[float | None]:
        """Return the cosines of texts to their sources, to three digits."""
        if not (self.embedder and self.similarity and texts):
            return [None] * len(texts)
        vectors = shared(self.embedder)([*sources, *texts])
        first, second = vectors[: len(texts)], vectors[len(texts) :]
        return [round(float(value), 3) for value in (first * second).sum(axis=1)]

    def _strange(self, pairs: Sequence[tuple[str, str]]) -> list[Change | None]:
        """Return for each source and text a sentence that nothing of the source is near to."""
        if not (self.embedder and self.similarity and self.sentence):
            return [None] * len(pairs)
        far: list[Change | None] = []
        for found in sentence_cosines(pairs, self.embedder):
            low = next((pair for pair in found if pair[1] < self.sentence), None)
            far.append(low and Change("low_similarity", f"{low[1]} of the sentence {low[0]!r}"))
        return far


def sentence_cosines(
    pairs: Sequence[tuple[str, str]], embedder: Spec
) -> list[list[tuple[str, float]]]:
    """Return how near each sentence of a text is to its source.

    Args:
        pairs: each source and the text that was made of it.
        embedder: what measures it.

    Returns:
        for each text its sentences, each with its best cosine (-1 to 1, three digits) to a sentence
        of the source or to the whole source; none for a text of one sentence.
    """
    cut = [(sentences(text), [source, *sentences(source)]) for source, text in pairs]
    several = [(own, known) for own, known in cut if len(own) > 1]
    parts = list(dict.fromkeys(part for pair in several for part in itertools.chain(*pair)))
    vectors = dict(zip(parts, shared(embedder)(parts), strict=True)) if parts else {}
    return [_nearest(own, known, vectors) if len(own) > 1 else [] for own, known in cut]


def _nearest(
    own: Sequence[str], known: Sequence[str], vectors: Mapping[str, Vectors]
) -> list[tuple[str, float]]:
    around = np.stack([vectors[part] for part in known])
    return [
        (sentence, round(float((around * vectors[sentence]).sum(axis=1).max()), 3))
        for sentence in own
    ]


def foreign_language(text: str, language: str) -> str:
    """Return the code of the other language that a text is surely in, empty if it may be in this.

    Texts of fewer than four words are never sure.
    """
    wide = _length(text) - len(text)
    if len(text.split()) + wide // (2 * _WIDE - 2) < _WORDS:
        return ""
    (guess,) = languages.identify([text])
    return guess.code if languages.other(guess, [language], _MARGIN) else ""


def _length(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_WIDE if "\u3040" <= sign <= "\ud7af" else 1 for sign in text)


def embedder_for(asked: str, *codes: str) -> Spec | None:
    """Return the embedder that an option asks for: a name, ``off``, or ``auto``.

    ``auto`` takes the packaged one that knows all the languages, and none where there is none.
    """
    if asked == "off":
        return None
    return suitable(*codes) if asked == "auto" else Spec(asked)
