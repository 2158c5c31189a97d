"""Rows as tables, folders and chats, and back: nothing is lost on the way."""

import io
import re
import string

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import as_bytes, made, real

import dataaug as da
from dataaug import plugins
from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.chats import from_chat, to_chat
from dataaug.rows.formats import FileForm, parse_types
from dataaug.rows.jsonl import Source
from dataaug.rows.labels import is_list_as_text
from dataaug.rows.record import Reject, Schema, from_line
from dataaug.rows.renaming import Renaming

NAMES = st.text(string.ascii_lowercase + "ä _.", min_size=1, max_size=6)
TEXTS = st.one_of(
    # A table with NUL in it is taken for binary data.
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    st.sampled_from(["", "007", "1.10", "true", "null", '"', "a\r\nb", "\ttab", "[1]", "{}", "=1"]),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
LABELS = SCALARS.filter(lambda value: not (isinstance(value, str) and is_list_as_text(value)))
VALUES = st.recursive(
    SCALARS,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(NAMES, each, max_size=3),
    max_leaves=6,
)
AUG = st.fixed_dictionaries(
    {"id": st.just("x"), "origin": st.just("synthetic"), "parent": st.sampled_from([None, "r"]),
     "root": st.none(), "method": st.just("m")},
    optional={"variant": st.integers(0, 9), "edits": st.lists(st.fixed_dictionaries(
        {"start": st.integers(0, 9), "from": TEXTS}), max_size=2), "notes": VALUES},
)  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": TEXTS.filter(bool)},
        optional={"label": LABELS, "id": SCALARS, "extra": VALUES, "n": NUMBERS, "_aug": AUG,
                  "messages_": st.lists(st.fixed_dictionaries({"role": TEXTS, "content": TEXTS}))},
    ),
    min_size=1, max_size=6,
)  # fmt: skip
FORMATS = ["json", "csv", "parquet", "arrow"]


def there(row, *, empty=()):
    """Return a row without fields that have no value: a table can't tell them from none."""
    return {name: value for name, value in row.items() if value is not None and value not in empty}


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_rows_come_back_from_a_file_of_each_format(form, rows, tmp_path_factory):
    if form in {"parquet", "arrow"}:
        pytest.importorskip("pyarrow")
    lines = [orjson.dumps(row) for row in rows]
    path, out = tmp_path_factory.getbasetemp() / f"back.{form}", io.BytesIO()
    said = plugins.load("formats", Spec(form)).write(iter(lines), out)
    path.write_bytes(out.getvalue())
    types = parse_types(said.split()[1]) if said.startswith("--types") else {}
    found = list(Source((str(path),), reading=FileForm(types=types)))
    lost = ("",) if form == "csv" else ()
    expected = [row if form == "json" else there(row, empty=lost) for row in rows]
    read = [orjson.loads(row.line) for row in found]
    assert _plain(read if form == "json" else [there(row, empty=lost) for row in read]) == _plain(
        expected
    )


def _plain(rows):
    return orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
@pytest.mark.parametrize("chat", ["trl", "alpaca"])
def test_rows_come_back_from_chats(chat, rows):
    for row in rows:
        record = from_line(orjson.dumps(row), Schema())
        made_ = to_chat(record, chat, "label")
        if isinstance(made_, Reject):
            assert row.get("label") is None
            assert made_.reason == "missing_answer"
            continue
        assert from_chat(orjson.loads(made_), chat, "label", "text") == row


LINES = [
    b'{"id":7,"text":"a","label":"x","n":1.10,"big":123456789012345678901234567890}',
    b'{"id":8,"text":"b","label":"y","n":2.5,"big":null}',
]


@pytest.mark.parametrize("form", ["json", "parquet", "csv", "jsonl", "datasets"])
def test_the_command_writes_a_format_by_the_ending_and_reads_it_back(cli, tmp_path, form):
    for package in {"parquet": ["pyarrow"], "datasets": ["pyarrow", "datasets"]}.get(form, ()):
        pytest.importorskip(package)
    source, there_, back = (tmp_path / name for name in ("in.jsonl", f"out.{form}", "back.jsonl"))
    source.write_bytes(b"\n".join(LINES))
    done = cli("convert", source, "-o", there_, *(["--to", form] if form == "datasets" else []))
    assert done.code == 0, done.err
    types = re.search(rb"--types (\S+)", done.err)
    again = cli("convert", there_, "-o", back, *(["--types", types[1].decode()] if types else []))
    assert again.code == 0, again.err
    first, second = back.read_bytes().splitlines()
    digits = b"1.1" if form in {"parquet", "datasets"} else b"1.10"
    assert first == LINES[0].replace(b"1.10", digits)
    assert orjson.loads(second) | {"big": None} == orjson.loads(LINES[1])


