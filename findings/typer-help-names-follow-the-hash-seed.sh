#!/usr/bin/env bash
# typer keeps the names of the help option in a set: with three of them --help changes from run to run.
#
# Pinned: typer 0.28.0.
# One would expect: help_option_names=["-h", "--help", "--help-all"] are shown in that order.
# What happens: their order follows Python's hash seed, which is another one in each run. "-h" stands first
#   in any case, since spellings are sorted by the length of their dashes; the long ones change places.
# Output seen, 2026-11-30:
#   -h, --help, --help-all | -h, --help-all, --help
# Who meets it: whoever compares the output of --help in a test, or makes documentation of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet typer==0.28.0
cat > "$folder/app.py" <<'PY'
import typer

names = {"help_option_names": ["-h", "--help", "--help-all"]}
app = typer.Typer(context_settings=names, rich_markup_mode=None, add_completion=False)


@app.command()
def main() -> None:
    """Do nothing."""


app()
PY
for seed in $(seq 1 20); do
  PYTHONHASHSEED=$seed "$folder/venv/bin/python" "$folder/app.py" --help | sed -nE 's/^ *(-h[^ ]*( --[a-z-]+,?)*) .*/\1/p'
done | sort -u > "$folder/seen"
paste -sd'|' "$folder/seen" | sed 's/|/ | /g'
[ "$(wc -l < "$folder/seen")" -gt 1 ] || { echo "changed: one order for all hash seeds"; exit 1; }
