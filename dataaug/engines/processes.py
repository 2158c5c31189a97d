"""Worker processes of this machine that do one task; the loss of one is survived."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from types import ModuleType
from typing import Any

from dataaug import machine, sessions
from dataaug.engines import settle
from dataaug.errors import MissingError
from dataaug.sessions import Settings

_RETRIES = 3
"""Deaths of workers, one after another without a result between them, that are put up with."""

_starting = threading.Lock()
"""New processes inherit the environment, which all threads of this one share."""
_OF_TERMINALS = {signal.SIGINT, signal.SIGQUIT, signal.SIGHUP}
_PR_SET_PDEATHSIG = 1  # of linux/prctl.h

_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS",
)  # fmt: skip
"""How many threads native libraries start, which they read when they are loaded."""


class _Job:
    """An item on its way, and what stands for its result."""

    __slots__ = ("future", "item")

    def __init__(self, item: Any) -> None:
        self.item = item
        self.future: Future[Any] | None = None

    @property
    def lost(self) -> bool:
        """Does it have to be sent again when a worker has died?"""
        future = self.future
        return future is None or not future.done() or _broken(future)


def _broken(future: "Future[Any]") -> bool:
    return future.cancelled() or isinstance(future.exception(), BrokenProcessPool)


class Workers:
    """Processes that do one task.

    Attributes:
        task: what they do.
        settings: those of the session that they do it in.
    """

    def __init__(self, task: Callable[[Any], Any], settings: Settings, count: int) -> None:
        self.task = task
        self.settings = settings
        self._count = count
        self._deaths = 0
        self._open: dict[_Job, None] = {}
        self._pool = self._fresh()

    def _fresh(self) -> ProcessPoolExecutor:
        # spawn: a forked child would inherit the locks of threads that a model library has started
        context = multiprocessing.get_context("spawn")
        given = (self.task, self.settings, _by_kernel())
        return ProcessPoolExecutor(
            self._count, mp_context=context, initializer=_begin, initargs=given
        )

    def start(self, item: Any) -> _Job:
        """Send an item to whichever worker is free first."""
        job = _Job(item)
        self._open[job] = None
        try:
            self._send(job)
        except BrokenProcessPool as error:
            self._revive(error)
        return job

    def _send(self, job: _Job) -> None:
        share = max(1, machine.processors() // self._count)
        with _starting, _few_threads(share), _deaf(), _without_main(self.task):
            job.future = self._pool.submit(_do, job.item)  # processes start in here

    def result(self, job: _Job) -> Any:
        """Wait for the result of an item."""
        while True:
            assert job.future is not None
            try:
                found = job.future.result()
            except BrokenProcessPool as error:
                self._revive(error)
                continue
            del self._open[job]
            self._deaths = 0
            return found

    def _revive(self, error: BrokenProcessPool) -> None:
        """Start new processes in place of all, and send again what is not done.

        Raises:
            MissingError: this has happened too often.
        """
        while True:
            self._deaths += 1
            if self._deaths > _RETRIES:
                raise MissingError(
                    f"worker processes died {self._deaths} times over (killed, or out of memory?); "
                    "try fewer --workers"
                ) from error
            self.stop()
            self._pool = self._fresh()
            try:
                for job in [job for job in self._open if job.lost]:
                    self._send(job)
            except BrokenProcessPool:
                continue
            return

    def stop(self) -> None:
        """Let the processes end when they have done what they are at."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def kill(self) -> None:
        """End the processes at once: nobody waits for what they are at."""
        processes = list((getattr(self._pool, "_processes", None) or {}).values())
        self.stop()
        for process in processes:
            process.kill()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let processes that start in the block not hear what a terminal sends to all at once.

    This process hears it, and ends them; their own tracebacks would bury what it says.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_TERMINALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _without_main(task: Callable[[Any], Any]) -> Iterator[None]:
    """Let processes that start in the block not run the user's script once more.

    A spawned process does so to find what was pickled of it, and a script without
    ``if __name__ == "__main__"`` would begin the same work there, without end. Only a task that the
    script itself defines needs it.
    """
    script = sys.modules["__main__"]
    if "__main__" in {getattr(task, "__module__", ""), type(task).__module__}:
        yield
        return
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _by_kernel() -> bool:
    """May the kernel end the processes that start here with this thread?"""
    return sys.platform == "linux" and threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def _few_threads(count: int) -> Iterator[None]:
    """Let processes that start in the block compute with so many threads, if the user is silent.

    Workers that each take all processors would wait for each other most of the time.
    """
    new = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(new, str(count)))
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


_mine: list[Callable[[Any], Any]] = []
"""The task of this worker: sent once, however large it is."""


def _begin(task: Callable[[Any], Any], settings: Settings, by_kernel: bool) -> None:
    _die_with_parent(by_kernel=by_kernel)
    settle()
    _mine[:] = [sessions.in_worker(task, settings)]


def _die_with_parent(*, by_kernel: bool) -> None:
    """Let this worker end when its parent is gone, though that was killed and could say nothing.

    On Linux the kernel sees to it. Everywhere else, and where the parent's thread may end before
    the parent, a thread waits for the end of a pipe that only the parent holds open.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if by_kernel:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _do(item: Any) -> Any:
    return _mine[0](item)
