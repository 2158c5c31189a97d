"""Active learning: people label the rows of a pool whose labels would teach most."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson

from dataaug import embedders, plugins
from dataaug.classifiers import Probabilities
from dataaug.errors import ShortfallError
from dataaug.labelling import ROUNDS, STRATEGY
from dataaug.labelling.pool import Guard, labelled, sorted_pool
from dataaug.labelling.run import Labelling, check_numbers
from dataaug.labelling.strategies import PoolView
from dataaug.leakage import Evaluation, watch_train
from dataaug.plugins import Spec
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.ledger import Entry, Ledger
from dataaug.review.session import ReviewSession
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import SELECTED, Outcome, Record, Reject, from_line
from dataaug.rows.report import Report
from dataaug.rows.score_file import judged_key
from dataaug.rows.seeds import derive, fingerprint
from dataaug.rows.summary import Summary
from dataaug.rows.verbatim import edited
from dataaug.rows.written_labels import label_fields, label_values
from dataaug.text.printable import safe

_KEYS = 9
"""Labels that are offered on keys, the likeliest first."""


@dataclass(frozen=True, slots=True)
class AskPlan:
    """What people are asked.

    Attributes:
        count: rows that they are asked about, 1 or more.
        strategy: how these are chosen.
        rounds: how often; the classifier learns the answers of one round before the next.
    """

    count: int
    strategy: Spec = field(default_factory=lambda: Spec(STRATEGY))
    rounds: int = ROUNDS


@dataclass(frozen=True, slots=True)
class AskSummary(Summary):
    """What came of asking.

    Attributes:
        strategy: how rows were chosen.
        asked: rows that were chosen.
        labelled: rows that have a label now.
        unusable: rows that no label fits, which people called bad.
        left: rows that were chosen and have no answer.
        changed: labelled rows of which the classifier's likeliest label was another one.
        labels: rows labelled of each label.
    """

    strategy: str
    asked: int
    labelled: int
    unusable: int
    left: int
    changed: int
    labels: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A row that people are asked about: its place in the pool, and what they are shown."""

    place: int
    item: ReviewItem

    def label(self, said: Mapping[str, ReviewVerdict]) -> str | None:
        """Return the label that an answer gives the row, None where there is none."""
        verdict = said.get(self.item.key)
        if verdict is None or verdict.verdict == "skip":
            return None
        return verdict.label or (self.item.record.label if verdict.verdict == "ok" else None)


