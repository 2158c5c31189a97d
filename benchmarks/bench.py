"""What the benchmarks share: real sentences, CPU seconds of a command, tables, results."""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

HERE = Path(__file__).resolve().parent
WORK = HERE / "local"
PYTHON = sys.executable
DATAAUG = [PYTHON, "-m", "dataaug"]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the option that every benchmark has."""
    made = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    made.add_argument(
        "--data", type=Path, required=True, help="folder with banking77/, cr/, subj/ and ntrex/"
    )
    return made


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file."""
    with path.open("rb") as stream:
        for line in stream:
            yield orjson.loads(line)


def write(path: Path, made: Iterator[dict[str, Any]] | Sequence[dict[str, Any]]) -> Path:
    """Write rows to a JSONL file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for row in made:
            stream.write(orjson.dumps(row) + b"\n")
    return path


def sentences(data: Path, sets: Sequence[str], most: int | None = None) -> list[dict[str, str]]:
    """Return distinct texts of data sets as rows, in an order that a hash of the text gives."""
    texts: dict[str, str] = {}
    for name in sets:
        folder, _, part = name.partition("/")
        for path in sorted((data / folder).glob(f"{part or '*'}.jsonl")):
            for row in rows(path):
                texts.setdefault(row.get("text") or row["en"], folder)
    order = sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())
    return [
        {"id": f"s{number:05}", "text": text, "label": texts[text]}
        for number, text in enumerate(order[:most])
    ]


class Cost(NamedTuple):
    """What a command cost."""

    cpu: float
    peak_mb: float
    out: str


def run(*command: str | Path, **environment: str) -> Cost:
    """Run a command and return its CPU seconds, its peak memory, and what it printed.

    The peak is at least this process's own memory, which a child starts from: keep it small.

    Raises:
        RuntimeError: the command failed.
    """
    child = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert child.stdout is not None
    out = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"exit code {child.returncode}: {' '.join(map(str, command))}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out)


def table(head: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """Print a table with aligned columns, the first to the left and the others to the right."""
    cells = [list(head), *([_shown(cell) for cell in line] for line in lines)]
    wide = [max(len(line[n]) for line in cells) for n in range(len(head))]
    for line in cells:
        rest = (cell.rjust(size) for cell, size in zip(line[1:], wide[1:], strict=True))
        print("  ".join([line[0].ljust(wide[0]), *rest]))
    print(flush=True)


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def save(name: str, figures: dict[str, float], **notes: Any) -> None:
    """Keep the figures for ``check.py``; ``notes`` are for people."""
    path = WORK / "results" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rounded = {key: float(f"{value:.4g}") for key, value in figures.items()}
    path.write_text(json.dumps({"figures": rounded, **notes}, indent=1) + "\n")
