"""What a search for near duplicates tells beside its verdicts, for the report."""

from typing import Any

import numpy as np
import numpy.typing as npt

from dataaug.embedders import VectorRows
from dataaug.filtering.checks import Rows
from dataaug.rows.record import shown_text
from dataaug.search.dedup import Choice
from dataaug.search.pairs import nearest_by_lineage
from dataaug.search.partitions import Mask, RowNumbers

_SHOWN = 20
_LETTERS = 200
"""Letters of a suspect that are shown."""
_SAMPLE = 2_000
"""Synthetic rows whose nearness to real ones is counted for the report."""
_PRODUCTS = 2e8
"""Pairs that are compared for that at most: a second or two."""
_BINS = 40


def listed(rows: Rows, places: RowNumbers, choice: Choice, real: Mask) -> dict[str, Any]:
    """Return near duplicates with another label: one of the two labels is likely wrong.

    Args:
        rows: all rows.
        places: the numbers of those that were compared.
        choice: what became of them.
        real: which of them are real.
    """
    gone = np.flatnonzero(choice.of >= 0)
    i, j, score = choice.pairs or (gone[:0], gone[:0], choice.score[:0])
    both = real[i] & real[j]
    one = places[np.concatenate([i[both], gone])]
    other = places[np.concatenate([j[both], choice.of[gone]])]
    scores = np.concatenate([score[both], choice.score[gone]])
    odd = rows.labels[one] != rows.labels[other]
    return {
        "real_pairs": None if choice.pairs is None else int(both.sum()),
        "label_conflicts": int(odd.sum()),
        "suspects": _shown(rows, one[odd], other[odd], scores[odd]),
    }


def _shown(
    rows: Rows, one: RowNumbers, other: RowNumbers, score: npt.NDArray[np.float64]
) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = []
    for n in np.lexsort((other, one, -score))[:_SHOWN]:
        left, right = rows.spool.record(int(one[n])), rows.spool.record(int(other[n]))
        shown.append(
            {
                "rows": [left.id, right.id],
                "texts": [shown_text(side.text)[:_LETTERS] for side in (left, right)],
                "labels": [left.label, right.label],
                "similarity": round(float(score[n]), 4),
            }
        )
    return shown


def histogram(
    vectors: VectorRows, families: npt.NDArray[np.int64], real: Mask, made: Mask
) -> dict[str, object]:
    """Count how near synthetic rows are to their real row and to the nearest other real one."""
    if not (real.any() and made.any()):
        return {}
    chosen = np.flatnonzero(made)
    most = int(np.clip(_PRODUCTS / real.sum(), 200, _SAMPLE))
    chosen = chosen[:: -(-len(chosen) // most)]
    ours = np.flatnonzero(real)
    found = nearest_by_lineage(vectors[chosen], vectors, (families[chosen], families[ours]), ours)
    both = np.concatenate(found)
    # Most rows are near: bins over the whole range from 0 would show one peak and nothing else.
    low = float(np.clip(np.floor(10 * np.quantile(both[both > -1], 0.02)) / 10, 0.0, 0.9))
    edges = np.linspace(low, 1.0, _BINS + 1)
    own, other = (
        np.histogram(np.clip(side[side > -1], low, 1.0), edges)[0].tolist() for side in found
    )
    return {"rows": len(chosen), "low": low, "to_origin": own, "to_others": other}


def certificate(search: dict[str, int]) -> str:
    """Return what is proven about a search, in one sentence."""
    pairs, size, sure = search["pairs"], search["rows"], search["certified_rows"]
    share = f"{min(search['compared'] / max(pairs, 1), 1.0):.1%} of them compared"
    if sure == size:
        return f"all {pairs:,} pairs of {size:,} rows are covered, {share}"
    return (
        f"approximate: {sure:,} of {size:,} rows are certified to have missed no near duplicate; "
        f"{pairs:,} pairs, {share}"
    )
