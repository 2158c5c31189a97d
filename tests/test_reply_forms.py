"""The grammar of what replies look like: for each form the rows that it gives, or why none."""

import itertools
import json

import pytest
from llm_server import Answer

from dataaug.llms import Reply, json_items, wire
from dataaug.llms.envelopes import text_of
from dataaug.llms.json_items import Parsed

A, B, C = "My parcel broke in the rain", "It's the card that broke", "Nobody rang, I waited all day"
TWO = [A, C]


def dumped(value):
    return json.dumps(value, ensure_ascii=False)


SCHEMA = json_items.schema({"type": "string"}, 2)
ROWS = {
    # JSON in a string
    "a list in a string": (dumped({"items": dumped(TWO)}), TWO),
    "an object in a string": (dumped(dumped({"items": TWO})), TWO),
    "a list in the string of a list": (dumped([dumped(TWO)]), TWO),
    "objects in strings": (dumped([dumped({"text": A}), dumped({"text": C})]),
                           [{"text": A}, {"text": C}]),
    "a numbered list in a string": (dumped({"items": f"1. {A}\n2. {C}"}), TWO),
    "words in brackets are words": (dumped(["[name] never rang", A]), ["[name] never rang", A]),
    # envelopes
    "another key beside the list": (dumped({"messages": TWO, "category": "refund"}), TWO),
    "a remark beside the list": (dumped({"message": "Here you are", "texts": TWO}), TWO),
    "a count beside the list": (dumped({"n": 2, "results": TWO, "done": True}), TWO),
    "an envelope in an envelope": (dumped({"data": {"items": TWO}, "model": "m"}), TWO),
    "a list in a list": (dumped([TWO]), TWO),
    "of several lists the one with a name": (dumped({"tags": ["x"], "texts": TWO}), TWO),
    "an item with a list of its own": (dumped({"text": A, "tags": ["x", "y"]}),
                                       [{"text": A, "tags": ["x", "y"]}]),
    "numbered keys": (dumped({"item_1": A, "item_2": C}), TWO),
    # the schema comes back
    "values in the schema": (dumped({"type": "object", "properties": {"items": TWO}}), TWO),
    "a list in the type": (dumped({"type": "array", "items": TWO}), TWO),
    "the schema, then the list": (dumped(SCHEMA) + "\n" + dumped({"items": TWO}), TWO),
    # several values
    "two lists": (dumped([A]) + "\n" + dumped([C]), TWO),
    "two fenced lists": (f"First:\n```json\n{dumped([A])}\n```\nThen:\n```\n{dumped([C])}\n```",
                         TWO),
    # plain text
    "entries of several lines": (f"1. {A}.\n   Pay me back.\n2. {C}.\n   Now.",
                                 [f"{A}.\nPay me back.", f"{C}.\nNow."]),
    "entries of several paragraphs": (f"1. {A}\n\nPay me.\n\n2. {C}\n\nNow.\n\nI hope this helps!",
                                      [f"{A}\nPay me.", f"{C}\nNow."]),
    "a remark behind a list": (f"1. {A}\n2. {C}\n\nLet me know if you need more.", TWO),
    "bullets below a number": (f"1. {A}\n   - at noon\n2. {C}", [f"{A}\n- at noon", C]),
    "numbers in brackets": (f"(1) {A}\n(2) {C}", TWO),
}  # fmt: skip
REPAIRED = {
    "Python's list": (repr(TWO), TWO),
    "an apostrophe in Python's list": (f"['{B}', '{C}']", [B, C]),
    "an apostrophe in Python's object": (f"{{'items': ['{B}', '{C}']}}", [B, C]),
    "an escaped apostrophe": ("['It\\'s broken', \"he said 'no'\"]",
                              ["It's broken", "he said 'no'"]),
    "Python's objects": (f"{{'text': '{A}'}}\n{{'text': '{C}'}}", [{"text": A}, {"text": C}]),
    "quotes in quotes": ('["he said "no" to me", "a second text"]',
                         ['he said "no" to me', "a second text"]),
}  # fmt: skip
NONE = {
    "the schema and nothing else": dumped(SCHEMA),
    "a part of the schema": dumped({"type": "array", "items": {"type": "string"}}),
    "the schema under a name": dumped({"name": "reply", "schema": SCHEMA, "strict": True}),
    "lists of several labels": dumped({"refund": [A], "other": [C]}),
    "deep brackets": "[" * 500 + '"a"' + "]" * 500,
    "deeper brackets": "[" * 100_000,
    "deep objects": '{"a":' * 500 + "1" + "}" * 500,
    "deep objects of Python": "{'a':" * 500 + "1" + "}" * 500,
    "a deep item": '{"text": "a", "b": ' + "[" * 40 + "]" * 40 + "}",
    "text beside quotes": "{'a': It's the 'card' that 'broke}",
    "numbers": "[1, 2, 3]",
    "nothing": "",
    "blanks": " \n\t ",
}


