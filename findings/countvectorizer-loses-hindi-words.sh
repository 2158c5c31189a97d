#!/usr/bin/env bash
# CountVectorizer finds no word at all in Hindi sentences: Python's \w does not match vowel signs.
#
# Pinned: scikit-learn 1.9.1, regex 2026.11.19.
# One would expect: the default token pattern, which is "Unicode", finds words in any alphabet.
# What happens: the pattern wants two \w in a row, and Python's re counts combining marks (category M)
#   as no part of a word. Indic scripts write most vowels as marks: a word falls into single letters,
#   which are too short to count. Of Bengali, Tamil and Thai shreds remain. The package regex
#   matches marks by \w, so that the same pattern cuts the same text otherwise.
# Output seen, 2026-11-30:
#   hi: ValueError empty vocabulary
#   bn: ['আম'] of 4 words     ta: ['அட', 'எனத', 'தத'] of 3 words
#   regex: all words, whole
# Who meets it: TF-IDF baselines and word counts for Indic languages: the model trains (some words have
#   two plain letters in a row), on shreds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 regex==2026.11.19
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import regex
from sklearn.feature_extraction.text import CountVectorizer

PATTERN = CountVectorizer().token_pattern
for language, text, expected in [
    ("hi", "मुझे कार्ड चाहिए", None),  # I want a card
    ("bn", "আমার কার্ড হারিয়ে গেছে", ["আম"]),  # my card is lost
    ("ta", "எனது அட்டை தொலைந்தது", ["அட", "எனத", "தத"]),  # my card is lost
    ("en", "my card is lost", ["card", "is", "lost", "my"]),
]:
    try:
        found = list(CountVectorizer().fit([text]).get_feature_names_out())
    except ValueError as error:
        print(f"{language}: ValueError {error}")
        found = None
    whole = regex.findall(PATTERN, text)
    print(f"{language}: re {found}, regex {whole}")
    if found != expected:
        raise SystemExit(f"changed: it was {expected}")
    if whole != text.split():
        raise SystemExit("changed: regex does not find the words whole")
PY
