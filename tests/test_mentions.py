"""Mention replacement: a span becomes another one of its label, and the row stays true."""

import pickle

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import kept, made, real, rejected
from test_annotations import (
    BEFORE,
    NAMES,
    OF_SPANS,
    TEXTS,
    bio,
    columns,
    doccano,
    doccano_objects,
    label_first,
    numbers,
    objects,
    prodigy,
    spacy,
    spacy_object,
    squad,
    squad_flat,
    squad_objects,
    tagged,
    tags_alone,
    under,
)

import dataaug as da
from dataaug.augmentation.run import Augmentation, augment
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.rows.annotations import annotations_of
from dataaug.rows.mentions import MentionPool, mentions_of
from dataaug.rows.offsets import Ruler
from dataaug.rows.record import Schema, from_fields
from dataaug.rows.spans import apply_edits, from_rows
from dataaug.text.normalize import digest

LABELLED = (objects, doccano, doccano_objects, spacy, spacy_object, label_first, columns, prodigy,
            bio, tags_alone)  # fmt: skip


def varied(rows, count=6, rate=0.5, **options):
    task = Augmentation((Spec("mention", {"rate": rate}),), count, synthetic_only=True, **options)
    return list(augment(rows, task))


def mentions(row):
    return [
        (row.text[slice(*span)], label)
        for span, label in mentions_of(row.text, annotations_of(row))
    ]


def spans(text, *found):
    """Return a row with spans of (words, label)."""
    placed = [(text.index(words), words, label) for words, label in found]
    return real(text, spans=[
        {"start": at, "end": at + len(words), "label": label} for at, words, label in placed
    ])  # fmt: skip


@pytest.mark.parametrize("shape", LABELLED)
def test_each_shape_names_the_new_mention(shape):
    rows = [real(text, **shape(text, name)) for text, name in zip(TEXTS, NAMES, strict=True)]
    outcomes = varied(rows, 3)
    assert not rejected(outcomes)
    old = {row.id: name for row, name in zip(rows, NAMES, strict=True)}
    for child in kept(outcomes):
        new = child.text.removeprefix(BEFORE).removesuffix(" quickly before the holidays")
        assert new in set(NAMES) - {old[child.root]}
        assert mentions(child) == [(new, "LOC")]
        if shape in OF_SPANS:
            assert under(child) == [new], child.line
        if shape not in OF_SPANS or shape is prodigy:
            assert tagged(child) == new.split(), child.line
        parent = next(row for row in rows if row.id == child.root)
        assert apply_edits(parent.text, from_rows(child.aug["edits"])) == child.text


def test_what_else_holds_the_words_of_an_entry_gets_the_new_ones():
    rows = [real(text, **objects(text, name)) for text, name in zip(TEXTS, NAMES, strict=True)]
    for child in kept(varied(rows, 2)):
        [span] = child.fields["spans"]
        assert span["text"] == child.text[span["start"] : span["end"]]


@pytest.mark.parametrize("shape", [squad, squad_objects, squad_flat, numbers])
def test_a_span_without_a_label_is_not_replaced(shape):
    rows = [real(text, **shape(text, name)) for text, name in zip(TEXTS, NAMES, strict=True)]
    assert {each.reason for each in varied(rows, 1)} == {"no_candidate"}


@pytest.mark.parametrize("unit", ["utf16", "bytes"])
def test_positions_stay_in_the_unit_of_the_row(unit):
    rows = []
    for text, name in zip(TEXTS, NAMES, strict=True):
        ruler, start = Ruler(text, unit), text.index(name)
        end = ruler.position(start + len(name))
        entities = [[ruler.position(start), end, "LOC"]]
        rows.append(from_fields({"text": text, "entities": entities}, Schema(offsets=unit)))
    for child in kept(varied(rows, 2)):
        assert mentions(child)[0][0] in NAMES


SCHEMES = [
    (["B-p"], ["B-p", "I-p", "I-p"]),
    (["S-p"], ["B-p", "I-p", "E-p"]),
    (["U-p"], ["B-p", "I-p", "L-p"]),
    (["I-p"], ["I-p", "I-p", "I-p"]),
    (["b-p"], ["b-p", "i-p", "i-p"]),
    (["B_p"], ["B_p", "I_p", "I_p"]),
    (["p"], ["p", "p", "p"]),
]


@pytest.mark.parametrize(("short", "long"), SCHEMES)
def test_a_longer_or_shorter_mention_is_tagged_by_the_scheme_of_its_row(short, long):
    def row(words, tags):
        return real(" ".join(["in", *words, "now"]), tokens=["in", *words, "now"],
                    ner_tags=["O", *tags, "O"])  # fmt: skip

    one, other = row(["Oslo"], short), row(["New", "York", "City"], long)
    longer, shorter = kept(varied([one, other], 1))
    assert (longer.text, longer.fields["ner_tags"]) == ("in New York City now", ["O", *long, "O"])
    assert (shorter.text, shorter.fields["ner_tags"]) == ("in Oslo now", ["O", *short, "O"])


