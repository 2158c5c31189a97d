#!/usr/bin/env bash
# polars.read_ndjson turns a list of labels into the text '["a", "b"]' where another row has one label.
#
# Pinned: polars 2.1.0.
# One would expect: an error for a column of two types, as for true beside 1, or a nested type.
# What happens: text wins. Lists and objects become their JSON as text, numbers become digits, and the
#   rows before are changed as well as those after. 1 and "1" are one label from then on, and a row
#   of two labels has one label that looks like two. No error, no warning, whatever comes first.
# Output seen, 2026-11-30:
#   labels ['a', '["a", "b"]'], then with numbers ['1', '1']; true beside 1: ComputeError
# Who meets it: multi-label data that was exported with a bare string where there is one label only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet polars==2.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from pathlib import Path

import polars as pl


def read(*lines):
    Path("rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    column = pl.read_ndjson("rows.jsonl")["label"].to_list()
    print(*lines, "->", column)
    return column


if read('{"label": "a"}', '{"label": ["a", "b"]}') != ["a", '["a", "b"]']:
    raise SystemExit("changed: a list after a text is no text now")
if read('{"label": ["a", "b"]}', '{"label": "a"}') != ['["a", "b"]', "a"]:
    raise SystemExit("changed: a list before a text is no text now")
if read('{"label": 1}', '{"label": "1"}') != ["1", "1"]:
    raise SystemExit("changed: 1 and '1' are two labels now")
try:
    read('{"label": true}', '{"label": 1}')
except pl.exceptions.ComputeError as error:
    print("true beside 1:", error)
else:
    raise SystemExit("changed: true beside 1 is taken too")
PY
