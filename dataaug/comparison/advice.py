"""What to do after a comparison: the next command of the pipeline."""

import shlex
from collections import Counter
from collections.abc import Iterator

from dataaug.comparison.findings import Finding
from dataaug.comparison.run import Comparison
from dataaug.html.pages import NextStep
from dataaug.rows.report import Report

_MONOTONE = {"distinct.": -1, "vocabulary.": -1, "self-similarity.": 1, "openings.": 1}
"""Numbers that show too little new among the synthetic rows, where the difference has this sign."""


def next_steps(found: Comparison, report: Report) -> list[NextStep]:
    """Return what to do next, by what is off; the names of files are those of the run."""
    paths = shlex.join(report.files.get("inputs", ()))
    paths = paths if paths and paths != "-" else "mixed.jsonl"
    every = [finding for finding in found.findings if finding.scope == "all"]
    off = [finding for finding in every if finding.verdict == "off"]
    return [*_mended(off, found), *_looked_at(paths, off), *_tested(paths, off)]


def _mended(off: list[Finding], found: Comparison) -> Iterator[NextStep]:
    """Say how to make rows that are less off."""
    makers = Counter(name for finding in off for name in finding.made_by)
    if makers and len(found.synthetic) > 1:
        name, count = makers.most_common(1)[0]
        numbers = "1 number" if count == 1 else f"{count} numbers"
        yield NextStep(
            f"{name} is off by itself in {numbers}: make fewer rows by it, or none, and compare "
            "again."
        )
    same = [finding.measure for finding in off if _repeats(finding)]
    if same:
        yield NextStep(
            f"The synthetic rows repeat themselves ({', '.join(same)}): take fewer variants of "
            "each real row, so that real rows weigh more.",
            "dataaug mix good.jsonl --ratio 70:30 -o mixed.jsonl",
        )


def _repeats(finding: Finding) -> bool:
    """Is a number off since synthetic rows say too little new? The other way is no repetition."""
    sign = next((s for name, s in _MONOTONE.items() if finding.measure.startswith(name)), 0)
    return sign * (finding.difference or 0.0) > 0


def _looked_at(paths: str, off: list[Finding]) -> Iterator[NextStep]:
    why = "See with your own eyes what is off" if off else "Numbers do not read: have people look"
    yield NextStep(
        f"{why}: a sample of 100 rows, one key a row.",
        f"dataaug spotcheck {paths} --review terminal --verdicts verdicts.jsonl",
    )


def _tested(paths: str, off: list[Finding]) -> Iterator[NextStep]:
    why = (
        "Off is not bad by itself: whether the rows help is measured on real test rows"
        if off
        else "Like the real rows is not yet helpful: that is measured on real test rows"
    )
    yield NextStep(
        f"{why}.",
        f"dataaug evaluate --train train.jsonl --candidate {paths} --test test.jsonl "
        "--html evaluate.html -o evaluate.jsonl",
    )
