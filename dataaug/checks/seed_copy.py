"""A copy, or nearly one, of an example that its maker was shown (by words, not by embedding)."""

from dataaug.checks import Check, Fault
from dataaug.checks.by_row import ByRow, Candidate, Single
from dataaug.errors import UsageError
from dataaug.normalise import digest
from dataaug.overlap import longest_run, rouge_l, tokens


def _judge(candidate: Candidate, limit: float, run: int) -> Fault | None:
    """Return a fault that names the worst of the examples, by their place in the prompt."""
    if not candidate.examples:
        return None
    mine, name = tokens(candidate.text), digest(candidate.text)
    worst: tuple[float, int] = (0.0, -1)
    for place, example in enumerate(candidate.examples):
        if digest(example) == name:
            return Fault("seed_copy", {"example": place, "rouge_l": 1.0})
        theirs = tokens(example)
        score = rouge_l(mine, theirs)
        if score > limit:
            worst = max(worst, (score, place))
        elif longest_run(mine, theirs) >= run:
            return Fault("seed_copy", {"example": place, "equal_words": longest_run(mine, theirs)})
    if worst[1] < 0:
        return None
    return Fault("seed_copy", {"example": worst[1], "rouge_l": round(worst[0], 3)})


def load(*, rouge_l: float = 0.7, run: int = 8) -> Check:
    """Build the check.

    Args:
        rouge_l: ROUGE-L to an example above which a text counts as its copy, 0 to 1 (Self-Instruct:
            0.7).
        run: so many equal words in a row count as a copy too; 1 and above.

    Raises:
        UsageError: a bound is out of range.
    """
    if not (0 <= rouge_l <= 1 and run >= 1):
        raise UsageError(f"seed-copy: rouge_l={rouge_l}, run={run}: expected 0 to 1, and 1 or more")
    return ByRow("seed-copy", Single(lambda candidate: _judge(candidate, rouge_l, run)))
