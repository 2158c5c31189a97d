"""What every check promises. A new check is picked up by its name and must keep all of it."""

import json
import pickle
from collections import Counter
from random import Random

import numpy as np
import pytest
from making import kept, made, real, rejected

from dataaug import plugins
from dataaug.errors import DataaugError
from dataaug.filtering.checks.by_row import ByRow, CandidateText
from dataaug.filtering.run import Filtering, filter  # noqa: A004 - the verb is called so
from dataaug.llms import Connection
from dataaug.plugins import Spec
from dataaug.rows.jsonl import reject_line
from dataaug.rows.reasons import REASONS
from dataaug.rows.record import Record
from dataaug.rows.report import Report
from dataaug.sessions import Session, Settings

NAMES = plugins.names("checks")

WORDS = [
    "card",
    "money",
    "parcel",
    "refund",
    "late",
    "address",
    "order",
    "payment",
    "shop",
    "courier",
    "bank",
    "account",
    "box",
    "week",
    "kettle",
    "shoes",
    "return",
    "charge",
    "track",
    "wrong",
]
ABOUT = {"delivery": "parcel courier address box track late", "refund": "money refund payment bank"}


def spec(name, **options):
    """Return a check's spec with backends that need no model."""
    known = plugins.options("checks", name)
    light = {"embedder": "hashing", "classifier": "tfidf"}
    return Spec(name, {**{key: light[key] for key in light if key in known}, **options})


JUDGED = ("label", "natural", "faithful")
FAULTY = [
    "I'm sorry, but as an AI language model I can't write that.",
    "Hello, my name is [Name] and my parcel is late.",
    "Thank you for contacting us about your parcel, how may I help you?",
    "label: delivery",
    "Where is my parcel, it was sent and",
    "Where is my parcel, it should have come yesterday,",
    "Mein Paket ist immer noch nicht angekommen, wo bleibt es denn nur?",
    "My parcel didnâ€™t come",
]
"""Texts with the faults that the checks by row look for."""


@pytest.fixture(autouse=True, scope="module")
def grades(tmp_path_factory):
    """Ask a language model that calls what speaks of [Name] and of itself bad."""
    answers = tmp_path_factory.mktemp("judge") / "answers.jsonl"
    said = {"[Name]": 1, "as an AI": 2, "": 5}
    answers.write_text("".join(
        json.dumps({"match": word, "text": json.dumps(dict.fromkeys(JUDGED, grade))}) + "\n"
        for word, grade in said.items()
    ))  # fmt: skip
    spec_ = Spec("replay", {"model": str(answers)})
    with Session(Settings(connection=Connection(spec_, "off"))):
        yield


def a_text(rng, label):
    return " ".join([*rng.choices(ABOUT[label].split(), k=4), *rng.choices(WORDS, k=4)])


