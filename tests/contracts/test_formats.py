"""What every row format promises: rows as one line each, or a sentence where a file is none."""

import csv
import gzip
import io
import json

import orjson
import pytest
import zstandard

from dataaug import plugins
from dataaug.errors import InputError, UsageError
from dataaug.rows.formats import JSONL, FileForm, parse_types
from dataaug.rows.formats.guess import looks_like
from dataaug.rows.jsonl import Source
from dataaug.rows.record import Record, Reject

TEXTS = ["plain", 'with "quotes" inside', "a, comma; a semicolon", "two\nlines", "café 日本語 😀",
         "tab\there", "=1+1", "[not] {json}", "back\\slash \\u00e9", "'",
         '"', "x" * 5000]  # fmt: skip
ROWS = [{"id": f"r{n}", "text": text, "label": "ab"[n % 2]} for n, text in enumerate(TEXTS)]


def as_csv(rows, delimiter=","):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_parquet(rows):
    pq = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out, row_group_size=5)
    return out.getvalue()


def as_arrow(rows):
    pa = pytest.importorskip("pyarrow")
    table, out = pa.Table.from_pylist(rows), io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)
    return out.getvalue()


WRITERS = {
    "csv": as_csv,
    "tsv": lambda rows: as_csv(rows, "\t"),
    "json": lambda rows: json.dumps(rows, indent=2, ensure_ascii=False).encode(),
    "parquet": as_parquet,
    "arrow": as_arrow,
}


def test_every_format_of_a_file_is_tested():
    assert {*WRITERS, "datasets"} == set(plugins.names("formats"))


@pytest.fixture(params=WRITERS)
def form(request):
    return request.param


def read(path, **reading):
    source = Source((str(path),), reading=FileForm(**reading))
    return list(source)


def test_rows_come_as_they_are_and_each_as_one_canonical_line(form, tmp_path):
    path = tmp_path / f"rows.{form}"
    path.write_bytes(WRITERS[form](ROWS))
    found = read(path)
    assert [row.fields for row in found] == ROWS
    assert [orjson.loads(row.line) for row in found] == ROWS
    assert all(b"\n" not in row.line for row in found)
    assert {row.where[0] for row in found} == {str(path)}


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_files_are_read_by_the_ending_before(form, tmp_path, pack):
    path = tmp_path / f"rows.v2.{form}.{'gz' if pack is gzip.compress else 'zst'}"
    path.write_bytes(pack(WRITERS[form](ROWS)))
    assert [row.fields for row in read(path)] == ROWS


def test_a_pipe_is_read_by_the_name_that_is_given(form, cli):
    done = cli("filter", "--check", "length", "--from", form, stdin=WRITERS[form](ROWS))
    assert done.code == 0, done.err
    assert done.rows == ROWS


def test_real_rows_keep_the_first_bytes_through_all_verbs(form, tmp_path, cli):
    path, middle = tmp_path / f"rows.{form}", tmp_path / "middle.jsonl"
    path.write_bytes(WRITERS[form](ROWS))
    assert cli("augment", path, "-m", "typo", "-o", middle).code == 0
    lines = [row.line for row in read(path)]
    assert [line for line in middle.read_bytes().splitlines() if b"_aug" not in line] == lines


def test_an_empty_table_has_no_rows_and_no_fault(form, tmp_path):
    path = tmp_path / f"rows.{form}"
    whole = WRITERS[form](ROWS)
    empty = {"csv": b"id,text\n", "tsv": b"id\ttext\n", "json": b" [ ]\n"}
    path.write_bytes(empty.get(form) or WRITERS[form](ROWS[:1]))
    if form in empty:
        assert read(path) == []
    path.write_bytes(whole)
    assert len(read(path)) == len(ROWS)


@pytest.mark.parametrize("share", [0.4, 0.9, 0.999])
def test_a_file_that_is_cut_off_never_passes_for_a_whole_one(form, tmp_path, share):
    whole = WRITERS[form]([*ROWS, {"id": "last", "text": 'it ends in "quotes"', "label": "a"}])
    path = tmp_path / f"rows.{form}"
    path.write_bytes(whole[: int(len(whole) * share)])
    for on_error in ("fail", "skip"):
        source = Source((str(path),), on_error=on_error, reading=FileForm())
        try:
            found = list(source)
        except InputError as error:
            assert str(path) in str(error)  # noqa: PT017 - one of two good ends
            continue
        assert on_error == "skip" or form in {"csv", "tsv"}
        # Text without an end mark: the last row is short, or is there but for its last letters.
        assert any(isinstance(row, Reject) for row in found) or len(found) == len(ROWS) + 1


