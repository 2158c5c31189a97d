"""The mix command."""

from typing import Annotated, Literal

from dataaug.cli.declared import Opt, Text, Way
from dataaug.cli.options import with_run
from dataaug.cli.run import Run


@with_run()
def mix_command(
    run: Run,
    *,
    ratio: Annotated[Text, Opt("auto, or REAL:SYNTHETIC as in 70:30.")] = "auto",
    size: Annotated[int | None, Opt("Rows in the result. Default: all that fit.", min=1)] = None,
    stratify: Annotated[
        Literal["synthetic", "real", "none"],
        Opt("Label proportions of the synthetic part follow: synthetic (as made), real, none."),
    ] = "synthetic",
    real: Annotated[list[str] | None, Way.ROWS, Opt("Further files of real rows.")] = None,
    synthetic: Annotated[
        list[str] | None, Way.ROWS, Opt("Further files of rows, all taken as synthetic.")
    ] = None,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: refuse a mix with one; repeatable.")
    ] = None,
    no_provenance: Annotated[bool, Opt("Write synthetic rows without _aug.")] = False,
) -> None:
    """Mix real and synthetic rows at a ratio, shuffled, no row of two inputs twice.

    In a pipe rows of equal id and line count once. Equal rows inside one file stay, with a warning.

    auto: more than 10,000 real rows: only real; 1,000 to 10,000: 50:50 to 70:30; fewer: 30:70.
    """
    from dataaug import mixing as verb

    task = verb.Mixing(
        verb.parse_ratio(ratio),
        size,
        stratify,
        run.seed,
        provenance=not no_provenance,
    )
    run.uses()
    records = run.records((real or [], "auto"), (synthetic or [], "synthetic"))
    if against:
        from dataaug import leakage

        rows = run.evaluation(against)
        records = leakage.watch_train(records, leakage.Evaluation(rows), "the mix")
    run.tells_ids = False  # the verb says which rows share one
    run.write(verb.mix(records, task, schema=run.schema, report=run.report))
