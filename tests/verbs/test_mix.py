import math
from collections import Counter

import pytest
from making import kept, made, real, rejected

from dataaug.errors import ShortfallError, UsageError
from dataaug.mixing import Mixing, auto_ratio, mix, parse_ratio
from dataaug.rows.report import Report


def rows_of(real_rows, made_rows, labels="xy"):
    many = len(labels)
    rows = [real(f"real {n}", labels[n % many], id=f"r{n}") for n in range(real_rows)]
    return rows + [made(f"made {n}", labels[n % many], name=f"m{n}") for n in range(made_rows)]


def counts(outcomes):
    rows = kept(outcomes)
    return sum(row.is_real for row in rows), sum(not row.is_real for row in rows)


@pytest.mark.parametrize(
    ("real_rows", "share"),
    [(0, 0), (1, 0.3), (999, 0.3), (1000, 0.5), (3162, 0.6), (10_000, 0.7), (10_001, 1.0)],
)
def test_auto_follows_the_table(real_rows, share):
    assert math.isclose(auto_ratio(real_rows), share, abs_tol=1e-4)


@pytest.mark.parametrize(
    ("real_rows", "made_rows", "took"),
    [(30, 200, (30, 70)), (999, 3000, (999, 2331)), (1000, 2000, (1000, 1000)),
     (10_001, 50, (10_001, 0)), (0, 20, (0, 20))],
)  # fmt: skip
def test_auto_mixes_by_the_table(real_rows, made_rows, took):
    assert counts(list(mix(rows_of(real_rows, made_rows), Mixing()))) == took


@pytest.mark.parametrize(
    ("text", "share"),
    [("auto", None), ("70:30", 0.7), ("7:3", 0.7), ("1:1", 0.5), ("0:100", 0), ("1:0", 1),
     ("0.5:1.5", 0.25)],
)  # fmt: skip
def test_ratio_is_read(text, share):
    assert parse_ratio(text) == share


@pytest.mark.parametrize("text", ["", "70", "70:", ":30", "a:b", "-1:2", "0:0", "nan:1", "inf:1",
                                  "1:2:3", "70/30"])  # fmt: skip
def test_ratio_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="expected auto or REAL:SYNTHETIC"):
        parse_ratio(text)


@pytest.mark.parametrize("text", ["1e-9:1", "1e-320:1"])
def test_next_to_no_real_rows_takes_every_row(text):
    assert counts(list(mix(rows_of(3, 7), Mixing(parse_ratio(text))))) == (3, 7)


def test_every_row_is_in_the_mix_or_rejected_with_a_reason_and_none_twice():
    rows = rows_of(20, 80)
    outcomes = list(mix(rows, Mixing(0.5)))
    names = [row.id for row in kept(outcomes)] + [o.record.id for o in rejected(outcomes)]
    assert sorted(names) == sorted(row.id for row in rows)
    assert {o.reason for o in rejected(outcomes)} == {"over_ratio"}


def test_rows_leave_byte_for_byte():
    rows = rows_of(5, 5)
    assert {r.line for r in mix(rows, Mixing(0.5))} == {row.line for row in rows}


def test_order_follows_from_seed_and_ids_and_not_from_the_input():
    rows = rows_of(40, 60)
    first = [row.line for row in kept(mix(rows, Mixing(0.5, seed=3)))]
    again = [row.line for row in kept(mix(rows[::-1], Mixing(0.5, seed=3)))]
    other = [row.line for row in kept(mix(rows, Mixing(0.5, seed=4)))]
    assert first == again != other
    kinds = [b"_aug" in line for line in first]
    assert kinds not in (sorted(kinds), sorted(kinds, reverse=True))


def test_synthetic_part_keeps_the_proportions_of_the_synthetic_rows():
    rows = rows_of(10, 0) + [made(f"m{n}", "x" if n % 4 else "y") for n in range(400)]
    labels = Counter(row.label for row in kept(mix(rows, Mixing(0.2))) if not row.is_real)
    assert labels == {"x": 30, "y": 10}


def test_synthetic_part_follows_the_real_rows_on_request():
    rows = [real(f"r{n}", "x" if n % 10 else "y") for n in range(20)] + rows_of(0, 100)
    labels = Counter(
        row.label for row in kept(mix(rows, Mixing(0.5, strata="real"))) if not row.is_real
    )
    assert labels == {"x": 18, "y": 2}


def test_what_a_full_label_cannot_take_goes_to_the_others():
    rows = rows_of(20, 0) + [made("m", "y")] + [made(f"m{n}", "x") for n in range(50)]
    labels = Counter(
        row.label for row in kept(mix(rows, Mixing(0.5, strata="real"))) if not row.is_real
    )
    assert labels == {"x": 19, "y": 1}


def test_size_is_kept_with_the_ratio():
    outcomes = list(mix(rows_of(100, 100), Mixing(0.7, size=50)))
    assert counts(outcomes) == (35, 15)
    assert {o.reason for o in rejected(outcomes)} == {"over_size"}


