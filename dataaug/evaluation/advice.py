"""What to do after a verdict of evaluate: the next command of the pipeline."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from dataaug.evaluation.results import EvaluationResult, GainVerdict, Score
from dataaug.html.pages import NextStep
from dataaug.rows.report import Report


def next_steps(result: EvaluationResult, report: Report) -> list[NextStep]:
    """Return what to do next, by the verdicts; the names of files are those of the run."""
    train = report.settings.get("train") or ("train.jsonl",)
    train = [train] if isinstance(train, str) else list(train)
    best = [verdict for verdict in result.verdicts if verdict.judgement == "helps"]
    if best:
        most = max(best, key=lambda verdict: verdict.gain.value if verdict.gain else 0.0)
        return list(_used(most, _file_of(most.candidate, report)))
    return [*_left_out(result), *_looked_for(result, train)]


def _file_of(candidate: str, report: Report) -> str:
    """Return the file of a candidate, which has its path or its name."""
    there = report.files.get("inputs", ())
    return shlex.quote(
        next((path for path in there if candidate in {path, Path(path).name}), "mixed.jsonl")
    )


def _used(verdict: GainVerdict, path: str) -> Iterator[NextStep]:
    yield NextStep(
        f"Train on {verdict.candidate}. Have people look at a sample of its synthetic rows first: "
        "a score does not see a wrong or odd text that happens to help.",
        f"dataaug spotcheck {path} --review terminal --verdicts verdicts.jsonl",
    )
    yield NextStep(
        "Say what the set holds and how it was made where you hand it on.",
        f"dataaug card {path} -o README.md",
    )


def _left_out(result: EvaluationResult) -> Iterator[NextStep]:
    """Name the methods that surely do harm."""
    harmful = [score.without for score in result.scores if _does_harm(score)]
    if harmful:
        yield NextStep(
            f"Leave {' and '.join(dict.fromkeys(harmful))} out: rows made so surely cost points "
            "here (see below, which method helped)."
        )


def _does_harm(score: Score) -> bool:
    whole = score.kind == "without" and score.scope == "whole"
    return whole and any(gain.macro_f1.high < 0 for gain in score.gains)


_SAID = {
    "hurts": "Train on the real rows alone: these synthetic rows cost points.",
    "no difference": "Train on the real rows alone: these synthetic rows add nothing.",
    "no better than repeating": "What helped here is more copies, not new texts: repeat the real "
    "rows or weight the rare labels, which is cheaper.",
    "cannot tell": "Change nothing yet: the difference is smaller than this test set can show.",
}


def _looked_for(result: EvaluationResult, train: Sequence[str]) -> Iterator[NextStep]:
    """Say what may help more, and what it takes to tell."""
    named = " ".join(f"--train {shlex.quote(path)}" for path in train)
    for judgement in dict.fromkeys(verdict.judgement for verdict in result.verdicts):
        yield NextStep(_SAID[judgement])
    yield NextStep(
        "Let recipes race inside the train rows, doing nothing among them: it costs no test row.",
        f"dataaug tune {shlex.join(train)} -o tuned.jsonl",
    )
    yield NextStep(
        "Real rows teach most: label those of a pool that a classifier is unsure of.",
        f"dataaug label pool.jsonl {named} --ask 100 --review terminal "
        "--verdicts labels.jsonl -o labelled.jsonl",
    )
