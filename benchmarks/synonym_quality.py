"""What `augment -m synonym -n 2` does to real sentences, by an independent judge; determinism.

All sentences of subj, cr and banking77 (train). The judge (peers/judge.py: spaCy's tagger,
lemminflect, better-profanity's list) runs in an environment of its own and compares the texts. The
output of nlpaug that synonym_speed.py left is judged by the same rules, for scale. ``--contexts
none,encoder`` does all this once for each ``synonym.context``; the encoder makes 100 rows a CPU
second, so take a part of them (``--rows``).
"""

import hashlib
import json
import random
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

from bench import DATAAUG, HERE, WORK, parser, rows, run, save, sentences, table, write

FOLDER = WORK / "synonym_quality"
JUDGE = WORK / "judge" / "bin" / "python"
SETS = ("subj/train", "cr/train", "banking77/train")
DAMAGE = ("case", "punctuation", "white space", "numbers", "addresses", "names", "negation",
          "edits")  # fmt: skip


def augment(source: Path, name: str, *options: str, **environment: str) -> list[bytes]:
    """Run the command and return the lines that it wrote."""
    target = FOLDER / f"{name}.jsonl"
    run(*DATAAUG, "augment", source, "-m", "synonym", "-n", "2", "-q", "-o", target, *options,
        **environment)  # fmt: skip
    return target.read_bytes().splitlines()


def same_everywhere(source: Path, lines: list[bytes], *options: str) -> dict[str, bool]:
    """Tell in which of several ways to run it the output is the same set of lines."""
    wanted = Counter(lines)
    given = source.read_bytes().splitlines(keepends=True)
    shuffled = random.Random(0).sample(given, len(given))
    (FOLDER / "shuffled-in.jsonl").write_bytes(b"".join(shuffled))
    shards: Counter[bytes] = Counter()
    for number in range(4):
        path = FOLDER / f"shard-{number}-in.jsonl"
        path.write_bytes(b"".join(given[number::4]))
        shards.update(augment(path, f"shard-{number}", *options))
    shuffled_lines = augment(FOLDER / "shuffled-in.jsonl", "shuffled", *options)
    workers = augment(source, "workers", "--workers", "2", *options)
    hashes = [augment(source, f"hash-{seed}", *options, PYTHONHASHSEED=seed) for seed in "12"]
    return {
        "shuffled input": Counter(shuffled_lines) == wanted,
        "four shards": shards == wanted,
        "two workers, same bytes": workers == lines,
        "hash seed 1, same bytes": hashes[0] == lines,
        "hash seed 2, same bytes": hashes[1] == lines,
    }


def judged(pairs: Path) -> dict[str, Any]:
    """Return the judge's counts for a file of pairs."""
    found: dict[str, Any] = json.loads(run(JUDGE, HERE / "peers" / "judge.py", pairs).out)
    found["count"] = Counter(found["count"])
    return found


def cosine(pairs: list[dict[str, Any]]) -> tuple[float, float]:
    """Return mean and tenth percentile of the MiniLM cosine of parent and child."""
    from dataaug import plugins  # noqa: PLC0415 - torch is loaded when no child process follows

    embed = plugins.load("embedders", plugins.Spec("sentence-transformers"))
    one = embed([pair["parent"] for pair in pairs])
    other = embed([pair["text"] for pair in pairs])
    values = (one * other).sum(axis=1).tolist()
    return statistics.mean(values), statistics.quantiles(values, n=10)[0]


