#!/usr/bin/env bash
# datasets' ClassLabel reads the label 1 as the class "2": stars move up by one, in silence.
#
# Pinned: datasets 5.2.0.
# One would expect: with names ["1" ... "5"] the row {"stars": 1} is of class "1", or an error.
# What happens: a number in the file is an index into names, a text in the file is a name. The same data
#   set read from a file that writes stars as text is right, and from one that writes numbers is one
#   off; only where the highest class occurs there is an error. A cast from one ClassLabel to
#   another goes by index as well: names in another order rename every row.
# Output seen, 2026-11-30:
#   stars "1", "2", "4" -> 1 2 4      stars 1, 2, 4 -> 2 3 5      with 5: ValueError
#   cast of ["neg", "pos"] to ["pos", "neg"]: neg -> pos
# Who meets it: ratings, grades, years and other labels that are digits; two files merged by a cast.
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
from datasets import ClassLabel, Dataset, Features, disable_progress_bars, load_dataset

disable_progress_bars()
STARS = Features({"stars": ClassLabel(names=["1", "2", "3", "4", "5"])})


def names(rows, column):
    return [rows.features[column].int2str(index) for index in rows[column]]


def load(name, *values):
    Path(name).write_text("".join(f'{{"stars": {value}}}\n' for value in values))
    return names(load_dataset("json", data_files=name, split="train", features=STARS), "stars")


texts, numbers = load("texts.jsonl", '"1"', '"2"', '"4"'), load("numbers.jsonl", 1, 2, 4)
print("texts", texts, "numbers", numbers)
if (texts, numbers) != (["1", "2", "4"], ["2", "3", "5"]):
    raise SystemExit("changed: digits are read otherwise")
try:
    load("all.jsonl", 1, 5)
except ValueError as error:
    print("with 5: ValueError", error)
else:
    raise SystemExit("changed: the highest class is taken too")
one, other = (Features({"label": ClassLabel(names=order)}) for order in (["n", "p"], ["p", "n"]))
cast = names(Dataset.from_dict({"label": ["n"]}).cast(one).cast(other), "label")
print("cast to names in another order: n ->", *cast)
if cast != ["p"]:
    raise SystemExit("changed: a cast between class labels goes by name now")
PY
