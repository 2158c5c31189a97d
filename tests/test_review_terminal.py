"""The terminal's reviewer on a real pseudo-terminal, keys and all."""

import os
import re
import signal
import subprocess
import sys
import unicodedata

import pytest
from patience import PATIENCE
from seat import SITTINGS, bare, terminal
from sittings import hostile_items

from dataaug.review.ledger import Ledger

OK, BAD = "saved: ok", "saved: bad"
STYLE = re.compile(r"\x1b\[[0-9;]*m")
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3|4|9|10)[0-9](?:;[0-9;]*)?m")
OURS = re.compile(r"\x1b\[(?:[0-9;]*m|H|K|J|\?(?:1049|25|2004)[hl])")


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "verdicts.jsonl"


def said(path):
    """Return what stands in the ledger, by row."""
    verdicts = Ledger.read(str(path)).of("tester")
    return {
        key: tuple(filter(None, (v.verdict, v.reason, v.label, v.note)))
        for key, v in verdicts.items()
    }


def test_one_key_a_row(ledger):
    with terminal(ledger) as seat:
        first = seat.until("1 of 6")
        for there in ("purchase", "buy", "card_arrival", "synonym", "0.94", "other_label"):
            assert there in first
        seat.press("y", OK)
        seat.press("3", "makes no sense")
        seat.press("n", "why is it bad?")
        seat.press("2", "meaning changed")
        seat.press("n", "why is it bad?")
        seat.press("\r", BAD)
        seat.press("s", "saved: skip")
        seat.press("y", "All 6 rows have a verdict.")
        seat.press("\r")
        assert seat.end() == 0
        assert seat.is_restored
        assert seat.program.stdout.read() == b""
    assert list(said(ledger).values()) == [
        ("ok",), ("bad", "nonsense"), ("bad", "meaning"), ("bad",), ("skip",), ("ok",),
    ]  # fmt: skip


