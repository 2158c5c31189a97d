"""What a verb gives back: rows, rejects and a report, at once or as a stream."""

from collections.abc import Callable, Iterable, Iterator
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Generic

from dataaug.api.inputs import Input
from dataaug.api.wording import told_in_python
from dataaug.errors import ShortfallError, UsageError
from dataaug.rows.atomic import AtomicFile, commit
from dataaug.rows.jsonl import reject_line
from dataaug.rows.record import Outcome, Record, Reject
from dataaug.rows.report import Report
from dataaug.rows.summary import Summary
from dataaug.sessions import current, running

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    S = TypeVar("S", bound=Summary, default=Any)
else:
    from typing import TypeVar

    S = TypeVar("S")


def _counting(outcomes: Iterator[Outcome], report: Report) -> Iterator[Outcome]:
    for outcome in outcomes:
        report.count(outcome)
        yield outcome


def _put_lines(file: AtomicFile, lines: Iterator[bytes]) -> None:
    for line in lines:
        file.write(line + b"\n")


class Result(Generic[S]):
    """The rows of a verb; it is taken as rows by every other verb.

    Iterating over it yields its rows, and ``len`` counts them. A stream may be iterated over once:
    rows are made as they are asked for, none is kept, and the report is whole at the end.

    Args:
        outcomes: what the verb yields.
        given: the input that it reads.
        stream: leave the rows to be made one by one, as :meth:`stream` is read.
    """

    def __init__(self, outcomes: Iterable[Outcome], given: Input, *, stream: bool = False) -> None:
        self._given = given
        # A stream may be read when another session is the current one. The command line's is not.
        made = running(current(), outcomes) if given.counts else outcomes
        self._outcomes: Iterator[Outcome] | None = iter(made)
        self._streamed = False
        self._rows: list[Record] = []
        self._rejects: list[Reject] = []
        if not stream:
            self._collect()

    def stream(self) -> Iterator[Outcome]:
        """Yield each row or reject as it is made, keeping none of them.

        The report is whole when the last one was read.

        Raises:
            UsageError: they were read already.
        """
        outcomes = self._take()
        self._streamed = True
        return self._counted(outcomes)

    def _counted(self, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        if not self._given.counts:
            return outcomes
        return told_in_python(_counting(outcomes, self._given.report))

    def _take(self) -> Iterator[Outcome]:
        if self._outcomes is None:
            raise UsageError(
                "the rows of this stream were read already; keep them as you read, or leave out "
                "stream=True"
            )
        outcomes, self._outcomes = self._outcomes, None
        return outcomes

    def _collect(self) -> None:
        try:
            for outcome in self._counted(self._take()):
                if isinstance(outcome, Record):
                    self._rows.append(outcome)
                else:
                    self._rejects.append(outcome)
        except ShortfallError as error:
            error.result = self  # what there is may have been paid for
            raise

    @property
    def rows(self) -> list[Record]:
        """The rows, in their order."""
        if self._outcomes is not None or self._streamed:
            self._collect()
        return self._rows

    @property
    def rejects(self) -> list[Reject]:
        """The rows that went no further, each with its reason; those that can't be read first."""
        _ = self.rows
        return [*self._given.aside, *self._rejects]

    @property
    def report(self) -> Report[S]:
        """What the run counted and found."""
        return self._given.report

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dicts, as they stand in a file."""
        return [dict(record.fields) for record in self.rows]

    def write(self, path: str | PathLike[str], rejects: str | PathLike[str] | None = None) -> None:
        """Write the rows as JSONL, ``.gz`` and ``.zst`` too; the files appear when they are whole.

        Args:
            path: the file of the rows.
            rejects: the file of the rejects, with ``_reject`` in each; none by default.

        Raises:
            MissingError: a file can't be written.
        """
        self._write(path, rejects, _put_lines)

    def _write(
        self,
        path: str | PathLike[str],
        rejects: str | PathLike[str] | None,
        put: Callable[[AtomicFile, Iterator[bytes]], None],
    ) -> None:
        """Write the rows by a function that puts lines into a file, and rejects as JSONL."""
        files: list[AtomicFile] = []
        try:
            files.append(AtomicFile(fspath(path)))
            put(files[0], (record.line for record in self.rows))
            if rejects is not None:
                files.append(AtomicFile(fspath(rejects)))
                _put_lines(files[1], map(reject_line, self.rejects))
            commit(files)
        finally:
            for file in files:
                file.discard()  # does nothing to a file that has its name

    def __iter__(self) -> Iterator[Record]:
        if self._outcomes is None and not self._streamed:
            return iter(self._rows)
        return (outcome for outcome in self.stream() if isinstance(outcome, Record))

    def __len__(self) -> int:
        if self._outcomes is not None or self._streamed:
            raise TypeError("a stream has no length: ask for its rows")  # list() asks, and goes on
        return len(self._rows)

    def __repr__(self) -> str:
        if self._outcomes is not None or self._streamed:
            return f"<{self.report.verb}: a stream>"
        return f"<{self.report.verb}: {len(self._rows):,} rows, {len(self.rejects):,} rejects>"
