#!/usr/bin/env bash
# text2num makes "2 1000000 people" of "2 million people", and 102 of two lines "one hundred" and "two".
#
# Pinned: text2num 3.1.0.
# One would expect: a digit before a scale word counts, as a number word does: "two million" is 2000000.
# What happens: digits end a number. The scale word alone is a number of its own and is written out
#   beside them, in English, French and German alike. A line end on the other hand ends nothing: the
#   last word of a row and the first of the next become one number.
# Output seen, 2026-11-30:
#   2 million people -> 2 1000000 people      two million people -> 2000000 people
#   2 Millionen -> 2 1000000                  I bought 3 hundred -> I bought 3 100
#   one hundred\ntwo -> 102
# Who meets it: number checks between a text and its paraphrase, and whoever normalises rows as one text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet text2num==3.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from text_to_num import alpha2digit

for language, text, expected in [
    ("en", "2 million people", "2 1000000 people"),
    ("en", "two million people", "2000000 people"),
    ("en", "I bought 3 hundred", "I bought 3 100"),
    ("de", "2 Millionen", "2 1000000"),
    ("en", "one hundred\ntwo", "102"),
    ("fr", "1 million", "1 1000000"),
]:
    made = alpha2digit(text, language)
    print(f"{language} {text!r} -> {made!r}")
    if made != expected:
        raise SystemExit(f"changed: it was {expected!r}")
PY
