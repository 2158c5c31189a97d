"""Fields that depend on the text: moved with it and verified, or a reason; never silently wrong."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import kept, real, rejected

from dataaug.augmentation.run import Augmentation, augment
from dataaug.generation.tasks import Brief, Label
from dataaug.plugins import Spec, load
from dataaug.rows.annotations import NONE, SpanFault, annotations_of, moved
from dataaug.rows.derived import make_child
from dataaug.rows.offsets import Ruler
from dataaug.rows.record import Schema, from_fields
from dataaug.rows.spans import Edit, apply_edits

METHODS = ("synonym", "typo", "delete", "insert", "swap")
BEFORE = "We need to purchase a new charger 👍🏽 and a big lamp from "
NAMES = ("Köln Süd", "D\u0075\u0308sseldorf", "𝔑ordlicht", "नई दिल्ली", "Oslo")
TEXTS = [f"{BEFORE}{name} quickly before the holidays" for name in NAMES]


def where(text, name):
    start = text.index(name)
    return start, start + len(name)


def words(text):
    """Return tokens as objects, and those that make up a name."""
    found, place = [], 0
    for number, word in enumerate(text.split()):
        start = text.index(word, place)
        place = start + len(word)
        found.append({"text": word, "start": start, "end": place, "id": number, "ws": True})
    found[-1]["ws"] = False
    return found


def objects(text, name):
    start, end = where(text, name)
    return {"spans": [{"start": start, "end": end, "label": "LOC", "text": name}]}


def doccano(text, name):
    return {"label": [[*where(text, name), "LOC"]]}


def doccano_objects(text, name):
    start, end = where(text, name)
    return {"entities": [{"id": 7, "label": "LOC", "start_offset": start, "end_offset": end}]}


def spacy(text, name):
    return {"entities": [[*where(text, name), "LOC"]]}


def spacy_object(text, name):
    return {"annotations": {"entities": [[*where(text, name), "LOC"]]}}


def label_first(text, name):
    return {"entities": [["LOC", *where(text, name)]]}


def columns(text, name):
    start, end = where(text, name)
    return {"entities": {"start": [start], "end": [end], "text": [name], "label": ["LOC"]}}


def prodigy(text, name):
    start, end = where(text, name)
    tokens = words(text)
    [first] = [token["id"] for token in tokens if token["start"] == start]
    [last] = [token["id"] for token in tokens if token["end"] == end]
    span = {"start": start, "end": end, "token_start": first, "token_end": last, "label": "LOC"}
    return {"tokens": tokens, "spans": [span]}


def squad(text, name):
    return {
        "question": "Where?",
        "answers": {"text": [name], "answer_start": [where(text, name)[0]]},
    }


def squad_objects(text, name):
    return {"qas": [{"q": "?", "answers": [{"text": name, "answer_start": where(text, name)[0]}]}]}


def squad_flat(text, name):
    start, end = where(text, name)
    return {"answer": name, "answer_start": start, "answer_end": end}


def bio(text, name):
    tokens = text.split()
    first = tokens.index(name.split()[0])
    tags = ["O"] * len(tokens)
    for number in range(len(name.split())):
        tags[first + number] = "I-LOC" if number else "B-LOC"
    return {"tokens": tokens, "ner_tags": tags}


def numbers(text, name):
    tags = [{"O": 0, "B-LOC": 3, "I-LOC": 4}[tag] for tag in bio(text, name)["ner_tags"]]
    return {"words": text.split(), "ner_tags": tags}


def tags_alone(text, name):
    return {"slots": bio(text, name)["ner_tags"]}


def inside(value):
    """Yield a value and all lists and objects in it."""
    yield value
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from inside(each)


def listed(value):
    return value if isinstance(value, list) else [value]


def said_by(value, text):
    """Yield the slices of a text that an object or list of a row names by positions."""
    if isinstance(value, list):
        places = [each for each in value if type(each) is int]
        if len(places) == 2 and len(value) == 3:
            yield text[slice(*places)]
        return
    for a, b in (("start", "end"), ("start_offset", "end_offset")):
        if a in value:
            yield from (text[s:e] for s, e in zip(listed(value[a]), listed(value[b]), strict=True))
    if "answer_start" in value:
        answers = listed(value["answer"] if "answer" in value else value["text"])
        for start, answer in zip(listed(value["answer_start"]), answers, strict=True):
            yield text[start : start + len(answer)]


def under(row):
    """Return the texts that a row's own fields say lie under its spans, read without the tool."""
    own = {key: value for key, value in row.fields.items() if key not in {"tokens", "_aug"}}
    return [said for value in inside(own) for said in said_by(value, row.text)]


