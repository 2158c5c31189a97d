import re

import numpy as np
import pytest
from making import made, real
from worlds import LABELS, copies, fresh, real_rows, wrong

from dataaug.errors import InputError, TrainingError, UsageError
from dataaug.evaluation.run import Evaluating, evaluate
from dataaug.evaluation.scores import TestSet
from dataaug.evaluation.train_sets import (
    all_but,
    arrange,
    draw_order,
    jackknife_halves,
    repeat_rows,
    row_of,
    train_sets,
    within,
)
from dataaug.plugins import Spec

TRAIN, TEST = real_rows("train", 8), real_rows("test", 80)


def task(**given):
    classifier = given.pop("classifier", Spec("tfidf"))
    return Evaluating(classifier, Spec("hashing"), **{"repeats": 3, **given})


def score(result, kind, scope="whole", without=""):
    return next(s for s in result.scores if (s.kind, s.scope, s.without) == (kind, scope, without))


@pytest.fixture(scope="module")
def helped():
    good, useless = fresh(TRAIN, 5), copies(TRAIN, 2)
    return evaluate(
        TRAIN, {"mix": TRAIN + good + useless}, TEST, task(curve=(6, 12, 500), repeats=5)
    )


def test_a_planted_gain_is_found(helped):
    (verdict,) = helped.verdicts
    assert verdict.judgement == "helps"
    assert verdict.gain.low > 0
    assert verdict.over_repeated.low > 0
    assert "helps" in verdict.sentence
    assert verdict.test_rows_needed is None


def test_the_method_that_helped_is_named(helped):
    by_method = {s.without: s.gains[0].macro_f1 for s in helped.scores if s.kind == "without"}
    assert set(by_method) == {"copy", "fresh"}
    assert by_method["fresh"].low > 0
    assert by_method["copy"].value < by_method["fresh"].value / 4


def test_the_oversampled_control_has_the_candidate_s_size(helped):
    assert score(helped, "oversampled").train_rows == score(helped, "candidate").train_rows == 192
    assert score(helped, "oversampled").synthetic_rows == 0
    assert score(helped, "candidate").synthetic_rows == 168


def test_confusion_and_per_class_scores_belong_together(helped):
    found = score(helped, "candidate")
    counts = np.array(found.confusion)
    assert counts.sum(axis=1).tolist() == [80] * 3
    assert found.accuracy.value == pytest.approx(np.trace(counts) / 240)
    assert np.mean([f1.value for f1 in found.f1.values()]) == pytest.approx(found.macro_f1.value)


def test_gains_are_the_differences_of_the_scores(helped):
    mixed, base = score(helped, "candidate"), score(helped, "real")
    gain = next(g for g in mixed.gains if g.over_kind == "real")
    assert gain.macro_f1.value == pytest.approx(mixed.macro_f1.value - base.macro_f1.value)
    for label in LABELS:
        assert gain.f1[label].value == pytest.approx(mixed.f1[label].value - base.f1[label].value)


def test_the_curve_rises_and_leaves_out_sizes_beyond_the_train_set(helped):
    sizes = [point.real_rows for point in helped.curve]
    assert sizes == [6, 12]
    assert helped.curve[0].real.value < helped.curve[1].real.value
    assert helped.curve[0].candidate_rows == 6 * 8
    assert any("--curve 500" in warning for warning in helped.warnings)


def test_every_result_can_be_written_as_json(helped):
    rows = list(helped.rows())
    assert rows[0]["kind"] == "verdict"
    assert {row["kind"] for row in rows} == {"verdict", "score", "curve"}


@pytest.mark.parametrize("count", [1, 3])
def test_the_same_rows_again_are_no_gain(count):
    result = evaluate(TRAIN, {"dup": TRAIN + copies(TRAIN, count)}, TEST, task(require_gain=0.0))
    (verdict,) = result.verdicts
    assert verdict.judgement == "no difference"
    assert verdict.gain.value == verdict.over_repeated.value == 0
    assert "makes no difference beyond ±" in verdict.sentence
    assert verdict.passed is False


def test_wrong_labels_hurt():
    result = evaluate(TRAIN, {"bad": wrong(TRAIN, 4)}, TEST, task(repeats=10))
    assert result.verdicts[0].judgement == "hurts"
    assert result.settings["train_rows_added"] == ["bad"]


