"""This machine: in this process, or in several worker processes; survives the loss of one."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dataaug import sessions
from dataaug.engines import Engine, T, U, windowed
from dataaug.errors import UsageError

if TYPE_CHECKING:
    from dataaug.engines.processes import Workers

_WINDOW = 4  # tasks a worker may be ahead of the reader: bounds memory, hides uneven tasks


class _Local:
    far = False

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._idle: Workers | None = None

    def map(self, task: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield ``task(item)`` for each item, in order; tasks of a dead worker are done again."""
        if self._workers == 1:
            yield from map(task, items)
            return
        workers = self._take(task)
        try:
            yield from windowed(workers.start, workers.result, iter(items), self._workers * _WINDOW)
        except BaseException:
            workers.kill()
            raise
        # The next call with this task finds its workers with their models loaded.
        self.close()
        self._idle = workers

    def _take(self, task: Callable[[Any], Any]) -> "Workers":
        """Return the workers that know a task, or new ones; they are no longer idle."""
        settings = sessions.current().settings.of_worker()
        idle = self._idle
        if idle is not None and idle.task is task and idle.settings == settings:
            self._idle = None
            return idle
        self.close()
        from dataaug.engines.processes import Workers  # noqa: PLC0415 - it takes 16 ms

        return Workers(task, settings, self._workers)

    def close(self) -> None:
        """Let idle workers end."""
        if self._idle is not None:
            self._idle.stop()
            self._idle = None


def load(*, workers: int = 1) -> Engine:
    """Build the engine.

    Args:
        workers: processes; 1 works in this process. Each of several gets an equal share of the
            processors for the threads of its libraries, unless OMP_NUM_THREADS says otherwise.

    Raises:
        UsageError: fewer than one worker.
    """
    if workers < 1:
        raise UsageError(f"--workers {workers}: at least 1")
    return _Local(workers)
