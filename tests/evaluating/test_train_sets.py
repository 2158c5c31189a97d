"""Which rows each train set and each fit has; small sets, whose rows are named one by one."""

from collections import Counter

import pytest
from making import made, real

from dataaug.evaluation.train_sets import (
    CandidateSet,
    LabelledRow,
    TrainSet,
    all_but,
    arrange,
    draw_order,
    jackknife_halves,
    repeat_rows,
    row_of,
    train_sets,
    within,
)

TRAIN = [real(f"text {n}", "ab"[n % 2], id=f"r{n}") for n in range(4)]
ROWS = [row_of(record) for record in TRAIN]


def everything(_row):
    return True


def free(name, *examples, label="a", method="llm"):
    """Return a row that no train row is the ancestor of."""
    return LabelledRow(f"text of {name}", label, name, method, tuple(examples), True)


def test_a_row_stands_with_its_real_ancestor_or_with_itself():
    assert row_of(TRAIN[0]) == LabelledRow("text 0", "a", "r0", "real", (), False)
    child = made("new", "a", parent=TRAIN[0], name="c", method="eda")
    assert row_of(child) == LabelledRow("new", "a", "r0", "eda", (), False)
    shown = made("new", "a", name="g", method="llm", examples=["r0", 3])
    assert row_of(shown) == LabelledRow("new", "a", "g", "llm", ("r0", "3"), True)
    assert row_of(real("no label")).label == ""


def test_a_file_of_synthetic_rows_gets_the_real_ones():
    child = made("new", "a", parent=TRAIN[0], name="c")
    found = arrange("mix", [child], ROWS)
    assert found.rows == (*ROWS, row_of(child))
    assert (found.added, found.unknown, found.left_out) == (True, 0, 0)
    assert found.synthetic == [row_of(child)]


def test_a_file_with_real_rows_is_taken_as_it_is_and_told_of():
    """Two of four train rows, and three rows of somebody else."""
    strangers = [real(f"stranger {n}", "a", id=f"s{n}") for n in range(3)]
    orphan = made("new", "a", parent=strangers[0], name="o", method="eda")
    found = arrange("mix", [*TRAIN[:2], *strangers, orphan], ROWS)
    assert (found.added, found.unknown, found.left_out) == (False, 3, 2)
    assert [row.root for row in found.rows] == ["r0", "r1", "s0", "s1", "s2", "s0"]
    assert [row.rootless for row in found.rows] == [False, False, True, True, True, True]


def test_only_a_row_of_another_tool_that_equals_a_train_row_is_that_row():
    foreign = made("text 0", "a", name="f", method="foreign")
    other_label = made("text 0", "b", name="g", method="foreign")
    copy = made("text 0", "a", name="h", method="copy")
    found = arrange("mix", [foreign, other_label, copy], ROWS)
    assert [(row.root, row.method) for row in found.rows] == [
        ("r0", "real"), ("g", "foreign"), ("h", "copy")
    ]  # fmt: skip
    assert not found.added  # the first is a real row
    assert (found.unknown, found.left_out) == (0, 3)


def candidate(*rows):
    return CandidateSet("mix", rows, added=False, unknown=0, left_out=0)


def test_a_candidate_has_its_control_and_one_set_without_each_of_several_methods():
    one, two = free("x", method="one"), free("y", method="two")
    sets = train_sets(ROWS, [candidate(*ROWS, one, two)], controls=True)
    assert [(s.name, s.kind, s.candidate, s.method) for s in sets] == [
        ("real", "real", "", ""),
        ("mix", "candidate", "mix", ""),
        ("mix: real rows repeated", "oversampled", "mix", ""),
        ("mix: without one", "without", "mix", "one"),
        ("mix: without two", "without", "mix", "two"),
    ]
    assert sets[3].source == (*ROWS, two)
    assert sets[4].source == (*ROWS, one)
    assert {s.real for s in sets} == {tuple(ROWS)}


