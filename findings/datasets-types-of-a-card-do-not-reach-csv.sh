#!/usr/bin/env bash
# datasets reads 001 of a CSV as "1", although the card of the data set says that the column is a string.
#
# Pinned: datasets 5.2.0 (with the pandas that it brings).
# One would expect: dataset_info.features in README.md are the types that a file is read with, as
#   features= of load_dataset are.
# What happens: pandas gets the types of features= alone. Those of the card are cast to afterwards, when
#   001 is 1 already; a column of integers with an empty cell stops the load.
# Output seen, 2026-11-30:
#   by the card: ['1', '2']     by features=: ['001', '002']
# Who meets it: ids, postcodes and labels with leading zeros in any CSV that is loaded by its card.
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
CARD = """---
dataset_info:
  features:
  - name: id
    dtype: string
configs:
- config_name: default
  data_files:
  - split: train
    path: rows.csv
---
"""
Path("rows").mkdir()
Path("rows/rows.csv").write_text("id\n001\n002\n")
typed = load_dataset("csv", data_files="rows/rows.csv", split="train",
                     features=Features({"id": Value("string")}))
Path("rows/README.md").write_text(CARD)
carded = load_dataset(str(Path("rows").resolve()), split="train")
print("by the card:", list(carded["id"]), "by features=:", list(typed["id"]))
if carded.features["id"] != Value("string"):
    raise SystemExit("changed: the card's type is not taken at all")
if list(carded["id"]) != ["1", "2"]:
    raise SystemExit("changed: the types of a card reach the reader of CSV")
if list(typed["id"]) != ["001", "002"]:
    raise SystemExit("changed: features= do not reach it")
PY
