#!/usr/bin/env bash
# make bench: all benchmarks, results in benchmarks/local/results. DATA names the folder with the data
# sets. The peers' environments are made on the first run (benchmarks/peers/setup.sh).
set -euo pipefail
data=$(realpath "${DATA:?name the folder with banking77/, cr/, subj/ and ntrex/: make bench DATA=...}")
cd "$(dirname "$0")/.."
bash benchmarks/peers/setup.sh
for name in synonym_speed synonym_quality rows_speed filter_parts embedding near_duplicates translation; do
    printf '== %s\n' "$name"
    python "benchmarks/$name.py" --data "$data"
done
python benchmarks/near_duplicates.py --data "$data" --scale
python benchmarks/check.py