def heads():
    pytest.importorskip("pyarrow")
    made = {name: write(ROWS) for name, write in WRITERS.items()}
    return made | {JSONL: b"".join(orjson.dumps(row) + b"\n" for row in ROWS)}


def test_a_file_of_another_format_is_named_with_what_reads_it(form, tmp_path):
    for name, content in heads().items():
        if name == form or {name, form} in ({"csv", "tsv"}, {"json", JSONL}):
            continue
        path = tmp_path / f"rows.{form}"
        path.write_bytes(content)
        for on_error in ("fail", "skip"):
            with pytest.raises(InputError, match=f"--from {name} reads it") as caught:
                list(Source((str(path),), on_error=on_error))
            assert str(caught.value).startswith(f"{path}: looks like ")
        found = read(path, form=name)
        assert [row.fields for row in found] == ROWS


@pytest.mark.parametrize("name", WRITERS)
def test_json_lines_are_not_taken_for_granted_by_their_name(name, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(WRITERS[name](ROWS))
    with pytest.raises(InputError, match=f"not JSON lines; --from {name} reads it"):
        list(Source((str(path),), on_error="skip"))


def test_json_lines_in_a_file_called_json_are_read_as_they_are(tmp_path):
    path = tmp_path / "rows.json"
    path.write_bytes(b'{"text": "a", "n":1.10}\n{ "text":"b"}\n')
    assert [row.line for row in read(path)] == [b'{"text": "a", "n":1.10}', b'{ "text":"b"}']


@pytest.mark.parametrize(
    ("head", "what"),
    [(b"PK\x03\x04rest", "zip"), (b"\x80\x05\x95", "pickle"), (b"<!doctype html>", "HTML"),
     (b"SQLite format 3\0", "SQLite"), (b"BZh91AY", "bzip2"), (b"\xfd7zXZ\0", "xz"),
     ('{"text":"a"}\n'.encode("utf-16"), "UTF-16"),
     (('{"text":"a"}\n' * 20).encode("utf-16-le"), "UTF-16"),
     (b'{\n  "text": "a"\n}\n{\n  "text": "b"\n}\n', "over several lines"), (bytes(300), "binary")],
)  # fmt: skip
def test_what_nothing_here_reads_is_named_too(tmp_path, head, what):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(head)
    with pytest.raises(InputError, match=f"looks like .*{what}"):
        list(Source((str(path),), on_error="skip"))


@pytest.mark.parametrize("head", [b"", b"nope\n", b'nope, really\n{"text":"one"}\n', b"\n\n",
                                  b'"a string, with a comma"\n', b'["text"]\n["text"]\n', b"17\n",
                                  "\ufeff{\"text\":\"a\"}\n".encode(), b'{"text": "a'])  # fmt: skip
def test_json_lines_with_a_bad_row_are_still_json_lines(head):
    assert (looks_like(head) or ("", JSONL))[1] == JSONL


def test_a_row_that_does_not_fit_its_table_is_named_by_its_line(tmp_path):
    for form, sign in (("csv", ","), ("tsv", "\t")):
        path = tmp_path / f"rows.{form}"
        cells = [["id", "text"], ["1", '"two\nlines"'], ["2"], ["", ""], ["3", "good"],
                 ["4", "x", "y"], ["5", "last"]]  # fmt: skip
        path.write_bytes("\n".join(sign.join(row) for row in cells).encode())
        with pytest.raises(InputError, match=rf"rows\.{form}:4: 1 cells where the header has 2"):
            list(Source((str(path),)))
        found = list(Source((str(path),), on_error="skip"))
        assert [row.where[1] for row in found] == [2, 4, 5, 6, 7, 8]
        bad = [row for row in found if isinstance(row, Reject)]
        assert [row.reason for row in bad] == ["bad_cells", "missing_text", "bad_cells"]
        assert bad[0].raw == b"2"
        assert found[0].text == "two\nlines"


def test_a_quote_that_is_never_closed_swallows_no_rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b'id,text\n1,good\n2,"never closed\n3,swallowed\n4,swallowed\n')
    for on_error in ("fail", "skip"):
        with pytest.raises(InputError, match=r"rows\.csv:3: .*opens a quote that is never closed"):
            list(Source((str(path),), on_error=on_error))
    path = tmp_path / "rows.tsv"
    path.write_bytes(b'id\ttext\n1\t"Great" film\n2\t"never closed\n3\tthe "end\n4\t"a ""b"" c"\n')
    assert [row.text for row in read(path)] == [
        '"Great" film', '"never closed', 'the "end', 'a "b" c'
    ]  # fmt: skip


