#!/usr/bin/env bash
# vicinity's query_threshold finds 150 neighbours by one backend and 100 by the other, asked alike.
#
# Pinned: vicinity 0.4.6, usearch 2.26.6.
# One would expect: all items within the threshold, as the exact backend gives; approximate search may
#   miss some that lie near the threshold.
# What happens: max_k is 100 by default. The exact backend does not look at it; USEARCH (semhash's
#   default) takes the 100 nearest and then applies the threshold. No neighbour at the border is lost
#   but the 101st nearest and all after it, and only in dense groups: where near duplicates are many.
# Output seen, 2026-11-30:
#   BASIC 150, USEARCH 100, USEARCH with max_k=500: 150
# Who meets it: near-duplicate counts and clusters of data sets with templates or boilerplate.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet vicinity==0.4.6 usearch==2.26.6 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
from vicinity import Backend, Vicinity

rng = np.random.default_rng(0)
vectors = rng.normal(size=(500, 32)).astype(np.float32)
vectors[:150] = vectors[0] + 1e-3 * vectors[:150]  # 150 near duplicates, all within 1e-5
items = list(map(str, range(len(vectors))))


def neighbours(backend, **settings):
    index = Vicinity.from_vectors_and_items(vectors=vectors, items=items, backend_type=backend)
    return len(index.query_threshold(vectors[:1], threshold=0.1, **settings)[0])


found = neighbours(Backend.BASIC), neighbours(Backend.USEARCH)
wider = neighbours(Backend.USEARCH, max_k=500)
print(f"BASIC {found[0]}, USEARCH {found[1]}, USEARCH with max_k=500: {wider}")
if found != (150, 100):
    raise SystemExit("changed: the backends agree, or differ otherwise")
if wider < 140:
    raise SystemExit("changed: max_k is not what stops it")
PY