def test_a_true_but_small_gain_cannot_be_told_on_few_test_rows():
    train = real_rows("more", 30)
    result = evaluate(train, {"mix": train + fresh(train[:9], 1)}, real_rows("test", 7), task())
    (verdict,) = result.verdicts
    assert verdict.judgement == "cannot tell"
    assert any("21 test rows" in warning for warning in result.warnings)


def test_results_depend_on_no_order():
    mix = TRAIN + fresh(TRAIN, 2)
    one = evaluate(TRAIN, {"mix": mix}, TEST, task(controls=False))
    two = evaluate(TRAIN[::-1], {"mix": mix[::-1]}, TEST, task(controls=False))
    assert one.verdicts[0].gain.value == pytest.approx(two.verdicts[0].gain.value, abs=1e-9)
    assert one.verdicts[0].judgement == two.verdicts[0].judgement


def test_the_clean_part_leaves_out_test_rows_with_a_twin_in_train():
    twins = [real(row.text + "!", row.label, id=f"twin-{n}") for n, row in enumerate(TRAIN[:6])]
    result = evaluate(TRAIN, {"mix": fresh(TRAIN, 1)}, TEST + twins, task())
    assert result.near_duplicates == 6
    assert score(result, "real", "clean").test_rows == len(TEST)
    assert score(result, "real").accuracy.value > score(result, "real", "clean").accuracy.value


def test_a_class_absent_from_test_has_no_score():
    test = [row for row in TEST if row.label != "loans"]
    result = evaluate(TRAIN, {"mix": fresh(TRAIN, 1)}, test, task())
    assert score(result, "candidate").f1["loans"] is None
    assert score(result, "candidate").support["loans"] == 0
    assert any("no test row has the label 'loans'" in warning for warning in result.warnings)


def test_a_class_absent_from_train_counts_as_missed():
    train = [row for row in TRAIN if row.label != "loans"]
    result = evaluate(train, {"mix": train + fresh(train, 1)}, TEST, task(controls=False))
    assert score(result, "real").f1["loans"].value == 0
    assert any("no real train row has the test label 'loans'" in w for w in result.warnings)


def test_two_rows_in_a_class_are_enough():
    few = [row for n, row in enumerate(TRAIN) if row.label != "loans" or n % 8 < 2]
    assert sum(row.label == "loans" for row in few) == 2
    result = evaluate(few, {"mix": few + fresh(few, 4)}, TEST, task())
    assert score(result, "candidate").f1["loans"].value > score(result, "real").f1["loans"].value


@pytest.mark.parametrize("labels", [(0, 1), (True, False)])
def test_labels_may_be_numbers_or_truth_values(labels):
    names = dict(zip(LABELS, labels, strict=False))

    def renamed(rows):
        return [real(row.text, names[row.label], id=row.id) for row in rows if row.label in names]

    train = renamed(TRAIN)
    result = evaluate(train, {"mix": copies(train)}, renamed(TEST), task(repeats=2))
    assert set(result.labels) == {str(label).lower() for label in labels}
    assert score(result, "real").accuracy.value > 0.6


@pytest.mark.parametrize(
    ("train", "mix", "test", "said"),
    [
        (TRAIN, [], TEST, "mix has no rows"),
        ([], fresh(TRAIN, 1), TEST, "the train set has no rows"),
        (TRAIN, fresh(TRAIN, 1), [], "the test set has no rows"),
        (TRAIN[:8], fresh(TRAIN[:8], 1), TEST, "one class only ('cards')"),
        ([*TRAIN, real("no label", id="x")], fresh(TRAIN, 1), TEST, "no label in field 'label'"),
        (TRAIN, fresh(TRAIN, 1), [*TEST, real("none", id="x")], "no label in field 'label'"),
        (TRAIN + fresh(TRAIN, 1), fresh(TRAIN, 1), TEST, "24 synthetic rows"),
    ],
)
def test_bad_input_is_refused_with_what_is_wrong(train, mix, test, said):
    with pytest.raises(InputError, match=re.escape(said)):
        evaluate(train, {"mix": mix}, test, task())


