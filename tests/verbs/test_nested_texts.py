"""Every verb on a text inside of an object, of a chat, of a pair, and on several texts."""

import json

import orjson
import pytest

import dataaug as da
from dataaug.errors import InputError, UsageError
from dataaug.rows.record import shown_text

SAID = [
    "Where can I buy the new phone quickly?", "I want to change my old password today",
    "My card was stolen in the big city", "Please help me to find the right shop",
    "The delivery came late and the box was broken", "How long does a refund usually take?",
    "I need a good answer to my simple question", "Your friendly staff gave me a quick reply",
]  # fmt: skip
ANSWERS = [
    "You can buy it in the big shop", "Press the button that says new password",
    "We will send you another card", "It is in the old street near the station",
    "Then we pay your money back", "It takes a few days, please be patient",
    "Here is what I know about it", "Many thanks, our team will be happy",
]  # fmt: skip


def nested(n, text):
    return {"id": n, "data": {"z": 1, "text": text, "intent": "ab"[n % 2], "lang": "en"}, "v": 1.5}


def chat(n, text):
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": text},
                {"role": "assistant", "content": ANSWERS[n % 8], "ok": True}]  # fmt: skip
    return {"messages": messages, "id": f"c{n}", "meta": {"intent": "ab"[n % 2]}}


def shared(n, text):
    turns = [{"from": "human", "value": text}, {"from": "gpt", "value": ANSWERS[n % 8]}]
    return {"id": f"s{n}", "conversations": turns, "meta": {"intent": "ab"[n % 2]}}


def preferred(n, text):
    return {"prompt": text, "chosen": [{"role": "user", "content": text},
            {"role": "assistant", "content": ANSWERS[n % 8]}], "rejected": "No.",
            "meta": {"intent": "ab"[n % 2], "n": n}}  # fmt: skip


def dotted(n, text):
    return {"id": n, "data.text": text, "data": {"text": "of no use", "intent": "ab"[n % 2]}}


SHAPES = {
    "nested": (nested, "data.text", "data.intent"),
    "last user": (chat, "messages[user].content", "meta.intent"),
    "by number": (chat, "messages.1.content", "meta.intent"),
    "from the end": (chat, "messages.-1.content", "meta.intent"),
    "ShareGPT": (shared, "conversations[human].value", "meta.intent"),
    "chosen": (preferred, "chosen[assistant].content", "meta.intent"),
    "prompt": (preferred, "prompt", "meta.intent"),
    "a key with a dot": (dotted, "data.text", "data.intent"),
}
PLACES = {
    "nested": ("data", "text"),
    "last user": ("messages", 1, "content"),
    "by number": ("messages", 1, "content"),
    "from the end": ("messages", 2, "content"),
    "ShareGPT": ("conversations", 0, "value"),
    "chosen": ("chosen", 1, "content"),
    "prompt": ("prompt",),
    "a key with a dot": ("data.text",),
}


def replaced(row, place, text):
    """Return a row's JSON with another text at a place, the order of its keys as it is."""
    copy = json.loads(json.dumps(row))
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = text
    return copy


@pytest.fixture(params=SHAPES)
def shape(request):
    make, text, label = SHAPES[request.param]
    rows = [make(n, said) for n, said in enumerate(SAID)]
    return rows, PLACES[request.param], {"text_field": text, "label_field": label}


def made(rows, **named):
    """Return rows and a child of each, which has another text under the name alone."""
    return da.augment(rows, "typo", seed=1, **named)


