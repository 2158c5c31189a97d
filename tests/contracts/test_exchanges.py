"""What every exchange promises: what a tool exports of our file comes back as its verdicts."""

import csv
import io
from contextlib import suppress
from dataclasses import replace

import orjson
import pytest
from hostile import attacks
from making import made, real

from dataaug import plugins
from dataaug.errors import InputError
from dataaug.plugins import Spec
from dataaug.review.formats import header_of
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.sample import row_key

HEADER = Header("feed", 500, 7, 20, ("label",))
TEXTS = [*attacks(), "=1+1", "＝1+1", "\n=1", "+49 170", "-", "@SUM(A1)", "\tx", "'=quoted",
         "a;b,c\r\nd\"e", "", "x" * 100_000, "%PATH%", "|cmd", "\u202eabc", "東京"]  # fmt: skip


def items():
    parent = real("=HYPERLINK(1)", "=label", id="p")
    rows = [made(text, f"{text[:9]}l", parent=parent, name=f"={n}") for n, text in enumerate(TEXTS)]
    return [ReviewItem(row_key(row), row, parent) for row in rows]


ITEMS = items()
GIVEN = {
    ITEMS[0].key: ReviewVerdict("ok"),
    ITEMS[1].key: ReviewVerdict("bad", "wrong_label", "=label", "-note"),
    ITEMS[2].key: ReviewVerdict("bad", "nonsense"),
    ITEMS[3].key: ReviewVerdict("skip"),
}
PARTS = ("verdict", "reason", "right_label", "note")


def parts(verdict):
    found = (verdict.verdict, verdict.reason, verdict.label, verdict.note)
    return {name: value for name, value in zip(PARTS, found, strict=True) if value}


def fill_csv(content):
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(reversed(rows[0])), delimiter=";")  # as Excel may save it
    writer.writeheader()
    for row in rows:
        key = row["key"].removeprefix("key:")
        given = parts(GIVEN[key]) if key in GIVEN else {}
        writer.writerow({**row, **given, "reviewer": "ana" if given else ""})
    return out.getvalue().encode("utf-8-sig")


def fill_jsonl(content):
    rows = [orjson.loads(line) for line in content.splitlines()]
    for row in rows[1:]:
        if row["key"] in GIVEN:
            row.update(parts(GIVEN[row["key"]]), reviewer="ana")
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def fill_label_studio(content):
    tasks = orjson.loads(content)
    for number, task in enumerate(tasks):
        given = parts(GIVEN[task["data"]["key"]]) if task["data"]["key"] in GIVEN else {}
        result = [
            {"from_name": name, "to_name": "text", "type": kind, "value": {kind: [value]}}
            for name, value in given.items()
            for kind in ["choices" if name in PARTS[:2] else "textarea"]
        ]
        for part in result:
            if part["type"] == "textarea":
                part["value"] = {"text": part["value"]["textarea"]}
        task |= {"id": number, "annotations": [{"completed_by": {"email": "ana"},
                 "was_cancelled": not given, "result": result}]}  # fmt: skip
    return orjson.dumps(tasks)


def fill_argilla(content):
    records = orjson.loads(content)
    for record in records:
        given = parts(GIVEN[record["id"]]) if record["id"] in GIVEN else {}
        record["responses"] = {
            name: [{"value": value, "user_id": "ana"}] for name, value in given.items()
        }
    return orjson.dumps(records)


def fill_prodigy(content):
    words = {"ok": "accept", "bad": "reject", "skip": "ignore"}
    tasks = [orjson.loads(line) for line in content.splitlines()]
    for task in tasks:
        given = GIVEN.get(task["meta"]["key"])
        if given:
            task |= {"answer": words[given.verdict], "_annotator_id": "ana", "note": given.note}
    answered = [task for task in tasks if "answer" in task]
    return b"".join(orjson.dumps(task) + b"\n" for task in answered)


def fill_doccano(content):
    documents = [orjson.loads(line) for line in content.splitlines()]
    for number, document in enumerate(documents):
        given = GIVEN.get(document["key"])
        document["id"] = number  # doccano's own
        if given:
            document["label"] = [given.verdict, *([given.reason] if given.reason else [])]
            document["Comments"] = [given.note] if given.note else []
    return b"".join(orjson.dumps(document) + b"\n" for document in documents)


FILLS = {
    "argilla": fill_argilla, "csv": fill_csv, "doccano": fill_doccano, "jsonl": fill_jsonl,
    "label-studio": fill_label_studio, "prodigy": fill_prodigy,
}  # fmt: skip


