"""The filter command."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, FreeTexts, Opt, Way
from dataaug.cli.engine import EngineOptions
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import shows, with_run
from dataaug.cli.reads import EMBEDS, ROW_CHECKS, leaves_open
from dataaug.cli.reads import check_option as check_of
from dataaug.cli.run import Run
from dataaug.cli.vectors import Memory
from dataaug.errors import UsageError
from dataaug.filtering import MAX_GOOD_LOSS, TAIL
from dataaug.plugins import Option, Spec
from dataaug.rows.record import Outcome
from dataaug.search import NEAR_DUPLICATE
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.api.results import Result
    from dataaug.filtering.notes import FilterSummary


_NEAR = (check_of("near-duplicate"),)
_JUDGE = (check_of("judge"),)


@with_run(readers={option.name: (ROW_CHECKS, EMBEDS) for option in EngineOptions.declared()})
@with_llm
def filter_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,  # noqa: ARG001 - it is in the session; the decorator hands it to every command
    *,
    check: Annotated[
        FreeTexts,
        Opt(
            "Check; repeatable, made in this order. "
            "Default: length, those of one row, label, exact, near-duplicate.",
            kind="checks",
        ),
    ] = None,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("check.key=value; see --list-checks.", "-p")
    ] = None,
    similarity: Annotated[
        float | None,
        Opt(
            f"Near duplicate from this cosine on. Default: {NEAR_DUPLICATE:g}.",
            readers=(check_of("near-duplicate"), "--against"),
        ),
    ] = None,
    origin_similarity: Annotated[
        float | None, Opt("The same for a row and its own parent.", readers=_NEAR)
    ] = None,
    within: Annotated[
        FreeText, Opt("label: near duplicates within one label only.", readers=_NEAR)
    ] = "",
    approximate: Annotated[
        bool, Opt("Near duplicates: the nearest places only, quicker.", readers=_NEAR)
    ] = False,
    scores: Annotated[
        str,
        Way.KEPT,
        Opt(
            "File of near duplicates' similarities: made, or used where it is there. Of a run "
            "with --check judge: of its grades, made anew.",
            readers=(*_NEAR, *_JUDGE),
        ),
    ] = "",
    prompt: Annotated[
        str, Way.READ, Opt("File with your own rubric, a Jinja template.", readers=_JUDGE)
    ] = "",
    max_good_loss: Annotated[
        float | None,
        Opt(
            "Share of good rows that the label check is sure not to exceed; it cuts less or "
            f"abstains where that takes it. Default: {MAX_GOOD_LOSS:g}, and it aims at {TAIL:g} "
            "(-p label.tail).",
            readers=(check_of("label"),),
        ),
    ] = None,
    language: Annotated[
        FreeText,
        Opt("Code of the right language, if not the real rows'.", readers=(check_of("language"),)),
    ] = "",
    real: Annotated[
        list[str] | None, Way.READ, Opt("Further real rows to compare with, not passed on.")
    ] = None,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: reject copies of them; repeatable.")
    ] = None,
    include_real: Annotated[bool, Opt("Judge real rows too.")] = False,
    max_drop: Annotated[
        float | None, Opt("Write nothing if a method or label loses more.", max=1)
    ] = None,
    embedder: Annotated[FreeText, Opt(vectors.WHICH, readers=(EMBEDS,))] = "",
    html: Annotated[str, Way.WRITTEN, Opt("File for a report to look at.")] = "",
    memory: Memory = "",  # noqa: ARG001 - it is in the session
    engine: EngineOptions,
    list_checks: Annotated[bool, shows("checks")] = False,  # noqa: ARG001
) -> None:
    """Reject bad synthetic rows: length, duplicates, near duplicates, wrong labels.

    Real rows pass as they are. Rejects go to --rejects with the reason and what they collide with.

    Examples:
        dataaug filter more.jsonl --rejects rejects.jsonl -o good.jsonl
        dataaug filter more.jsonl --against test.jsonl --html page.html -o good.jsonl
        dataaug filter more.jsonl --check length --check exact -o good.jsonl
    """
    from dataaug import plugins
    from dataaug.api.filter import filter
    from dataaug.filtering.run import DEFAULT_CHECKS

    page = run.html(html)
    names = list(dict.fromkeys(check or DEFAULT_CHECKS))
    given = plugins.parse_options(option or [], names)
    specs = [Spec(name, given[name]) for name in names]
    _demand(run, specs, given.get("near-duplicate", {}) if against else None, embedder)
    kept = filter(
        run.input(),
        specs,
        similarity=similarity,
        origin_similarity=origin_similarity,
        within=within,
        approximate=approximate,
        scores=scores,
        prompt=prompt,
        max_good_loss=max_good_loss,
        language=language,
        real=real,
        against=against,
        include_real=include_real,
        max_drop=max_drop,
        embedder=embedder,
        engine=engine.spec(),
        workers=engine.workers,
        stream=True,
    )
    run.write(_announced(run, kept))
    for line in _yields(run):
        run.say(line)
    if near := kept.report.summary.near_duplicate:
        run.say(f"near-duplicate: {near.certificate}")
    if (judge := kept.report.summary.judge) and (judge.graded or judge.real_rows):
        run.say(
            f"judge: graded {judge.graded:,} rows; of {judge.real_rows:,} real ones it calls "
            f"{judge.real_rows_called_bad:,} bad"
        )
    if page is not None:
        from dataaug.filtering.page import render

        page.write(render(run.report).encode())


def _demand(
    run: Run, specs: Sequence[Spec], against: Mapping[str, Option] | None, embedder: str
) -> None:
    """Refuse options that no check reads.

    Args:
        run: the run.
        specs: the checks.
        against: options of the check against evaluation rows, None where there are none of those.
        embedder: what --embedder names.
    """
    beside = [] if against is None else [Spec("near-duplicate", against)]
    used = [("checks", spec) for spec in (*specs, *beside)]
    said = [check_of(spec.name) for spec in specs] + ["--against"] * len(beside)
    if {"engine", "workers", "ray_address"} & set(run.given) and _by_row(specs):
        said.append(ROW_CHECKS)
    demand(run, used, *said, auto=vectors.standing_for(embedder))
    if embedder and not any(leaves_open(kind, spec) for kind, spec in used):
        raise UsageError("--embedder: every check that embeds has one by -p already; leave it out")


def _by_row(specs: Sequence[Spec]) -> bool:
    """Is there a check of one row at a time, for an engine to spread?"""
    from dataaug import plugins
    from dataaug.filtering.checks.by_row import ByRow

    return any(isinstance(plugins.load("checks", spec), ByRow) for spec in specs)


def _announced(run: Run, kept: "Result[FilterSummary]") -> Iterator[Outcome]:
    """Say what the label check expects to cost before the first row goes."""
    outcomes = kept.stream()
    first = next(outcomes, None)
    label = kept.report.summary.label
    note = label and label.forecast
    if note and note.largest_good_loss:
        shares = note.expected_good_loss_by_label
        judged = [pair for pair in shares.items() if pair[0] not in note.not_judged]
        worst = sorted(judged, key=lambda pair: -pair[1])[:5]
        most = ", ".join(f"{safe(name, 40)} {share:.1%}" for name, share in worst if share)
        run.say(
            f"label check: expects to lose {note.expected_good_loss:.1%} of good rows, "
            f"{note.largest_good_loss:.1%} at most"
            + (f" (most: {most})" if most else "")
            + f", and to find {_found(note.expected_found)}"
        )
    # chained in C: a generator more is a call more for each row
    return outcomes if first is None else chain((first,), outcomes)


def _found(shares: Mapping[str, float]) -> str:
    """Say which wrong labels are found; of sets, one that is missing and one too many."""
    if "missing_label" in shares:
        return (
            f"{shares['missing_label']:.0%} of labels that are missing, "
            f"{shares['added_label']:.0%} of those that are too many"
        )
    return (
        f"{shares['any_other_label']:.0%} of wrong labels, "
        f"{shares['likeliest_other_label']:.0%} of those that are the likeliest other one"
    )


def _yields(run: Run) -> Iterator[str]:
    """Yield a line for each method: how many of its rows were kept, and why the others went."""
    for method, counts in run.report.yields().items():
        total = counts["kept"] + counts["rejected"]
        why = run.report.rejected_by_method.get(method, Counter())
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in why.most_common())
        yield (
            f"  {safe(method, 40)}: kept {counts['kept']:,} of {total:,} "
            f"({counts['kept'] / total:.0%})" + (f"; {reasons}" if reasons else "")
        )
