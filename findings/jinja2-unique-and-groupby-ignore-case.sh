#!/usr/bin/env bash
# Jinja's unique and groupby take "US" and "us" for one: a label vanishes from a prompt.
#
# Pinned: Jinja2 3.1.6.
# One would expect: equal means equal, as for == and "in" in the same template.
# What happens: unique, groupby, sort, min and max fold case unless case_sensitive=true is given. The
#   list of labels in a prompt loses one of two that differ by case only, and groupby puts the rows
#   of both under the name of the first.
# Output seen, 2026-11-30:
#   us,it        of us, US, it
#   us=2         of a row of us and a row of US; {{ "us" == "US" }} is False
# Who meets it: prompts that list labels by unique, or show examples by groupby("label"); labels such
#   as country codes, chemical symbols, genes, or the classes of a code linter.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet Jinja2==3.1.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from jinja2 import Environment, StrictUndefined

environment = Environment(undefined=StrictUndefined)


def render(source, **values):
    made = environment.from_string(source).render(values)
    print(f"{made:12} {source}")
    return made


rows = [{"text": "a", "label": "us"}, {"text": "b", "label": "US"}]
labels = ["us", "US", "it"]
listed = render("{{ labels | unique | join(',') }}", labels=labels)
groups = "{% for name, of in rows | groupby('label') %}{{ name }}={{ of | length }}{% endfor %}"
grouped = render(groups, rows=rows)
if (listed, grouped) != ("us,it", "us=2"):
    raise SystemExit("changed: case counts now")
if render("{{ 'us' == 'US' }}") != "False":
    raise SystemExit("changed: == folds case as well")
if render("{{ labels | unique(true) | join(',') }}", labels=labels) != "us,US,it":
    raise SystemExit("changed: case_sensitive=true does not help any more")
PY
