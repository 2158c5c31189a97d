"""Which labels are most alike, and so most easily taken for each other."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from dataaug.text.segments import runs

_FEW = 4
"""With so many labels or fewer, each is told from all the others."""


def nearest(texts: Mapping[str, Sequence[str]], count: int) -> dict[str, tuple[str, ...]]:
    """Return for each label those that are most like it, the likest first.

    Labels are as alike as their texts by TF-IDF of words; a label without a word in common with any
    other has no near ones, unless there are few labels.

    Args:
        texts: for each label its name, description and examples.
        count: near labels at most.
    """
    names = list(texts)
    if count <= 0 or len(names) < 2:
        return dict.fromkeys(names, ())
    vectorizer = TfidfVectorizer(token_pattern=None, tokenizer=runs, sublinear_tf=True)
    try:
        vectors = vectorizer.fit_transform(["\n".join(texts[name]) for name in names])
    except ValueError:  # no label has a word: nothing tells how alike they are
        return {name: _others(names, name)[:count] for name in names}
    alike = (vectors @ vectors.T).toarray()
    found = {}
    for row, name in enumerate(names):
        order = [int(n) for n in np.argsort(-alike[row], kind="stable") if n != row]
        near = [names[n] for n in order if alike[row, n] > 0 or len(names) <= _FEW]
        found[name] = tuple(near[:count])
    return found


def _others(names: Sequence[str], name: str) -> tuple[str, ...]:
    return tuple(other for other in names if other != name)