def test_a_single_method_is_not_left_out_and_controls_need_not_be():
    rows = [candidate(*ROWS, free("x")), candidate(*ROWS, free("y"))]
    assert [s.kind for s in train_sets(ROWS, rows[:1], controls=True)] == [
        "real", "candidate", "oversampled"
    ]  # fmt: skip
    assert [s.kind for s in train_sets(ROWS, rows, controls=False)] == [
        "real", "candidate", "candidate"
    ]  # fmt: skip


def test_rows_are_weighed_by_the_share_of_distinct_ones():
    twice = TrainSet("mix", "candidate", "mix", "", (*ROWS, *ROWS, free("x")), tuple(ROWS))
    assert twice.part(everything).weight == 5 / 9
    kept = twice.part(lambda row: row.root in {"r0", "x"})
    assert ([row.root for row in kept.rows], kept.weight) == (["r0", "r0", "x"], 2 / 3)
    nothing = twice.part(lambda _: False)
    assert (nothing.rows, nothing.weight) == ([], 0)


def test_the_control_repeats_the_real_rows_and_has_the_candidate_s_weight():
    new = [free(f"x{n}", label="a") for n in range(4)]
    control = TrainSet("c", "oversampled", "mix", "", (*ROWS, *new), tuple(ROWS))
    part = control.part(everything)
    assert Counter(row.label for row in part.rows) == {"a": 6, "b": 2}
    assert set(part.rows) == set(ROWS)
    assert part.weight == 1  # eight distinct rows in the candidate, of eight
    # Where the candidate has fewer distinct rows than there are real ones, these count.
    poor = TrainSet("c", "oversampled", "mix", "", (ROWS[0], ROWS[0]), tuple(ROWS))
    assert (len(poor.part(everything).rows), poor.part(everything).weight) == (4, 1)
    kept = control.part(all_but(frozenset({"r0", "x0", "x1", "x2"})))
    assert Counter(row.root for row in kept.rows) == {"r1": 1, "r3": 1, "r2": 2}


def test_oversampling_follows_the_numbers_of_each_label():
    like = [free(f"x{n}", label="a") for n in range(5)] + [free("y", label="c")]
    found = repeat_rows(ROWS, like)
    assert Counter(row.label for row in found) == {"a": 5, "b": 2}  # of c there is no real row
    assert sorted(Counter(row.root for row in found if row.label == "a").values()) == [2, 3]
    assert repeat_rows(ROWS[::-1], like) == found


def test_a_half_of_an_even_number_is_half_and_an_odd_row_goes_and_stays_in_turn():
    rows = [LabelledRow(str(n), "a", f"r{n}") for n in range(10)]
    assert [len(out) for out in jackknife_halves(rows, [], 4, 0)] == [5, 5, 5, 5]
    assert [len(out) for out in jackknife_halves(rows[:9], [], 4, 0)] == [4, 5, 4, 5]
    assert len({frozenset(out) for out in jackknife_halves(rows, [], 4, 0)}) == 4
    assert jackknife_halves(rows, [], 4, 0) == jackknife_halves(rows[::-1], [], 4, 0)
    assert jackknife_halves(rows, [], 4, 0) != jackknife_halves(rows, [], 4, 1)


def test_a_label_of_one_root_keeps_it_and_one_of_two_may_lose_one():
    rows = [LabelledRow(str(n), "a", f"r{n}") for n in range(8)]
    single = [
        *rows,
        LabelledRow("x", "rare", "x"),
        LabelledRow("x again", "rare", "x"),
    ]  # one root, twice
    assert all("x" not in out for out in jackknife_halves(single, [], 20, 0))
    pair = [*rows, LabelledRow("x", "rare", "x"), LabelledRow("y", "rare", "y")]
    outs = jackknife_halves(pair, [], 20, 0)
    assert any("x" in out for out in outs)
    assert any({"x", "y"} <= out for out in outs)  # as another draw of rows might lack the label


def test_real_rows_of_a_candidate_that_train_does_not_have_are_halved_for_themselves():
    train = [LabelledRow(str(n), "a", f"r{n}") for n in range(6)]
    own = [LabelledRow(str(n), "a", f"s{n}", rootless=True) for n in range(6)]
    for out in jackknife_halves(train, [*train, *own], 5, 0):
        assert Counter(name[0] for name in out) == {"r": 3, "s": 3}
    assert [
        {n for n in out if n[0] == "r"} for out in jackknife_halves(train, own, 5, 0)
    ] == jackknife_halves(train, [], 5, 0)


