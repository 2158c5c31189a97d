import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dataaug.errors import UsageError
from dataaug.review.bounds import Copies, Stratum
from dataaug.review.gate import Gate, SampleCounts, gate_result

ROWS = 1_000_000


def outcome(errors, reviewed, planned=None, rows=ROWS, **gate):
    left = (planned or reviewed) - reviewed
    count = SampleCounts(rows, [Stratum(rows, reviewed, errors, left)])
    return gate_result(Gate(**gate), count)


CASES = [(errors, size) for size in (20, 59, 100) for errors in (0, 1, 4, 5, 6)]


@pytest.mark.parametrize(("errors", "size"), CASES)
def test_observed_rule_compares_the_share(errors, size):
    expected = "fail" if errors * 100 > size * 5 else "pass"
    assert outcome(errors, size).verdict == expected


@pytest.mark.parametrize(("errors", "size"), CASES)
def test_upper_bound_rule_is_clopper_pearsons(errors, size):
    bound = stats.binomtest(errors, size, alternative="less").proportion_ci(0.95).high
    expected = "pass" if bound <= 0.05 else "fail" if errors > 0.05 * size else "undecided"
    found = outcome(errors, size, rule="upper-bound")
    assert found.verdict == expected
    assert found.upper == pytest.approx(bound, abs=1e-4)


@pytest.mark.parametrize("limit", [0.05, 0.07, 0.29, 0.57])
def test_share_at_the_limit_passes_to_the_digit(limit):
    allowed = round(limit * 100)
    assert outcome(allowed, 100, limit=limit).verdict == "pass"
    assert outcome(allowed + 1, 100, limit=limit).verdict == "fail"


def test_nothing_reviewed_is_undecided():
    assert outcome(0, 0, 100).verdict == "undecided"


def test_rows_without_a_verdict_leave_it_open_only_while_they_can_change_it():
    assert outcome(2, 96, 100).verdict == "undecided"  # four more errors would be six
    assert outcome(2, 97, 100).verdict == "pass"
    assert outcome(6, 10, 100).verdict == "fail"
    assert outcome(0, 99, 100, rule="upper-bound").verdict == "pass"
    assert outcome(1, 99, 100, rule="upper-bound").verdict == "undecided"


def test_walds_test_ends_a_clean_sitting_after_55_rows():
    assert outcome(0, 54, 132, sequential=True).verdict == "undecided"
    assert outcome(0, 55, 132, sequential=True).verdict == "pass"
    assert outcome(3, 12, 132, sequential=True).verdict == "fail"


def test_small_data_that_was_reviewed_whole_needs_no_bound():
    assert outcome(1, 20, rows=20, rule="upper-bound").verdict == "pass"
    assert outcome(1, 20, rows=ROWS, rule="upper-bound").verdict == "undecided"


def test_strata_count_by_their_rows():
    strata = [Stratum(990, 50, 1), Stratum(10, 50, 20)]  # 21 % of the sample, 2.4 % of the data
    found = gate_result(Gate(), SampleCounts(1000, strata))
    assert found.verdict == "pass"
    assert found.rate == pytest.approx(0.99 * 0.02 + 0.01 * 0.4)
    assert "by the weights of its strata" in found.why
    turned = gate_result(Gate(), SampleCounts(1000, [Stratum(10, 50, 1), Stratum(990, 50, 20)]))
    assert turned.verdict == "fail"


def test_rows_of_strata_without_a_verdict_count_at_their_worst_and_best():
    open_ = [Stratum(900, 90, 1), Stratum(100, 9, 0, left=1)]
    assert gate_result(Gate(), SampleCounts(1000, open_)).verdict == "pass"
    assert (
        gate_result(Gate(), SampleCounts(1000, [Stratum(900, 90, 5), open_[1]])).verdict
        == "undecided"
    )
    assert (
        gate_result(Gate(), SampleCounts(1000, [Stratum(900, 80, 8, left=10), open_[1]])).verdict
        == "fail"
    )
    proof = gate_result(
        Gate(rule="upper-bound"), SampleCounts(1000, [Stratum(900, 90, 0), open_[1]])
    )
    assert proof.verdict == "pass"  # one bad row of the small stratum would not change it


def test_no_error_at_all_may_be_asked_for():
    assert outcome(0, 45, limit=0).verdict == "pass"
    assert outcome(1, 45, limit=0).verdict == "fail"
    assert outcome(0, 45, limit=0, rule="upper-bound").verdict == "undecided"
    assert outcome(0, 45, limit=0, rule="upper-bound", rows=45).verdict == "pass"


def test_upper_bound_is_not_passed_by_walds_test():
    assert outcome(0, 55, 100, rule="upper-bound", sequential=True).verdict == "undecided"
    assert outcome(0, 99, 100, rule="upper-bound", sequential=True).verdict == "pass"
    assert outcome(6, 12, 100, rule="upper-bound", sequential=True).verdict == "fail"


def test_worth_is_that_of_the_rule_that_decides():
    said = " ".join(outcome(0, 40, 100, sequential=True).worth)
    assert "5.0% bad 30% of the time" in said  # not the 62 % of a fixed sample
    assert "less than 7.0%" in said
    assert outcome(1, 100, rows=100).worth == ()  # nothing is left to be unsure of


def test_it_says_what_the_answer_is_worth():
    said = " ".join(outcome(3, 100).worth)
    assert "62%" in said
    assert "9.1%" in said
    assert "53 more rows" in said  # 3 errors are few enough among 153
    assert "59 without an error" in " ".join(outcome(0, 20).worth)


