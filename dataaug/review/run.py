"""Have people look at a sample of the synthetic rows, and pass all rows on if it is good enough."""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from dataaug import plugins
from dataaug.embedders import Embedder
from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.review import advice, showing
from dataaug.review.assist import Assist, AssistName, agreement_with, worth
from dataaug.review.gate import Gate, GateResult, SampleCounts, gate_result
from dataaug.review.gold import GoldItem, gold_items
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem
from dataaug.review.ledger import Entry
from dataaug.review.relabel import relabelled
from dataaug.review.sample import Drawing, Drawn, Population, draw_beside, draw_sample
from dataaug.review.suspicion import Margins, margins
from dataaug.review.tally import Tally, gold_counts
from dataaug.review.votes import Vote, agreement, count_votes
from dataaug.rows.labels import LabelSet, members, several
from dataaug.rows.record import Outcome, Record, Reject, Schema
from dataaug.rows.score_file import RowScore, row_key
from dataaug.rows.seeds import derive_each
from dataaug.rows.spool import Spool
from dataaug.rows.summary import Summary, plain_data
from dataaug.text.printable import safe

_CHUNK = 256
_NAMED = 5
_EVEN = 0.5
"""The doubt at which another label is as likely as the row's own."""
_REAL = 5000
"""Real rows that rows with known answers are made of."""
_TAUGHT = 2000
"""Real rows that the classifier of doubtful rows learns from (docs/scale.md)."""
_LOOKED_AT = 300
"""Rows of which the most doubtful one is shown: of more, as many are drawn (docs/scale.md)."""


