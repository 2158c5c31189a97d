"""The templates of pages and cards: where they are found, and how values are written into them."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def templates(
    folder: str, written: Callable[[Any], Markup], *, html: bool, ends_line: bool = False
) -> Environment:
    """Return the templates of a folder. A value that is not given is an error.

    Args:
        folder: below the package ``dataaug``.
        written: how a value is written into a template; it escapes what has a meaning there.
        html: is HTML's escaping on, for what is not written by ``written``?
        ends_line: does what is made of a template keep the end of its last line?
    """
    return Environment(
        loader=PackageLoader("dataaug", folder),
        autoescape=html,
        undefined=StrictUndefined,
        finalize=written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=ends_line,
    )
