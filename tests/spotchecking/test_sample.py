from collections import Counter

import pytest
from making import made, real

from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.review.gate import Gate, SampleCounts, gate_result
from dataaug.review.items import ReviewVerdict
from dataaug.review.ledger import Entry
from dataaug.review.run import Spotcheck, Spotchecking
from dataaug.review.sample import Drawing, Population, draw_sample, row_key, stratum_sizes
from dataaug.review.tally import Tally
from dataaug.review.votes import Vote
from dataaug.rows.record import Schema
from dataaug.rows.seeds import derive
from dataaug.rows.spool import Spool


def rows(count=200, **fields):
    return [
        made(f"text {n}", "ab"[n % 10 == 0], method="swap" if n % 4 else "typo", **fields)
        for n in range(count)
    ]


def population(records, stratify=()):
    found = Population(Spool(Schema()), stratify)
    found.extend(records)
    return found


def keys(records, **how):
    drawing = Drawing(**how)
    return [drawn.key for drawn in draw_sample(population(records, drawing.stratify), drawing)]


def test_sample_depends_on_the_rows_and_the_seed_alone():
    drawn = keys(rows(), count=50)
    assert drawn == keys(list(reversed(rows())), count=50)
    assert drawn == keys([real("a real row", "a"), *rows()], count=50)
    assert drawn != keys(rows(), count=50, seed=1)
    assert len(set(drawn)) == 50


def test_strata_depend_on_no_order_either():
    drawn = keys(rows(), count=41, stratify=("label", "method"))
    assert drawn == keys(list(reversed(rows())), count=41, stratify=("label", "method"))


def test_larger_sample_goes_on_with_the_smaller():
    assert keys(rows(), count=60)[:30] == keys(rows(), count=30)


def test_few_rows_more_in_the_data_change_few_of_the_sample():
    before, after = set(keys(rows(200), count=100)), set(keys(rows(210), count=100))
    assert len(before & after) >= 85


def test_every_row_is_as_likely_to_be_drawn():
    counts = Counter(key for seed in range(400) for key in keys(rows(20), count=5, seed=seed))
    assert set(counts) == {row_key(row) for row in rows(20)}
    assert max(counts.values()) < 150 > 60 < min(counts.values()) * 2


def test_data_has_fewer_rows_than_asked_for():
    assert len(keys(rows(7), count=100)) == 7


def test_rows_of_equal_text_and_label_are_shown_once_and_counted_each():
    twice = population([*rows(10), *rows(10)])
    assert (len(twice), len(twice.keys)) == (20, 10)
    assert len(draw_sample(twice, Drawing())) == 20
    assert len(spotcheck([*rows(10), *rows(10)]).items()) == 10
    assert row_key(made("x", "a")) == row_key(made("x", "a", name="other", method="typo"))
    assert len({row_key(made("x", label)) for label in ("a", "b", None, "")}) == 4


def repeated():
    """Return 900 copies of a row, 100 others, and the key of the first."""
    heavy = [made("heavy", "a", name=f"h{n}", method="typo") for n in range(900)]
    return [*heavy, *rows(100)], row_key(heavy[0])


def test_bad_row_that_is_there_900_times_is_most_of_the_data():
    records, heavy = repeated()
    spot = spotcheck(records)
    assert len(spot.items()) == len(spot.sample) < 30  # nobody judges it twice
    votes = spot.votes([*said(spot.sample), *said([heavy], "bad")])
    count = spot.tally(votes)
    assert (count.rows, count.reviewed, count.texts) == (1000, 100, len(spot.sample))
    assert 80 <= count.errors <= 98
    assert spot.answer(votes).verdict == "fail"
    assert spot.answer(votes).rate >= 0.9  # 900 rows are certainly bad
    assert count.strata[0].copies == (900 - count.errors, 0, 0)
    alone = spot.tally(spot.votes(said(set(spot.sample) - {heavy})))
    assert alone.strata[0].copies == (0, 0, 900 - count.errors)
    assert spot.tally(spot.votes(said([heavy]))).strata[0].copies == (0, 900 - count.errors, 0)
    good = spot.votes(said(spot.sample))
    assert spot.answer(good).verdict == "pass"
    others = [key for key in spot.sample if key != heavy]
    assert spot.answer(spot.votes([*said([heavy]), *said(others, "bad")])).rate <= 0.1


