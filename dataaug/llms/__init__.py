"""Large language models: prompts in, replies out, in the same order; one connection a session."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from dataaug import plugins, sessions
from dataaug.errors import PendingError, UsageError
from dataaug.sessions import Bulk as Bulk
from dataaug.sessions import Caps as Caps
from dataaug.sessions import Connection as Connection

if TYPE_CHECKING:
    from dataaug.llms.reply_store import ReplyStore
    from dataaug.llms.server import ChatServer

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


class ReplySink(Protocol):
    """What takes the replies of a backend as they come, keeps them, and books what they cost."""

    def done(self, place: int, reply: Reply, /) -> None:
        """Keep a reply, as soon as it is there."""

    def again(self, place: int, /, *, paid: bool) -> bool:
        """May a request be sent once more that brought no reply, though it may have been paid?"""

    def recall(self, name: str, /) -> str:
        """Return what was noted about the model, in this run or an earlier one; else nothing."""

    def note(self, name: str, value: str, /) -> None:
        """Note something about the model; it is kept with the next reply, or not at all."""


class BatchSink(ReplySink, Protocol):
    """What takes the replies of batches: it also says what the requests are called."""

    @property
    def keys(self) -> Sequence[str]:
        """The names of the requests in the cache, by place."""

    @property
    def store(self) -> "ReplyStore":
        """The cache, where batches on their way are kept."""


class InBatches(Protocol):
    """What a backend is besides, whose server has a Batch API or whose requests can go by file."""

    @property
    def server(self) -> "ChatServer":
        """Where requests go."""

    @property
    def batch_pricing(self) -> "Pricing":
        """What tokens cost there."""

    def send_in_batches(self, prompts: Sequence[Prompt], sink: "BatchSink", /) -> None:
        """Have the prompts answered in batches, and give the sink a reply for each.

        Raises:
            MissingError: the server can't be reached, or has no Batch API.
        """


class Pricing(Protocol):
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
    def pricing(self) -> Pricing:
        """What its tokens cost."""

    def __call__(self, prompts: Sequence[Prompt], sink: ReplySink, /) -> None:
        """Send the prompts and give the sink a reply for each, in any order.

        Raises:
            MissingError: the server can't be reached, or takes no request of this user.
        """


def tell(message: str) -> None:
    """Say something of a long wait to whoever listens to this session."""
    sessions.current().heard(message)


def printable(said: object) -> str:
    """Return what a server says or is asked for, fit for a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(said)[:200])


def shared() -> LLM:
    """Return the model of this session, as methods and tasks use it: asked for with each batch.

    Raises:
        UsageError: the session has none, or the backend or an option is unknown.
        MissingError: a package or the model file is missing.
    """
    session = sessions.current()
    connection = session.settings.connection
    if connection is None:
        raise UsageError(
            "this needs a language model: name one by --model (and --base-url for a server "
            "other than OpenAI's), or a file by --model FILE.gguf"
        )
    return session.once(("llm", connection), lambda: opened(connection))


def opened(connection: Connection) -> LLM:
    """Return a model with its cache and caps around it."""
    from dataaug.llms.counted import Counted  # noqa: PLC0415 - it needs the protocols above
    from dataaug.llms.distributed import DistributedBackend  # noqa: PLC0415

    backend: Backend = plugins.load("llms", connection.spec)
    if getattr(backend, "in_process", False):
        backend = DistributedBackend(connection.spec, backend)
    return Counted(backend, connection)


def spreads(model: LLM) -> bool:
    """Can several processes answer the prompts of a model, each some of them?"""
    return bool(getattr(model, "spreads", False))


def in_bulk() -> bool:
    """Do the requests of this session go out as many at a time as there are?"""
    connection = sessions.current().settings.connection
    return connection is not None and (connection.bulk.batch or bool(connection.bulk.exported))


def fetch_ahead(model: LLM, prompts: Sequence[Prompt], more: Callable[[], list[Prompt]]) -> None:
    """Let a model that answers in bulk get what is asked next together with what is asked now.

    Others do nothing.

    Args:
        model: is asked for the prompts afterwards.
        prompts: what is asked now.
        more: returns these and what is expected to be asked next, in that order; called only where
            a reply to one of the prompts is missing.
    """
    if fetch := getattr(model, "fetch_ahead", None):
        fetch(prompts, more)


def deliver() -> None:
    """Give the file of requests, where this session has written any, its name.

    Raises:
        PendingError: there is one; it says what to do with it.
    """
    session = sessions.current()
    model = session.made(("llm", session.settings.connection))
    said = model.deliver() if hasattr(model, "deliver") else ""
    if said:
        raise PendingError(said)


def waiting() -> bool:
    """Has this session written requests into a file, whose replies have to be waited for?"""
    session = sessions.current()
    return bool(getattr(session.made(("llm", session.settings.connection)), "exported", 0))


def spent() -> dict[str, Any] | None:
    """Return what the model of this session has spent, None where none was asked for."""
    session = sessions.current()
    model: LLM | None = session.made(("llm", session.settings.connection))
    return None if model is None else model.usage()
