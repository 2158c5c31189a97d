"""Take exact duplicates out of a JSONL file by datatrove's three stages (in its environment).

    python datatrove_exact.py IN.jsonl FOLDER

One task and one worker: signatures, find, filter; the rows come out in FOLDER/out.
"""

import sys
from pathlib import Path

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import ExactDedupFilter, ExactDedupSignature, ExactFindDedups
from datatrove.pipeline.dedup.exact_dedup import ExactDedupConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter


def content(doc: Document) -> str:
    """Return what rows are compared by."""
    return doc.text


def main(source: str, folder: str) -> None:
    path, home = Path(source), Path(folder)
    config = ExactDedupConfig(content_getter=content)
    signatures, found = str(home / "signatures"), str(home / "duplicates")

    def reader() -> JsonlReader:
        return JsonlReader(str(path.parent), glob_pattern=path.name)

    stages = [
        [reader(), ExactDedupSignature(signatures, config)],
        [ExactFindDedups(signatures, found, config)],
        [
            reader(),
            ExactDedupFilter(found, config),
            JsonlWriter(str(home / "out"), compression=None),
        ],
    ]
    for number, steps in enumerate(stages):
        LocalPipelineExecutor(steps, tasks=1, workers=1,
                              logging_dir=str(home / f"logs{number}")).run()  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
