"""An ordered map in threads, for work that numpy does outside Python's lock."""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

from dataaug import machine
from dataaug.sessions import carried

T = TypeVar("T")
U = TypeVar("U")


class OrderedMap(Protocol):
    """An ordered map of a task over items; to leave this process both must be picklable."""

    def __call__(self, task: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield ``task(item)`` for each item, in order."""


class _OneThread:
    """The matrix library works with one thread as long as anybody wants that.

    It is a setting of the process: of two who set it at a time, the first to end would give it back
    under the other, and the other would leave it as it was in between.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._limits: threadpool_limits | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            self._limits = self._limits or threadpool_limits(1, "blas")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if self._limits and not self._users:
                self._limits.restore_original_limits()
                self._limits = None


_blas = _OneThread()


def in_threads(task: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
    """Yield ``task(item)`` for each item, in order; a few are worked on at a time.

    The matrix library works with one thread meanwhile: its own threads idle between products, and
    what numpy does with the results would be done by one of them.
    """
    stream = iter(items)
    first = list(itertools.islice(stream, 2))
    if len(first) < 2:  # a pool would cost more than it saves
        yield from map(task, first)
        return
    count, task = machine.processors(), carried(task)
    with _blas, ThreadPoolExecutor(count) as pool:
        waiting = deque(pool.submit(task, item) for item in first)
        try:
            while waiting:
                ahead = 4 * count - len(waiting)
                waiting.extend(pool.submit(task, item) for item in itertools.islice(stream, ahead))
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
