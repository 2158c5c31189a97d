import pytest
from making import kept, made, real, rejected

from dataaug import plugins
from dataaug.augmentation.eda import auto, eda_settings
from dataaug.augmentation.run import Augmentation, augment
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.rows.report import Report
from dataaug.rows.spans import apply_edits, from_rows

SWAP, DELETE, TYPO = Spec("swap"), Spec("delete"), Spec("typo")


def test_every_row_is_followed_by_its_variants(rows):
    outcomes = list(augment(rows, Augmentation((SWAP, DELETE), 2)))
    assert len(outcomes) == len(rows) * 5
    for number, row in enumerate(rows):
        first, *children = outcomes[number * 5 : number * 5 + 5]
        assert first is row
        assert [child.method for child in children] == ["swap", "swap", "delete", "delete"]
        assert {child.aug["parent"] for child in children} == {row.id}
        assert [child.aug["variant"] for child in children] == [0, 1, 0, 1]


def test_child_carries_what_it_was_made_of(rows):
    (parent, child) = augment(rows[:1], Augmentation((Spec("swap", {"rate": 0.2}),), 1, seed=3))
    assert set(child.aug) == {
        "id", "origin", "parent", "root", "method", "variant", "seed", "edits"}  # fmt: skip
    assert (child.aug["origin"], child.aug["method"]) == ("synthetic", "swap(rate=0.2)")
    assert (child.aug["parent"], child.aug["root"]) == (parent.id, parent.id)
    assert child.label == parent.label
    assert apply_edits(parent.text, from_rows(child.aug["edits"])) == child.text


def test_variants_of_all_methods_are_distinct(rows):
    outcomes = augment(rows, Augmentation((DELETE, Spec("delete", {"rate": 0.2})), 4))
    by_parent = {}
    for row in kept(outcomes):
        by_parent.setdefault(row.root, []).append(row.text)
    for texts in by_parent.values():
        assert len(set(texts)) == len(texts)


def test_synthetic_rows_pass_through_and_are_not_varied():
    own = made("a synthetic row that could be varied", "x")
    assert list(augment([own], Augmentation((SWAP,), 3))) == [own]


def test_only_rows_of_the_labels_asked_for_are_varied(rows):
    task = Augmentation((SWAP,), 1, labels=frozenset({"refund"}))
    outcomes = list(augment(rows, task))
    assert [row for row in outcomes if row.is_real] == rows
    assert {row.label for row in outcomes if not row.is_real} == {"refund"}
    assert len(outcomes) == len(rows) + 6


def test_label_that_no_row_has_is_an_error_that_lists_those_there_are(rows):
    task = Augmentation((SWAP,), 1, labels=frozenset({"refnud"}))
    with pytest.raises(UsageError, match="no row has the label 'refnud'; labels here: delivery, r"):
        list(augment(rows, task))


def test_new_rows_alone_on_request(rows):
    report = Report("augment")
    task = Augmentation((SWAP,), 2, synthetic_only=True)
    outcomes = list(augment(report.reading(rows), task, report=report))
    for outcome in outcomes:
        report.count(outcome)
    assert not any(row.is_real for row in outcomes)
    assert len(outcomes) == 2 * len(rows)
    assert report.balanced
    assert report.held_back == len(rows)


def test_variant_that_cannot_be_made_is_a_reject_with_its_reason():
    rows = [real(""), real("go"), real("one two")]
    outcomes = list(augment(rows, Augmentation((SWAP,), 3)))
    reasons = [(o.record.text, o.reason, o.detail["method"]) for o in rejected(outcomes)]
    assert reasons == [("", "no_candidate", "swap")] * 3 + [("go", "no_candidate", "swap")] * 3 + [
        ("one two", "too_few_variants", "swap")] * 2  # fmt: skip
    assert [o.detail["variant"] for o in rejected(outcomes)] == [0, 1, 2, 0, 1, 2, 1, 2]


def test_row_with_spans_that_are_none_gives_rejects_and_stays():
    row = real("one two three four", spans=[{"start": 3, "end": 99}])
    outcomes = list(augment([row], Augmentation((SWAP,), 1)))
    assert kept(outcomes) == [row]
    assert [o.reason for o in rejected(outcomes)] == ["bad_spans"]