@dataclass(frozen=True, slots=True)
class Spotchecking:
    """How to sample and when the rows are good enough.

    Attributes:
        drawing: the sample.
        gate: the rule.
        apply_labels: give rows with a corrected label that label, in place of rejecting them.
        classifier: ranks the suspicious rows.
        assist: who judges all rows, so that the reviewed ones say more; empty: nobody.
        scores: what a language model says of the rows, by key, where that is who judges.
    """

    drawing: Drawing = field(default_factory=Drawing)
    gate: Gate = field(default_factory=Gate)
    apply_labels: bool = False
    classifier: Spec = field(default_factory=lambda: Spec("tfidf"))
    assist: AssistName | Literal[""] = ""
    scores: Mapping[str, RowScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpotcheckSummary(Summary):
    """All that verdicts say.

    Attributes:
        sample: which sample of which data they are on.
        answer: pass, fail or undecided, why, and what that is worth.
        by_method: method to its ``reviewed`` rows, ``errors``, ``rate`` and ``interval_95``.
        by_label: the same by label.
        strata: the same numbers by stratum, with its ``weight``.
        outside_the_estimate: rows ``reviewed`` and ``errors`` that do not count.
        advice: what the bad rows have in common.
        agreement: how far several reviewers agree, empty for one.
        disagreements: rows of which reviewers said different things.
        changed_verdicts: verdicts that were ``replaced``, those that were ``contradicted``.
        assist: how far a judge of all rows agrees with the reviewers, and what it saved; empty
            where there is none.
    """

    sample: Header
    answer: GateResult
    by_method: Mapping[str, Any]
    by_label: Mapping[str, Any]
    strata: list[dict[str, Any]]
    outside_the_estimate: Mapping[str, int]
    advice: Any
    agreement: Any
    disagreements: list[dict[str, Any]]
    changed_verdicts: Mapping[str, int]
    assist: Mapping[str, Any] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        row = {each.name: plain_data(getattr(self, each.name)) for each in fields(self)}
        if not self.assist:
            del row["assist"]
        return row | {"sample": self.sample.row(), "answer": self.answer.row()}


class Spotcheck:
    """One spot-check: reads all rows, draws the sample, and answers for any set of verdicts.

    Args:
        records: real and synthetic rows; they are spooled to disk, and passed on by :meth:`rows`.
        task: how to sample and judge.
        schema: which fields text, label and id are.
        real: real rows kept elsewhere; they are looked at but not passed on.

    Raises:
        InputError: there is no synthetic row.
        UsageError: more strata than rows of the sample, or too few real rows to plant.
    """

    def __init__(
        self,
        records: Iterable[Record],
        task: Spotchecking,
        schema: Schema | None = None,
        real: Iterable[Record] = (),
    ) -> None:
        self.task = task
        self.population = Population(Spool(schema or Schema()), task.drawing.stratify)
        stream = iter(records)
        while chunk := list(itertools.islice(stream, _CHUNK)):
            self.population.extend(chunk)
        if not len(self.population):
            raise InputError(
                f"there is no synthetic row to look at among {self.population.real:,} rows (a row "
                "without _aug is real; --origin synthetic takes rows of another tool)"
            )
        self._elsewhere = Spool(schema or Schema())
        labels = set(self.population.labels)
        stream = (record for record in real if record.is_real)
        while chunk := list(itertools.islice(stream, _CHUNK)):
            self._elsewhere.extend(chunk)
            labels |= {record.label for record in chunk if record.label is not None}
        self.labels = sorted(labels)
        self.warnings: list[str] = []
        drawn = draw_sample(self.population, task.drawing)
        self._assist = self._judge() if task.assist else None
        self._tally = Tally(self.population, self._parted(drawn))
        self._gold = {row.key: row for row in self._gold_items()}

    @property
    def sample(self) -> Sequence[str]:
        """The keys of the rows that enter the estimate, in random order, each once."""
        return list(self._tally.times)

    @property
    def header(self) -> Header:
        """What a verdict file of this spot-check begins with."""
        return self.population.header(self.task.drawing)

    @cached_property
    def _real(self) -> list[Record]:
        """Real rows with labels, some of many, the same in any order of the rows."""
        rank = derive_each(self.task.drawing.seed, "real")
        every = itertools.chain(self.population.spool.records(), self._elsewhere.records())
        known = (record for record in every if record.is_real and record.label is not None)
        return heapq.nsmallest(_REAL, known, key=lambda own: (rank(own.id), own.line))

    @cached_property
    def _margins(self) -> Margins | None:
        classifier = plugins.load("classifiers", self.task.classifier)
        return margins(self._real[:_TAUGHT], classifier, self.task.drawing.seed)

    def _judge(self) -> Assist:
        """Return what is said of all rows.

        Raises:
            UsageError: the real rows have too few labels for a classifier.
        """
        if self.task.assist == "judge":
            return Assist("judge", self.task.scores)
        if self._margins is None:
            raise UsageError(
                "--assist label: the real rows here have too few labels to learn from; name "
                "further ones by --real"
            )
        records = self.population.spool.records_at(self.population.places)
        named = zip(self.population.keys, self._margins(records), strict=True)
        keyed = ((f"{key:016x}", (1 + margin) / 2) for key, margin in named)
        scores = {key: RowScore(key, "", doubt, doubt > _EVEN) for key, doubt in keyed}
        return Assist("label", scores)

    def _parted(self, drawn: Sequence[Drawn]) -> Sequence[Drawn]:
        """Return the sample in the strata of the judge, who has seen no verdict."""
        if self._assist is None:
            return drawn
        keys = self.population.keys
        strata = self._assist.strata(keys)
        self.population.divide(strata, [("passed",), ("doubtful",)][: max(strata) + 1])
        if unscored := self._assist.unscored(keys):
            self.warnings.append(
                f"{unscored:,} of {len(keys):,} different rows have no score; they count as "
                "doubtful"
            )
        of_key = dict(zip(keys, strata, strict=True))
        return [replace(own, stratum=of_key[int(own.key, 16)]) for own in drawn]

    def _gold_items(self) -> list[GoldItem]:
        if not self.task.drawing.gold:
            return []
        models = list(self.population.spool.records_at(own.place for own in self._tally.shown))
        rows = gold_items(self._real, self.labels, self.task.drawing, models)
        return [row for row in rows if row.key not in self.population]

    def texts(self) -> Iterator[str]:
        """Yield the texts of all rows, the real ones kept elsewhere included."""
        every = itertools.chain(self.population.spool.records(), self._elsewhere.records())
        return (record.text for record in every)

    def items(self, embedder: Embedder | None = None) -> list[ReviewItem]:
        """Return the rows to show: the sample with gold items among it, then the suspicious.

        Args:
            embedder: finds neighbours to show beside the rows; it embeds all rows.
        """
        shown = [*self._tally.shown, *self._suspicious()]
        made = showing.review_items(self.population, shown, self._elsewhere.records(), embedder)
        first = len(self._tally.shown)
        mixed = showing.with_gold(made[:first], list(self._gold.values()))
        return mixed + made[first:]

    def _suspicious(self) -> list[Drawn]:
        """Return the rows of whose label a classifier is least sure, of some outside the sample."""
        wanted, population = self.task.drawing.suspicious, self.population
        if not wanted:
            return []
        if self._margins is None:
            self.warnings.append(
                "no list of suspicious rows: the real rows here have too few labels to learn from"
            )
            return []
        drawing = self.task.drawing
        drawn = draw_beside(population, self._tally.times, _LOOKED_AT * wanted, drawing.seed)
        scores = self._margins(population.spool.records_at(own.place for own in drawn))
        order = sorted(zip(scores, drawn, strict=True), key=lambda own: (-own[0], own[1].key))
        return [own for _, own in order[:wanted]]

    def votes(self, entries: Iterable[Entry]) -> dict[str, Vote]:
        """Return the vote on each row that is in the data or is a gold item, by key."""
        return {key: vote for key, vote in count_votes(entries).items() if self._knows(key)}

    def _knows(self, key: str) -> bool:
        return key in self._gold or key in self.population

    def check(self, entries: Iterable[Entry], *, carried: bool = False) -> None:
        """Warn of verdicts on rows that are not in the data, and of labels that no row has.

        Args:
            entries: the verdicts.
            carried: they were taken over from other data, so that some are bound to be.

        Raises:
            InputError: there are verdicts, and not one is on a row of this data.
        """
        entries = list(entries)
        keys = {entry.key for entry in entries}
        strange = sum(not self._knows(key) for key in keys)
        if keys and strange == len(keys):
            raise InputError(
                f"none of the {len(keys):,} verdicts is on a row of this data: they are for other "
                "rows"
            )
        if strange and not carried:
            self.warnings.append(f"{strange:,} verdicts are on rows that are not in this data")
        given = {self._right(entry.verdict.label) for entry in entries} - {None}
        known = {own for label in self.labels for own in members(label)}
        named = {own for label in given if label is not None for own in members(label)} - known
        if named:
            shown = ", ".join(safe(str(label), 40) for label in sorted(map(str, named))[:_NAMED])
            self.warnings.append(f"right labels that no row has (misspelt?): {shown}")

    def _right(self, label: str | None) -> str | None:
        """Return the label that a reviewer named; where rows have several, the set of them."""
        return LabelSet.parse(label) if label is not None and several(self.labels) else label

    def tally(self, votes: Mapping[str, Vote]) -> SampleCounts:
        """Count the verdicts on the sample, for the gate."""
        return SampleCounts(
            len(self.population), self._tally.strata(votes),
            *gold_counts(self._gold, votes), texts=len(self._tally.shown),
            run=self._tally.run(votes), assisted=self._assist is not None,
        )  # fmt: skip

    def answer(self, votes: Mapping[str, Vote]) -> GateResult:
        """Return whether the gate is passed by these votes, and why."""
        return gate_result(self.task.gate, self.tally(votes))

    def findings(
        self, votes: Mapping[str, Vote], changed: Mapping[str, int] | None = None
    ) -> "SpotcheckSummary":
        """Return all that the verdicts say, for the report.

        Args:
            votes: what is held of each row.
            changed: how many verdicts were ``replaced``, and how many of them ``contradicted``.
        """
        judged = self._judged(votes)
        disputed = {key: vote for key, vote in votes.items() if vote.disputed}
        beside = [vote for key, vote in votes.items()
                  if key not in self._tally.times and key not in self._gold]  # fmt: skip
        return SpotcheckSummary(
            sample=self.header,
            answer=self.answer(votes),
            by_method=advice.rates(judged, "method"),
            by_label=advice.rates(judged, "label"),
            strata=self._strata(votes),
            outside_the_estimate={
                "reviewed": len(beside), "errors": sum(vote.bad for vote in beside),
            },
            advice=advice.advice(judged),
            agreement=agreement(votes.values()),
            disagreements=[_dispute(key, vote) for key, vote in sorted(disputed.items())],
            changed_verdicts=dict(changed or {}),
            assist=self._worth(votes),
        )  # fmt: skip

    def _worth(self, votes: Mapping[str, Vote]) -> dict[str, Any]:
        """Return what the judge is worth."""
        if self._assist is None:
            return {}
        return {
            "judge": self._assist.name,
            **agreement_with(self._assist, votes, self._tally.times),
            **worth(self._tally.strata(votes)),
        }

    def _judged(self, votes: Mapping[str, Vote]) -> list[advice.ReviewedRow]:
        """Return the reviewed rows of the sample; margins are looked at only if a row is bad."""
        reviewed = [own for own in self._tally.shown if own.key in votes]
        records = list(self.population.spool.records_at(own.place for own in reviewed))
        held = [votes[own.key] for own in reviewed]
        found: Sequence[float | None] = [None] * len(records)
        if any(vote.bad for vote in held) and self._margins is not None:
            found = list(self._margins(records))
        times = [self._tally.times[own.key] for own in reviewed]
        return list(map(advice.ReviewedRow, records, held, found, times))

    def _strata(self, votes: Mapping[str, Vote]) -> list[dict[str, Any]]:
        counts, names = self._tally.strata(votes), self.population.names
        parted_by = ("assist",) if self._assist else self.task.drawing.stratify
        return [
            {
                **dict(zip(parted_by, name, strict=True)),
                "rows": counts[number].rows,
                "reviewed": counts[number].reviewed,
                "errors": counts[number].errors,
                "left": counts[number].left,
                "weight": round(counts[number].rows / len(self.population), 6),
            }
            for name, number in names.items()
        ]

    def rows(self, votes: Mapping[str, Vote]) -> Iterator[Outcome]:
        """Yield all rows as they came; bad ones are rejects, or have their right label if asked."""
        bad = {key: vote for key, vote in votes.items() if vote.bad}
        for record in self.population.spool.records():
            vote = None if record.is_real else bad.get(row_key(record))
            if vote is None:
                yield record
                continue
            right = self._right(vote.label)
            if self.task.apply_labels and right is not None and right != record.label:
                yield relabelled(record, right, sorted(vote.said))
            else:
                yield Reject("spotcheck", "called_bad", record, _said(vote))


def _said(vote: Vote) -> dict[str, Any]:
    found: dict[str, Any] = {"reason": vote.reason, "reviewers": sorted(vote.said)}
    if vote.label is not None:
        found["right_label"] = vote.label
    notes = [verdict.note for _, verdict in sorted(vote.said.items()) if verdict.note]
    return {**found, "notes": notes} if notes else found


def _dispute(key: str, vote: Vote) -> dict[str, Any]:
    said = {name: verdict.verdict for name, verdict in sorted(vote.said.items())}
    return {"key": key, "said": said}
