"""The company's agent speaks, not its customer: "thank you for contacting us"."""

import functools
import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single
from dataaug.text import tables


@functools.cache
def _patterns() -> list["re.Pattern[str]"]:
    """Return what finds the phrases of an agent, a pattern a language."""
    phrases = tables.sections("dataaug.filtering", "voice")
    return [re.compile("|".join(forms), re.IGNORECASE) for forms in phrases.values()]


def _judge(candidate: CandidateText) -> Fault | None:
    if candidate.field:  # what answers a text is an agent's by right
        return None
    text = candidate.text.replace("’", "'")
    for pattern in _patterns():
        if found := pattern.search(text):
            return Fault("agent_voice", {"found": found.group()[:80]})
    return None


def load() -> Check:
    """Build the check. It knows the usual phrases in six languages, and has no options."""
    return ByRow("voice", Single(_judge))
