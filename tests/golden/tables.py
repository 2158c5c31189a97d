"""The golden tables: commands as text, and under each what it wrote and its exit code.

A file of ``table/`` holds the cases of one command. ``make golden`` keeps the lines that say what
to do and writes the others anew::

    # a remark
    == name
    $ dataaug split real.jsonl --test-out test.jsonl --embedder hashing
    exit 0
    -- stdout
    | {"id": "cs-0001", ...
    -- test.jsonl: 9,876 bytes, 80 lines, sha256 5f0c...

Several ``$`` lines are done one after another in the same folder; ``<`` and ``>`` name files as in
a shell, ``$ fill`` is fill.py, ``$ answer`` answer.py. A line behind ``|`` is a line of the file
as it is, one behind ``!`` is Python's spelling of the bytes of a line that a text file can't hold
as it is, or that has no line end.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE / "table"
INPUTS = HERE / "inputs"
SAMPLE_DATA = HERE.parents[1] / "sample_data"

NEWLINE = b"\n"
LARGEST = 3_000
"""Bytes of a file that is shown whole; of a larger one the table has the hash."""
LARGEST_TOLD = 9_000
"""The same of rejects and reports, which say more by the byte."""


@dataclass(slots=True)
class Case:
    """What to do, under a name, and what was recorded of it."""

    name: str
    remarks: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    outcome: list[str] = field(default_factory=list)

    def head(self) -> Iterator[str]:
        """Yield the lines before the first step."""
        yield from self.remarks
        yield f"== {self.name}"

    def lines(self) -> Iterator[str]:
        """Yield the case as it stands in a table."""
        yield from self.head()
        yield from self.outcome


def names() -> list[str]:
    """Return the names of the tables."""
    return sorted(path.stem for path in TABLE.glob("*.txt"))


def read(name: str, path: Path | None = None) -> list[Case]:
    """Return the cases of a table, or of another file of that form."""
    cases: list[Case] = []
    remarks: list[str] = []
    for line in (path or TABLE / f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("== "):
            cases.append(Case(line[3:], remarks))
            remarks = []
        elif line.startswith("#"):
            remarks.append(line)
        elif line:
            if line.startswith("$ "):
                cases[-1].steps.append(line[2:])
            cases[-1].outcome.append(line)
    return cases


def text(cases: Sequence[Case]) -> str:
    """Return the table of cases."""
    return "\n".join("\n".join([*case.lines(), ""]) for case in cases)


def shown(name: str, content: bytes) -> Iterator[str]:
    """Yield the lines that stand for a file."""
    if not content:
        yield f"-- {name}: empty"
        return
    lines = content.split(b"\n")
    largest = LARGEST_TOLD if name.startswith(("rejects", "report")) else LARGEST
    if len(content) > largest:
        count = len(lines) - (not lines[-1])
        digest = hashlib.sha256(content).hexdigest()
        yield f"-- {name}: {len(content):,} bytes, {count:,} lines, sha256 {digest}"
        return
    yield f"-- {name}"
    yield from (_line(line) for line in lines[:-1])
    if lines[-1]:
        yield f"! {lines[-1]!r}"


def _line(line: bytes) -> str:
    """Return the line of a table that stands for a line of a file."""
    spelt = f"! {line + NEWLINE!r}"
    try:
        plain = line.decode()
    except UnicodeDecodeError:
        return spelt
    return f"| {plain}".rstrip(" ") if plain.isprintable() and plain == plain.rstrip() else spelt
