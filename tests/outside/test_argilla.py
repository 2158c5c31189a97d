"""Argilla's package, without its server, which wants Elasticsearch: records in, answers back."""

import os
import re
import subprocess
from pathlib import Path

import orjson
import pytest
from environments import environment
from making import made

from dataaug import plugins
from dataaug.errors import InputError
from dataaug.plugins import Spec
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.sample import row_key

DOCS = Path(__file__).parents[2] / "docs" / "spotcheck.md"
ITEMS = [ReviewItem(row_key(row), row) for row in
         (made(f"the text of row {n}", "a", name=f"m{n}") for n in range(5))]  # fmt: skip
ANA, BEN = ("00000000-0000-0000-0000-00000000000" + digit for digit in "12")
ANSWERED = """
import json, sys
import argilla

records = [argilla.Record.from_dict(row) for row in json.load(open(sys.argv[1]))]
for place, user, status, answers in json.load(open(sys.argv[2])):
    for question, value in answers.items():
        records[place].responses.add(
            argilla.Response(question, value, user_id=user, status=status))

class dataset:
    records = staticmethod(lambda with_responses: records)

json.dump([record.to_dict() for record in records], open("plain.json", "w"))
"""
GIVEN = [
    (0, ANA, "submitted", {"verdict": "bad", "reason": "nonsense", "note": "a note"}),
    (0, BEN, "submitted", {"verdict": "ok"}),
    (1, ANA, "draft", {"verdict": "bad"}),
    (2, BEN, "discarded", {"verdict": "bad"}),
    (3, BEN, "submitted", {"verdict": "bad", "reason": "wrong_label", "right_label": "b"}),
]
SAID = {
    (0, ANA): ReviewVerdict("bad", "nonsense", note="a note"),
    (0, BEN): ReviewVerdict("ok"),
    (3, BEN): ReviewVerdict("bad", "wrong_label", "b"),
}

pytestmark = pytest.mark.slow


def test_answers_come_back_by_the_export_of_the_documentation(tmp_path):
    exchange = plugins.load("exchanges", Spec("argilla"))
    (tmp_path / "sample.json").write_bytes(exchange.dumps(ITEMS, Header("feed", 9, 0, 9)))
    (tmp_path / "given.json").write_bytes(orjson.dumps(GIVEN))
    export = re.search(r"```python\n(rows = \[\]\n.*?)```", DOCS.read_text(), re.DOTALL)[1]
    done = subprocess.run(
        [environment("argilla", "argilla==2.8.0", "requests==2.34.2"), "-c", ANSWERED + export,
         "sample.json", "given.json"], cwd=tmp_path, check=False, capture_output=True,
        env=os.environ | {"HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    content = (tmp_path / "records.json").read_bytes()
    assert exchange.owns(content)
    places = {item.key: place for place, item in enumerate(ITEMS)}
    entries = exchange.loads(content, "records.json")
    assert {(places[e.key], e.reviewer): e.verdict for e in entries} == SAID
    assert {entry.data for entry in entries} == {Header("feed", 9, 0, 9).tag()}
    with pytest.raises(InputError, match="pending"):
        exchange.loads((tmp_path / "plain.json").read_bytes(), "plain.json")
