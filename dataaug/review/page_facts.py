"""What a review page says beside its rows: of which run it is, and what to do after it."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dataaug.html.pages import NextStep, run_facts
from dataaug.rows.report import Report

_OF_A_REVIEW = ("--review", "--reviewer", "--embedder", "--option", "-p")
"""Options that a run without a reviewer does not read; each has a value."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What stands on a review page beside its rows.

    Attributes:
        command: the command line; empty in Python.
        facts: date, version, and the files with their rows.
        steps: what to do when all rows have a verdict, the first first.
    """

    command: str = ""
    facts: Sequence[str] = ()
    steps: Sequence[NextStep] = ()


def spotcheck_facts(report: Report) -> PageFacts:
    """Return what the page of a spot-check says beside its rows; the rows were read already."""
    return PageFacts(report.command, run_facts(report.settings, report), [*_after_check(report)])


def label_facts(report: Report) -> PageFacts:
    """Return what the page says on which people label rows; the rows were read already."""
    return PageFacts(report.command, run_facts(report.settings, report), [*_after_labels(report)])


def _after_check(report: Report) -> Iterator[NextStep]:
    written = report.files.get("output", ())
    if written:
        yield NextStep(
            "Back in the terminal: whether the rows are good enough, and what the bad ones have in "
            f"common. If they are, they are in {shlex.join(written)} without the bad ones."
        )
    else:
        yield NextStep(
            "Write the rows without the bad ones, if they are good enough. The terminal says "
            "whether they are, and what the bad ones have in common.",
            _concluding(report.command),
        )
    checked = shlex.join(written) or "checked.jsonl"
    yield NextStep(
        "Then measure on real rows whether they help.",
        f"dataaug evaluate --train train.jsonl --candidate {checked} --test test.jsonl",
    )


def _after_labels(report: Report) -> Iterator[NextStep]:
    written = shlex.join(report.files.get("output", ()))
    if written:
        yield NextStep(
            f"The rows that have a label now are in {written}: real rows, to train with. Rows "
            "without an answer come again by the same command.",
            f"cat train.jsonl {written} > more.jsonl",
        )
    else:
        yield NextStep(
            "Write the rows that have a label now; they are real rows, to train with.",
            _concluding(report.command, "labelled.jsonl"),
        )


def _concluding(command: str, output: str = "checked.jsonl") -> str:
    """Return the command line that reads the verdicts of another one; empty without one."""
    words = iter(shlex.split(command))
    kept = []
    for word in words:
        if word in _OF_A_REVIEW:
            next(words, "")
        elif word.partition("=")[0] not in _OF_A_REVIEW:
            kept.append(word)
    return shlex.join([*kept, "-o", output]) if kept else ""
