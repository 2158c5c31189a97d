"""How far a run is, also where nobody looks at a terminal."""

import re

import pytest

from dataaug.cli import progress
from dataaug.cli.progress import Progress, wanted_form


@pytest.fixture
def lines(monkeypatch):
    """Return a count in lines, and what moves its clock."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.delenv("DATAAUG_PROGRESS", raising=False)
    shown = Progress("filter", "lines")
    shown.start()

    def later(seconds):
        now[0] += seconds

    return shown, later


def test_a_line_every_thirty_seconds_and_none_before(lines, capsys):
    shown, later = lines
    for done in range(0, 14_900, 100):
        later(4)
        shown("embedding", done, 14_900)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "filter: embedding 700 of 14,900"
    assert len(said) == 149 * 4 // 32
    assert all(re.fullmatch(r"filter: embedding [\d,]+ of 14,900", line) for line in said)


def test_a_short_run_says_nothing(lines, capsys):
    shown, later = lines
    later(29)
    shown("embedding", 10, 10)
    assert capsys.readouterr().err == ""


def test_rows_are_counted_without_a_look_at_the_clock_each(lines, capsys):
    shown, later = lines
    rows = iter(shown.count(range(5_000)))
    later(31)
    assert list(rows) == list(range(5_000))
    assert capsys.readouterr().err == "filter: rows read 1,024\n"


@pytest.mark.parametrize(
    ("quiet", "asked", "form"),
    [(True, None, "none"), (True, True, "none"), (False, False, "none"), (False, None, "lines"),
     (False, True, "bar")],
)  # fmt: skip
def test_which_form(quiet, asked, form):
    assert wanted_form(quiet=quiet, asked=asked) == form


@pytest.mark.parametrize("given", ["0", "-1"])
def test_lines_can_be_switched_off(given, monkeypatch, capsys):
    monkeypatch.setenv("DATAAUG_PROGRESS", given)
    shown = Progress("mix", "lines")
    shown.start()
    shown("rows read", 1, 0)
    assert capsys.readouterr().err == ""


def test_a_real_run_tells_on_stderr_alone(cli, monkeypatch):
    monkeypatch.setenv("DATAAUG_PROGRESS", "0.000001")
    rows = b"".join(b'{"text":"row %d","label":"a"}\n' % number for number in range(3_000))
    done = cli("mix", stdin=rows)
    assert done.code == 0
    assert b"mix: rows read 1,024\n" in done.err
    assert done.out.count(b"\n") == 3_000
