"""Have people look at a sample of the synthetic rows, and pass all rows on if it is good enough."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataaug.embedders import Embedder
from dataaug.errors import InputError
from dataaug.neighbours import close_pairs
from dataaug.record import Outcome, Record, Reject, Schema
from dataaug.reviewers import Item
from dataaug.spool import Spool
from dataaug.spotchecking import advice
from dataaug.spotchecking.bounds import Stratum
from dataaug.spotchecking.gate import Count, Gate, judge
from dataaug.spotchecking.gate import Outcome as Answer
from dataaug.spotchecking.ledger import Entry, Header
from dataaug.spotchecking.relabel import relabelled
from dataaug.spotchecking.sample import (
    Drawing,
    Drawn,
    Population,
    draw,
    parents,
    planted,
    row_key,
    sizes,
)
from dataaug.spotchecking.suspicion import suspicions
from dataaug.spotchecking.votes import Vote, agreement, count

_CHUNK = 256
_NEAR = 0.9
_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Spotchecking:
    """How to sample and when the rows are good enough.

    Attributes:
        drawing: the sample.
        gate: the rule.
        apply_labels: give rows with a corrected label that label, in place of rejecting them.
    """

    drawing: Drawing = field(default_factory=Drawing)
    gate: Gate = field(default_factory=Gate)
    apply_labels: bool = False


class Spotcheck:
    """One spot-check: reads all rows, draws the sample, and answers for any set of verdicts.

    Args:
        records: real and synthetic rows; real ones are passed on and taught from.
        task: how to sample and judge.
        schema: which fields text, label and id are.
        neighbours: an embedder that finds rows near to those of the sample, to show beside them.

    Raises:
        InputError: there is no synthetic row.
        UsageError: more strata than rows of the sample, or too few real rows to plant.
    """

    def __init__(
        self,
        records: Iterable[Record],
        task: Spotchecking,
        schema: Schema | None = None,
        neighbours: Embedder | None = None,
    ) -> None:
        self.task = task
        self.population = Population(Spool(schema or Schema()), task.drawing.stratify)
        stream = iter(records)
        while chunk := list(itertools.islice(stream, _CHUNK)):
            self.population.extend(chunk)
        if not len(self.population):
            raise InputError(
                "there is no synthetic row to look at (a row without _aug is real; --origin "
                "synthetic says that another tool made the rows)"
            )
        self.labels = sorted(self.population.labels)
        self.warnings: list[str] = []
        self._drawn = draw(self.population, task.drawing)
        self._stratum = {drawn.key: drawn.stratum for drawn in self._drawn}
        self._planted: dict[str, str] = {}
        self.items = self._items(neighbours)

    @property
    def header(self) -> Header:
        """What a verdict file of this spot-check begins with."""
        return self.population.header(self.task.drawing)

    def _items(self, neighbours: Embedder | None) -> list[Item]:
        """Return the rows to show: sample and planted rows in random order, then the suspicious."""
        spool = self.population.spool
        shown = [*self._drawn, *self._suspicious()]
        records = list(spool.records_at(drawn.place for drawn in shown))
        known = parents(spool, records)
        near = _near(spool, records, neighbours) if neighbours else [() for _ in records]
        items = [
            Item(drawn.key, record, known.get(str((record.aug or {}).get("parent"))), tuple(others))
            for drawn, record, others in zip(shown, records, near, strict=True)
        ]
        first = len(self._drawn)
        return self._with_planted(items[:first]) + items[first:]

    def _with_planted(self, items: list[Item]) -> list[Item]:
        if not self.task.drawing.planted:
            return items
        real = [record for record in self.population.spool.records() if record.is_real]
        methods = sorted({item.record.method for item in items})
        rows = planted(real, self.labels, self.task.drawing, methods)
        step = max(1, len(items) // max(1, len(rows)))
        for number, (record, answer) in enumerate(rows):
            key = row_key(record)
            if key not in self._stratum and key not in self._planted:
                self._planted[key] = answer
                items.insert(number * (step + 1) + step // 2, Item(key, record))
        return items

    def _suspicious(self) -> list[Drawn]:
        wanted = self.task.drawing.suspicious
        if not wanted:
            return []
        spool, population = self.population.spool, self.population
        real = [record for record in spool.records() if record.is_real]
        scores = suspicions(real, spool.records_at(population.places))
        if not scores:
            self.warnings.append("no suspicious rows: the real rows have too few labels to tell")
        found: dict[str, Drawn] = {}
        for number in sorted(range(len(scores)), key=lambda n: (-scores[n], n)):
            key = f"{population.keys[number]:016x}"
            if key not in self._stratum:
                found.setdefault(key, Drawn(population.places[number], key, -1))
            if len(found) == wanted:
                break
        return list(found.values())

    def votes(self, entries: Iterable[Entry]) -> dict[str, Vote]:
        """Return what is held of each row that is in the data or was planted.

        Raises:
            InputError: there are verdicts, and not one is on a row of this data.
        """
        every = count(entries)
        here = {f"{key:016x}" for key in self.population.keys} | self._planted.keys()
        known = {key: vote for key, vote in every.items() if key in here}
        if every and not known:
            raise InputError(
                "none of the verdicts is on a row of this data: they are for other rows"
            )
        if len(known) < len(every):
            self.warnings.append(
                f"{len(every) - len(known):,} verdicts are on rows that are not in the data"
            )
        return known

    def tally(self, votes: Mapping[str, Vote]) -> Count:
        """Return what the verdicts on the sample amount to."""
        reviewed, bad = ([0] * len(self.population.names) for _ in range(2))
        for key, stratum in self._stratum.items():
            if key in votes:
                reviewed[stratum] += 1
                bad[stratum] += votes[key].bad
        strata = [Stratum(*counts) for counts in zip(sizes(self.population), reviewed, bad,
                                                     strict=True)]  # fmt: skip
        answers = [
            (answer, votes[key].bad) for key, answer in self._planted.items() if key in votes
        ]
        wrong = [called for answer, called in answers if answer == "bad"]
        right = [not called for answer, called in answers if answer == "ok"]
        return Count(
            len(self.population), len(self._drawn), strata,
            (sum(wrong), len(wrong)), (sum(right), len(right)),
        )  # fmt: skip

    def answer(self, votes: Mapping[str, Vote]) -> Answer:
        """Return what the gate says of the verdicts."""
        return judge(self.task.gate, self.tally(votes))

    def findings(self, votes: Mapping[str, Vote]) -> dict[str, Any]:
        """Return all that the verdicts say, for the report."""
        judged = [
            advice.Judged(item.record.method, str(item.record.label), vote.bad, vote.reason)
            for item in self.items
            if item.key in self._stratum and (vote := votes.get(item.key))
        ]
        disputed = {key: vote for key, vote in votes.items() if vote.disputed}
        return {
            "sample": self.header.row(),
            "answer": self.answer(votes).row(),
            "by_method": advice.rates(judged, "method"),
            "by_label": advice.rates(judged, "label"),
            "strata": self._strata(votes),
            "advice": advice.advice(judged),
            "agreement": agreement(votes.values()),
            "disagreements": [_dispute(key, vote) for key, vote in sorted(disputed.items())],
        }

    def _strata(self, votes: Mapping[str, Vote]) -> list[dict[str, Any]]:
        counts = self.tally(votes).strata
        return [
            {
                **dict(zip(self.task.drawing.stratify, name, strict=True)),
                **counts[number]._asdict(),
                "weight": round(counts[number].rows / len(self.population), 6),
            }
            for name, number in self.population.names.items()
        ]

    def rows(self, votes: Mapping[str, Vote]) -> Iterator[Outcome]:
        """Yield all rows as they came; bad ones are rejects, or have their right label if asked."""
        bad = {key: vote for key, vote in votes.items() if vote.bad}
        for record in self.population.spool.records():
            vote = None if record.is_real else bad.get(row_key(record))
            if vote is None:
                yield record
            elif self.task.apply_labels and vote.label is not None:
                yield relabelled(record, vote.label, sorted(vote.said))
            else:
                detail = {"reason": vote.reason, "reviewers": sorted(vote.said)}
                if vote.label is not None:
                    detail["right_label"] = vote.label
                yield Reject("spotcheck", "called_bad", record, detail)


def _dispute(key: str, vote: Vote) -> dict[str, Any]:
    said = {name: verdict.verdict for name, verdict in sorted(vote.said.items())}
    return {"key": key, "said": said}


def _near(
    spool: Spool, records: Sequence[Record], embed: Embedder
) -> list[list[tuple[float, str, str | None]]]:
    """Return the rows nearest to each row, above 0.9 cosine, the nearest first."""
    left = embed([record.text for record in records])
    every = list(spool.records())
    i, j, scores = close_pairs(left, embed([record.text for record in every]), _NEAR)
    found: list[list[tuple[float, str, str | None]]] = [[] for _ in records]
    for one, other, score in sorted(zip(i, j, scores, strict=True), key=lambda hit: -hit[2]):
        record = every[int(other)]
        if record.text != records[int(one)].text and len(found[int(one)]) < _NEIGHBOURS:
            found[int(one)].append((float(score), record.text, record.label))
    return found
