"""The share of rows for which `augment -m synonym` finds a variant, by context and data set.

One variant is asked of each row of the train part. `snips` and `restaurant8k` were not read while
the phrases of the table were written.
"""

# ruff: noqa: PLC0415 - the product is imported once the options are read
from bench import parser, rows, save, table

SETS = ("banking77", "hwu64", "cr", "subj", "snips", "restaurant8k")


def share(texts: list[str], context: str) -> float:
    """Return the part of the texts that have a variant."""
    from dataaug.augmentation.methods import Request, Variant
    from dataaug.plugins import Spec, load
    from dataaug.text.protection import Protector

    protect = Protector()
    method = load("methods", Spec("synonym", {"context": context}))
    answers = method([Request(text, 1, 0, protect(text)) for text in texts])
    return sum(isinstance(own[0], Variant) for own in answers) / len(texts)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--contexts", default="none,tagger")
    given = arguments.parse_args()
    contexts = given.contexts.split(",")
    found = {}
    for name in SETS:
        texts = [row["text"] for row in rows(given.data / name / "train.jsonl")]
        for context in contexts:
            found[f"{name}_{context}"] = share(texts, context)
    table(
        ("rows with a variant", *contexts),
        [(name, *(f"{found[f'{name}_{context}']:.1%}" for context in contexts)) for name in SETS],
    )
    save("synonym_yield", found)


if __name__ == "__main__":
    main()
