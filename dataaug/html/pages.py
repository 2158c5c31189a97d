"""Fill templates with data: every value that enters a page is escaped, whatever it holds."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from dataaug.html.marks import CellPlot
from dataaug.html.templates import templates
from dataaug.rows.report import Report
from dataaug.text.printable import safe

_SHORT, _LONG, _HEAD = 300, 2000, 40
"""Characters of a table cell, of running text, and of a column's name, which stands on one line."""
_LEFT_OUT = ("version", "html")
"""Settings that do not bear on the result, or stand elsewhere."""
_FILES = 6
"""Files that a page names with their rows."""
_NUMBERS = "+-−±0123456789–"


@dataclass(frozen=True, slots=True)
class Toned:
    """A table cell whose colour says what to make of it.

    Attributes:
        text: what it says.
        tone: ``good``, ``bad`` or ``muted``.
    """

    text: str
    tone: str


Cell = str | Toned | CellPlot | list[str]
"""Text, text with a colour, a small plot, or several texts one below the other."""
TableRows = Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the reader of a page may do next.

    Attributes:
        said: what to do and why, a sentence or two.
        command: the command that does it; empty where none does.
    """

    said: str
    command: str = ""


def render_page(
    template: str,
    settings: Mapping[str, Any],
    report: Report | None = None,
    steps: Sequence[NextStep] = (),
    **values: Any,
) -> str:
    """Return a whole page.

    Args:
        template: its path below the package ``dataaug``; it extends ``html/base.html.j2``.
        settings: of the run; they become a table at the page's end. ``version`` is the version of
            dataaug.
        report: names the command, the date and the files that were read.
        steps: what to do next, the first first.
        **values: what the template names.

    Raises:
        jinja2.UndefinedError: the template names a value that is not there.
    """
    page = environment().get_template(template)
    shown = {
        "settings": settings_table(settings),
        "facts": run_facts(settings, report),
        "command": report.command if report else "",
        "steps": steps,
        "report": report,
    }
    return page.render(**shown, **values) + "\n"


def run_facts(settings: Mapping[str, Any], report: Report | None) -> list[str]:
    """Return when and by what a page was made, and of how many rows of which files."""
    version = settings.get("version", "")
    found = [f"dataaug {version}"] if version else []
    if report is None:
        return found
    when = datetime.fromtimestamp(report.moment, UTC)
    files = [f"{name}: {rows:,} rows" for name, rows in report.inputs.items()]
    more = [f"and {len(files) - _FILES:,} more files"] if len(files) > _FILES else []
    return [f"{when:%Y-%m-%d %H:%M} UTC", *found, *files[:_FILES], *more]


@cache
def environment() -> Environment:
    """Return where templates are found and how values are written into them.

    Everything is escaped, for file names of any ending; a value that is not given is an error.
    Control characters and direction marks become visible (see :func:`dataaug.text.printable.safe`),
    and text that is too long is cut.
    """
    made = templates(".", escaped, html=True)
    made.filters |= {
        "grouped": "{:,}".format,
        "long": lambda text: escaped(text, _LONG),
        "head": lambda text: escaped(text, _HEAD),
        "columns": _column_classes,
        "sha256": _sha256,
    }
    return made


def escaped(value: Any, limit: int = _SHORT) -> Markup:
    """Return a value as text of a page; what a template has made already stays as it is."""
    return value if isinstance(value, Markup) else escape(safe(str(value), limit))


def settings_table(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the settings of a run as rows of a table; empty ones are left out."""
    found = [(name.replace("_", " "), _plain(value)) for name, value in values.items()
             if name not in _LEFT_OUT]  # fmt: skip
    return [row for row in found if row[1]]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _column_classes(rows: TableRows, wide: Sequence[int] = ()) -> list[str]:
    """Return a class for each column: ``n`` for numbers, which are set flush right."""
    columns = zip(*rows, strict=True)
    return ["wide" if n in wide else _class(column) for n, column in enumerate(columns)]


def _class(cells: Sequence[Cell]) -> str:
    if all(isinstance(cell, CellPlot) for cell in cells):
        return "mark"
    texts = [cell.text if isinstance(cell, Toned) else cell for cell in cells]
    there = [text for text in texts if isinstance(text, str | list) and text]
    return "n" if there and all(text[0][:1] in _NUMBERS for text in there) else ""


def _sha256(text: str) -> str:
    """Return what a Content-Security-Policy calls a text by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