class Inquiry:
    """The rows of a pool, those that people are asked about, and what comes of their answers.

    Args:
        pool: real rows without labels.
        train: real rows with labels.
        task: the classifier, the embedder, and how test rows are kept away.
        asking: what is asked.
        answers: answers that are there already, which count towards the number asked for.
        against: evaluation rows; no pool row that copies one is asked about.
        report: takes what came of it.
        notify: shows the progress.

    Attributes:
        labels: the labels to choose from, sorted.

    Raises:
        InputError: a pool row is synthetic or has a label, or a train row has none, or train rows
            have fewer than two labels.
        GuardError: a train row is an evaluation row.
    """

    def __init__(
        self,
        pool: Iterable[Record],
        train: Iterable[Record],
        task: Labelling,
        asking: AskPlan,
        *,
        answers: Iterable[Entry] = (),
        against: Sequence[Record] = (),
        report: Report | None = None,
        notify: Notify = silent,
    ) -> None:
        check_numbers(task)
        self._task, self._asking, self._notify = task, asking, notify
        self._report = report or Report("label")
        evaluation = Evaluation(against)
        self._train = labelled(watch_train(train, evaluation, "the train set"), skip=task.skip)
        guard = Guard(evaluation, task.embedder, task.similarity)
        rows, self._rejects = sorted_pool(pool, self._train, guard, skip=task.skip, notify=notify)
        self._rows = sorted(rows, key=lambda record: (record.text, record.id))
        self._written = label_values(self._train)
        self.labels = sorted(self._written)
        answers = list(answers)
        self._said = last_words(answers)
        keys = {entry.key for entry in answers}
        self._asked = self._found(keys)
        self._strange = len(keys - {asked.item.key for asked in self._asked})
        self._rest = [n for n in range(len(self._rows)) if n not in {a.place for a in self._asked}]

    @property
    def items(self) -> list[ReviewItem]:
        """The rows that people are asked about so far."""
        return [asked.item for asked in self._asked]

    @property
    def total(self) -> int:
        """How many rows people are asked about in all."""
        return max(len(self._asked), min(self._asking.count, len(self._asked) + len(self._rest)))

    @property
    def header(self) -> Header:
        """What a file of answers is about."""
        data = fingerprint(*(record.text for record in self._rows))
        return Header(data, len(self._rows), self._task.seed, self._asking.count)

    def session(self, ledger: Ledger, who: str) -> "AskSession":
        """Return the review session of a person over a file of answers."""

        def summary() -> str:
            given = sum(asked.label(ledger.of(who)) is not None for asked in self._asked)
            return f"{given:,} of {self.total:,} rows have a label."

        return AskSession(
            self.items, self.labels, ledger, who, str, summary, self.header,
            lambda: self.choose(ledger.of(who)), self.total,
        )  # fmt: skip

    def choose(self, said: Mapping[str, ReviewVerdict]) -> list[ReviewItem]:
        """Return the rows of a further round, none where as many are chosen as asked for.

        The choice follows from the rows, the seed and the answers, not from the order of the rows.

        Args:
            said: the answers so far, by the rows' keys.
        """
        step = math.ceil(self._asking.count / self._asking.rounds)
        count = min(step, self.total - len(self._asked))
        if count < 1:
            return []
        given = [(self._rows[asked.place].text, label) for asked in self._asked
                 if (label := asked.label({**self._said, **said})) is not None]  # fmt: skip
        rows = sorted([*((row.text, row.label or "") for row in self._train), *given])
        texts = [self._rows[n].text for n in self._rest]
        classifier = plugins.load("classifiers", self._task.teacher)
        known = [text for text, _ in rows]
        model = classifier(known, [label for _, label in rows], seed=self._task.seed)
        embed, found = embedders.shared(self._task.embedder), model(texts)
        random = np.random.default_rng(derive(self._task.seed, "ask", str(len(self._asked))))
        view = PoolView(embed(texts, self._notify), found, embed(known), random)
        strategy = plugins.load("strategies", self._asking.strategy)
        chosen = [int(n) for n in strategy(view, count)]
        fresh = [self._ask(self._rest[n], found[n], model.classes) for n in chosen]
        self._asked += fresh
        taken = {asked.place for asked in fresh}
        self._rest = [n for n in self._rest if n not in taken]
        return [asked.item for asked in fresh]

    def _ask(self, place: int, found: Probabilities, classes: Sequence[str]) -> _Asked:
        likeliest = [classes[n] for n in np.argsort(-found, kind="stable")[:_KEYS]]
        return self._shown(place, likeliest)

    def _shown(self, place: int, likeliest: Sequence[str]) -> _Asked:
        record = self._with_label(self._rows[place], likeliest[0])
        key = judged_key(record.text, record.label)
        return _Asked(place, ReviewItem(key, record, suggested=tuple(likeliest)))

    def _with_label(self, record: Record, label: str, **more: str) -> Record:
        """Return a row of the pool with a label as train rows write it, and further fields."""
        value = self._written.get(label, orjson.dumps(label))
        line = edited(record.line, {**label_fields(record, value), **more})
        return from_line(line, record.schema, record.where)

    def _found(self, keys: set[str]) -> list[_Asked]:
        """Return the rows of the pool that keys name; a key is made of a text and a label."""
        found = []
        for place, record in enumerate(self._rows if keys else ()):
            for label in self.labels:
                if judged_key(record.text, label) in keys:
                    found.append(self._shown(place, [label]))
                    break
        return found

    def outcomes(self, said: Mapping[str, ReviewVerdict]) -> Iterator[Outcome]:
        """Yield the rows that have a label now, in the order in which they were asked about.

        Those whose answers were there before come first, in the order of their texts.

        Rows that people called bad are rejects, and so is what is no row of a pool. All others of
        the pool are held back: they are as they were.

        Args:
            said: the answers, by the rows' keys.

        Raises:
            ShortfallError: rows have no answer yet; raised after the last row.
        """
        given = [(asked, asked.label(said)) for asked in self._asked]
        bad = [asked for asked, label in given if label is None and self._is_bad(asked, said)]
        named = Counter(label for _, label in given if label is not None)
        left = sum(asked.item.key not in said for asked in self._asked)
        left += self.total - len(self._asked)
        self._report.note("label", AskSummary(
            str(self._asking.strategy), self.total, named.total(), len(bad), left,
            sum(label not in {None, asked.item.record.label} for asked, label in given),
            dict(sorted(named.items())),
        ))  # fmt: skip
        for warning in self._odd(named):
            self._report.warn(warning)
        self._report.held_back += len(self._rows) - named.total() - len(bad)
        for asked, label in given:
            if label is not None:
                mark = {SELECTED: self._asking.strategy.name}
                yield self._with_label(self._rows[asked.place], label, **mark)
        for asked in bad:
            yield Reject("label", "called_bad", self._rows[asked.place])
        yield from self._rejects
        if left:
            raise ShortfallError(
                f"{left:,} of {self.total:,} rows have no answer yet; the same command with the "
                "same --verdicts goes on"
            )

    def _odd(self, named: Mapping[str, int]) -> Iterator[str]:
        """Say which answers do not count, and which labels are new.

        Args:
            named: rows of each label that people gave.
        """
        if self._strange:
            yield (
                f"{self._strange:,} answers do not count: they are on no row of this pool with a "
                "label of these train rows"
            )
        if new := sorted(named.keys() - self._written):
            shown = ", ".join(repr(safe(label, 40)) for label in new[:5])
            more = f" and {len(new) - 5:,} more" if len(new) > 5 else ""
            yield f"no train row has the label {shown}{more} that people wrote: is it misspelt?"

    @staticmethod
    def _is_bad(asked: _Asked, said: Mapping[str, ReviewVerdict]) -> bool:
        verdict = said.get(asked.item.key)
        return verdict is not None and verdict.verdict == "bad"


@dataclass
class AskSession(ReviewSession):
    """A review session whose rows are chosen round by round, as answers come.

    Attributes:
        choose: returns the rows of a further round.
        total: how many rows there will be.
    """

    choose: Callable[[], Sequence[ReviewItem]]
    asks: int
    title = "dataaug label"

    @property
    def total(self) -> int:
        """How many rows there will be."""
        return self.asks

    def next(self) -> ReviewItem | None:
        """Return the first row without an answer; None when all have one."""
        while (found := super().next()) is None and (fresh := self.choose()):
            self.extend(fresh)
        return found


def last_words(entries: Iterable[Entry]) -> dict[str, ReviewVerdict]:
    """Return the last verdict on each row, whoever said it; one that skips replaces none."""
    found: dict[str, ReviewVerdict] = {}
    for entry in entries:
        if entry.verdict.verdict != "skip" or entry.key not in found:
            found[entry.key] = entry.verdict
    return found
