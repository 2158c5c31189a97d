"""The model refuses, or speaks of itself ("as an AI"), where a text should stand."""

import functools
import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single
from dataaug.text import tables

_START = 300  # characters; who refuses does so at once


@functools.cache
def _patterns() -> list["re.Pattern[str]"]:
    """Return what finds refusals, a pattern a language, then what a model says of itself."""
    phrases = tables.sections("dataaug.filtering", "refusal")
    return [re.compile("|".join(forms), re.IGNORECASE) for forms in phrases.values()]


def refusal(text: str) -> str:
    """Return the words by which a text refuses or speaks of itself as a model, or nothing."""
    start = text[:_START].replace("’", "'")
    for pattern in _patterns():
        if found := pattern.search(start):
            return found.group()
    return ""


def _judge(candidate: CandidateText) -> Fault | None:
    found = refusal(candidate.text)
    return Fault("refusal", {"found": found[:80]}) if found else None


def load() -> Check:
    """Build the check. It knows the usual words in eleven languages, and has no options."""
    return ByRow("refusal", Single(_judge))