def test_real_part_of_a_smaller_mix_keeps_its_proportions_of_labels():
    rows = [real(f"r{n}", "x" if n % 10 else "y") for n in range(200)]
    for seed in range(5):
        labels = Counter(row.label for row in kept(mix(rows, Mixing(1.0, size=100, seed=seed))))
        assert labels == {"x": 90, "y": 10}


def test_a_label_spelt_like_a_set_is_none():
    rows = [real(f"r{n}", "a + b") for n in range(6)]
    rows += [real(f"s{n}", ["a", "b"]) for n in range(2)]
    report = Report("mix")
    list(mix(rows, Mixing(1.0), report=report))
    found = report.summary.labels
    assert {name: each["real"] for name, each in found.items()} == {"a": 2, "a + b": 6, "b": 2}
    half = kept(mix(rows, Mixing(1.0, size=4)))
    assert Counter(type(row.fields["label"]) for row in half) == {str: 3, list: 1}


def test_small_classes_are_not_wiped_out_by_a_big_one():
    rows = [real(f"r{n}", "big", id=f"r{n}") for n in range(90)]
    rows += [real(f"s{n}", f"small{n}", id=f"s{n}") for n in range(10)]
    for seed in range(3):
        labels = Counter(row.label for row in kept(mix(rows, Mixing(1.0, size=50, seed=seed))))
        assert labels.pop("big") == 45
        assert labels == {f"small{n}": 1 for n in range(5)}


def test_rows_of_equal_remainders_do_not_depend_on_the_order_of_the_rows():
    rows = [made(f"{label}{n}", label) for label in "dbca" for n in range(3)]
    for order in (rows, rows[::-1], rows[5:] + rows[:5]):
        found = kept(mix([real("r", "x", id="r"), *order], Mixing(1 / 7)))
        assert Counter(row.label for row in found if not row.is_real) == {
            "a": 2, "b": 2, "c": 1, "d": 1}  # fmt: skip


def test_the_largest_remainder_is_served_first_and_not_the_first_label():
    rows = [made(f"{label}{n}", label) for label, many in (("a", 11), ("b", 9), ("c", 10))
            for n in range(many)]  # fmt: skip
    found = kept(mix([real("r", "x", id="r"), *rows], Mixing(1 / 11)))
    labels = Counter(row.label for row in found if not row.is_real)
    assert labels == {"a": 4, "b": 3, "c": 3}  # quotas 3.67, 3, 3.33
    found = kept(mix([real(f"r{n}", "x", id=f"r{n}") for n in range(2)] + rows, Mixing(2 / 10)))
    labels = Counter(row.label for row in found if not row.is_real)
    assert labels == {"a": 3, "b": 2, "c": 3}  # quotas 2.93, 2.4, 2.67


def test_size_that_cannot_be_reached_is_said_after_the_last_row():
    outcomes = []
    with pytest.raises(ShortfallError, match="6 rows where --size asks for 10"):
        outcomes.extend(mix(rows_of(3, 3), Mixing(0.5, size=10)))
    stream = mix(rows_of(3, 3), Mixing(0.5, size=10))
    assert [next(stream).line for _ in range(6)]


@pytest.mark.parametrize(
    ("real_rows", "made_rows", "task", "said"),
    [
        (0, 5, Mixing(), "there are no real rows"),
        (1, 20, Mixing(0.05), "19 synthetic rows per real one"),
        (10_001, 1, Mixing(), "auto takes only real ones"),
        (10, 2, Mixing(0.5), "asked for 50% real rows, got 83%: there are only 2 synthetic"),
    ],
)
def test_mix_warns(real_rows, made_rows, task, said):
    report = Report("mix")
    list(mix(rows_of(real_rows, made_rows), task, report=report))
    assert any(said in warning for warning in report.warnings), report.warnings


def test_mix_that_came_out_as_asked_warns_of_nothing():
    report = Report("mix")
    list(mix(rows_of(10, 50), Mixing(0.5), report=report))
    assert report.warnings == []


def test_provenance_can_be_left_out_and_rows_still_count_as_synthetic():
    outcomes = list(mix(rows_of(2, 2), Mixing(0.5, provenance="none")))
    assert all(b"_aug" not in row.line for row in outcomes)
    assert counts(outcomes) == (2, 2)


def test_report_says_what_was_reached_per_label():
    report = Report("mix")
    list(mix(rows_of(4, 40), Mixing(0.5), report=report))
    note = report.summary
    assert (note.asked_real_share, note.real_share) == (0.5, 0.5)
    assert note.left_out == {"real": 0, "synthetic": 36}
    assert note.labels == {
        "x": {"real": 2, "synthetic": 2}, "y": {"real": 2, "synthetic": 2}}  # fmt: skip


def test_nothing_in_nothing_out():
    assert list(mix([], Mixing())) == []
    assert list(mix([], Mixing(0.5))) == []


def test_rows_without_label_are_not_counted_with_a_label_none():
    rows = [real(f"row {n}", ("None", None, "x")[n % 3]) for n in range(30)]
    report = Report("mix")
    assert len(kept(mix(rows, Mixing(1.0), report=report))) == 30
    found = {name: own["real"] for name, own in report.summary.labels.items()}
    assert found == {"(no label)": 10, "None": 10, "x": 10}