@pytest.mark.parametrize("sign", [";", "\t", ","])
def test_csv_of_other_countries_has_other_delimiters(tmp_path, sign):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\xef\xbb\xbf" + as_csv(ROWS, sign).replace(b"\r\n", b"\n"))
    assert [row.fields for row in read(path)] == ROWS


@pytest.mark.parametrize("line", [b"sep=;\r\n", b'"sep=;"\n', b"\xef\xbb\xbfsep=;\n"])
def test_a_line_that_tells_excel_the_delimiter_is_no_header(tmp_path, line):
    path = tmp_path / "rows.csv"
    path.write_bytes(line + b"text;label\na,b;c\nd\xff;e\n")
    with pytest.raises(InputError, match=r"rows\.csv:4: byte 2 "):
        read(path)
    path.write_bytes(line + b"text;label\na,b;c\n")
    assert [row.fields for row in read(path)] == [{"text": "a,b", "label": "c"}]


def test_cells_are_text_but_for_those_of_a_type(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b'id,text,n,ok,tags,zip\n7,a,1.10,true,"[""x"", 2]",007\n8,b,,false,null,\n')
    first, second = read(path)
    assert first.fields == {"id": "7", "text": "a", "n": "1.10", "ok": "true",
                            "tags": '["x", 2]', "zip": "007"}  # fmt: skip
    assert second.fields == {"id": "8", "text": "b", "ok": "false", "tags": "null"}
    types = parse_types("id=number, n=number,ok=bool,tags=json")
    first, second = read(path, types=types)
    assert first.line == b'{"id":7,"text":"a","n":1.10,"ok":true,"tags":["x",2],"zip":"007"}'
    assert second.line == b'{"id":8,"text":"b","ok":false}'
    with pytest.raises(InputError, match=r"rows\.csv:2: column 'text': 'a' is no number"):
        read(path, types={"text": "number"})
    with pytest.raises(InputError, match=r"--types size: no such column \(columns here: 'id', "):
        read(path, types={"size": "number"})
    with pytest.raises(UsageError, match="expected COLUMN=TYPE"):
        parse_types("id=whole")


def test_a_column_that_stands_twice_is_no_column(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"text,label,text\na,b,c\n")
    with pytest.raises(InputError, match="the column 'text' stands twice"):
        read(path)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl"])
def test_texts_of_another_encoding_are_read_by_its_name(tmp_path, form, encoding):
    rows = [row for row in ROWS if row["text"].isascii()]
    rows.append({"id": "é", "text": "café", "label": "ñ"})
    write = WRITERS.get(form) or (
        lambda rows: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    )
    path = tmp_path / f"rows.{form}"
    path.write_bytes(write(rows).decode().encode(encoding))
    assert [row.fields for row in read(path, encoding=encoding)] == rows
    if encoding in {"latin-1", "cp1252"}:
        with pytest.raises(InputError, match="is not valid UTF-8; --encoding"):
            read(path)
    if encoding.startswith("utf-16"):
        with pytest.raises(InputError, match="looks like UTF-16 text"):
            read(path)


def test_an_encoding_that_does_not_fit_is_said(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))
    with pytest.raises(InputError, match=r"rows\.csv: is not in the encoding 'ascii'"):
        read(path, encoding="ascii")
    for none in ("latin-0", "hex"):
        with pytest.raises(UsageError, match="Python knows no such encoding"):
            FileForm(encoding=none)


def test_a_json_array_keeps_the_letters_of_its_numbers_and_texts(tmp_path):
    path = tmp_path / "rows.json"
    path.write_bytes(b'[ {"text" : "a \\u00e9 \\" ] , {",\n "n": [1.10, 1E5 , -0, '
                     b'123456789012345678901234567890] } ,\n{"text":"b"}\n]\n')  # fmt: skip
    assert [row.line for row in read(path)] == [
        b'{"text":"a \\u00e9 \\" ] , {","n":[1.10,1E5,-0,123456789012345678901234567890]}',
        b'{"text":"b"}',
    ]


def test_a_json_array_is_read_across_the_edges_of_blocks(tmp_path, monkeypatch):
    import dataaug.rows.formats.json as reader

    path = tmp_path / "rows.json"
    rows = [{"text": 'a "quoted" \\ [x] {y}, ' + "z" * n, "n": [n, {"m": None}]} for n in range(40)]
    path.write_bytes(json.dumps(rows, indent=1).encode())
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr(reader, "_CHUNK", size)
        assert [row.fields for row in read(path)] == rows


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'[{"text":"a"}] more', "something stands behind the end"),
     (b'[{"text":"a"}, {"text":"b', "the array has no end"),
     (b'[{"text":"a"},', "the array has no end"),
     (b'[{"text":"a"}\n{"text":"b"}]', "rows.json:1: "), (b'[{"text":1 2}]', "rows.json:1: "),
     (b'[{"text":"a"}, 7]', "rows.json:2: expected a JSON object, found a number")],
)  # fmt: skip
def test_a_damaged_json_array_is_said(tmp_path, content, said):
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read(path)


