import io

import orjson
import pytest
from making import as_bytes, made, real

from dataaug.errors import InputError, UsageError
from dataaug.rows.jsonl import MAX_LINE, Ids, LabelNotes, Source, read, reject_line, write
from dataaug.rows.reasons import REASONS
from dataaug.rows.record import Batch, Record, Reject, Schema


def rows_of(data, name="in.jsonl", **options):
    return list(Source(**options).rows(io.BytesIO(data), name))


GOOD = b'{"text":"good"}\n'

# what is wrong, the line, its reason, the message behind file:line
BAD = [
    ("cut off", b'{"text": "a', "bad_json", "column 12: the line ends too early (cut off?)"),
    ("no comma", b'{"text":"a" "b":1}', "bad_json", "column 13: "),
    ("nan", b'{"text":"a","x":NaN}', "bad_json", "column 17: NaN is not JSON; write null instead"),
    ("infinity", b'{"text":"a","x":-Infinity}', "bad_json", "column 17: -Infinity is not JSON"),
    ("nan behind letters", '{"text":"é","x":NaN}'.encode(), "bad_json", "column 17: NaN"),
    ("nan in a text", b'{"text":"x NaN y" "b":1}', "bad_json", "column 19: unexpected"),
    ("huge float", b'{"text":"a","x":1e400}', "bad_json", "column 1"),
    ("surrogate", b'{"text":"\\ud800"}', "bad_json", "a lone surrogate escape is not a character"),
    ("low surrogate", b'{"text":"\\udc00 b"}', "bad_json", "column 1"),
    ("utf8", b'{"text":"\xff"}', "bad_utf8", "byte 10 (0xff) is not valid UTF-8"),
    ("latin1", b'{"text":"caf\xe9"}', "bad_utf8", "byte 13 (0xe9) is not valid UTF-8"),
    ("utf16", '{"text":"a"}'.encode("utf-16"), "bad_utf8", "--encoding utf-16 reads it"),
    ("late bom", b'\xef\xbb\xbf{"text":"a"}', "bad_json", "a byte order mark stands in the middle"),
    ("deep", b'{"text":' + b"[" * 2000, "bad_json", "depth limit exceeded"),
    ("array", b'["text"]', "not_an_object", "expected a JSON object, found an array"),
    ("number row", b"17", "not_an_object", "expected a JSON object, found a number"),
    ("null row", b"null", "not_an_object", "expected a JSON object, found null"),
    ("truth row", b"true", "not_an_object", "expected a JSON object, found true or false"),
    ("no text", b'{"txt":"a","n":1}', "missing_text",
     "no field 'text' (fields here: 'txt', 'n'); name it by --text-field"),
    ("empty row", b"{}", "missing_text", "no field 'text' (fields here: none)"),
    ("number text", b'{"text":17}', "bad_text", "field 'text' should be a string, found a number"),
    ("null text", b'{"text":null}', "bad_text", "field 'text' should be a string, found null"),
    ("list text", b'{"text":["a"]}', "bad_text", "should be a string, found an array"),
    ("aug string", b'{"text":"a","_aug":"x"}', "bad_provenance",
     "the reserved key '_aug' should be an object, found a string"),
    ("aug number", b'{"text":"a","_aug":0}', "bad_provenance", "should be an object, found a num"),
    ("aug empty", b'{"text":"a","_aug":{}}', "bad_provenance", "should hold a string 'id'"),
    ("aug real", b'{"text":"a","_aug":{"id":"x","origin":"real"}}', "bad_provenance",
     "'origin': 'synthetic'"),
    ("aug id", b'{"text":"a","_aug":{"id":1,"origin":"synthetic"}}', "bad_provenance", "'id'"),
    ("aug root", b'{"text":"a","_aug":{"id":"x","origin":"synthetic","root":7}}',
     "bad_provenance", "string or null as 'root'"),
    ("aug method", b'{"text":"a","_aug":{"id":"x","origin":"synthetic","method":[]}}',
     "bad_provenance", "string or null as 'method'"),
]  # fmt: skip
NAMES = [name for name, *_ in BAD]


@pytest.mark.parametrize(("_name", "line", "_reason", "message"), BAD, ids=NAMES)
def test_bad_row_stops_the_run_with_file_and_line(_name, line, _reason, message):
    with pytest.raises(InputError) as caught:
        rows_of(GOOD + b"\n" + line + b"\n" + GOOD, "some/in.jsonl")
    said = str(caught.value)
    assert said.startswith("some/in.jsonl:3: ")
    assert message in said
    assert "--on-error skip" in said


