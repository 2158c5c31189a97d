"""The mix command."""

from typing import Annotated, Literal

from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.cli.options import with_run
from dataaug.cli.run import Run
from dataaug.errors import UsageError
from dataaug.rows.provenance import ProvenanceForm


@with_run()
def mix_command(  # noqa: PLR0913 - a command line
    run: Run,
    *,
    ratio: Annotated[FreeText, Opt("auto, or REAL:SYNTHETIC as in 70:30.")] = "auto",
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
    provenance: Annotated[
        ProvenanceForm, Opt("nested (_aug), flat (columns in every row, for tables) or none.")
    ] = "nested",
    no_provenance: Annotated[bool, Opt("The same as --provenance none.")] = False,
) -> None:
    """Mix real and synthetic rows at a ratio, shuffled, no row of two inputs twice.

    In a pipe rows of equal id and line count once. Equal rows inside one file stay, with a warning.

    auto: more than 10,000 real rows: only real; 1,000 to 10,000: 50:50 to 70:30; fewer: 30:70.

    Examples:
        dataaug mix good.jsonl --ratio 70:30 -o mixed.jsonl
        dataaug mix train.jsonl --synthetic new.jsonl --against test.jsonl -o m.jsonl
        dataaug mix good.jsonl --size 5000 --provenance flat -o mixed.jsonl
    """
    from dataaug.api.mix import mix

    if no_provenance and "provenance" in run.given and provenance != "none":
        raise UsageError(f"--no-provenance is --provenance none, and not {provenance}")
    run.uses()
    run.tells_ids = False  # the verb says which rows share one
    mixed = mix(
        run.input(),
        ratio=ratio,
        size=size,
        stratify=stratify,
        real=real,
        synthetic=synthetic,
        against=against,
        provenance="none" if no_provenance else provenance,
        seed=run.seed,
        stream=True,
    )
    run.write(mixed.stream())
