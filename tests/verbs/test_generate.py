"""generate as a library: what counts as new, when it gives up, and that nothing is lost."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import kept, real, rejected

from dataaug import plugins
from dataaug.errors import ShortfallError
from dataaug.generation.label_file import parse_label
from dataaug.generation.run import Generation, generate
from dataaug.generation.similar_labels import nearest
from dataaug.generation.tasks import Brief, Label
from dataaug.generation.tasks.drawing import Deck
from dataaug.llms import Reply, ignore
from dataaug.plugins import Spec
from dataaug.rows.record import Reject
from dataaug.rows.report import Report
from dataaug.rows.seeds import fingerprint
from dataaug.text.rouge import Known, Vocabulary

WORDS = ["red", "blue", "big", "old", "lamp", "desk", "ship", "tree", "rain", "coat", "milk",
         "door", "king", "song", "bell", "road"]  # fmt: skip


class Model:
    """Answers by a function of the prompt's number and text; a prompt's number is its seed."""

    name = "model"

    def __init__(self, answer):
        self.answer = answer
        self.sent = []

    def __call__(self, prompts, /, done=ignore):
        replies = []
        for place, prompt in enumerate(prompts):
            self.sent.append(prompt)
            given = self.answer(prompt)
            if not isinstance(given, Reply):
                given = Reply(json.dumps({"items": given}), key=fingerprint(str(prompt.seed)))
            replies.append(given)
            done(place, given)
        return replies


def fresh(prompt, count=10):
    """Return texts that no other prompt gets."""
    from random import Random

    rng = Random(prompt.seed)
    return [" ".join(f"{word}{rng.randrange(10**6)}" for word in rng.sample(WORDS, 6))
            for _ in range(count)]  # fmt: skip


def made(answer, counts=None, rows=(), **settings):
    """Run classification; return outcomes, the report, the model and the error."""
    labels = tuple(Label(name, count) for name, count in (counts or {"a": 20}).items())
    task = plugins.load("tasks", Spec("classification"))(Brief(labels=labels, rows=tuple(rows)))
    model, report, outcomes, error = Model(answer), Report("generate"), [], None
    try:
        for outcome in generate(task, model, Generation("t", **settings), report=report):
            report.count(outcome)
            outcomes.append(outcome)
    except ShortfallError as short:
        error = short
    return outcomes, report, model, error


def reasons(outcomes):
    return Counter(reject.reason for reject in rejected(outcomes))


@pytest.mark.parametrize("shape", [list, lambda t: [{"text": x} for x in t],
                                   lambda t: [f"{n}. {x}" for n, x in enumerate(t, 1)],
                                   lambda t: [f'"{x}"' for x in t]])  # fmt: skip
def test_texts_come_out_of_any_shape_of_items(shape):
    outcomes, report, _, error = made(lambda prompt: shape(fresh(prompt)))
    assert error is None
    assert report.balanced
    assert all(row.text[0].isalpha() and row.text[-1].isdigit() for row in kept(outcomes))


def test_labels_are_written_as_they_stand_in_the_real_rows():
    rows = [real("one text", 3), real("another text", {"a": 1}), real("a third", "yes")]
    counts = {"3": 2, '{"a":1}': 2, "yes": 2, "4": 2}
    outcomes, _, _, _ = made(fresh, counts, rows)
    assert [row.fields["label"] for row in kept(outcomes)] == [3, {"a": 1}, "yes", "4"] * 2


def test_no_row_is_lost_and_leftovers_are_held_back():
    outcomes, report, _, _ = made(fresh, {"a": 15, "b": 3, "c": 0})
    assert Counter(row.label for row in kept(outcomes)) == {"a": 15, "b": 3}
    assert (report.asked, report.held_back, report.balanced) == (30, 12, True)


def test_odd_texts_are_rejected_with_a_reason_and_written_safely():
    bad = ["bell \ud800 road", "bell \x00 road", "   ", 7, {"a": "x", "b": "y"}]
    outcomes, report, _, error = made(lambda prompt: [*bad, *fresh(prompt)], {"a": 10})
    assert error is None
    assert report.balanced
    assert reasons(outcomes)["schema"] >= 3
    for outcome in outcomes:
        (outcome.record if isinstance(outcome, Reject) else outcome).line.decode()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [(Reply("", "", "refused", "content filter"), "refused"),
     (Reply("I'm sorry, but I can't help with that request."), "refusal"),
     (Reply("Es tut mir leid, dabei kann ich nicht helfen."), "refusal"),
     (Reply("{}"), "unparseable"), (Reply(""), "unparseable"),
     (Reply('{"items": ["I was just about to', "length"), "truncated"),
     (Reply("", "content_filter"), "refused"),
     (Reply("", "", "bad_request", "too long"), "bad_request")],
)  # fmt: skip
def test_reply_without_items_says_why(reply, reason):
    outcomes, report, _, error = made(lambda _: reply)
    assert set(reasons(outcomes)) == {reason}
    assert report.balanced
    assert reason in str(error)


def test_what_comes_before_a_cut_is_kept():
    def answer(prompt):
        text = json.dumps({"items": fresh(prompt)})
        return Reply(text[: len(text) - 20], "length", key=str(prompt.seed))

    outcomes, _, _, error = made(answer)
    assert error is None
    assert set(reasons(outcomes)) == {"truncated"}
    assert all(row.text[-1].isdigit() for row in kept(outcomes))


def test_model_that_copies_its_prompt_is_found_out():
    def answer(prompt):
        told = prompt.messages[-1].content
        return [told.partition("like this: ")[2].partition(".\n")[0]] * 10

    outcomes, _, model, error = made(answer)
    assert set(reasons(outcomes)) == {"prompt_copy"}
    assert "items" in str(error)
    assert len(model.sent) < 20


def test_seed_is_not_copied_whole_in_part_or_nearly():
    seed = real("please give me the money back for the red lamp that I bought", "a", id="s")
    copies = [seed.text.upper() + "!", seed.text.replace("red", "blue"),
              f"hello {' '.join(seed.text.split()[:8])} since all of it broke"]  # fmt: skip
    outcomes, _, _, _ = made(lambda prompt: [*copies, *fresh(prompt)], {"a": 5}, [seed])
    assert reasons(outcomes) == {"seed_copy": 3}
    assert [reject.detail["of"] for reject in rejected(outcomes)] == ["s"] * 3
    assert rejected(outcomes)[2].detail["words_in_a_row"] == 8


def test_near_duplicate_names_the_row_and_the_score():
    twins = ["the old lamp fell on my desk today", "the old lamp fell on my desk again"]
    outcomes, _, _, _ = made(lambda prompt: [*twins, *fresh(prompt)], {"a": 5})
    first = kept(outcomes)[0]
    (reject,) = rejected(outcomes)
    assert (reject.reason, reject.detail["of"]) == ("near_duplicate", first.id)
    assert reject.detail["rouge_l"] == pytest.approx(14 / 16)


def test_label_that_is_added_changes_no_row_of_the_others():
    # With contrast the prompt of a label names those that are most like it.
    task = plugins.load("tasks", Spec("classification", {"contrast": 0}))
    few = task(Brief(labels=(Label("a", 9),)))
    more = task(Brief(labels=(Label("b", 30), Label("a", 9))))
    rows = [
        [row.line for row in kept(generate(plan, Model(fresh), Generation("t")))
         if row.label == "a"] for plan in (few, more)
    ]  # fmt: skip
    assert rows[0] == rows[1]


def test_order_of_examples_changes_no_prompt():
    rows = [real(f"example number {n}", "a", id=f"r{n}") for n in range(7)]
    briefs = [Brief(labels=(Label("a", 5),), rows=tuple(given)) for given in (rows, rows[::-1])]
    tasks = [plugins.load("tasks", Spec("classification"))(brief) for brief in briefs]
    for number in range(5):
        one, other = (task.ask(task.groups()[0], number) for task in tasks)
        assert one == other


def test_all_examples_are_shown_equally_often():
    rows = [real(f"example number {n}", "a", id=f"r{n}") for n in range(8)]
    task = plugins.load("tasks", Spec("classification"))(
        Brief(labels=(Label("a", 5),), rows=tuple(rows))
    )
    shown = Counter(r.id for k in range(10) for r in task.ask(task.groups()[0], k).shown)
    assert set(shown.values()) == {5}


@given(st.lists(st.integers(), min_size=1, max_size=9, unique=True), st.integers(0, 99))
def test_deck_deals_each_value_once_a_turn(values, seed):
    deck = Deck(values, seed, "name")
    for turn in range(3):
        dealt = [deck[turn * len(values) + n] for n in range(len(values))]
        assert sorted(dealt) == sorted(values)


def lcs(one, other):
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            best = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else best
    return table[-1][-1]


texts = st.lists(st.sampled_from(WORDS[:5]), min_size=1, max_size=9)


@given(texts, texts, st.sampled_from([0.3, 0.7, 1.0]))
def test_similarity_is_rouge_l(one, other, limit):
    known = Known(Vocabulary(), limit)
    known.add("x", " ".join(one))
    score = 2 * lcs(one, other) / (len(one) + len(other))
    near_duplicate = known.near_duplicate(" ".join(other))
    assert (near_duplicate is not None) == (score >= limit - 1e-12)
    assert near_duplicate is None or near_duplicate.similarity == pytest.approx(score, abs=1e-4)


def test_words_are_found_in_scripts_without_blanks():
    known = Known(Vocabulary(), 0.7)
    known.add("x", "我想退货，请问怎么办？")
    assert known.near_duplicate("我想退货请问怎么办").of == "x"
    assert known.near_duplicate("包裹什么时候到达") is None
    assert known.near_duplicate("😀") is None


@pytest.mark.parametrize(
    ("given", "name", "count"),
    [("a", "a", None), ("a=3", "a", 3), ("a=b", "a=b", None), ("a=b=3", "a=b", 3),
     ("x y=10", "x y", 10), ("a=-3", "a=-3", None)],
)  # fmt: skip
def test_only_digits_behind_the_last_sign_are_a_number(given, name, count):
    assert parse_label(given) == (name, count)


def test_near_labels_are_those_with_like_words():
    texts = {"card_late": ["card late", "my card is late"],
             "card_lost": ["my card is lost"],
             "fees": ["what does it cost"], "rates": ["exchange rate"],
             "pin": ["forgot my pin"]}  # fmt: skip
    found = nearest(texts, 2)
    assert found["card_late"][0] == "card_lost"
    assert found["rates"] == ()


def test_no_request_is_sent_that_good_replies_would_make_needless():
    answers = []

    def two_in_vain(prompt):
        answers.append(prompt)
        return Reply("I'm sorry, I can't help.") if len(answers) in {3, 6} else fresh(prompt)

    outcomes, _, model, error = made(two_in_vain, {"a": 100})
    assert (len(kept(outcomes)), error) == (100, None)
    assert len(model.sent) == 12  # 80 rows of ten, and two more for the twenty that lack
