"""Which of close rows stay: each case is small enough to be told by hand."""

import numpy as np
import pytest

from dataaug.search import dedup, kmeans
from dataaug.search.dedup import Choice, PairRule


def along(*angles):
    """Return unit vectors of the plane."""
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def pairs_of(*found):
    """Return pairs as the search gives them."""
    i, j, score = zip(*found, strict=True) if found else ((), (), ())
    return np.array(i, np.intp), np.array(j, np.intp), np.array(score, np.float64)


def flat(value):
    return lambda i, _: np.full(len(i), value)


def test_a_row_goes_where_an_earlier_one_that_stays_is_close():
    """1 goes for 0; 2 is close to 1 only, which is gone, and stays; 3 goes for the closer one."""
    found = dedup.resolve(
        pairs_of((1, 0, 0.9), (2, 1, 0.99), (3, 0, 0.91), (3, 1, 0.999), (3, 2, 0.95)), 4, 0
    )
    assert found.of.tolist() == [-1, 0, -1, 2]
    assert found.score.tolist() == [0, 0.9, 0, 0.95]


@pytest.mark.parametrize(("fixed", "of"), [(0, [-1, 0, -1, 2]), (1, [-1, 0, -1, 2]),
                                           (2, [-1, -1, 1, 1]), (4, [-1] * 4)])  # fmt: skip
def test_rows_at_the_start_stay_in_any_case(fixed, of):
    close = pairs_of((1, 0, 0.9), (2, 1, 0.9), (3, 1, 0.95), (3, 2, 0.9))
    assert dedup.resolve(close, 4, fixed).of.tolist() == of


def test_pairs_are_settled_in_order_across_chunks(monkeypatch):
    chain = pairs_of(*((n, n - 1, 0.9) for n in range(1, 10)))
    for chunk in (1, 2, 3, 1 << 16):
        monkeypatch.setattr(dedup, "_CHUNK", chunk)
        found = dedup.resolve(chain, 10, 0)
        assert found.of.tolist() == [-1, 0, -1, 2, -1, 4, -1, 6, -1, 8]


def test_of_equally_close_rows_the_first_is_named_whichever_came_first():
    choice = Choice.empty(4)
    choice.name(pairs_of((3, 1, 0.9), (3, 2, 0.9), (2, 1, 0.8)))
    assert (choice.of.tolist(), choice.score.tolist()) == ([-1, -1, 1, 1], [0, 0, 0.8, 0.9])
    choice.name(pairs_of((3, 0, 0.9), (2, 0, 0.7)))  # as close, and earlier; less close
    assert choice.of.tolist() == [-1, -1, 1, 0]
    choice.name(pairs_of((3, 2, 0.9)))  # as close, and later
    assert choice.of.tolist() == [-1, -1, 1, 0]
    choice.name(pairs_of((3, 2, 0.95)))
    assert (choice.of[3], choice.score[3]) == (2, 0.95)
    choice.name(pairs_of((1, 0, -0.5)))  # a score below that of rows that stay
    assert (choice.of[1], choice.score[1]) == (0, -0.5)


@pytest.mark.parametrize(
    ("score", "exact", "hit"),
    [
        (0.90, None, True), (0.8999, None, False),
        (0.92, 0.88, False), (0.88, 0.92, True), (0.88, 0.90, True),  # in doubt: the exact decides
        (0.921, 0.0, True), (0.879, 1.0, False),  # beyond doubt
    ],
)  # fmt: skip
def test_a_pair_within_the_tolerance_is_decided_by_its_exact_product(score, exact, hit):
    asked = []

    def decide(i, _):
        asked.append(i.tolist())
        return np.full(len(i), exact)

    rule = (
        PairRule(0.9, flat(0.9), 0.02 + 1e-12, decide)
        if exact is not None
        else PairRule(0.9, flat(0.9))
    )
    given = pairs_of((1, 0, score))
    i, _, scores = rule.hits(given)
    assert (len(i) == 1) is hit
    in_doubt = exact is not None and abs(score - 0.9) <= 0.02 + 1e-12
    assert asked == ([[1]] if in_doubt else [])
    assert scores.tolist() == ([exact if in_doubt else score] if hit else [])
    assert given[2].tolist() == [score]  # what was given is left alone


