"""Exact counts under faults: what generate makes of a server that fails, and what that costs.

``python benchmarks/generate.py [--kills 20]`` starts the scripted server of the tests on 127.0.0.1
and prints a table. Of 20 replies one is a 429, one a 500, two are refusals, one is fenced, one or
two are cut off, one holds a seed letter by letter (tests/faulty.py).
"""

import argparse
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from faulty import content, faulty, rubbish  # noqa: E402 - behind the path
from llm_server import Server  # noqa: E402

SEEDS = (
    "I want my money back for the broken kettle",
    "Please refund the second payment, it was a mistake",
    "You charged me twice and I want the money back",
    "How long does a refund take to reach my bank account?",
    "The refund that you promised last week has not arrived",
)


def command(server, folder, cache, count, *further):
    return [sys.executable, "-m", "dataaug", "generate", "-q", "--base-url", server.url,
            "--model", "m", "--cache", str(folder / cache), "--label", f"refund={count}",
            "--examples", str(folder / "seeds.jsonl"), *further]  # fmt: skip


def run(server, folder, cache, count, *further):
    """Run generate; return its exit code, rows and lines, and how many requests came."""
    server.forget()
    done = subprocess.run(
        command(server, folder, cache, count, *further), capture_output=True, check=False
    )
    lines = done.stdout.splitlines()
    return done.returncode, [json.loads(line) for line in lines], lines, len(server.asked)


def kill(server, folder, number, after):
    """Kill a run when so many replies were paid; return how many rows and requests came after."""
    cache = f"killed-{number}"
    server.forget()
    started = subprocess.Popen(
        command(server, folder, cache, 100, "--concurrency", "2"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with started:
        while len(server.paid) < after[0] and started.poll() is None:
            time.sleep(0.001)
        time.sleep(after[1])
        started.kill()
    before = list(server.paid)
    _, _, lines, _ = run(server, folder, cache, 100, "--concurrency", "2")
    paid = Counter(asked.identity for asked in [*before, *server.paid])
    return lines, sum(count - 1 for count in paid.values())


def other_mixes(folder, count):
    """Yield how many requests 100 rows take where other requests meet the faults."""
    requests, wrong = [], 0
    for mix in range(count):
        with Server(functools.partial(faulty, mix=str(mix))) as server:
            code, made, _, asked = run(server, folder, f"mix-{mix}", 100)
            wrong += code != 0 or len(made) != 100 or bool(rubbish(made, set(SEEDS)))
            requests.append(asked)
    mean, spread = sum(requests) / max(count, 1), sorted(requests)
    yield f"{count} other mixes of the faults", f"{mean:.1f} requests on average, {spread}"
    yield "  of them without 100 good rows", str(wrong)


def together(folder, count):
    """Yield how many requests processes pay that run the same command on one cache at once."""
    with Server(faulty) as server:
        alone = run(server, folder, "alone", 100)[3]
        server.forget()
        started = [subprocess.Popen(command(server, folder, "shared", 100),
                                    stdout=subprocess.PIPE) for _ in range(count)]  # fmt: skip
        rows = {process.communicate()[0] for process in started}
        said = f"{len(server.asked)} requests (one alone: {alone}), {len(rows)} output"
        yield f"{count} processes at once on one cache", said


def table(kills, mixes):
    with tempfile.TemporaryDirectory() as name, Server(faulty) as server:
        folder = Path(name)
        rows = [{"id": f"s{n}", "text": text, "label": "refund"} for n, text in enumerate(SEEDS)]
        (folder / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        code, made, first, requests = run(server, folder, "a", 100)
        bad = rubbish(made, set(SEEDS))
        yield "100 rows asked for", f"{len(made)} rows, exit {code}, {requests} requests"
        yield "refusals, seed copies, cut texts among them", str(len(bad))
        yield "distinct texts", str(len({row["text"] for row in made}))
        _, _, again, requests = run(server, folder, "a", 100)
        yield "the same again", f"{requests} requests, same bytes: {again == first}"
        _, _, more, requests = run(server, folder, "a", 150)
        grown = more[:100] == first and len(more) == 150
        yield "100 to 150", f"{requests} requests, first 100 the same: {grown}"
        for concurrency in (1, 8, 64):
            found = run(server, folder, f"c{concurrency}", 100, "--concurrency", str(concurrency))
            yield (
                f"concurrency {concurrency}",
                f"{found[3]} requests, same bytes: " + str(found[2] == first),
            )
        yield from killed(server, folder, kills)
        yield from other_mixes(folder, mixes)
        yield from together(folder, 3)


def killed(server, folder, kills):
    server.answer = content
    whole = run(server, folder, "whole", 100)[2]
    server.delay = 0.02
    same, twice = 0, []
    for number in range(kills):
        lines, again = kill(server, folder, number, (number % 12, 0.003 * (number // 2)))
        same += lines == whole
        twice.append(again)
    yield f"kill -9 at {kills} points, then again", f"same bytes {same} of {kills}"
    yield "  requests paid twice in a run (2 in flight)", f"{max(twice, default=0)} at most"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--mixes", type=int, default=20)
    given = parser.parse_args()
    for name, value in table(given.kills, given.mixes):
        print(f"| {name} | {value} |", flush=True)


if __name__ == "__main__":
    main()
