"""Pseudo-labels: real texts with a made label, what they count as, and what p is worth."""

import random
from collections import Counter

import numpy as np
import orjson
import pytest
from making import as_bytes, made, real

import dataaug as da
from dataaug import plugins
from dataaug.classifiers import fit_soft
from dataaug.comparison.pool import compared_row
from dataaug.errors import GuardError, InputError, UsageError
from dataaug.evaluation.train_sets import row_of, within
from dataaug.labelling.teacher import teach, tempered
from dataaug.plugins import Spec
from dataaug.review.relabel import relabelled

WORDS = {"parcel": "parcel van road driver late door", "card": "card money bank pin charge paid"}
HASHING = Spec("embedding", {"embedder": "hashing"})


def text(chance, label, own=4):
    """Return six words, some of the label's own and the others of the other one's."""
    other = next(name for name in WORDS if name != label)
    words = chance.choices(WORDS[label].split(), k=own)
    return " ".join(words + chance.choices(WORDS[other].split(), k=6 - own))


@pytest.fixture(scope="module")
def rows():
    chance = random.Random(0)
    train = [{"id": f"t{n}-{label}", "text": text(chance, label), "label": label}
             for n in range(15) for label in WORDS]  # fmt: skip
    pool = [{"id": f"p{n}-{label}", "text": text(chance, label)}
            for n in range(40) for label in WORDS]  # fmt: skip
    return train, list({row["text"]: row for row in pool}.values())


def test_a_pool_row_keeps_its_text_and_says_who_gave_the_label(rows):
    train, pool = rows
    found = da.label([{**pool[0], "from": "mail"}], train=train, teacher="tfidf")
    (row,) = found.to_dicts()
    assert (row["text"], row["from"]) == (pool[0]["text"], "mail")
    aug = row["_aug"]
    assert aug["origin"] == "pseudo-labelled"
    assert aug["parent"] == aug["root"] == pool[0]["id"]
    assert (aug["teacher"], row["id"]) == ("tfidf", aug["id"])
    assert 0.5 <= aug["p"] <= 1
    assert "labels" not in aug


def test_what_is_written_does_not_follow_the_order_of_the_rows(rows):
    train, pool = rows
    options = {"teacher": "tfidf", "ratio": 0.5, "soft": True}
    one = da.label(pool, train=train, **options).to_dicts()
    other = da.label(pool[::-1], train=train[::-1], **options).to_dicts()
    assert sorted(one, key=str) == sorted(other, key=str)
    assert len(one) == len(train)


def test_the_ratio_keeps_the_surest_rows_and_the_proportions_of_the_labels(rows):
    train, pool = rows
    every = da.label(pool, train=train, teacher="tfidf").rows
    some = da.label(pool, train=train, teacher="tfidf", ratio="60:40")
    counts, kept = (Counter(row.label for row in part) for part in (every, some))
    assert len(some) == 20
    for label, count in counts.items():
        assert abs(kept[label] - 20 * count / len(every)) < 1
        least = min(row.aug["p"] for row in some if row.label == label)
        left = {row.id for row in every} - {row.id for row in some}
        assert all(row.aug["p"] <= least for row in every
                   if row.label == label and row.id in left)  # fmt: skip
    assert {reject.reason for reject in some.rejects} == {"over_ratio"}


def test_rows_below_the_limit_are_rejects_that_say_by_how_much(rows):
    train, pool = rows
    found = da.label(pool, train=train, teacher="tfidf", at_least=0.8)
    assert found.rows
    assert found.rejects
    assert all(row.aug["p"] >= 0.8 for row in found)
    assert all(one.reason == "unsure" and one.detail["p"] < 0.8 for one in found.rejects)


def test_p_is_how_often_the_label_is_right():
    """Ten labels of five rows: the classifier alone is far less sure than it is right."""
    chance = random.Random(1)
    words = {f"l{n}": [f"word{n}{letter}" for letter in "abcdef"] for n in range(10)}
    noise = [f"noise{n}" for n in range(30)]

    def draw(label):
        return " ".join(chance.choices(words[label], k=2) + chance.choices(noise, k=4))

    train = [real(draw(label), label, id=f"{label}-{n}") for label in words for n in range(5)]
    truth = [label for label in words for _ in range(40)]
    texts = [draw(label) for label in truth]
    teacher = teach(plugins.load("classifiers", Spec("tfidf")), train)
    plain, found = teacher.model(texts), teacher(texts)
    right = np.mean([teacher.classes[n] == label
                     for n, label in zip(found.argmax(axis=1), truth, strict=True)])  # fmt: skip
    assert abs(found.max(axis=1).mean() - right) < abs(plain.max(axis=1).mean() - right) / 2
    assert teacher.temperature < 1
    assert teacher.rows == 50


