#!/usr/bin/env bash
# iterative_train_test_split returns X, y, X, y or X, X, y, y: it depends on which fork came last.
#
# Pinned: scikit-multilearn 0.2.0, scikit-multilearn-ng 0.0.8 (its fork), scikit-learn 1.9.1.
# One would expect: the fork, imported by the same name, is called the same way.
# What happens: both install the module skmultilearn. The old one returns (X_train, y_train, X_test,
#   y_test), the fork (X_train, X_test, y_train, y_test) like scikit-learn. For a split in halves of rows
#   with as many features as labels nothing fails: labels are then taken for a test set's features.
#   pip installs one over the other without a word.
# Output seen, 2026-11-30 (20 rows of 2 features and 2 labels):
#   0.2.0: columns of X, y, X, y        0.0.8 over it: columns of X, X, y, y
# Who meets it: multi-label splits: most examples one finds are for the old order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/pip" install --quiet --no-deps scikit-multilearn==0.2.0
cd "$folder"
cat > order.py <<'PY'
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np
from skmultilearn.model_selection import iterative_train_test_split

rows = np.arange(100, 140).reshape(20, 2)
labels = np.tile([[1, 0], [0, 1]], (10, 1))
np.random.seed(0)
parts = iterative_train_test_split(rows, labels, test_size=0.5)
order = "".join("X" if part.min() >= 100 else "y" for part in parts)
print(sys.argv[1], "returns", order, [part.shape for part in parts])
if order != sys.argv[2]:
    raise SystemExit(f"changed: it was {sys.argv[2]}")
PY
"$folder/venv/bin/python" order.py scikit-multilearn XyXy
"$folder/venv/bin/pip" install --quiet --no-deps scikit-multilearn-ng==0.0.8
"$folder/venv/bin/python" order.py scikit-multilearn-ng XXyy
