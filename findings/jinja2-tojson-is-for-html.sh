#!/usr/bin/env bash
# Jinja's tojson turns an apostrophe into \u0027 and sorts the keys, even where nothing is HTML.
#
# Pinned: Jinja2 3.1.6.
# One would expect: with autoescape=False, {{ value | tojson }} writes what json.dumps writes.
# What happens: the filter always escapes < > & and ' as \uXXXX, so that the result is safe inside a
#   <script>; letters beyond ASCII follow json.dumps, and keys are sorted. In a prompt for a language
#   model this is what it reads: "I can\u0027t pay \u00a35". Models imitate it: rows come back with
#   \u0027 in them, and examples whose keys are sorted no longer have the order that was asked for.
# Output seen, 2026-11-30:
#   "can\u0027t pay \u00a35 \u003cnow\u003e"
#   {"label": "b", "text": "a"}
# Who meets it: prompt templates that quote labels or few-shot examples as JSON.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet Jinja2==3.1.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import json

from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment(autoescape=False)
template = environment.from_string("{{ value | tojson }}")
text, row = "can't pay £5 <now>", {"text": "a", "label": "b"}
made, ordered = template.render(value=text), template.render(value=row)
print(made)
print(ordered)
if made != r'"can\u0027t pay \u00a35 \u003cnow\u003e"' or json.loads(made) != text:
    raise SystemExit("changed: other characters are escaped now")
if ordered != '{"label": "b", "text": "a"}':
    raise SystemExit("changed: keys are in their own order now")

# What one wants in a prompt, by a policy of Jinja's: it helps against all but the four characters.
environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
milder = environment.from_string("{{ value | tojson }}").render(value=text)
print(milder)
if milder != r'"can\u0027t pay £5 \u003cnow\u003e"':
    raise SystemExit("changed: the policy reaches further now")
PY
