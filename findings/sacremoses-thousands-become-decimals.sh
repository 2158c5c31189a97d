#!/usr/bin/env bash
# Moses' punctuation normaliser makes ten of ten thousand: "10 000" (no-break space) -> "10.000".
#
# Pinned: sacremoses 0.2.0.
# One would expect: a normaliser of punctuation leaves the numbers of a text as they are.
# What happens: a no-break space between two digits becomes a full stop for English (and for all
#   languages but German, Spanish, Czech and French, where it becomes a comma). In English 10.000 is
#   ten, in German 10,000 is ten: in each language the thousands are put the wrong way round. It is
#   no thousands rule either: "room 5 12 people" with that space is 5.12 people. An ordinary blank
#   is left alone. Besides, for English a comma moves into quotation marks: "yes", -> "yes,".
# Output seen, 2026-11-30:
#   en 'It costs 10.000 euros.'    de 'Es kostet 10,000 Euro.'    en 'Room 5.12 people'
# Who meets it: OPUS-MT models: transformers' MarianTokenizer sends every text through this when
#   sacremoses is installed, and warns when it is not. Texts with no-break spaces come from web pages
#   and from every word processor set to French.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sacremoses==0.2.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from sacremoses import MosesPunctNormalizer

for language, text, expected in [
    ("en", "It costs 10\u00a0000 euros.", "It costs 10.000 euros."),
    ("pt", "Custa 10\u00a0000 euros.", "Custa 10.000 euros."),
    ("de", "Es kostet 10\u00a0000 Euro.", "Es kostet 10,000 Euro."),
    ("fr", "Il coûte 10\u00a0000 euros.", "Il coûte 10,000 euros."),
    ("en", "Room 5\u00a012 people", "Room 5.12 people"),
    ("en", "It costs 10 000 euros.", "It costs 10 000 euros."),
    ("en", 'He said "yes", then left.', 'He said "yes," then left.'),
]:
    made = MosesPunctNormalizer(lang=language).normalize(text)
    print(language, repr(text), "->", repr(made))
    if made != expected:
        raise SystemExit(f"changed: it was {expected!r}")
PY
