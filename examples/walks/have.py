"""Write the sample data as people have such rows: have.py KIND PATH.

Each kind is written by the tool that people have it from, and by no part of dataaug.
"""

import json
import sys
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[2] / "sample_data" / "train.jsonl"


def of_sheet(rows: list[dict[str, Any]], path: str) -> None:
    """Write CSV as a German Excel does: semicolons, a byte order mark, columns of other names."""
    import csv  # noqa: PLC0415

    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file, delimiter=";")
        sheet.writerow(["ticket", "message", "category"])
        sheet.writerows([number, row["text"], row["label"]] for number, row in enumerate(rows, 1))


def of_pandas(rows: list[dict[str, Any]], path: str) -> None:
    """Write Parquet as pandas does."""
    import pandas as pd  # noqa: PLC0415

    pd.DataFrame(rows).to_parquet(path)


def of_datasets(rows: list[dict[str, Any]], path: str) -> None:
    """Save a folder with two splits as Hugging Face datasets does."""
    import datasets  # noqa: PLC0415

    datasets.disable_progress_bars()
    datasets.Dataset.from_list(rows).train_test_split(0.3, seed=0).save_to_disk(path)


def of_chats(rows: list[dict[str, Any]], path: str) -> None:
    """Write chats as for a fine-tuning by OpenAI: the label is what the assistant says."""
    with Path(path).open("w", encoding="utf-8") as file:
        for row in rows:
            turns = [{"role": "user", "content": row["text"]},
                     {"role": "assistant", "content": row["label"]}]  # fmt: skip
            file.write(json.dumps({"messages": turns}) + "\n")


def of_label_studio(rows: list[dict[str, Any]], path: str) -> None:
    """Write what Label Studio 1.23.2 exports as JSON_MIN, of a project with a choice `label`."""
    stamp = "2026-11-30T06:00:04.100632Z"
    found = [
        {"text": row["text"], "id": number, "label": row["label"], "annotator": 1,
         "annotation_id": number, "created_at": stamp, "updated_at": stamp, "lead_time": 3.5}
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    Path(path).write_text(json.dumps(found, indent=2), encoding="utf-8")


KINDS = {
    "csv": of_sheet, "parquet": of_pandas, "datasets": of_datasets, "chats": of_chats,
    "label-studio": of_label_studio,
}  # fmt: skip

if __name__ == "__main__":
    kind, target = sys.argv[1:]
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    KINDS[kind](list(map(json.loads, lines)), target)