def test_made_rows_without_ancestor_are_halved_label_by_label():
    rows = [free(f"{label}{n}", label=label) for label in "xy" for n in range(6)]
    odd = [free(f"z{n}", label="z") for n in range(3)]
    counts = [Counter(name[0] for name in out) for out in jackknife_halves(ROWS, rows + odd, 4, 0)]
    assert [(c["x"], c["y"]) for c in counts] == [(3, 3)] * 4
    assert sorted(c["z"] for c in counts) == [1, 1, 2, 2]


def test_rows_go_first_that_lost_most_of_what_their_model_was_shown():
    """Half of the real rows is out: who was shown these goes, who was shown the others stays."""
    train = [LabelledRow(str(n), "a", f"r{n}") for n in range(4)]
    (out,) = jackknife_halves(train, [], 1, 0)
    gone, kept = sorted(out), sorted({"r0", "r1", "r2", "r3"} - out)
    made_rows = [free("all", *gone), free("most", *gone, kept[0]), free("none", *kept),
                 free("some", gone[0], *kept)]  # fmt: skip
    (found,) = jackknife_halves(train, made_rows, 1, 0)
    assert found - out == {"all", "most"}
    # Who was shown nothing counts as half lost: before "some", behind "most".
    (found,) = jackknife_halves(train, [*made_rows, free("blank"), free("none too", *kept)], 1, 0)
    assert found - out == {"all", "most", "blank"}
    # All that lost everything go, be they more than half.
    (found,) = jackknife_halves(
        train, [*made_rows, *(free(f"all{n}", *gone) for n in range(5))], 1, 0
    )
    assert found - out == {"all", *(f"all{n}" for n in range(5))}


def test_draws_of_the_curve_take_each_label_once_and_then_in_proportion():
    """Of r-th of n rows stands at (r + 1/2) / n: 8 of a, 4 of b, and c once."""
    rows = [LabelledRow(f"{label}{n}", label, f"{label}{n}")
            for label, count in (("a", 8), ("b", 4), ("c", 1)) for n in range(count)]  # fmt: skip
    for draw in range(3):
        order = draw_order(rows, 0, draw)
        labels = "".join(root[0] for root in order)
        assert sorted(labels[:3]) == ["a", "b", "c"]
        # a: 3/16, 5/16, 7/16 ...; b: 3/8, 5/8, 7/8
        assert labels[3:] == "aabaabaaba"[:10]
        assert sorted(order) == sorted(row.root for row in rows)
    assert len({tuple(draw_order(rows, 0, draw)) for draw in range(3)}) == 3
    assert draw_order(rows, 0, 0) == draw_order(rows[::-1], 0, 0)
    assert draw_order(rows, 0, 0) != draw_order(rows, 1, 0)


def test_a_root_of_several_rows_is_drawn_once():
    rows = [
        LabelledRow("a1", "a", "r"),
        LabelledRow("a2", "a", "r"),
        LabelledRow("b", "b", "r"),
        LabelledRow("c", "a", "s"),
    ]
    assert sorted(draw_order(rows, 0, 0)) == ["r", "s"]


@pytest.mark.parametrize(
    ("row", "stays"),
    [
        (LabelledRow("t", "a", "r0"), True), (LabelledRow("t", "a", "r2"), False),
        (free("g", "r0", "r1"), True), (free("g", "r0", "r2"), False), (free("g"), True),
        (LabelledRow("t", "a", "r0", "llm", ("r2",)), True),  # its ancestor decides
    ],
)  # fmt: skip
def test_what_stays_with_a_part_of_the_real_rows(row, stays):
    assert within(frozenset({"r0", "r1"}))(row) is stays


def test_what_is_left_out_takes_its_descendants_with_it():
    keep = all_but(frozenset({"r0"}))
    assert not keep(LabelledRow("t", "a", "r0", "eda"))
    assert keep(LabelledRow("t", "a", "r1"))
