"""A row on a terminal's screen: what stands above, the part that scrolls, the keys below."""

import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from dataaug.review.ui.display import DisplayItem
from dataaug.review.ui.shown import Stretch

_WIDEST = 96
"""Columns of a line of running text; longer ones are hard to follow."""
_INDENT = 2
_BAR = 20
_SMALL = 11
"""Lines of a window in which there is no room to say what keys mean."""
_LOW = 18
"""Lines of a window in which the reasons are named only when they are asked for."""

_STYLES = {"same": "", "gone": "red strike", "new": "green underline", "cut": "dim italic"}
_HIDDEN = "reverse"


@dataclass(frozen=True, slots=True)
class Paper:
    """The size of a screen, and whether it knows styles.

    Attributes:
        columns: its width.
        lines: its height; 0 where screens follow each other without end.
        plain: no control sequence at all.
    """

    columns: int
    lines: int
    plain: bool = False

    @property
    def width(self) -> int:
        """Columns that are written to: the last stays free, terminals differ on what it does."""
        return max(2, min(self.columns, _WIDEST + 2 * _INDENT) - 1)

    @property
    def is_small(self) -> bool:
        """Is the window so low that the row matters more than what the keys mean?"""
        return 0 < self.lines < _SMALL

    def console(self) -> Console:
        """Return a console that draws into memory: colours as the surroundings allow them."""
        return Console(
            file=io.StringIO(),
            width=self.width,
            height=self.lines or 24,
            force_terminal=not self.plain,
            color_system=None if self.plain else "auto",
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def draw(self, text: Text) -> list[str]:
        """Return a text as lines for the terminal, folded to the width."""
        console = self.console()
        with console.capture() as capture:
            console.print(text, overflow="fold", end="")
        return capture.get().split("\n")


@dataclass(frozen=True, slots=True)
class Page:
    """A screen: its lines, the first line of the row on it, and the lines a page down goes."""

    lines: list[str]
    first: int
    step: int


def styled_text(shown: Iterable[Stretch], *, plain: bool, style: str = "") -> Text:
    """Return runs as a text with styles; without styles, marks stand in brackets."""
    text = Text(style=style)
    for stretch in shown:
        if plain and stretch.kind in {"gone", "new"}:
            text.append(
                f"[-{stretch.text}-]" if stretch.kind == "gone" else f"{{+{stretch.text}+}}"
            )
        else:
            mark = f"{_STYLES[stretch.kind]} {_HIDDEN if stretch.hidden else ''}".strip()
            text.append(stretch.text, style=mark or None)
    return text


def head(title: str, place: int, total: int, paper: Paper) -> list[str]:
    """Return the line above: what this is, and how far the reviewer is."""
    title, count = f" {title}", f"{place} of {total}"
    text = Text(title, style="dim")
    bar = _BAR if paper.width >= 60 and not paper.plain else 0
    gap = paper.width - len(title) - len(count) - (bar + 1 if bar else 0)
    text.append(" " * max(1, gap))
    text.append(count, style="not dim bold")
    if bar:
        full = round(bar * (place - 1) / total) if total else 0
        text.append(" ")
        text.append("━" * full, style="not dim cyan")
        text.append("─" * (bar - full))
    text.truncate(paper.width)
    return [*paper.draw(text), ""]


def body(item: DisplayItem, note: str, paper: Paper) -> list[str]:
    """Return the lines of a row: label and method, text, parent, neighbours, note."""
    names = [("label   ", item.label, "bold cyan"), ("method  ", item.method, "")]
    head = Text("\n").join(
        _one_line(Text.assemble((name, "dim"), (value, style)), paper)
        for name, value, style in names
    )
    parts = [head, styled_text(item.text, plain=paper.plain, style="bold")]
    if item.parent:
        made_from = Text("made from\n", style="dim")
        parts.append(Text.assemble(made_from, styled_text(item.parent, plain=paper.plain)))
    if item.near:
        near = Text.assemble(("close to", "dim"))
        for found in item.near:
            near.append(f"\n{found.similarity}  ")
            near.append_text(styled_text(found.text, plain=paper.plain))
            near.append(f"  {found.label}", style="cyan dim")
        parts.append(near)
    if note:
        parts.append(Text.assemble(("note    ", "dim"), note))
    lines: list[str] = []
    for part in parts:
        lines += [*_indented(part, paper), ""]
    return lines[:-1]


def _one_line(text: Text, paper: Paper) -> Text:
    text.truncate(max(1, paper.width - _INDENT), overflow="ellipsis")
    return text


def _indented(text: Text, paper: Paper) -> list[str]:
    inside = Paper(paper.width + 1 - _INDENT, paper.lines, paper.plain)
    return [" " * _INDENT + line for line in inside.draw(text)]


def keys(pairs: Sequence[tuple[str, str]], paper: Paper) -> list[str]:
    """Return the keys and what they do, as many to a line as there is room for."""
    text, used = Text(), 0
    for key, what in pairs:
        size = len(key) + len(what) + 1
        if used and used + 2 + size > paper.width - 1:
            text.append("\n")
            used = 0
        text.append("  " if used else " ")
        cap = len(key) == 1 and key not in " >" and not paper.plain
        text.append(key, style="bold reverse" if cap else "bold")
        text.append(f" {what}")
        used += size + (2 if used else 1)
    return paper.draw(text)


def foot(said: str, rows: Sequence[Sequence[tuple[str, str]]], paper: Paper) -> list[str]:
    """Return what stands below: what was done last, and the keys."""
    small = paper.is_small
    said = said or " ".join(key for key, _ in rows[-1]) if small else said
    line = Text(f" {said}", style="green" if said.startswith("saved") else "")
    line.truncate(paper.width)
    if small:
        return paper.draw(line)
    rows = (
        rows[-1:] if 0 < paper.lines < _LOW and len(rows) == 2 and not said.endswith("?") else rows
    )
    rule = Text(("-" if paper.plain else "─") * paper.width, style="dim")
    return [
        *paper.draw(line),
        *paper.draw(rule),
        *(drawn for pairs in rows if pairs for drawn in keys(pairs, paper)),
    ]


def whole_screen(
    top: list[str], middle: list[str], below: list[str], paper: Paper, first: int
) -> Page:
    """Return a screen of three parts; the middle one scrolls if it has no room.

    Args:
        top: what stays above.
        middle: the lines of the row.
        below: what stays below.
        paper: the screen.
        first: the line of the middle part to begin with.
    """
    if not paper.lines:
        return Page([*top, *middle, "", *below], 0, 0)
    if paper.lines < len(below) + 8:
        top = []
    if paper.lines < len(below) + 2:
        below = []
    room = max(1, paper.lines - len(top) - len(below))
    if len(middle) <= room:
        empty = [""] * (room - len(middle))
        return Page([*top, *middle, *empty, *below], 0, 0)
    room = max(1, room - 1)
    first = max(0, min(first, len(middle) - room))
    left = len(middle) - first - room
    said = f"   … {left} more lines: page down" if left else "   end: page up goes back"
    shown = [*middle[first : first + room], said[: paper.width]]
    return Page([*top, *shown, *below], first, room)


def end(title: str, summary: str, paper: Paper) -> list[str]:
    """Return the last screen: why there is no more to do, and how it stands."""
    text = Text.assemble((title, "bold"), f"\n\n{summary}")
    below = foot("", [(("Enter", "finish"), ("u", "undo the last one"))], paper)
    return whole_screen(["", ""], _indented(text, paper), below, paper, 0).lines


def is_dumb() -> bool:
    """Does the terminal know no control sequences?"""
    return os.environ.get("TERM", "dumb") in {"", "dumb", "unknown"}
