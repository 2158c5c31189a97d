"""Rows per CPU second of `augment -m synonym -n 1`, nlpaug's SynonymAug, and orjson alone.

The same 20,000 distinct sentences for all, one process after the other, round by round; the least
CPU time of all rounds counts. Ours parses the rows, runs the verb and serialises, in this count;
nlpaug is given a list of texts. The second figure is the CPU time of a whole command.

With ``--beside FOLDER``, a worktree of another commit, only that commit and this one are timed:
each runs the ``ours`` of its own copy of this script in a process of its own, and they get 400
sentences by turns, so that what else the machine does strikes both alike.
"""

# ruff: noqa: PLC0415 - the product is imported only in the process that is timed
import io
import json
import os
import platform
import runpy
import subprocess
import sys
import time
from pathlib import Path

import orjson
from bench import DATAAUG, HERE, PYTHON, WORK, parser, run, save, sentences, table, write

SETS = ("subj", "cr", "banking77", "ntrex")
NLPAUG = WORK / "nlpaug" / "bin" / "python"


def floor(lines: list[bytes]) -> bytes:
    """Parse and dump: no program that reads and writes JSON can do less."""
    return b"\n".join([orjson.dumps(orjson.loads(line)) for line in lines])


def ours(lines: list[bytes]) -> bytes:
    """Read rows, augment them, and return what would be written."""
    from dataaug.augmentation.run import Augmentation, augment
    from dataaug.plugins import Spec
    from dataaug.rows.jsonl import Source
    from dataaug.rows.record import Record

    records = Source().rows(io.BytesIO(b"\n".join(lines)), "bench")
    outcomes = augment(records, Augmentation((Spec("synonym"),)))  # type: ignore[arg-type]
    return b"\n".join([outcome.line for outcome in outcomes if isinstance(outcome, Record)])


def worker(name: str, path: str) -> None:
    """Run one contender in this process, once to load what it needs and once to be timed."""
    work = {"floor": floor, "ours": ours}[name]
    lines = Path(path).read_bytes().splitlines()
    work(lines[:100])
    started = time.process_time()
    size = len(work(lines))
    print(json.dumps({"work": time.process_time() - started, "bytes": size}))


_PART = 400  # sentences that each of two commits gets by turns


class _Commit:
    """A process that runs the ``ours`` of a worktree on parts of a file."""

    def __init__(self, folder: Path, source: Path) -> None:
        script = folder / "benchmarks" / Path(__file__).name
        self._process = subprocess.Popen(
            [PYTHON, __file__, "--server", script, source],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{script.parent}"},
        )  # fmt: skip

    def seconds(self, start: int) -> float:
        """Return the CPU seconds for the part that starts at a line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{start}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def serve(script: str, path: str) -> None:
    """Time the ``ours`` of another script for parts of a file that are asked for on stdin."""
    work = runpy.run_path(script)["ours"]
    lines = Path(path).read_bytes().splitlines()
    work([*lines[:100], *[line for line in lines if not line.isascii()][:3]])  # loads what it needs
    for asked in sys.stdin:
        part = lines[int(asked) : int(asked) + _PART]
        started = time.process_time()
        work(part)
        print(time.process_time() - started, flush=True)


def beside(other: Path, source: Path, repeat: int) -> None:
    """Compare this commit with another one: when they see a sentence first, and later."""
    count = len(source.read_bytes().splitlines())
    commits = [_Commit(folder, source) for folder in (other, HERE.parent)]
    first, again = [0.0, 0.0], [0.0, 0.0]
    for start in range(0, count, _PART):
        rounds = [[commit.seconds(start) for commit in commits] for _ in range(repeat)]
        for number, own in enumerate(zip(*rounds, strict=True)):
            first[number] += own[0]
            again[number] += min(own[1:])
    for commit in commits:
        commit.close()
    lines = [(name, *(count / seconds for seconds in both), both[0] / both[1])
             for name, both in (("first", first), ("again", again))]  # fmt: skip
    table(("rows per CPU second", "other commit", "this one", "ratio"), lines)
    save("synonym_speed_beside", {"first": first[0] / first[1], "again": again[0] / again[1]})


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--nltk-data", default=os.environ.get("NLTK_DATA", ""),
                           help="folder with corpora/wordnet and taggers/")  # fmt: skip
    arguments.add_argument("--beside", type=Path, help="worktree of another commit to compare with")
    given = arguments.parse_args()
    folder = WORK / "synonym_speed"
    source = write(folder / "in.jsonl", sentences(given.data, SETS, given.rows))
    if given.beside:
        beside(given.beside.resolve(), source, given.repeat)
        return
    count = len(source.read_bytes().splitlines())
    data = given.nltk_data or str(WORK / "nltk_data")
    work: dict[str, list[float]] = {"floor": [], "ours": [], "nlpaug": []}
    whole: dict[str, list[float]] = {"ours": [], "nlpaug": []}
    tagger = ""
    for _ in range(given.repeat):
        for name in ("floor", "ours"):
            cost = run(PYTHON, __file__, "--worker", name, source)
            work[name].append(json.loads(cost.out)["work"])
        cost = run(*DATAAUG, "augment", source, "-m", "synonym", "-n", "1", "-q",
                   "-o", folder / "ours.jsonl")  # fmt: skip
        whole["ours"].append(cost.cpu)
        cost = run(NLPAUG, HERE / "peers" / "nlpaug_synonym.py", source,
                   folder / "nlpaug.jsonl", NLTK_DATA=data)  # fmt: skip
        said = json.loads(cost.out.splitlines()[-1])
        work["nlpaug"].append(said["work"])
        whole["nlpaug"].append(cost.cpu)
        tagger = said["tagger"]
    speed = {name: count / min(seconds) for name, seconds in work.items()}
    every = {name: count / min(seconds) for name, seconds in whole.items()}
    table(
        ("rows per CPU second", "work alone", "x nlpaug", "whole command", "x nlpaug"),
        [
            ("orjson parse + dump", speed["floor"], speed["floor"] / speed["nlpaug"], "", ""),
            ("dataaug augment -m synonym", speed["ours"], speed["ours"] / speed["nlpaug"],
             every["ours"], every["ours"] / every["nlpaug"]),
            ("nlpaug SynonymAug", speed["nlpaug"], 1.0, every["nlpaug"], 1.0),
        ],
    )  # fmt: skip
    print(f"{count:,} sentences, {given.repeat} rounds; nlpaug's tagger: {tagger}; "
          f"Python {platform.python_version()}")  # fmt: skip
    save(
        "synonym_speed",
        {
            "times_nlpaug": speed["ours"] / speed["nlpaug"],
            "times_nlpaug_with_start": every["ours"] / every["nlpaug"],
            "rows_per_cpu_second": speed["ours"],
            "floor_rows_per_cpu_second": speed["floor"],
            "nlpaug_rows_per_cpu_second": speed["nlpaug"],
        },
        tagger=tagger,
        work=work,
        whole=whole,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
    elif sys.argv[1:2] == ["--server"]:
        serve(*sys.argv[2:])
    else:
        main()
