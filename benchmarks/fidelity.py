"""How often `faithful` tells right rewordings from wrong ones, on 400 labelled pairs.

    python benchmarks/fidelity.py [--tune]

`fidelity_pairs.jsonl` has 200 pairs that say the same and 200 that do not, in English, German,
French, Spanish, Portuguese and between them, written by hand. Half of each (`tune`) may be looked
at while the check is worked on; the other half (`test`) only counts. `--tune` reads `tune` alone,
and prints its pairs that are judged wrongly.
"""

import json
import sys
import time
from collections import Counter

from bench import HERE, save, table

from dataaug.text.fidelity import changes

ROUNDS = 20
PLAIN = [
    "My card has not arrived yet and nobody at the bank can tell me why",
    "Where can I change the address that you have for me?",
    "the app crashes whenever i open the settings page",
]
"""Texts without numbers, in ASCII: what most rows are."""


def main() -> None:
    tuning = "--tune" in sys.argv
    counts: Counter[tuple[str, bool, bool]] = Counter()
    languages: Counter[tuple[str, bool, bool]] = Counter()
    for line in (HERE / "fidelity_pairs.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        if tuning and pair["half"] == "test":
            continue
        found = next(
            changes(pair["source"], pair["variant"], language=pair["language"],
                    into=pair.get("into", "")), None)  # fmt: skip
        rejected = found is not None
        counts[pair["half"], pair["right"], rejected] += 1
        name = "translations" if "into" in pair else pair["language"]
        languages[name, pair["right"], rejected] += 1
        if tuning and rejected == pair["right"]:
            print(
                "right" if pair["right"] else "wrong", pair["source"], "=>", pair["variant"], found
            )
    halves = ("tune",) if tuning else ("tune", "test")
    rows = [(name, *_shares(counts, name)) for name in halves]
    rows += [(name, *_shares(languages, name)) for name in sorted({key[0] for key in languages})]
    table(("pairs", "wrong ones found", "right ones rejected"), rows)
    if tuning:
        return
    microseconds = _cost()
    print(f"\n{microseconds:.1f} CPU microseconds a pair of plain ASCII texts without numbers")
    figures = {"microseconds": round(microseconds, 1)}
    for half in halves:
        wrong, right = _shares(counts, half)
        figures |= {f"{half}_wrong_found": wrong, f"{half}_right_rejected": right}
    save("fidelity", figures)


def _shares(counts: "Counter[tuple[str, bool, bool]]", name: str) -> tuple[float, float]:
    """Return the shares of wrong pairs that are found, and of right pairs that are rejected."""
    wrong = counts[name, False, True] + counts[name, False, False]
    right = counts[name, True, True] + counts[name, True, False]
    return round(counts[name, False, True] / wrong, 3), round(counts[name, True, True] / right, 3)


def _cost() -> float:
    """Return the CPU time of a pair: the least of several rounds, in microseconds."""
    pairs = [(one, other) for one in PLAIN for other in PLAIN] * 100
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for source, variant in pairs:
            next(changes(source, variant), None)
        times.append(time.process_time() - start)
    return 1e6 * min(times) / len(pairs)


if __name__ == "__main__":
    main()
