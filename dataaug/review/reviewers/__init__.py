"""Reviewers: where people look at rows and say what they think of them."""

from typing import Protocol, runtime_checkable

from dataaug.review.session import ReviewSession


class Reviewer(Protocol):
    """Shows the rows of a review session to a person until all are done or the person leaves."""

    def review(self, session: ReviewSession) -> None:
        """Let the person decide."""


@runtime_checkable
class HandsOver(Protocol):
    """A reviewer that asks nobody: it writes the rows to a file, for another tool.

    Attributes:
        path: the file.
    """

    path: str

    def content(self, session: ReviewSession) -> bytes:
        """Return what the file is to hold."""
