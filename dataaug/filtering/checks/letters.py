"""A text without a letter in any script: ``10``, ``...``, ``#### 42``."""

import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single

_LETTER = re.compile(r"[^\W\d_]")


def _judge(candidate: CandidateText) -> Fault | None:
    if candidate.field or _LETTER.search(candidate.text):  # an answer may be a number
        return None
    return Fault("no_letters")


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("letters", Single(_judge))
