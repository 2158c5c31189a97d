"""Make rows from a description: exact counts of each group, in rounds of requests."""

import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dataaug import engines, llms
from dataaug.engines import Engine
from dataaug.errors import ShortfallError, UsageError
from dataaug.filtering.checks import Fault
from dataaug.filtering.checks.by_row import Panel
from dataaug.filtering.lengths import Bounds, Lengths, length_fault
from dataaug.generation.quota import Making, Turns
from dataaug.generation.rows import UNREAD, Answer, Writer, own_value, unread_reply, writable
from dataaug.generation.short_texts import ShortTexts
from dataaug.generation.tasks import Ask, CandidateRow, Dropped, ReplyItem, Task
from dataaug.llms import LLM, Prompt, Reply
from dataaug.rows.progress import Notify
from dataaug.rows.record import Outcome, Record, Reject, Schema
from dataaug.rows.report import Report
from dataaug.rows.summary import Summary
from dataaug.rows.taken import Names
from dataaug.text import ROUGE_L_COPY
from dataaug.text.normalize import normalise
from dataaug.text.printable import safe
from dataaug.text.rouge import RUN, Known, Vocabulary
from dataaug.text.segments import size

_ROUND = 1024
"""Requests of a round at most: replies are read when a round is complete."""
_CHANCE = 4
"""Words from which on a text that stands in the prompt is taken from there."""
_RANGE = re.compile(r"\W*\d+ ?(?:to|or|bis|[àa–-]) ?\d+(?: \w+){0,2}\W*", re.IGNORECASE)
"""What small models write in place of a text as long as they were asked for: "16 to 30 words"."""
_LISTED = 500
"""Groups whose counts the report lists one by one; of more, only those that are short."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How rows are made and judged.

    Attributes:
        method: the task with its options, as provenance names it.
        schema: the fields of the rows.
        similarity: ROUGE-L to a seed or an earlier row of the group from which on a row is no new
            one; 1 rejects only equal texts.
        run: words in a row that a row may not share with a seed; 0 for any.
        evaluation: evaluation rows; no row may copy one.
        language: the code of the language asked for, empty for English.
        there: synthetic rows that are there; a row is no new one beside those of its label.
        ids: ids that are there; no row is given one of them.
        seen: normalised texts that are there; no row repeats one of them.
        bounds: how long a row without a parent may be; None for what ``filter`` lets pass if the
            seeds are the real rows.
    """

    method: str
    schema: Schema = field(default_factory=Schema)
    similarity: float = ROUGE_L_COPY
    run: int = RUN
    evaluation: Sequence[Record] = ()
    language: str = ""
    there: Sequence[Record] = ()
    ids: Names = field(default_factory=Names)
    seen: Names = field(default_factory=Names)
    bounds: tuple[Bounds, ...] | None = None


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """What became of one label or source row.

    Attributes:
        wanted: rows that were asked for.
        rows: rows that were made.
        requests: requests for them.
        items: items that these asked for.
        rejected: items that are no row, by reason, the most frequent first.
        end: why no more was asked: ``done``, ``saturated``, ``exhausted``, ``over_budget``,
            ``dry_run``, or the reason of most rejects.
    """

    wanted: int
    rows: int
    requests: int
    items: int
    rejected: dict[str, int]
    end: str


@dataclass(frozen=True, slots=True)
class GenerateSummary(Summary):
    """How the making of rows went.

    Attributes:
        wanted: rows that were asked for.
        requests: requests by how they ended: ``sent``, ``cached``, or why there was no reply.
        groups: counts by label, or by the id of the source row; of more than 500 groups, only those
            that are short.
    """

    wanted: int
    requests: dict[str, int]
    groups: dict[str, GroupCounts]


@dataclass(slots=True)
class TokenCounts(Summary):
    """Tokens of all replies, those from the cache included, as the server counts them.

    Attributes:
        prompt: tokens that were sent.
        completion: tokens that came.
    """

    prompt: int = 0
    completion: int = 0

    def add(self, reply: Reply) -> None:
        """Count those of a reply."""
        self.prompt += reply.prompt_tokens
        self.completion += reply.completion_tokens


