from dataclasses import replace

import pytest
from making import made

from dataaug import plugins
from dataaug.review import advice
from dataaug.review.advice import ReviewedRow
from dataaug.review.items import ReviewVerdict
from dataaug.review.ledger import Entry
from dataaug.review.votes import Vote, agreement, count_votes


def entries(*rows):
    """Return verdicts: reviewer, key, verdict, and the rest."""
    return [Entry(key, "", ReviewVerdict(said, *rest), who, 0.0) for who, key, said, *rest in rows]


def test_last_verdict_of_a_reviewer_counts_and_a_skipped_row_has_none():
    votes = count_votes(
        entries(("a", "k", "ok"), ("a", "k", "bad"), ("a", "s", "bad"), ("a", "s", "skip"))
    )
    assert votes["k"].bad
    assert set(votes) == {"k"}


def test_half_of_the_reviewers_is_enough_to_call_a_row_bad():
    votes = count_votes(entries(("a", "k", "ok"), ("b", "k", "bad", "nonsense"), ("a", "m", "ok"),
                          ("b", "m", "ok"), ("c", "m", "bad")))  # fmt: skip
    assert (votes["k"].bad, votes["k"].reason, votes["k"].disputed) == (True, "nonsense", True)
    assert not votes["m"].bad


def test_right_label_is_taken_where_nobody_names_another():
    one = entries(("a", "k", "bad", "wrong_label", "x"), ("b", "k", "bad", "wrong_label"))
    assert count_votes(one)["k"].label == "x"
    other = [*one, *entries(("b", "k", "bad", "wrong_label", "y"))]
    assert count_votes(other)["k"].label is None


def test_right_label_mends_no_row_that_is_bad_for_another_reason():
    alone = entries(("a", "k", "bad", "nonsense", "x"))
    assert (count_votes(alone)["k"].bad, count_votes(alone)["k"].label) == (True, None)
    differ = entries(("a", "k", "bad", "wrong_label", "x"), ("b", "k", "bad", "meaning"))
    assert count_votes(differ)["k"].label is None


def test_cohens_kappa_is_that_of_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    one = ["ok"] * 70 + ["bad"] * 30
    other = ["ok"] * 60 + ["bad"] * 10 + ["ok"] * 5 + ["bad"] * 25
    said = [("a", str(n), word) for n, word in enumerate(one)]
    said += [("b", str(n), word) for n, word in enumerate(other)]
    found = agreement(count_votes(entries(*said)).values())
    assert found["cohens_kappa"] == pytest.approx(cohen_kappa_score(one, other), abs=1e-4)
    assert (found["rows"], found["agree"]) == (100, 0.85)


def test_fleiss_kappa_is_the_one_worked_out_by_hand():
    # Three raters, four rows with 3, 0, 1, 2 bad: P = (1 + 1 + 1/3 + 1/3) / 4, P_e = 1/2.
    said = [(who, str(row), "bad" if rank < bad else "ok")
            for row, bad in enumerate([3, 0, 1, 2]) for rank, who in enumerate("abc")]  # fmt: skip
    found = agreement(count_votes(entries(*said)).values())
    assert found["fleiss_kappa"] == pytest.approx((2 / 3 - 0.5) / 0.5, abs=1e-4)


def test_agreement_is_told_to_four_digits():
    words = ["bad"] * 2 + ["ok"] * 5
    said = [("a", str(n), word) for n, word in enumerate(words)]
    said += [("b", str(n), "ok" if n == 1 else word) for n, word in enumerate(words)]
    found = agreement(count_votes(entries(*said)).values())
    # 6 of 7 alike, by chance 2/7 · 1/7 + 5/7 · 6/7 = 32/49: (6/7 - 32/49) / (17/49) = 10/17.
    assert (found["agree"], found["cohens_kappa"]) == (0.8571, 0.5882)


def test_kappa_is_not_defined_where_all_say_the_same_of_all():
    found = agreement(count_votes(entries(("a", "k", "ok"), ("b", "k", "ok"))).values())
    assert found["cohens_kappa"] is None
    assert agreement(count_votes(entries(("a", "k", "ok"))).values()) == {}