def many(seed=0, real_rows=60, made_rows=80):
    """Return real and synthetic rows, some of which every check has something to say about."""
    rng = Random(seed)
    labels = sorted(ABOUT)
    rows = []
    for number in range(real_rows):
        label = labels[number % 2]
        rows.append(real(a_text(rng, label), label, id=f"r{number}"))
    parents = list(rows)
    for number in range(made_rows):
        parent = rng.choice(parents)
        text, label = parent.text, parent.label
        kind = number % 5
        if kind == 1:
            text = text.upper() + "."
        elif kind == 2:
            text = f"{text} indeed"
        elif kind == 3:
            text, label = a_text(rng, label), labels[label == labels[0]]
        elif kind == 4:
            text = ["", "x", "word " * 200, a_text(rng, label)][number // 5 % 4]
        rows.append(made(text, label, parent=parent, name=f"m{number}"))
    rows += [
        row for row in parents[:4] if not rows.append(real(row.text, row.label, id=f"t{row.id}"))
    ]
    rows += [made(text, "delivery", name=f"f{number}") for number, text in enumerate(FAULTY)]
    old = real("My parcel is late for 2 weeks, mail me at ada@mill.example", "delivery", id="old")
    rows += [old, made("It is late for 3 weeks", "delivery", parent=old, name="changed"),
             made("Write to ada@mill.example", "delivery", name="leak"),
             made(f"{old.text} please", "delivery", name="copy", examples=["old"])]  # fmt: skip
    rng.shuffle(rows)
    return unique(rows)


def unique(rows):
    return list({row.id: row for row in rows}.values())


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def run(rows, *specs, report=None, **options):
    settings = {key: options.pop(key) for key in ("include_real", "max_drop") if key in options}
    return list(filter(rows, Filtering(specs, **settings), report=report, **options))


def test_all_checks_of_the_issue_are_there():
    assert {"length", "exact", "near-duplicate", "label"} <= set(NAMES)


def test_check_finds_something_in_rows_with_every_fault(name):
    assert rejected(run(many(), spec(name)))


def test_real_rows_are_never_rejected_unless_asked(name):
    rows = many()
    assert [o for o in rejected(run(rows, spec(name))) if o.record.is_real] == []


def test_rows_come_out_in_the_order_they_came_in_byte_for_byte(name):
    rows = many()
    found = [getattr(outcome, "record", outcome).line for outcome in run(rows, spec(name))]
    assert found == [row.line for row in rows]


def test_counts_add_up(name):
    report = Report("filter")
    rows = many()
    for outcome in run(report.reading(rows), spec(name), report=report):
        report.count(outcome)
    assert report.balanced
    assert report.read == len(rows)
    assert report.rejected.total() == len(rows) - report.written


def test_reasons_are_of_the_vocabulary(name):
    for include_real in (False, True):
        for reject in rejected(run(many(), spec(name), include_real=include_real)):
            assert reject.stage == "filter"
            assert reject.reason in {*REASONS, name}  # a word of its own is explained by its file


def test_row_that_a_reject_names_is_kept(name):
    for include_real in (False, True):
        outcomes = run(many(), spec(name), include_real=include_real)
        there = {row.id for row in kept(outcomes)}
        named = {o.detail["of"] for o in rejected(outcomes) if "of" in o.detail}
        assert named <= there


def test_nothing_is_found_twice(name):
    again = run(kept(run(many(), spec(name))), spec(name))
    assert [o for o in rejected(again) if o.reason != "too_long"] == []


def test_interleaving_of_real_and_synthetic_rows_does_not_matter(name):
    rows = many()
    reals, mades = ([r for r in rows if r.is_real], [r for r in rows if not r.is_real])
    answers = []
    for seed in range(3):
        left, right = iter(reals), iter(mades)
        kinds = [True] * len(reals) + [False] * len(mades)
        Random(seed).shuffle(kinds)
        mixed = [next(left if kind else right) for kind in kinds]
        answers.append({(o.record.id, o.reason) for o in rejected(run(mixed, spec(name)))})
    assert answers[0] == answers[1] == answers[2]


def test_real_rows_of_another_file_are_compared_with_and_not_passed_on(name):
    rows = many()
    reals, mades = ([r for r in rows if r.is_real], [r for r in rows if not r.is_real])
    outcomes = run(mades, spec(name), real=reals)
    assert len(outcomes) == len(mades)
    inside = {(o.record.id, o.reason) for o in rejected(run(rows, spec(name)))}
    assert {(o.record.id, o.reason) for o in rejected(outcomes)} == inside


@pytest.mark.parametrize(
    "rows",
    [
        "none",
        "one real",
        "one synthetic",
        "only real",
        "only made",
        "one label",
        "no labels",
        "empty texts",
        "odd texts",
    ],
)
def test_any_rows_can_be_checked(name, rows):
    given = {
        "none": [],
        "one real": [real("a", "x")],
        "one synthetic": [made("a", "x")],
        "only real": [row for row in many() if row.is_real],
        "only made": [row for row in many() if not row.is_real],
        "one label": [row for row in many() if row.label == "refund"],
        "no labels": [real("some text here"), made("some other text"), made("third one here")],
        "empty texts": [real("", "x"), made("", "x"), made(" ", "x", name="b")],
        "odd texts": [real("😀", "x"), made("日本語", "y"), made("?!", "x"), made("\x00\x1b", "y")],
    }[rows]
    outcomes = run(given, spec(name))
    assert len(outcomes) == len(given)


def test_unknown_option_of_a_check_lists_those_it_has(name):
    with pytest.raises(DataaugError, match="has no option 'nope'; its options"):
        run([], spec(name, nope=1))


# --- exact


@pytest.mark.parametrize(
    "other",
    ["Where is my card", "where is my card?", "WHERE  IS\tMY CARD!", " where is my card... ",
     "ｗhere is my card", "Where is my card …"],
)  # fmt: skip
def test_exact_ignores_case_blanks_and_final_punctuation(other):
    outcomes = run([real("Where is my card?", "x", id="r"), made(other, "x")], spec("exact"))
    (reject,) = rejected(outcomes)
    assert (reject.reason, reject.detail["of"]) == ("exact_duplicate", "r")


@pytest.mark.parametrize("other", ["Where is my car?", "my card is where", "Whereis my card"])
def test_exact_keeps_other_texts(other):
    assert rejected(run([real("Where is my card?", "x"), made(other, "x")], spec("exact"))) == []


def test_exact_never_drops_a_real_row_for_a_synthetic_one():
    outcomes = run([made("same", "x", name="m"), real("same", "x", id="r")], spec("exact"))
    assert [(o.record.id, o.detail["of"]) for o in rejected(outcomes)] == [("m", "r")]


def test_exact_names_the_other_label_where_twins_disagree():
    report = Report("filter")
    outcomes = run([real("same", "x", id="r"), made("same", "y")], spec("exact"), report=report)
    assert rejected(outcomes)[0].detail == {"of": "r", "label_there": "x"}
    assert report.summary.exact.label_conflicts == 1


def test_exact_twins_without_ids_are_told_apart_by_their_place():
    outcomes = run([made("same", "x", name="m"), made("same", "x", name="m")], spec("exact"))
    assert (len(kept(outcomes)), len(rejected(outcomes))) == (1, 1)


# --- near-duplicate: against a plain reference


def reference(rows, vectors, similarity, origin_similarity):
    """Return the places that a greedy look at every pair rejects: slow, and plainly right."""
    order = [n for n, row in enumerate(rows) if row.is_real]
    stay = list(order)
    gone = set()
    for n in (n for n, row in enumerate(rows) if not row.is_real):
        for k in stay:
            akin = rows[n].root is not None and rows[n].root == rows[k].root
            if vectors[n] @ vectors[k] >= (origin_similarity if akin else similarity):
                gone.add(n)
                break
        else:
            stay.append(n)
    return gone


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bounds", [(0.6, 0.8), (0.8, 0.6), (0.95, 0.99), (0.3, 0.3)])
def test_near_duplicate_rejects_what_a_look_at_every_pair_rejects(seed, bounds):
    rows = many(seed)
    embed = plugins.load("embedders", Spec("hashing"))
    vectors = embed([row.text for row in rows]).astype(np.float64)
    similarity, origin = bounds
    check = spec("near-duplicate", similarity=similarity, origin_similarity=origin)
    outcomes = run(rows, check)
    gone = {n for n, outcome in enumerate(outcomes) if hasattr(outcome, "stage")}
    assert gone == reference(rows, vectors, similarity, origin)


def test_near_duplicate_works_across_its_blocks():
    rng = Random(1)
    base = [made(a_text(rng, "refund"), name=f"m{n}") for n in range(1500)]
    rows = base + [made(row.text + " ", name=f"again-{row.id}") for row in base]
    outcomes = run(rows, spec("near-duplicate", similarity=0.999))
    gone = {o.record.id for o in rejected(outcomes)}
    assert {f"again-m{n}" for n in range(1500)} <= gone


def test_near_duplicate_names_the_most_similar_kept_row_and_the_score():
    rows = [real("the parcel is late again today", id="far"),
            real("the parcel is late again", id="near"),
            made("the parcel is late  again")]  # fmt: skip
    (reject,) = rejected(run(rows, spec("near-duplicate", similarity=0.5)))
    assert reject.detail["of"] == "near"
    assert 0.99 < reject.detail["similarity"] <= 1.000001


@pytest.mark.parametrize("number", range(20))
def test_family_has_a_threshold_of_its_own(number):
    parent = real("the parcel is late again", id=f"parent {number}")
    child = made("the parcel is late again!", parent=parent, name="child")
    stranger = made("the parcel is late again!!", parent=real("other", id="q"), name="stranger")
    strict = spec("near-duplicate", similarity=0.8, origin_similarity=1.0)
    outcomes = run([parent, child], strict)
    assert rejected(outcomes) == []
    (reject,) = rejected(run([parent, stranger], strict))
    assert reject.reason == "near_duplicate"
    loose = spec("near-duplicate", similarity=1.0, origin_similarity=0.8)
    (reject,) = rejected(run([parent, child], loose))
    assert reject.reason == "too_close_to_origin"


def test_rows_without_an_ancestor_are_no_family():
    rows = [made("the parcel is late again", name="a"), made("the parcel is late again!", name="b")]
    check = spec("near-duplicate", similarity=0.8, origin_similarity=1.0)
    assert [o.record.id for o in rejected(run(rows, check))] == ["b"]


def test_near_duplicates_with_different_labels_are_suspects():
    report = Report("filter")
    rows = [
        real("the parcel is late again", "x", id="a"),
        real("the parcel is late again.", "y", id="b"),
    ]
    run(rows, spec("near-duplicate", similarity=0.8), report=report)
    (suspect,) = report.summary.near_duplicate.suspects
    assert sorted(suspect["rows"]) == ["a", "b"]
    assert report.summary.near_duplicate.label_conflicts == 1


@pytest.mark.parametrize("value", [0, -1, 1.01, "nan", "x"])
def test_similarity_out_of_range_is_refused(value):
    with pytest.raises(DataaugError):
        run([], spec("near-duplicate", similarity=value))


# --- length


def test_length_learns_its_bounds_from_the_real_rows():
    report = Report("filter")
    rows = [real("w " * n) for n in range(1, 101)]
    rows += [made("w " * n, name=str(n)) for n in (1, 50, 150)]
    outcomes = run(rows, spec("length"), report=report)
    assert [(o.record.id, o.reason) for o in rejected(outcomes)] == [("150", "too_long")]
    assert report.summary.length.learned
    assert report.summary.length.bounds["words"] == [1, 148]


def test_length_bounds_that_are_given_count_and_are_named():
    rows = [made("a", name="1"), made("a b c", name="2"), made("a b c d e", name="3")]
    outcomes = run(rows, spec("length", min_words=2, max_words=4))
    assert [(o.reason, dict(o.detail)) for o in rejected(outcomes)] == [
        ("too_short", {"unit": "words", "found": 1, "at_least": 2}),
        ("too_long", {"unit": "words", "found": 5, "at_most": 4}),
    ]


def test_length_says_so_where_real_rows_are_too_few_to_learn_from():
    report = Report("filter")
    outcomes = run([real("a"), made("w " * 500), made("", name="e")], spec("length"), report=report)
    assert [o.record.id for o in rejected(outcomes)] == ["e"]
    assert "1 real rows are too few to learn bounds from" in report.warnings[0]


# --- label


def labelled(count=40, wrong=6):
    rng = Random(3)
    reals = [
        real(a_text(rng, label), label, id=f"{label}{n}") for n in range(count) for label in ABOUT
    ]
    good = [
        made(a_text(rng, label), label, name=f"good-{label}-{n}")
        for n in range(20)
        for label in ABOUT
    ]
    flip = {"delivery": "refund", "refund": "delivery"}
    bad = [made(" ".join(ABOUT[label].split() * 2), flip[label], name=f"bad-{label}-{n}")
           for n in range(wrong // 2) for label in ABOUT]  # fmt: skip
    return reals, good, bad


def test_label_finds_planted_wrong_labels_and_names_the_likelier_one():
    reals, good, bad = labelled()
    outcomes = run(reals + good + bad, spec("label"))
    found = {o.record.id: o.detail["looks_like"] for o in rejected(outcomes)}
    assert {row.id for row in bad} <= set(found)
    assert found["bad-refund-0"] == "refund"
    assert len(set(found) - {row.id for row in bad}) <= 4


def test_label_says_before_how_many_good_rows_it_expects_to_lose():
    reals, good, bad = labelled()
    report = Report("filter")
    run(reals + good + bad, spec("label"), report=report)
    note = report.summary.label.forecast
    assert set(note.expected_good_loss_by_label) == set(ABOUT)
    assert 0 <= note.expected_good_loss < 0.2


def test_label_keeps_to_the_largest_loss_of_good_rows():
    reals, good, bad = labelled()
    report = Report("filter")
    run(reals + good + bad, spec("label", margin=0.0, max_good_loss=0.0), report=report)
    assert report.summary.label.forecast.expected_good_loss == 0


def test_label_abstains_where_real_rows_are_too_few():
    reals, good, bad = labelled()
    rare = [
        real("a kettle", "rare", id="rare"),
        made("money refund payment bank", "rare", name="m"),
    ]
    report = Report("filter")
    outcomes = run(reals + good + bad + rare, spec("label"), report=report)
    assert "m" not in {o.record.id for o in rejected(outcomes)}
    assert report.summary.label.abstained == {"rare": 1}
    assert "no verdict where fewer than 5 real rows carry the label: 'rare'" in report.warnings[0]


@pytest.mark.parametrize("which", ["one class", "no real rows"])
def test_label_says_that_it_cannot_check(which):
    reals, good, bad = labelled()
    rows = (
        good + bad if which == "no real rows" else [r for r in reals + good if r.label == "refund"]
    )
    report = Report("filter")
    assert rejected(run(rows, spec("label"), report=report)) == []
    assert any("label: not checked; it takes two labels" in said for said in report.warnings)


def test_label_judges_a_row_by_models_that_have_not_seen_its_ancestor():
    # Each real row of one label has a word of its own; a model that has seen it would be sure.
    reals = [real(f"unique{n} money bank", "refund", id=f"a{n}") for n in range(50)]
    reals += [real(f"special{n} parcel box", "delivery", id=f"b{n}") for n in range(49)]
    odd = real("oddword parcel box courier late", "refund", id="odd")
    child = made("oddword parcel box courier late", "refund", parent=odd, name="child")
    outcomes = run([*reals, odd, child], spec("label"))
    assert [o.record.id for o in rejected(outcomes)] == ["child"]


@pytest.mark.parametrize(
    "options", [{"margin": 1}, {"margin": -0.1}, {"folds": 1}, {"min_rows": 1}]
)
def test_label_refuses_numbers_out_of_range(options):
    with pytest.raises(DataaugError):
        run([], spec("label", **options))


# --- all together


def test_checks_are_made_in_the_order_asked_and_a_row_has_one_reason():
    rows = many()
    one = run(rows, spec("exact"), spec("length"))
    other = run(rows, spec("length"), spec("exact"))
    assert {o.record.id for o in rejected(one)} == {o.record.id for o in rejected(other)}
    counts = Counter(o.record.id for o in rejected(one))
    assert max(counts.values()) == 1


@pytest.mark.parametrize("rows", [0, 1, 7, 2500])
def test_pairs_inside_a_set_are_those_of_the_whole_square(rows):
    from dataaug.search.pairs import close_pairs, inner_pairs

    vectors = np.random.default_rng(1).normal(size=(rows, 4)).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    i, j, score = close_pairs(vectors, vectors, 0.98)
    half = j < i
    found = inner_pairs(vectors, 0.98)
    for mine, whole in zip(found, (i, j, score), strict=True):
        assert np.array_equal(mine, whole[half])


@pytest.fixture(scope="module")
def two_workers():
    return plugins.load("engines", Spec("local", {"workers": 2}))


def told(outcomes, report):
    """Return all that a run says: its rows, its rejects with their particulars, its notes."""
    said = [o.line if isinstance(o, Record) else reject_line(o) for o in outcomes]
    return said, report.summary, report.warnings


@pytest.mark.parametrize("include_real", [False, True])
def test_workers_change_nothing(two_workers, include_real):
    names = [name for name in NAMES if name not in {"label", "near-duplicate"}]
    specs = [spec(name) for name in [*names, "label", "near-duplicate"]]
    ways = []
    for engine in (None, two_workers):
        report = Report("filter")
        rows = many(real_rows=150, made_rows=450)  # more than a chunk of texts
        found = run(rows, *specs, report=report, engine=engine, include_real=include_real)
        ways.append(told(found, report))
    assert ways[0] == ways[1]
    assert len(rejected(found)) > 20


def test_several_row_checks_in_one_reading_find_what_each_finds_in_its_own(monkeypatch):
    names = [name for name in NAMES if isinstance(plugins.load("checks", spec(name)), ByRow)]
    assert len(names) > 5
    ways = []
    for together in (True, False):
        if not together:
            monkeypatch.setattr("dataaug.filtering.run.ByRow", ())  # no check is an instance of it
        report = Report("filter")
        found = run(many(made_rows=200), *map(spec, names), report=report, include_real=True)
        ways.append(told(found, report))
    assert ways[0] == ways[1]


def test_what_a_row_check_has_learned_can_be_sent(name):
    check = plugins.load("checks", spec(name))
    if not isinstance(check, ByRow):
        pytest.skip("looks at all rows")
    rows = many()
    check.observe(rows)
    sent = pickle.loads(pickle.dumps(check))
    candidates = [CandidateText(row.text, row.label) for row in rows]
    assert sent.verdicts(candidates) == check.verdicts(candidates)