@pytest.mark.parametrize(("_name", "line", "reason", "message"), BAD, ids=NAMES)
def test_bad_row_is_set_aside_with_its_bytes_when_asked(_name, line, reason, message):
    first, bad, last = rows_of(GOOD + line + b"\n" + GOOD, on_error="skip")
    assert (first.line, last.line) == (GOOD.strip(), GOOD.strip())
    assert (bad.stage, bad.reason, bad.raw, bad.where) == ("read", reason, line, ("in.jsonl", 2))
    assert message in bad.detail["message"]
    assert bad.reason in REASONS


@pytest.mark.parametrize(("_name", "line", "reason", "_message"), BAD, ids=NAMES)
def test_reject_of_a_bad_line_gives_its_bytes_back(_name, line, reason, _message):
    _, bad = rows_of(GOOD + line, on_error="skip")
    written = orjson.loads(reject_line(bad))
    if "raw" in written:
        assert written["raw"].encode() == line
    else:
        import base64

        assert base64.b64decode(written["raw_base64"]) == line
    note = written["_reject"]
    assert (note["stage"], note["reason"]) == ("read", reason)
    assert (note["file"], note["line"]) == ("in.jsonl", 2)


VERBATIM = [
    b'{"text":"a"}',
    b'{"n":123456789012345678901234567890,"text":"a"}',
    b'{"n":1.10,"m":1E5,"k":-0,"j":1e-400,"text":"a"}',
    b'{ "z" : 1 , "text" : "caf\\u00e9 \\/ x" , "a":[1,  2] }',
    b'{"text":"first","text":"second"}',
    '{"text":"line\u2028separator\u0085next"}'.encode(),
    '{"text":"日本語 😀","label":"é"}'.encode(),
    b'{"text":"","label":null}',
    b'{"text":"\\u0000\\n\\t"}',
    b'  {"text":"blanks around"}  ',
    b'{"text":"a","deep":' + b"[" * 900 + b"]" * 900 + b"}",
]


@pytest.mark.parametrize("line", VERBATIM)
def test_row_leaves_byte_for_byte_as_it_came(line):
    out = io.BytesIO()
    write(rows_of(line + b"\n"), out)
    assert out.getvalue() == line + b"\n"


def test_line_ends_of_all_systems_and_blank_lines_are_read():
    data = b'\xef\xbb\xbf{"text":"a"}\r\n\n  \t\r\n{"text":"b"}\n{"text":"c"}'
    found = rows_of(data)
    assert [row.line for row in found] == [b'{"text":"a"}', b'{"text":"b"}', b'{"text":"c"}']
    assert [row.where[1] for row in found] == [1, 4, 5]


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b" \n\t\n"])
def test_input_without_rows_has_no_rows(data):
    assert rows_of(data) == []


def test_lone_carriage_return_does_not_end_a_line():
    with pytest.raises(InputError, match=r"^in\.jsonl:1: column 14: unexpected"):
        rows_of(b'{"text":"a"}\r{"text":"b"}\n')


def test_row_of_ten_megabytes_is_read():
    line = orjson.dumps({"text": "word " * 2_000_000})
    (row,) = rows_of(line)
    assert row.line == line


def test_line_above_the_limit_is_refused_and_the_next_one_read():
    long = b'{"text":"' + b"a" * MAX_LINE + b'"}\n'
    bad, good = rows_of(long + GOOD, on_error="skip")
    assert (bad.reason, bad.where[1]) == ("line_too_long", 1)
    assert bad.detail["message"] == "the line is longer than 64 MiB"
    assert (good.line, good.where[1]) == (GOOD.strip(), 2)


@pytest.mark.parametrize(
    ("label", "read_as"),
    [(b'"x"', "x"), (b"null", None), (b"7", "7"), (b"1.5", "1.5"), (b"true", "true"),
     (b'["b","a"]', "a + b"), (b"[]", "(none)"), (b'{"b":1,"a":2}', '{"a":2,"b":1}'), (b'""', "")],
)  # fmt: skip
def test_label_of_any_kind_is_read_as_text(label, read_as):
    (row,) = rows_of(b'{"text":"a","label":' + label + b"}")
    assert row.label == read_as


def test_fields_can_have_other_names():
    schema = Schema(text="body", label="topic", id="key", spans="marks")
    (row,) = rows_of(b'{"body":"a","topic":"t","key":"k"}', schema=schema)
    assert (row.text, row.label, row.id) == ("a", "t", "k")


def test_row_without_id_is_named_by_its_content_and_not_by_its_spelling():
    one, other, third = rows_of(
        b'{"text":"a","n":1}\n{ "n": 1, "text": "\\u0061" }\n{"text":"b"}\n'
    )
    assert one.id == other.id
    assert one.id != third.id


@pytest.mark.parametrize("own", [b'"x"', b"7", b"-2", b"1.5", b"true", b"[1]"])
def test_rows_with_one_id_are_noticed(own):
    ids = Ids()
    row = b'{"text":"a","id":' + own + b"}\n"
    rows_of(row + b'{"text":"b","id":"other"}\n' + row + row, ids=ids)
    assert ids.repeated() == (2, [3, 4])


