"""Options of commands that show rows to people."""

from collections.abc import Mapping
from typing import Annotated

from dataaug.cli.declared import FreeText, Opt, Way
from dataaug.plugins import Option, Spec

REVIEWING, FILING = ("--review",), ("--review file",)

SampleFile = Annotated[
    str, Way.WRITTEN, Opt("File that --review file writes the rows to.", readers=FILING)
]
ExportFormat = Annotated[
    FreeText,
    Opt("Its format: jsonl, csv, label-studio, argilla, prodigy, doccano.", readers=FILING),
]
EXPORT_FORMAT = "jsonl"


def reviewer_of(name: str, own: Mapping[str, Option], sample: str, export: str) -> Spec:
    """Return the reviewer that is asked for; that of files gets their options from the command.

    Args:
        name: what ``--review`` says.
        own: its options by ``-p``, which go before.
        sample: what ``--sample`` says.
        export: what ``--export`` says.
    """
    return Spec(name, {"path": sample, "exchange": export, **own} if name == "file" else dict(own))
