"""The skeleton of a report: text made safe, tables, sections, the page."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dataaug.html.style import STYLE
from dataaug.text.printable import safe

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The browser loads and runs nothing, whatever a row may have smuggled in."""

_LIMIT = 300
_HEAD = 40
"""Letters of a column's name: it stands on one line."""
_LEFT_OUT = ("version", "html")
"""Settings that do not bear on the result, or stand elsewhere."""
_NUMBERS = "+-−±0123456789–"
_TAG = re.compile("<[^>]*>")


class Markup(str):
    """Text that is HTML already; every other string is escaped where it enters a page."""

    __slots__ = ()


def escape(text: str, limit: int = _LIMIT) -> Markup:
    """Return text for a page: markup escaped, control and direction marks made visible."""
    return text if isinstance(text, Markup) else Markup(html.escape(safe(text, limit)))


def join(parts: Iterable[str]) -> Markup:
    """Return parts one behind the other, each escaped where it needs to be."""
    return Markup("".join(escape(part) for part in parts))


def element(tag: str, *parts: str, mark: str = "") -> Markup:
    """Return parts within an element, of a class if one is named."""
    named = f' class="{mark}"' if mark else ""
    return Markup(f"<{tag}{named}>{join(parts)}</{tag}>")


def paragraph(text: str, mark: str = "", limit: int = 2000) -> Markup:
    """Return a paragraph of text."""
    return element("p", escape(text, limit), mark=mark)


def bullets(items: Sequence[str], limit: int = 2000) -> Markup:
    """Return a list; nothing where there are no items."""
    found = join(element("li", escape(item, limit)) for item in items)
    return element("ul", found) if items else Markup()


def section(title: str, *parts: str) -> Markup:
    """Return a section with its heading; nothing where it would be empty."""
    body = join(parts)
    return Markup(f"<section><h2>{escape(title)}</h2>{body}</section>") if body else Markup()


def verdict(word: str, sentences: Sequence[str], mood: str = "", more: str = "") -> Markup:
    """Return what is said first.

    Args:
        word: the verdict in a word or two.
        sentences: the same with its numbers.
        mood: ``good``, ``bad``, or empty.
        more: what stands below.
    """
    said = join(paragraph(sentence) for sentence in sentences)
    top = element("p", word, mark="word")
    return Markup(
        f'<section class="{f"verdict {mood}".strip()}">{top}{said}{escape(more)}</section>'
    )


def tiles(values: Mapping[str, str]) -> Markup:
    """Return a few large numbers, each under its name."""
    found = join(
        element("div", element("dt", name), element("dd", value)) for name, value in values.items()
    )
    return element("dl", found)


def figure(caption: str, plot: str, note: str = "") -> Markup:
    """Return a plot with its caption; nothing where there is no plot."""
    if not plot:
        return Markup()
    said = paragraph(note, "note") if note else Markup()
    return element("figure", element("figcaption", caption), plot, said)


def plots(*figures: str) -> Markup:
    """Return figures side by side where there is room; nothing where there are none."""
    body = join(figures)
    return Markup(f'<div class="plots">{body}</div>') if body else Markup()


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], wide: Sequence[int] = ()) -> Markup:
    """Return a table that scrolls within itself; nothing where there are no rows.

    The first column names the row. Columns of numbers are set flush right.

    Args:
        heads: a name for each column.
        rows: their cells.
        wide: columns of running text, which need room.
    """
    if not rows:
        return Markup()
    marks = ["wide" if n in wide else _mark([row[n] for row in rows]) for n in range(len(heads))]
    top = join(
        Markup(f'<th scope="col"{_named(mark)}>{escape(head, _HEAD)}</th>')
        for head, mark in zip(heads, marks, strict=True)
    )
    body = join(element("tr", *_cells(row, marks)) for row in rows)
    return Markup(
        f'<div class="scroll" tabindex="0"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[str], marks: Sequence[str]) -> Iterable[Markup]:
    yield Markup(f'<th scope="row"{_named(marks[0])}>{escape(row[0])}</th>')
    for cell, mark in zip(row[1:], marks[1:], strict=True):
        yield element("td", cell, mark=mark)


def _mark(cells: Sequence[str]) -> str:
    """Return the class of a column: are its cells numbers?"""
    bare = (_TAG.sub("", cell) if isinstance(cell, Markup) else cell for cell in cells)
    there = [cell for cell in bare if cell]
    return "n" if there and all(cell[0] in _NUMBERS for cell in there) else ""


def _named(mark: str) -> str:
    return f' class="{mark}"' if mark else ""


def folded(summary: str, *parts: str) -> Markup:
    """Return parts that open on a click; nothing where there is nothing."""
    body = join(parts)
    return Markup(f"<details><summary>{escape(summary)}</summary>{body}</details>" if body else "")


def settings(values: Mapping[str, Any]) -> Markup:
    """Return the settings of a run as a table."""
    rows = [
        (name.replace("_", " "), _plain(value))
        for name, value in values.items()
        if name not in _LEFT_OUT
    ]
    return section("Settings", table(("setting", "value"), [row for row in rows if row[1]], (1,)))


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def page(title: str, *parts: str, version: str = "") -> str:
    """Return the whole page.

    Args:
        title: what it is about.
        parts: its sections.
        version: the version of dataaug that made it.
    """
    foot = element("footer", f"Made by dataaug {version}.".replace(" .", "."))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(escape(part) for part in parts if part)
        + f"\n{foot}\n</main>\n</body>\n</html>\n"
    )  # fmt: skip
