"""New rows are as long as real ones, so that their counts survive filter."""

import json
from collections import Counter
from random import Random

import pytest
from llm_server import Server
from making import kept, made, real, rejected
from sentences import real_rows

from dataaug import plugins
from dataaug.balancing.makers import variants
from dataaug.balancing.run import Balancing, balance, by_task
from dataaug.filtering.lengths import ENOUGH, Bounds, Lengths, length_fault
from dataaug.filtering.run import Filtering, filter  # noqa: A004 - the verb is called so
from dataaug.generation.run import Generation, generate
from dataaug.generation.tasks import Brief, Label
from dataaug.generation.tasks.messages import lengths_of
from dataaug.llms import Reply, ignore
from dataaug.plugins import Spec
from dataaug.rows.report import Report
from dataaug.rows.seeds import fingerprint

CHATTY = "and let me tell you at some length how all of this came about and what I think of it " * 3
LENGTH = Filtering((Spec("length"),))


class Chatty:
    """A model half of whose texts are much longer than any real one."""

    name = "chatty"

    def __init__(self):
        self.sent = []

    def __call__(self, prompts, /, done=ignore):
        replies = []
        for place, prompt in enumerate(prompts):
            self.sent.append(prompt)
            new = real_rows(10, prompt.seed, ("refund",))
            texts = [f"{row.text} {CHATTY if n % 2 else ''}".strip() for n, row in enumerate(new)]
            replies.append(Reply(json.dumps({"items": texts}), key=fingerprint(str(prompt.seed))))
            done(place, replies[-1])
        return replies


def task(rows, count, **brief):
    labels = (Label("refund", count),)
    load = plugins.load("tasks", Spec("classification"))
    return load(Brief(labels=labels, rows=tuple(rows), **brief))


def test_what_generate_takes_as_a_row_is_not_too_long_for_filter():
    rows, report = real_rows(120), Report("generate")
    outcomes = list(generate(task(rows, 20), Chatty(), Generation("t"), report=report))
    assert len(kept(outcomes)) == 20
    assert Counter(r.reason for r in rejected(outcomes))["too_long"] >= 10
    assert "length" in kept(outcomes)[0].aug["checks"]
    assert rejected(filter([*rows, *kept(outcomes)], LENGTH)) == []
    # the same bounds, and the same words for what is wrong
    again = [r.record for r in rejected(outcomes) if r.reason == "too_long"]
    judged = rejected(filter([*rows, *again], LENGTH))
    assert [(r.reason, r.detail) for r in judged] == [
        (r.reason, r.detail) for r in rejected(outcomes) if r.reason == "too_long"
    ]


def test_few_examples_set_no_bounds():
    outcomes = list(generate(task(real_rows(ENOUGH - 1), 20), Chatty(), Generation("t")))
    assert "too_long" not in {r.reason for r in rejected(outcomes)}
    assert "length" not in kept(outcomes)[0].aug["checks"]


def test_balance_goes_by_the_real_rows_of_all_labels():
    rows = [*real_rows(120, labels=("delivery",)), *real_rows(6, 7, ("refund",))]
    rows += [real(f"long {n} " + "word " * 60, "delivery", id=f"l{n}") for n in range(9)]
    model = Chatty()

    def plan(orders):
        return task([row for order in orders for row in order.real], orders[0].count)

    makers = {"generate": by_task(plan, model, Generation("t"))}
    outcomes = list(balance(rows, Balancing(to="40", max_ratio=20), makers))
    made_rows = [row for row in kept(outcomes) if not row.is_real]
    assert len(made_rows) == 34
    assert rejected(filter(kept(outcomes), LENGTH)) == []
    # among 60 words and more, the chatty ones are no longer too long
    assert any(len(row.text.split()) > 40 for row in made_rows)


