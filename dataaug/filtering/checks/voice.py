"""The company's agent speaks, not its customer: "thank you for contacting us"."""

import functools
import re
from collections.abc import Iterator, Mapping

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single
from dataaug.text import tables

_REPORTED = re.compile(
    r"\b(?:told|tell(?:s|ing)?|said|says?|saying|promised|claim(?:s|ed)?|messages?|wrote|answered"
    r"|gesagt|sagten?|versprochen|hieß|dit|promis|dijo|dijeron|disse(?:ram)?)\b|说"
)
"""Who quotes an agent speaks of them: these in the same sentence, in front of the phrase."""
_QUOTED = re.compile(r"\"[^\"]{1,200}\"|“[^“”]{1,200}”|„[^„“”]{1,200}[“”]|«[^«»]{1,200}»")
_SENTENCE_END = re.compile(r"[.!?\n。！？]")
_NEAR = 200
"""Characters in front of a phrase in which such a word counts."""


@functools.cache
def _patterns() -> Mapping[str, "re.Pattern[str]"]:
    """Return what finds the phrases of an agent, and of a customer, by section of the table.

    They are for texts in lower case: to ignore case takes four times as long.
    """
    phrases = tables.sections("dataaug.filtering", "voice")
    return {name: re.compile("|".join(forms)) for name, forms in phrases.items()}


def _said(section: str, text: str) -> Iterator[slice]:
    """Yield where the text itself says a phrase of a section, not somebody whom it quotes."""
    for found in _patterns()[section].finditer(text):
        before = text[max(0, found.start() - _NEAR) : found.start()]
        if not _REPORTED.search(_SENTENCE_END.split(before)[-1]):
            yield slice(*found.span())


def _judge(candidate: CandidateText) -> Fault | None:
    if candidate.field:  # what answers a text is an agent's by right
        return None
    text = _QUOTED.sub(" ", candidate.text.replace("’", "'"))
    lower = text.lower()
    for section in _patterns():
        language, _, kind = section.partition(" ")
        if kind == "customer":
            continue
        place = next(_said(section, lower), None)
        if place and not (kind == "weak" and _patterns()[f"{language} customer"].search(lower)):
            return Fault("agent_voice", {"found": text[place].strip()[:80]})
    return None


def load() -> Check:
    """Build the check. It knows the usual phrases in six languages, and has no options."""
    return ByRow("voice", Single(_judge))
