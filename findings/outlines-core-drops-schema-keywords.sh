#!/usr/bin/env bash
# outlines-core lets 900 pass as "an integer from 1 to 5", and forgets a pattern beside a maxLength.
#
# Pinned: outlines-core 0.2.14 (schema to regular expression, for constrained decoding).
# One would expect: what the expression matches fits the schema, or an unsupported keyword is an error.
# What happens: minimum, maximum, multipleOf and uniqueItems are dropped without a word, and so is
#   pattern where minLength or maxLength stands beside it. Exponents on the other hand must have a
#   sign: 1e5, which is JSON, is refused. What a model writes under the constraint is taken for
#   checked and is not.
# Output seen, 2026-11-30:
#   {"type": "integer", "minimum": 1, "maximum": 5}                  matches 900 and -7
#   {"type": "string", "maxLength": 3, "pattern": "^[a-z]+$"}        matches "9%"
#   {"type": "array", "items": ..., "uniqueItems": true}             matches [1,1]
# Who meets it: scores from 1 to 5 by a judge model, ids and dates by pattern, lists without repeats.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet outlines-core==0.2.14
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import json
import re

from outlines_core.json_schema import build_regex_from_schema

LETTERS = {"type": "string", "pattern": "^[a-z]+$"}
for schema, text, expected in [
    ({"type": "integer", "minimum": 1, "maximum": 5}, "900", True),
    ({"type": "integer", "minimum": 1, "maximum": 5}, "-7", True),
    ({"type": "integer", "multipleOf": 5}, "7", True),
    ({"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, "[1,1]", True),
    (LETTERS, '"9%"', False),
    ({**LETTERS, "maxLength": 3}, '"9%"', True),
    ({"type": "number"}, "1e+5", True),
    ({"type": "number"}, "1e5", False),
]:
    expression = build_regex_from_schema(json.dumps(schema))
    matches = bool(re.fullmatch(expression, text))
    print(f"{json.dumps(schema)} {'matches' if matches else 'refuses'} {text}")
    if matches != expected:
        raise SystemExit("changed: it was the other way round")
PY