def test_a_temperature_keeps_the_order_of_labels_and_the_sum():
    found = tempered(np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]]), 0.5)
    assert np.allclose(found.sum(axis=1), 1)
    assert np.allclose(found[0], np.array([0.25, 0.09, 0.04]) / 0.38)
    assert found[1].tolist() == [1.0, 0.0, 0.0]


def test_one_row_a_label_is_too_few_to_calibrate_and_that_is_said(rows):
    train, pool = rows
    found = da.label(pool, train=train[:2], teacher="tfidf")
    assert found.report.summary.calibrated_on == 0
    assert "too few train rows" in found.report.warnings[0]


def test_texts_of_train_and_test_rows_are_dropped_with_the_reason(rows):
    train, pool = rows
    test = [{"id": "e1", "text": pool[3]["text"].upper()}, {"id": pool[4]["id"], "text": "other"}]
    again = {"id": "again", "text": pool[0]["text"] + "!"}
    copy = {"id": "copy", "text": train[0]["text"]}
    found = da.label([*pool, again, copy], train=train, teacher="tfidf", against=test,
                     embedder="hashing")  # fmt: skip
    gone = {reject.record.id: (reject.reason, reject.detail["of"]) for reject in found.rejects}
    assert gone == {
        pool[3]["id"]: ("evaluation_copy", "e1"),
        pool[4]["id"]: ("evaluation_copy", pool[4]["id"]),
        "copy": ("exact_duplicate", train[0]["id"]),
    } | ({"again": ("exact_duplicate", pool[0]["id"])} if "again" in gone else {})
    with pytest.raises(GuardError, match="the train set are evaluation rows"):
        da.label(pool, train=train, teacher="tfidf", against=train[:1], embedder="hashing")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "a", "label": "card"}, "has_label"),
        ({"text": "a", "_aug": {"id": "x", "origin": "synthetic", "method": "swap"}}, "not_real"),
        ({"text": "a", "_aug": {"id": "x", "origin": "pseudo-labelled"}}, "not_real"),
    ],
)
def test_a_pool_row_with_a_label_or_a_maker_is_refused_or_set_aside(rows, row, reason):
    train, pool = rows
    with pytest.raises(InputError, match="works on real rows without one"):
        da.label([*pool, row], train=train, teacher="tfidf")
    found = da.label([*pool, row], train=train, teacher="tfidf", on_error="skip")
    assert [reject.reason for reject in found.rejects] == [reason]


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_tables_have_for_no_label_is_none(rows, nothing):
    train, pool = rows
    found = da.label([{**pool[0], "label": nothing}], train=train, teacher="tfidf")
    assert [row["label"] in WORDS for row in found.to_dicts()] == [True]


@pytest.mark.parametrize(
    ("train", "said"),
    [
        ([{"text": "a", "label": "x"}], "one label only"),
        ([{"text": "a", "label": "x"}, {"text": "b"}], "no label in field 'label'"),
        ([made("b", "x")], "synthetic row in the train set"),
        ([], "no rows with a label"),
    ],
)
def test_a_train_set_that_teaches_nothing_is_refused(rows, train, said):
    with pytest.raises(InputError, match=said):
        da.label(rows[1], train=train, teacher="tfidf")


@pytest.mark.parametrize(
    "options", [{"at_least": 2}, {"ratio": "auto"}, {"ratio": 0}, {"ratio": 7}, {"similarity": 0},
                {"teacher": "nobody"}],
)  # fmt: skip
def test_values_that_mean_nothing_are_refused(rows, options):
    with pytest.raises(UsageError):
        da.label(rows[1], train=rows[0], **options)


@pytest.mark.parametrize("labels", [(3, 10), (1.5, 2.5), ("1.50", "x"), (True, {"b": None})])
def test_labels_keep_their_type_and_their_spelling(rows, labels):
    train, pool = rows
    named = dict(zip(WORDS, labels, strict=True))
    own = [{**row, "label": named[row["label"]]} for row in train]
    found = da.label(pool[:4], train=own, teacher="tfidf").to_dicts()
    assert all(row["label"] in labels for row in found)


def test_a_label_in_two_spellings_is_written_as_most_rows_have_it(rows):
    train, pool = rows
    own = [{**row, "label": 1 if row["label"] == "card" else 2} for row in train]
    own[0]["label"], own[1]["label"] = map(str, (own[0]["label"], own[1]["label"]))
    for order in (own, own[::-1]):
        found = da.label(pool[:6], train=order, teacher="tfidf").to_dicts()
        assert {type(row["label"]) for row in found} == {int}


def test_a_list_of_labels_is_refused(rows):
    train, pool = rows
    with pytest.raises(UsageError, match="list of labels"):
        da.label(pool, train=[{**row, "label": [row["label"]]} for row in train], teacher="tfidf")