def test_every_exchange_is_tested():
    assert set(FILLS) == set(plugins.names("exchanges"))


@pytest.fixture(params=sorted(FILLS))
def exchange(request):
    return plugins.load("exchanges", Spec(request.param)), FILLS[request.param]


def test_verdicts_come_back_as_they_were_given(exchange):
    tool, fill = exchange
    filled = fill(tool.dumps(ITEMS, HEADER))
    entries = tool.loads(filled, "folder/ana.x")  # doccano's files bear the annotator's name
    # Prodigy's tasks have no place for a reason or a label, doccano's none for a label.
    lost = {fill_prodigy: ("reason", "label"), fill_doccano: ("label",)}.get(fill, ())
    expected = {
        key: replace(given, **{name: "" if name == "reason" else None for name in lost})
        for key, given in GIVEN.items()
    }
    assert {entry.key: entry.verdict for entry in entries} == expected
    assert {(entry.reviewer, entry.data) for entry in entries} == {
        ("ana", "feed;rows=500;n=20;seed=7;stratify=label")
    }
    assert {entry.id for entry in entries} <= {item.record.id for item in ITEMS}


def test_rows_go_out_whole(exchange):
    tool, _ = exchange
    content = tool.dumps(ITEMS, HEADER)
    assert len(content) > 100_000
    for item in ITEMS:
        assert item.key.encode() in content


def test_its_own_files_are_recognised_and_no_others(exchange):
    tool, fill = exchange
    filled = fill(tool.dumps(ITEMS, HEADER))
    owners = [name for name in FILLS if plugins.load("exchanges", Spec(name)).owns(filled)]
    assert [FILLS[name] for name in owners] == [fill]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[1]", b"null", b"a,b\n1,2\n",
                                     b'{"key":"k","verdict":"ok"}\n'])  # fmt: skip
def test_files_of_nobody_are_recognised_by_nobody(exchange, content):
    tool, _ = exchange
    assert not tool.owns(content)
    assert header_of(content, "x") is None


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", b"[1]", b'[{"data":{}}]', b"[[]]",
                                     b'[{"fields":{},"responses":{"verdict":[{"value":"ok"}]}}]',
                                     b'{"answer":"accept"}', b'{"verdict":"ok"}',
                                     b"key,verdict\nk,maybe\n", b"key,verdict\n,ok\n"])  # fmt: skip
def test_damaged_files_are_named(exchange, content):
    tool, _ = exchange
    with suppress(InputError):
        assert tool.loads(content, "export.x") == []
        return
    with pytest.raises(InputError, match=r"^export\.x"):
        tool.loads(content, "export.x")


def test_nothing_to_review_is_a_file_without_rows(exchange):
    tool, _ = exchange
    assert tool.loads(tool.dumps([], HEADER), "x") == []


def test_sample_as_jsonl_says_seed_and_data():
    content = plugins.load("exchanges", Spec("jsonl")).dumps(ITEMS, HEADER)
    assert header_of(content, "x") == HEADER


def test_no_cell_of_the_spreadsheet_is_a_formula():
    content = plugins.load("exchanges", Spec("csv")).dumps(ITEMS, HEADER)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(ITEMS) + 1
    for row in rows[1:]:
        assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))]


def test_no_hash_in_the_spreadsheet_is_a_number():
    content = plugins.load("exchanges", Spec("csv")).dumps(
        ITEMS, Header("1234567890123456", 1, 0, 1)
    )
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        assert row["key"].startswith("key:")
        assert row["data"] == "data:1234567890123456;rows=1;n=1"


def test_verdict_on_a_row_of_200_kb_comes_back_from_the_spreadsheet():
    row = made("x" * 200_000, "a")
    content = plugins.load("exchanges", Spec("csv")).dumps([ReviewItem(row_key(row), row)], HEADER)
    filled = content.replace(b",,,,", b",bad,,,")
    (entry,) = plugins.load("exchanges", Spec("csv")).loads(filled, "x")
    assert (entry.key, entry.verdict) == (row_key(row), ReviewVerdict("bad"))


def test_number_is_no_verdict(exchange):
    tool, fill = exchange
    filled = fill(tool.dumps(ITEMS, HEADER))
    for word in (b"accept", b"ok"):
        filled = filled.replace(b'"%s"' % word, b'"1"').replace(b";%s;" % word, b";1;")
    with pytest.raises(InputError, match="'1' is no verdict"):
        tool.loads(filled, "x")
