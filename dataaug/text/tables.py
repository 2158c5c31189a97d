"""Tables of words and phrases, kept as text files beside the code that reads them.

A table is UTF-8 text with one entry a line. A line such as ``[en]`` begins a section and names it.
Empty lines and lines that begin with ``#`` do not count.
"""

import functools
import pkgutil
import re
from collections.abc import Mapping

_SECTION = re.compile(r"\[([\w -]+)\]")


@functools.cache
def sections(package: str, name: str) -> Mapping[str, tuple[str, ...]]:
    """Return the entries of a table by section, both in the order of the file.

    A file is read once in a process. Entries before the first section belong to the section ``""``.

    Args:
        package: the package that has the table in its folder ``data``.
        name: the name of the file, without ``.txt``.
    """
    # Where a package lies is asked of its loader: importlib.resources takes longer than a table.
    text = (pkgutil.get_data(package, f"data/{name}.txt") or b"").decode()
    found: dict[str, list[str]] = {}
    section = ""
    for line in text.split("\n"):
        if title := _SECTION.fullmatch(line):
            section = title.group(1)
        elif line and not line.startswith("#"):
            found.setdefault(section, []).append(line)
    return {section: tuple(lines) for section, lines in found.items()}


@functools.cache
def word_set(package: str, name: str, section: str = "") -> frozenset[str]:
    """Return the words of a section of a table, where a line may hold several."""
    return frozenset(" ".join(sections(package, name)[section]).split())


@functools.cache
def pairs(package: str, name: str, section: str = "") -> Mapping[str, str]:
    """Return what stands behind the first word of each line of a section, by that word."""
    return dict(line.split(" ", 1) for line in sections(package, name)[section])
