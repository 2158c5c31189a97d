"""The label check, with a classifier that says of each text what the text asks it to say."""

import numpy as np
import pytest
from making import made, real
from scipy.stats import beta

from dataaug.errors import UsageError
from dataaug.filtering.checks import Rows
from dataaug.filtering.checks import label as label_check
from dataaug.rows.record import Schema


class Told:
    """Reads probabilities off texts such as ``7: a 0.3 b 0.7``."""

    def __call__(self, _texts, labels, **_given):
        return Says(sorted(set(labels)))


class Says:
    def __init__(self, classes):
        self.classes = classes

    def __call__(self, texts):
        found = np.zeros((len(texts), len(self.classes)))
        for row, text in enumerate(texts):
            words = text.split(":")[1].split()
            for name, chance in zip(words[::2], words[1::2], strict=True):
                if name in self.classes:
                    found[row, self.classes.index(name)] = float(chance)
        return found


def said(number, own, other, margin, rest=""):
    """Return a text of which the classifier is surer by a margin that the label is another."""
    return f"{number}: {own} {(1 - margin) / 2:.6f} {other} {(1 + margin) / 2:.6f}{rest}"


def reals(label, other, count, margins=()):
    """Return real rows; all but the first few are surely what they are called."""
    margins = [*margins, *[-0.8] * (count - len(margins))]
    return [real(said(f"{label}{n}", label, other, margin), label, id=f"{label}{n}")
            for n, margin in enumerate(margins)]  # fmt: skip


def variant(name, own, other, margin):
    return made(said(name, own, other, margin), own, name=name)


def judged(stream, **options):
    """Return the ids of the rows that fail with their details, the notes and the warnings."""
    check = label_check.load(classifier="tfidf", **options)
    check.classifier = Told()
    rows = Rows(Schema())
    rows.extend(stream)
    rows.freeze()
    mask = check.judge(rows)
    assert mask.shape == (len(stream),)
    found = {stream[n].id: check.fault(int(n), rows).detail for n in np.flatnonzero(mask)}
    note = rows.notes.get("label")
    return found, note and note.to_row(), rows.warnings


SIX = (0.7, 0.2, 0.6, 0.3, 0.5, 0.4)
TWO_LABELS = reals("a", "b", 100, SIX) + reals("b", "a", 100)
"""200 real rows, of which 2 % are int(0.02 * 201) = 4: the cut is at the fourth largest margin, and
at the second largest ratio, log(0.8 / 0.2)."""


def test_rows_go_from_the_limit_of_the_real_rows_own_tail():
    stream = [*TWO_LABELS, variant("at", "a", "b", 0.4), variant("under", "a", "b", 0.39),
              variant("far", "b", "a", 0.912345), variant("good", "b", "a", -0.5)]  # fmt: skip
    found, note, warnings = judged(stream)
    assert found == {
        "at": {"looks_like": "b", "margin": 0.4, "times_likelier": 2.33},
        "far": {"looks_like": "a", "margin": 0.9123, "times_likelier": 21.8},
    }
    assert warnings == []
    assert note["abstained"] == {}
    assert note["margin"] == pytest.approx(0.4)
    assert note["times_likelier"] == 4.0
    assert note["expected_good_loss"] == 4 / 200
    assert note["largest_good_loss"] == pytest.approx(beta.ppf(0.95, 4, 197))
    assert note["expected_good_loss_by_label"] == {"a": 0.04, "b": 0.0}
    assert note["not_judged"] == []


def test_the_real_rows_beyond_the_limit_are_shown_with_the_worst_first():
    _, note, _ = judged([*TWO_LABELS, variant("x", "a", "b", 0.0)])
    shown = note["real_rows_that_look_mislabelled"]
    assert [(row["id"], row["margin"]) for row in shown] == [
        ("a0", 0.7), ("a2", 0.6), ("a4", 0.5), ("a5", 0.4)
    ]  # fmt: skip
    assert shown[0] == {"id": "a0", "text": TWO_LABELS[0].text, "label": "a", "looks_like": "b",
                        "margin": 0.7, "times_likelier": 5.67}  # fmt: skip


def test_no_more_than_twenty_real_rows_are_shown_and_no_more_than_200_letters_of_each():
    margins = [0.5 + n / 100 for n in range(40)]
    many = reals("a", "b", 1_000, margins) + reals("b", "a", 1_000)
    long = real(said("long", "b", "a", 0.98, " z 0" * 100), "b", id="long")
    _, note, _ = judged([*many, long, variant("x", "a", "b", 0.0)])
    shown = note["real_rows_that_look_mislabelled"]
    assert len(shown) == 20
    assert shown[0]["text"] == long.text[:200]
    assert note["expected_good_loss"] == pytest.approx(40 / 2001)


def test_wrong_labels_that_would_be_found_are_foretold():
    """Of 200 rows 194 are sure by 0.8; the six others would be found where they are wrong now."""
    _, note, _ = judged([*TWO_LABELS, variant("x", "a", "b", 0.0)])
    assert note["expected_found"] == {
        "any_other_label": pytest.approx(194 / 200), "likeliest_other_label": pytest.approx(0.97)
    }  # fmt: skip


