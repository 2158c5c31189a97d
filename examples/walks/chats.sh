#!/usr/bin/env bash
# From chats for a fine-tuning, where the label is the answer, to an evaluated mix of chats.
# Usage: chats.sh [FOLDER]; what it writes is in FOLDER.
set -euo pipefail
have="$(cd "$(dirname "$0")" && pwd)/have.py"
cd "${1:-$(mktemp -d)}"

python "$have" chats chats.jsonl

fields=(--text-field "messages[user].content" --label-field "messages[assistant].content")
dataaug split chats.jsonl "${fields[@]}" --test 0.3 --train-out train.jsonl --test-out test.jsonl
dataaug augment train.jsonl "${fields[@]}" -m synonym -o mix.jsonl
dataaug evaluate mix.jsonl "${fields[@]}" --train train.jsonl --test test.jsonl --classifier tfidf \
  --html evaluate.html -o evaluate.jsonl