def test_real_tools_read_what_is_written(tmp_path, cli):
    pd, datasets = pytest.importorskip("pandas"), pytest.importorskip("datasets")
    pytest.importorskip("pyarrow")
    rows = [real(f"text {n}", "ab"[n % 2], id=n) for n in range(4)]
    rows.append(made("a child", "a", parent=rows[0], name="99", id=99))
    source = tmp_path / "in.jsonl"
    source.write_bytes(as_bytes(rows))
    for name in ("o.parquet", "o.csv"):
        assert cli("convert", source, "-o", tmp_path / name, "--provenance", "flat").code == 0
    table, sheet = pd.read_parquet(tmp_path / "o.parquet"), pd.read_csv(tmp_path / "o.csv")
    assert str(table["id"].dtype) == str(sheet["id"].dtype) == "int64"
    assert list(table["aug_origin"]) == list(sheet["aug_origin"]) == ["real"] * 4 + ["synthetic"]
    assert cli("convert", source, "-o", tmp_path / "saved", "--to", "datasets").code == 0
    loaded = datasets.load_from_disk(str(tmp_path / "saved"))
    assert loaded["text"][:] == [row.text for row in rows]
    assert loaded[0]["_aug"] is None
    again = cli("convert", tmp_path / "saved", "-o", tmp_path / "saved", "--to", "datasets")
    assert again.code == 2  # it is there


def test_chats_are_what_trainers_read(cli, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id":"x","text":"Where is it?","label":"delivery","n":1.10}\n')
    turns = [{"role": "user", "content": "Where is it?"},
             {"role": "assistant", "content": "delivery"}]  # fmt: skip
    openai = cli("convert", source, "--chat", "openai")
    assert openai.rows == [{"messages": turns}]
    assert b"--chat openai has no place for id, n; --chat trl keeps other fields" in openai.err
    done = cli("convert", source, "--chat", "trl")
    assert done.rows == [{"messages": turns, "id": "x", "n": 1.1}]
    assert b'"n":1.10' in done.out
    (alpaca,) = cli("convert", source, "--chat", "alpaca").rows
    assert alpaca == {"instruction": "Where is it?", "output": "delivery", "input": "", "id": "x",
                      "n": 1.1}  # fmt: skip


def test_an_answer_is_of_the_field_that_is_named(cli, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"text":"Name a river.","input":"in Spain","output":"Ebro"}\n'
                       b'{"text":"no answer"}\n')  # fmt: skip
    done = cli("convert", source, "--chat", "trl", "--answer", "output", "--rejects",
               tmp_path / "gone")  # fmt: skip
    assert [turn["content"] for turn in done.rows[0]["messages"]] == ["Name a river.", "Ebro"]
    assert b'"missing_answer"' in (tmp_path / "gone").read_bytes()
    back = cli("convert", "--from-chat", "trl", "--answer", "output", stdin=done.out)
    assert back.rows == [{"text": "Name a river.", "output": "Ebro", "input": "in Spain"}]
    assert cli("convert", source, "--answer", "output").code == 2  # nothing reads it


def test_a_long_chat_stays_one():
    fields = {"messages": [{"role": "system", "content": "Be kind."},
                           {"role": "user", "content": "Hi"},
                           {"role": "assistant", "content": "Yo"}], "id": 1}  # fmt: skip
    row = from_chat(fields, "openai", "label", "text")
    assert row == {"text": "Hi", **fields}
    record = from_line(orjson.dumps(row), Schema())
    assert orjson.loads(to_chat(record, "trl", "label")) == fields
    assert orjson.loads(to_chat(record, "openai", "label")) == {"messages": fields["messages"]}


@pytest.mark.parametrize(
    ("chat", "line", "said"),
    [("openai", b'{"text":"a"}', b"expected 'messages'"), ("trl", b'{"messages":"a"}', b"expected"),
     ("openai", b'{"messages":[{"role":"assistant","content":"a"}]}', b"no user says a text"),
     ("alpaca", b'{"instruction":"a"}', b"'instruction' and 'output'"),
     ("trl", b"no", b"<stdin>:1")],
)  # fmt: skip
def test_what_is_no_chat_is_a_bad_row(cli, chat, line, said):
    done = cli("convert", "--from-chat", chat, stdin=line + b"\n")
    assert (done.code, done.out) == (3, b"")
    assert said in done.err
    assert b"<stdin>:1" in done.err


