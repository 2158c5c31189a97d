#!/usr/bin/env bash
# The interval of ppi_mean_ci holds too seldom where errors are rare, and is nan where all agree.
#
# Pinned: ppi-python 0.2.3, numpy 2.4.6.
# One would expect: a 95 % interval of prediction-powered inference holds the truth in about 95 of 100
#   samples, and where judge and reviewers agree on every row it is a short one.
# What happens: it is estimate ± normal quantile x error. With 2 % bad rows and 100 reviewed of 2,000 it
#   holds in 86.5 %; where no reviewed row is bad and the judge calls none bad both ends are nan, and numpy
#   warns of 0 / 0. The textbook interval of a share fares the same: it is the normal error, not the judge.
# Output seen, 2026-11-30 (400 draws; the judge finds 80 % of bad rows, calls 5 % of good ones bad):
#   2 % bad, 100 reviewed: holds in 86.5 %      no bad row: [nan] [nan]
# Who meets it: whoever takes it for error rates, as quality gates of labels and of synthetic rows do.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ppi-python==0.2.3 numpy==2.4.6
cd "$folder"
cat > holds.py <<'PY'
import warnings

warnings.simplefilter("ignore")
import numpy as np
from ppi_py import ppi_mean_ci

rng = np.random.default_rng(0)
held = 0
for _ in range(400):
    bad = rng.random(2000) < 0.02
    judge = np.where(rng.random(2000) < np.where(bad, 0.8, 0.05), 1.0, 0.0)
    truth = bad[:100].astype(float)
    low, high = ppi_mean_ci(truth, judge[:100], judge[100:], alpha=0.05)
    held += bool(low[0] <= 0.02 <= high[0])
print(f"2 % bad, 100 reviewed: holds in {held / 4:.1f} %")
none = np.zeros(100)
low, high = ppi_mean_ci(none, none, np.zeros(1900), alpha=0.05)
print("no bad row:", low, high)
if not (held / 400 < 0.9 and np.isnan(low).all() and np.isnan(high).all()):
    raise SystemExit("changed: it held in less than 90 %, and was nan")
PY
"$folder/venv/bin/python" holds.py
