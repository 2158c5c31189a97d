"""The augment command."""

from typing import Annotated

import typer

from dataaug.cli.engine import ENGINE, RAY_ADDRESS, SHARD, WORKERS, engine_spec
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import show_names, with_run
from dataaug.cli.reads import WITHOUT_AUTO
from dataaug.cli.run import Run


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
    from dataaug.api.augment import augment
    from dataaug.augmentation.eda import EDA
    from dataaug.cli.translators import method_options

    if shard:
        run.cut(shard)
    names = method or (list(EDA) if auto else ["synonym"])
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
        llm=llm.connection,
        engine=engine_spec(engine, ray_address),
        workers=workers,
        seed=run.seed,
        stream=True,
    )
    run.write(made.stream())


def _used(names: list[str], *, auto: bool) -> list[str]:
    """Return what options other than those of models and embedders are for."""
    return [*([] if auto else [WITHOUT_AUTO]), *(f"-m {name}" for name in names)]
