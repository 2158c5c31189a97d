"""Messages name options as the command line spells them; here they become keywords."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from dataaug.api.inputs import Input
from dataaug.errors import DataaugError

P = ParamSpec("P")
R = TypeVar("R")

_KEYWORDS = {"method": "methods", "check": "checks", "variants": "n"}
_OPTION = re.compile(r'(?<![\w-])--([a-z][a-z-]*)(?: (skip|fail|\d[\w.:]*|"")(?!\w))?')
_OF_PLUGIN = re.compile(r"(?<![\w-])-p ([\w-]+)\.(\w+)")
_METHOD = re.compile(r"(?<![\w-])-m ([\w-]+)")


def in_python(message: str) -> str:
    """Return a message with options as a caller from Python spells them.

    ``--on-error skip`` becomes ``on_error="skip"``, ``-p label.tail`` becomes ``tail= of 'label'``.
    """
    message = _OPTION.sub(_keyword, message)
    message = _OF_PLUGIN.sub(r"\2= of '\1'", message)
    return _METHOD.sub(r"method '\1'", message)


def _keyword(found: re.Match[str]) -> str:
    name = _KEYWORDS.get(found[1], found[1].replace("-", "_"))
    value = found[2]
    if value is None:
        return f"{name}="
    return f"{name}={value}" if value[0] in '"0123456789' else f'{name}="{value}"'


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
