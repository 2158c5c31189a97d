#!/usr/bin/env bash
# make bench: all benchmarks, results in benchmarks/local/results. DATA names the folder with the data
# sets. The peers' environments are made on the first run (benchmarks/peers/setup.sh). BROWSER names a
# Chromium for the reviewer's page; MODEL a language model for the balance benchmark, else left out;
# CLEANLAB the folder that label_check.py finds cleanlab in.
set -euo pipefail
data=$(realpath "${DATA:?name the folder with banking77/, cr/, subj/ and ntrex/: make bench DATA=...}")
cd "$(dirname "$0")/.."
bash benchmarks/peers/setup.sh
run() {
    printf '== %s\n' "$*"
    "$@"
}
for name in synonym_speed synonym_quality rows_speed exact workers filter_parts embedding \
    near_duplicates translation eda_table coverage; do
    run python "benchmarks/$name.py" --data "$data"
done
run python benchmarks/label_check.py --data "$data" ${CLEANLAB:+--cleanlab "$CLEANLAB"}
run python benchmarks/near_duplicates.py --data "$data" --scale
run python benchmarks/near_plan.py --data "$data"
run python benchmarks/filter_large.py --data "$data"
run python benchmarks/compare_speed.py "$data/banking77"
run python benchmarks/llm.py
run python benchmarks/assist_coverage.py
run python benchmarks/translation_checks.py
run python benchmarks/batches.py
run python benchmarks/fidelity.py
run python benchmarks/generate.py
run python benchmarks/against_release.py
run python benchmarks/many_classes.py --data "$data"
run bash benchmarks/few_rows.sh "$data"
if test -x "${BROWSER:=/usr/bin/chromium}"; then
    run python benchmarks/review_latency.py "$data/banking77/train.jsonl" --browser "$BROWSER"
fi
if test -n "${MODEL:-}"; then # a GGUF file, or a model's name with OPENAI_BASE_URL set
    run bash benchmarks/balance_llm.sh "$data" "$MODEL"
fi
python benchmarks/check.py
