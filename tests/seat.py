"""A terminal of its own for a program, with a test at its keyboard."""

import codecs
import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from patience import PATIENCE

SITTINGS = Path(__file__).with_name("sittings.py")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def bare(text):
    """Return what a terminal would show: our own control sequences are taken out."""
    return _CONTROL.sub("", text).replace("\r", "")


class Seat:
    """A program on a pseudo-terminal: what it sent, its keys, and its end."""

    def __init__(self, command, *, size=(80, 24), stdin=None, owned=True, **env):
        self.sent = ""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self.screen_, self.slave = os.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        surroundings = {"TERM": "xterm-256color", "LANG": "C.UTF-8", **os.environ, **env}
        for name in ("NO_COLOR", "COLORTERM"):
            surroundings.pop(name, None) if name not in env else None

        def own():
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

        self.program = subprocess.Popen(
            command, stdin=self.slave if stdin is None else stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, pass_fds=[self.slave],
            preexec_fn=own if owned else None,  # noqa: PLW1509 - the only way to own a terminal
            env={key: value for key, value in surroundings.items() if value is not None},
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.program.kill()
        self.program.communicate()
        os.close(self.screen_)
        os.close(self.slave)

    def resize(self, columns, lines):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds=0.05):
        """Take what the program has sent."""
        while select.select([self.screen_], [], [], seconds)[0]:
            try:
                self.sent += self._decode(os.read(self.screen_, 1 << 16))
            except OSError:
                return

    @property
    def frame(self):
        """The last whole screen, as text."""
        return bare(self.sent.rpartition("\x1b[H")[2].partition("\x1b[?1049l")[0])

    def until(self, wanted):
        """Wait until the last screen has a text."""
        end = time.monotonic() + PATIENCE
        while wanted not in self.frame:
            self.read()
            assert time.monotonic() < end, f"no {wanted!r} in\n{self.frame}"
            assert self.program.poll() is None or wanted in self.frame, self.program.stderr.read()
        self.read(0.02)
        return self.frame

    def press(self, keys, wanted="", pause=0.11):
        """Type something and wait for the screen that answers."""
        if pause:  # the same key sooner than that is a key held down
            self.read(pause)
        mark = len(self.sent)
        os.write(self.screen_, keys.encode())
        if wanted:
            self.see(wanted, mark)

    def see(self, wanted, mark=0):
        """Wait until the program has sent a text, behind a place in what it sent so far."""
        end = time.monotonic() + PATIENCE
        while wanted not in bare(self.sent[mark:]):
            self.read()
            assert time.monotonic() < end, f"no {wanted!r} in\n{bare(self.sent[mark:])}"
        self.read(0.02)

    def end(self):
        """Wait for the program's end and return its exit code."""
        stop = time.monotonic() + PATIENCE
        while self.program.poll() is None:
            self.read()
            assert time.monotonic() < stop, f"still there:\n{self.frame}"
        self.read()
        return self.program.returncode

    def kill(self, number=signal.SIGKILL):
        os.kill(self.program.pid, number)

    @property
    def is_restored(self):
        """Is the terminal as it was: modes, cursor, first screen, no bracketed paste?"""
        now = termios.tcgetattr(self.slave)
        ends = [self.sent.rfind(f"\x1b[?{mode}") for mode in ("1049l", "25h", "2004l")]
        starts = [self.sent.rfind(f"\x1b[?{mode}") for mode in ("1049h", "25l", "2004h")]
        return now == self.before and all(e > s for e, s in zip(ends, starts, strict=True))


def terminal(path, rows="6", *options, **given):
    """Sit down at the terminal's reviewer."""
    return Seat(
        [sys.executable, str(SITTINGS), "terminal", str(path), str(rows), *options], **given
    )