@pytest.mark.parametrize(("count", "weak"), [(12, False), (11, True)])
def test_a_label_of_whose_real_rows_more_than_a_quarter_is_contradicted_is_not_judged(count, weak):
    stream = [*TWO_LABELS, *reals("c", "a", count, (0.9, 0.9, 0.9)),
              variant("c-bad", "c", "a", 0.95), variant("b-bad", "b", "a", 0.95)]  # fmt: skip
    found, note, warnings = judged(stream)
    assert set(found) == ({"b-bad"} if weak else {"b-bad", "c-bad"})
    assert note["not_judged"] == (["c"] if weak else [])
    assert note["expected_good_loss_by_label"]["c"] == 3 / count
    # Four of the 200 other rows are beyond the cut, or three of c and one of the others.
    assert note["expected_good_loss"] == (4 / 200 if weak else 4 / 212)
    assert note["margin"] == pytest.approx(0.4 if weak else 0.7)
    contradicted = (
        f"label: no verdict on 'c': the models contradict 3 of its {count} real rows, so they "
        "can't tell good variants from bad ones"
    )
    assert warnings == ([contradicted] if weak else [])


def test_five_labels_without_a_verdict_are_named():
    odd = [row for label in "cdefgh" for row in reals(label, "a", 6, (0.9,) * 4)]
    stream = [*TWO_LABELS, *odd, variant("x", "a", "b", 0.0)]
    _, note, warnings = judged(stream, tail=0.2, max_good_loss=0.3)
    assert note["not_judged"] == list("cdefgh")
    assert [text[:24] for text in warnings] == [f"label: no verdict on '{c}'" for c in "cdefg"]


def test_where_no_label_is_judged_nothing_goes():
    """Four of ten rows of either label are contradicted, and that many may be cut here."""
    margins = (0.9, 0.8, 0.7, 0.6)
    stream = [*reals("a", "b", 10, margins), *reals("b", "a", 10, margins),
              variant("bad", "a", "b", 0.95)]  # fmt: skip
    found, note, warnings = judged(stream, tail=0.5, max_good_loss=1.0)
    assert found == {}
    assert note["not_judged"] == ["a", "b"]
    assert [text[:24] for text in warnings] == [f"label: no verdict on '{c}'" for c in "ab"]
    assert note["expected_good_loss"] == 0


def test_a_label_is_judged_from_the_least_number_of_real_rows_on():
    stream = [*TWO_LABELS, *reals("enough", "a", 5), *reals("few", "a", 4),
              variant("e", "enough", "a", 0.9), variant("f", "few", "a", 0.9)]  # fmt: skip
    found, note, warnings = judged(stream)
    assert set(found) == {"e"}
    assert note["abstained"] == {"few": 1}
    assert warnings == ["label: no verdict where fewer than 5 real rows carry the label: "
                        "'few' (4 real rows, 1 unchecked)"]  # fmt: skip
    found, _, warnings = judged(stream, min_rows=4)
    assert set(found) == {"e", "f"}
    assert warnings == []


def test_two_labels_of_enough_rows_are_as_few_as_it_takes():
    """The cut among so few rows may lose a third of the good ones, which is allowed here."""
    rows = [*reals("a", "b", 5), *reals("b", "a", 5), variant("bad", "a", "b", 0.9)]
    assert set(judged(rows, max_good_loss=0.3)[0]) == {"bad"}
    found, note, warnings = judged([*rows[:9], rows[10]], max_good_loss=0.3)
    assert found == {}
    assert note == {"abstained": {}}
    assert warnings == ["label: not checked; it takes two labels with 5 real rows each, and there "
                        "are 1"]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "more"), [(5, ""), (6, " and 1 more labels"), (7, " and 2 more labels")]
)
def test_of_labels_with_too_few_real_rows_five_are_named(labels, more):
    rare = [variant(f"{n}-{m}", f"rare{n}", "a", 0.0) for n in range(labels) for m in range(9 - n)]
    _, note, (warning,) = judged([*TWO_LABELS, *rare])
    assert warning.endswith("'rare4' (0 real rows, 5 unchecked)" + more)
    assert note["abstained"] == {f"rare{n}": 9 - n for n in range(labels)}


def test_rows_without_label_and_rows_that_may_not_go_have_no_part():
    check = label_check.load(classifier="tfidf")
    check.classifier = Told()
    rows = Rows(Schema())
    rows.extend([*TWO_LABELS, real("n: a 0 b 1", id="none"), made("m: a 0 b 1", name="nothing")])
    rows.extend([variant("reference", "a", "b", 0.9)], passing=False)
    rows.extend([variant("gone", "a", "b", 0.9), variant("bad", "a", "b", 0.9)])
    rows.freeze()
    rows.alive[203] = False
    assert np.flatnonzero(check.judge(rows)).tolist() == [204]


