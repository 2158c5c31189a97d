"""Do the names of labels say what their rows are about?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from dataaug.generation.tasks.messages import spoken_label

_RISK = 0.05
"""How often names that say nothing may pass."""


@dataclass(frozen=True, slots=True)
class NameTest:
    """How many names of labels are more like the rows of their own label than those of any other.

    Attributes:
        labels: labels that were compared.
        own: those whose name is most like their own rows.
        chance: the probability, 0 to 1, that as many or more are so where each name picks a label
            at random (binomial).
    """

    labels: int
    own: int
    chance: float

    @property
    def passed(self) -> bool:
        """Do the names say something, at a risk of 5 % of taking chance for it?

        Two labels can't pass: even two hits are chance one time in four.
        """
        return self.chance <= _RISK


def name_test(rows: Mapping[str, Sequence[str]]) -> NameTest:
    """Compare each label's name with the rows of every label, by TF-IDF of pieces of words.

    Pieces of two to four letters find a word in its inflections, in scripts without blanks too.

    Args:
        rows: for each label the texts of its real rows.
    """
    labels = [label for label, texts in rows.items() if texts]
    if len(labels) < 2:
        return NameTest(len(labels), 0, 1.0)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    try:
        vectors = pieces.fit_transform(
            ["\n".join(rows[label]) for label in labels] + [spoken_label(label) for label in labels]
        )
    except ValueError:  # not one piece
        return NameTest(len(labels), 0, 1.0)
    alike = (vectors[len(labels) :] @ vectors[: len(labels)].T).toarray()
    diagonal = alike.diagonal().copy()
    np.fill_diagonal(alike, 0)
    own = int((diagonal > alike.max(axis=1)).sum())
    return NameTest(len(labels), own, _at_least(own, len(labels)))


def _at_least(hits: int, labels: int) -> float:
    """Return the probability of so many hits or more in as many tries as labels."""
    p = 1 / labels
    return math.fsum(
        math.comb(labels, n) * p**n * (1 - p) ** (labels - n) for n in range(hits, labels + 1)
    )
