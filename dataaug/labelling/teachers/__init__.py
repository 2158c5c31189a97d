"""Teachers that are no classifiers of the train rows: rows in, a label for each out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dataaug.rows.progress import Notify
from dataaug.rows.record import Record


@dataclass(frozen=True, slots=True)
class TaughtLabel:
    """What a teacher says of a row.

    Attributes:
        label: the label, empty where there is none.
        p: the probability that it is right, 0 to 1; None where nobody knows it.
        soft: labels with their weights, which add up to 1; empty where the teacher has none.
        notes: what provenance says of the teacher besides.
        reason: a word of :mod:`dataaug.rows.reasons` where there is no label.
        detail: what is to be said of that.
    """

    label: str
    p: float | None = None
    soft: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    detail: str = ""


class Teacher(Protocol):
    """Knows the labelled rows, and labels others."""

    @property
    def classes(self) -> Sequence[str]:
        """The labels of the train rows."""

    @property
    def temperature(self) -> float:
        """What its probabilities were scaled by; 1 where they were not."""

    @property
    def rows(self) -> int:
        """Train rows by which it is known how often it is right; 0: it is not known."""

    @property
    def warnings(self) -> Sequence[str]:
        """What whoever uses the labels has to know."""

    def guesses(
        self, rows: Sequence[Record], /, *, soft: bool = False, sure: bool = False
    ) -> Sequence[TaughtLabel]:
        """Return what it says of each row.

        Args:
            rows: rows without labels.
            soft: are the weights of further labels wanted?
            sure: is it to be known how probable each label is?

        Raises:
            UsageError: it can't say what is wanted.
        """


TeacherMaker = Callable[[Sequence[Record], int, Notify], Teacher]
"""Labelled real rows and a seed → a teacher; the last argument hears of the progress."""
