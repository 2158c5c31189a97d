"""What the checks of translation find and lose: nonsense by sentence, words left over or doubled.

    python benchmarks/translation_checks.py

`data/translation_pairs.jsonl` has texts and their translations. `bad` are the sentences of the
translation that are nonsense or say something else, `left` the words of the language between (or
made up there), `twice` the words that only the translation has twice on end.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench import HERE, save, table

from dataaug.augmentation.left_over import left_over, twice
from dataaug.augmentation.variant_filter import Passed, Screen, embedder_for, sentence_cosines
from dataaug.text.fidelity import Change

LIMITS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
METHODS = {  # whether a text comes back: its least length ratio and whole cosine, by default
    True: ("round trips", 0.5, 0.7),
    False: ("one way", 0.4, 0.5),
}

Pair = Mapping[str, Any]


def main() -> None:
    lines = (HERE / "data" / "translation_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(line) for line in lines]
    figures: dict[str, float] = {}
    for back in METHODS:
        sentences([pair for pair in pairs if (pair["way"].count("-") == 2) == back], back, figures)
    words(pairs, figures)
    save("translation_checks", figures, pairs=len(pairs))


def sentences(pairs: Sequence[Pair], back: bool, figures: dict[str, float]) -> None:
    """Count the good and bad sentences below each limit, in texts that are good as a whole."""
    name, ratio, whole = METHODS[back]
    judged: list[tuple[float, bool, bool]] = []
    for way in sorted({pair["way"] for pair in pairs if pair["by"] == "firefox"}):
        own = [pair for pair in pairs if pair["way"] == way and pair["by"] == "firefox"]
        texts = [(pair["source"], pair["text"]) for pair in own]
        codes = way.split("-")
        embedder = embedder_for("auto", codes[0], codes[-1])
        assert embedder
        passed = Screen(codes[0], codes[-1], ratio, whole, embedder)(*zip(*texts, strict=True))
        near = sentence_cosines(texts, embedder)
        for pair, verdict, found in zip(own, passed, near, strict=True):
            kept = isinstance(verdict, Passed)
            judged += [(cosine, text in pair["bad"], kept) for text, cosine in found]
    bad, good = (sorted(n for n, is_bad, kept in judged if kept and is_bad == b) for b in (1, 0))
    print(
        f"{name}: {len(judged)} sentences, {sum(is_bad for _, is_bad, _ in judged)} bad; in texts "
        f"that pass every other check {len(bad) + len(good)}, {len(bad)} bad"
    )
    shown = []
    for limit in LIMITS:
        found, lost = (sum(n < limit for n in group) for group in (bad, good))
        shown.append((f"{limit:.2f}", found, found / len(bad), lost, lost / len(good)))
        figures |= {f"{name}_{limit}_found": found, f"{name}_{limit}_lost": lost}
    table(("limit", "bad below", "share", "good below", "share"), shown)


def words(pairs: Sequence[Pair], figures: dict[str, float]) -> None:
    """Count the texts with words left over or doubled that are found, and others found too."""
    checks: dict[str, Callable[[Pair], Change | None]] = {
        "left": lambda pair: left_over(
            pair["source"], [pair["between"]], pair["text"], pair["way"].split("-")[-1]
        ),
        "twice": lambda pair: twice(pair["source"], pair["text"]),
    }
    shown = []
    for kind, check in checks.items():
        for by in ("firefox", "hand"):
            own = [pair for pair in pairs if pair["by"] == by and kind in pair]
            found = [bool(check(pair)) for pair in own]
            faulty = sum(bool(pair[kind]) for pair in own)
            right = sum(hit and bool(pair[kind]) for hit, pair in zip(found, own, strict=True))
            wrong = sum(found) - right
            shown.append((f"{kind}, {by}", faulty, right, len(own) - faulty, wrong))
            figures |= {f"{kind}_{by}_found": right, f"{kind}_{by}_false": wrong}
            for hit, pair in zip(found, own, strict=True):
                if hit != bool(pair[kind]):
                    print("falsely found:" if hit else "missed:", pair[kind], pair["text"])
    table(("words", "texts with", "found", "without", "falsely found"), shown)


if __name__ == "__main__":
    main()
