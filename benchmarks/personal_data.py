"""What the detectors find in data/personal_data.txt, and what they take for personal data.

Counted are the words of names, the other data (found only where all letters and digits of it are),
and the remaining words that were masked. presidio is measured beside it where it and a spaCy model
are installed. Sets of real texts without marks, named on the command line as JSONL, are searched
too, and some of what was found in them is printed, to be looked at.
"""

import argparse
import importlib.util
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dataaug import plugins
from dataaug.plugins import Spec
from dataaug.privacy.detectors import Detector, Entity

LINES = Path(__file__).parent / "data" / "personal_data.txt"
LATER = LINES.with_name("personal_data_later.txt")
MARK = re.compile(r"\[([A-Z]{2,8}) ((?:[^\[\]]|\[[^\[\]]*\])+)\]")
TOKEN = re.compile(r"\w+")
SHOWN = 50


class Line(NamedTuple):
    """A text, and the personal data in it."""

    text: str
    data: list[Entity]


def parsed(line: str) -> Line:
    """Return a line of the file without its marks."""
    text, data, at = "", [], 0
    line = line.replace("\\n", "\n")
    for match in MARK.finditer(line):
        text += line[at : match.start()]
        data.append(Entity(len(text), len(text) + len(match[2]), match[1]))
        text, at = text + match[2], match.end()
    return Line(text + line[at:], data)


def lines(half: str) -> list[Line]:
    """Return a half of the file, all of it, or the lines that were written later."""
    path = LATER if half == "later" else LINES
    every = path.read_text(encoding="utf-8").splitlines()
    kept = [parsed(line.split("\t")[1]) for line in every if not line.startswith("#")]
    return {"develop": kept[0::2], "test": kept[1::2], "all": kept, "later": kept}[half]


def booked(path: Path) -> list[Line]:
    """Return the texts of restaurant8k with the names in them."""
    return [
        Line(row["text"], [Entity(span["start"], span["end"], "NAME")
                           for span in row["spans"] if span["label"].endswith("_name")])
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]  # fmt: skip


def words(text: str, entities: Sequence[Entity]) -> Iterator[tuple[int, int]]:
    """Yield where the words in some entities stand."""
    for entity in entities:
        for match in TOKEN.finditer(text, entity.start, entity.end):
            yield match.span()


def measured(detect: Detector, given: list[Line], *, verbose: bool) -> str:
    """Return a row of the table: names, the rest, other words, time."""
    begun = time.process_time()
    found = detect([line.text for line in given])
    took = (time.process_time() - begun) / len(given)
    count: Counter[tuple[str, str]] = Counter()
    for line, entities in zip(given, found, strict=True):
        hidden = {place for entity in entities for place in range(entity.start, entity.end)}
        wrong = []
        for one in line.data:
            masked = [hidden.issuperset(range(*word)) for word in words(line.text, [one])]
            weight = len(masked) if one.kind == "NAME" else 1
            got = sum(masked) if one.kind == "NAME" else int(all(masked))
            for kind in (one.kind, "" if one.kind == "NAME" else "rest"):
                count[kind, "all"] += weight
                count[kind, "found"] += got
            if got < weight:
                wrong.append(f"missed {line.text[one.start : one.end]!r}")
        personal = set(words(line.text, line.data))
        for word in set(words(line.text, [Entity(0, len(line.text), "")])) - personal:
            count["other", "all"] += 1
            if hidden.intersection(range(*word)):
                count["other", "found"] += 1
                wrong.append(f"masked {line.text[slice(*word)]!r}")
        if verbose and wrong:
            print(f"  {line.text!r}: {', '.join(wrong)}")
    shares = [_share(count, kind) for kind in ("NAME", "rest", "other")]
    return f"{' | '.join(shares)} | {took * 1000:.2f} ms"


def _share(count: Counter[tuple[str, str]], kind: str) -> str:
    every, found = count[kind, "all"], count[kind, "found"]
    return f"{found} of {every} = {found / every:.1%}" if every else "–"


def looked_at(detect: Detector, path: Path) -> None:
    """Print how much is found in a set of real texts, and some of it."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    texts = [row["text"] for row in rows]
    hits, tokens = [], 0
    for text, entities in zip(texts, detect(texts), strict=True):
        tokens += len(TOKEN.findall(text))
        hits += [(text, entity) for entity in entities]
    masked = sum(len(list(words(text, [entity]))) for text, entity in hits)
    print(f"\n{path}: {len(hits)} in {len(texts)} texts, {masked / tokens:.3%} of all words")
    for text, entity in random.Random(0).sample(hits, min(SHOWN, len(hits))):
        before, after = text[max(0, entity.start - 40) : entity.start], text[entity.end :][:30]
        print(f"  {entity.kind}: {before}[{text[entity.start : entity.end]}]{after}")


def detectors(model: str) -> Iterator[tuple[str, Detector]]:
    """Yield the detectors that are installed, with their names."""
    yield "patterns", plugins.load("detectors", Spec("patterns"))
    if importlib.util.find_spec("presidio_analyzer") and importlib.util.find_spec(model):
        yield f"presidio, {model}", plugins.load("detectors", Spec("presidio", {"model": model}))
    else:
        print(f"presidio is left out: it or the spaCy model {model} is not installed")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="JSONL files to look through")
    parser.add_argument("--half", choices=("develop", "test", "all", "later"), default="test")
    parser.add_argument("--restaurant8k", type=Path, help="JSONL file with spans of names")
    parser.add_argument("--model", default="en_core_web_sm", help="spaCy model for presidio")
    parser.add_argument("--verbose", action="store_true", help="print what went wrong")
    asked = parser.parse_args()
    given = booked(asked.restaurant8k) if asked.restaurant8k else lines(asked.half)
    print("detector | words of names | other data | other words masked | CPU a text")
    for name, detect in detectors(asked.model):
        detect(["warm up"])
        print(f"{name} | {measured(detect, given, verbose=asked.verbose)}")
        if name == "patterns":
            for path in asked.sets:
                looked_at(detect, path)


if __name__ == "__main__":
    main()