def test_rows_without_label_are_left_out_on_request():
    train = [*TRAIN, real("nothing is said", id="x")]
    result = evaluate(train, {"m": fresh(TRAIN, 1)}, TEST, task(skip_unlabelled=True, repeats=2))
    assert score(result, "real").train_rows == len(TRAIN)
    assert any("1 rows of the train set have no label" in w for w in result.warnings)


@pytest.mark.parametrize("given", [{"repeats": 0}, {"curve": (1,)}, {"similarity": 1.5}])
def test_numbers_out_of_range_are_a_usage_error(given):
    with pytest.raises(UsageError):
        evaluate(TRAIN, {"mix": fresh(TRAIN, 1)}, TEST, task(**given))


def test_a_foreign_row_that_equals_a_train_row_is_that_row():
    rows = [row_of(row) for row in TRAIN]
    foreign = [made(row.text, row.label, name=f"f{row.id}", method="foreign") for row in TRAIN]
    new = made("bado kalu", "loans", name="new", method="foreign")
    found = arrange("mix", [*foreign, new], rows)
    assert not found.added
    assert [row.text for row in found.synthetic] == ["bado kalu"]


def test_each_repeat_sees_half_of_the_rows_and_a_single_one_of_its_class():
    rows = [row_of(row) for row in TRAIN] + [row_of(real("alone", "rare", id="rare"))]
    outs = jackknife_halves(rows, [], 20, 0)
    assert len(set(outs)) == 20
    counts = set()
    for out in outs:
        left = [row.label for row in rows if all_but(out)(row)]
        assert len(left) in {12, 13, 14}  # 12 or 13 of 25, and the rare row where it was not drawn
        assert "rare" in left
        counts.add(left.count("cards"))
    assert len(counts) > 2  # other numbers of each label, as another draw of train rows has


def test_an_odd_row_goes_and_stays_in_turn():
    rows = [row_of(row) for row in TRAIN[:3]]
    sizes = [len(out) for out in jackknife_halves(rows, [], 4, 0)]
    assert sorted(sizes) == [1, 1, 2, 2]


def test_children_are_left_out_with_their_root():
    rows = [row_of(row) for row in TRAIN]
    candidate = arrange("mix", TRAIN + fresh(TRAIN, 2), rows)
    for out in jackknife_halves(rows, candidate.rows, 3, 0):
        left = [row for row in candidate.rows if all_but(out)(row)]
        assert len(left) == 36
        assert {row.root for row in left} == {row.root for row in left if row.method == "real"}


def test_rows_without_ancestor_are_halved_too():
    rows = [row_of(row) for row in TRAIN]
    free = [made(f"text {n}", "loans", name=f"g{n}") for n in range(10)]
    candidate = arrange("mix", free, rows)
    for out in jackknife_halves(rows, candidate.rows, 3, 0):
        assert sum(name.startswith("g") for name in out) == 5


def generated(name, *examples, label="loans"):
    """Return a generated row and the rows that its model was shown."""
    fields = {"id": name, "origin": "synthetic", "parent": None, "root": None, "method": "llm"}
    return real(f"text of {name}", label, _aug={**fields, "examples": list(examples)})


def test_a_generated_row_leaves_the_half_that_lost_all_its_examples():
    rows = [row_of(row) for row in TRAIN]
    names = [row.id for row in TRAIN]
    free = [generated(f"g{n}", *names[n % 24 : n % 24 + 2]) for n in range(60)]
    candidate = arrange("mix", free, rows)
    shown = {row.root: row.examples for row in candidate.rows if row.rootless}
    assert len(shown) == 60
    for out in jackknife_halves(rows, candidate.rows, 6, 0):
        lost = {name for name, examples in shown.items() if set(examples) <= out}
        assert lost
        assert lost <= out
        assert len(out & set(shown)) == max(30, len(lost))  # half of them in all
        kept = {name for name, examples in shown.items() if not set(examples) & out}
        assert not kept & out  # those that lost nothing go last


