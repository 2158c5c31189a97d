#!/usr/bin/env bash
# icu4py's segments() counts UTF-16 units: behind an emoji no slice of the text is a word.
#
# Pinned: icu4py 1.2.0 (ICU 78.3).
# One would expect: text[start:end] for each pair of segments() is what iteration yields.
# What happens: characters beyond U+FFFF (emoji, rare Chinese ones) count as two, as they do inside
#   ICU, so that every later pair is one too far for each. Iteration yields the right strings.
# Output seen, 2026-11-30:
#   slices 👍ฉ|ันร|ัก, iteration 👍|ฉัน|รัก
# Who meets it: whoever cuts Thai, Chinese or Japanese text of messages, where emoji are common.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet icu4py==1.2.0
"$folder/venv/bin/python" - <<'PY'
from icu4py.breakers import WordBreaker

text = "👍ฉันรัก"
sliced = [text[start:end] for start, end in WordBreaker(text, "root").segments()]
yielded = list(WordBreaker(text, "root"))
print(f"slices {'|'.join(sliced)}, iteration {'|'.join(yielded)}")
if yielded != ["👍", "ฉัน", "รัก"]:
    raise SystemExit("changed: iteration yields other pieces")
if sliced != ["👍ฉ", "ันร", "ัก"]:
    raise SystemExit("changed: slices are other ones")
PY
