"""Lost or changed what a rewriting must keep of its parent: numbers, names, negation."""

from collections.abc import Sequence

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText
from dataaug.rows.record import Record
from dataaug.text import languages
from dataaug.text.fidelity import KNOWN, changes

_SOME = 0.05
_SURE = 0.7
"""Confidence from which on a parent's language counts: its child in another is a translation."""


class _Faithful:
    """Compares each text with its parent; a text without one is not judged."""

    def learn(self, records: Sequence[Record], /) -> None:
        """Nothing to learn."""

    def __call__(self, candidates: Sequence[CandidateText], /) -> list[Fault | None]:
        """Return the first change to each text that it should not have."""
        guesses = languages.identify(candidate.parent or "" for candidate in candidates)
        return [
            _judge(candidate, guess) for candidate, guess in zip(candidates, guesses, strict=True)
        ]


def _judge(candidate: CandidateText, parent: languages.Guess) -> Fault | None:
    if candidate.parent is None:
        return None
    asked = languages.base_code(candidate.language)
    into = asked if parent.confidence >= _SURE and asked != parent.code else ""
    language = _spoken(parent) if into or not asked else asked
    for change in changes(candidate.parent, candidate.text, language=language, into=into):
        return Fault(change.reason, {"what": change.detail})
    return None


def _spoken(guess: languages.Guess) -> str:
    """Return the language to read a text in: the likeliest of those whose numbers are known.

    Short texts are told wrongly too often for the first guess to count.
    """
    known = max(KNOWN, key=lambda code: guess.shares.get(code, 0.0))
    return known if guess.shares.get(known, 0.0) >= _SOME else guess.code or "en"


def load() -> Check:
    """Build the check. It has no options; rows whose parent is not in the stream pass."""
    return ByRow("faithful", _Faithful())