def test_another_candidate_changes_nothing_for_the_first():
    first = [generated(f"a{n}", label=LABELS[n % 3]) for n in range(9)]
    second = [generated(f"b{n}", label=("cards", "new")[n % 2]) for n in range(7)]
    alone = evaluate(TRAIN, {"a": TRAIN + first}, TEST, task(curve=(6,)))
    both = evaluate(TRAIN, {"a": TRAIN + first, "b": second}, TEST, task(curve=(6,)))
    assert both.verdicts[0] == alone.verdicts[0]
    assert both.curve[0] == alone.curve[0]
    before = {s.train_set: (s.macro_f1, s.accuracy, s.gains) for s in alone.scores}
    after = {s.train_set: (s.macro_f1, s.accuracy) for s in both.scores}
    for name, (macro_f1, accuracy, _) in before.items():
        assert after[name] == (macro_f1, accuracy)


@pytest.mark.parametrize("classifier", ["tfidf", "embedding"])
def test_copies_of_the_real_rows_change_no_prediction(classifier):
    spec = Spec(classifier, {"embedder": "hashing"} if classifier == "embedding" else {})
    wanted = task(classifier=spec, repeats=3)
    result = evaluate(TRAIN, {"copies": TRAIN + copies(TRAIN, 3)}, TEST, wanted)
    (verdict,) = result.verdicts
    assert verdict.gain.value == verdict.over_repeated.value == 0
    base, mixed = score(result, "real"), score(result, "candidate")
    assert mixed.confusion == base.confusion


@pytest.mark.parametrize(
    ("added", "weight"),
    [(copies(TRAIN, 3), 1 / 4), (fresh(TRAIN, 3), 1), (fresh(TRAIN, 1) + copies(TRAIN), 2 / 3)],
)
def test_copies_weaken_no_penalty_and_the_control_has_the_candidate_s(added, weight):
    rows = [row_of(row) for row in TRAIN]
    sets = train_sets(rows, [arrange("mix", TRAIN + added, rows)], controls=True)
    by_kind = {one.kind: one.part(all_but(frozenset())) for one in sets}
    assert by_kind["real"].weight == 1
    assert by_kind["candidate"].weight == pytest.approx(weight)
    assert by_kind["oversampled"].weight == pytest.approx(weight)
    assert len(by_kind["oversampled"].rows) == len(by_kind["candidate"].rows)


@pytest.mark.parametrize(
    ("repeats", "count"), [(1, "one repeat carries"), (2, "two repeats carry")]
)
def test_one_or_two_repeats_carry_no_interval_and_no_verdict(repeats, count):
    good = TRAIN + fresh(TRAIN, 5)
    result = evaluate(TRAIN, {"mix": good}, TEST, task(repeats=repeats, require_gain=0.0))
    (verdict,) = result.verdicts
    assert verdict.judgement == "cannot tell"
    assert verdict.passed is False
    assert f"{count} no interval" in verdict.sentence
    assert "95 %" not in verdict.sentence
    assert any(f"--repeats {repeats}: so few carry no interval" in w for w in result.warnings)


def test_every_interval_of_a_score_lies_within_0_and_1():
    result = evaluate(TRAIN, {"mix": fresh(TRAIN, 3)}, TEST[:5] + TEST[80:84], task(curve=(4, 20)))
    for one in result.scores:
        for interval in (one.accuracy, one.macro_f1, *filter(None, one.f1.values())):
            assert 0 <= interval.low <= interval.value <= interval.high <= 1
            assert interval.high > interval.low
    for point in result.curve:
        for interval in (point.real, point.mixed):
            assert 0 <= interval.low <= interval.value <= interval.high <= 1


