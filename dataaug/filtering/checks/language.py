"""In another language than it was asked in, or than the real rows; silent where it is not sure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dataaug.errors import UsageError
from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText
from dataaug.rows.record import Record
from dataaug.text import languages
from dataaug.text.languages import Guess

_SURE = 0.7
"""Confidence of a guess that counts when the languages of the real rows are learned."""
_SHARE = 0.05
"""The share of the real rows from which on a language is one of theirs."""
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
"""Scripts that put no blanks between words; each character says as much as half a word."""


@dataclass(slots=True)
class _Language:
    wanted: str
    margin: float
    min_words: int
    seen: Counter[str] = field(default_factory=Counter)

    def learn(self, records: Sequence[Record], /) -> None:
        """Count the languages of the real rows, as their field names them or as they read."""
        unnamed = []
        for record in records:
            named = record.fields.get("language")
            if isinstance(named, str) and named:
                self.seen[languages.base_code(named)] += 1
            elif self._enough(record.text):
                unnamed.append(record.text)
        if not self.wanted:
            guesses = languages.identify(unnamed)
            self.seen.update(guess.code for guess in guesses if guess.confidence >= _SURE)

    def __call__(self, candidates: Sequence[CandidateText], /) -> list[Fault | None]:
        """Return a fault for each text that is surely in another language."""
        usual = [languages.base_code(self.wanted)] if self.wanted else self._usual()
        guesses = languages.identify(candidate.text for candidate in candidates)
        return [
            self._judge(candidate, guess, usual)
            for candidate, guess in zip(candidates, guesses, strict=True)
        ]

    def _usual(self) -> list[str]:
        """Return the languages of the real rows."""
        total = self.seen.total()
        return sorted(code for code, count in self.seen.items() if count >= _SHARE * total)

    def _judge(self, candidate: CandidateText, guess: Guess, usual: list[str]) -> Fault | None:
        wanted = [languages.base_code(candidate.language)] if candidate.language else usual
        # A task may well be to translate, so its input and answer are in any language.
        if candidate.field or not wanted or not self._enough(candidate.text):
            return None
        if not languages.other(guess, wanted, self.margin):
            return None
        found = {"found": guess.code, "confidence": round(guess.confidence, 3)}
        return Fault("wrong_language", {**found, "wanted": ",".join(wanted)})

    def _enough(self, text: str) -> bool:
        return len(text.split()) + len(_WIDE.findall(text)) // 2 >= self.min_words


def load(*, language: str = "", margin: float = 0.8, min_words: int = 5) -> Check:
    """Build the check.

    A row's own ``language`` field comes first, then the option; without either, the languages that
    at least 5 % of the real rows are written in are right.

    Args:
        language: the code of the right language, as in ``pt`` or ``pt-BR``; empty: that of the
            real rows.
        margin: by how much the probability of another language must lead that of the right one,
            above 0 up to 1. At 0.8, about one in 10,000 real English rows is taken for foreign.
        min_words: shorter texts are not judged.

    Raises:
        UsageError: the margin is out of range.
    """
    if not 0 < margin <= 1:
        raise UsageError(f"language.margin={margin}: expected a value above 0, at most 1")
    return ByRow("language", _Language(language, margin, min_words))