def generate(
    task: Task,
    llm: LLM | None,
    settings: Generation,
    *,
    engine: Engine | None = None,
    report: Report | None = None,
    notify: Notify = lambda *_: None,
) -> Iterator[Outcome]:
    """Yield the rows of all groups in turns, and a reject for each item that is none.

    A round asks for what is missing, by the yield so far; its replies are read in the order of
    groups and requests, so that neither concurrency nor the order of replies changes a byte.

    Args:
        task: what to make.
        llm: the model to ask; None where the task's requests have no prompts.
        settings: how rows are named and judged.
        engine: whose workers answer prompts, where the model runs inside a process; this process
            if none is given.
        report: counts items and requests; its summary says what became of each group.
        notify: shows progress.

    Raises:
        UsageError: a setting makes no sense.
        ShortfallError: a group has fewer rows than wanted; raised after the last row.
        MissingError: the model can't be reached.
    """
    if not 0 < settings.similarity <= 1:
        raise UsageError(f"similarity {settings.similarity:g}: expected a value above 0, at most 1")
    run = _Session(task, llm, settings, report or Report("generate"), notify)
    run.engine = engine
    turns = Turns(run.makings)
    while active := [making for making in run.makings if not making.end]:
        for start in range(0, len(active), _ROUND):
            yield from run.round(active[start : start + _ROUND], active[start:])
            yield from turns.ready()
    yield from turns.ready()
    run.close()