def sample(pairs: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return some pairs, chosen by a hash of the child."""
    return sorted(pairs, key=lambda pair: hashlib.sha256(pair["text"].encode()).digest())[:count]


def shares(found: dict[str, Any]) -> dict[str, float]:
    """Return what is held to a floor."""
    count = found["count"]
    return {
        "inflection_lost": count["inflection lost"] / max(1, count["inflected"]),
        "rows_damaged": count["rows damaged"],
        "obscene": count["obscene"],
        "acronyms": count["acronym"],
        "words_changed_a_row": count["words changed"] / max(1, count["rows"]),
    }


def report(name: str, found: dict[str, Any]) -> list[object]:
    """Return a column of the table."""
    count, made = found["count"], shares(found)
    return [name, f"{count['rows']:,}", f"{count['changes']:,}", made["words_changed_a_row"],
            f"{count['inflection lost']:,} of {count['inflected']:,}",
            f"{made['inflection_lost']:.2%}", count["lost to an adjective"],
            *(count[kind] for kind in DAMAGE), count["obscene"], count["acronym"],
            count["article"]]  # fmt: skip


ROWS = ["", "children", "replacements", "words changed a row", "inflected words that lose it",
        "  the share", "  of these, participle -> adjective",
        *(f"rows with changed {kind}" for kind in DAMAGE), "obscene (listed) words", "acronyms",
        "a/an against the first letter"]  # fmt: skip


def measured(source: Path, context: str, pairs_embedded: int) -> dict[str, Any]:
    """Augment in a context and return the judge's counts, the figures, and the ways that differ."""
    text = {row["id"]: row["text"] for row in rows(source)}
    options = ("-p", f"synonym.context={context}")
    lines = augment(source, context, *options)
    pairs, children = [], Counter(dict.fromkeys(text, 0))
    for line in lines:
        row = json.loads(line)
        if "_aug" in row:
            aug = row["_aug"]
            children[aug["parent"]] += 1
            pairs.append(
                {"parent": text[aug["parent"]], "text": row["text"], "edits": aug["edits"]}
            )
    found = judged(write(FOLDER / f"pairs-{context}.jsonl", pairs))
    same = same_everywhere(source, lines, *options)
    mean, tenth = cosine(sample(pairs, pairs_embedded))
    figures = {
        **shares(found),
        "rows_with_a_child": sum(count >= 1 for count in children.values()) / len(text),
        "rows_with_two": sum(count >= 2 for count in children.values()) / len(text),
        "cosine": mean,
        "ways_that_differ": sum(not ok for ok in same.values()),
    }
    return {"judged": found, "figures": figures, "same": same, "tenth": tenth}


def say(context: str, found: dict[str, Any], count: int) -> None:
    """Print what the table of the judge does not hold."""
    tested = ", ".join(f"{kind} {n:,}" for kind, n in found["judged"]["rows with"].items())
    figures = found["figures"]
    ways = ", ".join(f"{way} {'yes' if ok else 'NO'}" for way, ok in found["same"].items())
    print(f"context {context}, {count:,} rows")
    print(f"  children whose parent has: {tested}")
    print(f"  at least one child: {figures['rows_with_a_child']:.1%}, "
          f"two: {figures['rows_with_two']:.1%}")  # fmt: skip
    print(f"  same output: {ways}")
    print(f"  MiniLM cosine of parent and child: mean {figures['cosine']:.3f}, "
          f"tenth percentile {found['tenth']:.3f}")  # fmt: skip


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=None, help="sentences; all by default")
    arguments.add_argument("--cosine", type=int, default=500, help="pairs to embed")
    arguments.add_argument("--contexts", default="none", help="such as none,encoder")
    given = arguments.parse_args()
    source = write(FOLDER / "in.jsonl", sentences(given.data, SETS, given.rows))
    count = len(source.read_bytes().splitlines())
    contexts = given.contexts.split(",")
    found = {context: measured(source, context, given.cosine) for context in contexts}
    columns = [report(f"dataaug {context}", each["judged"]) for context, each in found.items()]
    peer = WORK / "synonym_speed" / "nlpaug.jsonl"
    if peer.exists():
        theirs = sample(list(rows(peer)), 3000)
        columns.append(report("nlpaug", judged(write(FOLDER / "nlpaug.jsonl", theirs))))
    head, *names = ROWS
    cells = zip(names, *(column[1:] for column in columns), strict=True)
    table([head, *(str(column[0]) for column in columns)], list(cells))
    for context, each in found.items():
        say(context, each, count)
        name = "synonym_quality" if context == "none" else f"synonym_quality_{context}"
        save(name, each["figures"], shown=each["judged"]["shown"], same=each["same"])


if __name__ == "__main__":
    main()
