"""Large language models: prompts in, replies out, in the same order; one connection a process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from dataaug import plugins
from dataaug.errors import UsageError
from dataaug.plugins import Spec

CONCURRENCY = 16
"""The most requests in flight, unless a run says otherwise."""


class Message(NamedTuple):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked; equal prompts are one request, answered and paid for once.

    Attributes:
        messages: the conversation so far; the last turn is the user's.
        schema: the JSON schema that the reply has to follow, None for plain text. Its top level is
            an object, since servers take no other. Servers that can't be held to it are told of it
            in words, so what comes back is still to be checked.
        max_tokens: the most tokens of the reply.
        temperature: 0 (the likeliest reply) to 2.
        seed: keeps equal conversations apart that shall have different replies; also sent to
            servers that take one.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024
    temperature: float = 0.7
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, or why nothing did.

    Attributes:
        text: the reply; empty where there is a fault.
        finish: why the model stopped: ``stop``, ``length`` (cut off), ``content_filter``.
        fault: a word of :mod:`dataaug.rows.reasons` where there is no reply: ``refused`` (the
            server would not answer this prompt), ``bad_request``, ``bad_response`` (what came was
            no reply), ``over_budget`` (a cap that the user set), ``dry_run``.
        detail: what the server said, for the report.
        model: the model as the server names it.
        key: names the request in the cache and in provenance.
        prompt_tokens: tokens of the prompt, as the server counts them; 0 if it does not.
        completion_tokens: tokens of the reply.
        cached: did it come from the cache, without a request?
    """

    text: str
    finish: str = "stop"
    fault: str = ""
    detail: str = ""
    model: str = ""
    key: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: bool = False


Done = Callable[[int, Reply], None]
"""Told the place of a prompt and its reply as soon as it comes, in any order."""


def ignore(_place: int, _reply: Reply) -> None:
    """Do nothing with a reply before all are there."""


class LLM(Protocol):
    """Answers prompts: a batch in, a batch out, in the same order, however they are sent.

    A prompt that can't be answered has a reply with a ``fault`` and harms none of its neighbours.
    A server that can't be reached, a wrong key or an empty account raise
    :class:`dataaug.errors.MissingError`; what was answered before is in the cache.
    """

    @property
    def name(self) -> str:
        """The model, for provenance."""

    def __call__(self, prompts: Sequence[Prompt], /, done: Done = ignore) -> Sequence[Reply]:
        """Return a reply for each prompt, and tell ``done`` of each as soon as it is there."""

    def usage(self) -> dict[str, Any]:
        """Return what was sent and spent so far, for the report."""


class Ledger(Protocol):
    """What keeps the replies and the money while a backend sends."""

    def done(self, place: int, reply: Reply, /) -> None:
        """Keep a reply, as soon as it is there."""

    def again(self, place: int, /, *, paid: bool) -> bool:
        """May a request be sent once more that brought no reply, though it may have been paid?"""

    def recall(self, name: str, /) -> str:
        """Return what was noted about the model, in this run or an earlier one; else nothing."""

    def note(self, name: str, value: str, /) -> None:
        """Note something about the model; it is kept with the next reply, or not at all."""


class Tariff(Protocol):
    """What tokens cost, as far as it is known."""

    @property
    def source(self) -> str:
        """Where the prices are from and of what date, or why there are none."""

    def __call__(self, prompt_tokens: int, completion_tokens: int, /) -> float | None:
        """Return the price in US dollars, None where it is not known."""


class Backend(Protocol):
    """What a file of this folder builds: it sends prompts, and keeps nothing itself.

    One that computes the replies in its own process says so by ``in_process = True``; then the
    workers of an engine may each answer some of the prompts. A server's replies are asked for from
    one process: it has one rate limit, and one note of what the server takes.
    """

    @property
    def name(self) -> str:
        """The model, for provenance."""

    @property
    def identity(self) -> Mapping[str, str] | None:
        """What replies depend on besides the prompt; None: replies are not kept."""

    @property
    def tariff(self) -> Tariff:
        """What it costs."""

    def __call__(self, prompts: Sequence[Prompt], ledger: Ledger, /) -> None:
        """Send the prompts and give the ledger a reply for each, in any order.

        Raises:
            MissingError: the server can't be reached, or takes no request of this user.
        """


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may spend; each counts what is in flight at its worst case. None: no cap.

    Attributes:
        cost: US dollars.
        requests: requests sent, each try by itself.
        tokens: tokens of prompts and replies together.
    """

    cost: float | None = None
    requests: int | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """Which model a run talks to and what it may spend: plain data.

    Attributes:
        spec: the backend of this folder, with its options.
        cache: a folder for replies, ``off``, or empty for the user's cache folder.
        caps: what the run may spend.
        dry: send nothing; count what would be sent.
    """

    spec: Spec
    cache: str = ""
    caps: Caps = field(default_factory=Caps)
    dry: bool = False


_wanted: list[Connection] = []
_open: list[tuple[Connection, LLM]] = []

_listening: list[Callable[[str], None]] = []


def listen(heard: Callable[[str], None]) -> None:
    """Name who is to hear of long waits; nobody is, if this is not called."""
    _listening[:] = [heard]


def tell(message: str) -> None:
    """Say something to whoever listens."""
    for heard in _listening:
        heard(message)


def use(connection: Connection | None) -> None:
    """Name the connection of this process; it is opened when a model is first asked for."""
    _wanted[:] = [] if connection is None else [connection]


def connect(connection: Connection) -> LLM:
    """Open the connection of this process, or return it where it is the same one.

    Raises:
        UsageError: the backend or an option is unknown.
        MissingError: a package or the model file is missing.
    """
    use(connection)
    return shared()


def opened(connection: Connection) -> LLM:
    """Return a model with its cache and caps around it."""
    from dataaug.llms.counted import Counted  # noqa: PLC0415 - it needs the protocols above
    from dataaug.llms.spread import Spread  # noqa: PLC0415

    backend: Backend = plugins.load("llms", connection.spec)
    inside = getattr(backend, "in_process", False)
    return Counted(Spread(connection.spec, backend) if inside else backend, connection)


def spreads(model: LLM) -> bool:
    """Can several processes answer the prompts of a model, each some of them?"""
    return bool(getattr(model, "spreads", False))


def shared() -> LLM:
    """Return the model of this process, as methods and tasks use it: asked for with each batch.

    Raises:
        UsageError: none was named.
        MissingError: a package or the model file is missing.
    """
    if not _wanted:
        raise UsageError("this needs a language model: name one by --model (and --base-url)")
    if not _open or _open[0][0] != _wanted[0]:
        _open[:] = [(_wanted[0], opened(_wanted[0]))]
    return _open[0][1]


def spent() -> dict[str, Any] | None:
    """Return what the connection of this process has spent, None where no model was asked for."""
    in_use = _open and _wanted and _open[0][0] == _wanted[0]
    return _open[0][1].usage() if in_use else None