def test_undo_relabel_and_note(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        seat.press("y", "2 of 6")
        seat.press("u", "taken back")
        assert "1 of 6" in seat.frame
        seat.press("l", "the right label")
        seat.press("fe", "fe_")
        assert "> fees" in seat.frame
        assert "> card_arrival" not in seat.frame
        seat.press("\r", "should be fees")
        seat.press("t", "note:")
        seat.press("two \x7f words", "two words_")
        seat.press("\r", "note    two words")
        seat.press("y", "3 of 6")
        seat.press("t", "note:")
        seat.press("forget it\x1b", "y ok")
        seat.press("y", "4 of 6")
        seat.press("l", "the right label")
        seat.press("\x1b[B\r", "should be close_account")
        seat.press("q")
        assert seat.end() == 0
    assert said(ledger) == {
        "k0": ("bad", "wrong_label", "fees"),
        "k1": ("ok", "two words"),
        "k2": ("ok",),
        "k3": ("bad", "wrong_label", "close_account"),
    }


def test_esc_leaves_a_row_undecided_and_unknown_keys_do_nothing(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        seat.press("n", "why is it bad?")
        seat.press("\x1b", "y ok")
        seat.press("9xé\x1b[C\x1b[31;5m", "y ok")
        seat.press("u", "nothing to take back")
        seat.press("q")
        assert seat.end() == 0
    assert said(ledger) == {}


def test_the_error_rate_is_shown_only_on_request(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        seat.press("3", "2 of 6")
        assert "rows bad" not in bare(seat.sent)
        seat.press("v", "1 of 1 rows bad.")
        seat.press("y", "1 of 2 rows bad.")


def test_help_names_every_key(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        seat.press("?", "Any key goes back")
        for key in "ynslutmvq":
            assert re.search(rf"^ +{key} {{3,}}", seat.frame, re.MULTILINE), key
        seat.press("y", "1 of 6")
    assert said(ledger) == {}


def test_it_goes_on_after_kill_9(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        seat.press("y", "2 of 6")
        seat.press("1", "3 of 6")
        seat.kill()
        assert seat.end() == -signal.SIGKILL
    assert list(said(ledger).values()) == [("ok",), ("bad", "wrong_label")]
    with terminal(ledger) as seat:
        assert "going on after 2 rows" in seat.until("3 of 6")
        seat.press("u", "taken back")
        seat.press("y", "3 of 6")
        seat.press("q")
        seat.end()
    assert list(said(ledger).values()) == [("ok",), ("ok",)]


@pytest.mark.parametrize(
    ("where", "how", "code"),
    [("", "q", 0), ("", "\x04", 0), ("", "\x03", 130), ("", signal.SIGTERM, 143),
     ("", signal.SIGHUP, -signal.SIGHUP), ("n", "\x03", 130), ("l", signal.SIGTERM, 143),
     ("?", signal.SIGINT, 130)],
)  # fmt: skip
def test_the_terminal_is_restored_on_every_way_out(ledger, where, how, code):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        assert not seat.is_restored
        if where:
            seat.press(where, {"n": "why", "l": "right label", "?": "Any key"}[where])
        if isinstance(how, str):
            seat.press(how)
        else:
            seat.kill(how)
        assert seat.end() == code
        assert seat.is_restored


def test_the_terminal_is_restored_when_a_verdict_cannot_be_written(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        ledger.unlink()
        ledger.mkdir()
        seat.press("y")
        assert seat.end() == 4
        assert seat.is_restored
        assert b"can't be written" in seat.program.stderr.read()


def test_the_first_screen_is_back_and_quit_is_quiet(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        seat.press("q")
        seat.end()
        assert seat.sent.endswith("\x1b[?2004l\x1b[?25h\x1b[?1049l")


def test_rows_of_all_kinds_are_shown_and_nothing_of_them_takes_effect(ledger):
    with terminal(ledger, "hostile") as seat:
        total = len(hostile_items())
        for number in range(total):
            seat.until(f"{number + 1} of {total}")
            seat.press("m", "y ok")
            seat.press("s", f"{number + 2} of {total}" if number + 1 < total else "All ")
        seat.press("q")
        assert seat.end() == 0
    left = OURS.sub("", seat.sent).replace("\r", "").replace("\n", "")
    bad = {f"{ord(c):x}" for c in left if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl"}}
    assert bad == set()
    for there in ("\\u{1b}[31mred", "[/]", "[bold]b[/bold]", "[link=", "\\u{202e}abc", "\\u{200b}"):
        assert there in bare(seat.sent).replace("\n  ", ""), there


def test_a_row_of_100_kb_is_cut_around_its_change_and_shown_whole_on_request(ledger):
    position = len(hostile_items()) - 3
    with terminal(ledger, "hostile") as seat:
        for number in range(1, position):
            seat.until(f"{number} of ")
            seat.press("s", f"{number + 1} of ")
        seat.until("CHANGED")
        assert "more letters" in seat.frame
        seat.press("m", "more lines: page down")
        assert "more letters" not in seat.frame
        seat.press("\x1b[F", "end: page up goes back")
        seat.press("\x1b[H", "more lines: page down")
        lines = int(re.search(r"(\d+) more lines", seat.frame).group(1))
        assert lines > 2 * 100_000 / 80  # the row and its parent
        mark = len(seat.sent)
        seat.press("\x1b[6~" * (lines // 30 + 4), "CHANGED")
        assert "CHANGED" in bare(seat.sent[mark:])
        seat.press("y", "saved: ok")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 6), (10, 2), (200, 60)])
def test_a_screen_fits_its_window(ledger, size):
    columns, lines = size
    with terminal(ledger, "hostile", size=size) as seat:
        seat.until("label")
        for key in ("l", "\x1b", "n", "\x1b", "m", "\x1b[6~", "s", "t", "\x1b", "s", "?"):
            seat.press(key)
            seat.read(0.15)
            shown = seat.frame.split("\n")
            assert len(shown) <= lines
            assert max(width(line) for line in shown) < max(columns, 11)


def width(text):
    from rich.cells import cell_len

    return cell_len(text)


def test_a_window_that_changes_is_drawn_anew(ledger):
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        seat.resize(40, 20)
        mark = len(seat.sent)
        while "1 of 6" not in bare(seat.sent[mark:]):
            seat.read()
        assert max(map(len, seat.frame.split("\n"))) < 40


def test_no_color_has_none_and_still_marks_what_changed(ledger):
    with terminal(ledger, NO_COLOR="1") as seat:
        seat.until("1 of 6")
        assert not COLOUR.search(seat.sent)
        assert "\x1b[1;4mpurchase" in seat.sent
        assert "\x1b[9mbuy" in seat.sent
    with terminal(ledger) as seat:
        seat.until("1 of 6")
        assert COLOUR.search(seat.sent)


def test_a_dumb_terminal_gets_text_only_with_marks_in_brackets(ledger):
    with terminal(ledger, TERM="dumb") as seat:
        seat.see("q quit")
        assert "{+purchase+}" in seat.sent
        assert "[-buy-]" in seat.sent
        seat.press("y", "2 of 6")
        seat.press("n", "why is it bad?")
        seat.press("4", "3 of 6")
        seat.press("q")
        assert seat.end() == 0
        assert "\x1b" not in seat.sent
    assert list(said(ledger).values()) == [("ok",), ("bad", "unnatural")]


def test_keys_come_from_the_terminal_while_stdin_carries_rows(ledger):
    read, write = os.pipe()
    os.write(write, b'{"text": "y"}\nyyyyyyy\n')
    with terminal(ledger, stdin=read) as seat:
        seat.until("1 of 6")
        seat.press("y", "2 of 6")
        seat.press("q")
        assert seat.end() == 0
    os.close(read)
    os.close(write)
    assert list(said(ledger).values()) == [("ok",)]


def test_pasted_text_and_a_key_held_down_decide_nothing_unseen(ledger):
    with terminal(ledger, "50") as seat:
        seat.until("1 of 50")
        seat.press("\x1b[200~yyyyy\x1b[201~", "1 of 50")
        seat.press("y" * 20, "2 of 50")
        seat.read(0.5)
        assert "2 of 50" in seat.frame
        seat.press("q")
        seat.end()
    assert len(said(ledger)) == 1


def test_without_a_terminal_it_says_what_to_do(ledger):
    done = subprocess.run(
        [sys.executable, SITTINGS, "terminal", ledger, "6"],
        check=False, capture_output=True, start_new_session=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"there is no terminal to review in" in done.stderr
    assert b"--review web" in done.stderr


def test_a_closed_window_ends_the_sitting(ledger):
    seat = terminal(ledger)
    with seat:
        seat.until("1 of 6")
        seat.press("y", "2 of 6")
        os.close(seat.slave)
        os.close(seat.screen_)
        assert seat.program.wait(PATIENCE) in {0, -signal.SIGHUP}
        seat.screen_, seat.slave = os.openpty()
    assert list(said(ledger).values()) == [("ok",)]
