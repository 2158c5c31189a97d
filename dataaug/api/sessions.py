"""What verbs use besides rows: a language model, an embedder's options, caches, workers."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias, TypedDict, Unpack

from dataaug import llms, machine, plugins
from dataaug.api import arguments, specs
from dataaug.api.inputs import ReadingKeywords
from dataaug.api.specs import Named
from dataaug.engines import Engine
from dataaug.errors import ShortfallError, UsageError
from dataaug.plugins import Option, Spec
from dataaug.rows.record import Outcome
from dataaug.rows.report import Report
from dataaug.rows.summary import Summary, plain_data
from dataaug.sessions import Bulk, Caps, Connection, Session, active, current, running
from dataaug.sessions import Settings as Used
from dataaug.text.printable import safe

_GGUF = ".gguf"
_OPTIONS = ("model", "base_url", "concurrency", "rpm", "tpm")
_CAPS = ("max_cost", "max_requests", "max_tokens")
PathsLike: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


class ModelKeywords(TypedDict, total=False):
    """Which language model answers, and what it may cost.

    Attributes:
        model: its name at the server, or the path of a ``.gguf`` file.
        base_url: a server that speaks OpenAI's protocol. Default: ``OPENAI_BASE_URL``, or OpenAI's.
        llm: the backend where ``model`` does not tell it: ``openai``, ``llama-cpp``, ``replay``, or
            a :class:`~dataaug.Spec` of one with options.
        cache: the folder for replies, ``off``, or empty for the user's cache folder.
        concurrency: most requests in flight. Default: 16.
        rpm: most requests a minute.
        tpm: most tokens a minute.
        max_cost: most US dollars.
        max_requests: most requests that are sent.
        max_tokens: most tokens, sent and received.
        dry_run: send nothing; the report says what would be sent, and its price.
        batch: ask by the server's Batch API, at half the price and within a day.
        batch_export: a file that takes the requests in OpenAI's batch format, for somebody else to
            answer; where it takes any, the rows end with :class:`~dataaug.errors.PendingError`.
        batch_import: one or more files with replies to such requests.
    """

    model: str | os.PathLike[str]
    base_url: str
    llm: Named | Connection | None
    cache: str | os.PathLike[str]
    concurrency: int | None
    rpm: float | None
    tpm: float | None
    max_cost: float | None
    max_requests: int | None
    max_tokens: int | None
    dry_run: bool
    batch: bool
    batch_export: str | os.PathLike[str]
    batch_import: PathsLike


class Asking(ReadingKeywords, ModelKeywords, total=False):
    """The keywords of verbs that may ask a language model: how rows are read, and the model's."""


class SessionKeywords(ModelKeywords, total=False):
    """What a session may say: what ``ModelKeywords`` says, and these.

    Attributes:
        cache: the folder for replies and vectors, ``off``, or empty for the user's cache folder.
        embedder: options for every embedder that has them, as ``{"runtime": "openvino"}``.
        memory: memory for vectors, as ``4GB``; more stay on the disk. Default: 256 MB.
        engine: where rows are worked on: ``local`` (this machine), ``ray`` (a cluster), or
            ``Spec("ray", {"address": "auto"})`` for a running one.
        workers: how many processes work on rows. Default: 1; with ``ray`` all processors.
    """

    embedder: Mapping[str, Option]
    memory: str
    engine: Named
    workers: int


_asked: ContextVar[Mapping[str, Any]] = ContextVar("session settings", default={})  # noqa: B039


@contextmanager
def session(**settings: Unpack[SessionKeywords]) -> Iterator[None]:
    """Let all verbs of a block use a language model, caches, an embedder's options and workers.

    What a verb is told itself goes before. Inside another session, what this one leaves unsaid is
    as there; nothing else is shared. What was opened is closed with the block, so streams are to be
    read before it ends.

    Raises:
        UsageError: a setting is unknown, or has a value that is none.
    """
    if unknown := sorted(set(settings) - set(SessionKeywords.__annotations__)):
        raise UsageError(f"session: no setting {unknown[0]!r}; it has "
                         + ", ".join(sorted(SessionKeywords.__annotations__)))  # fmt: skip
    whole = {**_asked.get(), **settings}
    token = _asked.set(whole)
    try:
        with Session(_used(whole)):
            yield
    finally:
        _asked.reset(token)


