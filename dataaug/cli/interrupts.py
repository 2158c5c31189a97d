"""Signals that end a run: each says what is kept and how to go on, and ends it within 5 seconds.

The handlers raise, so that unwinding removes partial files. Code outside Python may not let it
come to that for minutes, and threads may have to be waited for; so a thread watches, and where the
run has not ended by itself in time it removes the partial files and ends the process.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated",
          signal.SIGHUP: "terminal closed", signal.SIGQUIT: "quit"}  # fmt: skip
_PATIENCE = 4.0  # seconds that unwinding may take


class Interrupted(SystemExit):
    """A signal came; unwinding removes partial files.

    An event loop lets this kind of exception through, as few others.

    Attributes:
        code: the exit code, 128 and the signal's number, as shells have it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


class PipeClosed(BaseException):
    """Stdout was closed by its reader; typer must not see it, it would turn it into exit 1."""


def _nothing() -> str:
    return "nothing had begun"


_told: list[Callable[[], str]] = [_nothing]
_came: list[int] = []


def on_interruption(kept: Callable[[], str]) -> None:
    """Set what says, at an interruption, what is kept and how to go on."""
    _told[:] = [kept]


def interruption_message(number: int) -> str:
    """Return the message of an interruption."""
    return f"{_WORDS[signal.Signals(number)]}: {_told[0]()}"


def raise_interrupted(number: int, _frame: FrameType | None) -> None:
    """Handle a signal; the second one waits for nothing."""
    if _came:
        _leave(number)
    _came.append(number)
    raise Interrupted(number)


def discard_partial() -> None:
    """Remove partial files, if there is what writes any."""
    atomic = sys.modules.get("dataaug.rows.atomic")
    if atomic is not None:
        atomic.discard_all()


def _leave(number: int) -> NoReturn:
    """End the process at once, without partial files."""
    discard_partial()
    tty = sys.modules.get("dataaug.review.ui.tty")
    if tty is not None:
        tty.unhush()
    with suppress(OSError, ValueError):
        os.write(2, f"dataaug: {interruption_message(number)}\n".encode("utf-8", "replace"))
    os._exit(128 + number)


def _watch(came: int) -> None:
    while True:
        read = os.read(came, 1)
        if not read:
            os.close(came)
            return
        if read[0] in set(SIGNALS):
            break
    threading.Event().wait(_PATIENCE)
    _leave(read[0])


@contextmanager
def handled() -> Iterator[None]:
    """Handle the signals inside the block; those that are ignored (nohup) stay so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    if before[signal.SIGTERM] is raise_interrupted:  # the entry of the program has done it
        yield
        return
    _came.clear()
    read, write = os.pipe()
    os.set_blocking(write, False)
    waking = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, raise_interrupted)
    threading.Thread(target=_watch, args=(read,), daemon=True).start()
    try:
        yield
    finally:
        if not _came:  # or else the watch goes on until the process has ended
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(waking)
            os.close(write)
