"""Engines: where the work on chunks of rows is done. None of them changes what comes out."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")
F = TypeVar("F")


class Engine(Protocol):
    """An ordered map of a picklable task over items."""

    def map(self, task: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield ``task(item)`` for each item, in order."""


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