def test_with_too_few_real_rows_nothing_goes_and_the_number_it_takes_is_said():
    """One of n rows may be beyond where 1 - 0.05**(1 / n) is at most 5 %, from 59 rows on."""
    for count, cut in ((58, False), (59, True)):
        rows = [*reals("a", "b", 40), *reals("b", "a", count - 40), variant("bad", "a", "b", 0.9)]
        found, note, warnings = judged(rows)
        assert set(found) == ({"bad"} if cut else set())
        assert note["largest_good_loss"] == pytest.approx(1 - 0.05 ** (1 / 59) if cut else 0.0)
        assert warnings == ([] if cut else [
            "label: not checked; with 58 real rows no cut is sure to lose 5.0% of good rows at "
            "most (--max-good-loss); it takes 59"
        ])  # fmt: skip
    assert note["times_likelier"] == pytest.approx(1.07e13)  # no row goes for its ratio
    _, note, warnings = judged(rows, max_good_loss=0.0)
    assert note["margin"] == 1.0
    assert warnings[0].endswith("(--max-good-loss); nothing is, at 0")


def test_fewer_rows_than_asked_for_are_cut_where_more_may_be_lost():
    """At most 1.5 % lost allows one of 200 rows beyond the cut, and 2 % asked for are four."""
    stream = [*TWO_LABELS, variant("at", "a", "b", 0.7), variant("under", "a", "b", 0.69)]
    found, note, warnings = judged(stream, max_good_loss=0.015)
    assert set(found) == {"at"}
    assert note["expected_good_loss"] == 1 / 200
    assert warnings == [
        "label: cut where 0.50% of real rows are beyond and not 2.00%, which might lose more than "
        "1.5% of good rows (--max-good-loss)"
    ]
    assert judged(stream, max_good_loss=0.04)[2] == []  # four are allowed


def test_the_rows_of_a_label_that_is_not_judged_do_not_count_for_what_is_allowed():
    """One of 60 rows may be beyond the cut, and it is one of three; of the other 57 none may."""
    stream = [*reals("a", "b", 28), *reals("b", "a", 29), *reals("c", "a", 3, (0.9,)),
              variant("bad", "a", "b", 0.95)]  # fmt: skip
    found, note, warnings = judged(stream, min_rows=3)
    assert found == {}
    assert note["not_judged"] == ["c"]
    assert note["largest_good_loss"] == 0
    assert any("with 57 real rows no cut" in text for text in warnings)


def test_a_margin_is_kept_where_it_loses_little_and_raised_where_it_loses_much():
    stream = [*TWO_LABELS, variant("x", "a", "b", 0.66), variant("y", "a", "b", 0.25)]
    found, note, warnings = judged(stream, margin=0.65)
    assert set(found) == {"x"}
    assert note["margin"] == 0.65
    assert warnings == []
    found, note, warnings = judged(stream, margin=0.1, max_good_loss=0.04)
    assert set(found) == {"x"}
    assert note["margin"] == pytest.approx(0.4)  # with six rows 5.2 % may be lost, with four 3.8 %
    assert warnings == ["label: cut at a margin of 0.40 and not 0.10, which might lose more than "
                        "4.0% of good rows (--max-good-loss)"]  # fmt: skip


def test_without_options_it_cuts_two_percent_and_loses_five_at_most():
    check = label_check.load(classifier="tfidf")
    assert check.limits == label_check.LossLimits(0.02, 0.0, 0.05)
    assert (check.folds, check.min_rows) == (5, 5)


@pytest.mark.parametrize(
    "options",
    [{"margin": 1.0}, {"margin": -0.1}, {"tail": 1.0}, {"tail": -0.1}, {"max_good_loss": -0.1},
     {"max_good_loss": 1.1}, {"folds": 1}, {"min_rows": 1}],
)  # fmt: skip
def test_a_number_out_of_range_is_refused(options):
    with pytest.raises(UsageError, match=r"^label: expected"):
        label_check.load(classifier="tfidf", **options)


@pytest.mark.parametrize(
    "options",
    [{"margin": 0.0, "tail": 0.0, "max_good_loss": 0.0}, {"margin": 0.99, "tail": 0.99},
     {"max_good_loss": 1.0, "folds": 2, "min_rows": 2}],
)  # fmt: skip
def test_a_number_at_the_end_of_its_range_is_taken(options):
    label_check.load(classifier="tfidf", **options)


def test_its_classifier_takes_a_rare_label_for_as_likely_as_a_common_one():
    learn = label_check.load(classifier="tfidf").classifier
    model = learn(["red box"] * 90 + ["blue sky"] * 10, ["common"] * 90 + ["rare"] * 10)
    assert model(["nothing known"])[0] == pytest.approx([0.5, 0.5], abs=0.02)


def test_a_model_is_passed_on_to_the_classifier():
    with pytest.raises(UsageError, match="model"):
        label_check.load(classifier="tfidf", model="some-model")  # which has none
