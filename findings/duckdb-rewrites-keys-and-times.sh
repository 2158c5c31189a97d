#!/usr/bin/env bash
# duckdb.read_json writes ids in small letters, adds seconds to times, and renames "Label" to "Label_1".
#
# Pinned: duckdb 2.0.1.
# One would expect: texts of a JSON file stay texts; columns are named as the keys are.
# What happens: texts that look like a UUID, a time or a date get that type, and COPY writes the type's
#   own spelling. Column names ignore case, so that of two keys that differ by case only the second
#   is renamed. Other texts that look like something else ("007", "true") stay texts. A join with the
#   file one started from finds no row any more.
# Output seen, 2026-11-30:
#   {"id":"0f8fad5b-...","at":"12:30:00","when":"2024-01-01 00:00:00+00","n":"007","label":1,"Label_1":2}
# Who meets it: data sets that pass through a query between two tools which compare ids.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import json
from pathlib import Path

import duckdb

row = {
    "id": "0F8FAD5B-D9CB-469F-A165-70867728950E",
    "at": "12:30",
    "when": "2024-01-01T00:00:00Z",
    "n": "007",
    "label": 1,
    "Label": 2,
}
Path("rows.jsonl").write_text(json.dumps(row) + "\n")
duckdb.sql("SET TimeZone = 'UTC'")
duckdb.sql("COPY (SELECT * FROM read_json('rows.jsonl')) TO 'copy.jsonl' (FORMAT json)")
written = Path("copy.jsonl").read_text().strip()
print(written)
if json.loads(written) != {
    "id": row["id"].lower(),
    "at": "12:30:00",
    "when": "2024-01-01 00:00:00+00",
    "n": "007",
    "label": 1,
    "Label_1": 2,
}:
    raise SystemExit("changed: rows are copied otherwise")
PY