@settings(deadline=None, max_examples=300)
@given(
    st.integers(2, 5000), st.integers(1, 300), st.integers(0, 300), st.integers(0, 12),
    st.sampled_from([0.01, 0.02, 0.05, 0.1]), st.sampled_from(["observed", "upper-bound"]),
)  # fmt: skip
def test_so_many_clean_rows_as_it_says_would_pass_the_gate(
    rows, planned, reviewed, errors, limit, rule
):
    planned = min(planned, rows)
    reviewed = min(reviewed, planned)
    errors = min(errors, reviewed)
    worth = " ".join(outcome(errors, reviewed, planned, rows, limit=limit, rule=rule).worth)
    said = re.search(r"([\d,]+) more rows without an error", worth)
    if said is None:
        return
    more = int(said[1].replace(",", ""))
    assert reviewed + more <= rows
    proof = {"limit": limit, "rule": "upper-bound"}
    after = outcome(errors, reviewed + more, max(planned, reviewed + more), rows, **proof)
    assert after.verdict == "pass"


def test_rows_that_are_needed_are_no_fewer_than_those_left():
    said = " ".join(outcome(0, 10, 100, rule="upper-bound").worth)
    assert "90 more rows" in said  # 59 without an error decide nothing while 41 have no verdict


def test_few_rows_are_too_few_for_the_data_at_hand():
    assert "20 rows are few: 46 without an error" in " ".join(outcome(0, 20, rows=150).worth)
    assert "are few" not in " ".join(outcome(0, 20, rows=21).worth)


def test_certain_knowledge_of_copies_overrules_the_share_of_the_sample():
    # 2 of 100 are bad, but one of them is there 60 times.
    known = SampleCounts(1000, [Stratum(1000, 100, 2, 0, Copies(bad=58))])
    found = gate_result(Gate(), known)
    assert (found.verdict, found.rate) == ("fail", 0.06)
    assert "6.0% of the data, with all copies" in found.why
    assert gate_result(Gate(rule="upper-bound", limit=0.05), known).verdict == "fail"
    open_ = SampleCounts(1000, [Stratum(1000, 96, 2, 4, Copies(bad=10, left=60))])
    assert gate_result(Gate(), open_).verdict == "undecided"  # one of the four is there 61 times
    sure = SampleCounts(1000, [Stratum(1000, 97, 1, 3)])
    assert gate_result(Gate(), sure).verdict == "pass"
    heavy = SampleCounts(1000, [Stratum(1000, 97, 1, 3, Copies(left=60))])
    assert gate_result(Gate(), heavy).verdict == "undecided"


def test_walds_test_reads_the_run_of_the_sample_and_not_copies_before_their_turn():
    strata = [Stratum(1000, 90, 0, 10)]
    early = gate_result(Gate(sequential=True), SampleCounts(1000, strata, run=(0, 1)))
    assert early.verdict == "undecided"
    assert (
        gate_result(Gate(sequential=True), SampleCounts(1000, strata, run=(0, 55))).verdict
        == "pass"
    )
    assert (
        gate_result(Gate(sequential=True), SampleCounts(1000, strata, run=(3, 12))).verdict
        == "fail"
    )


def test_it_says_how_many_different_rows_the_sample_has():
    count = SampleCounts(1000, [Stratum(1000, 100, 0)], texts=11)
    assert "the 100 rows of the sample are 11 different ones" in " ".join(
        gate_result(Gate(), count).worth
    )
    same = SampleCounts(1000, [Stratum(1000, 100, 0)], texts=100)
    assert "different" not in " ".join(gate_result(Gate(), same).worth)


def test_gate_by_strata_is_not_passed_by_one_more_error():
    gate = Gate(rule="upper-bound", limit=0.12)
    samples = ([Stratum(900, 45, 1), Stratum(100, 45, errors)] for errors in range(46))
    passed = [gate_result(gate, SampleCounts(1000, strata)).verdict == "pass" for strata in samples]
    assert passed == sorted(passed, reverse=True)
    assert True in passed


def test_gold_items_correct_the_rate():
    count = SampleCounts(ROWS, [Stratum(ROWS, 100, 5)], (10, 20), (20, 20))
    found = gate_result(Gate(), count)
    assert found.corrected.rate == pytest.approx(0.10)
    assert "10 of 20 bad ones found" in " ".join(found.worth)


def test_number_of_rows_that_nobody_would_review_is_not_said():
    assert "2,887 more rows" in " ".join(outcome(0, 100, rule="upper-bound", limit=0.001).worth)
    assert outcome(0, 100, rule="upper-bound", limit=0.0001).worth == ()  # 29,124 rows


def test_without_gold_items_nothing_is_corrected():
    assert gate_result(Gate(), SampleCounts(ROWS, [Stratum(ROWS, 100, 5)])).corrected is None
    for gold in ({"gold_bad": (3, 5)}, {"gold_good": (3, 5)}):
        assert (
            gate_result(Gate(), SampleCounts(ROWS, [Stratum(ROWS, 100, 5)], **gold)).corrected
            is None
        )


@pytest.mark.parametrize(
    "gate",
    [{"limit": -0.01}, {"limit": 1}, {"limit": float("nan")}, {"rule": "hope"},
     {"sequential": True, "acceptable": 0.05}],
)  # fmt: skip
def test_senseless_gates_are_refused(gate):
    with pytest.raises(UsageError):
        Gate(**gate)