def test_every_copy_is_as_likely_to_be_drawn_as_any_row():
    records = [*rows(20), *[made("text 1", "b", name=f"c{n}") for n in range(5)]]
    records[1] = made("text 1", "b")
    counts = Counter(key for seed in range(600) for key in keys(records, count=5, seed=seed))
    six = counts.pop(row_key(records[1]))  # six of 25 rows
    assert six == pytest.approx(600 * 5 * 6 / 25, abs=4 * (600 * 5 * 0.24 * 0.76) ** 0.5)
    assert max(counts.values()) < 170 > 75 < min(counts.values())


def test_copies_are_drawn_alike_in_any_order_and_in_strata():
    records = [*rows(60), *[made(f"text {n % 7}", "ab"[n % 7 % 10 == 0], name=f"c{n}",
               method=("typo", "swap", "delete")[n % 3]) for n in range(40)]]  # fmt: skip
    for stratify in ((), ("method",), ("label", "method")):
        people = [population(own, stratify) for own in (records, records[::-1])]
        names = [{number: name for name, number in own.names.items()} for own in people]
        drawn = [[(own.key, names[n][own.stratum]) for own in draw_sample(people[n], Drawing(30))]
                 for n in (0, 1)]  # fmt: skip
        assert drawn[0] == drawn[1]
        assert sum(stratum_sizes(people[0])) == 100
        assert people[0].header(Drawing()) == people[1].header(Drawing())


def test_hash_of_a_row_is_its_keys_and_that_of_a_copy_has_its_turn():
    records = [made("x", "a", name="1"), made("y", "a"), made("x", "a", name="2", method="typo"),
               made("x", "a", name="3")]  # fmt: skip
    x, y = row_key(records[0]), row_key(records[1])
    ranks = {derive(7, "spotcheck", name): key for name, key in
             ((x, x), (y, y), (f"{x}+1", x), (f"{x}+2", x))}  # fmt: skip
    assert keys(records, seed=7) == [ranks[rank] for rank in sorted(ranks)]
    # Strata take their turns by name: of x test has the first two, typo the third.
    people = population(records, ("method",))
    drawn = draw_sample(people, Drawing(4, 7, ("method",)))
    assert people.names == {("test",): 0, ("typo",): 1}
    third = [own.stratum for own in drawn if own.key == x]
    place = [rank for rank, key in sorted(ranks.items()) if key == x].index(
        derive(7, "spotcheck", f"{x}+2")
    )
    assert [n for n, stratum in enumerate(third) if stratum] == [place]


def test_header_and_sample_of_data_without_copies_are_those_of_older_files():
    found = population(rows()).header(Drawing(50, 3, (), 1, 2)).row()
    assert found == {
        "spotcheck": 1, "data": "56c9bf514355703f", "rows": 200, "seed": 3, "asked": 50,
        "stratify": (), "planted": 2, "suspicious": 1,
    }  # fmt: skip
    assert keys(rows(), count=3) == ["f01636879b09170b", "0b8ad64204d056d5", "689794ddf0f89d10"]
    assert population([*rows(2), *rows(1)]).header(Drawing()).data == "52253ff50b527149"


def test_one_copy_more_is_other_data_and_changes_few_of_the_sample():
    records, _ = repeated()
    before, after = population(records[1:]), population(records)
    assert before.header(Drawing()).data != after.header(Drawing()).data
    one, other = (
        Counter(own.key for own in draw_sample(own, Drawing())) for own in (before, after)
    )
    assert (one & other).total() >= 99


def test_bounds_hold_for_rows_that_are_there_several_times():
    """One row is there 40 times, ten are there 12 times, and half of the data is bad copies."""
    sizes_ = [40, *[12] * 10, *[3] * 20, *[1] * 100]
    records = [made(f"t{n}", "a", name=f"{n}-{copy}")
               for n, size in enumerate(sizes_) for copy in range(size)]  # fmt: skip
    named = {row_key(made(f"t{n}", "a")): n for n in range(len(sizes_))}
    people = population(records)
    for bad in ({0}, {1, 2}, set(range(11, 20)), {0, 5, 12, 13, 50}):
        true = sum(sizes_[n] for n in bad) / len(records)
        above = around = total = 0
        for seed in range(300):
            drawn = draw_sample(people, Drawing(60, seed))
            tally = Tally(people, drawn)
            votes = {key: Vote(named[key] in bad) for key in tally.times}
            found = gate_result(Gate(), SampleCounts(len(people), tally.strata(votes)))
            above += found.upper >= true
            around += found.interval.low <= true <= found.interval.high
            total += sum(named[own.key] in bad for own in drawn) / 60
        assert above >= 0.94 * 300, bad
        assert around >= 0.94 * 300, bad
        assert total / 300 == pytest.approx(true, abs=0.01)


