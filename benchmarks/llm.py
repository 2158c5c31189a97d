"""The language model client against a scripted server: what it costs, and how it keeps to a limit.

    python benchmarks/llm.py [--minutes 1] [--requests 1000]

The server (tests/llm_server.py) runs in a process of its own, so that the CPU seconds are those of
the client alone. Prints one JSON object; ``check.py`` holds what a request costs to its floor.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import save

from dataaug import llms
from dataaug.llms import Connection, Message, Prompt
from dataaug.plugins import Spec

SERVER = Path(__file__).parent.parent / "tests" / "llm_server.py"
SCHEMA = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"type": "string"}}},
    "required": ["items"],
    "additionalProperties": False,
}
COSTS = ("cpu_ms_per_request", "cpu_ms_per_reply_from_the_cache")


class Running:
    """A scripted server in a process of its own."""

    def __init__(self, *options):
        self._options = [str(option) for option in options]

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER), *self._options], stdout=subprocess.PIPE, text=True
        )
        return self._process.stdout.readline().strip()

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()


def prompts(count):
    """Return prompts of the size that generate sends: instructions, five examples, ten wanted."""
    text = "Write ten messages of customers of a bank about a card that did not arrive. " * 12
    return [
        Prompt((Message("user", f"{text}\nVariant {n}."),), SCHEMA, seed=n) for n in range(count)
    ]


def opened(url, cache, **options):
    spec = Spec("openai", {"model": "m", "base_url": url, **options})
    return llms.opened(Connection(spec, cache))


def overhead(requests):
    """Return CPU milliseconds of the client for a request, cache and all, at concurrency 64."""
    with Running("--delay", 0.05) as url, tempfile.TemporaryDirectory() as folder:
        opened(url, "off")(prompts(1))  # imports, and the server's first thread
        llm = opened(url, folder, concurrency=64)
        asked = prompts(requests)
        wall, cpu = time.perf_counter(), time.process_time()
        replies = llm(asked)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert not any(reply.fault for reply in replies)
        again = time.process_time()
        cached = opened(url, folder)(asked)
        again = time.process_time() - again
        assert all(reply.cached for reply in cached)
    return {
        "requests": requests,
        "cpu_ms_per_request": round(1000 * cpu / requests, 3),
        "wall_seconds": round(wall, 2),
        "cpu_ms_per_reply_from_the_cache": round(1000 * again / requests, 4),
    }


def share_of_limit(limit, minutes, **options):
    """Return which share of a limit is used, and how many requests were refused."""
    count = int(limit * minutes)
    with Running("--rpm", limit, "--delay", 0.3) as url:
        llm = opened(url, "off", concurrency=32, **options)
        began = time.perf_counter()
        llm(prompts(count))
        seconds = time.perf_counter() - began
    return {"rpm": limit, "requests": count, "seconds": round(seconds, 2),
            "share_of_limit": round(count / (seconds * limit / 60), 4)}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--requests", type=int, default=1000)
    given = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = ""
    found = {
        "overhead": overhead(given.requests),
        "limit_told": share_of_limit(600, given.minutes, rpm=600),
        "limit_not_told": share_of_limit(600, given.minutes),
    }
    save("llm", {name: found["overhead"][name] for name in COSTS}, **found)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
