"""What the reports of runs say: how rows were made, what was rejected, what they are worth."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from dataaug.errors import InputError

RunReport = Mapping[str, Any]
"""The report of a run, as ``--report`` writes it."""

_SHOWN = ("methods", "with_", "task", "variants", "to", "checks", "ratio", "stratify", "measures",
          "classifier", "metric", "repeats", "seed")  # fmt: skip
"""Settings that say how rows were made or judged. Others may name files of a person's machine."""


_FOLDERS = re.compile(r"(?<![\w.:/])/(?:[^\s,()/=]+/)+")


class Step(NamedTuple):
    """A run.

    Attributes:
        verb: the command.
        settings: how, in words.
        read: rows that came in.
        written: rows that went out.
        rejected: rows and variants that did not.
    """

    verb: str
    settings: str
    read: int
    written: int
    rejected: int


@dataclass(frozen=True, slots=True)
class History:
    """What the reports say together.

    Attributes:
        steps: the runs, in the order in which they are given.
        rejected: verb, reason and count.
        models: language models that were asked.
        error_rates: a sentence for each spot check.
        verdicts: a sentence for each evaluated candidate.
        biases: a sentence for each number of ``compare`` that is off, and for what it warned of.
        compared: was a comparison among the runs?
        synthetic: the most synthetic rows that a run wrote.
    """

    steps: tuple[Step, ...]
    rejected: tuple[tuple[str, str, int], ...]
    models: tuple[str, ...]
    error_rates: tuple[str, ...]
    verdicts: tuple[str, ...]
    biases: tuple[str, ...]
    compared: bool
    synthetic: int


def read_report(path: str | os.PathLike[str]) -> RunReport:
    """Read the report of a run.

    Raises:
        InputError: it is not there, or is no report.
    """
    try:
        found = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise InputError(f"{os.fspath(path)}: not JSON: {error.msg}") from error
    demand_report(found, os.fspath(path))
    return found  # type: ignore[no-any-return]


def demand_report(found: Any, name: str) -> None:
    """Refuse what is no report of a run.

    Raises:
        InputError: it is none; the message begins with ``name``.
    """
    parts = {"verb": str, "settings": dict, "rows": dict, "rejected": dict, "details": dict,
             "warnings": list}  # fmt: skip
    good = isinstance(found, dict) and all(
        isinstance(found.get(part), kind) for part, kind in parts.items()
    )
    try:
        if good:
            history_of([found])
            return
    except (AttributeError, KeyError, TypeError, ValueError):
        good = False
    raise InputError(f"{name}: is no report of a run: --report FILE of a command writes one")


def history_of(reports: Sequence[RunReport]) -> History:
    """Return what reports say together."""
    details = [report["details"] for report in reports]
    return History(
        tuple(map(_step, reports)),
        tuple((report["verb"], reason, count) for report in reports
              for reason, count in report["rejected"].items()),
        _once(_bare(found["llm"]["model"]) for found in details if "llm" in found),
        tuple(_error_rate(found["spotcheck"]["answer"]) for found in details
              if "spotcheck" in found),
        tuple(_bare(verdict["sentence"]) for found in details
              for verdict in found.get("evaluate", {}).get("verdicts", ())),
        _once(said for report in reports if "compare" in report["details"]
              for said in _biases(report)),
        any("compare" in found for found in details),
        max((report["rows"].get("written_synthetic", 0) for report in reports), default=0),
    )  # fmt: skip


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _step(report: RunReport) -> Step:
    rows, settings = report["rows"], report["settings"]
    told = [f"{name.rstrip('_').replace('_', ' ')} {_plain(settings[name])}" for name in _SHOWN
            if name in settings]  # fmt: skip
    counts = (rows.get(name, 0) for name in ("read", "written", "rejected"))
    return Step(report["verb"], _bare("; ".join(told)), *counts)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _bare(text: str) -> str:
    """Return a text without the folders of files: they are nobody's business."""
    return _FOLDERS.sub("", text)


def _error_rate(answer: Mapping[str, Any]) -> str:
    if not answer["reviewed"]:
        return "No row was reviewed."
    low, high = answer["interval_95"]
    return (
        f"{answer['errors']:,} of {answer['reviewed']:,} reviewed rows are bad: "
        f"{answer['error_rate']:.1%} of all synthetic rows (95 % interval {low:.1%} to "
        f"{high:.1%}). Verdict: {answer['verdict']}, {answer['why']}."
    )


def _biases(report: RunReport) -> list[str]:
    off = report["details"]["compare"]["off"]
    return [*(f"{each['measure']}: {each['message']}" for each in off), *report["warnings"]]
