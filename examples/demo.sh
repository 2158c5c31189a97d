#!/usr/bin/env bash
# The main job on the sample data: real support messages in, a mixed training set out, and the
# question whether it helped answered on real rows that no step has seen.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-demo_out} # a folder of this checkout, or one with its whole path
mkdir -p "$out"

step() { printf '\n== %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; }

step "1. Hold a real test set out, before anything is made"
show "dataaug split sample_data/*.jsonl --test 0.3 --train-out train.jsonl --test-out test.jsonl"
dataaug split sample_data/train.jsonl sample_data/test.jsonl --test 0.3 \
    --train-out "$out/train.jsonl" --test-out "$out/test.jsonl"

step "2. Vary the real rows, reject bad variants, mix at the ratio for so many real rows"
show "dataaug augment train.jsonl -m synonym -m typo -m swap | dataaug filter --against test.jsonl | dataaug mix"
dataaug augment "$out/train.jsonl" -m synonym -m typo -m swap --report "$out/augment.json" |
  dataaug filter --against "$out/test.jsonl" --rejects "$out/rejects.jsonl" \
    --report "$out/filter.json" |
  dataaug mix --report "$out/mix.json" -o "$out/train_mixed.jsonl"

step "3. What was made (before / after)"
python examples/before_after.py "$out/train.jsonl" "$out/train_mixed.jsonl" 6

step "4. What was rejected, and why"
python examples/rejects.py "$out/rejects.jsonl" 4

step "5. What helps most: text without labels. Say that 60 of the train rows have one yet"
show "dataaug split train.jsonl --test 0.84 --train-out labelled.jsonl --test-out rest.jsonl"
dataaug split "$out/train.jsonl" --test 0.84 --train-out "$out/labelled.jsonl" \
    --test-out "$out/rest.jsonl"
sed 's/, "label": "[a-z_]*"//' "$out/rest.jsonl" > "$out/pool.jsonl"
show "dataaug label pool.jsonl --train labelled.jsonl --against test.jsonl --soft -o pseudo.jsonl"
dataaug label "$out/pool.jsonl" --train "$out/labelled.jsonl" --against "$out/test.jsonl" --soft \
    -o "$out/pseudo.jsonl"

step "6. Did it help? A light classifier, tested on real rows only"
show "dataaug evaluate --train labelled.jsonl --candidate pseudo.jsonl --test test.jsonl --classifier tfidf"
dataaug evaluate --train "$out/labelled.jsonl" --candidate "$out/pseudo.jsonl" \
    --test "$out/test.jsonl" --classifier tfidf --html "$out/evaluate.html" \
    -o "$out/evaluate.jsonl"

# The gate answers by its code: 0 passed, 1 not passed; any other one is an error and ends the demo.
gate() {
  local code=0
  dataaug spotcheck "$@" --verdicts sample_data/verdicts.jsonl --carry-over \
    -o "$out/train_checked.jsonl" || code=$?
  case $code in
    0) echo "passed: $out/train_checked.jsonl" ;;
    1) echo "not passed, exit code 1: no row was written" ;;
    *) exit "$code" ;;
  esac
}

step "7. Have people looked at it? Verdicts on the mixed rows are shipped; is the set good enough?"
show "dataaug spotcheck train_mixed.jsonl --verdicts sample_data/verdicts.jsonl --carry-over -o train_checked.jsonl"
gate "$out/train_mixed.jsonl" --report "$out/spotcheck.json"

step "8. It names a method. Is the set good enough without its rows?"
show "grep -v '\"method\":\"swap' train_mixed.jsonl | dataaug spotcheck --verdicts sample_data/verdicts.jsonl --carry-over -o train_checked.jsonl"
grep -v '"method":"swap' "$out/train_mixed.jsonl" | gate

step "Review rows yourself, one key a row, in the terminal or in the browser"
show "dataaug spotcheck $out/train_mixed.jsonl --review terminal --verdicts mine.jsonl"
show "dataaug spotcheck $out/train_mixed.jsonl --review web --verdicts mine.jsonl"

step "Look at $out/: train_mixed.jsonl, rejects.jsonl, evaluate.html and the reports beside them"
