import random
from collections import Counter

import numpy as np
import pytest
from making import made, real
from worlds import real_rows

from dataaug import embedders
from dataaug.errors import GuardError, InputError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.report import Report
from dataaug.search.pairs import close_pairs
from dataaug.splitting import Splitting, parse_test, split


def task(**given):
    return Splitting(embedder=Spec("hashing"), **given)


def ids(rows):
    return [row.id for row in rows]


@pytest.fixture(scope="module")
def rows():
    """Return 90 rows; every third has two near twins and an exact one in other spelling."""
    found = []
    for number, row in enumerate(real_rows("a", 30)):
        found.append(row)
        if number % 3 == 0:
            found.append(real(row.text + " bu", row.label, id=f"{row.id}-near"))
            found.append(real(row.text.upper() + "!", row.label, id=f"{row.id}-exact"))
    return found


def test_no_row_has_a_twin_on_the_other_side(rows):
    report = Report("split")
    parts = split(rows, task(test=0.3, similarity=0.9), report=report)
    embed = embedders.shared(Spec("hashing"))
    left, right = (embed([row.text for row in part]) for part in (parts.train, parts.test))
    assert not len(close_pairs(left, right, 0.9)[0])
    names = {row.id: row for row in parts.test}
    for row in rows:
        assert (f"{row.id}-exact" in names) == (row.id in names) or f"{row.id}-exact" not in ids(
            rows
        )
    found = report.summary
    assert found.test_rows_a_plain_split_would_leak > 0
    assert found.links["exact"] == 30
    assert found.links["near"] >= 25


def test_every_row_leaves_once_as_it_came_in_the_order_it_came(rows):
    parts = split(rows, task())
    assert Counter(ids(parts.train + parts.test)) == Counter(ids(rows))
    known = {row.id: row.line for row in rows}
    assert all(row.line is known[row.id] for row in parts.train + parts.test)
    place = {row.id: n for n, row in enumerate(rows)}
    assert [place[i] for i in ids(parts.test)] == sorted(place[i] for i in ids(parts.test))


def test_label_proportions_are_kept(rows):
    parts = split(rows, task(test=0.2))
    for label, count in Counter(row.label for row in rows).items():
        assert abs(sum(row.label == label for row in parts.test) - 0.2 * count) <= 2


def test_the_parts_follow_from_names_and_not_from_the_order(rows):
    shuffled = random.Random(1).sample(rows, len(rows))
    one, two = split(rows, task()), split(shuffled, task())
    assert set(ids(one.test)) == set(ids(two.test))
    assert set(ids(one.test)) != set(ids(split(rows, task(seed=1)).test))


def test_a_chain_of_near_duplicates_stays_whole_and_is_reported():
    words = [f"w{n:03}" for n in range(40)]
    chain = [real(" ".join(words[n : n + 14]), "a", id=f"c{n}") for n in range(20)]
    others = real_rows("o", 10)
    report = Report("split")
    parts = split(chain + others, task(similarity=0.85), report=report)
    sides = {row.id in ids(parts.test) for row in chain}
    assert len(sides) == 1
    assert report.summary.largest_group.rows == 20
    assert any("one group of near-duplicates holds 20 of 50" in w for w in report.warnings)


def test_a_class_that_is_too_small_keeps_a_row_in_train_and_is_named():
    rows = [*real_rows("a", 20), real("lonely bado", "rare", id="r1"),
            real("first kalu", "pair", id="p1"), real("second zopo", "pair", id="p2")]  # fmt: skip
    report = Report("split")
    parts = split(rows, task(), report=report)
    assert report.summary.labels["rare"] == {"train": 1, "test": 0}
    assert report.summary.labels["pair"] == {"train": 1, "test": 1}
    assert any("'rare' (1 rows)" in warning for warning in report.warnings)
    assert {row.label for row in parts.train} >= {"rare", "pair"}


def test_a_class_of_twins_only_is_not_torn():
    twins = [real(text, "rare", id=text) for text in ("My parcel", "my parcel!", "MY PARCEL")]
    parts = split([*real_rows("a", 20), *twins], task(test=0.5))
    assert sum(row.label == "rare" for row in parts.train) == 3


def lines(name, count, label):
    """Return rows that no two of are alike, for an embedder of letters."""
    rng = random.Random(name)
    return [
        real(" ".join("".join(rng.sample("abdeghiklmnoprstuvz", 6)) for _ in range(7)), label,
             id=f"{name}{n}")
        for n in range(count)
    ]  # fmt: skip


def twins(name, groups, size, label):
    """Return groups of rows that differ in spelling only."""
    texts = [row.text for row in lines(name, groups, label)]
    return [real(text + "!" * n, label, id=f"{name}{k}-{n}")
            for k, text in enumerate(texts) for n in range(size)]  # fmt: skip


def test_a_number_of_rows_is_met_exactly_and_the_labels_without_a_test_row_are_named():
    rows = lines("big", 900, "big")
    for number in range(50):
        rows += lines(f"rare-{number:02}-", 2, f"rare-{number:02}")
    report = Report("split")
    parts = split(rows, task(test=100), report=report)
    assert len(parts.test) == 100
    found = Counter(row.label for row in parts.test)
    assert found["big"] == 90
    lacking = {row.label for row in rows} - set(found)
    assert len(lacking) == 40
    assert set(report.summary.labels_without_test_rows) == lacking
    (said,) = report.warnings
    assert all(repr(label) in said for label in lacking)
    assert "too small for a row of each" in said
    assert "near-duplicates" not in said


