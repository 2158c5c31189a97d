#!/usr/bin/env bash
# From a Parquet file of pandas to an evaluated mix.
# Usage: parquet.sh [FOLDER]; what it writes is in FOLDER.
set -euo pipefail
have="$(cd "$(dirname "$0")" && pwd)/have.py"
cd "${1:-$(mktemp -d)}"

python "$have" parquet rows.parquet

dataaug split rows.parquet --test 0.3 --train-out train.jsonl --test-out test.jsonl
dataaug augment train.jsonl -m synonym -o mix.jsonl
dataaug evaluate mix.jsonl --train train.jsonl --test test.jsonl --classifier tfidf --html evaluate.html -o evaluate.jsonl
