"""Rejected rows to look at: the text beside that of its parent, or of the row it collides with."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from dataaug.filtering.checks import Check, Rows
from dataaug.filtering.notes import RejectedExample

_EACH = 4
"""Examples of a reason."""
_LOOKED_AT = 200
"""Rejects of a check that are looked at for examples: a check may have several reasons."""


def rejected_examples(
    rows: Rows, checks: Sequence[Check], failed: npt.NDArray[np.int8]
) -> tuple[RejectedExample, ...]:
    """Return the first rejects of each reason, in the order of the checks.

    Args:
        rows: all rows of the run.
        checks: the checks that were made.
        failed: for each row the number of the check that it failed, -1 for none.
    """
    found = list(_first(rows, checks, failed))
    wanted = {_beside(reject) for reject in found} - {""}
    texts: dict[str, str] = {}
    for record in rows.spool.records() if wanted else ():
        if record.id in wanted:
            texts.setdefault(record.id, record.text)
            if len(texts) == len(wanted):
                break
    return tuple(
        RejectedExample(one.reason, one.record, one.detail, texts.get(_beside(one), ""))
        for one in found
    )


def _first(
    rows: Rows, checks: Sequence[Check], failed: npt.NDArray[np.int8]
) -> Iterator[RejectedExample]:
    for number, check in enumerate(checks):
        places = np.flatnonzero((failed == number) & rows.passing)[:_LOOKED_AT].tolist()
        taken: Counter[str] = Counter()
        for place in places:
            fault = check.fault(place, rows)
            taken[fault.reason] += 1
            if taken[fault.reason] <= _EACH:
                yield RejectedExample(fault.reason, rows.spool.record(place), fault.detail)


def _beside(one: RejectedExample) -> str:
    """Return the id of the row to show beside a reject."""
    of = one.detail.get("of")
    return str(of or (one.record.aug or {}).get("parent") or "")
