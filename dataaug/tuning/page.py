"""The page of tune: the race, what was chosen, and the commands that make it again."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataaug.html import plots
from dataaug.html.pages import Cell, NextStep, Toned, render_page
from dataaug.html.plots import IntervalMark
from dataaug.html.svg import Plot
from dataaug.rows.report import Report
from dataaug.tuning import MOST_ROUNDS, UNCHANGED

if TYPE_CHECKING:
    from dataaug.tuning.run import RecipeScore, TuneSummary

_TONES = {"chosen": "good", "raced out": "bad", "left out": "muted"}


def render(report: "Report[TuneSummary]") -> str:
    """Return the race as a page."""
    found = report.summary
    raced = [one for one in found.recipes if one.score is not None]
    return render_page(
        "tuning/page.html.j2",
        report.settings,
        report,
        _steps(found, report),
        chosen=_chosen(found),
        warnings=list(dict.fromkeys(report.warnings)),
        metric=found.metric.replace("_", "-"),
        plot=_plot(raced),
        race=[_row(one) for one in raced],
        left_out=[(one.recipe, one.note) for one in found.recipes if one.score is None],
        fits={"fits": f"{found.fits:,}", "rounds": f"{found.rounds} of {MOST_ROUNDS}",
              "recipes": f"{len(raced):,}"},
    )  # fmt: skip


def _chosen(found: "TuneSummary") -> dict[str, str]:
    one = next(each for each in found.recipes if each.recipe == found.recipe)
    if found.recipe == UNCHANGED:
        said = "No recipe is expected to bring a point over the rows as they are."
        return {"word": "Change nothing", "said": said, "tone": ""}
    said = (
        f"{_points(one.expected)} points are expected of it, after {one.fits} folds and what it "
        "brought on other sets; the rows held out were real rows of the train set."
    )
    return {"word": found.recipe, "said": said, "tone": "good"}


def _steps(found: "TuneSummary", report: Report) -> list[NextStep]:
    """Return what to do next: confirm, and how to make the same set again."""
    train = shlex.join(report.files.get("inputs", ())) or "train.jsonl"
    if found.recipe == UNCHANGED:
        said = (
            "Get more real rows: label --ask chooses those that teach most, and a file of "
            "unlabelled rows (--pool) is one more recipe."
        )
        return [NextStep(said, f"dataaug label pool.jsonl --train {train} --ask 150 "
                "--review web --verdicts answers.jsonl -o labelled.jsonl")]  # fmt: skip
    best = shlex.join(report.files.get("output", ())) or "best.jsonl"
    confirm = NextStep(
        f"Confirm the gain on real rows that had no part in this, with {found.trained}.",
        f"dataaug evaluate --train {train} --candidate {best} --test test.jsonl "
        f"{_classifier(found.trained)}",
    )
    titles = ["The same train set again:", *["And then:"] * (len(found.commands) - 1)]
    return [confirm, *map(NextStep, titles, found.commands)]


def _classifier(trained: str) -> str:
    """Return the options of evaluate that name a classifier, as ``tfidf(c=0.1)``."""
    name, _, options = trained.partition("(")
    own = [f"-p {name}.{option}" for option in options.rstrip(")").split(",") if option]
    return " ".join([f"--classifier {name}", *own])


def _plot(raced: Sequence["RecipeScore"]) -> Plot | None:
    marks = [
        IntervalMark(one.recipe, *(100 * max(-1.0, min(1.0, value or 0.0))
                                   for value in (one.gain, one.low, one.high)))
        for one in raced if one.recipe != UNCHANGED
    ]  # fmt: skip
    return plots.interval_plot("Gain over doing nothing", marks, "points, with 95 % intervals")


def _row(one: "RecipeScore") -> tuple[Cell, ...]:
    state = Toned(one.state, _TONES.get(one.state, ""))
    score = f"{100 * (one.score or 0):.1f}"
    if one.recipe == UNCHANGED:
        return one.recipe, state, str(one.fits), score, "", "", ""
    low, high = (f"{100 * max(-1.0, min(1.0, value or 0.0)):+.1f}" for value in (one.low, one.high))
    return (one.recipe, state, str(one.fits), score, _points(one.gain), f"{low} to {high}",
            _points(one.expected))  # fmt: skip


def _points(share: float | None) -> str:
    return f"{100 * (share or 0.0):+.1f}"
