"""The text was cut off: its maker ran out of tokens, or it ends in the middle of something."""

import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single
from dataaug.text import tables
from dataaug.text.segments import size

_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*(?:\s|\Z)")
_TRAILING = re.compile(r"[,(\[{“‘«&+=]\s*\Z")
_LONG = 12
"""Words from which on a last link word counts: short messages end as they like."""


def _judge(candidate: CandidateText) -> Fault | None:
    if candidate.finish == "length":
        return Fault("truncated", {"evidence": "finish_reason length"})
    text = candidate.text.rstrip()
    found = _TRAILING.search(text)
    if found and size(text) > 2:
        return Fault("truncated", {"evidence": f"ends in {found.group().strip()!r}"})
    if _ends_in_link(text):
        return Fault("truncated", {"evidence": f"ends in {text.split()[-1]!r}"})
    return None


def _ends_in_link(text: str) -> bool:
    """Does a text of several sentences end in the middle of one, with a word that links?"""
    words = text.split()
    if len(words) < _LONG or words[-1].lower() not in tables.word_set("dataaug.filtering", "links"):
        return False
    return bool(_SENTENCE.search(text))  # who ends one sentence with a full stop ends them all


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("truncated", Single(_judge))