def tagged(row):
    """Return the words of a row that have a tag of an entity."""
    fields = row.fields
    tags = fields.get("ner_tags") or fields.get("slots")
    tokens = fields.get("tokens") or fields.get("words") or row.text.split()
    if isinstance(tokens[0], dict):
        assert [token["id"] for token in tokens] == list(range(len(tokens)))
        assert all(row.text[token["start"] : token["end"]] == token["text"] for token in tokens)
        assert [token["text"] for token in tokens] == row.text.split()
        ends = [row.text[token["end"] : token["end"] + 1] for token in tokens]
        assert [token["ws"] for token in tokens] == [end == " " for end in ends]
        [span] = fields["spans"]
        return [token["text"] for token in tokens[span["token_start"] : span["token_end"] + 1]]
    assert [len(tokens), tokens] == [len(tags), row.text.split()]
    return [token for token, tag in zip(tokens, tags, strict=True) if tag not in ("O", 0)]


OF_SPANS = (objects, doccano, doccano_objects, spacy, spacy_object, label_first, columns, prodigy,
            squad, squad_objects, squad_flat)  # fmt: skip
OF_TOKENS = (prodigy, bio, numbers, tags_alone)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [*OF_SPANS, bio, numbers, tags_alone])
def test_each_shape_moves_with_the_edits_of_each_method(shape, method):
    rows = [real(text, **shape(text, name)) for text, name in zip(TEXTS, NAMES, strict=True)]
    outcomes = list(augment(rows, Augmentation((Spec(method),), 6, synthetic_only=True)))
    children = kept(outcomes)
    assert {each.reason for each in rejected(outcomes)} <= {"no_candidate", "too_few_variants"}
    assert len(children) >= len(rows)
    names = {row.id: name for row, name in zip(rows, NAMES, strict=True)}
    shifted = 0
    for child in children:
        name = names[child.root]
        shifted += child.text.index(name) != len(BEFORE)
        if shape in OF_SPANS:
            assert under(child) == [name], child.line
        if shape in OF_TOKENS:
            assert tagged(child) == name.split(), child.line
    assert shifted


@pytest.mark.parametrize("unit", ["utf16", "bytes"])
@pytest.mark.parametrize("shape", [objects, doccano, spacy, columns, squad, prodigy])
def test_offsets_of_other_tools_are_converted_and_written_as_they_came(shape, unit):
    text, name = TEXTS[1], NAMES[1]
    there, ruler = where(text, name), Ruler(text, unit)
    coded = orjson.loads(orjson.dumps(shape(text, name)))

    def code(value):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            if type(each) is int and (each in there or key in {"start", "end"}):
                value[key] = ruler.position(each)
            elif isinstance(each, dict | list):
                code(each)

    code(coded)
    row = from_fields({"text": text, **coded}, Schema(offsets=unit))
    edits = [Edit(0, 2, "𝔚𝔢 👍")]
    found = annotations_of(row)
    assert found.fault is None
    assert there in found.spans
    new = apply_edits(text, edits)
    child = make_child(row, new, method="m", variant=0, seed=1, edits=edits,
                       changed=moved(row, found, edits, new))  # fmt: skip
    assert (new.index(name), new.index(name) + len(name)) in annotations_of(child).spans
    assert child.fields != row.fields


@pytest.mark.parametrize("unit", ["utf16", "bytes"])
def test_a_span_whose_own_text_is_elsewhere_is_refused_with_the_cause(unit):
    text = "👍 ja — buy it in Köln Süd"
    start, end = where(text, "Köln Süd")
    ruler = Ruler(text, unit)
    for fields in (
        {
            "spans": [
                {"start": ruler.position(start), "end": ruler.position(end), "text": "Köln Süd"}
            ]
        },
        {"answers": {"text": ["Köln Süd"], "answer_start": [ruler.position(start)]}},
    ):
        fault = annotations_of(real(text, **fields)).fault
        assert (fault.reason, fault.field) == ("bad_spans", next(iter(fields)))
        assert f"say --offsets {unit}" in fault.message


def test_a_span_whose_own_text_is_nowhere_is_refused_with_the_usual_causes():
    row = real("a big car", spans=[{"start": 2, "end": 5, "text": "car"}])
    assert "UTF-16 units or bytes" in annotations_of(row).fault.message
    assert annotations_of(real("a Big car", spans=[{"start": 2, "end": 5, "text": "big"}])).marks


