"""Engines: where the work on chunks of rows is done. None of them changes what comes out."""

import contextlib
import gc
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Protocol, TypeVar

from dataaug import plugins, sessions

T = TypeVar("T")
U = TypeVar("U")
F = TypeVar("F")


class Engine(Protocol):
    """An ordered map of a picklable task over items.

    A worker process does the task as :func:`dataaug.sessions.in_worker` has it, with the settings
    of the session that called ``map``. An engine with a ``close`` is closed with its session.

    Attributes:
        far: may its workers stand on other machines?
    """

    far: bool

    def map(self, task: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield ``task(item)`` for each item, in order."""


_given: ContextVar[Engine | None] = ContextVar("engine", default=None)


@contextlib.contextmanager
def using(engine: Engine | None) -> Iterator[None]:
    """Let long work inside the block be done by the engine that a verb was given.

    None leaves it to the engine of the session. Embedders, row checks and language models stand too
    deep in a verb to be handed one. Not to be held over a ``yield``.
    """
    before = _given.set(engine or _given.get())
    try:
        yield
    finally:
        _given.reset(before)


def in_use() -> Engine | None:
    """Return the engine that long work is done by: the verb's, the session's, or none.

    In a worker there is none, so that work which was sent out is not sent on.

    Raises:
        UsageError: the session names an unknown engine or option.
        MissingError: the engine is not installed, or its cluster can't be reached.
    """
    session = sessions.current()
    spec = session.settings.engine
    if (given := _given.get()) is not None or spec is None:
        return given
    found: Engine = session.once(("engine", spec), lambda: plugins.load("engines", spec))
    return found


def elsewhere() -> Engine | None:
    """Return the engine in use if its workers may stand on other machines.

    It is for work that threads share on this machine: processes here would only copy what threads
    see.
    """
    engine = in_use()
    return engine if engine is not None and engine.far else None


def spread(task: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
    """Yield ``task(item)`` for each item, in order: by the engine in use, or in this process."""
    engine = in_use()
    return map(task, items) if engine is None else engine.map(task, items)


def windowed(
    start: Callable[[T], F], result: Callable[[F], U], items: Iterator[T], window: int
) -> Iterator[U]:
    """Start tasks a window ahead of the reader, and yield their results in order.

    Args:
        start: starts the task of an item and returns what stands for its result.
        result: waits for a result.
        items: taken one by one, so that an endless input is no harm.
        window: tasks that are started and not yet read: bounds memory, hides uneven tasks.
    """
    waiting = deque(map(start, itertools.islice(items, window)))
    while waiting:
        done = result(waiting.popleft())
        waiting.extend(map(start, itertools.islice(items, 1)))
        yield done


def settle() -> None:
    """Set a process up for rows: they hold no cycles, whose search took a fifth of a run."""
    gc.set_threshold(100_000, 50, 100)
