"""``label``: unlabelled rows get labels, of a classifier or of people where they teach most."""

from collections.abc import Callable, Iterator
from typing import Any, Unpack

from dataaug import mixing, plugins
from dataaug.api import arguments, inputs, seats, sessions, specs
from dataaug.api.inputs import Input, RowsLike
from dataaug.api.results import Result
from dataaug.api.sessions import Asking
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.embedders.choice import choosing
from dataaug.errors import UsageError
from dataaug.labelling import ROUNDS, STRATEGY, TEACHER, run
from dataaug.labelling.asking import AskPlan, AskSummary, Inquiry, last_words
from dataaug.labelling.run import Labelling, LabelSummary
from dataaug.plugins import Spec
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.page_facts import label_facts
from dataaug.review.reviewers import HandsOver
from dataaug.review.verdict_files import user
from dataaug.rows.record import Outcome, Record
from dataaug.search import NEAR_DUPLICATE


@for_python
def label(  # noqa: PLR0913 - the options of the command
    rows: RowsLike,
    *,
    train: RowsLike,
    teacher: Named = TEACHER,
    soft: bool = False,
    ratio: str | float | None = None,
    at_least: float = 0.0,
    against: RowsLike = None,
    similarity: float = NEAR_DUPLICATE,
    embedder: Named | None = None,
    ask: int | None = None,
    reviewer: Callable[[ReviewItem], Any] | Named | None = None,
    verdicts: seats.Said | None = None,
    strategy: Named = STRATEGY,
    rounds: int = ROUNDS,
    name: str = "",
    seed: int = 0,
    stream: bool = False,
    **asking: Unpack[Asking],
) -> "Result[LabelSummary | AskSummary]":
    """Label unlabelled real rows by what the labelled ones teach, or ask people for labels.

    With ``ask`` the result is the rows that people gave a label, real and marked ``_selected``;
    all others stay unlabelled. Rows that are chosen stand for no others: no test set is made of
    them.

    Args:
        rows: real rows without labels, the pool.
        train: real rows with labels.
        teacher: the classifier that labels, or that says of what it is in doubt: ``embedding``,
            ``tfidf`` or ``finetune``; ``da.classifier(name, option=value)`` has options. ``llm``:
            the language model; ``da.Spec("llm", {"asks": 2})`` has options.
        soft: keep the weights of further labels under ``_aug.labels``, for classifiers.
        ratio: the share of train rows in train and labelled rows together, 0 to 1, or
            ``REAL:SYNTHETIC`` as ``30:70``: the surest rows of each label stay. Default: no limit.
        at_least: rows whose likeliest label is less probable are rejects, 0 to 1.
        against: evaluation rows: pool rows that copy one are rejects.
        similarity: cosine similarity from which on a row is such a copy, above 0, at most 1.
        embedder: what finds copies, and vectors for a strategy. Default: one that knows the
            languages of all rows.
        ask: how many rows people are asked about: those whose labels would teach most.
        reviewer: who is asked: a function that takes a row (``item.record``, ``item.suggested``)
            and returns its label, None to skip it, or ``"bad"`` where no label fits; or
            ``terminal``, ``web`` or ``file`` as for :func:`~dataaug.spotcheck`.
        verdicts: answers that are there: a file of them or a list of :class:`pathlib.Path`. They
            count towards ``ask``. With a reviewer the (first) file takes what they say.
        strategy: how rows are chosen: ``density``, ``diverse``, ``typiclust``, ``margin`` or
            ``badge``.
        rounds: how often rows are chosen; the classifier learns the answers in between. A file is
            one round.
        name: whose the answers are. Default: the user's name.
        seed: equal seeds give equal labels and ask about equal rows.
        stream: hand out rows one by one, see :meth:`Result.stream`.
        asking: the language model, for the teacher ``llm``, see
            :class:`~dataaug.api.sessions.ModelKeywords`, and how rows are read, see
            :class:`~dataaug.api.inputs.ReadingKeywords`; with ``on_error="skip"`` pool rows that
            have a label are rejects, and train rows that have none are left out.

    Raises:
        UsageError: an option has a value that is none.
        InputError: a pool row is synthetic or has a label; a train row is synthetic or has none;
            train rows have fewer than two labels.
        GuardError: an evaluation row is among the train rows, or is synthetic.
        TrainingError: the teacher learnt nothing.
        ShortfallError: a cap stopped the teacher ``llm``.
    """
    reading, own = sessions.of_verb(asking)
    given = inputs.of("label", rows, reading)
    task = Labelling(
        _teacher(teacher, asks=ask is not None),
        bool(soft),
        _share(ratio),
        arguments.number("at_least", at_least),
        specs.embedder(embedder),
        arguments.number("similarity", similarity),
        skip=given.skips,
        seed=arguments.as_int("seed", seed),
    )
    if ask is not None:
        handed = seats.hands_over(reviewer)
        plan = AskPlan(
            arguments.as_int("ask", ask, least=1),
            specs.one("strategies", strategy),
            1 if handed else arguments.as_int("rounds", rounds, least=1),
        )
        rows_of = (given.records(), given.beside(train, "train"), given.evaluation(against))
        outcomes = _answered(given, rows_of, (task, plan), reviewer, verdicts, name)
        return Result(outcomes, given, stream=stream)
    if reviewer is not None or verdicts is not None:
        raise UsageError("--review and --verdicts are for --ask N, the rows to ask people about")
    outcomes = run.label(
        given.records(),
        given.beside(train, "train"),
        task,
        against=given.evaluation(against),
        report=given.report,
        notify=given.notify,
    )
    return Result(sessions.asking(outcomes, given.report, own), given, stream=stream)


