"""What other tools make of provenance on the way, and how a row says that it is real."""

import io

import orjson
import pytest
from making import as_bytes, made, real

from dataaug.rows.derived import make_child
from dataaug.rows.jsonl import Source
from dataaug.rows.order import repeated
from dataaug.rows.provenance import flattened, may_be_flat, rewritten
from dataaug.rows.record import Record, from_line
from dataaug.rows.same import Inputs, same_rows
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
        inputs.extend([moved])
    assert len(same_rows(spool, repeated([7, 7]), inputs).dropped) == 1


@pytest.mark.parametrize("key", ["aug_origin", "aug\\u005forigin", "a\\u0075g_origin"])
def test_a_flat_row_is_told_by_its_bytes_however_they_spell_the_key(key):
    line = b'{"%b":"real","text":"a"}' % key.encode()
    assert orjson.loads(line)["aug_origin"] == "real"
    assert may_be_flat(line)
    assert not may_be_flat(b'{"text":"a","_aug":null}')


def test_rows_of_a_spool_come_as_they_were_asked_for_near_or_far(monkeypatch):
    every = list(rows_of(b"".join(b'{"text":"%d"}\n' % n for n in range(400))))
    spool = Spool(every[0].schema)
    spool.extend(every)
    asked = [*range(300), *range(399, 0, -7), 5, 5, 399, *range(0, 400, 50), *range(100, 200, 2)]
    for batch, block in ((1024, 1 << 22), (7, 1 << 22), (7, 40), (1, 0)):
        monkeypatch.setattr("dataaug.rows.spool._BATCH", batch)
        monkeypatch.setattr("dataaug.rows.spool._BLOCK", block)
        found = spool.records_at(iter(asked))
        assert [(row.text, row.where[1]) for row in found] == [(str(n), n + 1) for n in asked]


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


COLUMNS = ["aug_origin", "aug_id", "aug_parent", "aug_root", "aug_method", "aug_variant",
           "aug_seed", "aug_edits", "aug_notes"]  # fmt: skip
AUGS = [
    None,
    {"id": "x", "origin": "synthetic", "parent": "r0", "root": "r0", "method": "swap(rate=0.2)",
     "variant": 0, "seed": 2**53 - 1, "edits": [{"start": 0, "end": 1, "from": "a", "to": "é"}]},
    {"id": "x", "origin": "synthetic", "parent": None, "root": None, "method": "foreign"},
    {"id": "x", "origin": "synthetic", "parent": None, "root": None, "method": "classification",
     "seed": 7, "model": "m", "examples": ["r1"], "checks": [], "attributes": {"tone": None}},
    {"id": "x", "origin": "synthetic", "parent": "r0", "root": "r0", "method": "m",
     "variant": "third", "edits": []},
]  # fmt: skip


def line_of(aug):
    given = b"" if aug is None else b',"_aug":' + orjson.dumps(aug)
    return b'{"id":"x", "text":"a", "n":1.10' + given + b"}"


@pytest.mark.parametrize("aug", AUGS)
def test_the_flat_form_says_the_same_and_comes_back(aug):
    line = line_of(aug)
    (row,) = rows_of(line)
    flat = rewritten(line, row.fields, "flat")
    assert flat.startswith(b'{"id":"x", "text":"a", "n":1.10,')
    (again,) = rows_of(flat)
    assert [name for name in again.fields if name.startswith("aug_")] == COLUMNS
    assert "_aug" not in again.fields
    assert (again.aug, again.is_real, again.id) == (row.aug, row.is_real, row.id)
    assert again.method == row.method
    assert again.root == row.root
    back = rewritten(flat, again.fields, "nested")
    assert orjson.loads(back) == orjson.loads(line)
    assert b'"n":1.10' in back
    assert rewritten(flat, again.fields, "none") == b'{"id":"x", "text":"a", "n":1.10}'
    assert rewritten(flat, again.fields, "flat") == flat


@pytest.mark.parametrize("aug", AUGS)
def test_each_flat_column_has_one_type(aug):
    real_row, told = flattened(None), flattened(aug)
    assert list(told) == list(real_row) == COLUMNS
    assert {name: type(value) for name, value in told.items()} == {
        name: int if name in {"aug_variant", "aug_seed"} else str for name in COLUMNS
    }


def test_numbers_of_notes_keep_their_digits_in_both_directions():
    line = (b'{"text":"a","_aug":{"id":"x","origin":"synthetic","parent":null,"root":null,'
            b'"method":"m","score":1.10,"big":123456789012345678901234567890}}')  # fmt: skip
    (row,) = rows_of(line)
    flat = rewritten(line, row.fields, "flat")
    assert rb"\"score\":1.10,\"big\":123456789012345678901234567890" in flat
    assert rewritten(flat, orjson.loads(flat), "nested") == line


