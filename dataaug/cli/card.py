"""The card command."""

import os
from typing import Annotated

from dataaug.cards import FILL_IN, UNKNOWN
from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.cli.options import with_run
from dataaug.cli.row_options import RowOptions
from dataaug.cli.run import Run
from dataaug.errors import UsageError
from dataaug.rows.files import STDIO

_READS_ROWS = [option.name for option in RowOptions.declared() if option.name != "report"]
"""Its ``--report`` names reports that are read: a run of its own has nothing to report."""


@with_run(only=_READS_ROWS)
def card_command(
    run: Run,
    *,
    test: Annotated[
        list[str] | None, Way.READ, Opt("File of rows to evaluate on; repeatable.")
    ] = None,
    reports: Annotated[
        list[str] | None,
        Way.READ,
        Opt("Report of a run that made or judged the rows; repeatable, in order.", "--report"),
    ] = None,
    croissant: Annotated[str, Way.WRITTEN, Opt("File for the same as Croissant metadata.")] = "",
    name: Annotated[FreeText, Opt("Name of the data set. Default: that of the first file.")] = "",
    license_: Annotated[
        FreeText, Opt("Identifier of Hugging Face's list, as cc-by-4.0.")
    ] = UNKNOWN,
) -> None:
    """Write a dataset card of files, JSON lines or Parquet, and of the reports of their runs.

    It goes beside the files, as -o FOLDER/README.md: its head has the type of every column, by
    which load_dataset reads them. What only people know is marked with FILL IN.

    Examples:
        dataaug card mixed.jsonl --report mix.json -o README.md
        dataaug card train.jsonl --test test.jsonl --croissant croissant.json
    """
    from dataaug.api.card import card

    run.uses()
    if STDIO in run.inputs:
        raise UsageError("card: names files from where it lies; stdin is none: name the file")
    if croissant == STDIO:
        raise UsageError("--croissant needs the name of a file: stdout is for the card")
    made = card(run.input(), test=test, reports=reports or (), name=name, license_=license_)
    home = "" if run.output == STDIO else os.path.dirname(run.output)  # noqa: PTH120
    text = made.markdown(home or ".")
    if croissant:
        beside = made.croissant(os.path.dirname(croissant) or ".")  # noqa: PTH120
        run.also("croissant", croissant).write(beside)
    run.write_lines(line.encode() for line in text.splitlines())
    rows = made.rows
    run.headline = (
        f"{rows.real:,} real rows, {rows.synthetic:,} synthetic, {rows.test:,} to evaluate on; "
        f"{text.count(FILL_IN):,} places to fill in ({FILL_IN})"
    )
