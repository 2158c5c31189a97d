"""Other tools read our files, and we read theirs: every row is as real as it was."""

import json
import os
import subprocess
from pathlib import Path

import orjson
import pytest
from environments import environment
from making import as_bytes, made, real

import dataaug as da

HERE = Path(__file__).parent
PINNED = (
    "torch==2.13.0", "datasets==5.2.0", "pyarrow==26.0.1", "polars==2.1.0", "pandas==3.1.1",
    "duckdb==2.0.1", "spacy==3.8.18", "setfit==1.2.0", "trl==1.16.0",
)  # fmt: skip
REAL, SYNTHETIC = 21_000, 100
"""Real rows of 500 bytes come first: more than datasets reads at once (10 MB), more than duckdb
looks at (20,480 rows) and far more than polars does (100)."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the same rows in each form."""
    home = tmp_path_factory.mktemp("loads")
    parents = [real(f"number {n} " + "of a long text " * 32, "ab"[n % 2], id=f"{n:05}", n=n)
               for n in range(REAL)]  # fmt: skip
    children = [made(f"{p.text} indeed", p.label, parent=p, id=f"c{p.id}", n=1)
                for p in parents[:SYNTHETIC]]  # fmt: skip
    nested = home / "nested.jsonl"
    nested.write_bytes(as_bytes([*parents, *children]))
    (home / "real.jsonl").write_bytes(as_bytes(parents[:10]))
    flat = da.convert(nested, provenance="flat")
    flat.write(home / "flat.jsonl")
    flat.write_as(home / "flat.parquet")
    flat.write_as(home / "flat.csv")
    da.convert(nested).write_as(home / "nested.parquet")
    da.convert(parents[:20], chat="trl").write(home / "trl.jsonl")
    (home / "carded").mkdir()
    os.link(nested, home / "carded" / "nested.jsonl")
    da.card(nested).write(home / "README.md")
    (home / "README.md").rename(home / "carded" / "README.md")
    spans = [{"text": f"Ana {n} lives in Oslo", "spans": [{"start": 0, "end": 3, "label": "PER"},
              {"start": len(f"Ana {n} lives in "), "end": len(f"Ana {n} lives in Oslo"),
               "label": "LOC"}]} for n in range(3)]  # fmt: skip
    (home / "spans.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in spans))
    return home


def found(python, folder, *tools):
    """Return what tools make of the files: tool and file to the real rows, or the error."""
    done = subprocess.run(
        [python, HERE / "loading.py", folder, *tools], check=False, capture_output=True, text=True,
        env=os.environ | {"HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return {(tool, given): what for tool, given, what in map(json.loads, done.stdout.splitlines())}


LIMITS = {
    ("datasets", "nested.jsonl"): "DatasetGenerationError",
    ("datasets", "nested.jsonl streaming"): "ValueError",
    ("datasets", "real.jsonl+nested.jsonl"): "DatasetGenerationError",
    ("datasets", "real.jsonl+nested.jsonl streaming"): "ValueError",
    ("polars", "nested.jsonl"): REAL + SYNTHETIC,  # every row turns real
    ("polars", "flat.csv"): "ComputeError",
    ("duckdb", "nested.jsonl"): "BinderException",
}
"""What goes wrong without an option; docs/tools.md says what to pass."""
OTHER = {("spacy", "spans.jsonl"): 6}
"""Spans, where there are no real rows to count."""
FILES = {
    "datasets": 12, "pyarrow": 4, "polars": 8, "pandas": 5, "duckdb": 7, "spacy": 1,
}  # fmt: skip
"""In how many ways each tool reads."""


@pytest.fixture(scope="module")
def read_by_tools(folder):
    """Let all tools read the files, and write them again."""
    python = environment("loads", *PINNED)
    return found(python, folder, "datasets", "tables", "spacy")


def test_each_tool_reads_each_form(read_by_tools):
    for (tool, given), real_rows in read_by_tools.items():
        expected = (LIMITS | OTHER).get((tool, given), REAL)
        assert real_rows == expected, (tool, given)
    counts = {tool: sum(tool == each for each, _ in read_by_tools) for tool in FILES}
    assert counts == FILES
    told = (HERE.parents[1] / "docs" / "tools.md").read_text(encoding="utf-8")
    for pinned in PINNED[1:]:
        assert f"{pinned.replace('==', ' ')} |" in told, pinned


def test_what_they_write_is_read_as_it_was(read_by_tools, folder):
    assert read_by_tools
    lines = (folder / "nested.jsonl").read_text().splitlines()
    before = {row["id"]: row for row in map(json.loads, lines)}
    written = sorted(path for path in (folder / "out").iterdir() if path.suffix != ".spacy")
    names = {path.name for path in written} - {"spacy.jsonl"}
    assert names == {
        "datasets", "datasets.jsonl", "datasets.parquet", "pandas.jsonl", "pandas.parquet",
        "pandas.csv", "polars.jsonl", "polars.parquet", "duckdb.jsonl", "duckdb.parquet",
    }  # fmt: skip
    for name in names:
        path = folder / "out" / name
        types = "n=number" if path.suffix == ".csv" else ""
        rows = da.convert(path, provenance="nested", types=types)
        kept = [{k: v for k, v in row.items() if v is not None} for row in rows.to_dicts()]
        assert sorted(row["id"] for row in kept) == sorted(before), name
        assert all(row == before[row["id"]] for row in kept), name
        assert (rows.report.read_real, rows.report.read_synthetic) == (REAL, SYNTHETIC), name
    docs = list(da.read(folder / "out" / "spacy.jsonl"))
    assert [len(row.fields["entities"]) for row in docs] == [2, 2, 2]


def test_trainers_take_a_step_on_our_files(folder):
    python = environment("loads", *PINNED)
    assert found(python, folder, "trainers") == {
        ("setfit", "nested.jsonl with the card"): 1,
        ("trl", "trl.jsonl"): 1,
    }
