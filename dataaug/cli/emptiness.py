"""No success on nothing: rows or fields that are not there, and rows that nobody got."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from dataaug.errors import DataaugError, InputError, ShortfallError
from dataaug.rows import field_paths
from dataaug.rows.files import STDIO, display_name
from dataaug.rows.record import Outcome, Record
from dataaug.rows.report import Report
from dataaug.text.printable import safe

_ALLOW = "--allow-empty makes that a success"

Seen = TypeVar("Seen", bound=Outcome)


class NoRowsError(InputError):
    """The input holds no row."""

    @classmethod
    def of(cls, verb: str, paths: Sequence[str]) -> "NoRowsError":
        """Return the error about these files; the command is named, as it may be one of a pipe."""
        where = ", ".join(safe(display_name(path)) for path in dict.fromkeys(paths))
        hint = "; the command in front of the pipe may have said why" if STDIO in paths else ""
        return cls(f"{where}: {verb} found no rows there{hint} ({_ALLOW})")


class UnreadableRowsError(ShortfallError):
    """The input holds rows, and not one of them could be read (``--on-error skip``)."""


class MissingFields:
    """Which of the fields that were named on the command line no row has shown yet.

    Attributes:
        seen: was there a row?
        there: says which fields the first row has, empty before one came.
    """

    def __init__(self, named: Sequence[tuple[str, str]]) -> None:
        self._named = named  # option and field
        self._missing = frozenset(field for _, field in named)
        self.there = ""
        self.seen = False

    def over(self, outcomes: Iterable[Seen]) -> Iterator[Seen]:
        """Pass rows on and look at their fields until all were seen."""
        stream = iter(outcomes)
        for outcome in stream:
            if isinstance(outcome, Record):
                self._look(outcome.fields)
            yield outcome
            if self.seen and not self._missing:
                break
        yield from stream

    def _look(self, fields: Mapping[str, Any]) -> None:
        if not self.seen:
            self.note(fields)
        self.seen = True
        there = (name for name in self._missing if field_paths.place_of(fields, name) is not None)
        self._missing = self._missing.difference(list(there))

    def note(self, fields: Mapping[str, Any]) -> None:
        """Take the fields of a row, to say what there is where another one was named."""
        self.there = f" (fields there: {field_paths.listed_names(fields)})"

    def demand(self) -> None:
        """Refuse a field that no row has.

        Raises:
            InputError: there were rows, and none has it.
        """
        if not self.seen:
            return
        for option, field in self._named:
            if field in self._missing:
                raise InputError(
                    f"{option} {safe(field)!r}: no row has this field{safe(self.there)}; name one "
                    "that rows have, or leave the option out"
                )

    def unreadable(self, report: Report) -> DataaugError:
        """Return the error for an input of which no row could be read."""
        text = next((field for option, field in self._named if option == "--text-field"), None)
        if text is not None and "bad_text" not in report.rejected:
            return InputError(
                f"--text-field {safe(text)!r}: no row has this field ({_why(report)})"
                f"{safe(self.there)}"
            )
        return UnreadableRowsError(
            f"{report.unreadable:,} rows came in and not one could be read ({_why(report)}); "
            f"--rejects FILE keeps them with what is wrong ({_ALLOW})"
        )


def nothing_written(report: Report, missed: Sequence[str]) -> ShortfallError:
    """Return the error for a run that came to its end without a row.

    Args:
        report: what the run counted.
        missed: files that do not appear therefore.
    """
    files = f"; {', '.join(map(safe, missed))} was not written" if missed else ""
    why = (
        f" ({_why(report)}; --rejects FILE keeps them with the reasons)" if report.rejected else ""
    )
    return ShortfallError(
        f"{report.read:,} rows came in and none was written{why}{files} ({_ALLOW})"
    )


def _why(report: Report) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in report.rejected.most_common())
