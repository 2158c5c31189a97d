"""Ten million vectors through the exact near-duplicate search, killed once on the way.

Vectors are the mixture of near_duplicates.py, made in parts on the disk. The search runs in a
process of its own with a journal; it is ended by SIGKILL when it has compared for a while
(`--kill`), and started again. Memory is what is resident and is no page of a file (RssAnon), looked
at twice a second. Of `--checked` rows drawn at random all products are computed, and the pairs and
the rows that stay are compared with what the search says.
"""

import hashlib
import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench import HERE, PYTHON, WORK, parser, save, table
from near_duplicates import mixture, vectors_of
from threadpoolctl import threadpool_info

from dataaug.filtering import near_duplicate_report
from dataaug.search import dedup, journal, kmeans, pairs

THRESHOLD = 0.95
BLOCK = 1 << 14


def cpu() -> float:
    """Return the CPU seconds of this process and of its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Steps:
    """A file that tells of each step at its end, with the CPU seconds so far."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.begun = time.perf_counter()

    def tell(self, step: str, **told: Any) -> None:
        """Write a line."""
        line = {"step": step, "cpu": cpu(), "wall": time.perf_counter() - self.begun, **told}
        with self.out.open("a") as stream:
            stream.write(json.dumps(line) + "\n")


def search(path: Path, folder: Path) -> None:
    """Search, in this process, and leave the pairs and the rows that stay in a file."""
    steps = Steps(folder / "steps.jsonl")
    vectors = np.load(path, mmap_mode="r")
    steps.tell("begin", threads=os.environ.get("OMP_NUM_THREADS", ""),
          kernel=[one["architecture"] for one in threadpool_info()])  # fmt: skip
    rule = dedup.PairRule(THRESHOLD, lambda i, _: np.full(len(i), THRESHOLD))
    with journal.journaled(folder / "searches", vectors, f"{THRESHOLD}") as kept:
        if kept is None:
            raise SystemExit("another process is at this search")
        steps.tell("digest", resumed=kept.begun)
        partitions = kmeans.fit_partitions([vectors], THRESHOLD, journal=kept)
        steps.tell("fitted", partitions=len(partitions.centroids), short=partitions.axes.shape[1])
        placed = partitions.place(vectors, journal=kept)
        steps.tell("placed", boundaries=placed.boundary_count / len(vectors), left=placed.products)
        told = 0.0

        def notify(done: int, whole: int) -> None:
            nonlocal told
            if time.perf_counter() - told > 5:
                told = time.perf_counter()
                steps.tell("comparing", share=done / whole)

        most = max(1_000_000, 32 * len(vectors))
        choice = dedup.keep_first(placed, rule, most=most, journal=kept, notify=notify)
        size = len(vectors)
        said = {
            "rows": size,
            "pairs": size * (size - 1) // 2,
            "compared": choice.products,
            "cells": placed.partitions,
            "certified_rows": int(placed.certified.sum()),
        }
        i, j, score = choice.pairs or pairs.gather([])
        np.savez(folder / "found.npz", i=i, j=j, score=score, of=choice.of, by=choice.score)
    certificate = near_duplicate_report.certificate(said)
    steps.tell("end", certificate=certificate, search=said, found=len(i),
               gone=int((choice.of >= 0).sum()),
               kept=sha(choice.of, choice.score, i, j, score))  # fmt: skip


def sha(*arrays: Any) -> str:
    """Return a digest of arrays."""
    found = hashlib.sha256()
    for one in arrays:
        found.update(np.ascontiguousarray(one).data)
    return found.hexdigest()[:16]


class Watched(NamedTuple):
    """A process at its end: MB resident that are no pages of files, and with them; CPU s; code."""

    anon_mb: float
    most_mb: float
    cpu: float
    code: int


