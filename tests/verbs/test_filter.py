import pytest
from making import kept, made, real, rejected

from dataaug.errors import GateError, UsageError
from dataaug.filtering.run import BY_ROW, DEFAULT_CHECKS, Filtering, filter  # noqa: A004 - the verb
from dataaug.plugins import Spec
from dataaug.rows.report import Report

EXACT = Spec("exact")


def test_default_checks_are_those_of_the_seed_and_those_that_no_real_row_fails():
    assert {"length", "exact", "near-duplicate", "label"} < set(DEFAULT_CHECKS)
    assert set(BY_ROW) < set(DEFAULT_CHECKS)
    assert not {"faithful", "leak"} & set(DEFAULT_CHECKS)


def test_rows_pass_in_order_and_duplicates_are_rejected_with_what_they_equal(stream):
    twin = made(stream[0].text, stream[0].label, name="twin")
    outcomes = list(filter([*stream, twin], Filtering((EXACT,))))
    assert [row.line for row in kept(outcomes)] == [row.line for row in stream]
    (reject,) = rejected(outcomes)
    assert (reject.stage, reject.reason, reject.record.id) == ("filter", "exact_duplicate", "twin")
    assert reject.detail == {"of": stream[0].id}


def test_without_checks_every_row_passes(stream):
    assert [row.line for row in filter(stream, Filtering(()))] == [row.line for row in stream]


def test_real_rows_are_judged_on_request_only():
    rows = [real("same", id="a"), real("same", id="b")]
    assert rejected(list(filter(rows, Filtering((EXACT,))))) == []
    outcomes = list(filter(rows, Filtering((EXACT,), include_real=True)))
    assert [o.record.id for o in rejected(outcomes)] == ["b"]


def test_row_that_one_check_rejects_is_unknown_to_the_next():
    rows = [made("w " * 9, name="long"), made("w " * 9, name="twin")]
    checks = (Spec("length", {"max_words": 5}), EXACT)
    reasons = [o.reason for o in rejected(list(filter(rows, Filtering(checks))))]
    assert reasons == ["too_long", "too_long"]


def test_further_real_rows_are_compared_with_but_not_passed_on():
    outcomes = list(filter([made("same")], Filtering((EXACT,)), real=[real("same", id="r")]))
    assert [o.detail["of"] for o in outcomes] == ["r"]


def test_nothing_is_written_where_a_method_or_label_would_lose_too_much():
    rows = [real("same", "x"), made("same", "x", name="1", method="swap(rate=0.1)"),
            made("other", "y", name="2", method="typo")]  # fmt: skip
    with pytest.raises(GateError, match="nothing was written: method 'swap' loses 1 of 1 rows; "
                                        "label 'x' loses 1 of 1 rows"):  # fmt: skip
        next(filter(rows, Filtering((EXACT,), max_drop=0.5)))
    assert len(list(filter(rows, Filtering((EXACT,), max_drop=1.0)))) == 3


def test_loss_of_exactly_the_limit_is_allowed():
    rows = [real("same", "x"), made("same", "x", name="1"), made("other", "x", name="2")]
    assert len(kept(filter(rows, Filtering((EXACT,), max_drop=0.5)))) == 2


def test_heavy_loss_is_warned_of_without_a_limit():
    report = Report("filter")
    rows = [real("same", "x")] + [made("same", "x", name=str(n)) for n in range(30)]
    list(filter(rows, Filtering((EXACT,)), report=report))
    assert any("method 'test' loses 30 of 30 rows" in said for said in report.warnings)


def test_small_groups_are_not_warned_of():
    report = Report("filter")
    list(filter([real("same"), made("same")], Filtering((EXACT,)), report=report))
    assert report.warnings == []


def test_report_shows_the_yield_of_each_method():
    report = Report("filter")
    rows = [real("same"), made("same", name="1", method="swap"), made("b", method="swap"),
            made("c", method="typo")]  # fmt: skip
    for outcome in filter(report.reading(rows), Filtering((EXACT,)), report=report):
        report.count(outcome)
    assert report.yields() == {
        "swap": {"kept": 1, "rejected": 1},
        "typo": {"kept": 1, "rejected": 0},
    }
    assert report.balanced


def test_unknown_check_lists_the_choices():
    with pytest.raises(
        UsageError, match=r"unknown check 'nope': choose from .*exact.*label.*length"
    ):
        list(filter([], Filtering((Spec("nope"),))))


def test_synthetic_row_that_calls_its_method_real_is_judged():
    outcomes = list(filter([real("same"), made("same", method="real")], Filtering((EXACT,))))
    assert [o.reason for o in rejected(outcomes)] == ["exact_duplicate"]
