"""The augment command."""

from typing import Annotated, Any

from dataaug.cli.declared import Opt, Text, Texts, Way
from dataaug.cli.engine import EngineOptions
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import shows, with_run
from dataaug.cli.reads import WITHOUT_AUTO
from dataaug.cli.run import Run
from dataaug.errors import UsageError


@with_run()
@with_llm
def augment_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,
    *,
    method: Annotated[Texts, Opt("Method; repeatable. Default: synonym.", "-m")] = None,
    variants: Annotated[
        int, Opt("Variants per row and method.", "-n", min=1, readers=(WITHOUT_AUTO,))
    ] = 1,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("method.key=value; see --list-methods.", "-p")
    ] = None,
    to: Annotated[
        Text, Opt("Language to translate into, with -m translation.", readers=("-m translation",))
    ] = "",
    task: Annotated[
        Text, Opt("classification; extraction refuses methods unfit for it.")
    ] = "classification",
    auto: Annotated[
        bool, Opt("Rate and variants by the number of real rows (EDA, table 3).")
    ] = False,
    protect: Annotated[Texts, Opt("Regular expression that no edit may touch; repeatable.")] = None,
    labels: Annotated[Texts, Opt("Vary only rows of these labels; repeatable.")] = None,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: vary none of them; repeatable.")
    ] = None,
    synthetic_only: Annotated[bool, Opt("Write the new rows only.")] = False,
    engine: EngineOptions,
    shard: Annotated[Text, Opt("K/N: do only part K of N; see dataaug merge.")] = "",
    list_methods: Annotated[bool, shows("methods")] = False,  # noqa: ARG001
) -> None:
    """Pass rows through and add variants of the real ones.

    Each real row is followed by its variants; a variant that can't be made goes to --rejects.
    """
    from dataaug import plugins
    from dataaug.augmentation import eda
    from dataaug.augmentation import run as verb
    from dataaug.cli.translators import method_options

    if llm.connection is not None and engine.many:
        raise UsageError(
            "--workers and --engine have no use with a language model, whose requests run side "
            "by side in one process: leave them out, and set --concurrency"
        )
    where = engine.load()
    if shard:
        run.cut(shard)
    names = method or (list(eda.EDA) if auto else ["synonym"])
    given = method_options(option or [], names, to)
    specs = tuple(plugins.Spec(name, given[name]) for name in dict.fromkeys(names))
    demand(run, (("methods", spec) for spec in specs), *_used(names, auto=auto))
    verb.fit(specs, task)
    settings: dict[str, Any] = {
        "seed": run.seed,
        "protect": tuple(protect or ()),
        "labels": frozenset(labels) if labels else None,
        "synthetic_only": synthetic_only,
        "connection": llm.connection,
    }
    if against:
        from dataaug import leakage

        evaluation = leakage.Evaluation(run.evaluation(against))
        settings["barred_ids"], settings["barred_texts"] = evaluation.barred()
    records, there = run.whole()
    if auto:
        work, records = eda.auto(records, specs, **settings)
    else:
        work = verb.Augmentation(specs, variants, **settings)
    run.report.settings["methods"] = [str(spec) for spec in work.methods]
    run.report.settings["variants"] = work.count
    run.write(verb.augment(records, work, there=there, engine=where, report=run.report))


def _used(names: list[str], *, auto: bool) -> list[str]:
    """Return what options other than those of models and embedders are for."""
    return [*([] if auto else [WITHOUT_AUTO]), *(f"-m {name}" for name in names)]
