"""The share of rows for which `augment -m synonym` finds a variant, by context and data set.

One variant is asked of each row of the train part. `snips` and `restaurant8k` were not read while
the phrases of the table were written.

With ``--read N``, N rows with a variant in the first context are printed instead, for people who
count odd replacements: the same number of each set, drawn by ``--seed``, the replaced words in
brackets.
"""

# ruff: noqa: PLC0415 - the product is imported once the options are read
import random
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench import parser, rows, save, table

if TYPE_CHECKING:
    from dataaug.rows.spans import Edit

SETS = ("banking77", "hwu64", "cr", "subj", "snips", "restaurant8k")


def edits_of(texts: list[str], context: str) -> "list[tuple[Edit, ...]]":
    """Return the edits of a variant of each text; none where there is no variant."""
    from dataaug.augmentation.methods import Request, Variant
    from dataaug.plugins import Spec, load
    from dataaug.text.protection import Protector

    protect = Protector()
    method = load("methods", Spec("synonym", {"context": context}))
    answers = method([Request(text, 1, 0, protect(text)) for text in texts])
    return [own[0].edits or () if isinstance(own[0], Variant) else () for own in answers]


def drawn(texts: list[str], count: int, rng: random.Random, context: str) -> Iterator[str]:
    """Yield some texts that have a variant, with what is replaced as ``[old>new]``."""
    some = rng.sample(texts, min(len(texts), 10 * count))
    varied = [pair for pair in zip(some, edits_of(some, context), strict=True) if pair[1]]
    for text, edits in varied[:count]:
        shown = text
        for start, end, new in reversed(edits):
            shown = f"{shown[:start]}[{text[start:end]}>{new}]{shown[end:]}"
        yield shown


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--contexts", default="none,tagger,encoder")
    arguments.add_argument("--read", type=int, default=0, help="rows to print")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--rows", type=int, default=0, help="rows of each set; all by default")
    given = arguments.parse_args()
    contexts = given.contexts.split(",")
    texts = {name: [row["text"] for row in rows(given.data / name / "train.jsonl")]
             for name in SETS}  # fmt: skip
    if given.rows and not given.read:
        texts = {name: random.Random(name).sample(some, min(given.rows, len(some)))
                 for name, some in texts.items()}  # fmt: skip
    if given.read:
        for name in SETS:
            rng = random.Random(f"{given.seed} {name}")
            some = drawn(texts[name], given.read // len(SETS), rng, contexts[0])
            print(name, *some, sep="\n")
        return
    found = {}
    for name in SETS:
        for context in contexts:
            edits_of(texts[name][:1], context)  # loads what it needs
            started = time.process_time()
            varied = sum(map(bool, edits_of(texts[name], context)))
            found[f"{name}_{context}_rows_per_cpu_second"] = len(texts[name]) / (
                time.process_time() - started
            )
            found[f"{name}_{context}"] = varied / len(texts[name])
    table(
        ("rows with a variant", *contexts),
        [(name, *(f"{found[f'{name}_{context}']:.1%}" for context in contexts)) for name in SETS],
    )
    table(
        ("rows per CPU second", *contexts),
        [(name, *(found[f"{name}_{context}_rows_per_cpu_second"] for context in contexts))
         for name in SETS],
    )  # fmt: skip
    save("synonym_yield", found)


if __name__ == "__main__":
    main()
