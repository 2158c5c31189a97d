"""CPU seconds of the commands on a small input, beside those of an old release.

    python benchmarks/against_release.py [--rounds N] [--only WORD] [--base COMMIT]

The old release is a working tree of its commit that PYTHONPATH names, run in this environment: both
have the same libraries, unlike in an environment that is installed for the old one alone. Its pages
need matplotlib, which is no dependency any more: for the demo pip puts it into a folder that the
old release alone finds. They run each command in turn, and the table has the median of the rounds.
What counts is the CPU time, of user and system, of the command and of all processes that it waited
for. Each release has a cache folder of its own, which a round that is not counted fills; the .pyc
files are there. ``cold`` begins with an empty cache each time, and so does the demo, as
``make demo`` does after the set-up; of the demo the commands ``dataaug`` alone are counted. The
input is the train part of sample_data with variants by two methods, made by the old release, so
that both read it. A command that fails ends the benchmark. A round takes some four CPU minutes.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import HERE, PYTHON, run, save

ROOT = HERE.parent
BASE = "d0d56c0"
MADE, REAL = "{made}", "{real}"  # the input, and the same rows as if they were all real
TRAIN, TEST = "{sample}/train.jsonl", "{sample}/test.jsonl"
EVALUATE = ("evaluate", "--train", TRAIN, "--candidate", MADE, "--test", TEST, "-o", "{out}")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to time.

    Attributes:
        goal: today's CPU time over that of the release, at most.
        args: the arguments of ``dataaug``; none is the demo.
        release: the same as the release spells it, where that is different.
        cold: does it begin with an empty cache?
    """

    goal: float
    args: Sequence[str] = ()
    release: Sequence[str] = ()
    cold: bool = False


JOBS = {
    "--help": Job(2 / 3, ("--help",)),
    "mix": Job(2 / 3, ("mix", MADE, "-o", "{out}")),
    "augment -m synonym": Job(2 / 3, ("augment", TRAIN, "-m", "synonym", "-o", "{out}")),
    "filter, cold": Job(1 / 3, ("filter", MADE, "-o", "{out}"), cold=True),
    "filter, cached": Job(1 / 5, ("filter", MADE, "-o", "{out}")),
    "split, cached": Job(
        1 / 4, ("split", REAL, "--test", "0.3", "--test-out", "{out}", "--train-out", "{out}2")
    ),
    "compare, cached": Job(1 / 4, ("compare", MADE, "-o", "{out}")),
    "evaluate, cached": Job(1 / 4, EVALUATE),
    "evaluate --classifier tfidf": Job(1 / 4, (*EVALUATE, "--classifier", "tfidf")),
    "all commands of the demo": Job(1 / 3, cold=True),
}
PLOTS = (
    "matplotlib==3.11.2", "contourpy==1.3.3", "cycler==0.12.1", "fonttools==4.68.0",
    "kiwisolver==1.5.1", "pillow==13.0.0", "pyparsing==3.3.3",
)  # fmt: skip
"""What draws the old release's pages, with what that needs and dataaug does not."""
COUNTED = """#!/bin/bash
{python} -m dataaug "$@"
code=$?
times >> {log}
exit $code
"""  # `times` gives user and system time of the shell and of what it waited for; not in a pipe


