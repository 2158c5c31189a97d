"""Nearly the same as a kept row, by embedding; real rows are kept first, then the earlier ones.

Texts of equal words are no near-duplicates if names or numbers changed places in them, unless one
was made of the other.
"""

import contextlib
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dataaug import engines, sessions
from dataaug.embedders import (
    AUTO,
    Embedder,
    VectorRows,
    embedder_spec,
    full_spec,
    shared,
    stored,
)
from dataaug.embedders.choice import resolved
from dataaug.engines import Engine
from dataaug.errors import InputError, UsageError
from dataaug.filtering import near_duplicate_report
from dataaug.filtering.checks import Check, Fault, Mask, Rows
from dataaug.filtering.notes import NearDuplicateNote
from dataaug.plugins import Spec
from dataaug.rows.record import Record
from dataaug.search import NEAR_DUPLICATE, pair_file
from dataaug.search.dedup import Choice, PairRule, keep_first, resolve
from dataaug.search.field_similarity import FieldSimilarity
from dataaug.search.journal import JOURNALED, SearchJournal, journaled, searches_folder
from dataaug.search.kmeans import fit_partitions
from dataaug.search.pairs import Limits, PairQuery, Pairs, Scores, gather, inner, products
from dataaug.search.partitions import PartitionedRows, RowNumbers
from dataaug.search.tiles import TooManyPairs
from dataaug.search.unseen import Unseen, differ_unseen
from dataaug.text import exchanges

_NO_FAMILY = -1
_POSITIVE = (1 << 63) - 1  # Python's hashes are signed
_FLOOR = 0.9
"""Scores from here on are kept in a file."""
_PROBES = 5
"""Partitions where an approximate search looks at most (research: 99.4 % of pairs and more)."""
_PAIR = 100
"""Bytes that a close pair takes until the list is sorted."""
_PAIRS_A_ROW = 32
"""Close pairs a row from which on rows are taken in parts: to compute more would take long."""


@dataclass(frozen=True, slots=True)
class _Options:
    """What :func:`load` was given."""

    similarity: float
    origin_similarity: float
    within: str
    approximate: bool
    scores: str

    @property
    def lowest(self) -> float:
        return min(self.similarity, self.origin_similarity)


@dataclass(slots=True)
class _Alive:
    """The rows to compare, in the order in which they are kept.

    Attributes:
        rows: all rows of the run.
        places: the numbers of those that are compared.
        texts: what they say.
        names: their ids.
        families: the family of each, negative for none.
        fixed: how many at the start can't be rejected.
        stands: what stands where in each, once asked for, shape (rows, 3).
    """

    rows: Rows
    places: RowNumbers
    texts: list[str]
    names: list[str]
    families: npt.NDArray[np.int64]
    fixed: int
    stands: "npt.NDArray[np.int64] | None" = None

    @classmethod
    def of(cls, rows: Rows, roots: Sequence[int]) -> "_Alive":
        """Order the rows that are alive: those that can't be rejected first, then real ones."""
        alive = list(rows.alive_records())
        alive.sort(key=lambda pair: (rows.judged[pair[0]], not rows.real[pair[0]], pair[0]))
        places = np.array([row for row, _ in alive], np.intp)
        texts, names = [record.text for _, record in alive], [record.id for _, record in alive]
        families = np.array(roots, np.int64)[places]
        return cls(rows, places, texts, names, families, int((~rows.judged[places]).sum()))

    def akin(self, i: RowNumbers, j: RowNumbers) -> Mask:
        """Return which pairs are of one family."""
        same: Mask = (self.families[i] == self.families[j]) & (self.families[i] != _NO_FAMILY)
        return same

    def exchanged(self, i: RowNumbers, j: RowNumbers) -> Mask:
        """Return which pairs have equal words, but names or numbers in each other's places."""
        if self.stands is None:
            self.stands = np.array([exchanges.places(text) for text in self.texts], np.int64)
        words, frames, fillers = (self.stands[i] == self.stands[j]).T
        moved: Mask = words & frames & ~fillers
        return moved


