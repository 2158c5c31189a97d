"""Rows per CPU second of `augment -m synonym -n 1`, nlpaug's SynonymAug, and orjson alone.

The same 20,000 distinct sentences for all, one process after the other, round by round; the least
CPU time of all rounds counts. Ours parses the rows, runs the verb and serialises, in this count;
nlpaug is given a list of texts. The second figure is the CPU time of a whole command.
"""

# ruff: noqa: PLC0415 - the product is imported only in the process that is timed
import io
import json
import os
import platform
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


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--nltk-data", default=os.environ.get("NLTK_DATA", ""),
                           help="folder with corpora/wordnet and taggers/")  # fmt: skip
    given = arguments.parse_args()
    folder = WORK / "synonym_speed"
    source = write(folder / "in.jsonl", sentences(given.data, SETS, given.rows))
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
    else:
        main()
