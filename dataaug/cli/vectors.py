"""The options of every command that embeds, spelled the same everywhere."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Annotated, Any

import typer

from dataaug import machine, sessions
from dataaug.cli.reads import EMBEDDING, knows
from dataaug.cli.run import Run
from dataaug.errors import UsageError
from dataaug.sessions import Session, Settings
from dataaug.text.printable import safe

_PREFIX = "embedder."

MEMORY = typer.Option(
    "--memory", help="Memory for vectors, as 4GB; more go to a file. Default: half of what is free."
)


def _shared(
    option: Annotated[
        list[str] | None, typer.Option("-p", "--option", help="embedder.key=value.")
    ] = None,
    cache: Annotated[
        str, typer.Option("--cache", help="Folder for vectors, or off. Default: the user's cache.")
    ] = "",
    memory: Annotated[str, MEMORY] = "",
) -> None: ...


def with_vectors(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of embedding, and the session that they make.

    It stands below ``with_run``. Of the command's own ``-p``, those of the embedder
    (``-p embedder.runtime=openvino``) are taken out; a command without ``-p`` gets one.
    """
    own = inspect.signature(verb).parameters
    extra = [value for name, value in inspect.signature(_shared).parameters.items()
             if name not in own]  # fmt: skip

    @wraps(verb)
    def command(run: Run, **given: Any) -> None:
        options = given.pop("option", None)
        note(run, options)
        mine, settings = parsed(options, given.pop("cache"), given.pop("memory"))
        if "option" in own:
            given["option"] = mine
        elif mine:
            raise UsageError(f"-p {safe(mine[0])!r}: only embedder.key=value has a meaning here")
        with Session(settings, run.say):
            verb(run, **given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    first, *rest = own.values()
    merged = [first, *(p.replace(kind=keyword) for p in (*rest, *extra))]
    command.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in merged} | {"return": None}
    del command.__wrapped__
    return command


def note(run: Run, options: Sequence[str] | None) -> None:
    """Note the first option of an embedder among those given, which the run then has to read."""
    found = [option for option in options or () if option.startswith(_PREFIX)]
    if found:
        run.given[EMBEDDING] = f"-p {found[0]}"
    if len(found) == len(options or ()):
        run.given.pop("option", None)  # the command itself got none


def demand(used: Iterable[str]) -> None:
    """Refuse options of embedders that none of those in use has.

    Args:
        used: names of the embedders in use.

    Raises:
        UsageError: there is one.
    """
    names = sorted(used)
    for key, _ in sessions.current().settings.embedding:
        if not knows(names, key):
            raise UsageError(
                f"-p embedder.{key}: {', '.join(names)}, which this run embeds with, has no such "
                "option; leave it out"
            )


def parsed(
    options: Sequence[str] | None, cache: str, memory: str = ""
) -> tuple[list[str], Settings]:
    """Return the options that are not the embedder's, and how the session embeds.

    Raises:
        UsageError: no embedder has such an option, or the size is none.
    """
    others = [option for option in options or () if not option.startswith(_PREFIX)]
    found: dict[str, str] = {}
    for option in options or ():
        if option.startswith(_PREFIX):
            key, equals, value = option.removeprefix(_PREFIX).partition("=")
            found[_known(key.replace("-", "_"), whole=bool(equals), option=option)] = value
    size = machine.memory_size(memory) if memory else 0
    return others, Settings(None, tuple(sorted(found.items())), cache, size)


def _known(key: str, *, whole: bool, option: str) -> str:
    from dataaug import plugins

    names = plugins.names("embedders")
    shown = {entry.partition("=")[0] for n in names for entry in plugins.describe("embedders", n)}
    if not whole or key not in shown:
        raise UsageError(
            f"-p {safe(option)!r}: expected embedder.key=value with a key of an embedder: "
            + ", ".join(sorted(shown))
        )
    return key