def _used(asked: Mapping[str, Any]) -> Used:
    """Return the settings of a session.

    Raises:
        UsageError: no embedder has an option of that name, or a value is none.
    """
    names = plugins.names("embedders")
    known = {entry.partition("=")[0] for n in names for entry in plugins.describe("embedders", n)}
    options = asked.get("embedder", {})
    if not isinstance(options, Mapping):
        raise UsageError(f"embedder: expected options by name, found {options!r}")
    for key in options:
        if key not in known:
            raise UsageError(f"embedder: no option {key!r}; choose from {', '.join(sorted(known))}")
    memory = asked.get("memory")
    return Used(
        connection({}),
        tuple(sorted((key, str(value)) for key, value in options.items())),
        arguments.as_path("cache", asked.get("cache", current().settings.cache)),
        machine.memory_size(str(memory)) if memory else 0,
        _engine_spec(None, None),
    )


def of_verb(given: Asking) -> tuple[ReadingKeywords, Session]:
    """Return the keywords that say how rows are read, and the session that a verb works in.

    A verb that is told anything about its model has a session of its own, in which what is spent is
    counted anew; all others count together in the session around them.

    Raises:
        UsageError: a keyword of a model has no meaning, or has a value that is none.
    """
    model = {key: value for key, value in given.items() if key in ModelKeywords.__annotations__}
    reading = {key: value for key, value in given.items() if key not in model}
    around = current()
    if model:
        own = replace(around.settings, connection=connection(model))
        return reading, Session(own, around.heard)  # type: ignore[return-value]
    return reading, around  # type: ignore[return-value]


def backend(asked: Mapping[str, Any]) -> Spec:
    """Return the backend that is named, or that the model's name tells.

    Raises:
        UsageError: there is no such backend.
    """
    llm, model = asked.get("llm") or "", arguments.as_path("model", asked.get("model"))
    if not isinstance(llm, str | Spec):
        raise UsageError(f"llm: expected the name or spec of a backend, found {llm!r}")
    name = "llama-cpp" if model.endswith(_GGUF) else "openai"
    spec = llm if isinstance(llm, Spec) else Spec(llm or name)
    if spec.name not in (known := plugins.names("llms")):
        raise UsageError(f"--llm {safe(spec.name)!r}: choose from {', '.join(known)}")
    return spec


def connection(given: Mapping[str, Any]) -> Connection | None:
    """Return how to reach the language model that a verb or its session names, None if none is.

    Args:
        given: what the verb is told, by the names of :class:`ModelKeywords`.

    Raises:
        UsageError: a setting has no meaning for the backend, is said twice, or has a value that is
            none.
    """
    asked: dict[str, Any] = {**_asked.get(), **given}
    if isinstance(asked.get("llm"), Connection):
        return asked["llm"]  # type: ignore[no-any-return]
    spec = backend(asked)
    options, known = dict(spec.options), plugins.describe("llms", spec.name)
    for option in _OPTIONS:
        value, shown = asked.get(option), f"--{option.replace('_', '-')}"
        if value is None or value == "":
            continue
        if option in options:
            raise UsageError(
                f"{shown} and -p {spec.name}.{option} say the same thing: leave one of them out"
            )
        if known and not any(entry.startswith(f"{option}=") for entry in known):
            raise UsageError(f"{shown} has no meaning with --llm {spec.name}")
        options[option] = os.fspath(value) if isinstance(value, os.PathLike) else value
    dry = bool(asked.get("dry_run"))
    if not (asked.get("llm") or options.get("model")):
        if dry:
            raise UsageError("--dry-run is about a language model: name one by --model")
        return None
    cache = arguments.as_path("cache", asked.get("cache"))
    return Connection(Spec(spec.name, options), cache, _caps(asked), dry, _bulk(asked))


def _bulk(asked: Mapping[str, Any]) -> Bulk:
    """Return how requests go out many at a time."""
    given = asked.get("batch_import") or ()
    files = [given] if isinstance(given, str | os.PathLike) else given
    return Bulk(
        bool(asked.get("batch")),
        arguments.as_path("batch_export", asked.get("batch_export")),
        tuple(arguments.as_path("batch_import", file) for file in files),
    )


