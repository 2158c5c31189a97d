"""Unpack nltk's old perceptron tagger into the JSON layout that nltk 3.9 and later read.

    python benchmarks/peers/tagger.py averaged_perceptron_tagger.zip NLTK_DATA

The old file is a pickle of plain dicts, sets and strings; anything else in it is refused.
"""

import io
import json
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

NAME = "averaged_perceptron_tagger"


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in {("__builtin__", "set"), ("builtins", "set")}:
            return set
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


def main(archive: str, data: str) -> None:
    packed = zipfile.ZipFile(archive).read(f"{NAME}/{NAME}.pickle")
    weights, tags, classes = _Plain(io.BytesIO(packed)).load()
    folder = Path(data) / "taggers" / f"{NAME}_eng"
    folder.mkdir(parents=True, exist_ok=True)
    for kind, value in (("weights", weights), ("tagdict", tags), ("classes", sorted(classes))):
        (folder / f"{NAME}_eng.{kind}.json").write_text(json.dumps(value))


if __name__ == "__main__":
    main(*sys.argv[1:])
