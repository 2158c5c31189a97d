"""The options of every command that may use a language model, spelled the same everywhere."""

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import partial, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, Opt, OptionGroup, Way, group_parameter, with_signature
from dataaug.cli.reads import ANY, ASKS, BACKEND, EMBEDDING, EMBEDS, asks, embedders
from dataaug.cli.run import Run
from dataaug.errors import ShortfallError
from dataaug.llms import CONCURRENCY
from dataaug.plugins import Spec
from dataaug.sessions import Session
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.llms import Connection

_GGUF = ".gguf"
_opt = partial(Opt, readers=(ASKS,))


@dataclass(frozen=True, slots=True)
class ModelOptions(OptionGroup):
    """Which language model is asked, and what that may cost."""

    TITLE = "Language model"
    PARTS = MappingProxyType({BACKEND: (ASKS,), EMBEDDING: (EMBEDS,)})

    model: Annotated[
        str, Way.READ, _opt("Language model: its name at the server, or a FILE.gguf.")
    ] = ""
    base_url: Annotated[
        FreeText, _opt("OpenAI-compatible server. Default: OPENAI_BASE_URL, or OpenAI.")
    ] = ""
    llm: Annotated[FreeText, _opt("openai, llama-cpp or replay. Default: by --model.")] = ""
    cache: Annotated[
        str,
        Way.CACHE,
        Opt(
            "Folder for replies and vectors, or off. Default: the user's cache.",
            readers=(ASKS, EMBEDS),
        ),
    ] = ""
    concurrency: Annotated[
        int | None, _opt(f"Most requests in flight. Default: {CONCURRENCY}.", min=1)
    ] = None
    rpm: Annotated[float | None, _opt("Most requests a minute.", min=0)] = None
    tpm: Annotated[float | None, _opt("Most tokens a minute.", min=0)] = None
    max_cost: Annotated[float | None, _opt("Most US dollars that this run may cost.", min=0)] = None
    max_requests: Annotated[int | None, _opt("Most requests that this run may send.", min=0)] = None
    max_tokens: Annotated[int | None, _opt("Most tokens, sent and received.", min=0)] = None
    dry_run: Annotated[
        bool, _opt("Send and write nothing; say what would be sent and its price.")
    ] = False
    batch: Annotated[bool, _opt("Ask by the server's Batch API: half the price, within a day.")] = (
        False
    )
    batch_export: Annotated[
        str, Way.WRITTEN, _opt("Write the requests there and end, for others to answer.")
    ] = ""
    batch_import: Annotated[
        list[str] | None, Way.READ, _opt("Replies to exported requests; repeatable.")
    ] = None


@dataclass(frozen=True, slots=True)
class Llm:
    """The language model that a command line names.

    Attributes:
        connection: how to reach it; None where none is named.
        dry: is nothing to be sent?
    """

    connection: "Connection | None"
    dry: bool = False


