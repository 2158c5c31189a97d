"""Reviewers: where people look at rows and say what they think of them."""

from typing import Protocol

from dataaug.review.session import ReviewSession


class Reviewer(Protocol):
    """Shows the rows of a review session to a person until all are done or the person leaves."""

    def review(self, session: ReviewSession) -> None:
        """Let the person decide."""
