"""Rows whose text several fields make up: an instruction with its input and its answer."""

import json

import pytest

import dataaug as da
from dataaug.errors import InputError, UsageError
from dataaug.rows.record import FIELD_END, Schema, from_fields, text_fields
from dataaug.text.normalize import normalise

FIELDS = ["instruction", "input", "output"]
SCHEMA = Schema(text="instruction", further_texts=("input", "output"))
ASK = "Classify the sentiment of the sentence as positive or negative."
NEAR = da.check("near-duplicate", embedder="hashing", similarity=0.9)


def row(name, instruction=ASK, input_="", output="positive", *, synthetic=True, **more):
    aug = {"id": name, "origin": "synthetic", "parent": None, "root": None, "method": "llm"}
    fields = {"id": name, "instruction": instruction, "input": input_, "output": output, **more}
    return fields | ({"_aug": aug} if synthetic else {})


def rejects(rows, *checks, **options):
    done = da.filter(rows, list(checks), text_field=FIELDS, **options)
    return {reject.record.id: reject for reject in done.rejects}


# --- the text


def test_fields_can_be_told_apart_whatever_they_hold():
    odd = ["a", f"a\n{FIELD_END}\nb", f"{FIELD_END}", "\n", ""]
    texts = {
        SCHEMA.text_of({"instruction": one, "input": other, "output": third})
        for one in odd
        for other in odd
        for third in odd
    }
    assert len(texts) == len(odd) ** 3
    assert all(len(text_fields(text)) == 3 for text in texts)


def test_each_field_is_normalised():
    one = SCHEMA.text_of({"instruction": "Do it.", "input": "A  b!", "output": "c"})
    other = SCHEMA.text_of({"instruction": "do it", "input": "a b", "output": "C."})
    moved = SCHEMA.text_of({"instruction": "do it a", "input": "b", "output": "C."})
    assert normalise(one) == normalise(other) != normalise(moved)


def test_one_text_field_is_the_text_as_it_is():
    text = f"a {FIELD_END} b"
    assert from_fields({"text": text}).text == text


@pytest.mark.parametrize("lacking", [{}, {"input": None}])
def test_a_row_may_lack_a_further_field(lacking):
    rows = [{"instruction": "Name a colour.", "output": "red", **lacking}]
    assert len(da.filter(rows, [], text_field=FIELDS)) == 1


def test_a_further_field_that_is_no_text_is_a_bad_row():
    with pytest.raises(InputError, match="rows:1: field 'output' should be a string, found an arr"):
        da.filter([row("a", output=["red"])], [], text_field=FIELDS)
    with pytest.raises(TypeError, match="field 'output' should be a string, found list"):
        from_fields(row("a", output=["red"]), SCHEMA)


# --- what is a duplicate


def test_rows_that_differ_in_one_field_only_are_no_duplicates():
    long = "Answer in at most one sentence, without a word on yourself, and name your source. " * 3
    rows = [
        row("a", long, "The soup was cold.", "negative"),
        row("b", long, "The team was kind.", "negative"),
        row("c", long, "The soup was cold.", "positive"),
        row("d", long, "", "negative"),
    ]
    assert rejects(rows, "exact", NEAR) == {}
    # With the instruction alone all of them are one.
    alone = da.filter(rows, ["exact"], text_field="instruction")
    assert len(alone.rejects) == 3


def test_rows_that_are_alike_in_every_field_are_duplicates():
    rows = [
        row("a", ASK, "The soup was cold and the bread was hard and dry.", "negative"),
        row("b", ASK.lower(), "the soup was cold and the bread was hard and dry", "Negative."),
        row("c", ASK, "The soup was cold and the bread was hard and very dry.", "negative"),
    ]
    found = rejects(rows, "exact", NEAR)
    assert {name: (reject.reason, reject.detail["of"]) for name, reject in found.items()} == {
        "b": ("exact_duplicate", "a"),
        "c": ("near_duplicate", "a"),
    }


def test_words_that_cross_the_end_of_a_field_make_another_row():
    rows = [row("a", "Say the word red", "", "x"), row("b", "Say the word", "red", "x")]
    assert rejects(rows, "exact", NEAR) == {}


def test_scores_in_a_file_decide_the_same(tmp_path):
    rows = [
        row("a", ASK * 3, "The soup was cold and the bread was hard and dry."),
        row("b", ASK * 3, "The team was kind."),
        row("c", ASK * 3, "The soup was cold and the bread was hard and very dry."),
    ]
    near = da.check(
        "near-duplicate", embedder="hashing", similarity=0.9, scores=str(tmp_path / "scores")
    )
    made, read = rejects(rows, near), rejects(rows, near)
    assert made.keys() == read.keys() == {"c"}


def test_an_evaluation_row_is_one_in_all_of_its_fields():
    test = [row("t", ASK * 3, "The soup was cold.", "negative", synthetic=False)]
    rows = [
        row("same", ASK * 3, "the soup was cold", "negative"),
        row("other", ASK * 3, "The team was kind.", "negative"),
    ]
    found = rejects(rows, NEAR, against=test)
    assert {name: reject.reason for name, reject in found.items()} == {"same": "evaluation_copy"}
    mixed = da.mix([], synthetic=rows[1:], against=test, text_field=FIELDS, ratio="0:1")
    assert len(mixed) == 1
    with pytest.raises(da.GuardError):
        da.mix([], synthetic=rows[:1], against=test, text_field=FIELDS, ratio="0:1")


