"""How far a run is: a line that is redrawn on a terminal, else a line now and then on stderr."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from dataaug.rows.record import Record

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

ProgressForm = Literal["bar", "lines", "none"]

SECONDS = "DATAAUG_PROGRESS"
"""The environment variable that says after how many seconds a line is printed; 0: never."""

_EVERY = 30.0  # seconds between two lines where nothing can be redrawn
_INTERVAL = 0.1  # seconds between updates of the line on a terminal
_ROWS = 1024  # rows between two looks at the clock


def wanted_form(*, quiet: bool, asked: bool | None) -> ProgressForm:
    """Return how progress is shown.

    Args:
        quiet: is nothing but errors to be said?
        asked: what ``--progress/--no-progress`` says, None where it is not given: a bar on a
            terminal that can redraw a line, outside CI, else lines.
    """
    if quiet or asked is False:
        return "none"
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("CI"))
    return "bar" if asked or (sys.stderr.isatty() and not dumb) else "lines"


class Progress:
    """Counts rows, and the steps of the slow parts of a verb."""

    def __init__(self, verb: str, form: ProgressForm) -> None:
        self._verb = verb
        self._form = form
        self._bar: Bar | None = None
        self._tasks: dict[str, TaskID] = {}
        self._next = 0.0
        self._every = _seconds()

    def start(self) -> None:
        """Begin to show it, if it is wanted."""
        self._next = time.monotonic() + self._every
        if self._form != "bar":
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                   TimeElapsedColumn())  # fmt: skip
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._bar.start()
        self._next = 0.0

    def stop(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._form = "none"

    def count(self, records: Iterable[Record]) -> Iterator[Record]:
        """Pass rows on and show how many there were."""
        if self._form == "none":
            return iter(records)
        return self._counted(records)

    def _counted(self, records: Iterable[Record]) -> Iterator[Record]:
        step = f"{self._verb}: rows read"
        rows = 1 if self._bar else _ROWS
        for number, record in enumerate(records, 1):
            if not number % rows:
                self(step, number, 0)
            yield record

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` (0 if unknown) parts of a step are done."""
        now = time.monotonic()
        if self._bar is not None:
            if now >= self._next or done == total:
                self._next = now + _INTERVAL
                self._redraw(self._bar, step, done, total)
        elif self._form == "lines" and now >= self._next:
            self._next = now + self._every
            of = f" of {total:,}" if total else ""
            name = step if step.startswith(f"{self._verb}:") else f"{self._verb}: {step}"
            print(f"{name} {done:,}{of}", file=sys.stderr, flush=True)

    def _redraw(self, bar: "Bar", step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = bar.add_task(step, total=total or None)
        bar.update(self._tasks[step], completed=done)


def _seconds() -> float:
    """Return the seconds between two lines."""
    try:
        given = float(os.environ.get(SECONDS, "") or _EVERY)
    except ValueError:
        return _EVERY
    return given if given > 0 else float("inf")
