"""Keys that are typed before a row can have been read decide nothing, and are not shown."""

import os
import sys
import termios
import threading
import time
from contextlib import suppress

import orjson
import pytest
from patience import until
from seat import Seat
from sittings import plain_items, sitting

from dataaug.review.reviewers import terminal
from dataaug.review.ui import screen
from dataaug.review.ui.tty import Terminal

ROWS = b"".join(
    orjson.dumps({"text": f"text {number}", "_aug": {"id": f"{number}", "origin": "synthetic"}})
    + b"\n"
    for number in range(5)
)


def echoes(seat):
    return bool(termios.tcgetattr(seat.slave)[3] & termios.ECHO)


def opened(path):
    """Return a pipe to write to, None as long as nobody reads it."""
    with suppress(OSError):
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb", buffering=0)


@pytest.fixture
def preparing(tmp_path):
    """A spotcheck that waits for its rows, at a terminal; the file that they are to come from."""
    os.mkfifo(tmp_path / "rows")
    command = [sys.executable, "-m", "dataaug", "spotcheck", str(tmp_path / "rows"), "--review",
               "terminal", "--verdicts", str(tmp_path / "verdicts"), "-n", "3"]  # fmt: skip
    with Seat(command) as seat:
        assert echoes(seat)
        rows = until(lambda: opened(tmp_path / "rows"), "nobody reads the rows", 0.05)
        until(lambda: not echoes(seat) or seat.program.poll() is not None, "keys are echoed")
        with rows:
            yield seat, rows


def test_keys_typed_while_rows_are_prepared_judge_none_and_are_not_shown(preparing, tmp_path):
    seat, rows = preparing
    os.write(seat.screen_, b"yyny\n")
    seat.read(0.3)
    assert "y" not in seat.sent
    rows.write(ROWS)
    rows.close()
    seat.until("1 of 3")
    seat.read(0.5)
    assert "1 of 3" in seat.frame
    seat.press("q")
    seat.end()
    assert seat.is_restored
    assert b"ok" not in (tmp_path / "verdicts").read_bytes()


@pytest.mark.parametrize("number", [2, 15])
def test_the_terminal_echoes_again_when_the_run_ends_before_a_row_is_shown(preparing, number):
    seat, _ = preparing
    seat.kill(number)
    seat.end()
    assert termios.tcgetattr(seat.slave) == seat.before


def test_the_terminal_echoes_again_after_an_error(preparing):
    seat, rows = preparing
    rows.write(b"no json\n")
    rows.close()
    assert seat.end() == 3
    assert termios.tcgetattr(seat.slave) == seat.before


def test_a_key_that_comes_while_the_first_row_is_drawn_does_not_judge_it(tmp_path, monkeypatch):
    keyboard, line = os.openpty()
    whole = screen.whole_screen

    def slow(*args):
        if not drawn:
            os.write(keyboard, b"y")
            time.sleep(0.1)
        drawn.append(1)
        return whole(*args)

    drawn = []
    monkeypatch.setattr(screen, "whole_screen", slow)
    session = sitting(plain_items(3), tmp_path / "verdicts")

    def leave():
        until(lambda: drawn, "nothing was drawn")
        time.sleep(1)
        os.read(keyboard, 1 << 16)
        os.write(keyboard, b"q")

    leaving = threading.Thread(target=leave)
    leaving.start()
    with Terminal(path=os.ttyname(line)) as seat:
        terminal._TerminalSession(seat, session).sit()
    leaving.join()
    os.close(keyboard)
    os.close(line)
    assert session.decided == 0
