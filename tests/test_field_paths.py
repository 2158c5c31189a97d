"""Names of fields: keys, and paths into objects, lists and messages."""

import orjson
import pytest

from dataaug.errors import InputError
from dataaug.rows import field_paths
from dataaug.rows.jsonl import Source
from dataaug.rows.record import Record, Schema

CHAT = {
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "one"},
        {"role": "user", "content": "last"},
    ],
    "source": {"a.b": 1, "name": "x", "n": [[1, 2], [3]]},
    "data.text": "a column of this name",
    "Really? [optional]": "an odd column",
}
SHARED = {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"}]}


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        (CHAT, "messages.0.content", "Be kind."),
        (CHAT, "messages.-1.content", "last"),
        (CHAT, "messages.-4.content", "Be kind."),
        (CHAT, "messages[user].content", "last"),
        (CHAT, "messages[assistant].content", "one"),
        (CHAT, "source.name", "x"),
        (CHAT, "source.n.1.0", 3),
        (CHAT, "data.text", "a column of this name"),
        (CHAT, "Really? [optional]", "an odd column"),
        (SHARED, "conversations[human].value", "hi"),
        (SHARED, "conversations[gpt].value", "yo"),
        ({"data.text": "key", "data": {"text": "inside"}}, "data.text", "key"),
        ({"a": {"0": "key"}}, "a.0", "key"),
        ({"x": [[{"role": "user", "content": "c"}]]}, "x.0.0.content", "c"),
    ],
)
def test_a_name_leads_to_its_value(fields, name, value):
    assert field_paths.get(fields, name) == value
    place = field_paths.place_of(fields, name)
    assert field_paths.value_at(fields, place) == value


@pytest.mark.parametrize(
    "name",
    [
        "none", "messages.4.content", "messages.-5.content", "messages[tool].content",
        "messages.first.content", "messages.content", "source.name.x", "source.n.1.0.0",
        # no paths
        "messages[0].content", "messages[-1].content", "messages[].content", "messages[*].content",
        "messages..content", ".source", "source.", "$.source.name", "source/name",
        "messages[user]x", "[user].content", "", ".",
    ],
)  # fmt: skip
def test_a_name_may_lead_nowhere(name):
    assert field_paths.place_of(CHAT, name) is None
    assert field_paths.get(CHAT, name) is None


def test_changes_leave_all_else_and_the_row_itself():
    before = orjson.dumps(CHAT)
    place = field_paths.place_of(CHAT, "messages[user].content")
    new = {**CHAT, **field_paths.changed_fields(CHAT, {place: "new", ("source", "name"): "y"})}
    assert orjson.dumps(CHAT) == before
    after = before.replace(b'"last"', b'"new"').replace(b'"name":"x"', b'"name":"y"')
    assert orjson.dumps(new) == after


def test_a_new_field_lies_where_its_path_leads():
    schema = Schema(text="data.text", label="data.intent")
    row = schema.row_of({"data.text": "a", "data.intent": "b", "x.y": 1})
    assert row == {"data": {"text": "a", "intent": "b"}, "x.y": 1}
    assert field_paths.place_for({"data": "no object"}, "data.intent") == ("data.intent",)
    assert not Schema(text="messages[user].content").makes_rows
    assert not Schema(label="turns.0.intent").makes_rows


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (CHAT, "(fields here: 'messages[system].content', 'messages[user].content', 'messages[assis"
               "tant].content', 'source.a.b', 'source.name', 'source.n', 'data.text', 'Really? [opt"
               "ional]'); name one of its texts, as --text-field \"messages[user].content\""),
        (SHARED, "(fields here: 'conversations[human].value', 'conversations[gpt].value'); name one"
                 " of its texts, as --text-field \"conversations[human].value\""),
        ({"id": 1, "data": {"text": "x"}}, "(fields here: 'id', 'data.text'); name one of its texts"
                                           ", as --text-field \"data.text\""),
        ({"prompt": "a", "chosen": "b", "rejected": "c"},
         'as --text-field "prompt" --text-field "chosen" --text-field "rejected"'),
        ({"prompt": SHARED["conversations"], "chosen": SHARED["conversations"][1:]},
         'as --text-field "prompt[human].value"'),
        ({"instruction": "a", "output": "c"},
         'as --text-field "instruction" --text-field "output"'),
        ({"body": "a", "_aug": None, "empty": {}, "list": []},
         "(fields here: 'body', '_aug', 'empty', 'list'); name it by --text-field"),
    ],
)  # fmt: skip
def test_a_row_without_the_text_says_what_it_has(row, said):
    with pytest.raises(InputError) as error:
        list(Source().rows(_stream(row), "in.jsonl"))
    assert str(error.value).startswith("in.jsonl:1: no field 'text' (fields here: ")
    assert said in str(error.value)


def test_what_is_no_path_is_told_what_one_is():
    source = Source(schema=Schema(text="messages[0].content"))
    with pytest.raises(InputError, match=r"a path joins keys and places of lists by dots, as data"):
        list(source.rows(_stream(CHAT), "in.jsonl"))


@pytest.mark.parametrize("name", ["messages", "source", "source.n"])
def test_what_a_path_leads_to_may_be_no_text(name):
    source = Source(schema=Schema(text=name), on_error="skip")
    (reject,) = source.rows(_stream(CHAT), "in.jsonl")
    assert reject.reason == "bad_text"
    assert 'as --text-field "messages[user].content"' in reject.detail["message"]


def test_ids_labels_and_numbers_are_read_by_paths():
    line = b'{"data":{"text":"a","y":1.10,"id":123456789012345678901234567890},"n":1.10}'
    schema = Schema(text="data.text", label="data.y", id="data.id")
    source = Source(schema=schema)
    (record,) = source.rows(_stream(line), "in.jsonl")
    assert (record.text, record.label) == ("a", "1.1")
    assert record.id == "123456789012345678901234567890"
    assert len(source.ids.hashes) == 1
    held = Record.held(line, schema, ("", 0), "real")
    assert (held.text, held.label, held.id) == (record.text, record.label, record.id)


def _stream(row):
    import io

    return io.BytesIO(row if isinstance(row, bytes) else orjson.dumps(row))
