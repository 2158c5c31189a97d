"""Let calls of the system fail inside a run: a library in front of libc, built by a compiler."""

import errno
import functools
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import orjson

HERE = Path(__file__).parent
CODES = {0, 3, 4}
"""A run that meets a failing disk ends well, or says which file it could not read or write."""


@functools.cache
def library():
    """Return the library, None where it can't be built."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    built = Path(tempfile.mkdtemp(prefix="faults-")) / "faults.so"
    command = [
        compiler,
        "-shared",
        "-fPIC",
        "-O1",
        "-w",
        "-o",
        str(built),
        str(HERE / "faults.c"),
        "-ldl",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    return built if done.returncode == 0 else None


class Fault(NamedTuple):
    """A call that fails: of which kind, on which file, after how many others, with what."""

    call: str
    path: str
    after: int = 0
    error: int = errno.EIO
    once: bool = False


def run(args, home, fault=None, program=("-m", "dataaug")):
    """Run the command line, with a fault; return the process and how many calls failed."""
    log = Path(home) / ".log"
    log.unlink(missing_ok=True)
    spools = Path(home) / "spools"
    spools.mkdir(exist_ok=True)
    env = os.environ | {"PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"}
    env |= {"XDG_CACHE_HOME": str(Path(home) / "cache"), "TMPDIR": str(spools)}
    if fault is not None:
        env |= {
            "LD_PRELOAD": str(library()), "FAULT_CALL": fault.call, "FAULT_PATH": fault.path,
            "FAULT_AFTER": str(fault.after), "FAULT_ERRNO": str(fault.error), "FAULT_LOG": str(log),
            **({"FAULT_ONCE": "1"} if fault.once else {}),
        }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *program, *args], cwd=home, env=env, capture_output=True, check=False
    )
    failed = log.stat().st_size if log.exists() else 0
    log.unlink(missing_ok=True)
    return done, failed


def write_rows(path, count):
    """Write rows of seven words and three labels."""
    chance = random.Random(0)
    words = ("red", "blue", "car", "van", "late", "early", "paid", "lost", "sent", "parcel", "card")
    with path.open("wb") as file:
        for number in range(count):
            row = {"id": f"r{number}", "text": " ".join(chance.choices(words, k=7)),
                   "label": "abc"[number % 3 and number % 7 % 3]}  # fmt: skip
            file.write(orjson.dumps(row) + b"\n")


VERBS = {
    "augment": ("augment", "rows.jsonl", "-m", "swap", "-o", "out", "--rejects", "gone"),
    "balance": ("balance", "rows.jsonl", "--with", "oversample", "-o", "out", "--report", "told"),
    "filter": ("filter", "rows.jsonl", "--include-real", "--check", "near-duplicate", "-p",
               "near-duplicate.embedder=hashing", "-o", "out", "--rejects", "gone"),
    "split": ("split", "rows.jsonl", "--embedder", "hashing", "--memory", "100KB", "--test-out",
              "test", "-o", "out"),
    "mix": ("mix", "rows.jsonl", "-o", "out", "--report", "told"),
    "spotcheck": ("spotcheck", "made.jsonl", "--review", "file", "--sample", "out"),
}  # fmt: skip
OUTPUTS = ("out", "gone", "test", "told")
ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def drawn(chance, verb):
    """Return a fault that a run of a verb can meet."""
    args = VERBS[verb]
    written = [name for name in OUTPUTS if name in args]
    call, path = chance.choice([
        ("write", ".partial"), ("sync", ".partial"), ("rename", f"/{chance.choice(written)}"),
        ("read", f"/{args[1]}"), ("read", "/spools/"), ("write", "/spools/"),
    ])  # fmt: skip
    return Fault(call, path, chance.choice([0, 0, 0, 1, 2]), chance.choice(ERRORS))


def outputs(home):
    """Return what stands under the names of the outputs; of a report only that it is there."""
    return {
        name: b"a report" if name == "told" and b'"verb"' in content else content
        for name in OUTPUTS
        if (home / name).exists()
        for content in [(home / name).read_bytes()]
    }


def survives(verb, home, fault):
    """Let a call fail in a run over files that were there before; return how many calls failed.

    The run ends by a code of the table and says why, or as if nothing had happened; no name has
    half a file; and the next run gives what a run without faults does.
    """
    for name in OUTPUTS:
        (home / name).unlink(missing_ok=True)
    whole, _ = run(VERBS[verb], home)
    assert whole.returncode == 0, whole.stderr.decode()
    right = outputs(home)
    for name in right:
        (home / name).write_bytes(b"before\n")
    done, failed = run(VERBS[verb], home, fault)
    said = done.stderr.decode()
    assert done.returncode in CODES, f"{verb} {fault}: {done.returncode} {said}"
    assert "Traceback" not in said, said
    found = outputs(home)
    if done.returncode == 0:
        assert found == right, f"{verb} {fault}: exit 0 and other bytes"
    else:
        assert said.startswith(("dataaug:", verb)), said
        if fault.path.startswith("/"):
            assert fault.path.strip("/") in said, f"{verb} {fault} names no file: {said}"
        assert all(found[name] in (b"before\n", right[name]) for name in right)
        if fault.call != "rename":  # between two renames nothing can be promised but to be told
            assert set(found.values()) == {b"before\n"}, f"{verb} {fault}: {said}"
    assert not list(home.glob(".*.partial")), f"{verb} {fault}: parts are left"
    again, _ = run(VERBS[verb], home)
    assert again.returncode == 0, again.stderr.decode()
    assert outputs(home) == right
    return failed


def inject(chance, home, count):
    """Let so many calls fail in runs that are drawn; return what to count of them."""
    write_made(home)
    found = Counter()
    for _ in range(count if library() else 0):
        verb = chance.choice(list(VERBS))
        failed = survives(verb, home, drawn(chance, verb))
        found["runs with faults"] += 1
        found["faults injected"] += failed
    return found


def write_made(home):
    """Write synthetic rows beside those that are there."""
    with (home / "rows.jsonl").open("rb") as rows, (home / "made.jsonl").open("wb") as made:
        for line in rows:
            row = orjson.loads(line)
            made.write(
                orjson.dumps(row | {"_aug": {"id": row["id"], "origin": "synthetic"}}) + b"\n"
            )
