"""Augment a JSONL file with nlpaug's SynonymAug at its defaults (run in nlpaug's environment).

    python nlpaug_synonym.py IN.jsonl OUT.jsonl

Prints the CPU seconds of the work alone, of the start-up, and which tagger was used.
"""

import sys
import time
from pathlib import Path

import nlpaug.augmenter.word as naw
import nltk
import orjson


def main(source: str, target: str) -> None:
    tagger = "averaged_perceptron_tagger_eng"
    augmenter = naw.SynonymAug(aug_src="wordnet")
    try:
        nltk.pos_tag(["warm", "up"])
    except LookupError:
        tagger = "none: every word a noun, at no cost"
        augmenter.model.pos_tag = lambda tokens: [(token, "NN") for token in tokens]
    augmenter.augment("The first call loads WordNet.")
    rows = [orjson.loads(line) for line in Path(source).read_bytes().splitlines()]
    texts = [row["text"] for row in rows]
    started = time.process_time()
    made = [augmenter.augment(text) for text in texts]
    work = time.process_time() - started
    with Path(target).open("wb") as stream:
        for row, new in zip(rows, made, strict=True):
            text = new[0] if new else ""
            stream.write(orjson.dumps({"parent": row["text"], "text": text}) + b"\n")
    print(orjson.dumps({"start": started, "work": work, "tagger": tagger}).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
