"""This machine: in this process, or in several worker processes."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from dataaug.engines import Engine, T, U, windowed
from dataaug.errors import MissingError, UsageError

_WINDOW = 4  # tasks a worker may be ahead of the reader: bounds memory, hides uneven tasks


class _Local:
    def __init__(self, workers: int) -> None:
        self._workers = workers

    def map(self, task: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield ``task(item)`` for each item, in order."""
        if self._workers == 1:
            yield from map(task, items)
            return
        # spawn: a forked child would inherit the locks of threads that a model library has started
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self._workers, mp_context=context) as pool:
            try:
                yield from windowed(
                    lambda item: pool.submit(task, item),
                    lambda future: future.result(),
                    iter(items),
                    self._workers * _WINDOW,
                )
            except BrokenProcessPool as error:
                raise MissingError(
                    "a worker process died (killed, or out of memory?); try fewer --workers"
                ) from error
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def load(*, workers: int = 1) -> Engine:
    """Build the engine.

    Args:
        workers: processes; 1 works in this process.

    Raises:
        UsageError: fewer than one worker.
    """
    if workers < 1:
        raise UsageError(f"--workers {workers}: at least 1")
    return _Local(workers)
