"""``card``: a dataset card of files and of the reports of the runs that made them."""

from collections import deque
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, TypeAlias, Unpack

from dataaug.api import arguments, inputs
from dataaug.api.inputs import Input, ReadingKeywords, RowsLike
from dataaug.api.wording import for_python
from dataaug.cards import UNKNOWN
from dataaug.cards.card import Card, name_of_file
from dataaug.cards.columns import Columns, Feature
from dataaug.cards.composition import Composition
from dataaug.cards.files import DataFile, data_files
from dataaug.cards.runs import RunReport, demand_report, history_of, read_report
from dataaug.errors import UsageError
from dataaug.rows.report import Report

ReportLike: TypeAlias = Any
"""The path of a report, a :class:`~dataaug.Report`, or a result of a verb."""


@for_python
def card(
    rows: RowsLike,
    *,
    test: RowsLike = None,
    reports: ReportLike | Iterable[ReportLike] = (),
    name: str = "",
    license_: str = UNKNOWN,
    **reading: Unpack[ReadingKeywords],
) -> Card:
    """Write a dataset card: what the rows are, how they were made, and what that is worth.

    ``result.write("README.md", croissant="croissant.json")`` writes it for Hugging Face, with the
    types of all columns, by which ``load_dataset`` reads the files, and as Croissant metadata. What
    was not measured is said to be unknown; what only people know is marked with FILL IN.

    Args:
        rows: the path of a file of rows to train on, or a list of :class:`pathlib.Path`: JSON lines
            or Parquet.
        test: the same of the rows to evaluate on, the split ``test``.
        reports: of the runs that made the rows, in their order: paths of ``--report`` files,
            reports, or results of verbs. Those of ``spotcheck``, ``compare`` and ``evaluate`` say
            what the rows are worth.
        name: of the data set. Default: that of the first file.
        license_: an identifier of Hugging Face's list, as ``cc-by-4.0``.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: rows are no files, or are of two formats or of one without types.
        InputError: a row can't be used and ``on_error`` is ``fail``, or a report is none.
        GuardError: a row of ``test`` is synthetic.
    """
    given = inputs.of("card", rows, reading)
    files = data_files(given.paths, given.paths_beside(test))
    many = [reports] if _is_one(reports) else arguments.as_iterable("reports", reports)
    history = history_of([_report(each) for each in many])
    found = Composition()
    deque(found.counting(given.records()), maxlen=0)
    found.count_test(given.evaluation(test, "test"))
    features = _features(files, found.columns, given)
    if history.synthetic and not found.synthetic:
        given.report.warn(
            f"no row says that it is synthetic, though a run wrote {history.synthetic:,} synthetic "
            "rows: these are real rows, or their provenance was left out (--provenance none)"
        )
    return Card(name or name_of_file(files[0].path), license_, files, found, history, features,
                given.report)  # fmt: skip


def _is_one(reports: ReportLike) -> bool:
    return isinstance(reports, str | PathLike | Report | Mapping) or hasattr(reports, "report")


def _report(given: ReportLike) -> RunReport:
    """Return a report as it stands in a file.

    Raises:
        InputError: it is none.
        UsageError: it is nothing that has one.
    """
    if isinstance(given, str | PathLike):
        return read_report(given)
    found = getattr(given, "report", given)
    if isinstance(found, Report):
        found = found.to_row()
    if not isinstance(found, Mapping):
        raise UsageError(f"reports: expected paths, reports or results, found {given!r}")
    demand_report(found, "reports")
    return found


def _features(files: Iterable[DataFile], columns: Columns, given: Input) -> list[Feature]:
    paths = [file.path for file in files if file.form == "parquet"]
    if paths:
        from dataaug.cards.typed import typed_features  # noqa: PLC0415 - pyarrow

        return typed_features(paths)
    for names, said in (
        (columns.dated, "hold texts that look like dates: their type here is json, by which "
                        "load_dataset leaves them as they are; in Parquet they are plain texts"),
        (columns.too_big, "hold integers beyond 64 bits, which load_dataset does not read; make "
                          "texts of them"),
    ):  # fmt: skip
        if names:
            given.report.warn(f"columns {', '.join(sorted(names))} {said}")
    return columns.features()
