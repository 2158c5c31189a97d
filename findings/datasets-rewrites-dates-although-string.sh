#!/usr/bin/env bash
# datasets changes the text "2024-01-01" to "2024-01-01 00:00:00", although the column is a string.
#
# Pinned: datasets 5.2.0 (with the pyarrow that it brings).
# One would expect: features=Features({"text": Value("string")}) leaves texts as they are in the file.
# What happens: pyarrow's JSON reader first makes timestamps of a block whose texts all look like dates;
#   the cast to string then prints them its own way. Without features the column is a timestamp, a
#   "Z" is lost, and to_json writes milliseconds: 1704067200000. One text that is no date in the
#   block, and all stay as they were.
# Output seen, 2026-11-30:
#   with features: ['2024-01-01 00:00:00', '2024-05-06 10:00:00']
#   without, to_json: {"text":1704067200000}
# Who meets it: rows whose label, id or answer is a date; date-normalisation data sets of all things.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet datasets==5.2.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import os
from pathlib import Path

os.environ.update(HF_HOME=str(Path.cwd() / "home"), HF_HUB_OFFLINE="1")
from datasets import Features, Value, disable_progress_bars, load_dataset

disable_progress_bars()


def load(name, *texts, **settings):
    Path(name).write_text("".join(f'{{"text": "{text}"}}\n' for text in texts), encoding="utf-8")
    return load_dataset("json", data_files=name, split="train", **settings)


dates = ("2024-01-01", "2024-05-06T10:00:00Z")
features = Features({"text": Value("string")})
typed = list(load("typed.jsonl", *dates, features=features)["text"])
print("with features:", typed)
if typed != ["2024-01-01 00:00:00", "2024-05-06 10:00:00"]:
    raise SystemExit("changed: texts that look like dates stay or change otherwise")
load("plain.jsonl", *dates).to_json("written.jsonl")
written = Path("written.jsonl").read_text().split("\n")[0]
print("without, to_json:", written)
if written != '{"text":1704067200000}':
    raise SystemExit("changed: without features dates are written otherwise")
mixed = list(load("mixed.jsonl", *dates, "none", features=features)["text"])
print("beside another text:", mixed)
if mixed != [*dates, "none"]:
    raise SystemExit("changed: one text that is no date does not protect the others")
PY
