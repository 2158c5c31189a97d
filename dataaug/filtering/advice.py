"""What to do after a run of filter: the next command of the pipeline."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from dataaug.html.pages import NextStep
from dataaug.rows.report import Report

_HEAVY = 0.5
"""The share of a method's rows whose loss is worth a look before the others are mixed."""

_FEW = 10
"""Rejects of a method that say nothing of it."""


def next_steps(report: Report, label: Mapping[str, Any]) -> list[NextStep]:
    """Return what to do next; the names of files are those of the run.

    Args:
        report: of the run.
        label: what the label check noted, empty where it was not made.
    """
    return [*_before(report, label), *_after(report)]


def _before(report: Report, label: Mapping[str, Any]) -> Iterator[NextStep]:
    """Say what to mend first."""
    odd = label.get("real_rows_that_look_mislabelled", ())
    if odd:
        yield NextStep(
            f"Look at {_rows(len(odd), 'real row')} below whose label the other real rows "
            "contradict, and mend those that are wrong: a wrong label is copied by every variant."
        )
    for name, counts in report.yields().items():
        if counts["rejected"] > max(_FEW, _HEAVY * sum(counts.values())):
            yield NextStep(
                f"{name} loses {counts['rejected']:,} of {_rows(sum(counts.values()), 'row')}: "
                "read the examples below. Where they are good rows the check is too strict, where "
                "they are bad another method makes better ones."
            )
    if not report.settings.get("against") and report.written_synthetic:
        yield NextStep(
            "No test rows were named, so rows that copy one are still in. evaluate will refuse "
            "them; take them out now.",
            f"dataaug filter {_named(report, 'inputs', 'more.jsonl')} --against test.jsonl "
            f"-o {_named(report, 'output', 'good.jsonl')}",
        )


def _after(report: Report) -> Iterator[NextStep]:
    kept = _named(report, "output", "good.jsonl")
    if not report.written_synthetic:
        if report.rejected:
            yield NextStep(
                "No synthetic row is left: make others, by another method or a language model.",
                "dataaug augment --list-methods",
            )
        return
    yield NextStep("Mix what was kept with the real rows.", f"dataaug mix {kept} -o mixed.jsonl")
    yield NextStep(
        "Then see in what the synthetic rows are unlike the real ones.",
        "dataaug compare mixed.jsonl --html compare.html -o findings.jsonl",
    )


def _named(report: Report, option: str, otherwise: str) -> str:
    paths = [path for path in report.files.get(option, ()) if path != "-"]
    return shlex.join(paths) or otherwise


def _rows(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
