"""The evaluate command."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.cli.emptiness import NoRowsError
from dataaug.cli.options import with_run
from dataaug.cli.reads import EMBEDS, embedders
from dataaug.cli.run import Paths, Run
from dataaug.cli.vectors import with_vectors
from dataaug.embedders import AUTO
from dataaug.errors import UsageError
from dataaug.evaluation import MARGIN, REPEATS
from dataaug.plugins import Spec
from dataaug.rows.files import display_name
from dataaug.rows.record import Record
from dataaug.search import NEAR_DUPLICATE
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.evaluation.results import EvaluationResult


def _candidates_are_inputs(command: Callable[..., None]) -> Callable[..., None]:
    """Take ``--candidate FILE`` as an input, so that stdin is read only where no file is named."""

    @wraps(command)
    def merged(**given: Any) -> None:
        command(**{**given, "inputs": [*(given["inputs"] or ()), *(given["candidate"] or ())]})

    merged.__signature__ = command.__signature__  # type: ignore[attr-defined]
    del merged.__wrapped__
    return merged


@_candidates_are_inputs
@with_run()
@with_vectors
def evaluate_command(  # noqa: PLR0913 - a command line
    run: Run,
    *,
    train: Annotated[
        list[str] | None, Way.READ, Opt("File of the real train rows; repeatable.")
    ] = None,
    test: Annotated[
        list[str] | None, Way.READ, Opt("File of real, unseen rows; repeatable.")
    ] = None,
    candidate: Annotated[  # noqa: ARG001 - among the inputs
        list[str] | None, Way.ROWS, Opt("File to judge, as mix writes it; repeatable. Or INPUT.")
    ] = None,
    classifier: Annotated[
        FreeText, Opt("embedding, tfidf, or finetune (slow on a CPU).", kind="classifiers")
    ] = "embedding",
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("classifier.key=value, as in tfidf.c=1.", "-p")
    ] = None,
    repeats: Annotated[int, Opt("Fits on random halves of the train rows; 3 or more.")] = REPEATS,
    curve: Annotated[FreeText, Opt("Learning curve over so many real rows: 50,100,250.")] = "",
    metric: Annotated[
        Literal["macro_f1", "accuracy"], Opt("What the verdict speaks of: macro_f1 or accuracy.")
    ] = "macro_f1",
    margin: Annotated[float, Opt("A gain within ± this is none (0.01: 1 point).")] = MARGIN,
    require_gain: Annotated[
        float | None, Opt("Exit 1 unless the gain is surely above (0.01: 1 pt).")
    ] = None,
    controls: Annotated[
        bool, Opt("Repeated real rows; without each method.", "--controls/--no-controls")
    ] = True,
    allow_selected: Annotated[
        bool, Opt("Test rows may be ones that were chosen to be labelled (label --ask).")
    ] = False,
    similarity: Annotated[float, Opt("Copy of a test row from this cosine on.")] = NEAR_DUPLICATE,
    embedder: Annotated[FreeText, Opt(f"What finds copies. {vectors.DEFAULTS}")] = AUTO,
    html: Annotated[str, Way.WRITTEN, Opt("File for a report to look at.")] = "",
) -> None:
    r"""Train on the real rows and on each candidate, test on real rows: did it help?

    Writes one JSON row per result, the verdict first; a table goes to stderr. Test rows that are
    synthetic, or known to a train set, are refused (exit 6).

    Examples:
        dataaug evaluate --train train.jsonl --candidate mixed.jsonl --test test.jsonl
        dataaug evaluate --train train.jsonl --candidate a.jsonl --candidate b.jsonl \
            --test test.jsonl --html evaluate.html
        dataaug evaluate --train train.jsonl --candidate mixed.jsonl \
            --test test.jsonl --classifier tfidf --require-gain 0
    """
    from dataaug import plugins
    from dataaug.api.evaluate import evaluate

    if not train or not test:
        raise UsageError("evaluate needs --train REAL.jsonl and --test TEST.jsonl")
    if metric not in {"macro_f1", "accuracy"}:
        raise UsageError(f"--metric {safe(metric)!r}: choose from macro_f1, accuracy")
    page = run.html(html)
    spec = Spec(classifier, plugins.parse_options(option or [], [classifier])[classifier])
    run.uses(EMBEDS)
    own = embedders("classifiers", spec, vectors.standing_for(""))
    vectors.demand_embedders({vectors.standing_for(embedder)} | own)
    evaluated = evaluate(
        train=train,
        candidates=_Candidates(run),
        test=test,
        classifier=spec,
        repeats=repeats,
        curve=_sizes(curve),
        metric=metric,
        margin=margin,
        require_gain=require_gain,
        controls=controls,
        allow_selected=allow_selected,
        similarity=similarity,
        embedder=embedder,
        seed=run.seed,
    )
    run.progress.stop()
    run.write_results(evaluated.to_dicts())
    _tell(run, evaluated.found)
    if page is not None:
        page.write(evaluated.html().encode())


class _Candidates(Paths):
    """The files to judge, each by its name."""

    def named(self) -> dict[str, Iterator[Record]]:
        return {name: iter(rows) for name, rows in _offered(self._run).items()}


def _offered(run: Run) -> dict[str, Iterable[Record]]:
    """Return the candidates; those without a row are left out where that is allowed.

    Raises:
        NoRowsError: no candidate has a row, and that is allowed: the run ends well.
    """
    found: dict[str, Iterable[Record]] = {
        name: run.candidate(path, run.origin) for name, path in _names(run.inputs).items()
    }
    if not run.allow_empty:
        return found
    held = {name: list(rows) for name, rows in found.items()}
    if not any(held.values()):
        raise NoRowsError.of(run.report.verb, run.inputs)
    for name in (name for name, rows in held.items() if not rows):
        run.report.warn(f"{safe(name)} has no rows and was left out")
    return {name: rows for name, rows in held.items() if rows}


def _names(paths: tuple[str, ...]) -> dict[str, str]:
    """Return how to call each candidate: its file name, or its path where two share one."""
    short = [Path(display_name(path)).name for path in paths]
    if len(set(paths)) < len(paths):
        raise UsageError("a candidate is named twice")
    return {
        name if short.count(name) == 1 else path: path
        for name, path in zip(short, paths, strict=True)
    }


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(f"--curve {safe(text)!r}: expected numbers, as in 50,100,250") from error


def _tell(run: Run, result: "EvaluationResult") -> None:
    """Show what was found, and whether what was required was reached."""
    for line in _table(result):
        run.say(line)
    run.headline = "; ".join(safe(verdict.sentence, 1000) for verdict in result.verdicts)
    failed = [verdict.candidate for verdict in result.verdicts if verdict.passed is False]
    if failed:
        run.gate = (
            f"the gain of {', '.join(safe(name, 80) for name in failed)} is not surely above "
            f"{result.verdicts[0].required:g} (--require-gain)"
        )


def _table(result: "EvaluationResult") -> Iterator[str]:
    """Yield lines for people: scores, gains, labels that changed most, the learning curve."""
    width = max(len(safe(score.train_set, 60)) for score in result.scores)
    for scope in ("whole", "clean"):
        scores = [score for score in result.scores if score.scope == scope]
        if not scores:
            continue
        said = (
            "whole test set" if scope == "whole" else "test rows without a near-duplicate in train"
        )
        yield f"{said}, {scores[0].test_rows:,} rows; in points, 95 % intervals"
        own, more = ("  subset", _FURTHER) if result.of_sets else ("accuracy", "")
        yield f"  {'trained on':<{width}} {'rows':>7}  {own}  macro-F1{more}  macro-F1 gain"
        for score in scores:
            gains = ", ".join(_gain_text(gain) for gain in score.gains)
            yield (
                f"  {safe(score.train_set, 60):<{width}} {score.train_rows:>7,}  "
                f"{100 * score.accuracy.value:>8.1f}  {100 * score.macro_f1.value:>8.1f}"
                + "".join(f"  {100 * one.value:>8.1f}" for one in score.further.values())
                + f"  {gains}"
            )
    yield from _labels(result)
    if result.curve:
        yield "learning curve, " + result.curve[0].metric.replace("_f1", "-F1")
    for point in result.curve:
        yield (
            f"  {point.real_rows:>7,} real rows: {100 * point.real.value:.1f}; with "
            f"{safe(point.candidate, 60)} ({point.candidate_rows:,.0f} rows): "
            f"{100 * point.mixed.value:.1f}, {_points(point.gain)}"
        )


_FURTHER = "  micro-F1   Hamming    sample"
"""Heads of the further scores of sets: micro-F1, Hamming loss, sample F1."""


def _points(interval: Any) -> str:
    return f"{100 * interval.value:+.1f} ({100 * interval.low:+.1f} to {100 * interval.high:+.1f})"


def _gain_text(gain: Any) -> str:
    said = {"real": "over real", "oversampled": "over repeated", "candidate": "by this method"}
    return f"{_points(gain.macro_f1)} {said[gain.over_kind]}"


def _labels(result: "EvaluationResult") -> Iterator[str]:
    """Yield the labels whose F1 surely changed, the largest changes first."""
    for score in result.scores:
        if score.kind != "candidate" or score.scope != "whole":
            continue
        changes = next(gain.f1 for gain in score.gains if gain.over_kind == "real")
        sure = [
            (label, change)
            for label, change in changes.items()
            if change is not None and (change.low > 0 or change.high < 0)
        ]
        sure.sort(key=lambda pair: -abs(pair[1].value))
        shown = ", ".join(f"{safe(label, 40)} {_points(change)}" for label, change in sure[:5])
        more = f" and {len(sure) - 5} more" if len(sure) > 5 else ""
        name = safe(score.train_set, 60)
        chance = (
            f" (of {len(changes)}; {len(changes) / 20:.0f} would by chance alone)" if sure else ""
        )
        yield f"labels whose F1 {name} changed: {shown or 'none surely'}{more}{chance}"
