#!/usr/bin/env bash
# Does it help with 5, 10 and 20 real rows a class? few_rows.sh DATA [SET], on banking77 by default.
set -euo pipefail
data=${1:?name the folder with the data sets}
set_=${2:-banking77}
work=$(dirname "$0")/local/few_rows/$set_
mkdir -p "$work"
test=$data/$set_/test.jsonl

for rows in 5 10 20; do
  train=$work/train$rows.jsonl
  # So many rows of each class, those whose ids hash lowest: the same ones on every machine.
  python - "$data/$set_/train.jsonl" "$rows" > "$train" <<'PY'
import hashlib, json, sys
from collections import Counter
lines = sorted(open(sys.argv[1]), key=lambda line: hashlib.sha256(json.loads(line)["id"].encode()).digest())
taken = Counter()
for line in lines:
    label = json.loads(line)["label"]
    taken[label] += 1
    if taken[label] <= int(sys.argv[2]):
        sys.stdout.write(line)
PY
  dataaug augment "$train" -m synonym -m delete -m typo -n 2 -q |
    dataaug filter --against "$test" -q |
    dataaug mix -o "$work/mix$rows.jsonl" -q
  for classifier in tfidf embedding; do
    echo "== $rows rows a class, $classifier"
    dataaug evaluate --train "$train" --candidate "$work/mix$rows.jsonl" --test "$test" \
      --classifier "$classifier" --no-controls -o "$work/$classifier$rows.jsonl" 2>&1 | tail -n 4
  done
done