class _Session:
    """What the rounds of one run share."""

    def __init__(
        self, task: Task, llm: LLM | None, settings: Generation, report: Report, notify: Notify
    ) -> None:
        self.task, self.llm, self.settings = task, llm, settings
        self.report, self.notify = report, notify
        self.engine: Engine | None = None
        self.replies: Counter[str] = Counter()
        self.tokens = TokenCounts()
        seeds = task.avoid()
        specs = tuple(task.checks())
        self.panel, self.why = Panel(specs), Panel(UNREAD)
        self.panel.learn(seeds)
        self.short = ShortTexts(specs, seeds)
        for said in self.panel.muted.values():
            report.warn(said)
        self.bounds = _bounds(seeds) if settings.bounds is None else settings.bounds
        vocabulary = Vocabulary()
        self.seeds = Known(vocabulary, settings.similarity, settings.run)
        self.seeds.extend(seeds)
        self.evaluation = Known(vocabulary, settings.similarity, settings.run)
        self.evaluation.extend(settings.evaluation)
        self.makings = [
            Making(group, Known(vocabulary, settings.similarity)) for group in task.groups()
        ]
        for making in self.makings:
            label = making.group.label
            making.known.extend(row for row in settings.there if label in {None, row.label})
            making.settle()
        self.writer = Writer(
            settings.method,
            settings.schema,
            next((own for own in map(own_value, seeds) if own is not None), None if seeds else ""),
            (*(spec.name for spec in specs), *(["length"] if self.bounds else []), "novelty"),
            llm.name if llm else "",
        )

    def round(self, active: Sequence[Making], coming: Sequence[Making]) -> Iterator[Reject]:
        """Ask for what is missing, and read the replies in order.

        Args:
            active: groups of which more rows are wanted, as many as a round may have requests.
            coming: these, and those that are asked for next.
        """
        share = max(1, _ROUND // len(active))
        asks = [(making, making.asks(self.task, share)) for making in active]
        sent = [ask for _, some in asks for ask in some]
        prompts = _prompts(sent)
        if self.llm is not None:
            llms.fetch_ahead(self.llm, prompts, lambda: [*prompts, *self._expected(coming, share)])
        replies = iter(self._answers(sent))
        read = [
            (making, [self._read(making, n, ask, next(replies)) for n, ask in enumerate(some)])
            for making, some in asks
        ]
        schema, language = self.settings.schema, self.settings.language
        texts = [answer.texts(schema, language) for _, some in read for answer in some]
        faults = self.short(texts, self.panel([text for some in texts for text in some]))
        for making, some in read:
            for answer in some:
                yield from self._take(making, answer, faults)
            making.settle()
        rows = sum(len(making.rows) for making in self.makings)
        self.notify("generate: rows", rows, sum(making.group.wanted for making in self.makings))

    def _expected(self, makings: Sequence[Making], share: int) -> Iterator[Prompt]:
        """Yield all prompts that groups are expected to need, in the order of their rounds."""
        asks = [making.asks(self.task, sys.maxsize) for making in makings]
        for start in range(0, max(map(len, asks)), share):
            for some in asks:
                yield from _prompts(some[start : start + share])

    def _answers(self, asks: Sequence[Ask]) -> Sequence[Reply]:
        before = self.replies.total()
        count = itertools.count(before + 1)

        def done(_place: int, _reply: Reply) -> None:
            self.notify("generate: replies", next(count), before + len(asks))

        prompts = _prompts(asks)
        if not prompts:
            return [ask.known for ask in asks]
        assert self.llm is not None, "a task that has prompts needs a model"
        with engines.using(self.engine):
            replies = iter(self.llm(prompts, done))
        return [ask.known if ask.prompt is None else next(replies) for ask in asks]

    def _read(self, making: Making, place: int, ask: Ask, reply: Reply) -> Answer:
        if ask.prompt is not None:
            self.replies[reply.fault or ("cached" if reply.cached else "sent")] += 1
            self.tokens.add(reply)
            self.report.note("tokens", self.tokens)
        items: Sequence[ReplyItem] = ()
        if not reply.fault:
            items = [self._sound(item) for item in self.task.read(making.group, ask, reply)]
        number = len(making.gave) + place
        return Answer(making.group, number, ask, reply, items or [unread_reply(reply, self.why)])

    def _sound(self, item: ReplyItem) -> ReplyItem:
        """Return an item, or say that it can't be written."""
        if isinstance(item, Dropped):
            return item
        fault = writable(item, self.settings.schema)
        text = str(item.fields[self.settings.schema.text])
        return Dropped("schema", fault, text, item.item) if fault else item

    def _take(
        self, making: Making, answer: Answer, faults: Iterator[Fault | None]
    ) -> Iterator[Reject]:
        """Accept what is sound and new, until there is enough; what is left over is held back."""
        before, again = len(making.rows), 0
        reasons: Counter[str] = Counter()
        # After the first reply that a cap prevented, later ones are not read: with more to spend
        # they would come behind it, and earlier rows must not change.
        stopped = making.end == "over_budget"
        for item in answer.items:
            fault = next(faults) if isinstance(item, CandidateRow) else None
            self.report.asked += 1
            if making.missing <= 0 or stopped:
                self.report.held_back += 1
                continue
            reject = self._judge(making, answer, item, fault)
            if reject is not None:
                reasons[reject.reason] += 1
                again += reject.reason == "same_row"
                yield reject
        # A row of an earlier run is no sign that the model has nothing new to say.
        making.gave.append((max(0, answer.ask.items - again), len(making.rows) - before))
        making.reasons.append(reasons)
        if answer.reply.fault in {"over_budget", "dry_run"} and making.missing > 0:
            making.end = answer.reply.fault

    def _judge(
        self, making: Making, answer: Answer, item: ReplyItem, fault: Fault | None
    ) -> Reject | None:
        """Return why an item is no row, or take it as one."""
        if isinstance(item, Dropped):
            return self.writer.dropped(answer, item)
        record = self.writer.record(answer, item)
        if record.id in self.settings.ids:
            return self.writer.reject(answer, item, Fault("same_row"))
        fault = (
            fault
            or (length_fault(record.text, self.bounds) if item.parent is None else None)
            or self._repeats(making, record.text)
            or _echo(answer, item, record.text)
        )
        if fault is not None:
            return self.writer.reject(answer, item, fault)
        self.settings.ids.give(record.id)
        self.settings.seen.give(normalise(record.text))
        making.rows.append(record)
        making.known.add(record.id, record.text)
        return None

    def _repeats(self, making: Making, text: str) -> Fault | None:
        """Return what a text repeats: an evaluation row, a seed, or an earlier row of its group."""
        for known, reason in (
            (self.evaluation, "evaluation_copy"),
            (self.seeds, "seed_copy"),
            (making.known, "near_duplicate"),
        ):
            found = known.near_duplicate(text)
            if found is not None:
                same = reason == "near_duplicate" and found.similarity == 1.0
                fault = "exact_duplicate" if same else reason
                return Fault(fault, {"of": found.of, **found.evidence()})
        return Fault("exact_duplicate") if normalise(text) in self.settings.seen else None

    def close(self) -> None:
        """Say in the report what became of each group.

        Raises:
            ShortfallError: a group is short.
        """
        short = [making for making in self.makings if making.missing > 0 and not making.group.fewer]
        listed = self.makings if len(self.makings) <= _LISTED else short[:_LISTED]
        wanted = sum(making.group.wanted for making in self.makings)
        groups = {making.group.name: _counts(making) for making in listed}
        self.report.note("generate", GenerateSummary(wanted, dict(self.replies), groups))
        if short and not all(making.end == "dry_run" for making in short):
            raise ShortfallError(_shortfall(short, self.settings.similarity))


def _bounds(seeds: Sequence[Record]) -> tuple[Bounds, ...]:
    lengths = Lengths()
    lengths.extend([record.text for record in seeds])
    return lengths.learned()


def _prompts(asks: Sequence[Ask]) -> list[Prompt]:
    return [ask.prompt for ask in asks if ask.prompt is not None]


def _echo(answer: Answer, item: CandidateRow, text: str) -> Fault | None:
    """Return a fault where a text is a piece of the prompt: small models copy what they are told.

    Texts of a few words may stand in a prompt by chance, but not in an example or an attribute.
    """
    ask = answer.ask
    if ask.prompt is None:
        return None
    if size(text) >= _CHANCE:
        said = normalise("\n".join(message.content for message in ask.prompt.messages))
        return Fault("prompt_copy") if normalise(text) in said else None
    each = ask.each[item.item] if item.item < len(ask.each) else {}
    asked = {**ask.notes, **each}.get("attributes", {}).values()
    given = [*map(str, asked), *(record.text for record in ask.shown)]
    words = f" {normalise(text)} "
    copied = _RANGE.fullmatch(text) or any(words in f" {normalise(of)} " for of in given)
    return Fault("prompt_copy") if copied else None


def _counts(making: Making) -> GroupCounts:
    return GroupCounts(
        wanted=making.group.wanted,
        rows=len(making.rows),
        requests=len(making.gave),
        items=sum(items for items, _ in making.gave),
        rejected=dict(making.rejected().most_common()),
        end=making.end,
    )


_ADVICE = {
    "saturated": "a higher temperature, more attributes or examples, or a similarity above "
    "{similarity:g} give more distinct rows",
    "exhausted": "each name, description and template is one row: give descriptions "
    "(--labels-from), or templates (--prompt)",
    "over_budget": "the same command with a higher cap goes on where this run stopped",
    "prompt_copy": "the model repeats its prompt: ask for less at once (-p TASK.items=3), or use a "
    "larger one",
    "refused": "another wording of label and description, or another model, may be answered",
}


def _shortfall(short: Sequence[Making], similarity: float) -> str:
    """Return which groups are short, why, and what can be done."""
    shown = [
        f"{safe(making.group.name, 60)}: {len(making.rows):,} of {making.group.wanted:,} after "
        f"{len(making.gave):,} requests ({making.end}"
        + "".join(f", {reason} {n:,}" for reason, n in making.rejected().most_common(3))
        + ")"
        for making in short[:10]
    ]
    more = f"; and {len(short) - 10:,} more" if len(short) > 10 else ""
    ends = {making.end for making in short}
    advice = [text.format(similarity=similarity) for end, text in _ADVICE.items() if end in ends]
    return "; ".join([f"fewer rows than asked for: {'; '.join(shown)}{more}", *advice])