def with_llm(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a language model and hand it an :class:`Llm` made of them.

    It stands below ``with_run``. A ``memory`` of the command's own is that of its vectors. Of its
    ``option`` (``-p``), those of the backend (``-p openai.timeout=30``) are taken out. When the
    command is done, what the model took goes into the report and is said on stderr, also where it
    ends with an error.
    """
    own = [p for p in inspect.signature(verb).parameters.values() if p.name != "llm"]

    @wraps(verb)
    def command(run: Run, *, asked: ModelOptions, **given: Any) -> None:
        vectors.note(run, given.get("option"))
        memory = given.pop("memory", "")
        given["option"], settings = vectors.parsed(given.get("option"), asked.cache, memory)
        given["option"], backend = _sorted(given["option"])
        if backend:
            run.given[BACKEND] = f"-p {_harmless(backend[0])}"
        from dataaug.api import sessions
        from dataaug.llms.urls import without_secrets

        llm = _llm(asked, backend)
        run.dry = llm.dry
        if asked.batch_export and not llm.dry:
            run.withhold_rows()
        if asked.base_url:
            run.report.settings["base_url"] = without_secrets(asked.base_url)
        if backend:
            run.report.settings["option"] = [*given["option"], *map(_harmless, backend)]
        with Session(replace(settings, connection=llm.connection), run.say):
            try:
                verb(run, llm=llm, **given)
                sessions.demand_whole(run.report)
            except ShortfallError:
                if not llm.dry:
                    raise
            finally:
                _tell(run)

    return with_signature(command, [*own, group_parameter("asked", ModelOptions)])


def demand(
    run: Run,
    specs: Iterable[tuple[str, Spec]],
    *used: str,
    auto: str = ANY,
    beside: Iterable[str] = (),
) -> None:
    """Refuse options that nothing reads, of a command that may embed and ask a language model.

    Args:
        run: the run.
        specs: kind and spec of all that the run was asked to use.
        used: what it makes use of besides.
        auto: the embedder of what leaves the choice.
        beside: embedders that are used besides.

    Raises:
        UsageError: there is one.
    """
    pairs = list(specs)
    embed = frozenset(beside).union(*(embedders(kind, spec, auto) for kind, spec in pairs))
    asking = any(asks(kind, spec) for kind, spec in pairs)
    run.uses(*used, *([EMBEDS] if embed else []), *([ASKS] if asking else []))
    vectors.demand_embedders(embed)


def _sorted(given: list[str] | None) -> tuple[list[str], list[str]]:
    """Return the options of the command's own kinds, and those of the backend."""
    mine: list[str] = []
    others: list[str] = []
    if not given:
        return others, mine
    from dataaug import plugins

    backends = set(plugins.names("llms"))
    for option in given:
        name = option.partition(".")[0].replace("_", "-")
        (mine if name in backends else others).append(option)
    return others, mine


def _harmless(option: str) -> str:
    """Return an option as it goes into the report: an address without its password."""
    from dataaug.llms.urls import without_secrets

    name, equals, value = option.partition("=")
    return f"{name}{equals}{without_secrets(value) if '://' in value else value}"


def _llm(asked: ModelOptions, options: list[str]) -> Llm:
    if not (asked.llm or asked.model or asked.dry_run or options):
        return Llm(None)  # the usual case, and names of backends take time to find
    from dataaug import plugins
    from dataaug.api import sessions

    given = {each.name: getattr(asked, each.name) for each in fields(asked)}
    name = sessions.backend(given).name
    chosen = plugins.parse_options(options, [name])[name]
    named = asked.llm or asked.model or "model" in chosen
    spec = Spec(name, chosen) if named else ""  # an address alone names no model
    return Llm(sessions.connection({**given, "llm": spec}), asked.dry_run)


def _tell(run: Run) -> None:
    """Put what the model took into the report, and say it."""
    from dataaug import llms
    from dataaug.api.sessions import ModelUse

    found = llms.spent()
    if found is None:
        if run.dry:
            run.say("dry run: nothing in it asks a language model; nothing was written")
        return
    plans = found.pop("planned", None)
    run.report.note("llm", ModelUse(**found))
    if plans is not None:
        _show_plans(run, found, plans)
        return
    cost = found["cost_usd"]
    money = f"${cost:.4f}" if cost is not None else safe(found["prices"])
    served = ", ".join(map(safe, found["served_as"])) or safe(found["model"])
    lost = f", {found['lost']:,} lost on their way" if found["lost"] else ""
    over = found.get("over_budget")
    stopped = f", {over:,} not sent: a cap was reached" if over else ""
    run.say(
        f"{served}: {found['requests']:,} requests ({found['cached']:,} more from the cache{lost}"
        f"{stopped}), {found['prompt_tokens']:,} prompt and {found['completion_tokens']:,} reply "
        f"tokens, {money}"
    )


def _show_plans(run: Run, found: dict[str, Any], plans: dict[str, Any]) -> None:
    """Show what would be sent; this is what was asked for, so --quiet doesn't hide it."""

    def show(line: str) -> None:
        print(f"{run.report.verb}: {line}", file=sys.stderr)

    least, most = plans["cost_usd"]
    source = safe(found["prices"])
    price = source if most is None else f"${least:.4f} to ${most:.4f} ({source})"
    show(
        f"dry run, nothing was sent: {safe(found['model'])} would get {plans['requests']:,} "
        f"requests ({found['cached']:,} more are in the cache), "
        f"{_range(plans['prompt_tokens'])} prompt tokens, {_range(plans['completion_tokens'])} "
        f"reply tokens; {price}"
    )
    if plans["first"]:
        show("the first prompt:")
        for role, text in plans["first"]:
            print(f"--- {role}", file=sys.stderr)
            for line in text.split("\n"):
                print(safe(line, 10_000), file=sys.stderr)
    if plans["schema"]:
        import orjson

        print(f"--- schema\n{safe(orjson.dumps(plans['schema']).decode(), 10_000)}",
              file=sys.stderr)  # fmt: skip


def _range(pair: list[int]) -> str:
    return f"{pair[0]:,} to {pair[1]:,}"
