"""The augment command."""

from typing import Annotated

from dataaug.cli.declared import FreeText, FreeTexts, Opt, Way
from dataaug.cli.engine import EngineOptions
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import shows, with_run
from dataaug.cli.reads import WITHOUT_AUTO
from dataaug.cli.run import Run


@with_run()
@with_llm
def augment_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,  # noqa: ARG001 - it is in the session; the decorator hands it to every command
    *,
    method: Annotated[
        FreeTexts, Opt("Method; repeatable. Default: synonym.", "-m", kind="methods")
    ] = None,
    variants: Annotated[
        int, Opt("Variants per row and method.", "-n", min=1, readers=(WITHOUT_AUTO,))
    ] = 1,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("method.key=value; see --list-methods.", "-p")
    ] = None,
    to: Annotated[
        FreeText,
        Opt("Language to translate into, with -m translation.", readers=("-m translation",)),
    ] = "",
    task: Annotated[
        FreeText, Opt("classification; extraction refuses methods unfit for it.")
    ] = "classification",
    auto: Annotated[
        bool,
        Opt(
            "Without -m the method that helped on rows like these, or none (docs/evidence.md); "
            "with -m rate and variants by the number of real rows (EDA, table 3)."
        ),
    ] = False,
    protect: Annotated[
        FreeTexts, Opt("Regular expression that no edit may touch; repeatable.")
    ] = None,
    labels: Annotated[FreeTexts, Opt("Vary only rows of these labels; repeatable.")] = None,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: vary none of them; repeatable.")
    ] = None,
    synthetic_only: Annotated[bool, Opt("Write the new rows only.")] = False,
    engine: EngineOptions,
    shard: Annotated[FreeText, Opt("K/N: do only part K of N; see dataaug merge.")] = "",
    list_methods: Annotated[bool, shows("methods")] = False,  # noqa: ARG001
) -> None:
    """Pass rows through and add variants of the real ones.

    Each real row is followed by its variants; a variant that can't be made goes to --rejects.

    Examples:
        dataaug augment train.jsonl -m synonym -n 2 -o more.jsonl
        dataaug augment train.jsonl -m typo -p typo.rate=0.05 -o typos.jsonl
        dataaug augment train.jsonl -m swap -m delete | dataaug filter -o good.jsonl
    """
    from dataaug import plugins
    from dataaug.api.augment import augment
    from dataaug.cli.translators import method_options

    if shard:
        run.cut(shard)
    names = method or ([] if auto else ["synonym"])
    given = method_options(option or [], names, to)
    specs = [plugins.Spec(name, given[name]) for name in dict.fromkeys(names)]
    demand(run, (("methods", spec) for spec in specs), *_used(names, auto=auto))
    made = augment(
        run.input(),
        specs,
        n=variants,
        auto=auto,
        task=task,
        protect=protect or (),
        labels=labels,
        against=against,
        synthetic_only=synthetic_only,
        engine=engine.spec(),
        workers=engine.workers,
        seed=run.seed,
        stream=True,
    )
    run.write(made.stream())


def _used(names: list[str], *, auto: bool) -> list[str]:
    """Return what options other than those of models and embedders are for."""
    return [*([] if auto else [WITHOUT_AUTO]), *(f"-m {name}" for name in names)]
