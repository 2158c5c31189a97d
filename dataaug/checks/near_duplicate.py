"""Nearly the same as a kept row, by embedding; real rows are kept first, then the earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dataaug.cells import Vectors
from dataaug.checks import Check, Fault, Mask, Rows
from dataaug.embedders import Embedder, embedder_spec, shared
from dataaug.errors import UsageError
from dataaug.neighbours import close_pairs, inner_pairs, nearest
from dataaug.record import Record

_BLOCK = 2048
_SHOWN = 20
_LETTERS = 200
"""Letters of a suspect that are shown."""
_NO_FAMILY = -1
_SAMPLE = 2_000
"""Synthetic rows whose nearness to real ones is counted for the report."""
_BINS = 40
_POSITIVE = (1 << 63) - 1  # Python's hashes are signed

Numbers = npt.NDArray[np.intp]


@dataclass(slots=True)
class _NearDuplicate:
    """Greedy: a row goes only if a row that stays is at or above the threshold."""

    embed: Embedder
    similarity: float
    origin_similarity: float
    roots: list[int] = field(default_factory=list)
    of: Numbers = field(default_factory=lambda: np.empty(0, np.intp))
    score: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    akin: Mask = field(default_factory=lambda: np.empty(0, np.bool_))

    def observe(self, records: Sequence[Record], /) -> None:
        """Note the families of the next rows; texts are read again for those still alive."""
        for record in records:
            root = record.root
            self.roots.append(_NO_FAMILY if root is None else hash(root) & _POSITIVE)

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows that are near duplicates of a kept one."""
        places, vectors = self._vectors(rows)
        size = len(rows)
        self.of = np.full(size, -1, np.intp)
        self.score = np.zeros(size)
        self.akin = np.zeros(size, np.bool_)
        family = np.array(self.roots, np.int64)
        bad: Mask = np.zeros(size, np.bool_)
        fixed = ~rows.judged[places]
        kept = int(fixed.sum())  # rows that can't be rejected come first and are all kept
        store = np.empty_like(vectors)
        stored = np.empty(len(places), np.intp)
        store[:kept], stored[:kept] = vectors[fixed], places[fixed]
        rest, rest_vectors = places[~fixed], vectors[~fixed]
        for start in range(0, len(rest), _BLOCK):
            block = rest[start : start + _BLOCK]
            part = rest_vectors[start : start + _BLOCK]
            stays = self._against(block, part, stored[:kept], store[:kept], family)
            block, part = block[stays], part[stays]
            stays = self._within(block, part, family)
            new = int(stays.sum())
            store[kept : kept + new], stored[kept : kept + new] = part[stays], block[stays]
            kept += new
            rows.notify("near-duplicates", min(start + _BLOCK, len(rest)), len(rest))
        bad[self.of >= 0] = True
        self._note(rows, places, vectors)
        return bad

    def _vectors(self, rows: Rows) -> tuple[Numbers, Vectors]:
        """Embed the rows that are alive; those that can't be rejected first, then real ones."""
        alive = list(rows.alive_records())
        alive.sort(key=lambda pair: (rows.judged[pair[0]], not rows.real[pair[0]], pair[0]))
        places = np.array([row for row, _ in alive], np.intp)
        return places, self.embed([record.text for _, record in alive], rows.notify)

    def _floor(self) -> float:
        return min(self.similarity, self.origin_similarity)

    def _hits(self, one: Numbers, other: Numbers, score: npt.NDArray[np.float64],
              family: npt.NDArray[np.int64]) -> tuple[Mask, Mask]:  # fmt: skip
        """Return which pairs count as near duplicates, and which of them are of one family."""
        akin = (family[one] == family[other]) & (family[one] != _NO_FAMILY)
        return score >= np.where(akin, self.origin_similarity, self.similarity), akin

    def _against(
        self,
        block: Numbers,
        part: Vectors,
        stored: Numbers,
        store: Vectors,
        family: npt.NDArray[np.int64],
    ) -> Mask:
        """Compare a block with the kept rows; note the most similar and return who stays."""
        i, j, score = close_pairs(part, store, self._floor())
        hit, akin = self._hits(block[i], stored[j], score, family)
        i, j, score, akin = i[hit], j[hit], score[hit], akin[hit]
        best = np.lexsort((-score, i))
        first = best[np.unique(i[best], return_index=True)[1]]
        row = block[i[first]]
        self.of[row], self.score[row], self.akin[row] = stored[j[first]], score[first], akin[first]
        return self.of[block] < 0

    def _within(self, block: Numbers, part: Vectors, family: npt.NDArray[np.int64]) -> Mask:
        """Compare the rows of a block with each other, in order."""
        i, j, score = close_pairs(part, part, self._floor())
        earlier = j < i
        i, j, score = i[earlier], j[earlier], score[earlier]
        hit, akin = self._hits(block[i], block[j], score, family)
        for one, other, value, kin in zip(i[hit], j[hit], score[hit], akin[hit], strict=True):
            row, kept = block[one], block[other]
            if self.of[kept] < 0 and (self.of[row] < 0 or value > self.score[row]):
                self.of[row], self.score[row], self.akin[row] = kept, value, kin
        return self.of[block] < 0

    def _note(self, rows: Rows, places: Numbers, vectors: Vectors) -> None:
        """Report near duplicates with another label: one of the two labels is likely wrong."""
        real = rows.real[places]
        i, j, score = inner_pairs(vectors[real], self.similarity)
        ours = places[real]
        one = np.concatenate([ours[i], np.flatnonzero(self.of >= 0)])
        other = np.concatenate([ours[j], self.of[self.of >= 0]])
        scores = np.concatenate([score, self.score[self.of >= 0]])
        suspect = rows.labels[one] != rows.labels[other]
        rows.notes["near-duplicate"] = {
            "embedder": self.embed.name,
            "similarity": self.similarity,
            "origin_similarity": self.origin_similarity,
            "real_pairs": len(i),
            "label_conflicts": int(suspect.sum()),
            "suspects": self._suspects(rows, one[suspect], other[suspect], scores[suspect]),
            "histogram": self._histogram(rows, places, vectors),
        }

    def _histogram(self, rows: Rows, places: Numbers, vectors: Vectors) -> dict[str, object]:
        """Count how near synthetic rows are to their real row and to the nearest other real one."""
        real, made = rows.real[places], ~rows.real[places] & rows.judged[places]
        if not (real.any() and made.any()):
            return {}
        chosen = np.flatnonzero(made)
        chosen = chosen[:: -(-len(chosen) // _SAMPLE)]
        family = np.array(self.roots, np.int64)[places]
        found = nearest(vectors[chosen], vectors[real], (family[chosen], family[real]))
        there = np.concatenate(found)
        # Most rows are near: bins over the whole range from 0 would show one peak and nothing else.
        low = float(np.clip(np.floor(10 * np.quantile(there[there > -1], 0.02)) / 10, 0.0, 0.9))
        edges = np.linspace(low, 1.0, _BINS + 1)
        own, other = (
            np.histogram(np.clip(side[side > -1], low, 1.0), edges)[0].tolist() for side in found
        )
        return {"rows": len(chosen), "low": low, "to_origin": own, "to_others": other}

    def _suspects(
        self, rows: Rows, one: Numbers, other: Numbers, score: npt.NDArray[np.float64]
    ) -> list[dict[str, object]]:
        shown: list[dict[str, object]] = []
        for n in np.argsort(-score, kind="stable")[:_SHOWN]:
            left, right = rows.spool.record(int(one[n])), rows.spool.record(int(other[n]))
            shown.append(
                {
                    "rows": [left.id, right.id],
                    "texts": [left.text[:_LETTERS], right.text[:_LETTERS]],
                    "labels": [left.label, right.label],
                    "similarity": round(float(score[n]), 4),
                }
            )
        return shown

    def fault(self, row: int, rows: Rows, /) -> Fault:
        """Name the kept row and the similarity."""
        kept = rows.spool.record(int(self.of[row]))
        detail = {"of": kept.id, "similarity": round(float(self.score[row]), 6)}
        if rows.labels[row] != rows.labels[self.of[row]]:
            detail["label_there"] = str(kept.label)
        return Fault("too_close_to_origin" if self.akin[row] else "near_duplicate", detail)


def load(
    *,
    similarity: float = 0.95,
    origin_similarity: float = 0.995,
    embedder: str = "sentence-transformers",
    model: str = "",
    device: str = "",
) -> Check:
    """Build the check.

    Args:
        similarity: cosine similarity from which on two rows are near duplicates (seed text: 0.95).
        origin_similarity: the same for a row and its own parent or siblings. Edits of a row are
            near it by design: at 0.95 two thirds of them would go.
        embedder: which embedder makes the vectors; a threshold holds for one model only.
        model: the embedder's model, if not its default.
        device: the embedder's device, if not its default.

    Raises:
        UsageError: a similarity outside 0 to 1.
    """
    for name, value in (("similarity", similarity), ("origin_similarity", origin_similarity)):
        if not 0 < value <= 1:
            raise UsageError(f"near-duplicate.{name}={value}: expected a value above 0, at most 1")
    return _NearDuplicate(
        shared(embedder_spec(embedder, model, device)), similarity, origin_similarity
    )
