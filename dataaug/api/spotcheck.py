"""``spotcheck``: a sample of the synthetic rows, looked at; all rows pass if it is good enough."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from os import PathLike
from typing import Any, Unpack

from dataaug import embedders
from dataaug.api import arguments, inputs, seats, specs
from dataaug.api.inputs import Input, ReadingKeywords, RowsLike
from dataaug.api.results import Result
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.embedders.choice import choosing
from dataaug.errors import UsageError
from dataaug.review import ACCEPTABLE_RATE, MAX_ERROR_RATE, spoken
from dataaug.review.assist import ASSISTS
from dataaug.review.bounds import RateInterval
from dataaug.review.gate import RULES, Gate
from dataaug.review.items import ReviewItem
from dataaug.review.lines import summary_lines
from dataaug.review.page_facts import spotcheck_facts
from dataaug.review.reviewers import HandsOver
from dataaug.review.run import Spotcheck, Spotchecking, SpotcheckSummary
from dataaug.review.verdict_files import Verdicts, user
from dataaug.review.votes import Vote
from dataaug.rows.record import Outcome, Reject
from dataaug.rows.score_file import read_row_scores


class Spotchecked(Result[SpotcheckSummary]):
    """What a spot-check came to: its rows are there only if it is passed, the bad ones rejected.

    Attributes:
        spot: the sample and all that can be asked of it.
        answer: the verdict, why, and what it is worth.
    """

    def __init__(
        self, spot: Spotcheck, votes: Mapping[str, Vote], given: Input, *,
        items: Callable[[], list[ReviewItem]], stream: bool,
    ) -> None:  # fmt: skip
        self.spot, self.answer, self._shown = spot, spot.answer(votes), items
        super().__init__(self._passed_on(votes, given), given, stream=stream)

    def _passed_on(self, votes: Mapping[str, Vote], given: Input) -> Iterator[Outcome]:
        """Yield all rows if the gate is passed, else the bad ones only."""
        for outcome in self.spot.rows(votes):
            if self.passed or isinstance(outcome, Reject):
                yield outcome
            else:
                given.report.held_back += 1

    @cached_property
    def items(self) -> list[ReviewItem]:
        """The rows to look at, in the order in which they are shown."""
        return self._shown()

    @property
    def verdict(self) -> str:
        """``pass``, ``fail`` or ``undecided``."""
        return self.answer.verdict

    @property
    def passed(self) -> bool:
        """Are the rows good enough?"""
        return self.answer.verdict == "pass"

    @property
    def why(self) -> str:
        """Why the verdict is what it is."""
        return self.answer.why

    @property
    def error_rate(self) -> float:
        """The estimated share of bad rows in all synthetic ones, 0 to 1."""
        return self.answer.rate

    @property
    def interval(self) -> RateInterval:
        """Its two-sided 95 % interval: ``low`` and ``high``."""
        return self.answer.interval

    @property
    def upper_bound(self) -> float:
        """Its one-sided 95 % upper bound."""
        return self.answer.upper

    def lines(self) -> list[str]:
        """Return what the verdicts say, for a person.

        Raises:
            UsageError: there are none yet.
        """
        return list(summary_lines(self.report.summary))

    def __repr__(self) -> str:
        return f"<spotcheck: {self.verdict}, {self.answer.line()}; {self.why}>"


@for_python
def spotcheck(  # noqa: PLR0913 - the options of the command
    rows: RowsLike,
    *,
    reviewer: Callable[[ReviewItem], Any] | Named | None = None,
    verdicts: seats.Said | None = None,
    n: int | None = None,
    stratify: str | Iterable[str] | None = None,
    max_error_rate: float = MAX_ERROR_RATE,
    rule: str = "observed",
    sequential: bool = False,
    acceptable: float = ACCEPTABLE_RATE,
    plant: int | None = None,
    suspicious: int | None = None,
    assist: str | None = None,
    scores: str | PathLike[str] | None = None,
    apply_labels: bool = False,
    carry_over: bool = False,
    real: RowsLike = None,
    embedder: Named | None = None,
    name: str = "",
    seed: int | None = None,
    stream: bool = False,
    **reading: Unpack[ReadingKeywords],
) -> Spotchecked:
    """Have a sample of the synthetic rows looked at; all rows pass if it is good enough.

    Without a reviewer and verdicts the answer is ``undecided``, and ``items`` are the rows to look
    at: the same call with their verdicts concludes.

    Args:
        rows: real and synthetic rows.
        reviewer: who looks: a function that takes a row (``item.record``, ``item.parent``) and
            returns ``"good"``, ``"bad"`` or ``"skip"``, True or False, or a mapping with
            ``verdict``, ``reason``, ``label``, ``note``; or ``terminal``, ``web``, or ``file`` for
            another tool, ``Spec("file", {"path": …, "exchange": "csv"})``.
        verdicts: verdicts that are there: a file of them or a list of :class:`pathlib.Path`; a
            mapping of row ids to verdicts; or an iterable, in the order of ``items``. With a
            reviewer the (first) file takes what they say.
        n: rows of the sample. Default: that of the verdict file, else 100.
        stratify: ``label``, ``method``, ``source``, or several.
        max_error_rate: the largest share of bad rows that passes, 0 to below 1.
        rule: ``observed``: the sample's share decides; ``upper-bound``: its 95 % bound.
        sequential: stop as soon as the outcome is decided.
        acceptable: the error rate that should pass a sequential review.
        plant: rows with known answers to mix in. Default: 0.
        suspicious: most doubtful rows, shown last; they do not count. Default: 10 for a reviewer.
        assist: who judges all rows, so that the reviewed ones say more: ``judge``, a language
            model whose grades are in the file ``scores``, or ``label``, a classifier of the real
            rows.
        scores: the file that the check ``judge`` of :func:`~dataaug.filter` has written.
        apply_labels: relabel rows whose right label was given, in place of rejecting them.
        carry_over: take verdicts on equal rows over from other data.
        real: real rows kept elsewhere: parents and labels. They are not passed on.
        embedder: finds near rows to show beside the others; ``auto`` is one that knows the
            languages of all rows.
        name: whose the verdicts are. Default: the user's name.
        seed: equal seeds draw equal samples. Default: that of the verdict file, else 0.
        stream: pass rows on as they are read, see :meth:`Result.stream`.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: an option has a value that is none.
        InputError: there is no synthetic row, or verdicts are on other rows.
    """
    judged = _assist(assist, scores)
    seat = seats.seat(reviewer)
    paths, values = seats.sorted_verdicts(verdicts)
    book = seats.book(paths, reviewer)
    drawing = book.drawing(
        n if n is None else arguments.as_int("n", n, least=1),
        seed if seed is None else arguments.as_int("seed", seed),
        stratify if stratify is None else arguments.as_strings("stratify", stratify),
        plant if plant is None else arguments.as_int("plant", plant),
        arguments.as_int("suspicious", suspicious or 0) if seat is None else suspicious,
    )
    gate = Gate(
        arguments.number("max_error_rate", max_error_rate),
        arguments.chosen("--rule", rule, RULES),  # type: ignore[arg-type]
        bool(sequential),
        arguments.number("acceptable", acceptable),
    )
    if sequential and drawing.stratify:
        raise UsageError("--sequential counts rows, not weights: leave --stratify out")
    if assist and (sequential or drawing.stratify):
        raise UsageError("--assist makes strata of its own: leave --sequential and --stratify out")
    task = Spotchecking(drawing, gate, bool(apply_labels), **judged)
    given = inputs.of("spotcheck", rows, reading)
    spot = Spotcheck(given.records(), task, given.schema, given.beside(real, "real"))
    book.check(spot, carry_over=carry_over)

    def items() -> list[ReviewItem]:
        if not embedder:
            return spot.items()
        with choosing(spot.texts, given.report):
            return spot.items(embedders.shared(specs.embedder(embedder)))

    who = name or user()
    if seat is not None:
        session = book.session(spot, items(), who)
        session.beside = spotcheck_facts(given.report)
        if isinstance(seat, HandsOver):  # the sample appears with the other files of the run
            given.put_beside("sample", seat.path, seat.content(session))
        else:
            seat.review(session)
    if values is not None:
        book.foreign["verdicts"] = spoken.value_entries(values, items(), who)
    votes = {} if seats.hands_over(reviewer) else _counted(spot, book, given)
    return Spotchecked(spot, votes, given, items=items, stream=stream)


def _assist(name: str | None, scores: str | PathLike[str] | None) -> dict[str, Any]:
    """Return who judges all rows, and what a language model says of them.

    Raises:
        UsageError: there is nobody of that name, or a file of scores is missing or not read.
        InputError: the file holds no scores.
    """
    if name:
        arguments.chosen("--assist", name, ASSISTS)
    path = arguments.as_path("scores", scores)
    if bool(path) != (name == "judge"):
        raise UsageError(
            "--assist judge and --scores FILE belong together: the file is what dataaug filter "
            "--check judge --scores FILE wrote"
        )
    return {"assist": name or "", "scores": read_row_scores(path) if path else {}}


def _counted(spot: Spotcheck, book: Verdicts, given: Input) -> Mapping[str, Vote]:
    """Return what is held of each row, and note in the report what the verdicts say."""
    spot.check(book.entries, carried=book.carried)
    votes = spot.votes(book.entries)
    given.report.note("spotcheck", spot.findings(votes, book.changed()))
    for warning in spot.warnings:
        given.report.warn(warning)
    return votes
