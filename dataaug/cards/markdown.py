"""The card as Markdown with a head of YAML, as Hugging Face reads it."""

import json
import re
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from dataaug.html.templates import templates
from dataaug.text.printable import safe

_MARKS = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_LONGEST = 1000
"""Characters of one value."""


def render_card(**values: Any) -> str:
    """Return the card.

    Args:
        **values: what card.md.j2 names; texts are shown as they are, and no mark of Markdown, HTML
            or YAML in them has its meaning.

    Raises:
        jinja2.UndefinedError: the template names a value that is not there.
    """
    return _environment().get_template("card.md.j2").render(**values)


@cache
def _environment() -> Environment:
    made = templates("cards", _escaped, html=False, ends_line=True)
    made.filters |= {
        "grouped": lambda count: Markup(f"{count:,}"),
        "share": lambda part: Markup(f"{part:.1%}"),
        "yaml": lambda value: Markup(yaml_value(value)),
    }
    return made


def _escaped(value: Any) -> Markup:
    if isinstance(value, Markup):
        return value
    return Markup(_MARKS.sub(r"\\\1", safe(str(value), _LONGEST)))


def yaml_value(value: Any) -> str:
    """Return a value as YAML, on one line: as JSON, without what YAML's readers refuse or fold."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _code(each) for each in text)


def _code(letter: str) -> str:
    return f"\\U{ord(letter):08x}"