def test_walds_test_is_not_ended_by_one_row_that_is_there_often():
    records, heavy = repeated()
    spot = Spotcheck(records, Spotchecking(Drawing(), Gate(sequential=True)), Schema())
    first = spot.votes(said([heavy]))
    assert spot.tally(first).reviewed > 80
    assert spot.tally(first).run[1] <= spot.tally(first).reviewed
    assert spot.answer(first).verdict == "undecided"
    assert spot.tally(spot.votes(said(spot.sample))).run == (0, 100)
    few = spot.votes(said(spot.sample[:6]))
    errors, read = spot.tally(few).run
    order = [own.key for own in draw_sample(spot.population, Drawing())]
    assert (errors, read) == (0, order.index(spot.sample[6]))


def test_without_copies_walds_test_reads_all_that_was_reviewed():
    spot = Spotcheck(rows(), Spotchecking(Drawing(), Gate(sequential=True)), Schema())
    some = spot.sample[:7] + spot.sample[20:50]
    votes = spot.votes([*said(some), *said(spot.sample[30:32], "bad")])
    assert spot.tally(votes).run == (2, 37)


def test_copies_of_a_row_leave_or_are_relabelled_together():
    records, heavy = repeated()
    bad = said([heavy], "bad", reason="wrong_label", label="b")
    spot = spotcheck(records)
    outcomes = list(spot.rows(spot.votes(bad)))
    assert sum(hasattr(outcome, "stage") for outcome in outcomes) == 900
    again = Spotcheck(records, Spotchecking(apply_labels=True), Schema())
    changed = list(again.rows(again.votes(bad)))
    assert Counter(row.label for row in changed)["b"] == 910
    count = again.tally(again.votes([*said(again.sample), *bad]))
    assert count.errors > 80  # the generator made them all the same


def test_data_without_synthetic_rows_is_told_with_its_real_ones():
    with pytest.raises(InputError, match="among 2 rows"):
        spotcheck([real("x", "a"), real("y", "a")])


def test_suspicious_rows_are_shown_once(labelled):
    real_rows, good, wrong = labelled
    spot = spotcheck([*real_rows, *good, *wrong, *wrong], count=10, suspicious=8)
    assert len({item.key for item in spot.items()}) == len(spot.items())


def test_report_counts_copies_in_rates_and_verdicts_in_advice():
    records, heavy = repeated()
    spot = spotcheck(records, stratify=("method",))
    found = spot.findings(spot.votes([*said(spot.sample), *said([heavy], "bad")]))
    assert found.by_method["typo"]["errors"] > 80
    assert found.advice == []  # one verdict
    heavier = Counter(own.key for own in draw_sample(spot.population, spot.task.drawing))[heavy]
    counts = spot.tally(spot.votes(said([heavy], "bad"))).strata
    copies = {name: counts[n].copies.bad for name, n in spot.population.names.items()}
    assert copies == {("typo",): 900 - heavier, ("swap",): 0}
    rates = {own["method"]: own for own in found.strata}
    assert (rates["typo"]["rows"], rates["swap"]["rows"]) == (925, 75)
    assert set(rates["typo"]) == {"method", "rows", "reviewed", "errors", "left", "weight"}


def test_strata_have_their_share_and_at_least_one_row():
    records = [*rows(300), made("one", "rare", method="other")]
    drawing = Drawing(40, stratify=("label", "method"))
    people = population(records, drawing.stratify)
    drawn = draw_sample(people, drawing)
    counts = Counter(own.stratum for own in drawn)
    assert len(drawn) == 40
    assert set(counts) == set(range(len(stratum_sizes(people))))
    for stratum, size in enumerate(stratum_sizes(people)):
        assert abs(counts[stratum] - max(1, 40 * size / 301)) <= 1


