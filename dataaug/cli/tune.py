"""The tune command."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, FreeTexts, Opt, Way
from dataaug.cli.llm import Llm, with_llm
from dataaug.cli.options import with_run
from dataaug.cli.reads import ASKS, EMBEDS, embedders
from dataaug.cli.run import Run
from dataaug.cli.vectors import Memory
from dataaug.embedders import AUTO
from dataaug.plugins import Spec
from dataaug.search import NEAR_DUPLICATE
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.tuning.run import RecipeScore, TuneSummary

_LONGEST_NOTE = 60


@with_run()
@with_llm
def tune_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,
    *,
    pool: Annotated[
        list[str] | None, Way.READ, Opt("File of real rows without labels; repeatable.")
    ] = None,
    recipe: Annotated[
        FreeTexts,
        Opt("Recipe to race; repeatable. Default: all that can be made, but back-translation."),
    ] = None,
    classifier: Annotated[
        FreeText, Opt("embedding, tfidf, or finetune (slow on a CPU).", kind="classifiers")
    ] = "embedding",
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("classifier.key=value, as in tfidf.c=1.", "-p")
    ] = None,
    metric: Annotated[
        Literal["macro_f1", "accuracy"], Opt("What the race is about: macro_f1 or accuracy.")
    ] = "macro_f1",
    budget: Annotated[FreeText, Opt("Time at most, as 10m. Default: until the race is over.")] = "",
    fits: Annotated[int | None, Opt("Fits at most: a limit that gives equal rows.")] = None,
    journal: Annotated[
        str, Way.KEPT, Opt("File that keeps the scores. Default: OUTPUT.race.")
    ] = "",
    similarity: Annotated[
        float, Opt("Rows stay in one fold from this cosine on.")
    ] = NEAR_DUPLICATE,
    embedder: Annotated[FreeText, Opt(vectors.WHICH)] = AUTO,
    html: Annotated[str, Way.WRITTEN, Opt("File for a page with the race.")] = "",
    memory: Memory = "",  # noqa: ARG001 - it is in the session
) -> None:
    """Find the recipe for more train rows that pays, by cross-validation inside the train rows.

    Writes the train set of the simplest recipe that is as good as the best; doing nothing is one.
    No test set is read. A table and the commands that make the same set go to stderr.

    Examples:
        dataaug tune train.jsonl -o best.jsonl
        dataaug tune train.jsonl --pool pool.jsonl --budget 10m -o best.jsonl
        dataaug tune train.jsonl --model gpt-4o-mini --max-cost 1 -o best.jsonl
    """
    from dataaug import plugins
    from dataaug.api.tune import tune

    spec = Spec(classifier, plugins.parse_options(option or [], [classifier])[classifier])
    page = run.html(html)
    run.uses(EMBEDS, *([ASKS] if llm.connection else []))
    own = embedders("classifiers", spec, vectors.standing_for(""))
    vectors.demand_embedders({vectors.standing_for(embedder)} | own)
    if not journal and run.keeps_output:
        journal = f"{run.output}.race"
        run.report.settings["journal"] = journal
    made = tune(
        run.input(),
        pool=pool,
        recipe=recipe or (),
        classifier=spec,
        metric=metric,
        fits=fits,
        budget=budget or None,
        journal=journal,
        similarity=similarity,
        embedder=embedder,
        seed=run.seed,
        stream=True,
    )
    run.write(made.stream())
    run.progress.stop()
    for line in _table(made.report.summary):
        run.say(line)
    if page is not None:
        page.write(made.html().encode())


def _table(found: "TuneSummary") -> Iterator[str]:
    """Yield lines for people: the recipes, and what makes the train set again."""
    width = max(len(one.recipe) for one in found.recipes)
    yield f"{found.metric} in points over doing nothing, 95 % intervals; {found.fits:,} fits"
    yield f"  {'recipe':<{width}}  folds  {found.metric:>8}  {'gain':<21}  expected"
    for one in found.recipes:
        yield f"  {one.recipe:<{width}}  {one.fits:>5}  {_said(one, len(found.metric))}"
    yield f"chosen: {found.recipe}"
    for line in found.commands or ["the train rows as they are"]:
        yield f"  {safe(line, 2000)}"
    if found.trained != found.classifier:
        yield f"  train them by {safe(found.trained, 200)}"


def _said(one: "RecipeScore", width: int) -> str:
    if one.score is None or one.gain is None or one.low is None or one.high is None:
        note = safe(one.note, 1000).partition(": ")
        return f"{one.state}: {note[2] or note[0]}"[:_LONGEST_NOTE]
    low, high = max(one.low, -1.0), min(one.high, 1.0)
    gain = f"{100 * one.gain:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    expected = f"{100 * (one.expected or 0.0):+.1f}"
    return f"{100 * one.score:>{max(width, 8)}.1f}  {gain:<21}  {expected:>8}  {one.state}"
