"""The augment command."""

from typing import Annotated, Any

import typer

from dataaug.cli.engine import ENGINE, RAY_ADDRESS, SHARD, WORKERS, load_engine
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import show_names, with_run
from dataaug.cli.reads import WITHOUT_AUTO
from dataaug.cli.run import Run
from dataaug.errors import UsageError


@with_run
@with_llm
def augment_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,
    method: Annotated[
        list[str] | None,
        typer.Option("-m", "--method", help="Method; repeatable. Default: synonym."),
    ] = None,
    variants: Annotated[
        int, typer.Option("-n", "--variants", help="Variants per row and method.", min=1)
    ] = 1,
    option: Annotated[
        list[str] | None,
        typer.Option("-p", "--option", help="method.key=value; see --list-methods."),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", help="Language to translate into, with -m translation.")
    ] = "",
    task: Annotated[
        str, typer.Option("--task", help="classification; extraction refuses methods unfit for it.")
    ] = "classification",
    auto: Annotated[
        bool,
        typer.Option("--auto", help="Rate and variants by the number of real rows (EDA, table 3)."),
    ] = False,
    protect: Annotated[
        list[str] | None,
        typer.Option("--protect", help="Regular expression that no edit may touch; repeatable."),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--labels", help="Vary only rows of these labels; repeatable."),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="Evaluation rows: vary none of them; repeatable."),
    ] = None,
    synthetic_only: Annotated[
        bool, typer.Option("--synthetic-only", help="Write the new rows only.")
    ] = False,
    engine: Annotated[str, ENGINE] = "local",
    workers: Annotated[int, WORKERS] = 0,
    ray_address: Annotated[str, RAY_ADDRESS] = "",
    shard: Annotated[str, SHARD] = "",
    list_methods: Annotated[bool, show_names("--list-methods", "methods")] = False,  # noqa: ARG001
) -> None:
    """Pass rows through and add variants of the real ones.

    Each real row is followed by its variants; a variant that can't be made goes to --rejects.
    """
    from dataaug import plugins
    from dataaug.augmentation import eda
    from dataaug.augmentation import run as verb
    from dataaug.cli.translators import method_options

    if llm.connection is not None and (workers > 1 or engine != "local"):
        raise UsageError(
            "--workers and --engine have no use with a language model, whose requests run side "
            "by side in one process: leave them out, and set --concurrency"
        )
    where = load_engine(engine, workers, ray_address)
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
