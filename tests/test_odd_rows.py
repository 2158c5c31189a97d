"""Rows that no verb may stumble over: nested labels and ids, keys that stand twice; odd prompts."""

import orjson
import pytest
from making import as_bytes, made, real

from dataaug.cli import app
from dataaug.errors import UsageError
from dataaug.llms.templates import PromptTemplate, read_prompt
from dataaug.rows.jsonl import LabelNotes, Source, read
from dataaug.rows.record import Reject

DEEP = b"[" * 300 + b"1" + b"]" * 300
OBJECTS = b'{"a":' * 300 + b"1" + b"}" * 300
HASHING = ("--embedder", "hashing")
VERBS = {
    "augment": ("augment", "-m", "swap"),
    "balance": ("balance", "--with", "oversample"),
    "filter": ("filter", "--check", "length", "--check", "exact", "--include-real"),
    "mix": ("mix",),
    "split": ("split", *HASHING, "--test-out", "test.out"),
    "compare": ("compare", "--measure", "length"),
    "evaluate": ("evaluate", "--train", "train.jsonl", "--test", "test.jsonl", *HASHING,
                 "--classifier", "tfidf", "--repeats", "3"),
    "spotcheck": ("spotcheck", "--review", "file", "--sample", "sample.jsonl"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parent = real("a text of a few words", "a", id="p")
    good = as_bytes(
        [parent, *(made(f"a made text number {n}", "ab"[n % 2], parent=parent) for n in range(9))]
    )
    reals = [real(f"the {w} car number {n}", "ab"[n % 2], id=f"{w}{n}")
             for w in ("big", "old") for n in range(20)]  # fmt: skip
    (tmp_path / "train.jsonl").write_bytes(as_bytes(reals[:20]))
    (tmp_path / "test.jsonl").write_bytes(as_bytes(reals[20:]))
    (tmp_path / "good.jsonl").write_bytes(good)
    return tmp_path


def left(*args):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["dataaug", *args])
        return app._code()


@pytest.mark.parametrize("field", ["label", "id", "meta"])
@pytest.mark.parametrize("value", [DEEP, OBJECTS])
@pytest.mark.parametrize("verb", VERBS)
def test_a_value_that_is_nested_deep_is_no_traceback(there, capsys, verb, field, value):
    label = b"" if field == "label" else b'"label":"a",'
    row = b'{"text":"some more words here",%b"%b":%b}\n' % (label, field.encode(), value)
    name = "train.jsonl" if verb in {"split", "balance"} else "good.jsonl"
    good = (there / name).read_bytes()
    (there / "in.jsonl").write_bytes(good + row)
    args = (*VERBS[verb], "in.jsonl", "--rejects", "gone.jsonl", "-o", "out.jsonl")
    args = args[:-2] if verb == "spotcheck" else args
    failed = left(*args)
    said = capsys.readouterr().err
    assert failed in ({0} if field == "meta" and verb != "augment" else {0, 3}), said
    if field != "meta":
        assert failed == 3
        assert f"{len(good.splitlines()) + 1}: field '{field}' is nested too deep" in said
    assert left(*args, "--on-error", "skip") == 0
    if field != "meta":
        gone = [orjson.loads(line) for line in (there / "gone.jsonl").read_bytes().splitlines()]
        assert f"bad_{field}" in {row["_reject"]["reason"] for row in gone}


def test_ids_and_labels_that_can_be_written_are_names_as_before():
    source = Source(on_error="skip")
    import io

    lines = b'{"text":"a","id":[1],"label":{"b":1}}\n{"text":"b","id":[1],"label":2}\n'
    found = list(source.rows(io.BytesIO(lines), "x"))
    assert [row.id for row in found] == ["[1]", "[1]"]
    assert [row.label for row in found] == ['{"b":1}', "2"]
    assert source.ids.repeated() == (1, [2])


@pytest.mark.parametrize(
    "line",
    [
        b'{"text":"a","label":"x","label":"y"}',
        b'{"text" : "a" , "text" : "b"}',
        b'{"text":"a","meta":{"k":1,"k":2}}',
        b'{"text":"a","meta":[{"k":1},{"k":2,"j":1,"k":2}]}',
        b'{"text":"a","\\u0074ext":"b"}',
    ],
)
def test_a_key_that_stands_twice_is_said_once_with_its_place(there, capsys, line):
    (there / "in.jsonl").write_bytes(b'{"text":"z"}\n' + line + b"\n" + line + b"\n")
    assert left("mix", "in.jsonl", "-o", "out.jsonl") == 0
    said = [row for row in capsys.readouterr().err.splitlines() if "stands twice" in row]
    assert len(said) == 1
    assert said[0].startswith("mix: warning: in.jsonl:2: the key ")


@pytest.mark.parametrize(
    "line",
    [
        b'{"text":"a","meta":{"text":1,"meta":{"text":2}}}',
        rb'{"text":"he said \"a\": b, \"a\": c","label":"\":\":"}',
        b'{"text":"a","meta":[{"k":1},{"k":2}]}',
        b'{"text":"a","meta":%b}' % DEEP,
    ],
)
def test_what_only_looks_like_a_key_twice_is_not_said(tmp_path, line):
    (tmp_path / "in.jsonl").write_bytes(line + b"\n")
    source = Source((str(tmp_path / "in.jsonl"),), labels=LabelNotes())
    assert [row for row in source if isinstance(row, Reject)] == []
    assert list(source.labels.warnings()) == []


def test_a_row_is_read_as_before_where_a_key_stands_twice(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(b'{"text":"a","text":"b"}\n')
    (row,) = read(str(tmp_path / "in.jsonl"))
    assert (row.text, row.line) == ("b", b'{"text":"a","text":"b"}')


VALUES = {"n": 0, "text": "x", "rows": [1]}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("a\nb\n{{ nope }}", 3),
        ("{{ 1 / n }}", 1),
        ("a\n{% for x in rows %}\n{{ x.y.z }}\n{% endfor %}", 3),
        ("a\n{{ text[5] + 1 }}", 2),
        ("a\n{{ rows.append(1) }}", 2),
        ("a\n{{ text.__class__.__mro__ }}", 2),
        ("a\n{{ {}['k'] }}", 2),
        ("a\n{{ 'x' * (10 ** 20) }}", 2),
        ("a\n{{ text | nofilter }}", 2),
        ("a\n{% if %}", 2),
        ("sys\n---\nuser\n{{ nope }}", 4),
        ("sys\n---\nuser\n{% if %}", 4),
        ("{{ range(10**9) }}", 1),
        ("{% include 'other' %}", 1),
        ("a\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 2),
    ],
)
def test_a_prompt_that_fails_is_a_usage_error_with_its_line(source, line):
    with pytest.raises(UsageError, match=rf"prompt template .*\(line {line}\)"):
        PromptTemplate(source).messages(VALUES)


def test_a_prompt_that_the_compiler_refuses_is_a_usage_error():
    with pytest.raises(UsageError, match="prompt template is not valid"):
        PromptTemplate("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}")


def test_a_prompt_file_that_cannot_be_read_is_a_usage_error(tmp_path):
    (tmp_path / "latin").write_bytes("one\ntwo é\n".encode("latin-1"))
    with pytest.raises(UsageError, match=r"latin: line 2 is not UTF-8"):
        read_prompt(str(tmp_path / "latin"))
    (tmp_path / "loop").symlink_to("loop")
    for name in ("nowhere", "loop", "n" * 300, "."):
        with pytest.raises(UsageError, match="can't be read"):
            read_prompt(str(tmp_path / name))


@pytest.mark.parametrize(
    "verb",
    [
        ("generate", "--label", "a=1"),
        ("balance", "train.jsonl", "--to", "15", "--with", "generate"),
    ],
)
def test_both_verbs_leave_with_two(there, capsys, verb):
    (there / "replies").write_bytes(b'{"text":"[]"}\n')
    model = ("--llm", "replay", "--model", "replies")
    assert left(*verb, *model, "--prompt", "nowhere") == 2
    (there / "own").write_text("a\n{{ 1 / 0 }}\n")
    assert left(*verb, *model, "--prompt", "own") == 2
    assert "(line 2)" in capsys.readouterr().err
