import pytest
from sentences import real_rows, synthetic_rows

from dataaug import plugins
from dataaug.comparison.findings import judge_readings
from dataaug.comparison.pool import Pool, compared_row
from dataaug.comparison.resampling import SMALLEST, SPLIT_HALVES, scopes, split_half_draws
from dataaug.plugins import Spec

NAMES = plugins.names("measures")


def shorter(text, _):
    return " ".join(text.split()[:3])


def lower(text, _):
    return text.lower()


def bare(text, _):
    return text.rstrip(".?!")


def template(_, number):
    return f"I would be delighted if you could kindly assist me with matter number {number % 7}."


def one_opening(text, _):
    return f"I am writing because {text}"


def misspelt(text, _):
    return " ".join(w[:2] + w[2:][::-1] if len(w) > 4 else w for w in text.split())


def other_words(text, _):
    return "".join({"e": "ö", "a": "ü", "o": "î"}.get(letter, letter) for letter in text)


PLANTED = {
    "length.words": shorter,
    "length.spread": template,
    "vocabulary.ratio": template,
    "vocabulary.growth": template,
    "distinct.2": template,
    "distinct.3": template,
    "punctuation.marks": bare,
    "punctuation.ends": bare,
    "casing.capitals": lower,
    "casing.starts": lower,
    "typos.new": misspelt,
    "typos.misspelt": misspelt,
    "openings.2": one_opening,
    "openings.3": one_opening,
    "self-similarity.nearest": template,
    "embedding.mmd": other_words,
    "detector.auc": one_opening,
}


def measure(name, records, **given):
    known = plugins.options("measures", name)
    loaded = plugins.load(
        "measures", Spec(name, {"embedder": "hashing"} if "embedder" in known else {})
    )
    found = loaded(Pool(map(compared_row, records), **given))
    numbers = {number.name for number in loaded.numbers}
    assert {reading.number.name for reading in found.readings} <= numbers
    assert all(number.startswith(f"{name}.") for number in numbers)
    return judge_readings(found.readings)


def verdict(findings, number, scope="all"):
    return next(f.verdict for f in findings if (f.measure, f.scope) == (number, scope))


def test_every_number_of_every_measure_has_a_planted_difference():
    numbers = {n.name for name in NAMES for n in plugins.load("measures", Spec(name)).numbers}
    assert numbers == {*PLANTED, "labels.distance"}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_off_when_both_sides_are_alike(name):
    findings = measure(name, real_rows() + synthetic_rows())
    assert not [f.message for f in findings if f.verdict != "ok"]


@pytest.mark.parametrize("name", NAMES)
def test_two_halves_of_the_real_rows_are_alike(name):
    from making import made

    rows = real_rows(500)
    half = [made(row.text, row.label, name=row.id) for row in rows[::2]]
    findings = measure(name, rows[1::2] + half)
    assert not [f.message for f in findings if f.verdict == "off"]


@pytest.mark.parametrize(("number", "change"), PLANTED.items())
def test_a_planted_difference_is_off(number, change):
    findings = measure(number.partition(".")[0], real_rows() + synthetic_rows(change))
    assert verdict(findings, number) == "off"


def test_another_label_mix_is_off_and_named():
    rows = real_rows() + synthetic_rows(labels=("refund", "refund", "refund", "delivery"))
    (finding, *_) = measure("labels", rows)
    assert finding.verdict == "off"
    assert "refund 33.3% → 75.0%" in finding.message


def test_another_label_mix_is_the_label_measure_s_alone():
    rows = real_rows(600) + synthetic_rows(labels=("refund", "refund", "refund", "delivery"))
    for name in set(NAMES) - {"labels"}:
        assert not [f.message for f in measure(name, rows) if f.verdict == "off"]


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_rows_changes_nothing(name):
    rows = real_rows(120) + synthetic_rows(shorter, count=90)
    assert measure(name, rows) == measure(name, rows[::-1])


@pytest.mark.parametrize("name", NAMES)
def test_a_handful_of_rows_is_unknown(name):
    findings = measure(name, real_rows(6) + synthetic_rows(shorter, count=6))
    assert {f.verdict for f in findings} == {"unknown"}
    assert all("too few rows" in f.message for f in findings)


@pytest.mark.parametrize("text", ["", "...", "the same words here", "\u4f60\u597d"])
@pytest.mark.parametrize("name", NAMES)
def test_texts_that_are_empty_or_all_the_same_are_never_off(name, text):
    rows = [
        row
        for rows in (real_rows(60), synthetic_rows(count=60))
        for row in (type(r)(r.line, r.fields, text, r.label, r.schema) for r in rows)
    ]
    assert not [f for f in measure(name, rows) if f.verdict == "off"]


@pytest.mark.parametrize("name", NAMES)
def test_without_labels_rows_are_compared_all_the_same(name):
    def unlabelled(rows):
        return [type(r)(r.line, r.fields, r.text, None, r.schema) for r in rows]

    findings = measure(name, unlabelled(real_rows()) + unlabelled(synthetic_rows()))
    assert {f.scope for f in findings} == {"all", "method"}
    assert {f.verdict for f in findings} == ({"unknown"} if name == "labels" else {"ok"})


def test_a_draw_holds_no_relatives_across_and_the_same_labels():
    from making import made

    rows = real_rows(80)
    children = [made(f"{row.text} {n}", row.label, parent=row) for row in rows[:50] for n in "ab"]
    pool = Pool(map(compared_row, rows + children))
    for scope in scopes(pool):
        drawn = split_half_draws(pool, scope)
        assert len(drawn) == SPLIT_HALVES
        for draw in drawn:
            assert SMALLEST <= len(draw.real) == len(draw.other) == len(draw.synthetic)
            assert not set(draw.real) & set(draw.other)
            assert not set(pool.roots[draw.real]) & set(pool.roots[draw.synthetic])
            assert (pool.labels[draw.real] == pool.labels[draw.synthetic]).all()


def test_a_cap_keeps_small_labels_whole():
    rows = real_rows(300, labels=("refund",)) + real_rows(20, seed=5, labels=("delivery",))
    pool = Pool(map(compared_row, rows + synthetic_rows(count=100)), cap=60)
    assert pool.real.sum() == 60
    names = [pool.lines[n].label for n in pool.places(real=True)]
    assert names.count("delivery") == 20
