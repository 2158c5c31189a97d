#!/usr/bin/env bash
# Which method fills minority classes best? balance_llm.sh DATA MODEL [METHOD...]
# banking77, the five smallest classes cut to 10 real rows, all others to 30; each method brings the
# five to 30, filter judges, evaluate compares on real test rows. MODEL is a GGUF file, or a model's
# name with OPENAI_BASE_URL set. The cache makes a second run free.
set -euo pipefail
data=${1:?name the folder with the data sets}
model=${2:?name a GGUF file or a model}
shift 2
methods=${*:-oversample synonym+typo back-translation paraphrase generate}
work=$(dirname "$0")/local/balance_llm
mkdir -p "$work"
test=$data/banking77/test.jsonl

# So many rows of each class, those whose ids hash lowest: the same ones on every machine.
python - "$data/banking77/train.jsonl" "$test" "$work" <<'PY'
import hashlib, json, sys
from collections import Counter
from pathlib import Path
train, test, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
lines = sorted(open(train), key=lambda line: hashlib.sha256(json.loads(line)["id"].encode()).digest())
labels = [json.loads(line)["label"] for line in lines]
counts = Counter(labels)
small = sorted(counts, key=lambda label: (counts[label], label))[:5]
taken = Counter()
with (work / "train.jsonl").open("w") as out:
    for line, label in zip(lines, labels):
        taken[label] += 1
        if taken[label] <= (10 if label in small else 30):
            out.write(line)
with (work / "test5.jsonl").open("w") as out:
    out.writelines(line for line in open(test) if json.loads(line)["label"] in small)
print("smallest classes:", ", ".join(small))
PY

candidates=()
for method in $methods; do
  with=()
  for name in ${method//+/ }; do with+=(--with "$name"); done
  case $method in
    *paraphrase* | *generate*) with+=(--model "$model" --cache "$work/cache") ;;
  esac
  case $method in *generate*) with+=(--domain "online banking") ;; esac
  echo "== $method"
  dataaug balance "$work/train.jsonl" --to 30 "${with[@]}" --against "$test" \
      --report "$work/$method.balance.json" -o "$work/$method.all.jsonl" ||
    [ $? = 5 ] # a class that stays short is part of the answer
  checks=()
  # Copies by design: all but the guard of the test rows would take every one of them out.
  [ "$method" != oversample ] || checks=(--check length)
  dataaug filter "$work/$method.all.jsonl" --against "$test" ${checks[@]+"${checks[@]}"} \
    --rejects "$work/$method.rejects.jsonl" -o "$work/$method.jsonl"
  candidates+=(--candidate "$work/$method.jsonl")
done
for classifier in tfidf embedding; do
  for set_ in "$work/test5.jsonl" "$test"; do
    echo "== evaluate: $classifier on $(basename "$set_")"
    dataaug evaluate --train "$work/train.jsonl" "${candidates[@]}" --test "$set_" \
      --classifier "$classifier" -o "$work/$classifier.$(basename "$set_")"
  done
done