def _caps(asked: Mapping[str, Any]) -> Caps:
    """Return what may be spent.

    Raises:
        UsageError: a cap is no number, or below 0.
    """
    for name in _CAPS:
        value = asked.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and value >= 0):
            raise UsageError(f"{name}: expected a number that is not below 0, found {value!r}")
    return Caps(*(asked.get(name) for name in _CAPS))


def _engine_spec(named: Named | None, workers: int | None) -> Spec | None:
    """Return the engine that a verb or its session names, None where this process works alone."""
    if workers is not None:
        arguments.as_int("workers", workers)
    asked = _asked.get()
    spec = specs.one("engines", named or asked.get("engine") or "local")
    count = workers or asked.get("workers") or 0
    if count:
        spec = specs.one("engines", Spec(spec.name, {**spec.options, "workers": count}))
    return spec if spec.name != "local" or count > 1 else None


def engine_spec(named: Named | None, workers: int | None) -> Spec | None:
    """Return the engine that a verb is told of, None where it is told of none that is another one.

    A verb that is given none takes the engine of its session.

    Args:
        named: what the verb is told.
        workers: processes, as the verb is told.

    Raises:
        UsageError: there is no such engine, or an option of it has a value that is none.
    """
    return None if named is None and workers is None else _engine_spec(named, workers)


def engine(named: Named | None = None, workers: int | None = None) -> Engine | None:
    """Return what :func:`engine_spec` names, ready to work.

    Raises:
        UsageError: there is no such engine, or an option of it has a value that is none.
        MissingError: a package is not installed, or the cluster can't be reached.
    """
    spec = engine_spec(named, workers)
    found: Engine | None = plugins.load("engines", spec) if spec else None
    return found


@dataclass(frozen=True, slots=True)
class ModelUse(Summary):
    """What a language model took: ``report.other(ModelUse)``.

    Attributes:
        model: its name, as it was asked for.
        served_as: its names, as the server gave them.
        cached: prompts whose reply was in the cache.
        requests: requests that were sent.
        lost: requests that brought no reply, and may have been paid.
        prompt_tokens: tokens that were sent.
        completion_tokens: tokens that came.
        cost_usd: their price in US dollars, None where it is not known.
        prices: where the prices are from.
        over_budget: requests that a cap prevented.
        planned: of a dry run: what would be sent, and its price; None of any other run.
    """

    model: str
    served_as: list[str]
    cached: int
    requests: int
    lost: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    prices: str
    over_budget: int = 0
    planned: dict[str, Any] | None = None

    def to_row(self) -> dict[str, Any]:
        """Return it as plain JSON data; what there was none of is left out."""
        row = {each.name: plain_data(getattr(self, each.name)) for each in fields(self)}
        left_out = {"planned"} if self.over_budget else {"planned", "over_budget"}
        return {key: value for key, value in row.items() if key not in left_out}


def demand_whole(report: Report) -> None:
    """Refuse to call a run done that a cap has stopped.

    Raises:
        ShortfallError: rows are missing for want of budget.
    """
    over = report.rejected["over_budget"]
    if over:
        done = {"filter": "judged", "label": "labelled"}.get(report.verb, "made")
        raise ShortfallError(
            f"a cap on cost, requests or tokens stopped the run: {over:,} rows were not {done} "
            "(over_budget); what there is was written, and the same command with a higher cap goes "
            "on where this one stopped"
        )


def asking(outcomes: Iterable[Outcome], report: Report, own: Session) -> Iterator[Outcome]:
    """Yield the outcomes of a verb that may ask a language model, and note what that took.

    Args:
        outcomes: what the verb yields.
        report: takes it.
        own: the session of :func:`of_verb`; it is closed where it is the verb's alone.

    Raises:
        ShortfallError: there are fewer rows than asked for, or a cap stopped the run.
        PendingError: requests were written to a file, whose replies have to be waited for.
    """
    around = current()
    known = own.settings.connection
    try:
        try:
            yield from running(own, outcomes)
            demand_whole(report)
        except ShortfallError:
            with active(own):
                waits = llms.waiting()
            if known is None or not (known.dry or waits):
                raise
        with active(own):
            llms.deliver()
    finally:
        with active(own):
            if known is not None and (found := llms.spent()) is not None:
                report.note("llm", ModelUse(**found))
        if own is not around:
            own.close()
