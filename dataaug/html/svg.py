"""Draw with matplotlib into SVG that stands in a page and takes the page's colours."""

import io
import re
import warnings
from collections.abc import Callable
from typing import Any
from unicodedata import combining, east_asian_width
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from dataaug.html.page import Markup
from dataaug.html.style import COLOURS
from dataaug.text.printable import safe

WIDTH = 360
"""Width of every plot in CSS pixels: on a phone it needs to shrink only a little."""

INK = {name: f"#fe{number:02x}01" for number, name in enumerate(COLOURS)}
"""Name of a colour to what stands for it while drawing; the page's variable takes its place."""

_BY_INK = {code: f"var(--{name})" for name, code in INK.items()}
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dataaug",  # ids follow from what is drawn: equal input gives equal bytes
    "text.parse_math": False,  # a $ in a label is a $
    "text.usetex": False,
    "path.simplify": False,
    "font.family": "DejaVu Sans",  # comes with matplotlib; wider than most, so that text has room
    "font.size": 11,
    "text.color": INK["ink"],
    "axes.edgecolor": INK["line"],
    "axes.labelcolor": INK["muted"],
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.unicode_minus": True,
    "grid.color": INK["line"],
    "grid.linewidth": 0.6,
    "xtick.color": INK["line"],
    "ytick.color": INK["line"],
    "xtick.labelcolor": INK["muted"],
    "ytick.labelcolor": INK["ink"],
    "legend.frameon": False,
    "legend.fontsize": 11,
}
_PART = re.compile(r"#[0-9a-f]{6}")
_LONG = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def draw(name: str, height: float, paint: Callable[[Axes], None]) -> Markup:
    """Return a plot as an ``svg`` element.

    Args:
        name: what it shows, for those who can't see it.
        height: in CSS pixels; the width is always the same.
        paint: draws into the axes; colours are those of ``INK``.
    """
    stream = io.StringIO()
    with mpl.rc_context(), warnings.catch_warnings():
        # A script that the bundled font lacks is drawn by the browser's fonts.
        warnings.simplefilter("ignore")
        mpl.rcdefaults()  # the user's own settings must not decide what a report looks like
        mpl.rcParams.update(_SETTINGS)  # type: ignore[arg-type]  # one type for all names
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, layout="constrained")
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        paint(axes)
        FigureCanvasSVG(figure)
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return _inline(stream.getvalue(), name)


def short(text: str, width: int = 24) -> str:
    """Return text for a plot: safe, on one line, and no wider than so many letters."""
    shown = safe(text, 4 * width)
    kept: list[str] = []
    taken = 0
    for letter in shown:
        taken += 2 if east_asian_width(letter) in "WF" else 0 if combining(letter) else 1
        if taken > width or len(kept) > 2 * width:
            return "".join(kept).rstrip() + "…"
        kept.append(letter)
    return "".join(kept)


def _inline(source: str, name: str) -> Markup:
    """Turn a file of matplotlib into an element of a page."""
    root = ET.fromstring(source)
    _strip(root)
    used = {found for item in root.iter() for found in _references(item)}
    for item in root.iter():
        item.tag = item.tag.rpartition("}")[2]
        item.attrib = {
            key.rpartition("}")[2]: _mended(value)
            for key, value in item.attrib.items()
            if key != "id" or value in used
        }
        if "style" in item.attrib:
            item.set("style", _style(item.attrib["style"]))
    box = root.attrib["viewBox"]
    root.attrib = {"viewBox": box, "role": "img", "aria-label": safe(name, 200)}
    return Markup(ET.tostring(root, encoding="unicode"))


def _strip(item: ET.Element) -> None:
    """Take out what a page has no use for; the style sheet would rule the whole page."""
    for child in list(item):
        if child.tag.rpartition("}")[2] in {"metadata", "style"}:
            item.remove(child)
        else:
            _strip(child)


def _references(item: ET.Element) -> list[str]:
    found = [name for value in item.attrib.values() for name in _REFERENCE.findall(value)]
    return found + [
        value[1:] for key, value in item.attrib.items() if key.endswith("href") and value[:1] == "#"
    ]


def _mended(value: str) -> str:
    """Round coordinates: a tenth of a pixel can't be seen, and takes a third of the room."""
    return _LONG.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)


def _style(value: str) -> str:
    """Put the page's colours in place of those that stand for them, and leave fonts to the page."""
    parts = [part.strip() for part in value.split(";")]
    kept = [part for part in parts if part and not part.startswith("font-family")]
    return _PART.sub(lambda found: _BY_INK.get(found[0], found[0]), ";".join(kept))
