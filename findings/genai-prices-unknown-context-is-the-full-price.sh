#!/usr/bin/env bash
# genai-prices gives the usual price, twice the batch price, where the context's key or value is misspelt.
#
# Pinned: genai-prices 0.2.3.
# One would expect: an error or a warning for a context that no price of the model knows.
# What happens: price_context={"processing": "batch"} halves the price; "Batch", {"service_tier": "batch"}
#   (where the other tiers are) and {"procesing": "batch"} give the usual one in silence, and so does the
#   right context for a model that the table has no batch price of.
# Output seen, 2026-11-30 (gpt-4o-mini, 1,000 tokens in and out):
#   0.00075 usual; 0.000375 processing=batch; 0.00075 processing=Batch, service_tier=batch, procesing=batch
# Who meets it: whoever prices batches; a cap or an estimate is off by a factor of two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet genai-prices==0.2.3
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import warnings

from genai_prices import Usage, calc_price

warnings.simplefilter("error")
usage = Usage(input_tokens=1000, output_tokens=1000)


def price(**context):
    found = calc_price(usage, "gpt-4o-mini", provider_id="openai", price_context=context)
    print(found.total_price, context or "usual")
    return found.total_price


usual, batch = price(), price(processing="batch")
others = {price(processing="Batch"), price(service_tier="batch"), price(procesing="batch")}
if batch * 2 != usual:
    raise SystemExit("changed: a batch is not half of the usual price")
if others != {usual}:
    raise SystemExit("changed: an unknown context is no longer the usual price")
PY
