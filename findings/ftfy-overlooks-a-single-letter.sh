#!/usr/bin/env bash
# ftfy mends every "cafÃ©", half of the "caf√©", and of Windows-1251 next to nothing.
#
# Pinned: ftfy 6.3.1.
# One would expect: that UTF-8 read by a wrong encoding is found whichever of the encodings it was that
#   ftfy lists (latin-1, sloppy-windows-1252, sloppy-windows-1251, macroman, cp437).
# What happens: a text is changed only if it looks bad enough before. One letter of a European language
#   is enough where it was read as Latin-1 or Windows-1252. Read as Mac Roman it is a sign such as √ and
#   a letter, read as Windows-1251 two Cyrillic letters, and half of such sentences or nearly all are left as they are.
#   Two and more letters are found more often.
# Output seen, 2026-11-30 (sentences of 8 that are mended):
#   cp1252 8  mac_roman 4  cp1251 1
# Who meets it: who cleans texts of the web or of a model by ftfy and takes what it leaves for sound.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ftfy==6.3.1
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import ftfy

SENTENCES = [
    "Wo bleibt meine Überweisung?",
    "Das Gerät ist zu laut.",
    "Le café est fermé.",
    "Où est mon colis ?",
    "¿Dónde está mi pedido?",
    "Mañana no puedo.",
    "Não recebi o pedido.",
    "A avaliação foi boa.",
]
found = {}
for encoding in ("cp1252", "mac_roman", "cp1251"):
    read = [text.encode().decode(encoding, "replace") for text in SENTENCES]
    found[encoding] = sum(ftfy.fix_encoding(text) != text for text in read)
print(*(f"{name} {count}" for name, count in found.items()), sep="  ")
if found != {"cp1252": 8, "mac_roman": 4, "cp1251": 1}:
    raise SystemExit("changed: other sentences are mended now")
PY
