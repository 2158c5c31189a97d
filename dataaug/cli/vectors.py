"""The options of every command that embeds, spelled the same everywhere."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import Annotated, Any

from dataaug import machine, sessions
from dataaug.cli.declared import FreeText, Opt, OptionGroup, Way, group_parameter, with_signature
from dataaug.cli.reads import EMBEDDING, EMBEDS, knows
from dataaug.cli.run import Run
from dataaug.embedders import AUTO
from dataaug.embedders.choice import PIN, resolved
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.sessions import Session, Settings
from dataaug.text.printable import safe

_PREFIX = "embedder."
DEFAULTS = f"Default: {PIN}, else by the languages."
WHICH = f"Embedder; hashing needs no model. {DEFAULTS}"
"""The help of ``--embedder``."""


Memory = Annotated[
    FreeText,
    Opt(
        "Memory for vectors, as 4GB; more stay on the disk. Default: 256MB.",
        readers=(EMBEDS,),
    ),
]


@dataclass(frozen=True, slots=True)
class VectorOptions(OptionGroup):
    """How texts are embedded, and where vectors are kept."""

    TITLE = "Embedding"
    PARTS = MappingProxyType({EMBEDDING: (EMBEDS,)})

    option: Annotated[list[str] | None, Way.OPTIONS, Opt("embedder.key=value.", "-p")] = None
    cache: Annotated[
        str,
        Way.CACHE,
        Opt("Folder for vectors, or off. Default: the user's cache.", readers=(EMBEDS,)),
    ] = ""
    memory: Memory = ""


def with_vectors(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of embedding, and the session that they make.

    It stands below ``with_run``. Of the command's own ``-p``, those of the embedder
    (``-p embedder.runtime=openvino``) are taken out; a command without ``-p`` gets one.
    """
    own = inspect.signature(verb).parameters

    @wraps(verb)
    def command(run: Run, *, vectors: VectorOptions, **given: Any) -> None:
        note(run, vectors.option)
        mine, settings = parsed(vectors.option, vectors.cache, vectors.memory)
        if "option" in own:
            given["option"] = mine
        elif mine:
            raise UsageError(f"-p {safe(mine[0])!r}: only embedder.key=value has a meaning here")
        with Session(settings, run.say):
            verb(run, **given)

    return with_signature(command, [*own.values(), group_parameter("vectors", VectorOptions)])


def note(run: Run, options: Sequence[str] | None) -> None:
    """Note the first option of an embedder among those given, which the run then has to read."""
    found = [option for option in options or () if option.startswith(_PREFIX)]
    if found:
        run.given[EMBEDDING] = f"-p {found[0]}"
    if len(found) == len(options or ()):
        run.given.pop("option", None)  # the command itself got none


def demand_embedders(used: Iterable[str]) -> None:
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


def standing_for(named: str) -> str:
    """Return the embedder whose options a run may be given.

    Where the languages of the texts decide, an option names the usual one by itself.

    Args:
        named: what ``--embedder`` names, empty where it was not given.

    Raises:
        UsageError: the environment names an embedder that there is not.
    """
    return resolved(Spec(named or AUTO)).name


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
