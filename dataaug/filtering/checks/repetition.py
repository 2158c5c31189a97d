"""A text goes round in circles: a word, a phrase or a sentence again and again."""

import re
from collections import Counter
from collections.abc import Sequence

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single

_SHARES = {2: 0.20, 3: 0.18, 4: 0.16}
"""The most of a text's characters that its most frequent run of so many words may take: Gopher's
figures (Rae et al. 2021, table A1), as datatrove has them."""
_TIMES = 4
"""Times from which on a run counts at all: Gopher's documents are long, and in a text of ten words
any run takes a fifth."""
_SENTENCES = 3
"""Times from which on a sentence counts, if it makes up half of the text's sentences."""
_SENTENCE = re.compile(r"[.!?。！？\n]+")


def repetition(text: str) -> str:
    """Return what a text repeats too often, or nothing."""
    said = [" ".join(part.lower().split()) for part in _SENTENCE.split(text)]
    said = [part for part in said if part]
    most, times = _top(said)
    if times >= _SENTENCES and 2 * times >= len(said):
        return most
    words = text.lower().split()
    total = sum(map(len, words))
    for size, share in _SHARES.items():
        runs = [" ".join(words[n : n + size]) for n in range(len(words) - size + 1)]
        most, times = _top(runs)
        if times >= _TIMES and times * len(most.replace(" ", "")) > share * total:
            return most
    return ""


def _top(parts: Sequence[str]) -> tuple[str, int]:
    return Counter(parts).most_common(1)[0] if parts else ("", 0)


def _judge(candidate: CandidateText) -> Fault | None:
    found = repetition(candidate.text)
    return Fault("repetition", {"found": found[:80]}) if found else None


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("repetition", Single(_judge))
