"""Engines: where the work on chunks of rows is done. None of them changes what comes out."""

import contextlib
import gc
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")
F = TypeVar("F")


class Engine(Protocol):
    """An ordered map of a picklable task over items.

    Attributes:
        far: may its workers stand on other machines?
    """

    far: bool

    def map(self, task: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield ``task(item)`` for each item, in order."""


_current: ContextVar[Engine | None] = ContextVar("engine", default=None)


@contextlib.contextmanager
def using(engine: Engine | None) -> Iterator[None]:
    """Let whatever takes long inside the block be done by an engine.

    Embedders, row checks and language models stand too deep in a verb to be handed an engine. A
    worker is itself in no such block, so that work which was sent out is not sent on. Not to be
    held over a ``yield``.
    """
    before = _current.set(engine)
    try:
        yield
    finally:
        _current.reset(before)


def in_use() -> bool:
    """Is the work done by an engine?"""
    return _current.get() is not None


def elsewhere() -> Engine | None:
    """Return the engine in use if its workers may stand on other machines.

    It is for work that threads share on this machine: processes here would only copy what threads
    see.
    """
    engine = _current.get()
    return engine if engine is not None and engine.far else None


def spread(task: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
    """Yield ``task(item)`` for each item, in order: by the engine in use, or in this process."""
    engine = _current.get()
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