@pytest.mark.parametrize(("text", "rows"), ROWS.values(), ids=ROWS)
def test_a_form_gives_its_rows(text, rows):
    assert json_items.items(Reply(text)) == Parsed(rows)


@pytest.mark.parametrize(("text", "rows"), REPAIRED.values(), ids=REPAIRED)
def test_broken_json_is_read_by_its_quotes_and_says_so(text, rows):
    assert json_items.items(Reply(text)) == Parsed(rows, repaired=True)


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_a_form_that_holds_no_rows_gives_none(text):
    assert json_items.items(Reply(text)).items == []
    assert json_items.items(Reply(text, "length")).items == []


def test_an_item_that_begins_or_ends_inside_a_quotation_is_none():
    """json_repair makes two texts of the first one here."""
    text = "{'note': 1, 'items': ['It's the card that broke', 'b is whole']}"
    assert json_items.items(Reply(text)).items == ["b is whole"]


def test_a_label_is_no_text():
    assert text_of({"category": "refund"}) is None
    assert text_of({"category": "refund", "review": A}) == A


LONG = {
    "blanks behind a number": "1. " + " " * 300_000 + "x",
    "blanks": " " * 1_000_000 + "x",
    "numbers": "1. \n" * 100_000,
    "open brackets": "[ " * 300_000,
    "open braces": "{ " * 300_000,
    "quotes": "['" + "' " * 300_000,
    "thoughts": "<think>" * 100_000,
    "bullets": "- " * 300_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_long_reply_is_read_in_linear_time(text, finish):
    """A quadratic reading of these takes minutes to hours: no clock is needed to notice."""
    assert len(json_items.items(Reply(text, finish)).items) <= 1


def body(message, **choice):
    return {"choices": [{"message": message, **choice}]}


THINKS = {"role": "assistant", "content": None}
CALL = {"function": {"name": "reply", "arguments": dumped({"items": TWO})}}
MESSAGES = {
    "parts": (body({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}),
              "ab", ""),
    "parts that are no text": (body({"content": [{"type": "image"}, 3, "a"]}), "a", ""),
    "a call": (body({**THINKS, "tool_calls": [CALL]}, finish_reason="tool_calls"),
               dumped({"items": TWO}), ""),
    "an old call": (body({**THINKS, "function_call": CALL["function"]}),
                    dumped({"items": TWO}), ""),
    "a plain completion": ({"choices": [{"text": "a"}]}, "a", ""),
    "an answer taken for reasoning": (body({**THINKS, "reasoning_content": dumped(TWO)}),
                                      dumped(TWO), ""),
    "an answer behind reasoning": (body({**THINKS, "reasoning": "well</think>a"}), "a", ""),
    "reasoning only": (body({**THINKS, "reasoning_content": "First I"}),
                       "", "no answer, reasoning only: First I"),
    "no content": (body(THINKS), "", "an empty reply"),
    "odd content": (body({"content": 3, "tool_calls": [None], "reasoning": {}}),
                    "", "an empty reply"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "text", "detail"), MESSAGES.values(), ids=MESSAGES)
def test_where_the_text_of_a_message_stands(row, text, detail):
    found = wire.read_reply(row, "m")
    assert (found.text, found.detail, found.finish, found.fault) == (text, detail, "stop", "")


def test_no_reply_ends_a_run_and_the_cache_holds_no_poison(llm_server, cli, tmp_path):
    """Each of these raised from the reader, behind the cache: every rerun died of it too."""
    texts = itertools.cycle([*NONE.values(), *(text for text, _ in ROWS.values())])
    given = {}

    def answer(asked):
        return Answer(given.setdefault(asked.identity, next(texts)))

    llm_server.answer = answer
    command = ("generate", "--label", "refund=60", "--model", "m", "--base-url", llm_server.url,
               "--cache", tmp_path, "--rejects", tmp_path / "rejects.jsonl", "--similarity", "1",
               "-p", "classification.items=2")  # fmt: skip
    first = cli(*command)
    assert first.code == 5, first.err  # far fewer rows than that: the table has some dozen texts
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    poison = [row["_reject"] for row in rejects if row["_reject"]["reason"] == "unparseable"]
    assert poison
    assert all(row["detail"]["message"] for row in poison if row["detail"])
    llm_server.forget()
    again = cli(*command)
    assert (again.code, again.out) == (5, first.out)
    assert llm_server.asked == []