def test_unknown_formats_and_a_folder_on_stdout_are_refused(cli):
    row = b'{"text":"a"}\n'
    assert cli("convert", "--to", "xlsx", stdin=row).code == 2
    assert cli("convert", "--to", "datasets", stdin=row).code == 2
    assert cli("convert", "--to", "tsv", stdin=row).code == 2
    assert cli("convert", "--to", "csv", stdin=row).out == b"text\r\na\r\n"


def test_python_writes_what_the_command_writes(cli, tmp_path):
    pytest.importorskip("pyarrow")
    rows = [real(f"text {n}", "ab"[n % 2], id=n) for n in range(4)]
    rows.append(made("a child", "a", parent=rows[0], name="99", id=99))
    source = tmp_path / "in.jsonl"
    source.write_bytes(as_bytes(rows))
    flat = da.convert(source, provenance="flat")
    assert flat.write_as(tmp_path / "py.csv").startswith("--types id=number")
    assert flat.write_as(tmp_path / "py.parquet") == ""
    done = cli("convert", source, "-o", tmp_path / "cli.csv", "--provenance", "flat")
    assert done.code == 0
    assert (tmp_path / "py.csv").read_bytes() == (tmp_path / "cli.csv").read_bytes()
    back = da.convert(tmp_path / "py.parquet", provenance="nested")
    assert back.to_dicts() == [dict(row.fields) for row in rows]
    assert (back.report.read_synthetic, back.report.written_synthetic) == (1, 1)


def test_python_makes_chats_of_rows_and_rows_of_chats():
    rows = [{"id": 1, "text": "Where?", "label": "delivery"}, {"id": 2, "text": "no answer"}]
    chats = da.convert(rows, chat="openai")
    (line,) = chats.to_dicts()
    assert line["messages"][1]["content"] == "delivery"
    assert [reject.reason for reject in chats.rejects] == ["missing_answer"]
    assert chats.report.warnings == [
        'chat="openai" has no place for id; chat="trl" keeps other fields'
    ]
    lines = da.convert(rows[:1], chat="trl").to_dicts()
    assert lines == [{"messages": lines[0]["messages"], "id": 1}]
    assert da.convert(lines, from_chat="trl").to_dicts() == rows[:1]
    assert da.convert(da.convert(rows[:1], chat="trl"), from_chat="trl").to_dicts() == rows[:1]


@pytest.mark.parametrize("name", ["provenance", "chat", "from_chat"])
def test_python_refuses_what_is_no_choice(name):
    with pytest.raises(UsageError, match=f"{name}= 'x': choose from"):
        da.convert([{"text": "a"}], **{name: "x"})


def test_openai_keeps_the_fields_that_its_files_have():
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    fields = {"messages": turns, "tools": [{"type": "function"}], "parallel_tool_calls": False}
    record = from_line(orjson.dumps({"text": "u", "id": 1, **fields}), Schema())
    assert orjson.loads(to_chat(record, "openai", "label")) == fields


def test_fields_get_the_names_that_every_command_reads(cli, tmp_path):
    table = tmp_path / "tickets.csv"
    table.write_text("Nr;Nachricht;Thema\n007;Wo ist es?;Lieferung\n", encoding="cp1252")
    out = tmp_path / "data.jsonl"
    named = ("--text-field", "Nachricht", "--label-field", "Thema", "--id-field", "Nr")
    done = cli("convert", table, *named, "--rename", "-o", out)
    assert done.code == 0, done.err
    assert orjson.loads(out.read_bytes()) == {
        "id": "007",
        "text": "Wo ist es?",
        "label": "Lieferung",
    }
    [row] = da.convert(out).rows
    assert (row.text, row.label, row.id) == ("Wo ist es?", "Lieferung", "007")


def test_renaming_keeps_order_numbers_and_provenance():
    aug = {"id": "s", "origin": "synthetic", "parent": "r", "root": "r", "method": "m"}
    line = b'{"n":1.10,"label":"x","body":"a","big":12345678901234567890123,"_aug":%b}'
    schema = Schema(text="body", label="label")
    row = from_line(line % orjson.dumps(aug), schema)
    found = Renaming(schema)(row)
    assert found.line == row.line.replace(b'"body"', b'"text"')
    assert (found.text, found.method, found.is_real) == ("a", "m", False)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({}, UsageError, "--text-field"),
        ({"text_field": "data.text"}, UsageError, "a path"),
        ({"text_field": ["title", "text"]}, UsageError, "several text fields"),
        ({"text_field": "title"}, InputError, "'title' can't be called 'text'"),
    ],
)
def test_what_cannot_be_renamed_is_refused(options, error, said):
    rows = [{"title": "a", "text": "b", "data": {"text": "c"}}]
    with pytest.raises(error, match=said.replace("--text-field", "text_field")):
        list(da.convert(rows, rename=True, **options).rows)