@dataclass(slots=True)
class _NearDuplicate:
    """Takes rows in order; a row goes if an earlier row that stays is as close as the threshold."""

    spec: Spec
    options: _Options
    roots: list[int] = field(default_factory=list)
    of: RowNumbers = field(default_factory=lambda: np.empty(0, np.intp))
    score: Scores = field(default_factory=lambda: np.empty(0))
    akin: Mask = field(default_factory=lambda: np.empty(0, np.bool_))

    def observe(self, records: Sequence[Record], /) -> None:
        """Note the families of the next rows; texts are read again for those still alive."""
        for record in records:
            root = record.root
            self.roots.append(_NO_FAMILY if root is None else hash(root) & _POSITIVE)

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows that are near duplicates of a kept one."""
        alive = _Alive.of(rows, self.roots)
        choice, note = (self._kept if self.options.scores else self._fresh)(alive)
        size = len(rows)
        self.of, self.score = np.full(size, -1, np.intp), np.zeros(size)
        self.akin = np.zeros(size, np.bool_)
        gone = np.flatnonzero(choice.of >= 0)
        there = alive.places[gone]
        self.of[there] = alive.places[choice.of[gone]]
        self.score[there] = choice.score[gone]
        self.akin[there] = alive.akin(gone, choice.of[gone])
        found = near_duplicate_report.listed(rows, alive.places, choice, rows.real[alive.places])
        rows.notes["near-duplicate"] = NearDuplicateNote(
            embedder=note["name"],
            similarity=self.options.similarity,
            origin_similarity=self.options.origin_similarity,
            **found,
            search=note["search"],
            histogram=note["histogram"],
            certificate=near_duplicate_report.certificate(note["search"]),
        )
        return self.of >= 0

    def _embedder(self) -> Embedder:
        return shared(self.spec)

    def _embedder_name(self) -> str:
        """Name the embedder with all its options, without loading it."""
        return str(full_spec(resolved(self.spec)))

    def _fresh(self, alive: _Alive) -> tuple[Choice, dict[str, Any]]:
        """Embed, search, and choose."""
        embed = self._embedder()
        vectors = stored(embed, alive.texts, alive.rows.notify)
        hidden = Unseen(embed, alive.texts)
        rule = self._rule(alive, embed.tolerance, self._apart(alive, self.options.lowest, hidden))
        most = min(self._most(), max(1_000_000, _PAIRS_A_ROW * len(vectors)))
        notify = functools.partial(alive.rows.notify, "near-duplicates")
        least = rule.threshold - rule.tolerance
        with self._journal(vectors, least) as journal:
            places = self._places(vectors, least, journal)
            engine = _elsewhere(places)
            choice = keep_first(
                places, rule, fixed=alive.fixed, most=most, engine=engine, journal=journal,
                notify=notify,
            )  # fmt: skip
        if choice.pairs is None:
            real = alive.rows.real[alive.places]
            # Where they crowd too, the report has null for the real rows' pairs.
            with contextlib.suppress(TooManyPairs):
                choice.pairs = rule.hits(gather(inner(places, rule.query(most), real)))
        return choice, self._note(alive, places, embed, choice.products)

    def _kept(self, alive: _Alive) -> tuple[Choice, dict[str, Any]]:
        """Choose by the scores in a file, which is made if it is not there."""
        made = pair_file.ScoresOrigin(
            self._embedder_name(),
            pair_file.rows_digest(sorted(zip(alive.places.tolist(), alive.texts, strict=True))),
            self.options.within,
            self.options.approximate,
        )
        path = self.options.scores
        if pair_file.exists(path):
            pairs, note = pair_file.read_pairs(path, made, alive.places)
        else:
            pairs, note = self._searched(alive)
            pair_file.write_pairs(path, made, pairs, alive.places, alive.names, note)
        if note["floor"] > self.options.lowest:
            raise InputError(
                f"{path}: has no scores under {note['floor']:g}; name another file, or delete this "
                "one to have it made anew"
            )
        rule = self._rule(alive, note["tolerance"], self._apart(alive, self.options.lowest))
        choice = resolve(rule.hits(pairs), len(alive.places), alive.fixed)
        return choice, {key: note[key] for key in ("name", "search", "histogram")}

    def _searched(self, alive: _Alive) -> tuple[Pairs, dict[str, Any]]:
        """Embed and search for all pairs that any threshold down to the floor may need."""
        embed = self._embedder()
        vectors = stored(embed, alive.texts, alive.rows.notify)
        floor = min(_FLOOR, self.options.lowest)
        least = floor - embed.tolerance
        hidden = Unseen(embed, alive.texts)
        wanted = PairQuery(least, self._apart(alive, least, hidden), self._most())
        try:
            with self._journal(vectors, least) as journal:
                places = self._places(vectors, least, journal)
                pairs = gather(inner(places, wanted, engine=_elsewhere(places), journal=journal))
        except TooManyPairs:
            raise InputError(
                f"{self.options.scores}: there are more than {self._most():,} pairs from {floor:g} "
                "on; raise --memory, or go without --scores"
            ) from None
        note = self._note(alive, places, embed, wanted.products)
        return pairs, {"floor": floor, "tolerance": embed.tolerance, **note}

    def _places(
        self, vectors: VectorRows, least: float, journal: SearchJournal | None
    ) -> PartitionedRows:
        partitions = fit_partitions([vectors], least, probes=self._probes, journal=journal)
        engine = engines.elsewhere()
        if engine is None or len(partitions.centroids) == 1:
            return partitions.place(vectors, self._probes, journal=journal)
        return partitions.place(vectors, self._probes, engine.map, journal)

    @property
    def _probes(self) -> int:
        return _PROBES if self.options.approximate else 0

    def _journal(
        self, vectors: VectorRows, least: float
    ) -> contextlib.AbstractContextManager[SearchJournal | None]:
        """Have a long search keep what it has finished beside the vectors of the cache."""
        home = searches_folder(sessions.current().settings.cache)
        if home is None or len(vectors) < JOURNALED:
            return contextlib.nullcontext()
        return journaled(home, vectors, f"{least!r} {self._probes}")

    def _most(self) -> int:
        """Return how many pairs may be held: in a quarter of --memory, or in a gigabyte."""
        return (sessions.current().settings.memory or 4 << 30) // 4 // _PAIR

    def _apart(self, alive: _Alive, least: float, hidden: Unseen | None = None) -> Limits:
        """Return limits that no pair reaches which something besides its vectors keeps apart.

        Args:
            alive: the rows.
            least: the limit of all other pairs.
            hidden: what the model does not see; None where pairs that differ in it are gone.
        """
        labels = alive.rows.labels[alive.places] if self.options.within else None

        def limits(i: RowNumbers, j: RowNumbers) -> Scores:
            found = np.full(len(i), least)
            if labels is not None:
                found[labels[i] != labels[j]] = np.inf
            if hidden is not None and len(i):
                found[differ_unseen(hidden, i, hidden, j)] = np.inf
            return found

        return limits

    def _rule(self, alive: _Alive, tolerance: float, least: Limits) -> PairRule:
        """Return which pairs count as near duplicates; ``least`` keeps some of them apart."""
        given = self.options
        fields = FieldSimilarity(self._embedder, alive.texts, alive.texts)

        def limits(i: RowNumbers, j: RowNumbers) -> Scores:
            akin = alive.akin(i, j)
            found = np.where(akin, given.origin_similarity, given.similarity)
            if len(i):  # swap does that to a row, as noise: its variants are judged as others are
                found[alive.exchanged(i, j) & ~akin] = np.inf
            found = np.maximum(found, least(i, j))
            found[fields.differ(i, j, found)] = np.inf
            return found

        def exact(i: RowNumbers, j: RowNumbers) -> Scores:
            used, at = np.unique(np.concatenate([i, j]), return_inverse=True)
            vectors = self._embedder().exactly([alive.texts[row] for row in used.tolist()])
            return products(vectors, vectors, at[: len(i)], at[len(i) :])

        return PairRule(given.lowest, limits, tolerance, exact)

    def _note(
        self, alive: _Alive, places: PartitionedRows, embed: Embedder, compared: int
    ) -> dict[str, Any]:
        real, made = (mask[alive.places] for mask in (alive.rows.real, alive.rows.judged))
        size = len(alive.places)
        return {
            "name": embed.name,
            "search": {
                "rows": size,
                "pairs": size * (size - 1) // 2,
                "compared": compared,
                "cells": places.partitions,
                "certified_rows": int(places.certified.sum()),
            },
            "histogram": near_duplicate_report.histogram(
                places.vectors, alive.families, real, made & ~real
            ),
        }

    def fault(self, row: int, rows: Rows, /) -> Fault:
        """Name the kept row and the similarity."""
        kept = rows.spool.record(int(self.of[row]))
        detail = {"of": kept.id, "similarity": round(float(self.score[row]), 6)}
        if rows.labels[row] != rows.labels[self.of[row]]:
            detail["label_there"] = str(kept.label)
        return Fault("too_close_to_origin" if self.akin[row] else "near_duplicate", detail)


def _elsewhere(places: PartitionedRows) -> Engine | None:
    """Return the engine that compares rows on other machines; a single cell is not worth it."""
    return engines.elsewhere() if places.partitions > 1 else None


def load(
    *,
    similarity: float = NEAR_DUPLICATE,
    origin_similarity: float = 0.995,
    embedder: str = AUTO,
    model: str = "",
    device: str = "",
    within: str = "",
    approximate: bool = False,
    scores: str = "",
) -> Check:
    """Build the check.

    Args:
        similarity: cosine similarity from which on two rows are near duplicates.
        origin_similarity: the same for a row and its own parent or siblings. Edits of a row are
            near it by design: at 0.95 two thirds of them would go.
        embedder: which embedder makes the vectors; a threshold holds for one model only.
            ``auto``: one that knows the languages of all rows.
        model: the embedder's model, if not its default.
        device: the embedder's device, if not its default.
        within: ``label`` compares rows of one label only.
        approximate: look into the nearest cells only, and say how many rows are certified anyway.
        scores: a file for the similarities of all pairs from 0.9 on. Where it is there, its
            scores decide, and nothing is embedded or searched; else it is made.

    Raises:
        UsageError: a similarity outside 0 to 1, something else to compare within, no file.
    """
    for name, value in (
        ("similarity", similarity),
        ("origin_similarity", origin_similarity),
    ):
        if not 0 < value <= 1:
            raise UsageError(f"near-duplicate.{name}={value}: expected a value above 0, at most 1")
    if within not in ("", "label"):
        raise UsageError(f"near-duplicate.within={within}: expected label, or nothing")
    if scores == "-":
        raise UsageError("near-duplicate.scores=-: expected a file; standard output has the rows")
    given = _Options(similarity, origin_similarity, within, approximate, scores)
    return _NearDuplicate(embedder_spec(embedder, model, device), given)
