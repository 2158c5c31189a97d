"""Items come out of replies whole or not at all, however the model wrapped them."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataaug.llms import Reply, json_items
from dataaug.llms.json_items import Parsed

TWO = ["a first text", "a second text"]
WHOLE = {
    "bare list": '["a first text", "a second text"]',
    "envelope": '{"items": ["a first text", "a second text"]}',
    "envelope with more": '{"note": "two [of 2]", "items": ["a first text", "a second text"]}',
    "other name": '{"examples": ["a first text", "a second text"]}',
    "numbered keys": '{"1": "a first text", "2": "a second text"}',
    "fence": '```json\n["a first text", "a second text"]\n```',
    "prose and fence": 'Here are 2 [two]:\n```\n["a first text", "a second text"]\n```\n{Enjoy}!',
    "trailing comma": '["a first text", "a second text",]',
    "thinking": '<think>["x"] or {"items": ["z"]}</think>\n["a first text", "a second text"]',
    "thinking without its start": 'maybe ["x"]</think>["a first text", "a second text"]',
    "numbers among them": '["a first text", null, 1, "a second text", ""]',
    "numbered list": "Here you are:\n1. a first text\n2. a second text",
    "brackets": "1) a first text\n2) a second text\n",
    "bullets": '- "a first text"\n- **a second text**',
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_items_come_out_of_any_wrapping(text):
    assert json_items.items(Reply(text)) == Parsed(TWO)


OBJECTS = {
    "list": '[{"text": "a"}, {"text": "b"}]',
    "no comma": '[{"text": "a"}\n{"text": "b"}]',
    "one a line": '{"text": "a"}\n{"text": "b"}\n',
    "one a line with commas": '{"text": "a"},\n{"text": "b"},',
    "prose between": 'First:\n{"text": "a"}\nSecond:\n{"text": "b"}',
    "an envelope a line": '{"items": [{"text": "a"}]}\n{"items": [{"text": "b"}]}',
}


@pytest.mark.parametrize("text", OBJECTS.values(), ids=OBJECTS)
def test_objects_come_out_whole(text):
    assert json_items.items(Reply(text)) == Parsed([{"text": "a"}, {"text": "b"}])


def test_one_object_is_one_item():
    assert json_items.items(Reply('{"text": "a", "label": "b"}')).items == [
        {"text": "a", "label": "b"}
    ]
    assert json_items.items(Reply('{"items": {"text": "a"}}')).items == [{"text": "a"}]


CUT = {
    "in the third string": '["a first text", "a second text", "you told me tha',
    "in the envelope": '{"items": ["a first text", "a second text", "you told',
    "after a comma": '["a first text", "a second text",',
    "in a fence": '```json\n["a first text", "a second text", "and',
    "in a numbered list": "1. a first text\n2. a second text\n3. you told me tha",
}


@pytest.mark.parametrize("finish", ["length", "content_filter"])
@pytest.mark.parametrize("text", CUT.values(), ids=CUT)
def test_what_was_cut_off_is_no_item(text, finish):
    assert json_items.items(Reply(text, finish)) == Parsed(TWO, cut=True)


def test_an_object_cut_after_its_key_is_no_item():
    text = '[{"text": "a", "label": "x"}, {"text": "b", "label":'
    for finish in ("length", "stop"):
        found = json_items.items(Reply(text, finish))
        assert found == Parsed([{"text": "a", "label": "x"}], cut=True)
    assert json_items.items(Reply('{"text": "b", "tags": ["x", "y", "z', "length")) == Parsed(
        [], cut=True
    )


def test_a_reply_that_says_it_was_cut_is_never_repaired():
    for text in ('["you told me tha', '["he said "no" to me"]', "['a', 'b']"):
        assert json_items.items(Reply(text, "length")) == Parsed([], cut=True)


def test_a_whole_reply_with_broken_quotes_is_repaired_and_says_so():
    found = json_items.items(Reply('["he said "no" to me", "a second text"]'))
    assert (found.items, found.repaired) == (['he said "no" to me', "a second text"], True)
    assert json_items.items(Reply("['a', 'b']")) == Parsed(["a", "b"], repaired=True)


def test_a_line_break_inside_a_string_needs_no_repair():
    assert json_items.items(Reply('["one\ntwo", "b"]')) == Parsed(["one\ntwo", "b"])


REFUSALS = [
    "I can't do that [policy].",
    'I can\'t help with "complaints" ["policy 4"',
    "I'm sorry, but I cannot help with that.\n1. It is harmful\n2. It is wrong",
    "Es tut mir leid, dabei kann ich nicht helfen:\n- Gewalt\n- Betrug",
    "很抱歉，我无法协助。\n1. 有害",
    "",
    "<think>what to do? [1]",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_has_no_items(text):
    assert json_items.items(Reply(text)).items == []


def test_a_fault_has_no_items():
    assert json_items.items(Reply('["a"]', fault="refused")) == Parsed([])


def test_deep_nesting_does_no_harm():
    assert json_items.items(Reply("[" * 100_000)).items == []
    assert json_items.items(Reply('{"a":' * 100_000)).items == []


texts = st.lists(st.text(max_size=20).map(lambda text: f"x{text}"), min_size=1, max_size=5)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.data())
def test_no_prefix_of_a_reply_makes_an_item_that_was_not_there(wanted, data):
    whole = json.dumps({"items": wanted}, ensure_ascii=False)
    assert json_items.items(Reply(whole)) == Parsed(wanted)
    end = data.draw(st.integers(0, len(whole) - 1))
    found = json_items.items(Reply(whole[:end], "length")).items
    assert found == wanted[: len(found)]


def test_a_very_long_reply_is_read_in_one_pass():
    """A copy of the rest at each item would move 300 GB here."""
    texts = [f"{n} " + "x" * 40 for n in range(120_000)]
    assert json_items.items(Reply(json.dumps(texts))).items == texts