def test_a_position_inside_a_character_is_no_span():
    row = from_fields(
        {"text": "👍 car", "spans": [{"start": 1, "end": 5}]}, Schema(offsets="utf16")
    )
    assert annotations_of(row).fault.reason == "bad_spans"


STALE = [
    ("meta", {"meta": {"begin": 2, "end": 5, "word": "big"}}),
    ("value", {"value": [{"value": {"start": 2, "end": 5, "text": "big", "labels": ["SIZE"]}}]}),
    ("found", {"found": [{"offset": 2, "length": 3, "phrase": "big"}]}),
    ("found", {"found": [{"char_start": 2, "char_end": 5, "phrase": "big"}]}),
    ("detected", {"detected": [{"text": "big", "char_spans": [[2, 4]]}]}),
    ("h", {"h": {"name": "big", "pos": [2, 5]}}),
    ("target_start", {"target_start": 2, "target_end": 5, "target": "big"}),
    ("nlp", {"nlp": {"pieces": ["a", "big", "car"]}}),
    ("pieces", {"pieces": ["a big", "car"]}),
    ("lower", {"lower": ["A", "Big", "Car"]}),
]


@pytest.mark.parametrize(("name", "fields"), STALE)
def test_a_field_that_surely_depends_on_the_text_is_refused_unless_it_is_to_be_kept(name, fields):
    (reject,) = rejected(
        augment([real("a big car", **fields)], Augmentation((Spec("synonym"),), 1))
    )
    assert (reject.reason, reject.detail["field"]) == ("stale_field", name)
    keep = Schema(keep=("target_end", name))
    row = from_fields({"text": "a big car", **fields}, keep)
    (child,) = kept(augment([row], Augmentation((Spec("synonym"),), 1, synthetic_only=True)))
    assert child.text != row.text
    assert child.fields[name] == fields[name]


@pytest.mark.parametrize(
    "fields",
    [
        {"start": 2}, {"n": 2, "m": 5, "size": "big"}, {"start": 2, "end": 5},
        {"years": {"start": 2019, "end": 2021, "what": "big"}}, {"keywords": ["big", "car"]},
        {"pair": [2, 5], "size": "big"}, {"answer_start": 2}, {"question": "big?", "tokens": ["x"]},
        {"scores": [0.1, 0.2, 0.7]}, {"ids": [1, 2, 3]}, {"span": [2, 3], "size": "big"},
        {"other": "my own", "tokens": ["my", "own"], "ner_tags": ["O", "B-x"]},
        {"context": "see Oslo", "answers": {"text": ["Oslo"], "answer_start": [4]}},
        {"lemmas": ["a", "big"]}, {"label": ["a", "big", "car"]},
    ],
)  # fmt: skip
def test_a_lone_number_a_free_list_and_what_is_about_another_text_are_left_alone(fields):
    row = real("a big car", **fields)
    assert annotations_of(row) is NONE
    (child,) = kept(augment([row], Augmentation((Spec("synonym"),), 1, synthetic_only=True)))
    assert {name: child.fields[name] for name in fields} == fields


def retagged(text, edits, **fields):
    row = real(text, **fields)
    return moved(row, annotations_of(row), edits, apply_edits(text, edits))


def test_tags_follow_their_tokens_through_insertions_deletions_and_longer_words():
    text, fields = "buy it in Oslo now", {"tokens": ["buy", "it", "in", "Oslo", "now"],
                                          "ner_tags": ["O", "O", "O", "B-c", "O"]}  # fmt: skip
    assert retagged(
        text, [Edit(0, 3, "pick up"), Edit(6, 9, ""), Edit(15, 15, "right ")], **fields
    ) == {
        "tokens": ["pick", "up", "it", "Oslo", "right", "now"],
        "ner_tags": ["O", "O", "O", "B-c", "O", "O"],
    }


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([Edit(10, 14, "Rome")], "has a tag in 'ner_tags'"),
        ([Edit(9, 15, " ")], "has a tag in 'ner_tags'"),
        ([Edit(14, 14, "X")], "a new word touches a token that stays"),
    ],
)
def test_an_edit_in_an_entity_or_beside_a_token_is_refused(edits, message):
    fields = {"tokens": ["buy", "it", "in", "Oslo", "now"], "ner_tags": [0, 0, 0, 5, 0]}
    fault = retagged("buy it in Oslo now", edits, **fields)
    assert isinstance(fault, SpanFault)
    assert fault.reason == "span_lost"
    assert message in fault.message


