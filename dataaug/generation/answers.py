"""What is wrong with the input and output of an instruction; the row checks look at its text alone.

What is no fault of an answer is let pass: a list, code, "Here are three tips".
"""

import functools
import re
from collections.abc import Mapping

from dataaug.filtering.checks import Fault
from dataaug.filtering.checks.by_row import CandidateText, Panel
from dataaug.generation.tasks import Dropped
from dataaug.plugins import Spec
from dataaug.text import tables

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_BLANK = re.compile(
    r"\W*(?:n\s?/?\s?a|null|no\s?(?:output|answer|response)|not applicable|tbd|todo"
    r"|(?:your|the|insert|add|write)\s(?:answer|output|response|text)(?:\s(?:goes\s)?here)?"
    r"|output|answer|response)\W*",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?…。！？؟।:;)\]}\"'”’»`]\s*\Z")
_FEW = 4
"""Words from which on an answer that ends in *the* or *and* was cut off."""


def answer_fault(found: Mapping[str, str]) -> Dropped | None:
    """Return why an instruction with this input and output is no row, None if it is one.

    Args:
        found: ``instruction``, ``input`` and ``output``, without blanks around them.
    """
    output = found["output"]
    if _BLANK.fullmatch(output):
        return Dropped("placeholder", f"output: {output[:40]!r}", output)
    for name in ("output", "input"):
        if fault := _fault(found[name]):
            detail = f"{name}: {fault.detail.get('found', '')!r}"
            return Dropped(fault.reason, detail, found[name])
    if _cut_off(output):
        return Dropped("truncated", f"output: ends in {output.split()[-1]!r}", output)
    link = _LINK.search(f"{found['instruction']} {found['input']}")
    if link and not _LINK.sub("", found["input"]).strip():
        said = f"asks for a page that no model opens: {link.group()[:80]}"
        return Dropped("schema", said, output)
    return None


@functools.cache
def _panel() -> Panel:
    return Panel(map(Spec, ("refusal", "garbled", "leftover", "repetition")))


def _fault(text: str) -> Fault | None:
    """Return what is wrong with a text; marks alone may well be an answer, and none an input."""
    if not any(char.isalnum() for char in text):
        return None
    (fault,) = _panel()([CandidateText(text)])
    return fault


def _cut_off(output: str) -> bool:
    words = output.split()
    if len(words) < _FEW or _ENDED.search(output):
        return False
    return words[-1].lower() in tables.word_set("dataaug.filtering", "links")