def test_draws_are_nested_and_stratified():
    rows = [row_of(row) for row in TRAIN]
    order = draw_order(rows, 0, 1)
    assert sorted(order) == sorted(row.root for row in rows)
    for size in (3, 6, 12):
        labels = [name.split("-")[1] for name in order[:size]]
        assert {labels.count(label) for label in LABELS} == {size // 3}
    assert order != draw_order(rows, 0, 2)


def test_generated_rows_go_with_the_rows_that_their_model_was_shown():
    shown = made("some text", "loans", name="g1")
    fields = {**shown.fields, "_aug": {**shown.aug, "examples": ["a", "b"]}}
    row = row_of(real("some text", "loans", _aug=fields["_aug"]))
    assert within(frozenset("ab"))(row)
    assert not within(frozenset("a"))(row)
    assert within(frozenset())(row_of(shown))


def test_oversampling_repeats_evenly_and_drops_nothing():
    rows = [row_of(row) for row in TRAIN[:8]]
    like = [row_of(row) for row in TRAIN[:8] + fresh(TRAIN[:5], 2)] + [row_of(TRAIN[9])]
    found = repeat_rows(rows, like)
    times = [found.count(row) for row in rows]
    assert sum(times) == 18
    assert max(times) - min(times) == 1
    assert len(repeat_rows(rows, like[:2])) == 8


@pytest.mark.parametrize(
    ("mix", "curve", "empties"),
    [
        (TRAIN[:1], (3,), True),  # halves and draws that leave it out
        (TRAIN[:3], (3,), True),
        ([real("one row that is new", "cards", id="new")], (3,), False),
        ([made("one row", "cards", name="g")], (2,), False),
        ([real("one row", "cards", id="a"), made("made", "cards", name="g")], (2, 3), False),
    ],
)
def test_a_fit_that_keeps_no_row_predicts_nothing_and_is_told_of(mix, curve, empties):
    result = evaluate(TRAIN, {"few": mix}, TEST, task(repeats=4, curve=curve))
    assert len(result.verdicts) == 1
    assert {point.real_rows for point in result.curve} == set(curve)
    told = any("of few had no row to train on" in warning for warning in result.warnings)
    assert told is empties


def contradictory(prefix=""):
    """Return rows that teach nothing with their parents: each text has every label once."""
    return [made(row.text, label, name=f"{prefix}{label}{n}")
            for n, row in enumerate(TRAIN) for label in LABELS if label != row.label]  # fmt: skip


def test_a_candidate_that_teaches_nothing_has_a_verdict_of_its_own_and_harms_no_other():
    good = TRAIN + fresh(TRAIN, 2)
    settings = task(require_gain=0.0, curve=(6,))
    alone = evaluate(TRAIN, {"good": good}, TEST, settings)
    proof = evaluate(TRAIN, {"none": contradictory(), "good": good}, TEST, settings)
    none, other = proof.verdicts
    assert other == alone.verdicts[0]
    assert none.candidate == "none"
    assert none.judgement == "cannot tell"
    assert none.passed is False
    assert (none.gain, none.over_repeated, none.test_rows_needed) == (None, None, None)
    assert re.match(r"none cannot be told from the real rows: the classifier learnt nothing from "
                    r"it; train set 'none': tfidf: .* from 72 rows", none.sentence)  # fmt: skip
    assert {s.train_set: s.macro_f1 for s in proof.scores} == {
        s.train_set: s.macro_f1 for s in alone.scores
    }
    assert proof.curve == alone.curve
    assert next(proof.rows())["gain"] is None
    assert evaluate(TRAIN, {"none": contradictory()}, TEST, task()).verdicts[0].passed is None


def test_a_set_without_a_method_that_teaches_nothing_is_left_out_alone():
    """The rows of one method contradict each other; those of another tell what is right."""
    mix = TRAIN + [made(row.text, row.label, name=f"again{m}-{n}", method="again")
                   for m in range(3) for n, row in enumerate(TRAIN)]  # fmt: skip
    proof = evaluate(TRAIN, {"mix": mix + contradictory()}, TEST, task())
    assert proof.verdicts[0].gain is not None
    assert [s.without for s in proof.scores if s.kind == "without"] == ["test"]
    (said,) = [text for text in proof.warnings if "learnt nothing" in text]
    assert said.startswith("train set 'mix: without again': tfidf: ")
    assert said.endswith("; there are no scores of this set")


def test_real_rows_that_teach_nothing_end_the_run():
    both = [real(row.text, label, id=f"{label}{n}")
            for n, row in enumerate(TRAIN) for label in LABELS]  # fmt: skip
    with pytest.raises(TrainingError, match=r"^train set 'real': tfidf: .* learnt nothing"):
        evaluate(both, {"good": fresh(TRAIN, 1)}, TEST, task())


def test_what_is_not_predicted_is_wrong_everywhere():
    truth = np.array([0, 1, 1])
    nothing = np.full(3, 2)
    assert TestSet(truth, 2, 0).statistic(nothing).tolist() == [0, 0, 0, 0]
    assert TestSet(truth, 2, 0).confusion(nothing) == [[0, 0], [0, 0]]
