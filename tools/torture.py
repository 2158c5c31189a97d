"""The long part of the tests for trust: fuzz, kills and faults until the time is up, and counts.

    python tools/torture.py [MINUTES]

Each round goes through all grammars of ``tests/fuzz`` with a seed of its own, kills runs at a
random moment and runs them again, lets calls of the system fail in a run (``tests/faults.py``), and
has 64 connections wait on a server that breaks in all known ways. A value that does not hold is
shrunk and kept in ``tests/fuzz/corpus``. The last lines say how many rows, replies, kills and
faults there were. A fault that was found ends it with 1, after the time is up.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).parents[1]
sys.path[:0] = [str(HERE / "tests"), str(HERE / "tests" / "fuzz"), str(HERE)]

import faults  # noqa: E402
from faulty import faulty  # noqa: E402
from holding import TARGETS, explore, keep  # noqa: E402
from llm_server import Answer, Server, by_hand, rate_limited, reset  # noqa: E402

COUNTS: Counter[str] = Counter()
FOUND: list[str] = []
_ROWS = 20_000
_OUTPUTS = ("out", "gone", "test")


def _noted(what: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:  # noqa: BLE001 - whatever it is: it is what is looked for
        FOUND.append(what)
        print(f"FOUND {what}\n{traceback.format_exc(limit=-6)}", flush=True)


def fuzz(seed: int) -> None:
    """Look at values of all grammars."""
    for name, target in TARGETS.items():
        seen: list[object] = []
        before = len(FOUND)
        with tempfile.TemporaryDirectory() as folder:
            look = partial(explore, name, Path(folder), 10 * target.quick, seed=seed, shrink=True)
            _noted(f"fuzz {name}", partial(look, seen=seen))
        if len(FOUND) > before:
            keep(name, seen[-1])
        kind = {"rows": "rows", "keys": "rows"}.get(name, f"values of {name}")
        COUNTS["replies" if name in _REPLIES else kind] += len(seen)


_REPLIES = {"noise", "forms", "nothing", "answers", "http", "caps"}


def kill(chance: random.Random, home: Path) -> None:
    """Kill a run at some moment, run it again, and compare with one that was left alone."""
    args = chance.choice([
        ("augment", "rows.jsonl", "-m", "typo", "-o", "out"),
        ("augment", "rows.jsonl", "-m", "swap", "--workers", "2", "-o", "out"),
        ("balance", "rows.jsonl", "--with", "oversample", "-o", "out"),
        ("filter", "rows.jsonl", "--check", "exact", "--include-real", "--rejects", "gone", "-o",
         "out"),
        ("split", "rows.jsonl", "--embedder", "hashing", "--test-out", "test", "-o", "out"),
    ])  # fmt: skip
    whole = _outcome(args, home)
    run = _started(args, home)
    time.sleep(chance.random() * 3)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    left = sorted(path.name for path in home.iterdir() if path.name in _OUTPUTS)
    assert not left or run.returncode == 0, f"{args}: {left} after a kill"
    assert _outcome(args, home) == whole, f"{args}: other bytes after a kill"
    COUNTS["kills"] += 1
    COUNTS["rows"] += 2 * _ROWS


def _started(args: tuple[str, ...], home: Path) -> "subprocess.Popen[bytes]":
    for name in _OUTPUTS:
        (home / name).unlink(missing_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "dataaug", *args, "-q"], cwd=home, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def _outcome(args: tuple[str, ...], home: Path) -> list[bytes]:
    assert _started(args, home).wait() == 0, args
    found = [(home / name).read_bytes() for name in _OUTPUTS if (home / name).exists()]
    parts = [path.name for path in home.iterdir() if path.name.endswith(".partial")]
    assert not parts, f"{args}: {parts} left behind"
    return found


def connections(seed: int, home: Path, rows: int = 400) -> None:
    """Have 64 connections ask a server that breaks in all ways; the run ends as it should."""
    chance = random.Random(seed)
    broken = [rate_limited(0), reset(), by_hand(b"\x00"), Answer(raw=b"<html>"), Answer("[" * 900),
              Answer('["' + "a" * 10_000_000 + '"]'), Answer(None),
              Answer("[" + ",".join(['"a b c"'] * 20_000) + "]")]  # fmt: skip

    def answer(asked):  # noqa: ANN001, ANN202 - of the scripted server
        return chance.choice(broken) if chance.random() < 0.2 else faulty(asked)

    with Server(answer, delay=0.2) as server:
        args = [
            "generate",
            "-o",
            "out",
            "--label",
            f"a={rows}",
            "--label",
            f"b={rows}",
            "--model",
            "m",
        ]
        args += ["--base-url", server.url, "--concurrency", "64", "--cache", f"cache{seed}"]
        done = subprocess.run(
            [sys.executable, "-m", "dataaug", *args], cwd=home, capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": str(HERE)},
        )  # fmt: skip
        assert done.returncode in {0, 5}, done.stderr.decode()[-800:]
        COUNTS["replies"] += len(server.asked)
        COUNTS["rows"] += (home / "out").read_bytes().count(b"\n")
        COUNTS["most connections at once"] = max(COUNTS["most connections at once"], server.most)


def main() -> int:
    """Go on until the time is up, and print the counts."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    end = time.monotonic() + 60 * minutes
    seed = int(time.time())
    print(f"the first seed is {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        home, chance = Path(folder), random.Random(seed)
        faults.write_rows(home / "rows.jsonl", _ROWS)
        while time.monotonic() < end:
            fuzz(seed)
            for _ in range(4):
                _noted("kill", lambda: kill(chance, home))
            _noted("faults", lambda: COUNTS.update(faults.inject(chance, home, 20)))
            _noted("connections", lambda seed=seed: connections(seed, home))
            seed += 1
            COUNTS["rounds"] += 1
    for name, count in sorted(COUNTS.items()):
        print(f"{name}: {count:,}")
    print(f"found: {len(FOUND)}" + "".join(f"\n  {what}" for what in FOUND))
    return 1 if FOUND else 0


if __name__ == "__main__":
    sys.exit(main())
