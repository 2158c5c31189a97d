"""The templates of pages and cards: where they are found, and how values are written into them."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def templates(folder: str, written: Callable[[Any], Markup], **options: bool) -> Environment:
    """Return the templates of a folder. A value that is not given is an error.

    Args:
        folder: below the package ``dataaug``.
        written: how a value is written into a template; it escapes what has a meaning there.
        options: jinja2's, beside those that all templates have: blocks leave no empty lines.
    """
    return Environment(
        loader=PackageLoader("dataaug", folder),
        undefined=StrictUndefined,
        finalize=written,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