def test_augment_writes_the_text_where_it_was_and_leaves_the_rest(shape):
    rows, place, named = shape
    result = list(made(rows, **named))
    parents, children = result[::2], result[1::2]
    assert [record.line for record in parents] == [orjson.dumps(row) for row in rows]
    for row, child in zip(rows, children, strict=True):
        wanted = replaced(row, place, child.text)
        if "id" in row:
            wanted["id"] = child.fields["id"]
        assert list(child.fields.items())[:-1] == list(wanted.items())
        assert orjson.dumps(wanted)[:-1] + b',"_aug":' in child.line
        assert child.text != parents[children.index(child)].text
        assert child.label == row.get("data", row.get("meta"))["intent"]
        named_so = child.aug.get("text_field")
        assert named_so == (
            None if len(place) == 1 and "." not in place[0] else named["text_field"]
        )


def test_numbers_beside_the_text_keep_their_characters(tmp_path):
    line = (
        '{"a": {"n": 1.10, "t": "Where can I buy the phone?", "m": [1E5, -0]}, "big": 123456789012'
    )
    (tmp_path / "in.jsonl").write_text(line + '34567890, "id": "é"}\n')
    parent, child = da.augment(tmp_path / "in.jsonl", "typo", text_field="a.t")
    assert parent.line.decode() == line + '34567890, "id": "é"}'
    assert b'"m":[1E5,-0]},"big":12345678901234567890,' in child.line
    assert b'"a":{"n":1.10,"t":"' in child.line


def test_a_result_is_read_again_by_its_path(shape):
    rows, _, named = shape
    first = list(made(rows, **named))
    again = da.filter(first, ["exact"], **named)
    assert [record.line for record in again] == [record.line for record in first]
    read = da.filter([record.fields for record in first], ["exact"], **named)
    assert [record.text for record in read] == [record.text for record in first]


def test_records_of_another_field_are_read_anew():
    rows = [chat(n, said) for n, said in enumerate(SAID)]
    asked = da.filter(rows, [], text_field="messages[user].content")
    answered = da.augment(asked, "typo", text_field="messages[assistant].content")
    assert {r.text for r in answered if r.is_real} == {*ANSWERS}


def test_filter_looks_at_the_named_text_alone(shape):
    rows, place, named = shape
    first = list(made(rows, **named))
    copy = {**replaced(first[1].fields, place, first[0].text.upper()), "id": "copy"}
    copy["_aug"] = {**copy["_aug"], "id": "copy"}
    done = da.filter([*(record.fields for record in first), copy], ["exact"], **named)
    assert [reject.record.fields["id"] for reject in done.rejects] == ["copy"]
    assert [reject.reason for reject in done.rejects] == ["exact_duplicate"]


def test_mix_and_split_read_paths(shape):
    rows, _, named = shape
    first = list(made(rows, **named))
    mixed = list(da.mix(first, ratio="1:1", **named))
    assert sorted(record.line for record in mixed) == sorted(record.line for record in first)
    parts = da.split(rows, test=0.5, embedder="hashing", **named)
    both = sorted(record.line for part in (parts.train, parts.test) for record in part)
    assert both == sorted(orjson.dumps(row) for row in rows)


def test_spotcheck_shows_the_named_text_and_writes_right_labels_in_place(shape):
    rows, _, named = shape
    first = list(made(rows, **named))
    spot = da.spotcheck(first, n=8, suspicious=0, **named)
    by_id = {record.id: record for record in first}
    for item in spot.items:
        assert item.record.text == by_id[item.record.id].text
        assert item.parent.text == by_id[item.record.aug["parent"]].text
    wrong = {"verdict": "bad", "label": "b"}
    said = [wrong if item.record.label == "a" else "ok" for item in spot.items]
    judged = da.spotcheck(first, n=8, suspicious=0, verdicts=said, apply_labels=True,
                          max_error_rate=0.9, **named)  # fmt: skip
    assert judged.passed
    relabelled = [record for record in judged if "relabelled" in (record.aug or {})]
    assert len(relabelled) == 4
    outer, inner = named["label_field"].split(".")
    for record in relabelled:
        before = by_id[record.id].fields
        assert record.fields[outer] == {**before[outer], inner: "b"}
        assert list(record.fields) == list(before)
        assert record.label == "b"
        assert record.aug["relabelled"]["label"] == "a"


