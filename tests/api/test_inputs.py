"""What people have is taken as rows: frames, dicts, strings, records, files, results."""

import datetime as dt
import itertools
import json
import re
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import dataaug as da
from dataaug.api.inputs import Input

TEXTS = ["I bought a big car", "Where is my parcel?", "The refund came late"]


def taken(rows, **reading):
    """Return the rows of an input as dicts."""
    return [dict(record.fields) for record in Input("mix", rows, **reading).records()]


FRAME = {
    "text": TEXTS,
    "label": ["car", None, "refund"],
    "when": [dt.datetime(2026, 1, 2, 3, 4, 5)] * 3,
    "words": [["a", "b"], [], ["c"]],
    "score": [0.5, float("nan"), 2.0],
    "count": [1, 2, 3],
}


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame(FRAME), pl.DataFrame(FRAME), pl.DataFrame(FRAME).lazy()],
    ids=["pandas", "polars", "polars query"],
)
def test_a_frame_is_rows_and_what_is_missing_is_a_field_that_the_row_lacks(frame):
    first, second, third = taken(frame)
    assert first == {
        "text": TEXTS[0], "label": "car", "when": "2026-01-02T03:04:05", "words": ["a", "b"],
        "score": 0.5, "count": 1,
    }  # fmt: skip
    assert "label" not in second
    assert second.get("score") is None
    assert third["words"] == ["c"]
    assert type(third["count"]) is int


def test_a_pandas_frame_of_new_types_and_odd_columns():
    frame = pd.DataFrame(
        {
            "text": pd.array(TEXTS, dtype="string"),
            "n": pd.array([1, None, 3], dtype="Int64"),
            "day": pd.to_datetime(["2026-01-02", None, "2026-01-03"]).tz_localize("UTC"),
            "kind": pd.Categorical(["a", "b", "a"]),
            7: [np.array([1, 2]), np.array(["x", None], dtype=object), {"a": [np.float32(0.5)]}],
        },
        index=[3, 3, 9],
    )
    first, second, third = taken(frame)
    assert first == {
        "text": TEXTS[0], "n": 1, "day": "2026-01-02T00:00:00+00:00", "kind": "a", "7": [1, 2],
    }  # fmt: skip
    assert second == {"text": TEXTS[1], "kind": "b", "7": ["x", None]}
    assert third["7"] == {"a": [0.5]}


def test_a_polars_frame_of_nested_values():
    inner, day = {"a": 1, "b": [1, 2]}, dt.date(2026, 1, 2)
    frame = pl.DataFrame({"text": TEXTS, "inner": [inner] * 3, "day": [day] * 3})
    assert taken(frame)[0]["inner"] == {"a": 1, "b": [1, 2]}
    assert taken(frame)[0]["day"] == "2026-01-02"


@pytest.mark.parametrize(
    "texts",
    [TEXTS, tuple(TEXTS), (text for text in TEXTS), pd.Series(TEXTS), pl.Series(TEXTS),
     np.array(TEXTS)],
    ids=["list", "tuple", "generator", "pandas", "polars", "numpy"],
)  # fmt: skip
def test_strings_are_texts(texts):
    assert taken(texts) == [{"text": text} for text in TEXTS]


def test_strings_stand_in_the_field_that_is_named():
    assert taken(TEXTS, text_field="body") == [{"body": text} for text in TEXTS]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.int64(3), 3), (np.float32(0.5), 0.5), (np.bool_(True), True), (float("nan"), None),
        (2**70, 2**70), ([2**70, {"a": np.array([1])}], [2**70, {"a": [1]}]),
        (dt.date(2026, 1, 2), "2026-01-02"), (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"), ({"a": [None, 1]}, {"a": [None, 1]}),
    ],
)  # fmt: skip
def test_values_in_cells(value, found):
    (record,) = Input("mix", [{"text": "a", "x": value}]).records()
    assert json.loads(record.line) == {"text": "a", "x": found}


