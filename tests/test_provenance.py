"""What other tools make of provenance on the way, and how a row says that it is real."""

import io

import orjson
import pytest
from making import as_bytes, made, real

from dataaug.rows.jsonl import Source
from dataaug.rows.record import Record, from_line
from dataaug.rows.same import Inputs, repeated, same_rows
from dataaug.rows.spool import Spool

NOTHING = [b"null", b'""', b'{"id":null,"origin":null,"parent":null,"edits":null}']


def rows_of(data, **options):
    return list(Source(**options).rows(io.BytesIO(data), "in.jsonl"))


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_row_whose_provenance_says_nothing_is_real_and_leaves_as_it_came(nothing):
    line = b'{"text":"a", "n":1.10,"_aug":%b}' % nothing
    (row,) = rows_of(line)
    assert row.is_real
    assert (row.aug, row.line, row.method) == (None, line, "real")
    plain = from_line(b'{"text":"a", "n":1.1}', row.schema)
    assert row.id == plain.id == row.root


@pytest.mark.parametrize("nothing", NOTHING)
def test_it_is_marked_as_synthetic_where_that_is_asked_for(nothing):
    (row,) = rows_of(b'{"text":"a","_aug":%b}' % nothing, origin="synthetic")
    assert not row.is_real
    assert row.line.count(b'"_aug"') == 1
    assert orjson.loads(row.line)["_aug"] == row.aug


@pytest.mark.parametrize("nothing", NOTHING)
def test_it_is_the_same_row_as_one_without_the_key(nothing):
    one, other = rows_of(b'{"id":"x","text":"a"}\n{"id":"x","text":"a","_aug":%b}' % nothing)
    spool, inputs = Spool(one.schema), Inputs()
    for number, row in enumerate((one, other)):
        moved = Record(row.line, row.fields, row.text, None, row.schema, (f"f{number}", 1))
        spool.extend([moved])
        inputs.note(moved)
    assert len(same_rows(spool, repeated([7, 7]), inputs).dropped) == 1


@pytest.mark.parametrize("nothing", NOTHING)
def test_its_child_has_provenance_once(cli, tmp_path, nothing):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id":"x","text":"some words to swap here","_aug":%b}\n' % nothing)
    done = cli("augment", path, "-m", "swap")
    assert done.code == 0, done.err
    first, child = done.rows
    assert "origin" not in (first["_aug"] or {}) or first["_aug"]["origin"] is None
    assert (child["_aug"]["parent"], done.lines[1].count(b'"_aug"')) == ("x", 1)


def frames():
    import pandas as pd
    import polars as pl

    def of_duckdb(source, path):
        duckdb = pytest.importorskip("duckdb")
        duckdb.sql(f"copy (select * from read_json('{source}')) to '{path}' (format json)")

    return {
        "pandas": lambda source, path: pd.read_json(source, lines=True).to_json(
            path, orient="records", lines=True
        ),
        "polars": lambda source, path: pl.read_ndjson(source).write_ndjson(path),
        "duckdb": of_duckdb,
    }


@pytest.mark.parametrize("tool", ["pandas", "polars", "duckdb"])
def test_tools_with_columns_hand_back_what_is_real_and_what_is_not(tool, tmp_path):
    rows = [real(f"text {n}", "a", id=f"r{n}") for n in range(3)]
    rows.append(made("a child", "a", parent=rows[0], name="0123456789abcdef", id="c"))
    before, after = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    before.write_bytes(as_bytes(rows))
    frames()[tool](str(before), str(after))
    assert b'"_aug":null' in after.read_bytes()
    found = rows_of(after.read_bytes())
    assert [row.is_real for row in found] == [True, True, True, False]
    assert [row.id for row in found] == [row.id for row in rows]


def test_rows_whose_provenance_a_tool_dropped_are_warned_of(cli, tmp_path):
    import polars as pl

    rows = [real(f"text {n}", "a", id=f"r{n}") for n in range(120)]
    rows.append(
        made("a child", "a", parent=rows[0], name="0123456789abcdef", id="0123456789abcdef")
    )
    before, after = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    before.write_bytes(as_bytes(rows))
    pl.read_ndjson(str(before)).write_ndjson(str(after))
    assert b"_aug" not in after.read_bytes()
    said = cli("mix", after).err.decode()
    assert "warning: 1 rows have ids as dataaug gives them" in said
    assert "--origin synthetic" in said
    assert "as dataaug gives them" not in cli("mix", before).err.decode()


@pytest.mark.parametrize("own", ['"1234567890123456"', '"0123456789ABCDEF"', '"r1"', "7", "null"])
def test_ids_of_other_forms_are_not_warned_of(own):
    source = Source()
    list(source.rows(io.BytesIO(b'{"id":%b,"text":"a"}' % own.encode()), "x"))
    assert not source.labels.unmarked
