#!/usr/bin/env bash
# The main job on the sample data: real support messages in, a mixed training set out.
set -euo pipefail
cd "$(dirname "$0")/.."
out=demo_out
mkdir -p "$out"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '$ %s\n' "$*"; }

say "1. Vary the real rows, reject bad variants, mix at the ratio that fits the number of real rows"
run "dataaug augment sample_data/train.jsonl -m synonym -m typo -m swap | dataaug filter | dataaug mix"
dataaug augment sample_data/train.jsonl -m synonym -m typo -m swap \
    --report "$out/augment.json" |
  dataaug filter --rejects "$out/rejects.jsonl" --report "$out/filter.json" |
  dataaug mix --report "$out/mix.json" -o "$out/train_mixed.jsonl"

say "2. What was made (before / after)"
python examples/before_after.py sample_data/train.jsonl "$out/train_mixed.jsonl" 6

say "3. What was rejected, and why"
python examples/rejects.py "$out/rejects.jsonl" 4

say "Written: $out/train_mixed.jsonl, $out/rejects.jsonl and the reports beside them"
