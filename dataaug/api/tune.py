"""``tune``: which recipe for more train rows pays, and its train set."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Unpack

from dataaug.api import arguments, inputs, recipes, sessions, specs
from dataaug.api.inputs import RowsLike
from dataaug.api.results import Result
from dataaug.api.sessions import Asking
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.llms.urls import without_secrets
from dataaug.rows.files import STDIO
from dataaug.rows.record import Record
from dataaug.search import NEAR_DUPLICATE
from dataaug.sessions import Connection
from dataaug.tuning import run as verb
from dataaug.tuning.run import Contender, RecipeScore, TuneSummary, Tuning

_METRICS = ("macro_f1", "accuracy")


class Tuned(Result[TuneSummary]):
    """The train set of the recipe that was chosen, and what the race said of all of them."""

    @property
    def recipe(self) -> str:
        """The name of the recipe; ``nothing`` leaves the train rows as they are."""
        _ = self.rows
        return self.report.summary.recipe

    @property
    def scores(self) -> list[RecipeScore]:
        """What became of each recipe, the simplest one first."""
        _ = self.rows
        return self.report.summary.recipes

    @property
    def commands(self) -> list[str]:
        """The commands that make the same train set; none where it is the train rows."""
        _ = self.rows
        return self.report.summary.commands

    def html(self) -> str:
        """Return a page with the race: one file that needs no network."""
        from dataaug.tuning.page import render  # noqa: PLC0415 - for those who want a page

        if not self._streamed:
            _ = self.rows
        return render(self.report)

    def write_html(self, path: str | PathLike[str]) -> None:
        """Write the page.

        Raises:
            OSError: it can't be written.
        """
        Path(path).write_text(self.html(), encoding="utf-8")


@for_python
def tune(  # noqa: PLR0913 - the options of the command
    rows: RowsLike,
    *,
    pool: RowsLike = None,
    recipe: str | Iterable[str] = (),
    classifier: Named = "embedding",
    metric: str = "macro_f1",
    fits: int | None = None,
    budget: str | None = None,
    journal: str | PathLike[str] = "",
    similarity: float = NEAR_DUPLICATE,
    embedder: Named | None = None,
    seed: int = 0,
    stream: bool = False,
    **asking: Unpack[Asking],
) -> Tuned:
    """Find the recipe for more train rows that pays, by cross-validation inside the train rows.

    No test set is read: :func:`~dataaug.evaluate` confirms on one what was found.

    Args:
        rows: the real train rows, with labels.
        pool: real rows without labels, for the recipe ``pseudo-labels``.
        recipe: recipes to race, against doing nothing. Default: all that can be made, but
            ``back-translation``.
        classifier: ``embedding``, ``tfidf`` or ``finetune``, which is slow on a CPU;
            ``da.classifier(name, option=value)`` has options.
        metric: what the race is about: ``macro_f1`` or ``accuracy``.
        fits: fits at most; equal numbers give equal rows. Default: until the race is over.
        budget: time at most, as ``10m``; where it ends the race depends on the machine.
        journal: a file that keeps the score of each fit; with it, the same call goes on where it
            was stopped.
        similarity: cosine similarity from which on two rows stay in one fold, above 0, at most 1.
        embedder: what finds near-duplicates. Default: one that knows the languages of all rows.
        seed: equal seeds give equal rows.
        stream: hand out rows one by one, see :meth:`Result.stream`.
        asking: the language model, for the recipes ``paraphrase`` and ``generate``, and the most
            that all folds together may cost, see :class:`~dataaug.api.sessions.ModelKeywords`; and
            how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: a recipe is unknown or lacks its pool or its model, or an option has a value
            that is none.
        InputError: a row is synthetic or has no label, there are too few, or the journal is none.
        TrainingError: the classifier learns nothing from the rows as they are.
    """
    reading, own = sessions.of_verb(asking)
    asked = recipes.contestants(
        arguments.as_strings("recipe", recipe),
        pool=pool is not None,
        model=own.settings.connection is not None,
    )
    given = inputs.of("tune", rows, reading)
    task = Tuning(
        specs.one("classifiers", classifier),
        arguments.chosen("--metric", metric, _METRICS),  # type: ignore[arg-type]
        None if fits is None else arguments.as_int("fits", fits, least=1),
        None if budget is None else verb.parse_budget(budget),
        arguments.as_path("journal", journal),
        specs.embedder(embedder),
        arguments.number("similarity", similarity),
        arguments.as_int("seed", seed),
    )
    kitchen = recipes.Kitchen(
        given.schema,
        task.seed,
        None if pool is None else list(given.beside(pool, "pool")),
        task.embedder,
        task.similarity,
        [path for path in given.paths if path != STDIO] or ["train.jsonl"],
        given.paths_beside(pool) or ["pool.jsonl"],
        given.skips,
        task.classifier,
        _named(own.settings.connection),
    )

    def contenders(records: Sequence[Record]) -> list[Contender]:
        counts = Counter(record.label or "" for record in records)
        return [kitchen.contender(each, counts) for each in asked]

    outcomes = verb.tune(
        given.records(), contenders, task, report=given.report, notify=given.notify
    )
    return Tuned(sessions.asking(outcomes, given.report, own), given, stream=stream)


def _named(asked: Connection | None) -> str:
    """Return the options that name a language model, without what is secret in them."""
    if asked is None:
        return ""
    given = {key: str(asked.spec.options.get(key, "")) for key in ("model", "base_url")}
    given["base_url"] = without_secrets(given["base_url"])
    return shlex.join(
        word for key, value in given.items() if value
        for word in (f"--{key.replace('_', '-')}", value)
    )  # fmt: skip
