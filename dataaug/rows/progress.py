"""Who is told how far a long step is."""

from collections.abc import Callable

Notify = Callable[[str, int, int], None]
"""Told the name of a step, how many parts are done, and how many there are (0 if unknown)."""


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