def test_labels_and_texts_inside_of_objects_stay_there(rows):
    train, pool = rows
    inside = [{"d": {"n": 1.5, "t": row["text"], "l": row["label"]}} for row in train]
    asked = [{"id": n, "d": {"t": row["text"], "n": 2.5}} for n, row in enumerate(pool[:4])]
    found = da.label(asked, train=inside, teacher="tfidf", text_field="d.t", label_field="d.l")
    for row, old in zip(sorted(found.to_dicts(), key=lambda row: row["_aug"]["parent"]), asked,
                        strict=True):  # fmt: skip
        assert row["d"] == {**old["d"], "l": row["d"]["l"]}
        assert row["d"]["l"] in set(WORDS)
        assert row.keys() == {"id", "d", "_aug"}


def test_several_texts_stay_as_they_are(rows):
    train, pool = rows
    both = {"text_field": ["text", "more"], "teacher": "tfidf"}
    found = da.label([{**row, "more": "x y"} for row in pool[:4]],
                     train=[{**row, "more": "y z"} for row in train], **both)  # fmt: skip
    assert {row["text"] for row in found.to_dicts()} == {row["text"] for row in pool[:4]}
    assert {row["more"] for row in found.to_dicts()} == {"x y"}


def test_digits_of_a_label_are_those_of_the_train_rows(tmp_path):
    lines = b'{"text":"parcel van","label":1.10}\n{"text":"card pin","label":2.00}\n'
    (tmp_path / "train.jsonl").write_bytes(lines)
    found = da.label(["the parcel"], train=tmp_path / "train.jsonl", teacher="tfidf")
    assert b'"label":1.10' in found.rows[0].line


# What such a row counts as.


@pytest.fixture
def pseudo(rows):
    train, pool = rows
    return da.label(pool[:6], train=train, teacher="tfidf", soft=True).rows


def test_it_is_synthetic_where_labels_count_and_real_where_texts_do(rows, pseudo):
    train, _ = rows
    assert not any(row.is_real for row in pseudo)
    assert all(row.has_real_text for row in pseudo)
    mixed = da.mix(train, synthetic=pseudo, ratio="90:10")
    assert mixed.report.summary.left_out == {"real": 0, "synthetic": 3}
    assert all(compared_row(row).real for row in pseudo)
    with pytest.raises(GuardError, match="synthetic"):
        da.split([*train, *pseudo], embedder="hashing")
    with pytest.raises(GuardError, match="the test set holds 6 synthetic rows"):
        da.evaluate(train=train, candidates=pool_of(train), test=pseudo, classifier="tfidf",
                    embedder="hashing")  # fmt: skip
    varied = da.augment(pseudo, "swap", seed=1)
    assert [row.line for row in varied] == [row.line for row in pseudo]
    assert len(da.spotcheck(pseudo).items) == 6


def pool_of(train):
    return [made(row["text"] + " now", row["label"], parent=real(**row)) for row in train[:4]]


def test_its_text_may_be_no_test_rows_either(rows, pseudo):
    train, _ = rows
    test = [{"id": "e", "text": pseudo[0].text, "label": "card"}, {"text": "b", "label": "parcel"}]
    with pytest.raises(GuardError, match="equal or nearly equal test rows"):
        da.evaluate(train=train, candidates=pseudo, test=test, classifier="tfidf",
                    embedder="hashing")  # fmt: skip


def test_compare_counts_its_label_as_made_and_its_text_as_real(rows, pseudo):
    train, _ = rows
    varied = da.augment(train, "swap", seed=1)
    plain = da.compare(varied, measures=["length"])
    both = da.compare([*varied, *pseudo], measures=["length", "labels"])
    scopes = {(one["measure"], one["scope"], one.get("name")) for one in both.to_dicts()}
    assert plain.found.synthetic == {"swap": both.found.synthetic["swap"]}
    assert both.found.synthetic["pseudo-label"] == 6
    assert both.found.real == plain.found.real
    assert not any(name == "pseudo-label" and measure.startswith("length")
                   for measure, _, name in scopes)  # fmt: skip


def test_no_row_of_a_teacher_of_all_rows_is_in_a_part_of_a_learning_curve(pseudo):
    row = row_of(pseudo[0])
    assert row.taught
    assert not within(frozenset({row.root}))(row)


def test_a_reviewers_label_takes_the_place_of_soft_ones(pseudo):
    found = relabelled(pseudo[0], "card", ["ann"])
    assert found.label == "card"
    assert found.soft_labels == {}
    assert found.aug["origin"] == "pseudo-labelled"


# Soft labels.


