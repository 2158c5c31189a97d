#!/usr/bin/env bash
# model2vec cuts a text by characters before it counts tokens: a text of 500 tokens loses 200 of them.
#
# Pinned: model2vec 0.10.0, tokenizers 0.23.3.
# One would expect: max_length=512, the default, keeps the first 512 tokens.
# What happens: the text is first cut to max_length times the median length of the vocabulary's entries,
#   in characters. Vocabularies are full of short entries, texts of long words; a text whose tokens
#   are longer than the median loses its end although it is well below 512 tokens. Two texts that
#   differ in their last third only have equal vectors. max_length=None keeps all.
# Output seen, 2026-11-30 (median length 4):
#   500 tokens, the last 200 of another word: their share of the vector is 0.0, with None 0.555
# Who meets it: near-duplicate search and classifiers over texts of a page, in languages of long words.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet model2vec==0.10.0 tokenizers==0.23.3 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer, models, pre_tokenizers

words = ["[UNK]", "a", "of", "to", "card", "lost", "cancellation", "unfortunately"]
vocabulary = {word: number for number, word in enumerate(words)}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
model = StaticModel(vectors=np.eye(8, dtype=np.float32), tokenizer=tokenizer, normalize=True)

text = "cancellation " * 300 + "lost " * 200
tokens = len(tokenizer.encode(text).ids)
share = float(model.encode([text])[0][vocabulary["lost"]])
whole = float(model.encode([text], max_length=None)[0][vocabulary["lost"]])
print(f"{tokens} tokens; median length {model.median_token_length}; share of the last 200: "
      f"{share}, with max_length=None {whole:.3f}")  # fmt: skip
if tokens != 500 or share != 0:
    raise SystemExit("changed: tokens after the cut by characters count now")
if not 0.5 < whole < 0.6:
    raise SystemExit("changed: max_length=None does not keep all")
PY
