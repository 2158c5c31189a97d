r"""What a model's reply leaves around a text: end tokens, entities, a literal ``\n``, remarks."""

import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single

_TOKEN = re.compile(
    r"</?s>|\[/[Ss]\]|<(?:eos|bos|pad|unk)>|<[|｜][^<>|｜\s]{2,30}[|｜]>"
    r"|<(?:end|start)_of_turn>|</(?:assistant|user|system|answer|response|output|text)>"
    r"|<\|?im_(?:start|end)\|?>|<no(?:output|input)>|###\s{0,2}(?:Instruction|Response|Input)\b",
    re.IGNORECASE,
)
_ESCAPE = re.compile(
    r"&(?:lt|gt|quot|nbsp|#\d{1,5});|\\u[0-9a-f]{4}|\\\""
    r"|\\n(?=[A-Z\s\\]|\Z)|(?<=[\w.!?,])\\n(?=[a-z])"
)
_REMARK = re.compile(
    r"[\[(]\s?(?:note|remark|translation|word count|anmerkung|nota)\s?:\s[^\[\]()]{3,300}[\])]"
    r"|(?:\A|[.!?\n])\s*note: this (?:message|text|one)\b|\bword count:\s?\d",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\s*(?:as an?|speaking as an?|in the role of an?)\s(?:[\w'’-]+\s){0,4}[\w'’-]+,?\s"
    r"(?:i would|i'd|i might|i could|i will|i'll)\s(?:write|say|send|ask|type|put it)\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"[^\W_]")


def leftover(text: str) -> str:
    """Return what was left in a text that is not of it, or nothing.

    A text of marks alone is such a thing from end to end (``...``).
    """
    if not _WRITTEN.search(text):
        return text.strip()[:40] or "nothing"
    for pattern in (_TOKEN, _ESCAPE, _REMARK):
        if found := pattern.search(text):
            return found.group().strip()
    found = _ROLE.match(text)
    return found.group().strip() if found else ""


def _judge(candidate: CandidateText) -> Fault | None:
    if candidate.field and candidate.text.strip(" .…") and not _WRITTEN.search(candidate.text):
        return None  # marks may be an answer
    found = leftover(candidate.text)
    return Fault("leftover", {"found": found[:80]}) if found else None


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("leftover", Single(_judge))
