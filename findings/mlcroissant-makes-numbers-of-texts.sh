#!/usr/bin/env bash
# mlcroissant reads the text "01" of a JSON lines file as 1, although its field is sc:Text.
#
# Pinned: mlcroissant 1.1.1 (with the pandas that it brings).
# One would expect: a field of the type sc:Text gives the text that stands in the file.
# What happens: the file is read by pandas.read_json, which makes numbers of a column whose texts all
#   look like numbers; only then comes the cast to text. Ids lose their zeros, "1e3" is "1000".
# Output seen, 2026-11-30:
#   [b'1', b'2']   (the file has "01" and "02")
#   [b'01', b'x2'] (one text that is no number, and all stay)
# Who meets it: ids, postcodes and labels of digits in data sets that are loaded by their metadata.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet mlcroissant==1.1.1
cd "$folder"
"$folder/venv/bin/python" - 2>/dev/null <<'PY'
import hashlib
import json
from pathlib import Path

import mlcroissant


def ids(*texts):
    content = "".join(json.dumps({"id": text}) + "\n" for text in texts).encode()
    Path("rows.jsonl").write_bytes(content)
    source = {"cr:fileObject": {"@id": "file"}, "cr:extract": {"cr:column": "id"}}
    about = {
        "@context": {"@language": "en", "@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
                     "sc": "https://schema.org/", "dct": "http://purl.org/dc/terms/",
                     "dataType": {"@id": "cr:dataType", "@type": "@vocab"}},
        "@type": "sc:Dataset", "name": "ids", "description": "ids", "license": "none",
        "dct:conformsTo": "http://mlcommons.org/croissant/1.0",
        "distribution": [{"@type": "cr:FileObject", "@id": "file", "name": "file",
                          "contentUrl": "rows.jsonl", "encodingFormat": "application/jsonlines",
                          "sha256": hashlib.sha256(content).hexdigest()}],
        "cr:recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "cr:field": [
            {"@type": "cr:Field", "@id": "rows/id", "name": "id", "dataType": "sc:Text",
             "cr:source": source}]}],
    }
    Path("about.json").write_text(json.dumps(about))
    found = mlcroissant.Dataset(jsonld="about.json").records(record_set="rows")
    return [row["rows/id"] for row in found]


digits, mixed = ids("01", "02"), ids("01", "x2")
print(digits, mixed)
if digits != [b"1", b"2"]:
    raise SystemExit("changed: texts of digits stay or change otherwise")
if mixed != [b"01", b"x2"]:
    raise SystemExit("changed: one text that is no number does not protect the others")
PY
