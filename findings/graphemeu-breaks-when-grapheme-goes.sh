#!/usr/bin/env bash
# Uninstalling grapheme breaks graphemeu, and pip finds nothing wrong with it.
#
# Pinned: grapheme 0.6.0 (2020), graphemeu 0.11.0 (its fork that is kept up).
# One would expect: two packages with two names can stand side by side, or pip says that they can't.
# What happens: both install the module "grapheme" into the same folder. The one that came last wins;
#   when one goes, it takes the files of the same names with it. graphemeu stays listed, pip check
#   says "No broken requirements found", and "import grapheme" still succeeds, as an empty namespace
#   package: the error comes at the first call.
# Output seen, 2026-11-30:
#   graphemeu 0.11.0 is listed; module 'grapheme' has no attribute 'length'
# Who meets it: an environment in which two libraries count characters, each by one of the two, and
#   one of the libraries is removed or changes over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip="$folder/venv/bin/pip"
python="$folder/venv/bin/python"
cd "$folder"
"$pip" install --quiet grapheme==0.6.0 graphemeu==0.11.0
"$python" -c 'import grapheme; assert grapheme.length("क्षत्रिय") == 3'
"$pip" uninstall --quiet --yes grapheme
"$pip" check
"$python" - <<'PY'
from importlib.metadata import version

import grapheme

print("graphemeu", version("graphemeu"), "is listed; the module is", grapheme)
if hasattr(grapheme, "length"):
    raise SystemExit("changed: graphemeu outlives grapheme")
PY
