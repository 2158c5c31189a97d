"""The label's own name stands in the text and gives it away: "card_arrival", "Label: positive"."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText
from dataaug.rows.labels import members
from dataaug.rows.record import Record
from dataaug.text import tables
from dataaug.text.segments import standing_alone, terms

_KNOWN = 30
"""Real rows of a label from which on it says something that none of them holds its words."""
_JOINTS = re.compile(r"[^\W_][_:/.|-][^\W_]|[a-zà-ÿ][A-Z]")
"""Inside an identifier: card_arrival, get:refund, cardArrival."""


@dataclass(slots=True)
class _LabelWord:
    rows: Counter[str] = field(default_factory=Counter)
    spoken: Counter[str] = field(default_factory=Counter)

    def learn(self, records: Sequence[Record], /) -> None:
        """Count in how many real rows of a label its words stand as people say them."""
        for record in records:
            for label in () if record.label is None else members(record.label):
                self.rows[label] += 1
                self.spoken[label] += _says(record.text, label)

    def __call__(self, candidates: Sequence[CandidateText], /) -> list[Fault | None]:
        """Return a fault for each text that names its label."""
        return [self._first(candidate.text, candidate.label) for candidate in candidates]

    def _first(self, text: str, label: str | None) -> Fault | None:
        faults = (self._judge(text, own) for own in (() if label is None else members(label)))
        return next(filter(None, faults), None)

    def _judge(self, text: str, label: str) -> Fault | None:
        if not label or not text:
            return None
        for how, pattern in _patterns(label):
            if pattern.search(text):
                return Fault("label_in_text", {"how": how})
        if self.rows[label] >= _KNOWN and not self.spoken[label] and _says(text, label):
            return Fault("label_in_text", {"how": f"in none of {self.rows[label]} real rows"})
        return None


def _patterns(label: str) -> list[tuple[str, re.Pattern[str]]]:
    name = re.escape(label)
    called = "|".join(tables.sections("dataaug.filtering", "label_names")[""])
    announced = rf"\b(?:{called})\s{{0,2}}[:：=]\s{{0,2}}[\"'“]?{name}(?!\w)"
    leading = rf"\A\s*(?:[\[(]\s?{name}\s?[\])]|{name}[:：]\s)"
    trailing = rf"[\[(]\s?{name}\s?[\])][.!?]?\s*\Z"
    found = [
        ("announced", re.compile(f"{announced}|{leading}|{trailing}", re.IGNORECASE)),
    ]
    if _JOINTS.search(label):
        found.append(("as an identifier", standing_alone([label])))
    return found


def _says(text: str, label: str) -> bool:
    """Does a text hold the words of a label, one after another? Labels of one word are no proof."""
    said = terms(label)
    if len(said) < 2:
        return False
    return f" {' '.join(said)} " in f" {' '.join(terms(text))} "


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("label-word", _LabelWord())
