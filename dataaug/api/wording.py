"""Errors of verbs name keywords where a Python program calls, and options where a command does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from dataaug.api.inputs import Input
from dataaug.api.keywords import in_python
from dataaug.errors import DataaugError

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def _said_in_python() -> Iterator[None]:
    try:
        yield
    except DataaugError as error:
        error.args = (in_python(str(error)), *error.args[1:])
        raise


def for_python(verb: Callable[P, R]) -> Callable[P, R]:
    """Return a verb whose errors name keywords, unless a command calls it with its own input."""

    @wraps(verb)
    def call(*args: P.args, **options: P.kwargs) -> R:
        if any(isinstance(given, Input) for given in (*args, *options.values())):
            return verb(*args, **options)
        with _said_in_python():
            return verb(*args, **options)

    return call


def told_in_python(items: Iterator[R]) -> Iterator[R]:
    """Yield the items of an iterator whose errors name keywords."""
    with _said_in_python():
        yield from items
