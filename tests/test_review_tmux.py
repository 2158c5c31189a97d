"""The terminal's reviewer in tmux with a shell around it: job control, and what is on screen."""

import os
import shlex
import shutil
import subprocess
import sys
import time

import pytest
from patience import until
from seat import SITTINGS
from sittings import hostile_items

TMUX = shutil.which("tmux")
pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")


class Window:
    """A window of tmux with a shell in it."""

    def __init__(self, folder, columns=80, lines=24):
        self._socket = str(folder / "tmux")
        shell = ("env", "PS1=ready$ ", "LANG=C.UTF-8", "bash", "--norc", "--noprofile", "-i")
        size = ("-x", str(columns), "-y", str(lines))
        self.tell("-f", os.devnull, "new-session", "-d", *size, *shell)

    def tell(self, *words):
        done = subprocess.run([TMUX, "-S", self._socket, *words], capture_output=True, check=True)
        return done.stdout.decode()

    def press(self, *keys):
        time.sleep(0.12)
        self.tell("send-keys", *keys)

    def type(self, text):
        self.tell("send-keys", "-l", text)
        self.tell("send-keys", "Enter")

    @property
    def screen(self):
        return self.tell("capture-pane", "-p")

    def until(self, wanted, *more):
        until(
            lambda: all(text in self.screen for text in (wanted, *more)),
            lambda: f"no {wanted!r} in\n{self.screen}", 0.05,
        )  # fmt: skip
        return self.screen

    def until_the_shell_asks(self):
        until(
            lambda: self.screen.rstrip().endswith("ready$"),
            lambda: f"no prompt at the end of\n{self.screen}", 0.05,
        )  # fmt: skip


@pytest.fixture
def window(tmp_path):
    found = Window(tmp_path)
    found.until("ready$")
    yield found
    found.tell("kill-server")


def start(window, path, rows="6"):
    window.type(shlex.join([sys.executable, str(SITTINGS), "terminal", str(path), rows]))


def test_ctrl_z_gives_the_shell_its_terminal_and_fg_takes_it_again(window, tmp_path):
    start(window, tmp_path / "v.jsonl")
    window.until("1 of 6", "y ok")
    window.press("y")
    window.until("2 of 6")
    window.press("C-z")
    assert "dataaug spotcheck" not in window.until("Stopped", "ready$")
    window.type("stty -a | grep -o ' icanon'")
    window.until("\n icanon")
    window.type("fg")
    window.until("2 of 6", "y ok")
    window.press("y")
    window.until("3 of 6")
    window.press("q")
    window.until_the_shell_asks()  # what is typed before may be taken by the command that ends
    window.type("echo code $?")
    assert "y ok" not in window.until("\ncode 0", "ready$")


def test_what_stood_there_before_stands_there_after(window, tmp_path):
    window.type("echo before")
    start(window, tmp_path / "v.jsonl")
    window.until("1 of 6")
    assert "before" not in window.screen
    window.press("C-c")
    window.type("echo code $?")
    assert "before" in window.until("code 130")


def test_a_terminal_shows_hostile_rows_as_text(window, tmp_path):
    title = window.tell("display-message", "-p", "#{pane_title}")
    total = len(hostile_items())
    start(window, tmp_path / "v.jsonl", "hostile")
    for number in range(1, total):
        screen = window.until(f"{number} of {total}", "y ok")
        assert screen.startswith(" dataaug spotcheck")  # nothing has cleared or scrolled it
        window.press("s")
    window.until(f"{total} of {total}")
    assert window.tell("display-message", "-p", "#{pane_title}") == title
