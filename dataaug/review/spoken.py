"""Verdicts that are said in this process: by a function, or as values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from dataaug.errors import UsageError
from dataaug.review.formats import decision
from dataaug.review.header import Header
from dataaug.review.items import RELABEL, ReviewItem, ReviewVerdict
from dataaug.review.ledger import Entry, Ledger
from dataaug.review.session import ReviewSession


class Unwritten(Ledger):
    """Verdicts that no file keeps."""

    def start(self, header: Header) -> None:
        """Note what the verdicts are about."""
        self.header = header

    def _append(self, row: Mapping[str, Any]) -> None:
        self._take(orjson.dumps(row), len(self.entries) + 1)


class Asked:
    """A reviewer that is a function.

    Args:
        judge: takes a row and returns its verdict, in any form that :func:`verdict_of` reads.
    """

    def __init__(self, judge: Callable[[ReviewItem], Any]) -> None:
        self._judge = judge

    def review(self, session: ReviewSession) -> None:
        """Ask for each row until all have a verdict, or the outcome is settled."""
        while (item := session.next()) is not None:
            verdict = verdict_of(self._judge(item), f"the verdict on row {item.record.id}")
            session.put(item, verdict or ReviewVerdict("skip"))


def verdict_of(given: Any, where: str) -> ReviewVerdict | None:
    """Return the verdict that a value means; None where it means that there is none.

    Args:
        given: a word as ``good``, ``ok``, ``bad`` or ``skip``; True for a good row, False for a bad
            one; a :class:`ReviewVerdict`; a mapping with ``verdict`` and, where they are known,
            ``reason``, ``label`` (the right one) and ``note``; None or an empty word: no verdict.
        where: begins a message.

    Raises:
        InputError: a word means no verdict.
        UsageError: it is something else.
    """
    if given is None or isinstance(given, ReviewVerdict):
        return given
    if isinstance(given, bool):
        return ReviewVerdict("ok" if given else "bad")
    if isinstance(given, str):
        word = decision(given, where)
        return ReviewVerdict(word) if word else None
    if isinstance(given, Mapping) and isinstance(given.get("verdict"), str | bool):
        found = verdict_of(given["verdict"], where)
        label = given.get("label")
        reason = str(given.get("reason") or ("" if label is None else RELABEL))
        right = None if label is None else str(label)
        return found and ReviewVerdict(found.verdict, reason, right, str(given.get("note") or ""))
    raise UsageError(f"{where}: expected good, bad or skip, or a verdict, found {given!r}")


def value_entries(
    given: Mapping[str, Any] | Iterable[Any], items: Sequence[ReviewItem], who: str
) -> list[Entry]:
    """Return verdicts that are values.

    Args:
        given: the id or key of a row to its verdict; or verdicts in the order of the rows shown,
            fewer than there are rows leave the others without one.
        items: the rows shown.
        who: whose verdicts they are.

    Raises:
        UsageError: there are more verdicts than rows, or one is none.
    """
    if isinstance(given, Mapping):
        keys = {item.record.id: item.key for item in items}
        pairs = [(keys.get(name, str(name)), name, value) for name, value in given.items()]
    else:
        values = list(given)
        if len(values) > len(items):
            raise UsageError(f"{len(values):,} verdicts for {len(items):,} rows")
        shown = zip(items, values, strict=False)
        pairs = [(item.key, item.record.id, value) for item, value in shown]
    found = []
    for key, name, value in pairs:
        if verdict := verdict_of(value, f"the verdict on row {name}"):
            found.append(Entry(key, str(name), verdict, who, 0.0))
    return found
