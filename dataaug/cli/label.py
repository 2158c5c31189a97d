"""The label command."""

from typing import TYPE_CHECKING, Annotated

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.cli.options import with_run
from dataaug.cli.reads import EMBEDS, embedders
from dataaug.cli.run import Run
from dataaug.cli.vectors import with_vectors
from dataaug.errors import UsageError
from dataaug.labelling import TEACHER
from dataaug.plugins import Spec
from dataaug.search import NEAR_DUPLICATE
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.labelling.run import LabelSummary

_SHOWN = 5
_GUARDED = ("--against",)


@with_run()
@with_vectors
def label_command(  # noqa: PLR0913 - a command line
    run: Run,
    *,
    train: Annotated[
        list[str] | None, Way.READ, Opt("File of real rows with labels; repeatable.")
    ] = None,
    teacher: Annotated[
        FreeText, Opt("What labels: embedding, tfidf, or finetune (slow on a CPU).")
    ] = TEACHER,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("teacher.key=value, as in tfidf.c=1.", "-p")
    ] = None,
    soft: Annotated[bool, Opt("Keep weights of further labels (_aug.labels).")] = False,
    ratio: Annotated[
        FreeText, Opt("REAL:SYNTHETIC as in 30:70: the surest rows, so many. Default: all.")
    ] = "",
    at_least: Annotated[
        float, Opt("Reject rows whose likeliest label is less probable, 0 to 1.")
    ] = 0.0,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: reject copies of them; repeatable.")
    ] = None,
    similarity: Annotated[
        float, Opt("Copy of an evaluation row from this cosine on.", readers=_GUARDED)
    ] = NEAR_DUPLICATE,
    embedder: Annotated[
        FreeText, Opt(f"What finds copies. {vectors.DEFAULTS}", readers=_GUARDED)
    ] = "",
) -> None:
    """Label unlabelled real rows by a classifier that is trained on the labelled ones.

    Writes each row of the pool with its likeliest label; _aug says that the label is made.

    Examples:
        dataaug label pool.jsonl --train train.jsonl -o pseudo.jsonl
        dataaug label pool.jsonl --train train.jsonl --at-least 0.7 -o pseudo.jsonl
    """
    from dataaug import plugins
    from dataaug.api.label import label

    if not train:
        raise UsageError("label needs real rows with labels: --train REAL.jsonl")
    spec = Spec(teacher, plugins.parse_options(option or [], [teacher])[teacher])
    _demand(run, spec, embedder, guarded=bool(against))
    made = label(
        run.input(),
        train=train,
        teacher=spec,
        soft=soft,
        ratio=ratio or None,
        at_least=at_least,
        against=against,
        similarity=similarity,
        embedder=embedder,
        seed=run.seed,
        stream=True,
    )
    run.write(made.stream())
    _tell(run, made.report.summary)


def _demand(run: Run, teacher: Spec, embedder: str, *, guarded: bool) -> None:
    """Refuse options that the run does not read."""
    used = embedders("classifiers", teacher, vectors.standing_for(""))
    if guarded:
        used |= {vectors.standing_for(embedder)}
    run.uses(*(_GUARDED if guarded else ()), *([EMBEDS] if used else []))
    vectors.demand_embedders(used)


def _tell(run: Run, found: "LabelSummary") -> None:
    """Say what the labels are worth, and how many rows each label has."""
    if found.expected_right is not None:
        known = f", by {found.calibrated_on:,} train rows" if found.calibrated_on else ""
        run.say(f"{found.expected_right:.0%} of the labels should be right{known}")
    most = sorted(found.labels, key=lambda name: (-found.labels[name], name))
    shown = ", ".join(f"{safe(name, 40)} {found.labels[name]:,}" for name in most[:_SHOWN])
    more = f" and {len(most) - _SHOWN:,} more labels" if len(most) > _SHOWN else ""
    if most:
        run.say(f"  {shown}{more}")
