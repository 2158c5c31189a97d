#!/usr/bin/env bash
# From a spreadsheet saved as CSV to an evaluated mix.
# Usage: csv.sh [FOLDER]; what it writes is in FOLDER.
set -euo pipefail
have="$(cd "$(dirname "$0")" && pwd)/have.py"
cd "${1:-$(mktemp -d)}"

python "$have" csv tickets.csv

fields=(--text-field message --label-field category --id-field ticket)
dataaug split tickets.csv "${fields[@]}" --test 0.3 --train-out train.jsonl --test-out test.jsonl
dataaug augment train.jsonl "${fields[@]}" -m synonym -o mix.jsonl
dataaug evaluate mix.jsonl --train train.jsonl --test test.jsonl "${fields[@]}" --classifier tfidf --html evaluate.html -o evaluate.jsonl
