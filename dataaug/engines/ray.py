"""Ray Core: several machines, or this one; survives the loss of a worker."""

import atexit
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from dataaug import sessions
from dataaug.detached import detached
from dataaug.engines import Engine, T, U, settle, windowed
from dataaug.errors import MissingError, UsageError
from dataaug.sessions import Settings

_WINDOW = 4  # tasks that each processor may be ahead of the reader
_RETRIES = 8
"""How often a task is started again when its worker or node is lost; its own errors are final."""

_QUIET = ("RAY_USAGE_STATS_ENABLED", "RAY_COLOR_PREFIX")
_LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Off, Ray keeps to 127.0.0.1; else it takes this machine's address and listens to everybody."""


_TOKEN = "RAY_AUTH_"
"""What settings of Ray about its token begin with."""


class _Ray:
    def __init__(self, address: str, workers: int) -> None:
        self.far = bool(address)
        for name in (*_QUIET, *(() if address else (_LOOPBACK,))):
            os.environ.setdefault(name, "0")
        import ray  # noqa: PLC0415 - reads the environment when it is imported

        self._ray = ray
        self._workers = workers
        self._mine = _joined(ray, address, workers)

    def map(self, task: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield ``task(item)`` for each item, in order; lost tasks are done again elsewhere."""
        ray = self._ray
        sent = ray.put(task)  # once for all tasks, however large it is
        settings = sessions.current().settings.of_worker()
        run = ray.remote(_run).options(max_retries=_RETRIES, num_cpus=1)
        ahead = _WINDOW * max(1, self._workers or int(ray.cluster_resources().get("CPU", 1)))
        try:
            yield from windowed(
                lambda item: run.remote(sent, settings, item), ray.get, iter(items), ahead
            )
        except ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except ray.exceptions.RayError as error:
            raise MissingError(
                f"the Ray cluster lost a task {_RETRIES} times over, or is gone "
                f"({type(error).__name__}); look at its nodes (ray status), then run this again"
            ) from error

    def close(self) -> None:
        """Leave the cluster when no other session of this process is on it."""
        if self._mine and self._ray.is_initialized():
            del _users[-1:]
            if not _users:
                _leave(self._ray)
        self._mine = False


_users: list[str] = []
"""The address, once for each engine of this process: Ray connects a process to one cluster."""


def _joined(ray: Any, address: str, workers: int) -> bool:
    """Connect this process, and return whether it was dataaug that did so, now or before.

    Raises:
        UsageError: another session is on another cluster.
    """
    if not ray.is_initialized():
        _start(ray, address, workers)
        _users.clear()
    elif not _users:
        return False  # whoever uses this library has connected it
    elif _users[0] != address:
        raise UsageError(
            f"--ray-address {address!r}: this process is on the cluster {_users[0]!r}, and Ray "
            "takes no second one: close the session that uses it first"
        )
    _users.append(address)
    return True


def _run(task: Callable[[T], U], settings: Settings, item: T) -> U:
    settle()
    return sessions.in_worker(task, settings)(item)


def _start(ray: Any, address: str, workers: int) -> None:
    """Connect to a cluster, or start one on this machine that is this process's alone."""
    # Ray keeps the token that it read first, and would show it to every cluster that follows.
    ray._raylet.AuthenticationTokenLoader.instance().reset_cache()
    atexit.register(_leave, ray)  # before Ray's own, which was registered when it was imported
    cluster: contextlib.AbstractContextManager[dict[str, Any]] = contextlib.nullcontext({})
    if not address:
        cluster = _alone(workers)
    try:
        with detached(), cluster as given:
            ray.init(address or "local", log_to_driver=False, logging_level="ERROR", **given)
    except Exception as error:  # Ray raises a bare one where a node takes over 30 s to start
        raise MissingError(
            f"Ray at {address or 'this machine'} can't be reached: {error}; start it by "
            "'ray start --head', and set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH as its nodes "
            "have them"
        ) from error


_folders: list[tempfile.TemporaryDirectory[str]] = []
"""Where the cluster of this process has its sockets and logs."""


@contextlib.contextmanager
def _alone(workers: int) -> Iterator[dict[str, Any]]:
    """Yield the settings of a cluster of this machine that nobody else can reach.

    It listens on loopback, and takes work from those alone who know a token that is in no file:
    Ray's own lies in the home, where by the usual umask all users of the machine may read it.
    """
    folder = tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)
    _folders.append(folder)
    before = {name: value for name, value in os.environ.items() if name.startswith(_TOKEN)}
    for name in before:
        del os.environ[name]  # Ray switches tokens on where it finds no setting
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    try:
        yield {
            "num_cpus": workers or None,
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
            # Below the folder: Ray lets everybody write into the one that it is given.
            "_temp_dir": str(Path(folder.name, "ray")),
        }
    finally:
        for name in [name for name in os.environ if name.startswith(_TOKEN)]:
            del os.environ[name]
        os.environ.update(before)


def _leave(ray: Any) -> None:
    """Disconnect. Ray then prints what it had held back of lost workers, on stdout, behind rows."""
    with contextlib.redirect_stdout(sys.stderr):
        ray.shutdown()
    while _folders:
        _folders.pop().cleanup()


def load(*, workers: int = 0, address: str = "") -> Engine:
    """Build the engine.

    Args:
        workers: processors to use on this machine; 0 takes all. With an address, the cluster's
            own number counts.
        address: ``auto`` or ``HOST:PORT`` of a running cluster; empty starts one on this machine,
            on loopback only, for the time of the run.

    Raises:
        UsageError: fewer than no workers.
        MissingError: the cluster can't be reached.
    """
    if workers < 0:
        raise UsageError(f"--workers {workers}: at least 1")
    return _Ray(address, workers)