def test_columns_that_hold_something_else_are_a_bad_row():
    flat = flattened(AUGS[1])
    for name, value in (("aug_edits", "{"), ("aug_notes", "[1]"), ("aug_seed", "x"),
                        ("aug_id", ""), ("aug_origin", "made")):  # fmt: skip
        (row,) = rows_of(orjson.dumps({"text": "a", **flat, name: value}), on_error="skip")
        assert getattr(row, "reason", None) == "bad_provenance", name


def test_a_row_whose_columns_are_empty_is_real():
    for origin in (None, "", "real"):
        fields = {"text": "a", **dict.fromkeys(COLUMNS), "aug_origin": origin}
        (row,) = rows_of(orjson.dumps(fields))
        assert row.is_real
        assert row.id == rows_of(b'{"text":"a"}')[0].id


def test_flat_rows_are_marked_in_their_columns():
    (row,) = rows_of(orjson.dumps({"text": "a", **flattened(None)}), origin="synthetic")
    assert (row.is_real, row.method, "_aug" in row.fields) == (False, "foreign", False)
    assert orjson.loads(row.line)["aug_origin"] == "synthetic"


def test_all_verbs_read_flat_rows_and_children_are_flat_too(cli, tmp_path):
    rows = [real(f"some words of the text number {n}", "ab"[n % 2], id=f"r{n}") for n in range(6)]
    source, flat = tmp_path / "in.jsonl", tmp_path / "flat.jsonl"
    source.write_bytes(as_bytes(rows))
    nested = cli("augment", source, "-m", "swap")
    (tmp_path / "nested.jsonl").write_bytes(nested.out)
    mixed = cli(
        "mix", tmp_path / "nested.jsonl", "--ratio", "1:1", "--provenance", "flat", "-o", flat
    )
    assert mixed.code == 0, mixed.err
    fields = [orjson.loads(line) for line in flat.read_bytes().splitlines()]
    assert {tuple(row)[-9:] for row in fields} == {tuple(COLUMNS)}
    assert {row["aug_origin"] for row in fields} == {"real", "synthetic"}
    again = cli("augment", flat, "-m", "typo", "--synthetic-only")
    assert again.code == 0, again.err
    assert len(again.rows) == 6
    assert all(row["aug_method"] == "typo" and "_aug" not in row for row in again.rows)
    back = cli("mix", flat, "--ratio", "1:1")
    assert sorted(back.out.splitlines()) == sorted(
        cli("mix", tmp_path / "nested.jsonl", "--ratio", "1:1").out.splitlines()
    )
    checked = cli("filter", flat, "--check", "exact", "--include-real")
    assert checked.code == 0, checked.err
    assert b"(6 real)" in checked.err
    split = cli("split", flat, "--test-out", tmp_path / "t", "--embedder", "hashing")
    assert split.code == 6  # there are synthetic rows


def test_no_provenance_is_the_alias_of_none(cli, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_bytes(as_bytes([real("a", id="x"), made("b", name="y")]))
    one, other = (
        cli("mix", path, *args) for args in (("--no-provenance",), ("--provenance", "none"))
    )
    assert one.out == other.out
    assert b"aug" not in one.out
    assert cli("mix", path, "--no-provenance", "--provenance", "flat").code == 2
    assert cli("mix", path, "--provenance", "deep").code == 2


@pytest.mark.parametrize(("own", "kind"), [(7, int), (2**63 + 1, int), ("7", str), (1.5, str)])
def test_a_child_of_a_numbered_row_has_a_number(own, kind):
    parent = real("some text", "a", id=own)
    child, other = (
        make_child(parent, "text some", method="swap", variant=n, seed=0) for n in range(2)
    )
    found = child.fields["id"]
    assert type(found) is kind
    assert child.id == str(found) == child.aug["id"] != other.id
    if kind is int:
        assert 0 <= found < 2**63
        again = make_child(child, "some", method="swap", variant=0, seed=0)
        assert (type(again.fields["id"]), again.aug["parent"]) == (int, child.id)


def test_tables_read_children_of_numbered_rows(tmp_path, cli):
    pa = pytest.importorskip("pyarrow.json")
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(as_bytes([real(f"some words here {n}", "a", id=n) for n in range(5)]))
    assert cli("augment", path, "-m", "swap", "-o", out).code == 0
    assert str(pa.read_json(out).schema.field("id").type) == "int64"
