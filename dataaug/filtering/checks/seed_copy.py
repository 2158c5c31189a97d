"""A copy, or nearly one, of an example that its maker was shown (by words, not by embedding)."""

import functools

from dataaug.errors import UsageError
from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single
from dataaug.text import ROUGE_L_COPY
from dataaug.text.rouge import Known, Vocabulary


def _judge(similarity: float, run: int, candidate: CandidateText) -> Fault | None:
    shown = Known(Vocabulary(), similarity, run)
    for place, example in enumerate(candidate.examples):
        shown.add(str(place), example)
    found = shown.near_duplicate(candidate.text) if candidate.examples else None
    if found is None:
        return None
    return Fault("seed_copy", {"example": int(found.of), **found.evidence()})


def load(*, similarity: float = ROUGE_L_COPY, run: int = 8) -> Check:
    """Build the check.

    Args:
        similarity: ROUGE-L to an example from which on a text counts as its copy, above 0 up to 1.
        run: so many equal words in a row count as a copy too; 0 for any.

    Raises:
        UsageError: a bound is out of range.
    """
    if not (0 < similarity <= 1 and run >= 0):
        raise UsageError(
            f"seed-copy: similarity={similarity}, run={run}: expected above 0 up to 1, 0 or more"
        )

    return ByRow("seed-copy", Single(functools.partial(_judge, similarity, run)))
