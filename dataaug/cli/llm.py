"""The options of every command that may use a language model, spelled the same everywhere."""

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from dataaug.cli import vectors
from dataaug.cli.declared import Group, Opt, Text, Way, signed, taking
from dataaug.cli.reads import ASKS, BACKEND, EMBEDDING, EMBEDS, asks, embedders
from dataaug.cli.run import Run
from dataaug.errors import ShortfallError, UsageError
from dataaug.llms import CONCURRENCY
from dataaug.plugins import Spec
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.llms import Connection

_GGUF = ".gguf"
_opt = partial(Opt, readers=(ASKS,))


@dataclass(frozen=True, slots=True)
class ModelOptions(Group):
    """Which language model is asked, and what that may cost."""

    PARTS = MappingProxyType({BACKEND: (ASKS,), EMBEDDING: (EMBEDS,)})

    model: Annotated[
        str, Way.READ, _opt("Language model: its name at the server, or a FILE.gguf.")
    ] = ""
    base_url: Annotated[
        Text, _opt("OpenAI-compatible server. Default: OPENAI_BASE_URL, or OpenAI.")
    ] = ""
    llm: Annotated[Text, _opt("openai, llama-cpp or replay. Default: by --model.")] = ""
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


@dataclass(frozen=True, slots=True)
class Llm:
    """The language model that a command line names.

    Attributes:
        connection: how to reach it; None where none is named.
        dry: is nothing to be sent?
    """

    connection: "Connection | None"
    dry: bool = False

    def required(self) -> "Connection":
        """Return how to reach it.

        Raises:
            UsageError: none is named.
        """
        if self.connection is None:
            raise UsageError(
                "this needs a language model: name one by --model (and --base-url for a server "
                "other than OpenAI's), or a file by --model FILE.gguf"
            )
        return self.connection


def with_llm(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a language model and hand it an :class:`Llm` made of them.

    It stands below ``with_run``. Of the command's own ``option`` (``-p``), those of the backend
    (``-p openai.timeout=30``) are taken out. When the command is done, what the model took goes
    into the report and is said on stderr, also where it ends with an error.
    """
    own = [p for p in inspect.signature(verb).parameters.values() if p.name != "llm"]

    @wraps(verb)
    def command(run: Run, *, asked: ModelOptions, **given: Any) -> None:
        vectors.note(run, given.get("option"))
        given["option"] = vectors.use(given.get("option"), asked.cache)
        given["option"], backend = _sorted(given["option"])
        if backend:
            run.given[BACKEND] = f"-p {_harmless(backend[0])}"
        from dataaug import llms
        from dataaug.llms.urls import without_secrets

        llm = _llm(asked, backend)
        run.dry = llm.dry
        if asked.base_url:
            run.report.settings["base_url"] = without_secrets(asked.base_url)
        if backend:
            run.report.settings["option"] = [*given["option"], *map(_harmless, backend)]
        llms.use(llm.connection)
        llms.listen(run.say)
        try:
            verb(run, llm=llm, **given)
            _demand_whole(run)
        except ShortfallError:
            if not llm.dry:
                raise
        finally:
            _tell(run)

    return signed(command, [*own, taking("asked", ModelOptions)])


def _demand_whole(run: Run) -> None:
    """Refuse to call a run done that a cap has stopped.

    Raises:
        ShortfallError: rows are missing for want of budget.
    """
    over = run.report.rejected["over_budget"]
    if over:
        raise ShortfallError(
            f"a cap on cost, requests or tokens stopped the run: {over:,} rows were not made "
            "(over_budget); what there is was written, and the same command with a higher cap goes "
            "on where this one stopped"
        )


def demand(run: Run, specs: Iterable[tuple[str, Spec]], *used: str) -> None:
    """Refuse options that nothing reads, of a command that may embed and ask a language model.

    Args:
        run: the run.
        specs: kind and spec of all that the run was asked to use.
        used: what it makes use of besides.

    Raises:
        UsageError: there is one.
    """
    pairs = list(specs)
    embed = frozenset[str]().union(*(embedders(kind, spec) for kind, spec in pairs))
    asking = any(asks(kind, spec) for kind, spec in pairs)
    run.uses(*used, *([EMBEDS] if embed else []), *([ASKS] if asking else []))
    vectors.demand(embed)


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
    from dataaug.llms import Caps, Connection

    name = asked.llm or ("llama-cpp" if asked.model.endswith(_GGUF) else "openai")
    if name not in plugins.names("llms"):
        raise UsageError(f"--llm {safe(name)!r}: choose from {', '.join(plugins.names('llms'))}")
    chosen: dict[str, Any] = dict(plugins.parse_options(options, [name])[name])
    known = plugins.describe("llms", name)
    for option in ("model", "base_url", "concurrency", "rpm", "tpm"):
        value = getattr(asked, option)
        if value in {None, ""}:
            continue
        if option in chosen:
            _refuse_twice(f"--{option.replace('_', '-')}", f"{name}.{option}")
        if known and not any(entry.startswith(f"{option}=") for entry in known):
            raise UsageError(f"--{option.replace('_', '-')} has no meaning with --llm {name}")
        chosen[option] = value
    if not (asked.llm or chosen.get("model")):
        return _unnamed(dry=asked.dry_run)
    caps = Caps(asked.max_cost, asked.max_requests, asked.max_tokens)
    spec = plugins.Spec(name, chosen)
    return Llm(Connection(spec, asked.cache, caps, asked.dry_run), asked.dry_run)


def _unnamed(*, dry: bool) -> Llm:
    if dry:
        raise UsageError("--dry-run is about a language model: name one by --model")
    return Llm(None)


def _refuse_twice(short: str, option: str) -> None:
    raise UsageError(f"{short} and -p {option} say the same thing: leave one of them out")


def _tell(run: Run) -> None:
    """Put what the model took into the report, and say it."""
    from dataaug import llms

    found = llms.spent()
    if found is None:
        if run.dry:
            run.say("dry run: nothing in it asks a language model; nothing was written")
        return
    plans = found.pop("planned", None)
    run.report.details["llm"] = found
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
