"""What 20,000 requests by the Batch API cost the client: written, collected, turned into rows.

    python benchmarks/batches.py [--rows 20000]

``augment -m paraphrase`` of as many rows, against tests/llm_server.py in a process of its own. CPU
seconds and memory are those of the whole command, its start and its cache included. Prints one JSON
object.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from bench import save

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))
from llm_server import WORDS, Server, texts  # noqa: E402 - it lies among the tests


def serve():
    """Answer with as many versions as are asked for, until the process is ended."""

    def answer(asked):
        return texts(asked, asked.schema["properties"]["items"]["minItems"])

    with Server(answer) as server:
        print(server.url, flush=True)
        threading.Event().wait()


def rows(count):
    """Yield rows of the length of short messages, all unlike each other."""
    rng = random.Random(0)
    for number in range(count):
        text = " ".join(rng.sample(WORDS, rng.randint(7, 14))).capitalize() + "."
        yield {"id": f"r{number}", "text": text, "label": "ab"[number % 2]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--serve", action="store_true", help="be the server")
    asked = parser.parse_args()
    if asked.serve:
        serve()
    else:
        measure(asked.rows)


def measure(count):
    """Run the command and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True
        )
        url = server.stdout.readline().strip()
        source, out = Path(folder, "rows.jsonl"), Path(folder, "out.jsonl")
        source.write_text("".join(json.dumps(row) + "\n" for row in rows(count)))
        command = [
            sys.executable, "-m", "dataaug", "augment", str(source), "-m", "paraphrase", "--batch",
            "--model", "m", "--base-url", url, "--cache", str(Path(folder, "cache")),
            "-p", "openai.poll=0.2", "-o", str(out),
        ]  # fmt: skip
        done = subprocess.run(command, check=True, stderr=subprocess.PIPE, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        made = sum(b'"_aug"' in line for line in out.read_bytes().splitlines())
        found = {
            "requests": count,
            "batches": done.stderr.count("was ordered"),
            "rows_made": made,
            "cpu_s": round(used.ru_utime + used.ru_stime, 1),
            "memory_mb": round(used.ru_maxrss / 1024),
        }
        server.terminate()
        server.wait()
    save("batches", found)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
