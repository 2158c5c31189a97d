#!/usr/bin/env bash
# Label Studio's JSON_MIN export replaces a task's own "id" and "label" by its own.
#
# Pinned: label-studio-sdk 2.1.2 (the converter that Label Studio exports with), and
#   of its requirements those that the converter imports.
# One would expect: the data one imported comes back, with the annotation beside it.
# What happens: the fields of the task's data, the number of the task, and the answers are written into
#   one flat object, in this order. A field "id" of the data becomes the number in the project, and a
#   field with the name of a question becomes the answer: the label one asked about is gone, and
#   with it whether the annotator changed it. A single choice is a text, two are an object.
# Output seen, 2026-11-30:
#   {"text": "x", "id": 1, "label": "a", ...}                 of {"id": "mine-7", "label": "gold"}
#   {"text": "y", "id": 2, "label": {"choices": ["a", "b"]}, ...}
# Who meets it: rows that went to Label Studio with their ids and are to be joined to it again. The full
#   JSON export keeps data and annotations apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ijson==3.6.0 ujson==6.1.0 pillow==13.0.0 \
  numpy==2.4.6 lxml==6.1.3 nltk==3.10.4 PyJWT==2.13.0 requests==2.34.2 appdirs==1.4.4
"$folder/venv/bin/pip" install --quiet --no-deps label-studio-sdk==2.1.2
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import json
from pathlib import Path

from label_studio_sdk.converter.converter import Converter

CONFIG = """<View><Text name="text" value="$text"/><Choices name="label" toName="text" choice="multiple">
<Choice value="a"/><Choice value="b"/></Choices></View>"""


def task(number, data, choices):
    answer = {"from_name": "label", "to_name": "text", "type": "choices",
              "value": {"choices": choices}}  # fmt: skip
    annotation = {"id": number, "completed_by": 1, "result": [answer]}
    return {"id": number, "data": data, "annotations": [annotation], "predictions": []}


tasks = [
    task(1, {"id": "mine-7", "text": "x", "label": "gold"}, ["a"]),
    task(2, {"text": "y"}, ["a", "b"]),
]
for folder in ("in", "out"):
    Path(folder).mkdir()
Path("in/tasks.json").write_text(json.dumps(tasks))
Converter(CONFIG, str(Path.cwd())).convert_to_json_min("in", "out")
one, two = json.loads(Path("out/result.json").read_text())
print(one, two, sep="\n")
if (one["id"], one["label"]) != (1, "a") or "mine-7" in str(one) or "gold" in str(one):
    raise SystemExit("changed: a task's own fields survive")
if two["label"] != {"choices": ["a", "b"]}:
    raise SystemExit("changed: two choices are written otherwise")
PY
