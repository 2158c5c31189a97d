"""Which texts are alike, by vectors that may be a little off."""

from collections.abc import Iterator, Sequence

import numpy as np

from dataaug.embedders import Embedder, stored
from dataaug.rows.progress import Notify, silent
from dataaug.search.dedup import PairRule
from dataaug.search.field_similarity import FieldSimilarity
from dataaug.search.kmeans import fit_partitions
from dataaug.search.pairs import Pairs, Scores, across, inner, products
from dataaug.search.partitions import RowNumbers
from dataaug.search.unseen import Unseen, differ_unseen


def pair_rule(
    embed: Embedder, similarity: float, left: Sequence[str], right: Sequence[str]
) -> PairRule:
    """Return the rule by which pairs of texts are alike, to be applied to pairs of their vectors.

    Texts that differ in what the model does not see of them (words that it has no token for, what
    is beyond its length) are never alike, nor are those that differ in one of several fields.
    Pairs within the embedder's tolerance of the similarity are decided by exact vectors, so that
    neither a runtime nor a batch decides them.

    Args:
        embed: what made the vectors; its tolerance is that of vectors it has returned so far.
        similarity: cosine from which on two texts are alike, 0 to 1.
        left: the texts of the first rows of pairs.
        right: the texts of the second rows.
    """
    ours = Unseen(embed, left)
    theirs = ours if left is right else Unseen(embed, right)
    fields = FieldSimilarity(lambda: embed, left, right)

    def limits(i: RowNumbers, j: RowNumbers) -> Scores:
        found = np.where(differ_unseen(ours, i, theirs, j), np.inf, similarity)
        found[fields.differ(i, j, found)] = np.inf
        return found

    def exact(i: RowNumbers, j: RowNumbers) -> Scores:
        first, one = np.unique(i, return_inverse=True)
        second, other = np.unique(j, return_inverse=True)
        return products(
            embed.exactly([left[row] for row in first.tolist()]),
            embed.exactly([right[row] for row in second.tolist()]),
            one,
            other,
        )

    return PairRule(similarity, limits, embed.tolerance, exact)


def similar_within(
    embed: Embedder, texts: Sequence[str], similarity: float, notify: Notify = silent
) -> Iterator[Pairs]:
    """Yield the pairs of texts of one set that are alike, part by part; some come twice."""
    vectors = stored(embed, texts, notify)
    own = pair_rule(embed, similarity, texts, texts)
    partitions = fit_partitions([vectors], similarity - own.tolerance)
    for part in inner(partitions.place(vectors), own.query()):
        yield own.hits(part)


def similar_between(
    embed: Embedder,
    left: Sequence[str],
    right: Sequence[str],
    similarity: float,
    notify: Notify = silent,
) -> Iterator[Pairs]:
    """Yield the pairs (i, j) of texts of two sets that are alike, part by part; some come twice."""
    ours, theirs = stored(embed, left, notify), stored(embed, right, notify)
    own = pair_rule(embed, similarity, left, right)
    partitions = fit_partitions([ours, theirs], similarity - own.tolerance)
    for part in across(partitions.place(ours), partitions.place(theirs), own.query()):
        yield own.hits(part)
