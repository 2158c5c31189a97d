"""The split command."""

from typing import TYPE_CHECKING, Annotated

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.cli.options import with_run
from dataaug.cli.reads import EMBEDS, WITHOUT_TRAIN_OUT
from dataaug.cli.run import Run
from dataaug.cli.vectors import with_vectors
from dataaug.embedders import AUTO
from dataaug.errors import UsageError
from dataaug.rows.files import STDIO
from dataaug.search import NEAR_DUPLICATE
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.splitting import SplitSummary

_SHOWN = 5


@with_run(readers={"output": (WITHOUT_TRAIN_OUT,)})
@with_vectors
def split_command(
    run: Run,
    *,
    test_out: Annotated[str, Way.WRITTEN, Opt("File for the test part.")] = "",
    train_out: Annotated[str, Way.WRITTEN, Opt("File for the train part. Default: --output.")] = "",
    test: Annotated[FreeText, Opt("Share of rows to hold out, or how many.")] = "0.2",
    stratify: Annotated[
        bool, Opt("Keep the label proportions.", "--stratify/--no-stratify")
    ] = True,
    similarity: Annotated[float, Opt("Rows stay together from this cosine on.")] = NEAR_DUPLICATE,
    embedder: Annotated[FreeText, Opt(vectors.WHICH)] = AUTO,
) -> None:
    """Hold out a real test set, before anything is made of the rest.

    Rows with a common root, equal texts and near-duplicates stay on one side. Synthetic rows are
    refused (exit 6).

    Examples:
        dataaug split data.jsonl --test-out test.jsonl -o train.jsonl
        dataaug split data.csv --test 500 --test-out test.jsonl -o train.jsonl
        cat data.jsonl | dataaug split --test-out test.jsonl > train.jsonl
    """
    if test_out in {"", STDIO}:
        raise UsageError("split writes two files: name the test part by --test-out FILE")
    run.uses(EMBEDS, *([] if train_out else [WITHOUT_TRAIN_OUT]))
    vectors.demand_embedders({vectors.standing_for(embedder)})
    train_file = run.also("train", train_out) if train_out not in {"", STDIO} else None
    test_file = run.also("test", test_out)

    from dataaug.api.split import split

    parts = split(
        run.input(), test=test, stratify=stratify, similarity=similarity, embedder=embedder,
        seed=run.seed,
    )  # fmt: skip
    for file, part in ((train_file, parts.train), (test_file, parts.test)):
        for record in part if file else ():
            run.report.count(record)
            file.write(record.line + b"\n")  # type: ignore[union-attr]
    if train_file is None:
        run.write(parts.train)
    _tell(run, parts.report.summary)


def _tell(run: Run, found: "SplitSummary") -> None:
    """Say how large the parts are, and what was kept together."""
    run.say(
        f"{found.train:,} train and {found.test:,} test rows; {found.rows_in_groups:,} "
        f"rows in {found.groups:,} groups of relatives and near-duplicates stayed together "
        f"(the largest: {found.largest_group.rows:,} rows); a split by single rows would "
        f"have put twins of {found.test_rows_a_plain_split_would_leak:,} test rows into the "
        "train part"
    )
    labels = found.labels
    width = max([len(safe(name, 40)) for name in labels] + [5])
    few = sorted(labels, key=lambda name: (labels[name]["test"], name))
    shown = few if len(few) <= 2 * _SHOWN else few[:_SHOWN] + few[-_SHOWN:]
    run.say(f"  {'label':<{width}}  train   test")
    for number, name in enumerate(shown):
        if number == _SHOWN and len(few) > 2 * _SHOWN:
            run.say(f"  … {len(few) - 2 * _SHOWN} more labels (--report has all)")
        sizes = labels[name]
        run.say(f"  {safe(name, 40):<{width}}  {sizes['train']:>5,}  {sizes['test']:>5,}")
