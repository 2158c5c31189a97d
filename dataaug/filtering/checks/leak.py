"""Holds personal data of a real row: an address, a number, a name or nearly so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from dataaug import plugins
from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText
from dataaug.plugins import Spec
from dataaug.privacy.detectors import Detector
from dataaug.privacy.leaks import Leaks
from dataaug.privacy.masks import mask
from dataaug.rows.record import Record


@dataclass(slots=True)
class _Leak:
    detect: Detector
    leaks: Leaks = field(default_factory=Leaks)

    def learn(self, records: Sequence[Record], /) -> None:
        """Remember the personal data of the real rows."""
        texts = [record.text for record in records]
        for text, found in zip(texts, self.detect(texts), strict=True):
            for entity in found:
                self.leaks.add(text[entity.start : entity.end], entity.kind)
            self.leaks.allow(mask(text, found).text)

    def __call__(self, candidates: Sequence[CandidateText], /) -> list[Fault | None]:
        """Return a fault for each text with personal data of a real row; it names the kinds."""
        found = [self.leaks.find(candidate.text) for candidate in candidates]
        return [Fault("pii_leak", {"kinds": kinds}) if kinds else None for kinds in found]

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers get what was learned: the detector may be a model of many megabytes.
        return _Leak, (_no_longer, self.leaks)


def _no_longer(_texts: Sequence[str], /) -> NoReturn:
    raise AssertionError("a check that was sent to a worker learns no more")


def load(*, detector: str = "patterns") -> Check:
    """Build the check.

    Edited variants of a row with personal data hold it too, so this is for rows that should not:
    those of ``generate --task rewrite``, and what was generated after such examples.

    Args:
        detector: what finds personal data in the real rows.
    """
    return ByRow("leak", _Leak(plugins.load("detectors", Spec(detector))), lenient=False)