def test_few_rare_labels_have_a_test_row_each():
    rows = lines("big", 300, "big")
    for number in range(4):
        rows += lines(f"rare{number}-", 2, f"rare{number}")
    parts = split(rows, task(test=100))
    assert len(parts.test) == 100
    assert {row.label for row in parts.test} == {row.label for row in rows}


def test_twins_that_leave_too_many_or_too_few_rows_are_made_up_for_by_single_ones():
    for size in (2, 3, 5):
        rows = lines("single", 60, "a") + twins("pair", 6, size, "b") + twins("more", 4, size, "c")
        for wanted in range(3, 40):
            report = Report("split")
            parts = split(rows, task(test=wanted, similarity=0.999), report=report)
            assert len(parts.test) == wanted, (size, wanted)
            assert not [said for said in report.warnings if "were asked for" in said]


def test_half_a_group_over_the_quota_is_nearer_than_none_of_it():
    rows = lines("single", 40, "a") + twins("pair", 10, 2, "b")
    parts = split(rows, task(test=9, similarity=0.999))
    assert Counter(row.label for row in parts.test) == {"a": 5, "b": 4}


def test_groups_that_no_single_rows_can_make_up_for_are_the_reason_that_is_given():
    report = Report("split")
    parts = split(twins("t", 9, 3, "a"), task(test=10, similarity=0.999), report=report)
    assert len(parts.test) == 9
    assert "groups of near-duplicates stay whole" in report.warnings[-1]


def test_labels_that_keep_a_row_are_the_reason_that_is_given():
    rows = lines("a", 3, "a") + lines("b", 3, "b") + lines("c", 1, "c")
    report = Report("split")
    parts = split(rows, task(test=6), report=report)
    assert len(parts.test) == 4
    assert "'c' (1 rows)" in report.warnings[0]
    assert "no more than 4 can be held out, since each label keeps a row" in report.warnings[1]


def test_more_test_rows_hold_the_fewer():
    rows = lines("a", 40, "a") + lines("b", 20, "b")
    few, many = (set(ids(split(rows, task(test=n)).test)) for n in (12, 24))
    assert few < many


@pytest.mark.parametrize(("test", "count"), [(0.25, 15), (12, 12), (3, 3)])
def test_the_size_is_a_share_or_a_number(test, count):
    assert len(split(real_rows("a", 20), task(test=test)).test) == count


def test_without_stratification_only_the_total_counts():
    rows = real_rows("a", 20)
    assert len(split(rows, task(stratify=False, test=9)).test) == 9


def test_rows_that_share_an_id_stay_together():
    rows = [real(f"text {n} {'bako'[n % 4] * 9}", "ab"[n % 2], id=f"{n // 4}") for n in range(40)]
    parts = split(rows, task(test=0.5, similarity=0.999))
    assert not set(ids(parts.train)) & set(ids(parts.test))


def test_synthetic_rows_are_refused_by_name():
    rows = real_rows("a", 4)
    made_rows = [made("x", "cards", parent=rows[0], name=f"made-{n}") for n in range(7)]
    with pytest.raises(GuardError, match=r"7 synthetic rows: made-0.*made-4 and 2 more"):
        split(rows + made_rows, task())


@pytest.mark.parametrize("rows", [[], real_rows("a", 1, ("cards",)), real_rows("a", 2)])
def test_too_few_rows_are_an_input_error(rows):
    with pytest.raises(InputError):
        split(rows, task(test=6))


def test_only_twins_can_not_be_split():
    with pytest.raises(InputError, match="no test part"):
        split([real("the same", "a", id=str(n)) for n in range(5)], task())


@pytest.mark.parametrize("text", ["0", "1.0", "1.5", "-3", "half", "nan", "inf"])
def test_a_size_that_makes_no_sense_is_a_usage_error(text):
    with pytest.raises(UsageError):
        parse_test(text)


def test_sizes_are_read():
    assert [parse_test(text) for text in ("0.2", "500", "1")] == [0.2, 500, 1]


def test_random_groups_always_keep_the_promises():
    for seed in range(15):
        rng = np.random.default_rng(seed)
        rows = [
            real(f"t{int(rng.integers(25))} {'xyz'[int(rng.integers(3))]}",
                 "abc"[int(rng.integers(3))], id=f"{n}")
            for n in range(60)
        ]  # fmt: skip
        parts = split(rows, task(test=0.3, similarity=0.999))
        assert not {r.text for r in parts.train} & {r.text for r in parts.test}
        assert {r.label for r in parts.train} == {r.label for r in rows}


def test_rows_without_label_are_not_counted_with_a_label_none():
    rows = [real(f"row {n} of {n * 7}", ("None", None, "x")[n % 3]) for n in range(30)]
    report = Report("split")
    split(rows, task(test=9), report=report)
    labels = report.summary.labels
    assert list(labels) == ["(no label)", "None", "x"]
    assert all(sizes == {"train": 7, "test": 3} for sizes in labels.values())


@pytest.mark.parametrize(
    ("labels", "test", "said"),
    [
        ("abcdef", 2, "no label has two rows"),
        ("aaabbb", 0.01, "--test 0.01 of them is less than one row"),
    ],
)
def test_why_nothing_can_be_held_out_is_said(labels, test, said):
    rows = [real(f"row {n} of {n * 7}", label) for n, label in enumerate(labels)]
    with pytest.raises(InputError, match=f"no test part can be held out; {said}"):
        split(rows, task(test=test))
