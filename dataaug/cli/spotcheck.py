"""The spotcheck command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dataaug import plugins
from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.cli.options import shows, with_run
from dataaug.cli.reads import EMBEDS, TO_CONCLUDE
from dataaug.cli.review_options import (
    EXPORT_FORMAT,
    REVIEWING,
    ExportFormat,
    SampleFile,
    reviewer_of,
)
from dataaug.cli.run import Run, Seated
from dataaug.cli.vectors import with_vectors
from dataaug.errors import UsageError
from dataaug.review import ACCEPTABLE_RATE, MAX_ERROR_RATE, SAMPLE_ROWS, SUSPICIOUS_ROWS
from dataaug.rows.record import Reject
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.api.spotcheck import Spotchecked
    from dataaug.review.run import Spotcheck


def _show_plan(value: str | None) -> None:
    """Say how many rows to review for an acceptable and a rejectable rate, and leave."""
    if value is None:
        return
    import math

    from dataaug.review import bounds

    try:
        acceptable, rejectable = map(float, value.split(","))
    except ValueError as error:
        raise UsageError(f"--plan {safe(value)!r}: expected two rates, as in 0.01,0.05") from error
    if not 0 < acceptable < rejectable < 1:
        raise UsageError(f"--plan {value}: expected 0 < acceptable < rejectable < 1")
    rows, errors = bounds.sampling_plan(acceptable, rejectable)
    clean = bounds.review_rows_needed(0, rejectable)
    print(f"review {rows:,} rows and pass with at most {errors} bad ones:")
    print(
        f"  data that is {acceptable:.2%} bad passes {bounds.chance(acceptable, rows, errors):.1%} "
        f"of the time (risk of failing it: {bounds.ALPHA:.0%} at most)"
    )
    print(
        f"  data that is {rejectable:.2%} bad passes {bounds.chance(rejectable, rows, errors):.1%} "
        f"of the time ({bounds.BETA:.0%} at most)"
    )
    print(f"to be 95 % sure of less than {rejectable:.2%}: {clean:,} rows without a bad one")
    print(
        f"  dataaug spotcheck -n {rows} --max-error-rate {math.ceil(1e5 * errors / rows) / 1e5:g}"
    )
    raise typer.Exit


_JUDGING = ("--assist judge",)


@with_run(readers={"output": (TO_CONCLUDE,)})
@with_vectors
def spotcheck_command(  # noqa: PLR0913 - a command line
    run: Run,
    *,
    count: Annotated[
        int | None, Opt(f"Rows of the sample. Default: {SAMPLE_ROWS}.", "-n", "--rows", min=1)
    ] = None,
    stratify: Annotated[
        str | None, Way.NONE, Opt('label, method, source, or several: a,b. "": none.')
    ] = None,
    review: Annotated[
        FreeText, Opt("terminal, web, or file (for other tools).", kind="reviewers")
    ] = "",
    verdicts: Annotated[
        list[str] | None,
        Way.KEPT,
        Opt("File of verdicts; --review writes to the first. Repeatable: several reviewers."),
    ] = None,
    reviewer: Annotated[
        FreeText, Opt("Who reviews. Default: the user's name.", readers=REVIEWING)
    ] = "",
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("reviewer.key=value.", "-p", readers=REVIEWING)
    ] = None,
    sample: SampleFile = "",
    export: ExportFormat = EXPORT_FORMAT,
    max_error_rate: Annotated[float, Opt("Exit 1 above this share of bad rows.")] = MAX_ERROR_RATE,
    rule: Annotated[
        Literal["observed", "upper-bound"],
        Opt("observed: the sample's share; upper-bound: its 95 % bound."),
    ] = "observed",
    sequential: Annotated[bool, Opt("Stop as soon as the outcome is decided.")] = False,
    acceptable: Annotated[
        float, Opt("Error rate that --sequential should pass.", readers=("--sequential",))
    ] = ACCEPTABLE_RATE,
    plan: Annotated[  # noqa: ARG001 - it leaves at once
        str | None,
        Way.NONE,
        Opt(
            "Rows to review for ACCEPTABLE,REJECTABLE rates, as in 0.01,0.05.",
            is_eager=True,
            callback=_show_plan,
        ),
    ] = None,
    plant: Annotated[int | None, Opt("Rows with known answers to mix in.", min=0)] = None,
    suspicious: Annotated[
        int | None, Opt(f"Most doubtful rows, shown last. Default: {SUSPICIOUS_ROWS}.", min=0)
    ] = None,
    assist: Annotated[
        FreeText,
        Opt(
            "judge or label: judges all rows, so that the reviewed ones say more.",
            readers=(TO_CONCLUDE,),
        ),
    ] = "",
    scores: Annotated[
        str, Way.READ, Opt("File that filter --check judge wrote.", readers=_JUDGING)
    ] = "",
    apply_labels: Annotated[
        bool, Opt("Relabel rows whose right label was given.", readers=(TO_CONCLUDE,))
    ] = False,
    carry_over: Annotated[
        bool, Opt("Take verdicts on equal rows over from other data.", readers=("--verdicts",))
    ] = False,
    real: Annotated[
        list[str] | None, Way.READ, Opt("Real rows kept elsewhere: parents, labels. Not passed on.")
    ] = None,
    embedder: Annotated[
        FreeText, Opt("Show near rows, found by an embedder, as auto.", readers=REVIEWING)
    ] = "",
    list_reviewers: Annotated[bool, shows("reviewers")] = False,  # noqa: ARG001
    list_exports: Annotated[bool, shows("exchanges")] = False,  # noqa: ARG001
) -> None:
    """Have people look at a sample of the synthetic rows; pass all rows on if it is good enough.

    Exit 0: the gate is passed, bad rows are left out. Exit 1: failed, or undecided; no row leaves.

    Examples:
        dataaug spotcheck mixed.jsonl --review terminal --verdicts verdicts.jsonl
        dataaug spotcheck mixed.jsonl -n 100 --review web --verdicts verdicts.jsonl
        dataaug spotcheck mixed.jsonl --verdicts verdicts.jsonl -o checked.jsonl
    """
    from dataaug.api.spotcheck import spotcheck

    if not review and not verdicts:
        raise UsageError(
            "name a file of verdicts (--verdicts FILE), or review rows now: --review terminal|web "
            "--verdicts FILE, or --review file --sample FILE"
        )
    given = plugins.parse_options(option or [], [review])[review] if review else {}
    run.exempt = bool(review)  # a review session may end without a row
    _demand(run, review, embedder, sequential=sequential, assist=assist)
    if review == "terminal":
        from dataaug.review.ui.tty import hush

        hush()
    if review in {"terminal", "web"}:
        run.say("preparing the sample: reading all rows, and what they are near to")
    checked = spotcheck(
        Seated(run),
        reviewer=reviewer_of(review, given, sample, export) if review else None,
        verdicts=list(map(Path, verdicts)) if verdicts else None,
        n=count,
        stratify=_names(stratify),
        max_error_rate=max_error_rate,
        rule=rule,
        sequential=sequential,
        acceptable=acceptable,
        plant=plant,
        suspicious=suspicious if review else 0,
        assist=assist or None,
        scores=scores or None,
        apply_labels=apply_labels,
        carry_over=carry_over,
        real=real,
        embedder=embedder,
        name=reviewer,
        seed=run.asked_seed,
        stream=True,
    )
    drawing = checked.spot.task.drawing
    run.report.settings |= {"n": drawing.count, "sample_seed": drawing.seed}
    if review == "file":
        run.report.held_back = run.report.read_real + run.report.read_synthetic
        run.withhold("")
        run.headline = f"{safe(sample)}: {_asked(checked.spot)}; read it back by --verdicts"
        return
    _conclude(run, checked)


def _demand(run: Run, review: str, embedder: str, *, sequential: bool, assist: str) -> None:
    """Refuse options that the run does not read."""
    used = [f"--review {review}", "--review"] if review else []
    used += [TO_CONCLUDE] if review != "file" else []
    used += ["--verdicts"] if "verdicts" in run.given else []
    used += ["--sequential"] if sequential else []
    used += [f"--assist {assist}"]
    run.uses(*used, *([EMBEDS] if embedder else []))
    vectors.demand_embedders({vectors.standing_for(embedder)} if embedder else ())


def _names(given: str | None) -> tuple[str, ...] | None:
    """Return names that are given with commas between them, None if the option was not given."""
    if given is None:
        return None
    return tuple(part.strip() for part in given.split(",") if part.strip())


def _asked(spot: "Spotcheck") -> str:
    """Say what the sample is."""
    every, texts = len(spot.population), len(spot.sample)
    rows = min(spot.task.drawing.count, every)
    if texts < rows:
        return f"{texts:,} rows to review, which are {rows:,} of {every:,} synthetic ones"
    return f"{rows:,} of {every:,} synthetic rows to review"


def _conclude(run: Run, checked: "Spotchecked") -> None:
    """Say what the verdicts amount to, and write the rows if the gate is passed."""
    for line in checked.lines():
        run.say(line)
    run.headline = f"{checked.verdict}: {checked.answer.line()}; {checked.why}"
    if checked.passed and not run.to_screen:
        run.write(checked.stream())
        run.headline += f"; {run.summary()}"
        return
    run.exempt = checked.passed
    for outcome in checked.stream():
        if isinstance(outcome, Reject):
            run.put_aside(outcome)
        else:
            run.report.held_back += 1
    if checked.passed:
        run.headline += "; no row was written to this screen: name a file by --output"
    else:
        run.withhold(f"the gate is not passed ({checked.verdict}); no row was written")
