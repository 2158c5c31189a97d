"""The process behind the firefox translator: lines of JSON in, lines of JSON out.

It is also run as a file of its own, without the rest of dataaug, so that it starts at once. The
engine translates one text at a time and holds Python's lock meanwhile: threads would gain nothing.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from fxtranslate import Translator

_translators: dict["Files", Translator] = {}


class Files(NamedTuple):
    """The paths of the files of one language pair."""

    model: str
    source_words: str
    target_words: str
    shortlist: str | None


def translate_texts(files: Files, texts: Sequence[str]) -> list[str]:
    """Return the translations of texts by the model of some files, which is loaded once."""
    if files not in _translators:
        model, source, target, shortlist = (Path(path).read_bytes() if path else None
                                            for path in files)  # fmt: skip
        # translate_long splits at sentences; translate would cut a long text off.
        _translators[files] = Translator(model or b"", source or b"", target or b"", shortlist)
    engine = _translators[files]
    return [engine.translate_long(_sound(text)) for text in texts]


def _sound(text: str) -> str:
    """Return a text without halves of surrogate pairs, which are no characters outside Python."""
    return text.encode("utf-8", "replace").decode()


def answer_requests() -> None:
    """Answer requests until stdin ends."""
    for line in sys.stdin:
        request = json.loads(line)
        made = translate_texts(Files(*request["files"]), request["texts"])
        sys.stdout.write(json.dumps(made) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    answer_requests()
