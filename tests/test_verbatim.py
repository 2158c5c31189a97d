"""A row keeps its numbers in every verb, and rows that differ in them are not one."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import real

from dataaug.generation.tasks import Brief, Label, RowGroup
from dataaug.llms import Reply
from dataaug.mixing import Mixing, mix
from dataaug.plugins import Spec, load
from dataaug.privacy.detectors import Entity
from dataaug.privacy.sources import mask_rows
from dataaug.review.relabel import relabelled
from dataaug.rows.annotations import annotations_of, moved
from dataaug.rows.derived import make_child
from dataaug.rows.jsonl import Ids, Source, reject_line
from dataaug.rows.record import Reject, Schema, from_line
from dataaug.rows.spans import Edit
from dataaug.rows.verbatim import as_written, edited, exact, value_of

NUMBERS = (b'"price":1.10,"big":12345678901234567890123,"e":1E5,"zero":-0,"tiny":1e-400,'
           b'"deep":[{"x":0.1000000000000000000000001}]')  # fmt: skip
AUG = b'"_aug":{"id":"b","origin":"synthetic","parent":"a","root":"a","method":"m","score":0.50}'


def row(line):
    return from_line(line, Schema())


def test_a_row_without_provenance_keeps_its_numbers_spaces_and_escapes():
    start = b'{"id":"b", "text":"caf\\u00e9 \\/ {\\"_aug\\":1}","label":"x",' + NUMBERS
    for line, bare in (
        (start + b", " + AUG + b"}", start + b"}"),
        (start[:9] + b"," + AUG + start[9:] + b"}", start + b"}"),
        (b"{" + AUG + b"," + start[1:] + b"}", start + b"}"),
    ):
        (found,) = mix([row(line)], Mixing(0.0, provenance="none"))
        assert found.line == bare
        assert not found.is_real


def test_a_row_nested_deeper_than_orjson_writes_can_leave_without_provenance():
    deep = b'{"text":"a","deep":' + b"[" * 600 + b"]" * 600
    (found,) = mix([row(deep + b"," + AUG + b"}")], Mixing(0.0, provenance="none"))
    assert found.line == deep + b"}"


def test_a_row_with_a_new_label_keeps_its_numbers():
    line = b'{"text":"t","label":7.50,' + NUMBERS + b"," + AUG + b"}"
    found = relabelled(row(line), "8", ["ann"])
    assert found.line == line.replace(b'"label":7.50', b'"label":8', 1).replace(
        b'"score":0.50}', b'"score":0.50,"relabelled":{"label":7.50,"reviewers":["ann"]}}'
    )
    assert found.label == "8"
    unlabelled = relabelled(row(b'{"text":"t",' + AUG + b"}"), "x", ["ann"])
    assert unlabelled.line.endswith(b'"label":"x"}')
    assert orjson.loads(unlabelled.line)["_aug"]["relabelled"]["label"] is None


def test_a_row_that_is_rejected_twice_keeps_its_numbers():
    line = b'{"text":"t",' + NUMBERS + b',"_reject":{"stage":"filter"}}'
    again = reject_line(Reject("mix", "over_ratio", row(line)))
    assert again.startswith(b'{"text":"t",' + NUMBERS + b',"_reject":{"stage":"mix"')


def test_a_child_keeps_the_numbers_of_its_parent_and_of_its_spans():
    line = b'{"text":"an old cat","spans":[{"start":7,"end":10,"sure":0.90}],' + NUMBERS + b"}"
    parent = row(line)
    edits = [Edit(3, 6, "young")]
    changed = moved(parent, annotations_of(parent), edits, "an young cat")
    child = make_child(parent, "an young cat", method="m", variant=0, seed=1, edits=edits,
                       changed=changed)  # fmt: skip
    assert b'"spans":[{"start":9,"end":12,"sure":0.90}],' + NUMBERS in child.line
    assert annotations_of(child).spans == ((9, 12),)
    assert child.fields["price"] == 1.1


def test_a_rewritten_row_keeps_the_numbers_of_the_fields_that_go_over():
    given_row = row(b'{"text":"Call Ann","label":2.50,"when":20261130101530123456,"price":1.10}')
    (source,), _ = mask_rows([given_row], lambda texts: [[Entity(5, 8, "NAME")] for _ in texts], (),
                          ("when", "price"))  # fmt: skip
    assert orjson.dumps(dict(source.kept)) == b'{"when":20261130101530123456,"price":1.10}'
    assert b'"label":2.50' in source.row.line
    assert source.row.label == "2.5"


def test_a_generated_row_has_its_label_as_the_examples_have_it():
    examples = (row(b'{"text":"one","label":2.50}'),)
    task = load("tasks", Spec("classification"))(Brief((Label("2.5", 1),), examples))
    (item,) = task.read(RowGroup("2.5", 1, "2.5"), None, Reply('{"items": ["another text"]}'))
    assert orjson.dumps(item.fields) == b'{"text":"another text","label":2.50}'


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"12345678901234567890123", b"12345678901234567890124"),
     (b"18446744073709551617", b"18446744073709551618"),
     (b"0.10000000000000000000001", b"0.10000000000000000000002"),
     (b"1e-400", b"2e-400"), (b"[18446744073709551617]", b"[18446744073709551618]")],
)  # fmt: skip
@pytest.mark.parametrize("form", [b'{"text":"a","n":%b}', b'{"text":"a","id":%b}'])
def test_rows_that_differ_beyond_64_bits_have_ids_of_their_own(form, one, other):
    assert row(form % one).id != row(form % other).id


def test_ids_and_labels_beyond_64_bits_are_named_by_all_their_digits():
    found = row(b'{"text":"a","id":12345678901234567890123,"label":12345678901234567890124}')
    assert (found.id, found.label) == ("12345678901234567890123", "12345678901234567890124")
    ids = Ids()
    rows = [b'{"text":"a","id":1234567890123456789012%d}' % n for n in range(3)]
    assert len(list(Source(ids=ids).rows(iter_lines(rows), "in"))) == 3
    assert ids.repeated() == (0, [])


def iter_lines(rows):
    import io

    return io.BytesIO(b"\n".join(rows))


@pytest.mark.parametrize(
    "pair",
    [(b"1.10", b"1.1"), (b"1E5", b"100000.0"), (b"1e30", b"1000000000000000000000000000000"),
     (b"1e23", b"100000000000000000000000"), (b"0.30", b"0.3")],
)  # fmt: skip
def test_rows_whose_numbers_are_equal_have_one_id_however_they_are_spelt(pair):
    one, other = (row(b'{"text":"a","n":%b}' % n) for n in pair)
    assert one.id == other.id


def test_ids_of_rows_that_64_bits_hold_are_those_of_earlier_versions():
    assert row(b'{"text":"a","n":1.10,"m":1234567890123456789}').id == real(
        "a", n=1.1, m=1234567890123456789).id  # fmt: skip
    assert row(b'{"text":"a","n":1.10}').id == "82d74d1bd15f0183"


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text("a\"\\é{}[]:, \n")
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab{\"\\,:"), inner),
    max_leaves=8,
)  # fmt: skip
objects = st.dictionaries(st.text('ab"{,:\\ é'), plain, max_size=5)


@given(objects, st.dictionaries(st.text("abc"), plain, max_size=3), st.booleans())
def test_edits_of_a_row_are_those_of_its_values(fields, changes, spaced):
    import json

    line = json.dumps(fields).encode() if spaced else orjson.dumps(fields)
    assert orjson.loads(edited(line, changes)) == {**orjson.loads(line), **changes}
    for key in fields:
        assert orjson.loads(value_of(line, key)) == fields[key]
        rest = {name: value for name, value in fields.items() if name != key}
        assert orjson.loads(edited(line, {}, without={key})) == rest
    assert edited(line, {}) == line
    assert value_of(line, "not there") is None


def test_of_a_key_that_stands_there_twice_the_last_one_counts():
    line = b'{"a":1,"a":2, "b" : 3}'
    assert edited(line, {"a": 9}) == b'{"a":1,"a":9, "b" : 3}'
    assert edited(line, {}, without={"a"}) == b'{ "b" : 3}'
    assert value_of(line, "a") == b"2"


@given(objects)
def test_rows_are_written_again_as_they_were(fields):
    line = orjson.dumps(fields)
    assert orjson.dumps(as_written(line, orjson.loads(line))) == line
    assert orjson.dumps(exact(line, orjson.loads(line))) == line
