"""``evaluate``: did it help?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

from dataaug.api import arguments, inputs, specs
from dataaug.api.inputs import ReadingKeywords, RowsLike
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.errors import UsageError
from dataaug.evaluation import MARGIN, REPEATS
from dataaug.evaluation import run as verb
from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.results import (
    CurvePoint,
    EvaluateSummary,
    EvaluationResult,
    GainVerdict,
    Score,
)
from dataaug.evaluation.trial import Evaluating
from dataaug.rows.report import Report
from dataaug.search import NEAR_DUPLICATE

_METRICS = ("macro_f1", "accuracy")


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """What was found of one candidate.

    Attributes:
        name: its name.
        found: the verdict, with all its numbers.
        scores: its scores, those of its controls included, on both parts of the test set.
        curve: its points of the learning curve.
    """

    name: str
    found: GainVerdict
    scores: tuple[Score, ...]
    curve: tuple[CurvePoint, ...]

    @property
    def verdict(self) -> str:
        """``helps``, ``hurts``, ``no difference``, ``no better than repeating`` or ``cannot tell``.

        Each as :class:`dataaug.evaluation.results.GainVerdict` has it.
        """
        return self.found.judgement

    @property
    def sentence(self) -> str:
        """The verdict in words, with the numbers."""
        return self.found.sentence

    @property
    def gain(self) -> Interval | None:
        """The gain over the real rows, with its 95 % interval; 0.01 is one point.

        None where the classifier learnt nothing from the candidate.
        """
        return self.found.gain

    @property
    def passed(self) -> bool | None:
        """Was the gain that was required reached? None where none was."""
        return self.found.passed


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What ``evaluate`` found; ``evaluated["mix"]`` is what it found of the candidate ``mix``.

    Attributes:
        found: everything.
        report: what the run counted, and its warnings.
    """

    found: EvaluationResult
    report: Report[EvaluateSummary]

    def __getitem__(self, name: str) -> CandidateResult:
        """Return what was found of a candidate.

        Raises:
            UsageError: there is none of this name.
        """
        for verdict in self.found.verdicts:
            if verdict.candidate == name:
                scores = tuple(each for each in self.found.scores if each.candidate == name)
                curve = tuple(each for each in self.found.curve if each.candidate == name)
                return CandidateResult(name, verdict, scores, curve)
        known = ", ".join(repr(verdict.candidate) for verdict in self.found.verdicts)
        raise UsageError(f"no candidate is named {name!r}; there are {known}")

    def __iter__(self) -> Iterator[CandidateResult]:
        return (self[verdict.candidate] for verdict in self.found.verdicts)

    @property
    def passed(self) -> bool:
        """Did every candidate reach what was required of it?"""
        return self.found.passed

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return verdicts, scores and points of the curve as dicts, as they stand in a file."""
        return list(self.found.rows())

    def html(self) -> str:
        """Return a page to look at: one file that needs no network."""
        from dataaug.evaluation.page import render  # noqa: PLC0415 - for those who want a page

        return render(self.found, self.report)

    def write_html(self, path: str | PathLike[str]) -> None:
        """Write the page.

        Raises:
            OSError: it can't be written.
        """
        Path(path).write_text(self.html(), encoding="utf-8")

    def __repr__(self) -> str:
        return "\n".join(verdict.sentence for verdict in self.found.verdicts)


@for_python
def evaluate(  # noqa: PLR0913 - the options of the command
    *,
    train: RowsLike,
    candidates: Mapping[str, RowsLike] | RowsLike,
    test: RowsLike,
    classifier: Named = "embedding",
    repeats: int = REPEATS,
    curve: Iterable[int] = (),
    metric: str = "macro_f1",
    margin: float = MARGIN,
    require_gain: float | None = None,
    controls: bool = True,
    allow_selected: bool = False,
    similarity: float = NEAR_DUPLICATE,
    embedder: Named | None = None,
    seed: int = 0,
    **reading: Unpack[ReadingKeywords],
) -> Evaluated:
    """Train on the real rows and on each candidate, test on real rows: did it help?

    Args:
        train: the real train rows.
        candidates: name to rows, as :func:`~dataaug.mix` makes them: real and synthetic ones, or
            synthetic ones only, and then the train rows are added. Rows alone are ``candidate``.
        test: real rows that none of them has seen.
        classifier: ``embedding``, ``tfidf`` or ``finetune``, which is slow on a CPU;
            ``da.classifier(name, option=value)`` has options.
        repeats: fits on random halves of the train rows; fewer than 3 carry no interval.
        curve: numbers of real rows, for a learning curve.
        metric: what the verdict speaks of: ``macro_f1`` or ``accuracy``.
        margin: a gain within ± this is none; 0.01 is one point.
        require_gain: the gain that has to be surely reached, for ``passed``.
        controls: train on repeated real rows, and without each method, too.
        allow_selected: test on rows that were chosen to be labelled too (``label`` with ``ask``);
            they are harder than others.
        similarity: cosine similarity to a test row from which on a row is a copy of it, 0 to 1.
        embedder: what finds copies. Default: one that knows the languages of all rows, as for a
            classifier that embeds and names none.
        seed: equal seeds give equal results.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`; with
            ``on_error="skip"`` rows without a label are left out.

    Raises:
        UsageError: an option has a value that is none.
        InputError: a set is empty, has one class only, or rows without label.
        GuardError: the test set is not real, or not unseen.
    """
    given = inputs.of("evaluate", candidates, reading)
    task = Evaluating(
        specs.one("classifiers", classifier),
        specs.embedder(embedder),
        arguments.number("similarity", similarity),
        arguments.as_int("repeats", repeats),
        tuple(arguments.as_int("curve", size) for size in arguments.as_iterable("curve", curve)),
        arguments.chosen("--metric", metric, _METRICS),  # type: ignore[arg-type]
        arguments.number("margin", margin),
        None if require_gain is None else arguments.number("require_gain", require_gain),
        bool(controls),
        skip_unlabelled=given.skips,
        allow_selected=bool(allow_selected),
        seed=arguments.as_int("seed", seed),
    )
    offered = given.named()
    if not offered:
        raise UsageError("candidates: there is none to judge")
    result = verb.evaluate(
        given.beside(train, "train"), offered, given.beside(test, "test"), task,
        report=given.report, notify=given.notify,
    )  # fmt: skip
    for warning in result.warnings:
        given.report.warn(warning)
    given.report.note("evaluate", EvaluateSummary.of(result))
    return Evaluated(result, given.report)
