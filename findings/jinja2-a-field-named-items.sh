#!/usr/bin/env bash
# {{ row.items }} writes the address of a Python method into the prompt, also under StrictUndefined.
#
# Pinned: Jinja2 3.1.6.
# One would expect: row.items is the row's field "items"; row.text is its field "text", after all.
# What happens: a dot looks for attributes of dict first. A row's fields items, keys, values, get and
#   copy are out of its reach, and StrictUndefined does not notice. The text holds a memory address,
#   so that it differs from process to process: a cache keyed by the prompt misses every time.
#   {{ row["items"] }} works.
# Output seen, 2026-11-30:
#   <built-in method items of dict object at 0x...>    <built-in method values of dict object at 0x...>
# Who meets it: prompt templates over rows of order data ("items"), key phrases ("keys") or surveys
#   ("values").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet Jinja2==3.1.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
row = {"text": "two pizzas", "items": ["pizza"], "values": [2], "keys": ["food"]}
row |= {"get": "fetch", "copy": "two"}
for field in ("items", "values", "keys", "get", "copy"):
    dotted = environment.from_string("{{ row." + field + " }}").render(row=row)
    in_brackets = environment.from_string("{{ row['" + field + "'] }}").render(row=row)
    print(dotted, in_brackets)
    if not dotted.startswith(f"<built-in method {field} of dict object at 0x"):
        raise SystemExit(f"changed: row.{field} is the field now")
    if in_brackets != str(row[field]):
        raise SystemExit("changed: brackets do not reach the field")
if environment.from_string("{{ row.text }}").render(row=row) != "two pizzas":
    raise SystemExit("changed: a dot does not reach fields at all")
PY