def test_a_pair_at_the_very_end_of_the_tolerance_is_in_doubt():
    """These numbers are exact in binary."""
    rule = PairRule(0.5, flat(0.5), 0.25, flat(0.0))
    i, _, _ = rule.hits(pairs_of((1, 0, 0.75), (2, 0, 0.875)))
    assert i.tolist() == [2]


def test_a_search_leaves_room_for_the_tolerance():
    query = PairRule(0.9, flat(0.95), 0.02, flat(1.0)).query(7)
    assert (query.threshold, query.most) == (pytest.approx(0.88), 7)
    assert query.limits(np.array([1]), np.array([0])) == pytest.approx([0.93])
    assert PairRule(0.9, flat(0.95)).query().most is None


VECTORS = along(0, 0.05, 0.1, 0.15, 1, 1.04, 2)
RULE = PairRule(float(np.cos(0.06)), flat(np.cos(0.06)))
PLACED = kmeans.fit_partitions([VECTORS], RULE.threshold).place(VECTORS)


@pytest.mark.parametrize(("fixed", "of"), [(0, [-1, 0, -1, 2, -1, 4, -1]),
                                           (2, [-1, -1, 1, -1, -1, 4, -1])])  # fmt: skip
@pytest.mark.parametrize("most", [None, 0])
def test_what_stays_is_the_same_with_room_for_pairs_and_without(monkeypatch, fixed, of, most):
    monkeypatch.setattr(dedup, "_SMALL", 2)
    told = []
    found = dedup.keep_first(PLACED, RULE, fixed=fixed, most=most,
                             notify=lambda *given: told.append(given))  # fmt: skip
    assert found.of.tolist() == of
    assert found.score[1 - (fixed > 0) :].max() == pytest.approx(np.cos(0.04), abs=1e-6)
    if most is None:
        assert found.products == 21
        assert told == [(21, 21)]
        assert list(zip(*(column.tolist() for column in found.pairs[:2]), strict=True)) == [
            (1, 0), (2, 1), (3, 2), (5, 4)
        ]  # fmt: skip
    else:
        assert found.pairs is None
        assert found.products > 21
        assert told
        assert all(total == 7 and done <= 7 for done, total in told)
        assert told[-1][0] == 7


def test_progress_is_told_part_by_part():
    rng = np.random.default_rng(0)
    vectors = along(*rng.uniform(0, 6.28, 200))
    placed = kmeans.fit_partitions([vectors], 0.999, 9).place(vectors)
    told = []
    dedup.keep_first(placed, PairRule(0.999, flat(0.999)), notify=lambda *given: told.append(given))
    assert len(told) > 1
    assert {total for _, total in told} == {placed.products}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert 0 < told[0][0] < told[-1][0] <= placed.products


def test_a_few_rows_may_always_be_held(monkeypatch):
    """With most=0 no pair may be held, but of so few rows all may."""
    monkeypatch.setattr(dedup, "_SMALL", 7)
    told = []
    found = dedup.keep_first(PLACED, RULE, most=0, notify=lambda *given: told.append(given))
    assert found.of.tolist() == [-1, 0, -1, 2, -1, 4, -1]
    assert told == [(7, 7)]  # in one part
    # The search that gave up; all pairs of rows at once; and each row against what stays.
    assert found.products >= 21 + 3 * 4
    monkeypatch.setattr(dedup, "_SMALL", 6)
    told.clear()
    dedup.keep_first(PLACED, RULE, most=0, notify=lambda *given: told.append(given))
    assert len(told) > 1
