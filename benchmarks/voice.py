"""How often does the check ``voice`` tell an agent from a customer? On lines written by hand.

    python benchmarks/voice.py [--show]

data/voice_lines.txt has 300 lines, half of them an agent's. Of half of the lines (by a hash of the
text) only the totals were looked at while the check was worked on. Prints precision and recall of
each half and language. ``--show`` names the mistakes in the other half.
"""

import argparse
import hashlib
from collections import Counter
from pathlib import Path

from dataaug import plugins
from dataaug.filtering.checks.by_row import CandidateText
from dataaug.plugins import Spec

LINES = Path(__file__).parent / "data" / "voice_lines.txt"


def lines():
    """Yield language, speaker, text, and whether the line is held back."""
    for line in LINES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, speaker, text = line.split("\t")
            yield language, speaker, text, hashlib.sha256(text.encode()).digest()[0] % 2 == 1


def shares(counts):
    """Return precision and recall, in per cent."""
    found, right = counts["agent", True] + counts["customer", True], counts["agent", True]
    every = counts["agent", True] + counts["agent", False]
    return f"{100 * right / max(found, 1):.0f} | {100 * right / max(every, 1):.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--show", action="store_true")
    show = parser.parse_args().show
    check = plugins.load("checks", Spec("voice"))
    halves = {True: Counter(), False: Counter()}
    languages: dict[str, Counter] = {}
    for language, speaker, text, held in lines():
        (fault,) = check.row([CandidateText(text)])
        found = (speaker, fault is not None)
        halves[held][found] += 1
        languages.setdefault(language, Counter())[found] += 1
        if show and not held and found in {("agent", False), ("customer", True)}:
            print(f"{speaker}: {text} {fault.detail['found'] if fault else ''}")
    print("| lines | precision, % | recall, % |\n|---|---|---|")
    print(f"| half that was looked at, {halves[False].total()} | {shares(halves[False])} |")
    print(f"| half that was held back, {halves[True].total()} | {shares(halves[True])} |")
    for language, counts in languages.items():
        print(f"| {language}, {counts.total()} | {shares(counts)} |")


if __name__ == "__main__":
    main()