def judged(count, bad, method="swap", label="x", reason="nonsense", words=8, margin=None, edits=1):
    found = []
    for number in range(count):
        row = made(" ".join(["word"] * words) + f" {number}", label, method=method)
        row.fields["_aug"]["edits"] = [{}] * edits
        found.append(ReviewedRow(row, Vote(number < bad, reason if number < bad else ""), margin))
    return found


def test_method_that_makes_the_errors_is_named_with_what_helps():
    rows = [*judged(40, 8, "swap"), *judged(60, 1, "typo")]
    found = advice.advice(rows)
    (named,) = [part for part in found if "method" in part]
    assert (named["method"], named["errors"], named["without_it"]["errors"]) == ("swap", 8, 1)
    assert "swap.rate=0.05" in named["try"]
    assert "method swap: 8 of 40 rows are bad; the others: 1 of 60" in next(
        advice.advice_lines(found)
    )


def test_errors_that_are_spread_evenly_name_nobody():
    rows = [*judged(50, 3, "swap"), *judged(50, 3, "typo")]
    assert not [part for part in advice.advice(rows) if "method" in part or "label" in part]


def test_label_that_makes_the_errors_is_named():
    rows = [*judged(20, 6, label="rare"), *judged(80, 2, label="common")]
    assert [part["label"] for part in advice.advice(rows) if "label" in part] == ["rare"]


def test_bound_that_would_have_kept_the_errors_out_is_named_with_its_price():
    few = {"words": 1, "edits": 0}
    rows = [*judged(5, 5, **few), *judged(5, 0, **few), *judged(90, 1, words=9, edits=0)]
    (found,) = [part for part in advice.advice(rows) if "bound" in part]
    assert found["try"] == "dataaug filter -p length.min_words=10"
    assert (found["errors"], found["good"]) == (5, 5)


def test_wrong_labels_ask_for_a_stricter_label_check_at_the_margin_that_finds_them():
    rows = [*judged(6, 6, reason="wrong_label", margin=0.4), *judged(94, 0, margin=-0.6)]
    tries = [part.get("try", "") for part in advice.advice(rows)]
    assert any("label.margin=0" in option for option in tries)
    assert "dataaug filter --check label -p label.margin=0.1" in tries


def test_heavily_edited_rows_ask_for_gentler_methods():
    rows = [*judged(6, 6, "typo", edits=5), *judged(60, 1, "typo", edits=1)]
    tries = [part["try"] for part in advice.advice(rows) if "bound" in part]
    assert tries == ["-m typo -p typo.rate=0.05"]


def test_one_verdict_is_no_advice_however_many_copies_it_speaks_for():
    one = [*judged(1, 1, reason="wrong_label", margin=0.4), *judged(40, 0, "typo", margin=-0.5)]
    assert advice.advice(one) == []
    heavy = [replace(one[0], times=900), *one[1:]]
    assert advice.advice(heavy) == []
    assert advice.rates(heavy, "method")["swap"]["errors"] == 900
    assert advice.rates(heavy, "method")["swap"]["reviewed"] == 900
    two = [*judged(2, 2, reason="wrong_label"), *judged(2, 1, "typo", reason="copy"),
           *judged(90, 0, "typo")]  # fmt: skip
    assert [part["reason"] for part in advice.advice(two) if "reason" in part] == ["wrong_label"]


def test_copies_do_not_make_a_method_stand_out():
    rows = [*judged(10, 2, "swap"), *judged(60, 6, "typo")]
    often = [replace(row, times=50) if row.vote.bad and row.method == "swap" else row
             for row in rows]  # fmt: skip
    assert [part for part in advice.advice(often) if "method" in part] == []
    assert advice.rates(often, "method")["swap"]["errors"] == 100


def test_no_errors_no_advice():
    assert advice.advice(judged(100, 0)) == []


@pytest.mark.parametrize("option", sorted(advice._GENTLER.values()))
def test_options_that_are_named_exist(option):
    ((method, given),) = plugins.parse_options([option], [option.partition(".")[0]]).items()
    plugins.load("methods", plugins.Spec(method, given))