@pytest.mark.parametrize("name", SHAPES)
def test_compare_measures_the_named_text(name):
    make, text, label = SHAPES[name]
    rows = [make(n, SAID[n % 8]) for n in range(48)]
    first = list(made(rows, text_field=text, label_field=label))
    found = da.compare(first, measures=["length"], by="none", text_field=text)
    words = [len(record.text.split()) for record in first if record.is_real]
    assert found.findings[0].measure == "length.words"
    assert found.findings[0].real == pytest.approx(sum(words) / 48)


@pytest.mark.parametrize("method", ["typo", "oversample"])
def test_balance_fills_up_by_the_named_label(shape, method):
    rows, place, named = shape
    uneven = [row for n, row in enumerate(rows) if n % 2 == 0 or n < 4]
    done = list(da.balance(uneven, to="max", with_=method, **named))
    assert [sum(record.label == label for record in done) for label in "ab"] == [4, 4]
    new = [record for record in done if not record.is_real]
    for record in new:
        (parent,) = [row for row in done if row.id == record.aug["parent"]]
        alike = replaced(parent.fields, place, record.text)
        beside = {"id": record.fields.get("id"), "_aug": record.fields["_aug"]}
        assert record.fields == {**alike, **{k: v for k, v in beside.items() if v is not None}}


def question(n, text):
    return {"id": n, "data": {"intent": "ab"[n % 2], "text": f"Question {n}", "more": text}}


@pytest.mark.parametrize(
    ("make", "name"), [(nested, "data.text"), (question, ["data.text", "data.more"])]
)
def test_evaluate_reads_paths_and_several_texts(make, name):
    train = [make(n, f"{'stolen card' if n % 2 else 'late parcel'} {n}") for n in range(24)]
    test = [make(100 + n, f"{'my card' if n % 2 else 'a parcel'} in {n}") for n in range(8)]
    named = {"text_field": name, "label_field": "data.intent"}
    new = [record.fields for record in made(train, **named) if not record.is_real]
    done = da.evaluate(train=train, candidates=new, test=test, classifier="tfidf", repeats=1,
                       embedder="hashing", controls=False, **named)  # fmt: skip
    real = next(each for each in done.found.scores if each.kind == "real")
    assert real.macro_f1.value == 1


def test_generate_and_new_rows_need_a_path_of_keys():
    for name in ("messages[user].content", "messages.0.content"):
        with pytest.raises(UsageError, match="generate writes new rows, which have no list"):
            da.generate([], labels={"a": 1}, text_field=name)
        for maker in ("label-names", "generate"):
            with pytest.raises(UsageError, match=f"{maker}: it writes new rows"):
                da.balance([], with_=maker, text_field=name)


def test_rows_of_label_names_lie_where_paths_lead():
    labels = ["new phone", "old password", "stolen card", "right shop"]
    rows = [nested(n, said) for n, said in enumerate(SAID[:4])]
    for row, label in zip(rows, labels, strict=True):
        row["data"]["intent"] = label
    rows.append({**rows[0], "data": {**rows[0]["data"], "text": "A phone is what I want"}})
    done = da.balance(rows, to="max", with_="label-names", text_field="data.text",
                      label_field="data.intent")  # fmt: skip
    new = [record for record in done if not record.is_real]
    assert [record.fields["data"] for record in new] == [
        {"text": label, "intent": label} for label in sorted(labels[1:])
    ]
    assert all(record.text == record.label for record in new)


# --- what depends on a text inside of an object


def spans(text, word):
    return [{"start": text.index(word), "end": text.index(word) + len(word), "text": word}]


