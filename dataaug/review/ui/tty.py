"""The terminal that a person sits at: raw keys in, whole screens out, restored on every way out."""

import atexit
import contextlib
import locale
import os
import select
import signal
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from dataaug.errors import UsageError
from dataaug.review.ui.keys import Decoder, Key

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?2004h"
"""Second screen, no cursor, pasted text told from keys (xterm's private modes)."""
_LEAVE = "\x1b[?2004l\x1b[?25h\x1b[?1049l"
_PATIENCE = 0.1
"""Seconds in which the rest of an escape sequence comes, over a slow line too."""
_DEADLY = (signal.SIGTERM, signal.SIGHUP)

_Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


_hushed: list[tuple[int, list[Any]]] = []
"""The terminal that echoes no keys, as an open file, and its modes before."""


def hush(path: str = "/dev/tty") -> None:
    """Echo no keys from now on: until a row is shown, none is meant for one.

    The terminal's modes come back when a :class:`Terminal` is left, or at the end of the process.
    """
    with contextlib.suppress(
        OSError, termios.error
    ):  # who needs a terminal says that there is none
        file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        _hushed.append((file, termios.tcgetattr(file)))
        now = termios.tcgetattr(file)
        now[3] &= ~termios.ECHO
        termios.tcsetattr(file, termios.TCSADRAIN, now)
        atexit.register(unhush)


def unhush() -> None:
    """Undo :func:`hush`, and drop what was typed since."""
    while _hushed:
        file, before = _hushed.pop()
        with contextlib.suppress(OSError, termios.error):  # the terminal may be gone by now
            termios.tcsetattr(file, termios.TCSAFLUSH, before)
        os.close(file)


class Terminal:
    """The controlling terminal, whatever stdin and stdout are: they may carry rows.

    Args:
        plain: write one screen below the other and no control sequence at all, for terminals
            that know none (``TERM=dumb``) and for screen readers.
        path: the terminal's device.

    Attributes:
        sent_at: when the last keys came, in seconds of the monotonic clock; the same for keys that
            came at once, however long drawing takes between them.

    Raises:
        UsageError: there is no terminal (cron, a container without ``-t``, CI).
    """

    def __init__(self, *, plain: bool = False, path: str = "/dev/tty") -> None:
        self.plain = plain
        self.sent_at = 0.0
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise UsageError(
                f"there is no terminal to review in ({path}: {error.strerror}): review in the "
                "browser (--review web), or write the sample for others (--review file)"
            ) from error
        self._before = _hushed[0][1] if _hushed else termios.tcgetattr(self._file)
        self._decoder = Decoder()
        self._keys: list[Key] = []
        self._bell_in, self._bell_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._handlers: dict[int, _Handler] = {}
        self._raw = False

    def __enter__(self) -> Self:
        # Only the main thread may set handlers; another one does without resizing and Ctrl-Z.
        if threading.current_thread() is threading.main_thread():
            self._listen()
        self._take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._release()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for file in (self._file, self._bell_in, self._bell_out):
            os.close(file)
        unhush()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines, as they are now; 80 by 24 where the terminal does not say."""
        columns, lines = os.get_terminal_size(self._file)
        return columns or 80, lines or 24

    def show(self, lines: list[str]) -> None:
        """Write a screen in one go: over the one that was there, or below it if plain.

        Args:
            lines: each at most one column narrower than the terminal.
        """
        if self.plain:
            self._write("\n".join(lines) + "\n")
            return
        self._write("\x1b[H" + "".join(f"{line}\x1b[K\r\n" for line in lines[:-1])
                    + f"{lines[-1]}\x1b[K\x1b[J")  # fmt: skip

    def drop(self) -> None:
        """Forget the keys that were typed so far: they were meant for what was shown before."""
        self._keys.clear()
        termios.tcflush(self._file, termios.TCIFLUSH)

    def key(self) -> Key:
        """Wait for a key; ``resize`` asks for a new drawing, ``hang up`` says that no more come."""
        while not self._keys:
            ready = self._wait(_PATIENCE if self._decoder.waiting else None)
            if self._bell_in in ready:
                os.read(self._bell_in, 4096)
                return Key("resize")
            if self._file not in ready:
                self._keys += self._decoder.flush()
                continue
            sent = self._read()
            if not sent:
                return Key("hang up")
            self.sent_at = time.monotonic()
            self._keys += self._decoder.feed(sent)
        return self._keys.pop(0)

    def _wait(self, seconds: float | None) -> list[int]:
        return select.select([self._file, self._bell_in], [], [], seconds)[0]

    def _read(self) -> bytes:
        try:
            return os.read(self._file, 4096)
        except OSError:  # EIO: the window was closed
            return b""

    def _write(self, text: str) -> None:
        left = text.encode(locale.getencoding(), errors="replace")
        while left:
            left = left[os.write(self._file, left) :]

    def _take(self) -> None:
        now = termios.tcgetattr(self._file)
        _set_raw(now)
        termios.tcsetattr(self._file, termios.TCSADRAIN, now)
        self._raw = True
        if not self.plain:
            self._write(_ENTER)

    def _release(self) -> None:
        if not self._raw:
            return
        self._raw = False
        # The terminal may be gone by now; there is nothing to restore then.
        with contextlib.suppress(OSError, termios.error):
            if not self.plain:
                self._write(_LEAVE)
            termios.tcsetattr(self._file, termios.TCSAFLUSH, self._before)

    def _listen(self) -> None:
        self._handle(signal.SIGWINCH, self._ring)
        self._handle(signal.SIGTSTP, self._stop)
        self._handle(signal.SIGCONT, self._go_on)
        for number in _DEADLY:
            if signal.getsignal(number) is signal.SIG_DFL:
                self._handle(number, self._die)

    def _handle(self, number: int, handler: _Handler) -> None:
        self._handlers[number] = signal.signal(number, handler)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(BlockingIOError):  # a full pipe has been heard already
            os.write(self._bell_out, b"\x00")

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Give the terminal back to the shell before stopping (Ctrl-Z), and take it when back."""
        self._release()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)

    def _go_on(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, self._stop)
        self._take()
        self._ring(number, frame)

    def _die(self, number: int, _frame: FrameType | None) -> None:
        self._release()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _set_raw(mode: list[Any]) -> None:
    """Take keys one by one and don't echo them; Ctrl-C and Ctrl-Z stay what they are."""
    mode[3] &= ~(termios.ECHO | termios.ICANON)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    mode[6][termios.VQUIT] = b"\x00"  # Ctrl-\ would end the process with the terminal raw