def test_a_word_between_two_tokens_of_one_entity_is_refused():
    fields = {"tokens": ["in", "New", "York"], "tags": ["O", "B-c", "I-c"]}
    fault = retagged("in New York", [Edit(7, 7, "old ")], **fields)
    assert fault.message == "an edit falls inside an entity of 'tags'"


def test_a_finer_cut_than_at_blanks_is_kept_or_refused():
    fields = {"tokens": ["I", "do", "n't", "buy", "it", "."], "ner_tags": [0] * 6}
    text = "I don't buy it."
    assert retagged(text, [Edit(8, 11, "take")], **fields)["tokens"] == [
        "I", "do", "n't", "take", "it", "."]  # fmt: skip
    assert retagged(text, [Edit(12, 14, "them")], **fields)["tokens"][-2:] == ["them", "."]
    fault = retagged(text, [Edit(2, 7, "can't")], **fields)
    assert fault.message == "the tokens are cut otherwise than at blanks where an edit lies"


def test_tags_of_every_word_stay_where_one_word_takes_the_place_of_one():
    fields = {"tokens": ["we", "buy", "lamps"], "pos_tags": ["PRON", "VERB", "NOUN"]}
    text = "we buy lamps"
    assert retagged(text, [Edit(3, 6, "take")], **fields)["pos_tags"] == fields["pos_tags"]
    assert retagged(text, [Edit(2, 6, "")], **fields)["pos_tags"] == ["PRON", "NOUN"]
    for edits in ([Edit(3, 6, "pick up")], [Edit(3, 3, "now ")],
                  [Edit(3, 6, "lamps"), Edit(7, 12, "buy")]):  # fmt: skip
        assert retagged(text, edits, **fields).message == "the new words have no tag in 'pos_tags'"


def test_token_objects_with_more_than_is_known_of_a_new_word_are_refused():
    tokens = [{"text": "big", "start": 0, "end": 3, "lemma": "big", "head": 1},
              {"text": "cars", "start": 4, "end": 8, "lemma": "car", "head": 1}]  # fmt: skip
    fault = retagged("big cars", [Edit(0, 3, "large")], tokens=tokens)
    assert fault.message == "tokens have 'head', which is not known of a new word"
    assert "may count tokens" in retagged("big cars", [Edit(0, 4, "")], tokens=tokens).message


@pytest.mark.parametrize(
    "fields",
    [
        {"tokens": ["buy", "##it"], "ner_tags": ["O", "B-x"]},
        {"ner_tags": ["O", "O", "B-x"]},
        {"spans": [{"start": 0, "end": 3, "token_start": 0, "token_end": 0}]},
        {
            "spans": [{"start": 0, "end": 3, "token_start": 1, "token_end": 1}],
            "tokens": ["buy", "it"],
        },
        {"label": [[0, 99, "x"]]},
        {"answer": "it", "answer_start": 4, "answer_end": 5},
        {"answers": {"text": ["it"], "answer_start": [4], "answer_end": 6}},
        {"answers": {"text": ["it"], "answer_start": [4], "answer_end": [6, 6]}},
        {"answer": "it", "answer_start": 4, "answer_end": "6"},
        {"tokens": [{"text": "buy", "start": 1, "end": 4}]},
    ],
)
def test_what_does_not_fit_the_text_is_bad_spans(fields):
    assert annotations_of(real("buy it", **fields)).fault.reason == "bad_spans"


@pytest.mark.parametrize(
    ("form", "fields"),
    [("objects", objects), ("doccano", doccano), ("spacy", spacy), ("spacy", spacy_object),
     ("prodigy", prodigy), ("squad", squad), ("squad", squad_flat), ("bio", bio)],
)  # fmt: skip
def test_a_named_shape_is_read_where_its_tool_writes_it(form, fields):
    text, name = TEXTS[0], NAMES[0]
    row = from_fields({"text": text, **fields(text, name)}, Schema(spans_format=form))
    assert annotations_of(row).spans == annotations_of(real(text, **fields(text, name))).spans != ()


@pytest.mark.parametrize(
    ("form", "fields"),
    [("objects", {"spans": [[0, 3, "x"]]}), ("doccano", {"label": ["x"]}),
     ("spacy", {"entities": {"x": 1}}), ("squad", {"answer_start": 3}),
     ("bio", {"tokens": ["x"]})],
)  # fmt: skip
def test_a_row_in_another_shape_than_the_named_one_is_bad_spans(form, fields):
    row = from_fields({"text": "buy it", **fields}, Schema(spans_format=form))
    assert annotations_of(row).fault.reason == "bad_spans"


