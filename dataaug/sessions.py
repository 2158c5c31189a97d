"""Sessions: what a run uses besides its rows, and everything that was opened for it.

A verb takes rows and a task. Which language model answers, how texts are embedded, who works on
chunks and where vectors are kept is said by the session that it runs in. Two sessions of a process
share nothing. The session is a context variable, so nothing has to be handed through a verb:

    with Session(Settings(engine=Spec("local", {"workers": 4}))):
        rows = list(filter(records, task))

    for row in running(session, filter(records, task)):  # a generator, step by step
        ...

Where nobody has made a session, there is one with default settings, as long as the process lasts.
"""

import contextvars
import functools
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from dataaug.errors import UsageError
from dataaug.plugins import Spec

OFF = "off"
"""In place of a cache's folder: nothing is kept on disk."""

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


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
class Bulk:
    """How requests go out many at a time, where they do.

    Attributes:
        batch: by the server's Batch API.
        exported: a file that takes the requests without a reply, for somebody else to answer.
        imported: files with replies to such requests.
    """

    batch: bool = False
    exported: str = ""
    imported: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.batch or self.exported or self.imported)


@dataclass(frozen=True, slots=True)
class Connection:
    """Which language model a session talks to and what it may spend.

    Attributes:
        spec: the backend, a file of :mod:`dataaug.llms`, with its options.
        cache: the folder for replies, ``off``, or empty for the user's cache folder.
        caps: what the session may spend.
        dry: send nothing; count what would be sent.
        bulk: how requests go out many at a time.
    """

    spec: Spec
    cache: str = ""
    caps: Caps = field(default_factory=Caps)
    dry: bool = False
    bulk: Bulk = field(default_factory=Bulk)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a session uses: plain data that can be compared and sent to workers.

    Attributes:
        connection: the language model; where it is None, whatever asks for one is refused.
        embedding: name and value of options, for every embedder that has such an option.
        cache: the folder for vectors, ``off``, or empty for the user's cache folder.
        memory: bytes that the vectors of one call may take, more go to a temporary file in 16 bits;
            0 is half of the memory that is free.
        engine: what works on chunks of rows or texts, a file of :mod:`dataaug.engines` with its
            options; None is this process alone.
    """

    connection: Connection | None = None
    embedding: tuple[tuple[str, str], ...] = ()
    cache: str = OFF
    memory: int = 0
    engine: Spec | None = None

    def of_worker(self) -> "Settings":
        """Return the settings for a worker: it sends no work on, and asks no language model.

        Workers that each had a connection would each spend what the session may spend.
        """
        return replace(self, connection=None, engine=None)


def _unheard(_message: str) -> None:
    """Tell nobody."""


class Session:
    """Settings, and what was opened by them: models, connections, stores, worker processes.

    ``with`` makes it the current one and closes it at the end. Each thread has a current session of
    its own; :func:`carried` takes it along.

    Attributes:
        settings: what the session uses.
        heard: is told of long waits.
    """

    def __init__(
        self, settings: Settings | None = None, heard: Callable[[str], None] = _unheard
    ) -> None:
        self.settings = settings or Settings()
        self.heard = heard
        self._opened: dict[Hashable, Any] = {}
        self._closed = False
        self._lock = threading.RLock()
        self._entered = ExitStack()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under a key; it is made when it is first asked for.

        Raises:
            UsageError: the session is closed.
        """
        with self._lock:
            if self._closed:
                raise UsageError(
                    "this session is closed: read its results to their end before its with block "
                    "ends"
                )
            if key not in self._opened:
                self._opened[key] = make()
            found: T = self._opened[key]
            return found

    def made(self, key: Hashable) -> Any:
        """Return what was made under a key, None where nothing was."""
        return self._opened.get(key)

    def close(self) -> None:
        """Let go of what was opened, the latest first; what has a ``close`` is closed."""
        with self._lock:
            self._closed = True
            while self._opened:
                _, made = self._opened.popitem()
                if hasattr(made, "close"):
                    made.close()

    def __enter__(self) -> Self:
        self._entered.enter_context(active(self))
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._entered.close()
        self.close()


_default = Session()
_current: contextvars.ContextVar[Session] = contextvars.ContextVar("session")


def current() -> Session:
    """Return the session that this code runs in."""
    return _current.get(_default)


@contextmanager
def active(session: Session) -> Iterator[None]:
    """Make a session the current one for a block, and leave it open at the end.

    A generator that yields inside the block would let its reader run in the session:
    :func:`running` is for generators.
    """
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)


def running(session: Session, items: Iterable[T]) -> Iterator[T]:
    """Yield the items of an iterable, each step of which is made within a session.

    Who reads stays in the session that it was in. So generators of two sessions may be read in
    turns, and from several threads, one at a time.
    """
    context = contextvars.copy_context()
    context.run(_current.set, session)
    steps = context.run(iter, items)
    try:
        while True:
            try:
                item = context.run(next, steps)
            except StopIteration:
                return
            yield item
    finally:
        if hasattr(steps, "close"):
            context.run(steps.close)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """Return a function that works in the session of now, whatever thread calls it."""
    context = contextvars.copy_context()

    def work_there(*args: P.args, **options: P.kwargs) -> T:
        # A context can be entered once at a time, and a copy costs nothing.
        return context.copy().run(work, *args, **options)

    return work_there


@functools.cache
def _of_worker(settings: Settings) -> Session:
    """Return the session of this worker process for the settings that it was handed."""
    return Session(settings)


def in_worker(task: Callable[[T], U], settings: Settings) -> Callable[[T], U]:
    """Return a task that is done, in a worker process, in a session of its driver's settings.

    What a worker opens it keeps for the next item.

    Args:
        task: what a worker does.
        settings: those of the driver's session, by :meth:`Settings.of_worker`.
    """

    def work(item: T) -> U:
        with active(_of_worker(settings)):
            return task(item)

    return work
