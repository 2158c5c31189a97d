#!/usr/bin/env bash
# LogisticRegression with many balanced classes is "fitted" with no step made: all coefficients are 0.
#
# Pinned: scikit-learn 1.9.1, numpy 2.4.6.
# One would expect: a fit, or a ConvergenceWarning.
# What happens: L-BFGS ends as soon as the largest entry of the gradient is below tol. At the start all
#   classes are equally likely, and an entry is about 1/classes of a mean coordinate. With the default
#   tol=1e-4 that is below tol from the first look on for 2,500 balanced classes of unit vectors: zero
#   iterations, zero coefficients, no warning. Every text then gets one and the same label.
#   A coarser tol meets it earlier (1e-3 at 300 classes here); a finer one fits the same rows.
# Output seen, 2026-11-30:
#   2500 classes, default tol: 0 iterations, largest coefficient 0.0, 1 label predicted, 0 warnings
#   300 classes, tol=1e-3: 0 iterations; tol=1e-6: accuracy 1.0 on the same rows
# Who meets it: intent data sets with hundreds of labels, product categories, author identification,
#   and whoever raises tol to save time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression


def fit(classes, rows_each, **settings):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), rows_each)
    rows = rng.normal(size=(classes, 384))[labels] + 0.1 * rng.normal(size=(len(labels), 384))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model = LogisticRegression(C=10, **settings).fit(rows, labels)
    predicted = model.predict(rows[:300])
    accuracy = float((predicted == labels[:300]).mean())
    steps, largest = int(model.n_iter_.max()), float(np.abs(model.coef_).max())
    print(f"{classes} classes {settings}: {steps} iterations, largest coefficient {largest:.3g}, "
          f"{len(set(predicted))} labels predicted, accuracy {accuracy:.2f}, {len(seen)} warnings")
    return steps, largest, len(seen), accuracy


if fit(2500, 2)[:3] != (0, 0.0, 0):
    raise SystemExit("changed: the default tolerance steps or warns at 2,500 classes")
if fit(300, 10, tol=1e-3)[:3] != (0, 0.0, 0):
    raise SystemExit("changed: tol=1e-3 steps or warns at 300 classes")
if fit(300, 10, tol=1e-6)[3] < 0.99:
    raise SystemExit("changed: a finer tolerance does not fit these rows")
PY
