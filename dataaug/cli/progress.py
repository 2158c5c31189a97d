"""A progress line on stderr, for people at a terminal."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dataaug.rows.record import Record

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_INTERVAL = 0.1  # seconds between updates


def wants_progress(*, quiet: bool, asked: bool | None) -> bool:
    """Show progress? If asked for; else on a terminal that can redraw a line, outside CI."""
    if quiet or asked is not None:
        return bool(asked) and not quiet
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("CI"))
    return sys.stderr.isatty() and not dumb


class Progress:
    """Counts rows, and the steps of the slow parts of a verb."""

    def __init__(self, verb: str, *, shown: bool) -> None:
        self._verb = verb
        self._shown = shown
        self._bar: Bar | None = None
        self._tasks: dict[str, TaskID] = {}
        self._next = 0.0

    def start(self) -> None:
        """Show the line, if it is wanted."""
        if not self._shown:
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                   TimeElapsedColumn())  # fmt: skip
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._bar.start()

    def stop(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def count(self, records: Iterable[Record]) -> Iterator[Record]:
        """Pass rows on and show how many there were."""
        if self._bar is None:
            return iter(records)
        return self._counted(records)

    def _counted(self, records: Iterable[Record]) -> Iterator[Record]:
        for number, record in enumerate(records, 1):
            self(f"{self._verb}: rows read", number, 0)
            yield record

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` (0 if unknown) parts of a step are done."""
        if self._bar is None or (time.monotonic() < self._next and done != total):
            return
        self._next = time.monotonic() + _INTERVAL
        if step not in self._tasks:
            self._tasks[step] = self._bar.add_task(step, total=total or None)
        self._bar.update(self._tasks[step], completed=done)
