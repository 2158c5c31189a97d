#!/usr/bin/env bash
# From chats for a fine-tuning, where the label is the answer, to an evaluated mix.
# Usage: chats.sh [FOLDER]; what it writes is in FOLDER.
set -euo pipefail
have="$(cd "$(dirname "$0")" && pwd)/have.py"
cd "${1:-$(mktemp -d)}"

python "$have" chats chats.jsonl

dataaug convert chats.jsonl --from-chat openai |
  dataaug split --test 0.3 --train-out train.jsonl --test-out test.jsonl
dataaug augment train.jsonl -m synonym -o mix.jsonl
dataaug evaluate mix.jsonl --train train.jsonl --test test.jsonl --classifier tfidf --html evaluate.html -o evaluate.jsonl
# dataaug convert mix.jsonl --chat trl makes chats of it again.
