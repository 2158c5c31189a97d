#!/usr/bin/env bash
# From a folder that Hugging Face datasets saved, with a test split, to an evaluated mix.
# Usage: datasets.sh [FOLDER]; what it writes is in FOLDER.
set -euo pipefail
have="$(cd "$(dirname "$0")" && pwd)/have.py"
cd "${1:-$(mktemp -d)}"

python "$have" datasets saved

dataaug augment saved/train -m synonym -o more.jsonl
dataaug mix more.jsonl --against saved/test -o mix.jsonl
dataaug evaluate mix.jsonl --train saved/train --test saved/test --classifier tfidf --html evaluate.html -o evaluate.jsonl