class Release:
    """A working tree with a cache folder of its own.

    Args:
        tree: where the package lies.
        folder: for the cache and for what the commands write.
        old: is it the old release?
    """

    def __init__(self, tree: Path, folder: Path, *, old: bool) -> None:
        self.tree, self.folder, self.old = tree, folder, old
        folder.mkdir()
        run(PYTHON, "-m", "compileall", "-q", tree / "dataaug")

    @property
    def libraries(self) -> Path:
        """The folder of libraries that it alone finds."""
        return self.folder / "libraries"

    def cost(self, job: Job, names: dict[str, str]) -> float:
        """Return the CPU seconds of a job."""
        with tempfile.TemporaryDirectory(dir=self.folder) as empty:
            cache = empty if job.cold else str(self.folder / "cache")
            paths = os.pathsep.join([str(self.tree), str(self.libraries)])
            env = {"PYTHONPATH": paths, "XDG_CACHE_HOME": cache, "PYTHONDONTWRITEBYTECODE": "",
                   "PYTHONSAFEPATH": "1"}  # fmt: skip
            if not job.args:
                return self._demo(Path(empty), env)
            spelled = (self.old and job.release) or job.args
            out = str(Path(empty) / "out.jsonl")
            args = [each.format(out=out, **names) for each in spelled]
            return run(PYTHON, "-m", "dataaug", *args, **env).cpu

    def _demo(self, folder: Path, env: dict[str, str]) -> float:
        log, command = folder / "times", folder / "bin" / "dataaug"
        command.parent.mkdir()
        command.write_text(COUNTED.format(python=PYTHON, log=log))
        command.chmod(0o755)
        paths = (str(command.parent), str(Path(PYTHON).parent), os.environ["PATH"])
        run("bash", self.tree / "examples" / "demo.sh", PATH=os.pathsep.join(paths), **env)
        return sum(_seconds(shown) for shown in log.read_text().split())


def _seconds(shown: str) -> float:
    """Return what ``times`` shows as ``1m2.345s``, in seconds."""
    minutes, _, seconds = shown.removesuffix("s").partition("m")
    return 60 * int(minutes) + float(seconds.replace(",", "."))


@contextmanager
def worktree(commit: str, folder: Path) -> Iterator[Path]:
    """Give a working tree of a commit, which goes away afterwards."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "-q", "--detach", folder, commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", folder], check=True)


def _inputs(release: Release, folder: Path) -> dict[str, str]:
    """Make the input; return the files by their names in the commands."""
    made, real = folder / "made.jsonl", folder / "real.jsonl"
    sample = ROOT / "sample_data"
    two = ("augment", f"{sample}/train.jsonl", "-m", "synonym", "-m", "typo", "-o", str(made))
    release.cost(Job(1, two), {})
    with made.open() as lines, real.open("w") as out:
        for number, line in enumerate(lines):
            row = json.loads(line)
            row.pop("_aug", None)
            out.write(json.dumps({**row, "id": f"r{number}"}) + "\n")
    return {"made": str(made), "real": str(real), "sample": str(sample)}


def _shown(name: str, goal: float, old: float, new: float) -> str:
    verdict = "met" if new <= goal * old else "missed"
    return f"| {name} | {old:.2f} | {new:.2f} | {new / old:.2f} | {goal:.2f} | {verdict} |"


def main() -> None:
    """Print the table and keep the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each command is timed")
    parser.add_argument("--only", default="", help="only what has this in its name")
    parser.add_argument("--base", default=BASE, help="the commit of the old release")
    given = parser.parse_args()
    jobs = {name: job for name, job in JOBS.items() if given.only in name}
    ratios = {}
    with tempfile.TemporaryDirectory() as name, worktree(given.base, Path(name) / "tree") as tree:
        old = Release(tree, Path(name) / "old", old=True)
        both = (old, Release(ROOT, Path(name) / "new", old=False))
        names = _inputs(old, Path(name))
        if any(not job.args for job in jobs.values()):
            pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps")
            run(*pip, "--target", old.libraries, *PLOTS)
        head = f"| CPU s, median of {given.rounds} | {given.base} | today | ratio | goal | |"
        print(head, "|---|---|---|---|---|---|", sep="\n", flush=True)
        for title, job in jobs.items():
            if not job.cold:
                for release in both:
                    release.cost(job, names)
            rounds = [[release.cost(job, names) for release in both] for _ in range(given.rounds)]
            before, now = map(statistics.median, zip(*rounds, strict=True))
            ratios[title] = now / before
            print(_shown(title, job.goal, before, now), flush=True)
    if not given.only:
        save("against_release", ratios, base=given.base, rounds=given.rounds)


if __name__ == "__main__":
    sys.exit(main())