@pytest.mark.parametrize(
    "row",
    [
        {"data": {"text": SAID[0], "spans": spans(SAID[0], "phone")}, "n": 1},
        {"data": {"text": SAID[0]}, "spans": spans(SAID[0], "phone"), "n": 1},
        {"data": {"text": SAID[0], "entities": [[24, 29, "ITEM"]]}, "spans": None, "n": 1},
        {"data": {"text": SAID[0], "tokens": [*SAID[0][:-1].split(), "?"],
                  "ner_tags": ["O"] * 6 + ["B-X", "O", "O"]}},
    ],
)  # fmt: skip
def test_spans_beside_and_around_a_text_move_with_it(row):
    done = da.augment([row], "insert", n=2, seed=3, text_field="data.text", synthetic_only=True)
    children = list(done)
    assert children, [reject.detail for reject in done.rejects]
    for child in children:
        inner = {**child.fields, **child.fields["data"]}
        assert list(child.fields["data"]) == list(row["data"])
        for span in inner.get("spans") or []:
            assert child.text[span["start"] : span["end"]] == "phone" == span["text"]
        for start, end, _ in inner.get("entities", []):
            assert child.text[start:end] == "phone"
        if "tokens" in inner:
            assert inner["tokens"][inner["ner_tags"].index("B-X")] == "phone"