def test_no_method_of_balance_exceeds_the_bounds_and_exact_counts_are_kept():
    rows = [*real_rows(120, labels=("delivery",)), *real_rows(8, 7, ("refund",))]
    asked = Counter()

    def vary(records, count):
        asked.update(record.id for record in records)
        return [
            made(f"{record.text} {CHATTY if record.id == '7-0' else ''} {n}", "refund",
                 parent=record, name=f"{record.id}/{n}")
            for record in records for n in range(count)
        ]  # fmt: skip

    makers = {"wordy": variants(vary, lambda _: True, 0)}
    outcomes = list(balance(rows, Balancing(to="30", max_ratio=20), makers))
    assert Counter(r.reason for r in rejected(outcomes)) == {"too_long": asked["7-0"] * 3}
    assert Counter(row.label for row in kept(outcomes)) == {"delivery": 120, "refund": 30}
    assert asked["7-0"] == 1  # a row all of whose variants are too long is not asked again
    assert rejected(filter(kept(outcomes), LENGTH)) == []


def test_lengths_asked_for_are_those_of_the_real_rows():
    texts = ["w " * n for n in range(1, 101)]
    assert lengths_of(texts) == [
        "6 to 24 words long", "24 to 42 words long", "42 to 59 words long", "59 to 77 words long",
        "77 to 95 words long",
    ]  # fmt: skip
    assert lengths_of(Random(1).sample(texts, 100)) == lengths_of(texts)
    assert set(lengths_of(["yes", "no", "maybe so"])) == {
        "1 word long", "1 to 2 words long", "2 words long",
    }  # fmt: skip
    assert lengths_of(["我的包裹在哪里"] * 5) == ["7 characters long"] * 5


@pytest.mark.parametrize("count", [10, 4])
def test_requests_deal_the_lengths_of_the_labels_rows_or_of_all_where_it_has_few(count):
    rows = [*real_rows(count, 3, ("refund",)), *real_rows(60, 4, ("delivery",))]
    model = Chatty()
    list(generate(task(rows, 50), model, Generation("t")))
    own = [row.text for row in rows if count < 5 or row.label == "refund"]
    said = [prompt.messages[-1].content for prompt in model.sent]
    for length in lengths_of(own):
        assert any(length in text for text in said)
    assert not any("sentences long" in text for text in said)


def test_own_attributes_and_no_examples_are_left_as_they_are():
    for brief in ({"rows": (), "attributes": {}}, {"attributes": {"mood": ["calm"]}}):
        rows = brief.pop("rows", real_rows(60))
        model = Chatty()
        list(generate(task(rows, 40, **brief), model, Generation("t")))
        prompts = [prompt.messages[-1].content for prompt in model.sent]
        assert any("sentences long" in text for text in prompts) == (not brief["attributes"])
        assert not any(length in text for length in lengths_of([r.text for r in real_rows(60)])
                       for text in prompts)  # fmt: skip


def test_commands_keep_their_counts_through_filter(cli, tmp_path):
    rows = [*real_rows(120, labels=("delivery",)), *real_rows(6, 7, ("refund",))]
    (tmp_path / "rows.jsonl").write_bytes(b"".join(row.line + b"\n" for row in rows))
    model = Chatty()

    def answer(asked):
        class Seeded:
            seed = asked.seed

        return json.loads(model([Seeded])[0].text)["items"]

    with Server(answer) as server:
        made_ = cli("balance", tmp_path / "rows.jsonl", "--with", "generate", "--to", 30, "--model",
                    "m", "--base-url", server.url, "--cache", "off")  # fmt: skip
    assert made_.code == 0, made_.err
    done = cli("filter", "--check", "length", stdin=made_.out)
    assert Counter(row["label"] for row in done.rows) == {"delivery": 120, "refund": 30}


def test_bounds_of_few_rows_and_of_none():
    lengths = Lengths()
    assert lengths.learned() == ()
    lengths.extend(["w " * n for n in range(1, 101)])
    chars, words = lengths.learned()
    assert (chars, words) == (Bounds("characters", 1, 297), Bounds("words", 0, 148))
    assert length_fault("w " * 148, (words,)) is None
    assert length_fault("w " * 149, (words,)).reason == "too_long"