@pytest.mark.parametrize("own", [(b"-1", b"-2"), (b'"a"', b'"A"'), (b"1", b"1.5"), (b"0", b'""')])
def test_rows_with_different_ids_are_not_confused(own):
    ids = Ids()
    rows_of(b"".join(b'{"text":"a","id":%b}\n' % one for one in own), ids=ids)
    assert ids.repeated() == (0, [])


def test_number_and_its_text_are_one_id():
    ids = Ids()
    one, other = rows_of(b'{"text":"a","id":7}\n{"text":"b","id":"7"}\n', ids=ids)
    assert one.id == other.id
    assert ids.repeated() == (1, [2])


def test_repeated_ids_are_found_among_many_rows():
    ids = Ids()
    for number in range(60_000):
        ids.hashes.append(hash(str(number)))
    ids.hashes.append(hash("5"))
    assert ids.repeated() == (1, [60_001])


def test_rows_without_ids_are_not_reported_as_repeated():
    ids = Ids()
    rows_of(GOOD * 3 + b'{"text":"a","id":null}\n{"text":"a","id":""}\n', ids=ids)
    assert ids.repeated() == (0, [])


def test_foreign_rows_are_marked_as_synthetic_and_keep_their_other_bytes():
    line = b'{"n":1.10, "big":123456789012345678901234567890,"text":"a" }'
    (row,) = rows_of(line, origin="synthetic")
    assert not row.is_real
    assert row.line.startswith(line.removesuffix(b" }"))
    aug = orjson.loads(row.line)["_aug"]
    assert aug == dict(row.aug)
    assert (aug["origin"], aug["parent"], aug["root"]) == ("synthetic", None, None)
    assert row.method == "foreign"


def test_rows_that_say_they_are_synthetic_keep_their_provenance_when_marked():
    own = made("a", "x", method="swap(rate=0.1)")
    (row,) = rows_of(own.line, origin="synthetic")
    assert row.line == own.line
    assert row.method == "swap"


def test_marked_rows_have_ids_that_a_second_reading_gives_again():
    first, second = (rows_of(b'{"text":"a"}\n{"text":"b"}\n', origin="synthetic") for _ in "12")
    assert [row.id for row in first] == [row.id for row in second]
    assert first[0].id != first[1].id


def test_synthetic_row_cannot_call_itself_real():
    row = made("a", method="real")
    assert not row.is_real
    assert row.method != "real"


def test_reject_keeps_the_bytes_of_the_row_and_adds_the_reason():
    line = b'{"text":"a", "n":1.10 }'
    (row,) = rows_of(line)
    out = reject_line(Reject("filter", "too_short", row, {"found": 1}))
    assert out == (b'{"text":"a", "n":1.10,"_reject":'
                   b'{"stage":"filter","reason":"too_short","detail":{"found":1}}}')  # fmt: skip


def test_row_that_is_rejected_again_carries_the_last_reason_once():
    (row,) = rows_of(b'{"text":"a","_reject":{"stage":"filter","reason":"too_long"}}')
    out = reject_line(Reject("mix", "over_ratio", row))
    assert out.count(b"_reject") == 1
    assert orjson.loads(out)["_reject"]["reason"] == "over_ratio"


def test_rejected_rows_can_be_read_as_rows_again():
    row = real("a", "x")
    out = reject_line(Reject("filter", "too_short", row))
    (again,) = rows_of(out)
    assert (again.text, again.label, again.is_real) == ("a", "x", True)


def test_write_puts_rows_and_rejects_into_their_streams():
    keep, drop = real("a"), real("b")
    rows, rejects = io.BytesIO(), io.BytesIO()
    write([keep, Reject("filter", "too_short", drop)], rows, rejects)
    assert rows.getvalue() == as_bytes([keep])
    assert rejects.getvalue() == reject_line(Reject("filter", "too_short", drop)) + b"\n"


def test_write_without_a_place_for_rejects_drops_them():
    rows = io.BytesIO()
    write([Reject("filter", "too_short", real("b"))], rows)
    assert rows.getvalue() == b""


def test_read_goes_through_files_in_order_and_counts_lines_in_each(tmp_path):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_bytes(b'{"text":"a"}')
    two.write_bytes(b'\xef\xbb\xbf{"text":"b"}\n{"text":"c"}\n')
    found = list(read(str(one), str(two)))
    assert [row.text for row in found] == ["a", "b", "c"]
    assert [row.where for row in found] == [(str(one), 1), (str(two), 1), (str(two), 2)]


def test_stdin_cannot_be_read_twice():
    with pytest.raises(UsageError, match="only once"):
        list(Source(("-", "-")))