def test_records_outcomes_and_results_are_taken_as_they_are(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text" : "a"}\n{"text":1}\n{"text":"b"}\n')
    given = Input("mix", da.read(str(path), on_error="skip"))
    assert [record.line for record in given.records()] == [b'{"text" : "a"}', b'{"text":"b"}']
    assert [reject.reason for reject in given.aside] == ["bad_text"]
    records = [row for row in da.read(str(path), on_error="skip") if isinstance(row, da.Record)]
    assert list(Input("mix", records).records()) == records
    result = da.augment(records, "typo")
    assert list(Input("mix", result).records()) == result.rows


def test_rejects_of_another_verb_stay_with_its_report():
    stream = da.augment(["We go.", "I want my money back"], "synonym", stream=True).stream()
    made = da.mix(stream)
    assert made.report.unreadable == 0
    assert made.report.balanced


@pytest.mark.parametrize("kind", [str, Path, lambda path: [Path(path)], lambda path: (path,) * 1])
def test_files(tmp_path, kind):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text":"a"}\n')
    assert taken(kind(path)) == [{"text": "a"}]


def test_several_files(tmp_path):
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for path in paths:
        path.write_text(json.dumps({"text": path.name}))
    assert taken(paths) == [{"text": "one.jsonl"}, {"text": "two.jsonl"}]
    with pytest.raises(da.UsageError, match=r"pathlib\.Path"):
        da.mix([str(path) for path in paths])


BAD = {
    "a number": (7, "rows:2: expected a JSON object, found a number"),
    "a list": (["a"], "rows:2: expected a JSON object, found an array"),
    "no text": ({"review": "a"}, "rows:2: no field 'text' (fields here: 'review'); name it by "),
    "another text": ({"text": 3}, "rows:2: field 'text' should be a string, found a number"),
    "a set": ({"text": "a", "x": {1}}, "rows:2: no JSON can be made of it"),
    "bytes": ({"text": "a", "x": [b"a"]}, "rows:2: no JSON can be made of it"),
    "complex": ({"text": "a", "x": 1j}, "rows:2: no JSON can be made of it"),
    "a surrogate": ({"text": "\ud800"}, "rows:2: no JSON can be made of it"),
    "a key": ({"text": "a", 1: 2}, "rows:2: no JSON can be made of it"),
    "NaN beside a large number": ({"text": "a", "x": [2**70, float("nan")]}, "rows:2: no JSON"),
}


@pytest.mark.parametrize(("value", "said"), BAD.values(), ids=BAD)
def test_a_bad_row_is_named_or_set_aside(value, said):
    rows = ["one", value, "three"]
    with pytest.raises(da.InputError, match=re.escape(said)) as caught:
        da.mix(rows)
    assert 'on_error="skip"' in str(caught.value)
    assert "--" not in str(caught.value)
    made = da.mix(rows, on_error="skip")
    assert {row.text for row in made} == {"one", "three"}
    (reject,) = made.rejects
    assert (reject.where, made.report.unreadable) == (("rows", 2), 1)
    assert made.report.balanced


@pytest.mark.parametrize(
    "rows", [{"text": "a"}, None, 7, object()], ids=["dict", "nothing", "number", "object"]
)
def test_what_is_no_rows_is_said(rows):
    if rows is None:
        assert list(da.mix(None, real=["a"]).rows)
        return
    with pytest.raises(da.UsageError, match="rows: expected the path of a file of rows, an iter"):
        da.mix(rows)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_frame_without_the_column_says_which_there_are(frame):
    with pytest.raises(da.InputError) as caught:
        da.mix(frame({"review": TEXTS, "label": ["x"] * 3}))
    assert "no field 'text' (fields here: 'review', 'label'); name it by text_field=" in str(
        caught.value
    )
    made = da.mix(frame({"review": TEXTS, "label": ["x"] * 3}), text_field="review")
    assert sorted(row.text for row in made) == sorted(TEXTS)


def test_unknown_keywords_and_values_are_refused():
    with pytest.raises(TypeError, match=r"mix\(\) got an unexpected keyword argument 'text_feild'"):
        da.mix(TEXTS, text_feild="a")
    with pytest.raises(da.UsageError, match="on_error='ignore': choose from fail, skip"):
        da.mix(TEXTS, on_error="ignore")
    with pytest.raises(da.UsageError, match="origin='real': choose from auto, synthetic"):
        da.mix(TEXTS, origin="real")


def test_rows_of_another_tool_are_taken_as_synthetic():
    assert not any(row.is_real for row in Input("mix", TEXTS, origin="synthetic").records())


def test_rows_that_share_an_id_are_warned_of_but_where_the_verb_says_it():
    rows = [{"text": text, "id": "same"} for text in TEXTS]
    (warning,) = da.augment(rows, "typo").report.warnings
    assert "2 rows carry an id that an earlier row has" in warning
    assert sum("carry an id" in said for said in da.mix(rows).report.warnings) == 1


def test_an_iterable_of_dicts_is_read_row_by_row():
    """So is a ``Dataset`` of the package datasets, whose rows are dicts."""
    read = []

    class Rows:
        def __iter__(self):
            for number in itertools.count():
                read.append(number)
                yield {"text": f"row {number}"}

    records = Input("augment", Rows()).records()
    assert [next(records).text for _ in range(3)] == ["row 0", "row 1", "row 2"]
    assert len(read) == 3


def test_files_of_other_formats_are_read_by_name_or_as_it_is_said(tmp_path):
    path, other = tmp_path / "rows.csv", tmp_path / "rows.txt"
    path.write_bytes(b"id,text\n1,caf\xe9\n")
    other.write_bytes(path.read_bytes())
    for kept in (
        da.filter(path, "exact", encoding="latin-1", types="id=number"),
        da.filter(other, "exact", encoding="latin-1", types="id=number", from_="csv"),
    ):
        assert kept.to_dicts() == [{"id": 1, "text": "café"}]
    with pytest.raises(da.InputError, match="not valid UTF-8; encoding="):
        da.filter(path, "exact")
    with pytest.raises(da.InputError, match="looks like CSV, not JSON lines; from_= csv reads it"):
        da.filter(other, "exact", encoding="latin-1")
    with pytest.raises(da.UsageError, match=r"for files, give pathlib\.Path objects"):
        da.filter(["a.csv", "b.parquet"], "exact")
    assert [row.text for row in da.filter(["a text. b"], "exact").rows] == ["a text. b"]