def _teacher(named: Named, *, asks: bool) -> Spec:
    """Return the teacher that is named.

    Raises:
        UsageError: people are asked, and it is none of the classifiers, which have doubts.
    """
    name = named.partition("(")[0] if isinstance(named, str) else named.name
    if name not in plugins.names(run.TEACHERS):
        return specs.one("classifiers", named)
    if asks:
        raise UsageError(f"--teacher {name}: --ask chooses the rows that a classifier is in doubt "
                         "about; name one by --teacher")  # fmt: skip
    return specs.one(run.TEACHERS, named)


def _answered(
    given: Input,
    rows: tuple[Iterator[Record], Iterator[Record], tuple[Record, ...]],
    how: tuple[Labelling, AskPlan],
    reviewer: Callable[[ReviewItem], Any] | Named | None,
    verdicts: seats.Said | None,
    name: str,
) -> Iterator[Outcome]:
    """Ask people about rows, and return what comes of it; nothing where a file is handed over.

    Args:
        given: takes what is noted.
        rows: the pool, the train rows and the evaluation rows.
        how: how rows are labelled, and what is asked.
        reviewer: who is asked.
        verdicts: files of answers.
        name: whose the answers are.
    """
    paths, values = seats.sorted_verdicts(verdicts)
    if values is not None:
        raise UsageError("verdicts: expected a file or a list of paths; for answers that are "
                         "values, give a reviewer that is a function")  # fmt: skip
    book = seats.book(paths, reviewer)
    (pool, train, against), (task, plan) = [*map(list, rows)], how
    every = [pool, train, against]
    with choosing(lambda: (row.text for part in every for row in part), given.report):
        inquiry = Inquiry(
            pool, train, task, plan,
            answers=book.entries, against=against, report=given.report, notify=given.notify,
        )  # fmt: skip
        if callable(reviewer) and not isinstance(reviewer, str):
            reviewer = _by_label(reviewer, inquiry.labels)
        seat = seats.seat(reviewer)
        if seat is not None:
            ledger = book.ledger(inquiry.header)
            session = inquiry.session(ledger, name or user())
            session.beside = label_facts(given.report)
            if isinstance(seat, HandsOver):
                session.next()  # which chooses the rows
                given.put_beside("sample", seat.path, seat.content(session))
                given.report.held_back += given.report.read
                return iter(())
            seat.review(session)
    return inquiry.outcomes(last_words(book.entries))


def _by_label(judge: Callable[[ReviewItem], Any], labels: list[str]) -> Callable[[ReviewItem], Any]:
    """Return a reviewer whose answers may be labels."""

    def asked(item: ReviewItem) -> ReviewVerdict | Any:
        said = judge(item)
        return item.labelled(said) if isinstance(said, str) and said in labels else said

    return asked


def _share(ratio: str | float | None) -> float | None:
    """Return the share of train rows that a ratio stands for, None for no limit.

    Raises:
        UsageError: it is none.
    """
    if ratio == "auto":
        raise UsageError("--ratio auto: expected REAL:SYNTHETIC, as in 30:70, or no --ratio")
    found = mixing.parse_ratio(ratio) if isinstance(ratio, str) else ratio
    if found is not None and arguments.number("ratio", found, least=0) > 1:
        raise UsageError(f"--ratio {found:g}: expected a share of train rows, 0 to 1")
    return found
