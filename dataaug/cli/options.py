"""The options that every verb spells the same."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from types import MappingProxyType
from typing import Any

import typer

from dataaug.cli import paths
from dataaug.cli.declared import Opt, Readers, declare, filled_arguments, with_signature
from dataaug.cli.row_options import RowOptions
from dataaug.cli.run import Run

Verb = Callable[..., None]
"""What does the work of a command, and the command itself."""

_NONE: Mapping[str, Readers] = MappingProxyType({})


def with_run(
    *, only: Sequence[str] = (), readers: Mapping[str, Readers] = _NONE
) -> Callable[[Verb], Verb]:
    """Give a command its options and those of every verb, and hand it a ``Run`` made of the latter.

    A command that takes ``inputs`` itself says there what they are; it reads no stdin unless ``-``
    is among them. Of its other parameters, each :class:`~dataaug.cli.declared.OptionGroup` stands
    for the options of the group.

    Args:
        only: the options of every verb that this one has; empty for all.
        readers: what reads options of groups in this command, where it is not what the group says.
    """
    return partial(_with_run, only, readers)


def _with_run(only: Sequence[str], readers: Mapping[str, Readers], verb: Verb) -> Verb:
    name = verb.__name__.removesuffix("_command").replace("_", "-")
    own = [p for p in inspect.signature(verb).parameters.values() if p.name != "run"]
    stdin = () if any(p.name == "inputs" for p in own) else ("-",)
    shared = [option for option in RowOptions.declared() if not only or option.name in only]
    options = declare(name, shared, own, readers)

    @wraps(verb)
    def command(ctx: typer.Context, **values: Any) -> None:
        values["inputs"] = tuple(values["inputs"] or stdin)
        spelling = _given(ctx)
        paths.refuse(name, values, spelling)
        for option in options.values():
            option.check(values[option.name])
        run = Run(name, _settings(values), RowOptions.of(values), given=spelling)
        with run:
            verb(run, **filled_arguments(own, values))

    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    return with_signature(command, [*(option.parameter() for option in options.values()), context])


def without_run(verb: Verb) -> Verb:
    """Give a command that works on no rows its options."""
    own = inspect.signature(verb).parameters.values()
    options = declare(verb.__name__.removesuffix("_command"), (), own, _NONE)

    @wraps(verb)
    def command(**values: Any) -> None:
        verb(**filled_arguments(own, values))

    return with_signature(command, [option.parameter() for option in options.values()])


def _given(ctx: typer.Context) -> dict[str, str]:
    """Return the options that stand on the command line: name to spelling."""
    found = {}
    for param in ctx.command.params:
        source = ctx.get_parameter_source(param.name or "")
        if param.name and source is not None and source.name == "COMMANDLINE":
            found[param.name] = max(param.opts, key=len)
    return found


_SHARED = frozenset(option.name for option in RowOptions.declared())


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a verb's own options as they go into the report."""
    own = {name: value for name, value in values.items() if name not in _SHARED}
    return {name: value for name, value in own.items() if value not in (None, [], "")}


def shows(kind: str) -> Opt:
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

    return Opt("Show all, with their options.", is_eager=True, callback=show)