@pytest.mark.parametrize(
    ("row", "reason", "field"),
    [
        ({"data": {"text": SAID[0], "spans": [{"start": 0, "end": 5, "text": "phone"}]}},
         "bad_spans", "data.spans"),
        ({"data": {"text": SAID[0], "answer": "buy", "found_start": 12, "found_end": 15}},
         "stale_field", "data.found_start"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_text_inside_is_named_by_its_path(row, reason, field):
    (reject,) = da.augment([row], "typo", text_field="data.text").rejects
    assert (reject.reason, reject.detail["field"]) == (reason, field)
    kept = da.augment([row], "typo", text_field="data.text", keep_field=field)
    assert len(kept) == 2


# --- several texts


PAIR = ["premise", "hypothesis"]


def pair(n, premise, hypothesis):
    return {"id": f"p{n}", "premise": premise, "hypothesis": hypothesis, "label": "ab"[n % 2]}


PAIRS = [pair(n, one, other) for n, (one, other) in enumerate(zip(SAID, SAID[::-1], strict=True))]


def test_a_child_varies_one_of_several_texts_and_says_which():
    done = da.augment(PAIRS, "typo", n=3, seed=1, text_field=PAIR, synthetic_only=True)
    parents = {row["id"]: row for row in PAIRS}
    varied = []
    for child in done:
        parent, name = parents[child.aug["parent"]], child.aug["text_field"]
        assert [key for key in PAIR if child.fields[key] != parent[key]] == [name]
        varied.append((parent["id"], child.aug["variant"], name))
        for edit in child.aug["edits"]:
            assert parent[name][edit["start"] : edit["end"]] == edit["from"]
    assert len(varied) == 24
    for name in PAIR:  # in turns: each field of a row once or twice
        assert {sum(v[0] == row["id"] and v[2] == name for v in varied) for row in PAIRS} <= {1, 2}
    assert {name for _, number, name in varied if not number} == {*PAIR}
    fewer = da.augment(PAIRS, "typo", n=1, seed=1, text_field=PAIR, synthetic_only=True)
    assert [record.line for record in fewer] == [r.line for r in done if r.aug["variant"] == 0]


def test_an_empty_text_is_not_varied():
    rows = [{"instruction": said, "input": "", "output": None} for said in SAID]
    done = da.augment(rows, "typo", text_field=["instruction", "input", "output"])
    assert not done.rejects
    assert {r.aug["text_field"] for r in done if not r.is_real} == {"instruction"}


def test_what_depends_on_one_of_several_texts_stays_beside_the_other():
    row = pair(0, SAID[0], SAID[2]) | {"spans": spans(SAID[0], "phone")}
    tokens = {"hypothesis_tokens": SAID[2].split()}
    children = [
        child
        for seed in range(4)
        for child in da.augment([row | tokens], "insert", n=2, seed=seed, text_field=PAIR)
        if not child.is_real
    ]
    assert {child.aug["text_field"] for child in children} == {*PAIR}
    for child in children:
        (span,) = child.fields["spans"]
        assert child.fields["premise"][span["start"] : span["end"]] == "phone"
        joined = "".join(child.fields["hypothesis_tokens"])
        assert joined == child.fields["hypothesis"].replace(" ", "")


def test_other_verbs_take_several_texts():
    first = list(da.augment(PAIRS, "typo", seed=1, text_field=PAIR))
    spot = da.spotcheck(first, n=8, suspicious=0, text_field=PAIR)
    shown = {shown_text(item.record.text, item.record.schema) for item in spot.items}
    assert (
        f"premise: {first[1].fields['premise']}\nhypothesis: {first[1].fields['hypothesis']}"
        in shown
    )
    rows = [{**PAIRS[n % 8], "id": n} for n in range(48)]
    many = da.augment(rows, "typo", seed=1, text_field=PAIR)
    found = da.compare(many, measures=["length"], by="none", text_field=PAIR)
    words = [len(f"{row['premise']} {row['hypothesis']}".split()) for row in PAIRS]
    assert found.findings[0].real == pytest.approx(sum(words) / 8)
    balanced = da.balance(PAIRS[:5], to="max", with_="typo", text_field=PAIR)
    assert [sum(r.label == label for r in balanced) for label in "ab"] == [3, 3]
    again = da.balance(PAIRS[:5], to="max", with_="oversample", text_field=PAIR)
    (copy,) = [record for record in again if not record.is_real]
    (parent,) = [row for row in PAIRS if row["id"] == copy.aug["parent"]]
    assert [copy.fields[key] for key in PAIR] == [parent[key] for key in PAIR]
    with pytest.raises(UsageError, match="label-names: it writes new rows"):
        da.balance(PAIRS, with_="label-names", text_field=PAIR)


def test_planted_rows_of_several_texts_have_all_of_them():
    first = list(da.augment(PAIRS, "typo", seed=1, text_field=PAIR))
    spot = da.spotcheck(first, n=8, plant=2, suspicious=0, text_field=PAIR)
    texts = {(row["premise"], row["hypothesis"]) for row in PAIRS}
    planted = [item for item in spot.items if (item.record.fields["premise"],
               item.record.fields["hypothesis"]) in texts]  # fmt: skip
    assert len(planted) == 2
    for item in planted:
        assert item.parent is None or item.parent.fields["hypothesis"]


# --- rows without the field


@pytest.mark.parametrize("verb", ["augment", "filter", "split", "mix"])
def test_a_chat_without_a_named_text_says_what_to_name(verb):
    options = {"test": 0.5} if verb == "split" else {}
    with pytest.raises(InputError, match=r'as text_field="messages\[user\]\.content"'):
        list(getattr(da, verb)([chat(0, SAID[0])], **options))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--text-field", "data.txt"], "no field 'data.txt' (fields here: 'id', 'data.z'"),
        (["--text-field", "data.txt", "--on-error", "skip"],
         "--text-field 'data.txt': no row has this field (missing_text 2) (fields there: 'id'"),
        (["--text-field", "data.text", "--label-field", "data.class"],
         "--label-field 'data.class': no row has this field (fields there: 'id', 'data.z', 'data"),
        (["--text-field", "data[0]"], "a path joins keys and places of lists by dots"),
        ([], "name one of its texts, as --text-field \"data.text\""),
    ],
)  # fmt: skip
def test_a_field_that_no_row_has_is_three_and_says_what_there_is(cli, options, said):
    lines = "".join(json.dumps(nested(n, said)) + "\n" for n, said in enumerate(SAID[:2]))
    done = cli("filter", "--check", "exact", *options, stdin=lines.encode())
    assert done.code == 3
    assert said in done.err.decode()
