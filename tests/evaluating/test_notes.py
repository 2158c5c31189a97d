"""What evaluate says of its sets before it trains on them, and what it refuses."""

import re

import pytest
from making import made, real
from worlds import fresh, real_rows

from dataaug.errors import GuardError, InputError, UsageError
from dataaug.evaluation.run import Evaluating, evaluate
from dataaug.plugins import Spec

TRAIN, TEST = real_rows("train", 4, ("cards", "loans")), real_rows("test", 50, ("cards", "loans"))
MIX = fresh(TRAIN, 1)


def notes(train=TRAIN, mix=MIX, test=TEST, **given):
    settings = {"repeats": 3, "controls": False, **given}
    task = Evaluating(Spec("tfidf"), Spec("hashing"), **settings)
    return evaluate(train, {"mix": mix}, test, task).warnings


def test_of_sets_in_order_there_is_nothing_to_say():
    assert notes() == ()


@pytest.mark.parametrize(("rows", "said"), [(100, False), (99, True)])
def test_fewer_than_a_hundred_test_rows_are_few(rows, said):
    few = f"{rows} test rows: only large gains can be seen"
    assert (few in notes(test=TEST[:rows])) is said


@pytest.mark.parametrize(
    ("count", "shown"),
    [(1, "'new0'"), (5, "'new0', 'new1', 'new2', 'new3', 'new4'"),
     (7, "'new0', 'new1', 'new2', 'new3', 'new4' and 2 more")],
)  # fmt: skip
def test_labels_without_train_rows_and_labels_without_test_rows_are_named(count, shown):
    new = [real(f"some words about {n} and {m}", f"new{n}", id=f"n{n}-{m}")
           for n in range(count) for m in range(2)]  # fmt: skip
    assert f"no real train row has the test label {shown}: without help its F1 is 0" in notes(
        test=TEST + new
    )
    assert notes(train=TRAIN + new) == (
        f"no test row has the label {shown}: nothing can be said of it",
    )


def test_a_label_of_one_real_train_row_is_named():
    pair = [real("one of two", "loans", id="x"), real("two of two", "loans", id="y")]
    cards = [row for row in TRAIN if row.label == "cards"]
    said = "one real train row only, so the interval can't show its weight: 'loans'"
    assert said in notes(train=cards + pair[:1], mix=fresh(cards, 1))
    assert said not in notes(train=cards + pair, mix=fresh(cards, 1))


def test_test_rows_that_nearly_equal_train_rows_are_counted():
    twins = [real(row.text + "!", row.label, id=f"twin{n}") for n, row in enumerate(TRAIN[:3])]
    assert notes(test=TEST + twins) == (
        "3 of 103 test rows nearly equal a real train row: the clean part shows the scores without "
        "them",
    )


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        (TRAIN, ["mix has no synthetic rows: there is nothing to gain"]),
        ([*TRAIN, *MIX], []),
        ([*TRAIN, real("some more words", "cards", id="x")],
         ["mix has 1 rows without _aug that train does not have; they count as real (--origin "
          "synthetic if a program made them)"]),
        ([*TRAIN[2:], *MIX], ["mix lacks 2 of the real train rows"]),
        ([*TRAIN[:5], real("more words", "cards", id="x"), real("words", "loans", id="y")],
         ["mix has 2 rows without _aug that train does not have; they count as real (--origin "
          "synthetic if a program made them)", "mix lacks 3 of the real train rows"]),
    ],
    ids=["no synthetic", "complete", "unknown", "incomplete", "both"],
)  # fmt: skip
def test_what_is_odd_about_a_candidate_is_said(mix, said):
    assert list(notes(mix=mix)) == said


@pytest.mark.parametrize(("repeats", "said"), [(1, 1), (2, 1), (3, 0)])
def test_fewer_than_three_repeats_are_told_of(repeats, said):
    found = notes(repeats=repeats)
    assert len(found) == said
    assert all(text.startswith(f"--repeats {repeats}: so few carry no interval") for text in found)


def test_rows_without_label_are_counted_or_refused_by_their_place():
    test = [*TEST[:2], real("no label", id="x"), *TEST[2:], real("none", id="y")]
    assert notes(test=test, skip_unlabelled=True) == (
        "2 rows of the test set have no label and were left out",
    )
    with pytest.raises(InputError, match="no label in field 'label'"):
        notes(test=test)
    with pytest.raises(InputError, match="the test set has no rows"):
        notes(test=[real("no label", id="x")], skip_unlabelled=True)


@pytest.mark.parametrize(
    "given",
    [{"repeats": 0}, {"curve": (4, 1)}, {"margin": 0.0}, {"margin": 1.0}, {"similarity": 1.01},
     {"similarity": 0.0}],
)  # fmt: skip
def test_a_number_out_of_range_is_refused(given):
    with pytest.raises(UsageError):
        notes(**given)


@pytest.mark.parametrize("given", [{"curve": (2,)}, {"margin": 0.999}, {"similarity": 1.0}])
def test_a_number_at_the_end_of_its_range_is_taken(given):
    notes(**given)


def test_two_classes_are_as_few_as_it_takes():
    cards = [row for row in TRAIN if row.label == "cards"]
    with pytest.raises(InputError, match=re.escape("the train set has one class only ('cards')")):
        notes(train=cards, mix=fresh(cards, 1))


def test_all_labels_of_all_sets_are_in_the_matrix():
    new = [made(f"words of another {n}", "new", name=f"m{n}") for n in range(2)]
    more = [real("and yet another", "other", id="o")]
    task = Evaluating(Spec("tfidf"), Spec("hashing"), repeats=1, controls=False)
    proof = evaluate(TRAIN, {"mix": [*TRAIN, *new]}, TEST + more, task)
    assert proof.labels == ("cards", "loans", "new", "other")


def test_a_synthetic_copy_of_a_test_row_is_refused_and_a_train_row_like_one_is_none():
    copied = made(TEST[3].text + "!", TEST[3].label, parent=TRAIN[0], name="copied")
    with pytest.raises(GuardError, match="rows of mix equal or nearly equal test rows"):
        notes(mix=[*MIX, copied])
    like = real(TEST[3].text + "!", TEST[3].label, id="like")
    found = notes(train=[*TRAIN, like], mix=[*TRAIN, like, *MIX])
    assert [text[:16] for text in found] == ["1 of 100 test ro"]
    with pytest.raises(GuardError, match="mix"):  # the id alone does not make it the train row
        notes(train=[*TRAIN, real("other words", "cards", id="like")], mix=[*TRAIN, like, *MIX])


@pytest.mark.parametrize("where", ["train", "mix"])
def test_a_set_that_holds_a_test_row_is_refused(where):
    sets = {"train": TRAIN, "mix": MIX}
    with pytest.raises(GuardError):
        notes(**{where: [*sets[where], TEST[0]]})


def test_a_synthetic_row_is_no_test_row():
    with pytest.raises(GuardError, match="the test set"):
        notes(test=[*TEST, *MIX[:1]])