def watched(path: Path, folder: Path, kill: float) -> Watched:
    """Run the search; end it by SIGKILL when it has compared so much of all."""
    free = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}
    env = {name: value for name, value in os.environ.items() if name not in free}
    child = subprocess.Popen([PYTHON, HERE / "near_large.py", "--data", "-", "--search", path,
                              "--cache", folder], env=env)  # fmt: skip
    anon = most = 0.0
    while True:
        ended, status, used = os.wait4(child.pid, os.WNOHANG)
        if ended:
            child.returncode = os.waitstatus_to_exitcode(status)
            return Watched(anon, most, used.ru_utime + used.ru_stime, child.returncode)
        said = Path(f"/proc/{child.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in said.splitlines())
        if "RssAnon" in fields:
            anon = max(anon, int(fields["RssAnon"].split()[0]) / 1024)
            most = max(most, int(fields["VmHWM"].split()[0]) / 1024)
        if kill and compared(folder) >= kill:
            child.send_signal(signal.SIGKILL)
            kill = 0.0
        time.sleep(0.5)


def told(folder: Path) -> list[dict[str, Any]]:
    """Return what the search has said so far."""
    path = folder / "steps.jsonl"
    return [json.loads(line) for line in path.open()] if path.exists() else []


def compared(folder: Path) -> float:
    """Return the share of the work of comparing that is done."""
    return max((line.get("share", 0.0) for line in told(folder)), default=0.0)


def check(path: Path, folder: Path, count: int) -> tuple[int, int, int]:
    """Look at all products of some rows.

    Returns:
        Their pairs, how many of these the search lacks or has too many, and how many of the rows
        stay or go otherwise than the rule says, given which of the others stay.
    """
    vectors = np.load(path, mmap_mode="r")
    found = np.load(folder / "found.npz")
    rows = np.sort(np.random.default_rng(3).choice(len(vectors), count, replace=False))
    some = np.asarray(vectors[rows], np.float32)
    near = []
    for start in range(0, len(vectors), BLOCK):
        block = np.asarray(vectors[start : start + BLOCK], np.float32)
        i, j = np.nonzero(some @ block.T >= THRESHOLD - 1e-4)
        near.append(np.column_stack([rows[i], j + start]))
    both = np.concatenate(near)
    both = both[both[:, 0] != both[:, 1]]
    both = both[pairs.products(vectors, vectors, both[:, 0], both[:, 1]) >= THRESHOLD]
    wanted = {(max(pair), min(pair)) for pair in both.tolist()}
    i, j = found["i"], found["j"]
    mine = np.isin(i, rows) | np.isin(j, rows)
    listed = set(zip(i[mine].tolist(), j[mine].tolist(), strict=True))
    stays = found["of"] < 0
    goes = set(both[(both[:, 1] < both[:, 0]) & stays[both[:, 1]], 0].tolist())
    wrong = sum((row in goes) == bool(stays[row]) for row in rows.tolist())
    return len(wanted), len(wanted ^ listed), wrong


def report(path: Path, folder: Path, peaks: list[Watched], checked: int) -> None:
    """Print what the runs said, and look at some rows."""
    lines = told(folder)
    starts = [n for n, line in enumerate(lines) if line["step"] == "begin"] + [len(lines)]
    cells = []
    for run, (first, last) in enumerate(itertools.pairwise(starts), 1):
        before = {"cpu": 0.0, "wall": 0.0}
        for name in ("digest", "fitted", "placed", "comparing", "end"):
            named = [line for line in lines[first:last] if line["step"] == name]
            if named:
                line = named[-1]
                cells.append((f"run {run}: {name}", line["cpu"] - before["cpu"],
                              line["wall"] - before["wall"]))  # fmt: skip
                before = line
    table(("step", "CPU s", "wall s"), cells)
    spent = [lines[last - 1] for last in starts[1:]]
    end = lines[-1]
    fitted = next(line for line in lines if line["step"] == "fitted")
    placed = next(line for line in lines if line["step"] == "placed")
    search = end["search"]
    minutes = sum(peak.cpu for peak in peaks) / 60
    wall = sum(line["wall"] for line in spent) / 60
    anon, whole = (max(column) for column in list(zip(*peaks, strict=True))[:2])
    print(f"{lines[0]['kernel']}: {minutes:.2f} CPU minutes and {wall:.1f} minutes in "
          f"{len(spent)} runs")  # fmt: skip
    print(f"resident without pages of files: {anon:,.0f} MB (with: {whole:,.0f})")
    print(f"partitions {fitted['partitions']:,}, bound vectors of {fitted['short'] + 1}, "
          f"boundaries a row {placed['boundaries']:.1f}")  # fmt: skip
    print(f"near-duplicate: {end['certificate']}")
    print(f"{end['found']:,} pairs, {end['gone']:,} rows go; sha {end['kept']}", flush=True)
    number, differ, wrong = check(path, folder, checked)
    print(f"{checked:,} rows drawn at random: {number:,} pairs, {differ:,} differ from brute "
          f"force, {wrong:,} rows stay or go otherwise")  # fmt: skip
    save(f"near_large_{search['rows']}", {
        "cpu_minutes": minutes, "resident_mb": anon,
        "pairs_that_differ": differ, "rows_that_differ": wrong,
    }, lines=lines)  # fmt: skip


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--cache", type=Path, default=WORK / "near_vectors")
    arguments.add_argument("--rows", type=int, default=10_000_000)
    arguments.add_argument("--checked", type=int, default=2_000)
    arguments.add_argument("--kill", type=float, default=0.5, help="share compared; 0: never")
    arguments.add_argument("--make", action="store_true", help="make the vectors and stop")
    arguments.add_argument("--search", type=Path, help="what the script calls itself with")
    given = arguments.parse_args()
    if given.search:
        search(given.search, given.cache)
        return
    vectors_of(given.data, given.cache)
    path = mixture(given.cache, given.rows)
    if given.make:
        return
    folder = given.cache / f"large-{given.rows}"
    folder.mkdir(exist_ok=True)
    (folder / "steps.jsonl").unlink(missing_ok=True)
    peaks: list[Watched] = []
    while not peaks or peaks[-1].code == -signal.SIGKILL:
        peaks.append(watched(path, folder, 0.0 if peaks else given.kill))
    if peaks[-1].code:
        sys.exit(f"the search failed: {peaks[-1].code}")
    report(path, folder, peaks, given.checked)


if __name__ == "__main__":
    main()
