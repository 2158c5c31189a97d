"""Segmenters: words of scripts that put no blanks between them, by a dictionary."""

from collections.abc import Sequence
from typing import Protocol


class Segmenter(Protocol):
    """Cuts Chinese, Japanese, Thai, Lao, Khmer or Burmese text into words.

    The words of a text depend on that text and the segmenter's version only.
    """

    @property
    def name(self) -> str:
        """The segmenter and the version of its dictionaries, for provenance: ``icu@78.3``."""

    def __call__(self, text: str, /) -> Sequence[str]:
        """Return the words of a run of letters without blanks; joined they are the run."""