def test_a_method_that_writes_the_text_anew_refuses_rows_with_tokens():
    from dataaug.rows.annotations import placed

    row = real("buy it", tokens=["buy", "it"], ner_tags=["O", "O"])
    assert placed(row, annotations_of(row), (), "get it").reason == "exact_spans"


def test_a_row_that_cannot_have_another_text_is_not_sent_to_the_method(monkeypatch):
    import dataaug.augmentation.run as verb

    asked = []

    def method(requests):
        asked.extend(request.text for request in requests)
        return [[verb.Variant("x")] for _ in requests]

    monkeypatch.setattr(verb, "_loaded", lambda _specs: [method])
    rows = [real("buy it", spans=3), real("go on")]
    outcomes = Augmentation((Spec("typo"),), 1)(rows)
    assert asked == ["go on"]
    assert [each.reason for each in outcomes[0]] == ["bad_spans"]


def test_rewrite_takes_over_no_field_that_depends_on_the_text():
    from dataaug.errors import InputError

    fields = {"text": "I am Ann of Oslo", "label": "a", "entities": [[12, 16, "GPE"]]}
    task = load("tasks", Spec("rewrite", {"keep": "entities"}))
    with pytest.raises(InputError, match="field 'entities' depends on the text"):
        task(Brief((Label("a", 1),), (from_fields(fields),)))
    task(Brief((Label("a", 1),), (from_fields(fields, Schema(keep=("entities",))),)))


pieces = st.sampled_from(
    ["", " ", "a", "word ", " two words", "👍🏽", "e\u0301", "न", "ि", "।", "-", "X", "\n", "zwei "]
)
words_of_all_kinds = st.lists(
    st.sampled_from(["car", "👍🏽", "cafe\u0301", "नई", "दिल्ली", "𝔑ord", "don't", "Oslo", "."]),
    min_size=2,
    max_size=7,
)
texts = st.builds(str.join, st.sampled_from([" ", "  ", " \n"]), words_of_all_kinds)


@st.composite
def edited(draw):
    """Return a text, the words of an entity in it, and edits anywhere."""
    text = draw(texts)
    first = draw(st.integers(0, len(text.split()) - 1))
    last = draw(st.integers(first, len(text.split()) - 1))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=6)))
    edits = [Edit(a, b, draw(pieces)) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    apart = [e for n, e in enumerate(edits) if not n or e.start >= edits[n - 1].end]
    return text, first, last, apart


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edited(), st.sampled_from(["characters", "utf16", "bytes"]))
def test_a_moved_span_slices_to_its_text_and_tags_fit_or_the_row_is_refused(case, unit):
    text, first, last, edits = case
    own, ruler = words(text), Ruler(text, unit)
    for token in own:
        token["start"], token["end"] = ruler.position(token["start"]), ruler.position(token["end"])
    start, end = own[first]["start"], own[last]["end"]
    tags = ["O"] * len(own)
    tags[first : last + 1] = ["B-x"] + ["I-x"] * (last - first)
    for token in own:
        del token["ws"]
    rows = [
        {"spans": [{"start": start, "end": end, "token_start": first, "token_end": last}],
         "tokens": own},
        {"tokens": text.split(), "ner_tags": tags},
        {"entities": [[start, end, "x"]]},
    ]  # fmt: skip
    before = text[slice(*annotations_of(from_fields({"text": text, **rows[2]},
                                                    Schema(offsets=unit))).spans[0])]  # fmt: skip
    new = apply_edits(text, edits)
    for fields in rows:
        row = from_fields({"text": text, **fields}, Schema(offsets=unit))
        changed = moved(row, annotations_of(row), edits, new)
        if isinstance(changed, SpanFault):
            assert changed.reason == "span_lost"
            continue
        after = annotations_of(from_fields({"text": new, **fields, **changed}, row.schema))
        assert after.fault is None
        assert new[slice(*after.spans[0])] == before
        if "ner_tags" in changed:
            assert [t for t in changed["ner_tags"] if t != "O"] == tags[first : last + 1]
            assert "".join(changed["tokens"]) == "".join(new.split())


def test_a_row_without_spans_and_edits_of_nothing_change_nothing():
    assert annotations_of(real("hello", "x", id="1", n=3, f=0.5, none=None)) is NONE