def test_the_middle_is_an_m_where_the_row_says_so():
    tags = ["B-p", "M-p", "E-p", "S-p"]
    row = real("New York City Oslo", tokens=["New", "York", "City", "Oslo"], ner_tags=tags)
    children = kept(varied([row], 12))
    assert {tuple(child.fields["ner_tags"]) for child in children} <= {
        ("S-p", "S-p"), ("S-p", "B-p", "M-p", "E-p"), ("B-p", "M-p", "E-p", "B-p", "M-p", "E-p"),
    }  # fmt: skip
    assert len(children) == 3


def test_neighbours_are_replaced_each_by_its_own_label():
    row = real("on May 3rd noon.", tokens=["on", "May", "3rd", "noon", "."],
               tags=["O", "B-date", "I-date", "B-time", "O"])  # fmt: skip
    other = real("today, half past six", tokens=["today", ",", "half", "past", "six"],
                 tags=["B-date", "O", "B-time", "I-time", "I-time"])  # fmt: skip
    child = kept(varied([row, other], 1, rate=1))[0]
    assert child.text == "on Today half past six."
    assert child.fields["tokens"] == ["on", "Today", "half", "past", "six", "."]
    assert child.fields["tags"] == ["O", "B-date", "B-time", "I-time", "I-time", "O"]


def test_tokens_that_are_cut_otherwise_and_tags_of_words_are_not_invented():
    glued = real("to St.Ives", tokens=["to", "St.", "Ives"], tags=["O", "B-p", "I-p"])
    plain = real("to Rome", tokens=["to", "Rome"], tags=["O", "B-p"], pos_tags=["IN", "NNP"])
    assert mentions(glued) == []
    assert [each.reason for each in varied([glued, plain], 1)] == ["no_candidate"] * 2
    other = real("to Oslo", tokens=["to", "Oslo"], tags=["O", "B-p"])
    assert varied([plain, other], 1)[0].reason == "span_lost"


@pytest.mark.parametrize(("text", "new"), [
    ("Tomorrow is fine", "Next week is fine"), ("say tomorrow", "say next week"),
])  # fmt: skip
def test_the_first_letter_is_a_capital_where_it_was_one(text, new):
    word = "tomorrow" if "tomorrow" in text else "Tomorrow"
    rows = [spans(text, (word, "date")), spans("see you next week", ("next week", "date"))]
    assert kept(varied(rows, 1))[0].text == new


def test_a_capital_that_began_a_sentence_is_not_put_inside_one():
    rows = [spans("Today we come", ("Today", "d")), spans("today", ("today", "d")),
            spans("on Monday", ("Monday", "d"))]  # fmt: skip
    pool = MentionPool()
    for row in rows:
        pool.note(row)
    assert pool.by_label() == {"d": ("Monday", "today")}


def test_only_real_rows_that_test_nothing_give_mentions():
    rows = [spans("to Oslo", ("Oslo", "p")), spans("to Rome", ("Rome", "p")),
            spans("to Bonn", ("Bonn", "p")),
            made("to Kiel", spans=[{"start": 3, "end": 7, "label": "p"}])]  # fmt: skip
    barred = {"barred_ids": frozenset({rows[2].id}), "barred_texts": frozenset({digest("to Bonn")})}
    children = kept(varied(rows, 8, **barred))
    assert {child.text for child in children} == {"to Oslo", "to Rome"}


def test_patterns_of_the_user_are_not_replaced():
    rows = [spans("Oslo to Rome", ("Oslo", "p"), ("Rome", "p")), spans("Bonn", ("Bonn", "p"))]
    children = kept(varied(rows, 6, rate=1, protect=("Rome",)))
    assert all(child.text.endswith("to Rome") for child in children if child.root == rows[0].id)


def test_a_field_that_holds_the_words_elsewhere_is_stale_unless_it_is_kept():
    def row(**schema):
        given = {"text": "to Oslo", "spans": [{"start": 3, "end": 7, "label": "p"}],
                 "slots": {"to": "Oslo"}}  # fmt: skip
        return from_fields(given, Schema(**schema))

    other = spans("to Rome", ("Rome", "p"))
    lost = varied([row(), other], 1)[0]
    assert (lost.reason, lost.detail["field"]) == ("stale_field", "slots")
    assert varied([row(keep=("slots",)), other], 1)[0].text == "to Rome"


@pytest.mark.parametrize("fields", [
    {"spans": [{"start": 3, "end": 7, "label": "p", "kb_id": "Q585"}]},
    {"spans": [{"start": 3, "end": 7}]},
    {"spans": [{"start": 3, "end": 7, "label": "p"}, {"start": 0, "end": 7, "label": "whole"}]},
    {"spans": [{"start": 3, "end": 6, "label": "p"}]},
    {"spans": [{"start": 3, "end": 3, "label": "p"}]},
    {"spans": [{"start": 2, "end": 7, "label": "p"}]},
    {"spans": []},
    {},
])  # fmt: skip
def test_what_more_is_said_of_shares_characters_or_cuts_a_word_is_left_alone(fields):
    rows = [real("to Oslo", **fields), spans("to Rome", ("Rome", "p"), ("to Rome", "whole"))]
    reject = varied([*rows, spans("in Bonn", ("Bonn", "p"))], 1)[0]
    assert reject.reason == "no_candidate"


