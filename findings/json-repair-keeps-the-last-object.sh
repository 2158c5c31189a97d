#!/usr/bin/env bash
# json_repair keeps the last of several JSON objects, if they have the same keys.
#
# Pinned: json_repair 0.64.6.
# One would expect: JSON Lines, the commonest "broken JSON" of a language model, gives a list of rows.
# What happens: objects one after another are taken for retries of one answer when their keys are the
#   same, and the later one replaces the earlier. With other keys, or with commas between, all are
#   kept. Lists go the same way. So ten rows without optional fields are one row, and the call is
#   paid for in full; one row with a field more, and some are back.
# Output seen, 2026-11-30:
#   {"t": "a"}\n{"t": "b"}\n{"t": "c"}              -> {'t': 'c'}
#   {"t": "a"}\n{"t": "b", "n": 1}                  -> [{'t': 'a'}, {'t': 'b', 'n': 1}]
#   {"t": "a"},\n{"t": "b"}                         -> [{'t': 'a'}, {'t': 'b'}]
#   [{"t": "a"}][{"t": "b"}]                        -> [{'t': 'b'}]
# Who meets it: everyone who asks a model for n rows and repairs what json.loads refuses.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet json_repair==0.64.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from json_repair import repair_json

for reply, expected in [
    ('{"t": "a"}\n{"t": "b"}\n{"t": "c"}', {"t": "c"}),
    ('{"t": "a"}\n{"t": "b", "n": 1}', [{"t": "a"}, {"t": "b", "n": 1}]),
    ('{"t": "a"},\n{"t": "b"}', [{"t": "a"}, {"t": "b"}]),
    ('[{"t": "a"}][{"t": "b"}]', [{"t": "b"}]),
]:
    found = repair_json(reply, return_objects=True)
    print(repr(reply), "->", found)
    if found != expected:
        raise SystemExit(f"changed: it was {expected}")
PY
