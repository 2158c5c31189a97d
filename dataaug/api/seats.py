"""Who looks at rows, and where their verdicts are: what ``spotcheck`` and ``label`` are given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

from dataaug import plugins
from dataaug.api import specs
from dataaug.api.specs import Named
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.review import spoken
from dataaug.review.items import ReviewItem
from dataaug.review.reviewers import Reviewer
from dataaug.review.verdict_files import Verdicts

Said: TypeAlias = str | PathLike[str] | Sequence[PathLike[str]] | Mapping[str, Any] | Iterable[Any]
_TO_FILE = "file"
"""The reviewer that hands the sample to another tool: there is no verdict yet."""


def seat(reviewer: Callable[[ReviewItem], Any] | Named | None) -> Reviewer | None:
    """Return who looks at the rows.

    Raises:
        UsageError: it is nobody who could.
    """
    if reviewer is None:
        return None
    if isinstance(reviewer, str | Spec):
        spec = reviewer if isinstance(reviewer, Spec) else Spec(reviewer)
        found: Reviewer = plugins.load("reviewers", spec)
        return found
    if not callable(reviewer):
        raise UsageError(f"reviewer: expected a function or a name, found {reviewer!r}")
    return spoken.Asked(reviewer)


def sorted_verdicts(given: Said | None) -> tuple[list[str], Any]:
    """Return the files of verdicts, and verdicts that are values (None: there are none)."""
    if given is None:
        return [], None
    if isinstance(given, str | PathLike):
        return [fspath(given)], None
    if isinstance(given, Mapping):
        return [], given
    if not isinstance(given, Iterable):
        raise UsageError(f"verdicts: expected a file, a mapping or an iterable, found {given!r}")
    several = list(given)
    if several and all(isinstance(each, PathLike) for each in several):
        return list(map(fspath, several)), None
    return [], several


def book(given: list[str], reviewer: Callable[[ReviewItem], Any] | Named | None) -> Verdicts:
    """Return the verdicts of all files, and what takes those of the reviewer."""
    if callable(reviewer) and not given:
        return Verdicts((), writes=True, ledgers=[spoken.Unwritten(Path("verdicts"))])
    name = reviewer.name if isinstance(reviewer, Spec) else reviewer
    return Verdicts.read(given, writes=name not in {None, _TO_FILE})


def hands_over(reviewer: Callable[[ReviewItem], Any] | Named | None) -> bool:
    """Does the reviewer hand the rows to another tool?"""
    given = isinstance(reviewer, str | Spec)
    return given and specs.one("reviewers", reviewer).name == _TO_FILE  # type: ignore[arg-type]