def test_source_is_the_model_that_wrote_a_row():
    row = made("x", "a")
    fields = {**row.fields, "_aug": {**row.aug, "model": "m@1"}}
    from dataaug.rows.record import from_fields

    assert population([from_fields(fields)], ("source",)).names == {("m@1",): 0}


def test_more_strata_than_rows_and_unknown_strata_are_refused():
    with pytest.raises(UsageError, match="ask for at least 2"):
        keys(rows(), count=1, stratify=("label",))
    with pytest.raises(UsageError, match="label, method, source"):
        Drawing(stratify=("colour",))


def test_header_names_data_by_what_is_in_it():
    name = population(rows()).header(Drawing()).data
    assert name == population(list(reversed(rows()))).header(Drawing()).data
    assert name != population(rows(199)).header(Drawing()).data


def spotcheck(records, real_rows=(), **how):
    return Spotcheck(records, Spotchecking(Drawing(**how)), Schema(), real_rows)


def said(keys, verdict="ok", who="ana", **more):
    return [Entry(key, "", ReviewVerdict(verdict, **more), who, 0.0) for key in keys]


def test_nothing_to_review_is_an_error():
    for records in ([], [real("a", "b")]):
        with pytest.raises(InputError, match="no synthetic row"):
            spotcheck(records)


def test_parents_are_shown_from_the_stream_or_from_real_rows_elsewhere():
    parent, other = real("the parent", "a", id="p"), real("elsewhere", "a", id="q")
    children = [made("one", "a", parent=parent), made("two", "a", parent=other)]
    spot = spotcheck([parent, *children], [other])
    shown = {item.record.text: item.parent.text for item in spot.items()}
    assert shown == {"one": "the parent", "two": "elsewhere"}


def test_neighbours_are_other_texts_nearest_first():
    from dataaug import plugins

    texts = ["where is my parcel today", "where is my parcel today please", "a card", "a card"]
    spot = spotcheck([made(text, "x", name=str(n)) for n, text in enumerate(texts)])
    embed = plugins.load("embedders", Spec("hashing"))
    near = {item.record.text: item.neighbours for item in spot.items(embed)}
    assert near["a card"] == ()
    for score, text, label in near[texts[0]]:
        assert (score >= 0.9, text, label) == (True, texts[1], "x")


@pytest.fixture
def labelled():
    """Real rows of two classes, one copy of each, and rows of one class called the other."""
    words = {"refund": "money back refund paid", "delivery": "parcel courier late box"}
    real_rows = [real(f"{text} {n}", label, id=f"{label}{n}")
                 for label, text in words.items() for n in range(20)]  # fmt: skip
    good = [made(f"{row.text} now", row.label, parent=row) for row in real_rows]
    wrong = [made(f"{words['refund']} ever {n}", "delivery") for n in range(3)]
    return real_rows, good, wrong


def test_suspicious_rows_are_the_doubtful_ones_and_never_of_the_sample(labelled):
    real_rows, good, wrong = labelled
    spot = spotcheck([*real_rows, *good, *wrong], count=10, suspicious=5)
    items = spot.items()
    assert len(items) == 15
    shown = [item.key for item in items]
    assert shown[:10] == list(spot.sample)
    assert not set(shown[10:]) & set(spot.sample)
    doubtful = {row_key(row) for row in wrong} - set(spot.sample)
    assert set(shown[10 : 10 + len(doubtful)]) == doubtful
    votes = spot.votes([*said(spot.sample), *said(shown[10:], "bad")])
    assert (spot.tally(votes).errors, spot.tally(votes).reviewed) == (0, 10)
    assert spot.findings(votes).outside_the_estimate == {"reviewed": 5, "errors": 5}


def test_suspicious_rows_are_looked_for_among_300_rows_for_each(monkeypatch):
    looked, seen = [], []

    def margins(real, *_):
        assert len(real) == 2000  # of 2,100 real rows with labels
        return lambda records: (looked.append(row.id) or float(len(row.text)) for row in records)

    monkeypatch.setattr("dataaug.review.run.margins", margins)
    synthetic = [made(f"{'very ' * (n % 7)}late {n}", "delivery") for n in range(1000)]
    more = [real(f"the parcel {n}", "delivery", id=f"more {n}") for n in range(2100)]
    for records in (synthetic, synthetic[::-1]):
        spot = spotcheck([*records, *more], count=10, suspicious=2)
        shown = [item.record for item in spot.items()][10:]
        assert len(set(looked)) == len(looked) == 600
        assert {row.text.count("very") for row in shown} == {6}
        seen.append((sorted(looked), [row.id for row in shown]))
        looked.clear()
    assert seen[0] == seen[1]  # in any order of the rows