def test_record_survives_the_way_to_a_worker():
    import pickle

    row = made("a", "x", method="swap(rate=0.1)", n=1)
    again = pickle.loads(pickle.dumps(row))
    assert isinstance(again, Record)
    for name in ("line", "text", "label", "id", "root", "method", "is_real"):
        assert getattr(again, name) == getattr(row, name)


def test_a_batch_reaches_a_worker_row_by_row_as_it_was():
    import pickle

    rows = [real("one", "a", id="r1"), made("two", "b", name="m2"), real("three", None)]
    other = Record(b'{"t":"x"}', {"t": "x"}, "x", None, Schema(text="t"), ("file", 9))
    for given in ([], rows, [*rows, other]):
        batch = pickle.loads(pickle.dumps(Batch(given)))
        assert isinstance(batch, Batch)
        assert [(row.line, row.text, row.label, row.id, row.is_real, row.method, row.where,
                 row.schema) for row in batch] == [
            (row.line, row.text, row.label, row.id, row.is_real, row.method, row.where, row.schema)
            for row in given
        ]  # fmt: skip


def test_a_reject_is_pickled_whole():
    import pickle

    for given in (
        Reject("augment", "unchanged", None, {"method": "typo", "variant": 3}),
        Reject("read", "bad_json", None, {"message": "no"}, b"{", ("file", 2)),
    ):
        assert pickle.loads(pickle.dumps(given)) == given


def labels_of(*written):
    labels = LabelNotes()
    rows_of(b"".join(b'{"text":"a","label":%b}\n' % one for one in written), labels=labels)
    return list(labels.warnings())


@pytest.mark.parametrize(
    "written",
    [(b"1", b'"1"'), (b'"1"', b"1"), (b"1.5", b'"1.5"'), (b"true", b'"true"'),
     (b"12345678901234567890123", b'"12345678901234567890123"')],
)  # fmt: skip
def test_labels_that_only_their_way_of_writing_tells_apart_are_said_to_be_one_class(written):
    (said,) = labels_of(*written, *written)
    assert said.startswith("1 labels are a string in some rows and another value in others")
    assert repr(max(written, key=len).decode().strip('"')) in said


def test_labels_that_are_one_number_in_two_spellings_are_said_to_be_two_classes():
    (said,) = labels_of(b"1", b"1.0", b"0", b"-0.0", b"2", b"2", b"true")
    assert said.startswith("2 labels are one number in several spellings")
    assert "-0.0 and 0; 1 and 1.0" in said
    assert labels_of(b"1", b"2", b"2", b"12345678901234567890123") == []


def test_labels_that_are_objects_are_said_to_be_classes_of_their_own():
    (said,) = labels_of(b'[["a"]]', b'[{"x":1}]', b'{"x":1}', b'"a"')
    assert said.startswith("3 rows have an object, or a list of lists or objects, as their label")


@pytest.mark.parametrize(
    "written",
    [(b'"a"', b'"b"', b"null"), (b"0", b"1"), (b"true", b"false"), (b"1", b'"one"'),
     (b"1", b"2.5")],
)  # fmt: skip
def test_labels_of_one_kind_are_nothing_to_speak_of(written):
    assert labels_of(*written) == []


def test_labels_are_remembered_in_little_memory():
    labels = LabelNotes()
    rows_of(b"".join(b'{"text":"a","label":"%d"}\n{"text":"a","label":%d.5}\n' % (n, n)
                     for n in range(6_000)), labels=labels)  # fmt: skip
    assert (len(labels.texts), len(labels.others)) == (5_000, 5_000)


@pytest.mark.parametrize("verb", ["augment", "mix", "balance", "filter"])
def test_odd_labels_are_said_on_stderr_and_in_the_report(cli, tmp_path, verb):
    rows = b"".join(b'{"text":"I bought the kettle number %d","label":%b}\n' % (n, label)
                    for n, label in enumerate([b"1", b'"1"', b'["a","b"]', b"1"]))  # fmt: skip
    extra = {"balance": ("--with", "oversample", "--to", "1"), "filter": ("--check", "exact")}
    done = cli(verb, *extra.get(verb, ()), "--report", tmp_path / "r.json", stdin=rows)
    assert done.code == 0, done.err
    said = orjson.loads((tmp_path / "r.json").read_bytes())["warnings"]
    assert [w for w in said if w.startswith("1 labels are a string")]
    assert [w for w in said if w.startswith("1 rows have a list")]
    assert b"'1' is a number in some rows" in done.err


def test_labels_of_a_train_and_a_test_set_are_compared_too(cli, tmp_path):
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    train.write_bytes(b'{"text":"the first kettle","label":1}\n')
    test.write_bytes(b'{"text":"another toaster","label":"1"}\n')
    done = cli("augment", train, "--against", test, "-m", "typo")
    assert b"'1' is a number in some rows" in done.err