def test_soft_labels_are_one_row_whose_weights_add_up(pseudo):
    for row in pseudo:
        assert abs(sum(row.soft_labels.values()) - 1) < 0.001
        assert max(row.soft_labels, key=row.soft_labels.get) == row.label


@pytest.mark.parametrize("spec", [HASHING, Spec("tfidf")], ids=str)
def test_a_soft_label_teaches_as_rows_of_its_labels_in_proportion(rows, spec):
    """Two of three copies of a text with one label are a weight of 2/3."""
    train, pool = rows
    texts, labels = [r["text"] for r in train], [r["label"] for r in train]
    odd, soft = pool[0]["text"], {"card": 2 / 3, "parcel": 1 / 3}
    classifier = plugins.load("classifiers", spec)
    hard = [{label: 1.0} for label in labels]
    one = fit_soft(classifier, [*texts, odd], [*hard, soft])
    three = classifier([*texts * 3, odd, odd, odd], [*labels * 3, "card", "card", "parcel"],
                       weight=1 / 3)  # fmt: skip
    asked = [row["text"] for row in pool]
    assert np.allclose(one(asked), three(asked), atol=0.01)
    other = fit_soft(classifier, [*texts, odd], [*hard, {"card": 1.0}])
    assert not np.allclose(one([odd]), other([odd]), atol=0.01)


def test_a_classifier_that_takes_no_weights_gets_the_heaviest_label():
    seen = []

    def old(texts, labels, /, seed=0, notify=None, weight=1.0):  # noqa: ARG001
        seen.append((texts, labels, weight))

    fit_soft(old, ["a", "b"], [{"x": 0.4, "y": 0.6}, {"x": 1.0}], weight=0.5)
    assert seen == [(["a", "b"], ["y", "x"], 0.5)]


def test_evaluate_trains_on_the_soft_labels(rows):
    train, pool = rows
    test = [{"id": f"e{n}", "text": text(random.Random(n), label, 5) + f" n{n}", "label": label}
            for n in range(20) for label in WORDS]  # fmt: skip
    base = da.label(pool, train=train, teacher="tfidf", soft=True).to_dicts()
    turned = [{**row, "_aug": {**row["_aug"], "labels": {"card": 0.99, "parcel": 0.01}}}
              for row in base]  # fmt: skip
    found = da.evaluate(train=train, candidates={"soft": base, "turned": turned}, test=test,
                        classifier="tfidf", embedder="hashing", repeats=1, controls=False,
                        similarity=1)  # fmt: skip
    scores = {each.candidate: each.accuracy.value for each in found.found.scores}
    assert scores["turned"] < scores["soft"]


@pytest.mark.parametrize(
    "labels", [{}, {"a": 0}, {"a": -1}, {"a": "x"}, {"a": True}, [1], {"a": 2}]
)
def test_soft_labels_that_are_no_weights_are_bad_provenance(cli, labels):
    row = {"text": "a", "label": "a", "_aug": {"id": "i", "origin": "pseudo-labelled",
           "parent": None, "root": None, "method": None, "labels": labels}}  # fmt: skip
    done = cli("mix", "--ratio", "0:1", stdin=orjson.dumps(row))
    assert done.code == 3
    assert b"numbers above 0, at most 1, by label" in done.err


def test_the_command_says_what_the_labels_are_worth(cli, rows, tmp_path):
    train, pool = rows
    (tmp_path / "train.jsonl").write_bytes(as_bytes([real(**row) for row in train]))
    done = cli("label", "--train", tmp_path / "train.jsonl", "--teacher", "tfidf",
               stdin=as_bytes([real(**row) for row in pool]))  # fmt: skip
    assert done.code == 0
    assert b"% of the labels should be right, by 30 train rows" in done.err
    assert len(done.rows) == len(pool)


def test_the_command_takes_labels_from_a_field_that_no_pool_has(cli, rows, tmp_path):
    train, pool = rows
    named = [{"id": row["id"], "text": row["text"], "d": {"intent": row["label"]}} for row in train]
    (tmp_path / "train.jsonl").write_bytes(b"\n".join(map(orjson.dumps, named)))
    given = ("--train", tmp_path / "train.jsonl", "--teacher", "tfidf")
    rows_in = as_bytes([real(**row) for row in pool])
    done = cli("label", *given, "--label-field", "d.intent", stdin=rows_in)
    assert done.code == 0, done.err
    assert all(row["d"]["intent"] in WORDS for row in done.rows)
    wrong = cli("label", *given, "--label-field", "d.intend", stdin=rows_in)
    assert wrong.code == 3
    assert b"no label in field 'd.intend'" in wrong.err
    no_text = cli("label", *given, "--label-field", "d.intent", "--id-field", "uid", stdin=rows_in)
    assert (no_text.code, b"--id-field 'uid': no row has this field" in no_text.err) == (3, True)