def test_own_pattern_protects(rows):
    task = Augmentation((Spec("typo", {"rate": 1.0}),), 3, protect=("[Rr]efund",))
    for row in kept(augment(rows, task)):
        parent = next(other for other in rows if other.id == row.root)
        assert ("refund" in row.text) == ("refund" in parent.text)


def test_rows_do_not_depend_on_their_neighbours_or_order(rows):
    task = Augmentation((SWAP, TYPO), 2, seed=9)
    together = {row.line for row in augment(rows, task)}
    backwards = {row.line for row in augment(rows[::-1], task)}
    alone = {row.line for one in rows for row in augment([one], task)}
    assert together == backwards == alone


def test_seed_decides(rows):
    def texts(seed):
        return [row.text for row in augment(rows, Augmentation((SWAP,), 1, seed=seed))]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


def test_more_variants_extend_the_fewer():
    row = real("the quick brown fox jumps over the lazy dog", id="x")
    few = [r.line for r in augment([row], Augmentation((SWAP,), 2))]
    many = [r.line for r in augment([row], Augmentation((SWAP,), 5))]
    assert many[:3] == few


def test_rows_are_read_as_they_are_needed():
    def endless():
        number = 0
        while True:
            number += 1
            yield real(f"row number {number} has some words")

    stream = augment(endless(), Augmentation((SWAP,), 1))
    assert [next(stream).is_real for _ in range(4)] == [True, False, True, False]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (Spec("nope"), "unknown method 'nope': choose from back-translation, "),
        (Spec("swap", {"ratio": 1}), "method 'swap' has no option 'ratio'; its options: rate"),
        (Spec("swap", {"rate": "x"}), "swap.rate: expected float, found 'x'"),
    ],
)
def test_wrong_method_is_an_error_also_where_no_row_comes(spec, message):
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        list(augment([], Augmentation((spec,))))


def test_workers_give_the_same_rows_in_the_same_order(rows):
    many = [real(f"{row.text} number {n}", row.label) for n in range(50) for row in rows]
    task = Augmentation((SWAP, TYPO), 1)
    engine = plugins.load("engines", Spec("local", {"workers": 2}))
    alone = [row.line for row in augment(many, task)]
    assert [row.line for row in augment(many, task, engine=engine)] == alone


@pytest.mark.parametrize(
    ("rows", "alpha", "variants"),
    [(0, 0.05, 16), (500, 0.05, 16), (501, 0.05, 8), (2000, 0.05, 8), (2001, 0.1, 4),
     (50_000, 0.1, 4)],
)  # fmt: skip
def test_auto_follows_table_three_of_eda(rows, alpha, variants):
    assert eda_settings(rows) == (alpha, variants)


def test_auto_counts_real_rows_only_and_loses_none():
    given = [real(f"r{n}") for n in range(400)] + [made(f"m{n}") for n in range(400)]
    task, stream = auto(given, [SWAP, DELETE], seed=4)
    assert list(stream) == given
    assert task.count == 8
    assert [spec.options["rate"] for spec in task.methods] == [0.05, 0.05]
    assert task.seed == 4


def test_auto_keeps_a_rate_that_was_given():
    task, _ = auto([], [Spec("swap", {"rate": "0.3"}), DELETE])
    assert [spec.options["rate"] for spec in task.methods] == [0.3, 0.05]


def test_auto_reads_no_further_than_it_needs():
    def endless():
        while True:
            yield real("a row of some words")

    task, stream = auto(endless(), [SWAP])
    assert task.count == 4
    assert next(stream).is_real


def test_a_method_that_makes_nothing_says_what_is_mostly_behind_it():
    german = ["Wo bleibt mein Paket?", "Bitte kündigen!", "Ich warte seit Wochen.", "Danke sehr",
              "Wann kommt das Geld zurück?"]  # fmt: skip
    report = Report("augment")
    task = Augmentation((Spec("synonym"), TYPO))
    list(augment([real(text, "x") for text in german], task, report=report))
    assert [said for said in report.warnings if "made nothing" in said] == report.warnings
    [said] = report.warnings
    assert said.startswith("synonym made nothing of the rows (no_candidate 5): ")
    assert "English" in said
    report = Report("augment")
    list(augment([real(text, "x") for text in german[:4]], task, report=report))
    assert report.warnings == []
