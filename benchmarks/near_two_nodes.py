"""The near-duplicate search on two Ray nodes in network namespaces, beside one machine.

The vectors are those of near_large.py (`near_large.py --make` makes them). The search runs once in
threads and once on a cluster of two nodes of one processor each, joined by a cable whose counters
are read before and after; both must find the same pairs and rows, byte for byte. It needs root and
iproute2.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from bench import HERE, PYTHON, WORK, parser, save, table
from near_large import THRESHOLD, cpu, sha

from dataaug import plugins
from dataaug.plugins import Spec
from dataaug.search import dedup, kmeans

sys.path.insert(0, str(HERE.parent / "tests"))


def search(path: Path, address: str) -> None:
    """Search, on a cluster if one is named, and print a digest of what was found."""
    vectors = np.load(path, mmap_mode="r")
    engine = plugins.load("engines", Spec("ray", {"address": address})) if address else None
    rule = dedup.PairRule(THRESHOLD, lambda i, _: np.full(len(i), THRESHOLD))
    partitions = kmeans.fit_partitions([vectors], THRESHOLD)
    placed = partitions.place(vectors, 0, engine.map) if engine else partitions.place(vectors)
    choice = dedup.keep_first(placed, rule, most=32 * len(vectors), engine=engine)
    assert choice.pairs is not None
    found = sha(choice.of, choice.score, *choice.pairs)
    print(json.dumps({"sha": found, "pairs": len(choice.pairs[0]), "compared": choice.products,
                      "cpu": cpu()}))  # fmt: skip


def last(out: str) -> dict[str, Any]:
    """Return what a search printed last."""
    found: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return found


def counted(nodes: Any, number: int) -> dict[str, int]:
    """Return the bytes that a node's end of the cable has sent and received."""
    name = nodes.names[number]
    folder = f"/sys/class/net/{name}/statistics"
    said = subprocess.run(nodes.inside(number, "cat", f"{folder}/tx_bytes", f"{folder}/rx_bytes"),
                          check=True, capture_output=True, text=True).stdout.split()  # fmt: skip
    return {"sent": int(said[0]), "received": int(said[1])}


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--cache", type=Path, default=WORK / "near_vectors")
    arguments.add_argument("--rows", type=int, default=2_000_000)
    arguments.add_argument("--search", type=Path, help="what the script calls itself with")
    arguments.add_argument("--address", default="", help="the same")
    given = arguments.parse_args()
    if given.search:
        search(given.search, given.address)
        return
    from two_nodes import HEAD, PORT, TwoNodes  # noqa: PLC0415 - it stands among the tests

    path = given.cache / f"mixture-{given.rows}.npy"
    command = [PYTHON, str(HERE / "near_two_nodes.py"), "--data", "-", "--search", str(path)]
    alone = last(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    with tempfile.TemporaryDirectory() as folder, TwoNodes(folder) as nodes:
        env = {**nodes.env, "PYTHONPATH": os.environ.get("PYTHONPATH", str(HERE.parent))}
        before = counted(nodes, 0)
        done = subprocess.run(nodes.inside(0, *command, "--address", f"{HEAD}:{PORT}"), env=env,
                              check=True, capture_output=True, text=True)  # fmt: skip
        wire = {key: value - before[key] for key, value in counted(nodes, 0).items()}
    both = last(done.stdout)
    table(("", "pairs", "compared", "CPU s of the driver", "sha"),
          [(name, one["pairs"], one["compared"], one["cpu"], one["sha"])
           for name, one in (("threads", alone), ("two nodes", both))])  # fmt: skip
    same = alone["sha"] == both["sha"]
    print(f"{given.rows:,} rows: the same bytes: {same}; over the wire from the first node "
          f"{wire['sent'] / 1e6:,.1f} MB, to it {wire['received'] / 1e6:,.1f} MB")  # fmt: skip
    save(f"near_two_nodes_{given.rows}", {"differs": not same, "sent_mb": wire["sent"] / 1e6,
                                          "received_mb": wire["received"] / 1e6})  # fmt: skip


if __name__ == "__main__":
    main()
