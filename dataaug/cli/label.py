"""The label command."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import with_run
from dataaug.cli.review_options import (
    EXPORT_FORMAT,
    REVIEWING,
    ExportFormat,
    SampleFile,
    reviewer_of,
)
from dataaug.cli.run import Run, Seated
from dataaug.cli.vectors import Memory
from dataaug.errors import UsageError
from dataaug.labelling import ROUNDS, STRATEGY, TEACHER
from dataaug.plugins import Spec
from dataaug.search import NEAR_DUPLICATE
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.labelling.asking import AskSummary
    from dataaug.labelling.run import LabelSummary

_SHOWN = 5
_TEACHING, _ASKING = "a run without --ask", "--ask"
_GUARDED = ("--against",)


@with_run()
@with_llm
def label_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,  # noqa: ARG001 - it is in the session; the decorator hands it to every command
    *,
    train: Annotated[
        list[str] | None, Way.READ, Opt("File of real rows with labels; repeatable.")
    ] = None,
    teacher: Annotated[
        FreeText,
        Opt("What labels: embedding, tfidf, finetune (slow on a CPU), or llm (--model)."),
    ] = TEACHER,
    option: Annotated[
        list[str] | None,
        Way.OPTIONS,
        Opt("teacher.key=value, as in tfidf.c=1; of a strategy or reviewer too.", "-p"),
    ] = None,
    soft: Annotated[
        bool, Opt("Keep weights of further labels (_aug.labels).", readers=(_TEACHING,))
    ] = False,
    ratio: Annotated[
        FreeText,
        Opt(
            "REAL:SYNTHETIC, as 30:70: the surest rows alone.",
            readers=(_TEACHING,),
        ),
    ] = "",
    at_least: Annotated[
        float,
        Opt(
            "Reject rows whose likeliest label is less probable, 0 to 1.",
            readers=(_TEACHING,),
        ),
    ] = 0.0,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: reject copies of them; repeatable.")
    ] = None,
    similarity: Annotated[
        float, Opt("Copy of an evaluation row from this cosine on.", readers=_GUARDED)
    ] = NEAR_DUPLICATE,
    embedder: Annotated[
        FreeText,
        Opt(
            f"What finds copies, and vectors to choose by. {vectors.DEFAULTS}",
            readers=(*_GUARDED, _ASKING),
        ),
    ] = "",
    ask: Annotated[
        int | None, Opt("Ask people about N rows, whose labels teach most.", min=1)
    ] = None,
    review: Annotated[
        FreeText, Opt("terminal, web, or file (for other tools).", readers=(_ASKING,))
    ] = "",
    verdicts: Annotated[
        list[str] | None,
        Way.KEPT,
        Opt("File of answers; --review writes to the first. Repeatable.", readers=(_ASKING,)),
    ] = None,
    strategy: Annotated[
        FreeText,
        Opt("density, diverse, typiclust, margin or badge.", readers=(_ASKING,)),
    ] = STRATEGY,
    rounds: Annotated[
        int,
        Opt("Rows are chosen in so many rounds, answers learnt in between.", min=1,
            readers=(_ASKING,)),
    ] = ROUNDS,
    reviewer: Annotated[
        FreeText, Opt("Who answers. Default: the user's name.", readers=REVIEWING)
    ] = "",
    sample: SampleFile = "",
    export: ExportFormat = EXPORT_FORMAT,
    memory: Memory = "",  # noqa: ARG001 - it is in the session
) -> None:  # fmt: skip
    r"""Label unlabelled real rows by what the labelled ones teach, or ask people (--ask N).

    Writes each row of the pool with its likeliest label; _aug says that the label is made. With
    --ask: the rows that people labelled, marked _selected.

    Examples:
        dataaug label pool.jsonl --train train.jsonl -o pseudo.jsonl
        dataaug label pool.jsonl --train train.jsonl --at-least 0.7 -o pseudo.jsonl
        dataaug label pool.jsonl --train train.jsonl --ask 150 \
            --review terminal --verdicts answers.jsonl -o labelled.jsonl
    """
    from dataaug import plugins
    from dataaug.api.label import label

    if not train:
        raise UsageError("label needs real rows with labels: --train REAL.jsonl")
    if ask is not None and not (review or verdicts):
        raise UsageError(
            "--ask: say who answers, --review terminal|web --verdicts FILE or --review file "
            "--sample FILE, or name a file of answers by --verdicts"
        )
    named = [teacher, *([strategy] if ask is not None else []), *([review] if review else [])]
    given = plugins.parse_options(option or [], named)
    spec = Spec(teacher, given[teacher])
    _demand(run, spec, embedder, review, guarded=bool(against), asks=ask is not None)
    run.reads_unlabelled()
    run.exempt = bool(review)  # a person may leave before the first answer
    if review in {"terminal", "web"}:
        run.say("preparing: reading all rows, and choosing those whose labels teach most")
    if review == "terminal":
        from dataaug.review.ui.tty import hush

        hush()
    made = label(
        run.input() if ask is None else Seated(run),
        train=train,
        teacher=spec,
        soft=soft,
        ratio=ratio or None,
        at_least=at_least,
        against=against,
        similarity=similarity,
        embedder=embedder,
        ask=ask,
        reviewer=reviewer_of(review, given[review], sample, export) if review else None,
        verdicts=list(map(Path, verdicts)) if verdicts else None,
        strategy=Spec(strategy, given.get(strategy, {})),
        rounds=rounds,
        name=reviewer,
        seed=run.seed,
        stream=True,
    )
    if review == "file":
        run.withhold("")
        run.headline = f"{safe(sample)}: rows to label; read them back by --verdicts"
        return
    run.write(made.stream())
    _tell(run, made.report.summary)


def _demand(
    run: Run, teacher: Spec, embedder: str, review: str, *, guarded: bool, asks: bool
) -> None:
    """Refuse options that the run does not read."""
    from dataaug import plugins

    kind = "teachers" if teacher.name in plugins.names("teachers") else "classifiers"
    said = [_ASKING if asks else _TEACHING, *(_GUARDED if guarded else ())]
    said += [f"--review {review}", "--review"] if review else []
    beside = {vectors.standing_for(embedder)} if guarded or asks else set()
    demand(run, [(kind, teacher)], *said, auto=vectors.standing_for(""), beside=beside)


def _tell(run: Run, found: "LabelSummary | AskSummary") -> None:
    """Say what the labels are worth, or what came of asking, and how many rows each label has."""
    from dataaug.labelling.asking import AskSummary

    if isinstance(found, AskSummary):
        run.say(
            f"{found.labelled:,} of {found.asked:,} rows have a label, {found.changed:,} of them "
            f"another one than the classifier's; {found.unusable:,} fit none"
        )
    elif found.expected_right is not None:
        known = f", by {found.calibrated_on:,} train rows" if found.calibrated_on else ""
        run.say(f"{found.expected_right:.0%} of the labels should be right{known}")
    _tell_labels(run, found.labels)


def _tell_labels(run: Run, labels: Mapping[str, int]) -> None:
    most = sorted(labels, key=lambda name: (-labels[name], name))
    shown = ", ".join(f"{safe(name, 40)} {labels[name]:,}" for name in most[:_SHOWN])
    more = f" and {len(most) - _SHOWN:,} more labels" if len(most) > _SHOWN else ""
    if most:
        run.say(f"  {shown}{more}")