def test_no_list_of_suspicious_rows_without_labels_to_learn_from():
    spot = spotcheck(rows(), count=10, suspicious=5)
    assert len(spot.items()) == 10
    assert "too few labels" in spot.warnings[0]


def test_gold_items_look_like_the_others_and_measure_the_reviewer(labelled):
    real_rows, good, wrong = labelled
    spot = spotcheck([*real_rows, *good, *wrong], count=20, gold=8)
    items = spot.items()
    assert len(items) == 28
    own = [item for item in items if item.key not in spot.sample]
    truth = {row.text: row.label for row in real_rows}
    assert sum(truth[item.record.text] == item.record.label for item in own) == 4
    assert {item.record.method for item in own} == {"test"}
    assert all(item.parent and item.parent.text != item.record.text for item in own)
    assert not any(item.record.is_real for item in own)
    assert not {item.record.id for item in own} & {row.id for row in real_rows}
    called = [*said(spot.sample), *said([item.key for item in own])]  # one who finds nothing
    count = spot.tally(spot.votes(called))
    assert (count.gold_bad, count.gold_good) == ((0, 4), (4, 4))
    assert count.reviewed == 20
    with pytest.raises(UsageError, match="--plant 100 needs"):
        spotcheck([*real_rows, *good], gold=100)


def test_rows_pass_or_are_rejected_or_relabelled_and_real_rows_keep_their_bytes(labelled):
    real_rows, good, wrong = labelled
    records = [*real_rows, *good, *wrong]
    bad = [*said([row_key(wrong[0])], "bad", reason="wrong_label", label="refund", note="clear"),
           *said([row_key(wrong[1])], "bad", reason="nonsense")]  # fmt: skip
    spot = spotcheck(records)
    outcomes = list(spot.rows(spot.votes(bad)))
    gone = [outcome for outcome in outcomes if hasattr(outcome, "stage")]
    assert [(r.reason, dict(r.detail)) for r in gone] == [
        ("called_bad", {"reason": "wrong_label", "reviewers": ["ana"], "right_label": "refund",
                        "notes": ["clear"]}),
        ("called_bad", {"reason": "nonsense", "reviewers": ["ana"]}),
    ]  # fmt: skip
    kept = [outcome.line for outcome in outcomes if not hasattr(outcome, "stage")]
    assert kept == [record.line for record in [*real_rows, *good, wrong[2]]]
    again = Spotcheck(records, Spotchecking(apply_labels=True), Schema())
    named = {record.id: record for record in again.rows(again.votes(bad))
             if not hasattr(record, "stage")}  # fmt: skip
    changed = named[wrong[0].id]
    assert (changed.label, changed.aug["relabelled"]) == (
        "refund", {"label": "delivery", "reviewers": ["ana"]},
    )  # fmt: skip
    assert wrong[1].id not in named


def test_row_that_is_bad_with_the_label_it_has_does_not_stay(labelled):
    real_rows, good, wrong = labelled
    spot = Spotcheck([*real_rows, *good, *wrong], Spotchecking(apply_labels=True), Schema())
    bad = said([row_key(wrong[0])], "bad", reason="", label=wrong[0].label)
    gone = [outcome for outcome in spot.rows(spot.votes(bad)) if hasattr(outcome, "stage")]
    assert [reject.record.id for reject in gone] == [wrong[0].id]


def test_right_label_that_no_row_has_is_told(labelled):
    real_rows, good, wrong = labelled
    spot = spotcheck([*real_rows, *good, *wrong])
    spot.check(said([row_key(wrong[0])], "bad", label="re\x1bfnud"))
    assert spot.warnings == ["right labels that no row has (misspelt?): re\\u{1b}fnud"]


def test_verdicts_on_other_rows_are_refused_or_counted():
    spot = spotcheck(rows())
    with pytest.raises(InputError, match="other rows"):
        spot.check(said(["0" * 16, "no key at all"]))
    entries = said([*spot.sample, "0" * 16])
    spot.check(entries)
    assert len(spot.votes(entries)) == 100
    assert "1 verdicts are on rows that are not in this data" in spot.warnings
