import pytest
from making import made
from sentences import real_rows, synthetic_rows

from dataaug.comparison.findings import parse_limits
from dataaug.comparison.run import DEFAULT_MEASURES, Comparing, compare
from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.report import Report

CHEAP = tuple(map(Spec, ("length", "casing", "openings", "labels", "detector")))


def run(rows, measures=CHEAP, report=None, real=(), **given):
    return compare(rows, Comparing(measures, **given), report=report, real=real)


def of(found, measure, scope="all", name=""):
    return next(f for f in found.findings if (f.measure, f.scope, f.name) == (measure, scope, name))


def lower(text, _):
    return text.lower()


def test_every_shipped_measure_is_taken_by_default():
    from dataaug import plugins

    assert sorted(DEFAULT_MEASURES) == plugins.names("measures")


def test_the_method_behind_what_is_off_is_named():
    rows = real_rows() + synthetic_rows(method="good") + synthetic_rows(lower, seed=2, method="bad")
    finding = of(run(rows), "casing.starts")
    assert finding.verdict == "off"
    assert finding.made_by == ("bad",)
    assert "made by bad; gone without bad" in finding.message
    assert of(run(rows), "casing.starts", "method", "good").verdict == "ok"


def test_a_label_that_alone_is_off_is_named():
    rows = real_rows(600) + synthetic_rows(count=600)
    odd = [made(f"I am writing to say {r.text}", r.label, name=r.id) if r.label == "refund" else r
           for r in rows[600:]]  # fmt: skip
    found = run(rows[:600] + odd)
    assert of(found, "openings.3", "label", "refund").verdict == "off"
    assert of(found, "openings.3", "label", "delivery").verdict == "ok"


def test_filling_up_rare_labels_is_told_from_a_fault():
    rows = real_rows(300, labels=("delivery", "account")) + real_rows(60, 4, ("refund",))
    filled = of(run(rows + synthetic_rows(count=90, labels=("refund",))), "labels.distance")
    assert (filled.verdict, filled.made_by) == ("evened", ())
    assert filled.difference > filled.limit
    assert "closer to equally many rows, as balance does" in filled.message
    beyond = synthetic_rows(count=90, labels=("delivery",))  # the largest label grows
    assert of(run(rows + beyond), "labels.distance").verdict == "off"


def test_style_that_gives_the_minority_class_away_is_warned_of():
    rows = real_rows(300, labels=("delivery", "account")) + real_rows(60, 4, ("refund",))
    style = synthetic_rows(lambda t, _: f"Certainly! {t}", count=240, labels=("refund",))
    report = Report("compare")
    run(rows + style, report=report)
    (warning,) = [w for w in report.warnings if "style instead of class" in w]
    assert "80% of the rows of 'refund' are synthetic but 0% of 'account'" in warning


def test_features_of_the_detector_name_the_style():
    found = run(real_rows() + synthetic_rows(lambda t, _: f"Certainly! {t}"))
    features = [entry["feature"] for entry in of(found, "detector.auc").detail["synthetic"]]
    assert any("Certainly" in feature for feature in features)


def test_relatives_do_not_help_the_detector():
    rows = real_rows(200)
    copies = [made(r.text, r.label, parent=r, name=f"{r.id}-{n}") for r in rows for n in "ab"]
    assert of(run(rows + copies), "detector.auc").synthetic == pytest.approx(0.5, abs=0.1)


def test_real_rows_from_another_file_count_once():
    rows = real_rows(100)
    assert run(rows[:40] + synthetic_rows(), real=rows).real == 100


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (real_rows(30), "no synthetic rows among 30"),
        (synthetic_rows(count=30), "no real rows among 30"),
        ([], "no synthetic rows among 0"),
    ],
)
def test_one_side_alone_is_refused(rows, said):
    with pytest.raises(InputError, match=said):
        run(rows)


def test_synthetic_rows_given_as_real_are_refused():
    with pytest.raises(InputError, match="synthetic row among the rows given as real"):
        run(real_rows(30), real=synthetic_rows(count=3))


def test_no_label_in_common_is_said_and_none_compares():
    rows = real_rows(100, labels=("refund",)) + synthetic_rows(count=100, labels=("account",))
    report = Report("compare")
    assert "--by none" in of(run(rows, report=report), "length.words").message
    assert "'account'" in report.warnings[0]
    assert of(run(rows, by_label=False), "length.words").verdict == "ok"


def test_one_class_is_compared():
    rows = real_rows(100, labels=("refund",)) + synthetic_rows(count=100, labels=("refund",))
    assert {f.verdict for f in run(rows).findings} == {"ok"}


def test_limits_are_kept_or_named():
    rows = real_rows() + synthetic_rows(lambda t, _: f"certainly {t}")
    limits = {"auc": 0.8, "length.words": 0.5, "casing.starts": 1.0, "off": 0}
    broken = run(rows, limits=limits).broken
    assert len(broken) == 3
    assert broken[0].startswith("detector.auc is ")
    assert broken[1].startswith("the difference in length.words is ")
    assert "numbers are off, above 0: " in broken[2]


def test_a_limit_on_what_is_unknown_is_not_kept():
    (broken,) = run(real_rows(5) + synthetic_rows(count=5), limits={"auc": 0.8}).broken
    assert "could not be measured" in broken


def test_an_unknown_limit_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"choose from off, auc, length\.words, length\.spread"):
        run(real_rows(), limits={"accuracy": 1.0})


@pytest.mark.parametrize("given", ["auc", "auc=", "auc=high", "auc=nan", "=0.8"])
def test_a_limit_that_is_no_number_is_refused(given):
    with pytest.raises(UsageError):
        run(real_rows(), limits=parse_limits([given]))


def test_likeness_between_the_variants_of_a_row_is_no_single_method_s():
    rows = real_rows(400)
    words = ("so", "then", "well", "now")
    made_rows = [made(f"{r.text} {word}", r.label, parent=r, name=f"{r.id}-{word}", method=word)
                 for r in rows for word in words]  # fmt: skip
    finding = of(run(rows + made_rows, (Spec("distinct"),)), "distinct.3")
    assert finding.verdict == "off"
    assert finding.made_by == ()
    assert "no method is off in this way by itself" in finding.message