def test_a_label_that_is_spelt_like_its_mention_stays():
    rows = [spans("the date please", ("date", "date")), spans("on Monday", ("Monday", "date"))]
    child = kept(varied(rows, 1))[0]
    assert child.fields["spans"] == [{"start": 4, "end": 10, "label": "date"}]


def test_a_span_that_two_fields_name_has_one_mention_and_both_move():
    def row(name):
        text = f"to {name}"
        return real(text, **bio(text, name), entities=[[3, len(text), "LOC"]])

    child = kept(varied([row("New York"), row("Oslo")], 1))[0]
    assert (child.fields["tokens"], child.fields["ner_tags"]) == (["to", "Oslo"], ["O", "B-LOC"])
    assert child.fields["entities"] == [[3, 7, "LOC"]]


def test_order_repetition_and_workers_change_no_row():
    rows = [real(text, **objects(text, name)) for text, name in zip(TEXTS, NAMES, strict=True)]
    lines = {row.line for row in kept(varied(rows))}
    assert {row.line for row in kept(varied(rows[::-1]))} == lines
    task = Augmentation((Spec("mention"),), 6, synthetic_only=True).knowing(rows)
    again = pickle.loads(pickle.dumps(task))
    assert {row.line for one in rows for row in kept(augment(iter([one]), again))} == lines


def test_rows_that_may_be_endless_are_refused():
    rows = [spans("to Oslo", ("Oslo", "p"))]
    with pytest.raises(UsageError, match="stream"):
        list(da.augment(rows, "mention", stream=True).stream())


def test_extraction_takes_it_and_python_reads_all_rows():
    given = [orjson.loads(spans(f"to {name}", (name, "p")).line) for name in ("Oslo", "Rome")]
    found = da.augment(given, "mention", task="extraction", synthetic_only=True)
    assert [row.text for row in found] == ["to Rome", "to Oslo"]


def test_balance_takes_mentions_of_all_classes():
    named = {"to Oslo": "a", "in Rome": "b", "at Bonn": "b"}
    given = [
        {"text": text, "label": label, "spans": [{"start": 3, "end": 7, "label": "p"}]}
        for text, label in named.items()
    ]
    found = da.balance(given, with_="mention", to=2)
    assert [row.text for row in found][3:] in (["to Rome"], ["to Bonn"])


WORDS = st.sampled_from(
    ["to", "Oslo", "New", "York", "May", "3rd", "İ", "नई", "👍🏽", "é", "St.", "a"]
)


@st.composite
def tagged_rows(draw):
    """Return rows of words with BIO tags and, of some, spans of the same entities."""
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        tokens = draw(st.lists(WORDS, min_size=1, max_size=8))
        tags, entities, at, place = [], [], 0, 0
        while place < len(tokens):
            size = min(draw(st.integers(1, 3)), len(tokens) - place)
            words = " ".join(tokens[place : place + size])
            if label := draw(st.sampled_from(["", "x", "y"])):
                tags += [f"B-{label}"] + [f"I-{label}"] * (size - 1)
                entities.append({"start": at, "end": at + len(words), "label": label})
            else:
                tags += ["O"] * size
            at, place = at + len(words) + 1, place + size
        fields = {"tokens": tokens, "tags": tags} | (
            {"spans": entities} if draw(st.booleans()) else {})  # fmt: skip
        rows.append(real(" ".join(tokens), **fields))
    return rows


@settings(max_examples=60, deadline=None)
@given(tagged_rows(), st.sampled_from([0.0, 0.5, 1.0]))
def test_any_row_keeps_its_labels_and_all_that_is_no_mention(rows, rate):
    outcomes = varied(rows, 2, rate=rate)
    assert {each.reason for each in rejected(outcomes)} <= {
        "no_candidate", "too_few_variants", "same_row"}  # fmt: skip
    pool = {found for row in rows for found in mentions(row)}
    small = {(words.casefold(), label) for words, label in pool}
    parents = {row.id: row for row in rows}
    for child in kept(outcomes):
        parent = parents[child.root]
        before, after = mentions(parent), mentions(child)
        assert [label for _, label in before] == [label for _, label in after]
        assert {(words.casefold(), label) for words, label in after} <= small
        assert child.text.split() == child.fields["tokens"]
        assert outside(child) == outside(parent)
        changed = sum(one != other for one, other in zip(before, after, strict=True))
        assert changed == len(child.aug["edits"]) >= 1


def outside(row):
    tokens, tags = row.fields["tokens"], row.fields["tags"]
    return [word for word, tag in zip(tokens, tags, strict=True) if tag == "O"]
