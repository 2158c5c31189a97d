"""What is wrong with the input and output of an instruction; the row checks look at its text alone.

What is no fault of an answer is let pass: a list, code, "Here are three tips".
"""

import re
from collections.abc import Mapping

from dataaug.filtering.checks.garbled import garbled
from dataaug.filtering.checks.leftover import leftover
from dataaug.filtering.checks.refusal import refusal
from dataaug.filtering.checks.repetition import repetition
from dataaug.generation.tasks import Dropped
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
        for reason, look in _LOOKS:
            if said := look(found[name]):
                return Dropped(reason, f"{name}: {said[:80]!r}", found[name])
    if _cut_off(output):
        return Dropped("truncated", f"output: ends in {output.split()[-1]!r}", output)
    link = _LINK.search(f"{found['instruction']} {found['input']}")
    if link and not _LINK.sub("", found["input"]).strip():
        said = f"asks for a page that no model opens: {link.group()[:80]}"
        return Dropped("schema", said, output)
    return None


def _left(text: str) -> str:
    """Return what was left in a text; an answer may well be a number or a mark alone."""
    return leftover(text) if any(char.isalnum() for char in text) else ""


_LOOKS = (("refusal", refusal), ("garbled", garbled), ("leftover", _left),
          ("repetition", repetition))  # fmt: skip


def _cut_off(output: str) -> bool:
    words = output.split()
    if len(words) < _FEW or _ENDED.search(output):
        return False
    return words[-1].lower() in tables.word_set("dataaug.filtering", "links")
