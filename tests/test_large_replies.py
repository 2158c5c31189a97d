"""Replies of 10 MB and of 20,000 items: rows or rejects of that reply, and the run goes on."""

import json

import pytest
from llm_server import Answer, texts

ITEMS = json.dumps(
    {"items": [f"parcel {n} came late and {n * 7919} was paid" for n in range(20_000)]}
)
LARGE = {
    "20,000 items": Answer(ITEMS),
    "an item of 10 MB": Answer(json.dumps({"items": ["late again " * 900_000]})),
    "10 MB in quotes that do not end": Answer('{"items": ["' + "it's late, " * 900_000),
    "10 MB of a list in words": Answer("\n".join(f"{n}. it came late" for n in range(600_000))),
    "10 MB of brackets": Answer("[" * 10_000_000),
    "10 MB of escapes": Answer('{"items": ["' + "\\\\n" * 3_000_000 + '"]}'),
}


@pytest.mark.slow
@pytest.mark.parametrize("large", LARGE.values(), ids=LARGE)
def test_a_large_reply_costs_no_more_than_itself(llm_server, cli, tmp_path, large):
    llm_server.answer = lambda asked: Answer(json.dumps({"items": texts(asked)}))
    llm_server.script(large)
    done = cli("generate", "--label", "a=12", "--model", "m", "--base-url", llm_server.url,
               "--cache", tmp_path)  # fmt: skip
    assert done.code == 0, done.err
    assert len(done.rows) == 12
    assert len(llm_server.asked) < 12
    asked = len(llm_server.asked)
    assert cli("generate", "--label", "a=12", "--model", "m", "--base-url", llm_server.url,
               "--cache", tmp_path).out == done.out  # fmt: skip
    assert len(llm_server.asked) == asked