def test_split_parts_rows_of_one_instruction():
    rows = [
        row(f"r{n}", ASK * 3, f"{word} {word}ly", "negative", synthetic=False)
        for n, word in enumerate(("cold", "warm", "kind", "late", "dear", "loud", "slow", "wet"))
    ]
    parts = da.split(rows, test=0.5, text_field=FIELDS, embedder="hashing")
    assert (len(parts.train), len(parts.test)) == (4, 4)


# --- what is judged in each field


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("output", "I'm sorry, but I can't assist with that.", "refusal"),
        ("input", "The cafÃ© was shut", "garbled"),
        ("output", "The answer is red.</s>", "leftover"),
        ("output", "...", "leftover"),
        ("input", "Dear [Name], your card has come", "placeholder"),
        ("output", "red and blue " * 8, "repetition"),
        ("output", "It is the first of (", "truncated"),
    ],
)
def test_checks_judge_each_field_and_name_it(field, text, reason):
    given = {"input": "The soup was cold.", "output": "negative", field: text}
    found = rejects([row("a", ASK, given["input"], given["output"])], reason)
    assert (found["a"].reason, found["a"].detail["field"]) == (reason, field)


@pytest.mark.parametrize(
    "output",
    ["42", "+", "1. Buy milk\n2. Buy bread", "```python\nprint(1)\n```", "Here are three tips: …",
     "La soupe était froide et le pain était dur.", "How can I help you today?"],
)  # fmt: skip
def test_what_an_answer_may_well_be_is_no_fault(output):
    real = [row(f"r{n}", synthetic=False) for n in range(60)]
    checks = ["letters", "leftover", "placeholder", "voice", "language", "truncated"]
    assert rejects([*real, row("a", ASK, "", output)], *checks) == {}


def test_the_length_of_each_field_is_judged_by_that_field_of_the_real_rows():
    real = [row(f"r{n}", ASK, "w " * (n % 5), "yes", synthetic=False) for n in range(60)]
    rows = [*real, row("a", ASK, "w " * 20, "yes"), row("b", ASK, "", "no " * 20), row("c")]
    done = da.filter(rows, ["length"], text_field=FIELDS)
    found = {r.record.id: (r.reason, r.detail["field"]) for r in done.rejects}
    assert found == {"a": ("too_long", "input"), "b": ("too_long", "output"),
                     "c": ("too_long", "output")}  # fmt: skip
    bounds = done.report.summary.length.bounds
    assert bounds["words"] == [6, 15]
    assert bounds["input.words"] == [0, 6]
    assert bounds["output.words"] == [0, 1]


def test_a_shared_fault_of_a_parent_is_one_of_the_same_field():
    parent = row("p", ASK, "The cafÃ© was shut", "negative", synthetic=False)
    child = row("c", ASK, "The cafÃ© was shut up", "negative")
    child["_aug"] |= {"parent": "p", "root": "p"}
    assert rejects([parent, child], "garbled") == {}
    child["output"] = "cafÃ©"
    assert rejects([parent, child], "garbled")["c"].detail["field"] == "output"


# --- who takes several


def command(cli, verb, *further, stdin=None, **surroundings):
    options = [part for name in FIELDS for part in ("--text-field", name)]
    lines = stdin if stdin is not None else [row("a", input_="x"), row("b", input_="y")]
    given = "".join(f"{json.dumps(each)}\n" for each in lines).encode()
    return cli(verb, *options, *further, stdin=given, **surroundings)


def test_filter_keeps_rows_as_they_came(cli):
    rows = [row("a", input_="x"), row("b", input_="y"), row("c", input_="y")]
    done = command(cli, "filter", "--check", "exact", stdin=rows)
    assert (done.code, done.rows) == (0, rows[:2])


def test_a_further_field_that_no_row_has_is_an_error(cli):
    done = command(cli, "filter", "--check", "exact", stdin=[{"instruction": "a", "input": "b"}])
    assert done.code == 3
    assert b"--text-field 'output': no row has this field" in done.err


def test_generate_refuses_more_than_one(cli):
    done = command(cli, "generate", "--label", "a", "--model", "m", "--base-url", "http://[::1]:9")
    assert done.code == 2, done.err
    assert b"works on one field, found 'instruction', 'input', 'output'" in done.err


def test_python_takes_a_string_or_several_and_refuses_several_where_one_is_needed():
    rows = [row("a", input_="x"), row("b", input_="y")]
    assert len(da.filter(rows, ["exact"], text_field="instruction")) == 1
    assert len(da.filter(rows, ["exact"], text_field=("instruction",))) == 1
    assert len(da.filter(rows, ["exact"], text_field=FIELDS)) == 2
    with pytest.raises(UsageError, match=r"text_field=: generate works on one field"):
        da.generate(rows, labels={"a": 1}, text_field=FIELDS)


def test_a_verb_of_one_field_reads_a_result_of_several_anew():
    rows = [row("a", "Say hello to everyone here", "x"), row("b", "Say hello to everybody", "y")]
    kept = da.filter(rows, ["exact"], text_field=FIELDS)
    made = da.augment(kept, "typo", text_field="instruction", origin="auto", seed=1)
    assert all("\x03" not in record.text for record in made)
