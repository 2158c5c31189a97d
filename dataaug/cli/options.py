"""The options that every verb spells the same."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from dataaug.cli import paths
from dataaug.cli.reads import READS
from dataaug.cli.run import Run
from dataaug.rows.record import Schema


def _opt(*names: str, text: str) -> Any:
    return typer.Option(*names, help=text)


def _shared(  # noqa: PLR0913 - the options of every verb; only its signature is used
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            help="JSONL files, .gz and .zst too; none or - is stdin.", show_default=False
        ),
    ] = None,
    output: Annotated[
        str, _opt("-o", "--output", text="File to write; it appears only when it is whole.")
    ] = "-",
    rejects: Annotated[str, _opt("--rejects", text="File for rejected rows with reasons.")] = "",
    report: Annotated[str, _opt("--report", text="File for the counts of the run, as JSON.")] = "",
    seed: Annotated[
        int | None, _opt("--seed", text="Equal seeds give equal rows. Default: 0.")
    ] = None,
    text_field: Annotated[str, _opt("--text-field", text="Field with the text.")] = "text",
    label_field: Annotated[str, _opt("--label-field", text="Field with the label.")] = "label",
    id_field: Annotated[str, _opt("--id-field", text="Field with the row's id.")] = "id",
    spans_field: Annotated[
        str, _opt("--spans-field", text="Field with character spans.")
    ] = "spans",
    origin: Annotated[
        str, _opt("--origin", text="auto, or synthetic for rows that another tool made.")
    ] = "auto",
    on_error: Annotated[
        str, _opt("--on-error", text="fail at a bad row, or skip it and go on.")
    ] = "fail",
    allow_empty: Annotated[
        bool, _opt("--allow-empty", text="No rows, in or out, are a success: exit 0.")
    ] = False,
    quiet: Annotated[bool, _opt("-q", "--quiet", text="Say nothing but errors.")] = False,
    progress: Annotated[
        bool | None, _opt("--progress/--no-progress", text="Default: on a terminal only.")
    ] = None,
) -> None: ...


def with_run(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a command the shared options that it reads and hand it a ``Run`` made of them.

    A command that takes ``inputs`` itself says there what they are; it reads no stdin unless ``-``
    is among them.
    """
    name = verb.__name__.removesuffix("_command").replace("_", "-")
    every = inspect.signature(_shared).parameters
    shared = {key: value for key, value in every.items() if key in READS[name]}
    unread = {key: value.default for key, value in every.items() if key not in shared}
    own = inspect.signature(verb).parameters
    extra = {name: value for name, value in own.items() if name not in {"run", "inputs"}}
    stdin = () if "inputs" in own else ("-",)
    shared["inputs"] = own.get("inputs", shared["inputs"])

    @wraps(verb)
    def command(ctx: typer.Context, **given: Any) -> None:
        common = {**unread, **{key: given.pop(key) for key in shared}}
        common["inputs"] = tuple(common["inputs"] or stdin)
        spelling = _given(ctx)
        paths.refuse(name, {**common, **given}, spelling)
        run = Run(name, _settings(given), given=spelling, **_arguments(common))
        with run:
            verb(run, **given, **({} if stdin else {"inputs": run.inputs}))

    merged = [*shared.values(), *extra.values()]
    keyword = inspect.Parameter.KEYWORD_ONLY
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    merged.append(inspect.Parameter("ctx", keyword, annotation=typer.Context))
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(kind=positional if p.name == "inputs" else keyword) for p in merged]
    )
    command.__annotations__ = {p.name: p.annotation for p in merged} | {"return": None}
    del command.__wrapped__
    return command


def _given(ctx: typer.Context) -> dict[str, str]:
    """Return the options that stand on the command line: name to spelling."""
    found = {}
    for param in ctx.command.params:
        source = ctx.get_parameter_source(param.name or "")
        if param.name and source is not None and source.name == "COMMANDLINE":
            found[param.name] = max(param.opts, key=len)
    return found


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """Return a verb's own options as they go into the report."""
    return {key: value for key, value in given.items() if value not in (None, [], "")}


def _arguments(common: dict[str, Any]) -> dict[str, Any]:
    schema = Schema(*(common.pop(f"{name}_field") for name in ("text", "label", "id", "spans")))
    return {**common, "schema": schema}


def show_names(flag: str, kind: str) -> Any:
    """Return an option that lists the implementations of a kind with their options, and leaves."""

    def show(*, value: bool) -> None:
        if not value:
            return
        from dataaug import plugins

        for name in plugins.names(kind):
            print(f"{name}: {plugins.summary(kind, name)}")
            for option in plugins.describe(kind, name):
                print(f"    -p {name}.{option}")
        raise typer.Exit

    return typer.Option(flag, is_eager=True, callback=show, help="Show all, with their options.")