def test_typed_columns_become_what_json_has(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import datetime as dt
    from decimal import Decimal

    import pyarrow.parquet as pq

    table = pa.table({
        "text": ["a", "b"], "when": [dt.datetime(2026, 1, 2, 3, 4, 5), None],
        "day": [dt.date(2026, 1, 2), None], "cost": [Decimal("1.10"), None],
        "big": [2**62 + 1, None], "share": [0.1, float("nan")],
        "tags": [["x", None], None], "map": pa.array([[("k", 1)], None], pa.map_("string", "int8")),
        "mixed": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', None])),
        "raw": [b"bytes", None], "kind": pa.array(["x", None]).dictionary_encode(),
    })  # fmt: skip
    path = tmp_path / "rows.parquet"
    pq.write_table(table, path)
    first, second = read(path)
    assert first.line == (
        b'{"text":"a","when":"2026-01-02T03:04:05","day":"2026-01-02","cost":1.10,'
        b'"big":4611686018427387905,"share":0.1,"tags":["x",null],"map":{"k":1},'
        b'"mixed":{"a":1},"raw":"bytes","kind":"x"}'
    )
    assert second.line == b'{"text":"b","share":null}'


def test_a_value_that_is_no_json_is_a_bad_row(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"text": ["a", "b"], "image": [b"\xff\xd8", b"text"]}), path)
    with pytest.raises(InputError, match=r"rows\.parquet:1: no JSON can be made of it"):
        read(path)
    bad, good = Source((str(path),), on_error="skip")
    assert (bad.reason, good.text) == ("bad_cells", "b")


def test_a_folder_of_datasets_is_read(tmp_path):
    datasets = pytest.importorskip("datasets")
    rows = [{**row, "_aug": None} for row in ROWS[:-1]]
    rows.append({**ROWS[-1], "_aug": {"id": "x", "origin": "synthetic", "parent": "r0",
                                      "root": "r0", "method": "swap"}})  # fmt: skip
    whole = datasets.Dataset.from_list(rows)
    whole.save_to_disk(tmp_path / "saved", num_shards=3)
    found = read(tmp_path / "saved")
    assert [row.fields["text"] for row in found] == TEXTS
    assert [row.is_real for row in found] == [True] * (len(ROWS) - 1) + [False]
    datasets.DatasetDict({"train": whole, "test": whole}).save_to_disk(tmp_path / "both")
    with pytest.raises(InputError, match=r"holds the splits train, test; name one: .*both/train"):
        read(tmp_path / "both")
    assert len(read(tmp_path / "both" / "test")) == len(ROWS)
    with pytest.raises(InputError, match="is a directory, and none that datasets saved"):
        read(tmp_path)


def test_a_missing_package_is_said_with_what_to_install(tmp_path, monkeypatch):
    import sys

    from dataaug.errors import MissingError

    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1")
    for name in [each for each in sys.modules if each.startswith("dataaug.rows.formats.parquet")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingError, match=r"needs pyarrow: pip install 'dataaug\[tables\]'"):
        read(path)


def test_an_unknown_format_is_refused(cli):
    done = cli("mix", "--from", "xlsx", stdin=b"")
    assert done.code == 2
    assert b"--from 'xlsx': choose from arrow, csv, datasets, json, jsonl, parquet, tsv" in done.err


def test_from_is_of_the_input_and_not_of_files_beside_it(cli, tmp_path):
    beside = tmp_path / "real.jsonl"
    beside.write_bytes(b'{"id":"x","text":"beside"}\n')
    done = cli("mix", "--from", "csv", "--real", beside, "--ratio", "1:0", stdin=as_csv(ROWS))
    assert done.code == 0, done.err
    assert len(done.rows) == len(ROWS) + 1


def test_shards_are_of_json_lines(cli, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(ROWS))
    done = cli("augment", path, "-m", "swap", "--shard", "1/2", "-o", tmp_path / "out")
    assert done.code == 2
    assert b"--shard 1/2 cuts JSON lines" in done.err


def test_a_file_is_read_as_it_comes_and_never_whole(tmp_path):
    path = tmp_path / "rows.csv"
    with path.open("wb") as file:
        file.write(b"text\n")
        file.writelines(b"row %d\n" % n for n in range(50_000))
        file.write(b'"open')
    source = iter(Source((str(path),)))
    assert isinstance(next(source), Record)  # long before the fault at its end
