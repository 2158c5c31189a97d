"""tune: folds that share nothing, a fair race, a journal that goes on, and nothing by default."""

import json
import re
from collections import Counter
from dataclasses import dataclass

import orjson
import pytest
from making import as_bytes, made, real

import dataaug as da
from dataaug.api import recipes
from dataaug.api.recipes import _apart
from dataaug.errors import InputError, UsageError
from dataaug.sessions import Session, Settings
from dataaug.tuning import FOLDS, MOST_ROUNDS, UNCHANGED, race
from dataaug.tuning.differences import PairedDifference, paired
from dataaug.tuning.folds import folds_of
from dataaug.tuning.journal import Journal
from dataaug.tuning.page import _classifier
from dataaug.tuning.prior import Prior
from dataaug.tuning.run import parse_budget

LIGHT = {"classifier": "tfidf", "embedder": "hashing"}
LABELS = (
    "card_queue_rain_salt_moon", "rate_lamp_wood_milk_sand", "phone_fern_gold_wind_soup",
    "cash_boat_silk_nail_plum",
)  # fmt: skip


def named(count=5):
    """Return rows of which each has another word of its label's name: a model knows none of a row
    that it has not seen, unless the name is a row, too.
    """
    return [
        real(f"{label.split('_')[n]} please", label, id=f"{label}-{n}")
        for label in LABELS
        for n in range(count)
    ]


def noise(count=40):
    """Return rows whose texts say nothing that an edit or a copy could make clearer."""
    words = ("north", "south", "east", "west", "up", "down", "left", "right", "near", "far", "high")
    return [
        real(
            f"{'good' if n % 2 else 'bad'} {words[n % 11]} {words[n * 5 % 10]} {words[n * 7 % 9]}",
            str(n % 2), id=f"n{n}",
        )
        for n in range(count)
    ]  # fmt: skip


def test_names_that_help_are_chosen_and_the_commands_make_the_same_bytes(tmp_path, cli):
    train = tmp_path / "train.jsonl"
    train.write_bytes(as_bytes(named()))
    found = da.tune(train, recipe=["label-names", "typo", "swap"], metric="accuracy", **LIGHT)
    assert found.recipe == "label-names", found.scores
    by_name = {one.recipe: one for one in found.scores}
    assert by_name["label-names"].state == "chosen"
    assert by_name["label-names"].gain > 0.1
    assert by_name[UNCHANGED].gain == 0
    assert found.commands == [f"dataaug generate --task label-names {train} -o best.jsonl"]
    assert found.report.balanced
    words = found.commands[0].split()[1:-1]
    cli(*words, tmp_path / "best.jsonl")
    assert (tmp_path / "best.jsonl").read_bytes() == b"".join(r.line + b"\n" for r in found.rows)


def test_where_nothing_helps_the_rows_stay_as_they_are():
    rows = noise()
    found = da.tune(rows, recipe=["oversample", "swap"], **LIGHT)
    assert (found.recipe, found.commands) == (UNCHANGED, [])
    assert [record.line for record in found.rows] == [record.line for record in rows]
    assert found.scores[0].state == "chosen"
    assert (found.scores[1].state, found.scores[1].note) == ("left out", "no new row")


def test_a_recipe_that_cannot_be_made_is_left_out_with_the_reason():
    found = da.tune(noise(), recipe="label-names", **LIGHT)
    assert found.recipe == UNCHANGED
    assert found.scores[1].state == "left out"
    assert "such names teach nothing" in found.scores[1].note


def test_a_pool_is_labelled_and_held_out_texts_in_it_teach_nothing(monkeypatch):
    monkeypatch.setattr(
        recipes, "RECIPES",
        (recipes.RECIPES[0], recipes.Recipe("pseudo-labels", (
            recipes.Call("label", {"teacher": "tfidf", "soft": True}),
            recipes.Call("filter", {"checks": ("exact",)}),
        ))),
    )  # fmt: skip
    rows = named()
    seen = []
    label = recipes.label

    def watched(*args, **options):
        seen.append(label(*args, **options))
        return seen[-1]

    monkeypatch.setitem(recipes._VERBS, "label", watched)
    pool = [{"text": record.text} for record in rows] + [{"text": "fern and gold please"}]
    found = da.tune(rows, pool=pool, fits=10, **LIGHT)
    assert len(seen) >= FOLDS + 1
    assert all([row.text for row in made] == ["fern and gold please"] for made in seen)
    if found.recipe != UNCHANGED:
        assert found.rows[-1].method == "pseudo-label"
    assert (
        "dataaug label --teacher tfidf --soft pool.jsonl --train train.jsonl"
        in (
            recipes.Kitchen(found._given.schema, 0, [], None, 1, ["train.jsonl"], ["pool.jsonl"])
            .contender(recipes.RECIPES[1], {})
            .commands[0]
        )
    )


def test_equal_fits_give_equal_bytes_and_a_journal_goes_on(tmp_path):
    rows = named(4)
    settings = {"recipe": ["label-names", "swap"], "metric": "accuracy", **LIGHT}
    whole = da.tune(rows, fits=12, **settings)
    journal = tmp_path / "race"
    short = da.tune(rows, fits=7, journal=journal, **settings)
    assert short.recipe == UNCHANGED
    assert any("--fits" in said or "fits=" in said for said in short.report.warnings)
    assert len(journal.read_bytes().splitlines()) == 7
    journal.write_bytes(journal.read_bytes() + b'{"tune":"cut')  # a crash in the middle of a line
    again = da.tune(rows, fits=12, journal=journal, **settings)
    assert [r.line for r in again.rows] == [r.line for r in whole.rows]
    assert again.report.summary == whole.report.summary
    kept = journal.read_bytes()
    da.tune(rows, fits=12, journal=journal, **settings)
    assert journal.read_bytes() == kept  # nothing was fitted anew
    assert len([line for line in kept.splitlines() if line.endswith(b"}")]) == 12


def test_a_budget_that_is_over_says_so_and_changes_nothing():
    found = da.tune(noise(), recipe="swap", budget="0.000001s", **LIGHT)
    assert found.recipe == UNCHANGED
    assert found.report.summary.fits == 0
    assert "seconds were over" in found.report.summary.cut
    assert "cut off in round 1 of 10" in found.report.warnings[0]
    assert "too little is known" in found.report.warnings[1]


def test_rows_that_belong_together_are_in_one_fold():
    rows = [real(f"text {n}", "ab"[n % 2], id=f"r{n}") for n in range(23)]
    groups = [[0, 1, 2], [3, 4], *([n] for n in range(5, 23))]
    folds = folds_of(rows, groups, FOLDS, MOST_ROUNDS, 0)
    assert len(folds) == MOST_ROUNDS
    for fold in folds:
        ids = {row.id for row in fold.held}
        assert len(ids & {"r0", "r1", "r2"}) in {0, 3}
        assert not ids & {row.id for row in fold.train}
        assert len(fold.held) + len(fold.train) == len(rows)
    held = Counter(row.id for fold in folds for row in fold.held)
    assert set(held.values()) == {MOST_ROUNDS // FOLDS}
    turned = folds_of(
        rows[::-1], [[22 - n for n in group] for group in groups], FOLDS, MOST_ROUNDS, 0
    )
    assert [{r.id for r in f.held} for f in turned] == [{r.id for r in f.held} for f in folds]
    assert [f.held for f in folds_of(rows, groups, FOLDS, MOST_ROUNDS, 1)] != [
        f.held for f in folds
    ]


@dataclass
class Script:
    """Scores as a table says, and who asked for them."""

    table: dict

    def __post_init__(self):
        self.asked = Counter()

    def __call__(self, name, number):
        self.asked[name] += 1
        return self.table[name][number]


def test_the_weak_leave_early_and_doing_nothing_never_does():
    script = Script({
        UNCHANGED: [0.5, 0.52] * 5, "good": [0.7, 0.71] * 5, "level": [0.69, 0.72] * 5,
        "weak": [0.3, 0.29] * 5,
    })  # fmt: skip
    found = race.run(dict.fromkeys(script.table, Prior()), MOST_ROUNDS, 0.25, script, lambda: "")
    assert found.out == {"weak": FOLDS}
    assert script.asked == {UNCHANGED: 10, "good": 10, "level": 10, "weak": FOLDS}
    assert found.chosen == "good"  # the simpler one of two that are alike


def test_a_race_that_is_decided_ends():
    script = Script({UNCHANGED: [0.5, 0.52] * 5, "good": [0.7, 0.71] * 5})
    found = race.run(dict.fromkeys(script.table, Prior()), MOST_ROUNDS, 0.25, script, lambda: "")
    assert (found.rounds, found.chosen, found.cut) == (FOLDS, "good", "")


def test_one_round_less_than_all_folds_changes_nothing():
    left = iter(["", ""] * (FOLDS - 1) + ["over"])
    script = Script({UNCHANGED: [0.1] * 10, "good": [0.9] * 10})
    found = race.run(
        dict.fromkeys(script.table, Prior()), MOST_ROUNDS, 0.25, script, lambda: next(left)
    )
    assert (found.rounds, found.chosen, found.cut) == (FOLDS - 1, UNCHANGED, "over")


def test_the_error_of_paired_differences_counts_the_overlap_of_folds():
    """By hand: differences 0.1, 0.2, 0.3 have a variance of 0.01; 0.01 * (1/3 + 1/4) = 0.00583."""
    found = paired([0.6, 0.8, 1.0], [0.5, 0.6, 0.7], 0.25)
    assert found.mean == pytest.approx(0.2)
    assert found.error == pytest.approx(0.0763763)
    low, high = found.interval  # Student's t of 2 degrees of freedom: 4.30265
    assert (low, high) == pytest.approx((0.2 - 0.328620, 0.2 + 0.328620), abs=1e-5)
    assert not found.surely_worse
    assert paired([0.5, 0.51, 0.5], [0.9, 0.9, 0.9], 0.25).surely_worse
    assert not paired([0.1], [0.9], 0.25).surely_worse  # one fold is no evidence


@pytest.mark.parametrize("line", [b"text of somebody\n", b'{"text": "a row"}\n', b"no end"])
def test_a_file_that_is_no_journal_is_refused_and_stays(tmp_path, line):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(line)
    with pytest.raises(InputError, match=r"mine\.jsonl:1: no score of a race"):
        Journal(str(path))
    assert path.read_bytes() == line


@pytest.mark.parametrize(
    ("said", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400), ("10", None), ("", None),
                          ("0m", None), ("-1m", None), ("nanm", None), ("infm", None)],
)  # fmt: skip
def test_a_budget_is_a_time(said, seconds):
    if seconds is not None:
        assert parse_budget(said) == seconds
        return
    with pytest.raises(UsageError, match="expected a time"):
        parse_budget(said)


@pytest.mark.parametrize(
    ("rows", "options", "error", "said"),
    [
        ([made("a made row", "a")], {}, InputError, "a synthetic row"),
        ([real("a row", None)], {}, InputError, "no label in field 'label'"),
        ([{"text": "a", "label": ["x", "y"]}], {}, UsageError, "list of labels"),
        (noise(4), {}, InputError, "can't be dealt out to 5 folds"),
        (noise(), {"recipe": "magic"}, UsageError, "choose from nothing, class-weights"),
        (noise(), {"recipe": "pseudo-labels"}, UsageError, "needs rows without labels: pool="),
        (noise(), {"recipe": "swap", "pool": [{"text": "x"}]}, UsageError, "no recipe that is"),
        (noise(), {"fits": 0}, UsageError, "a whole number from 1"),
    ],
)
def test_what_cannot_be_tuned_is_refused(rows, options, error, said):
    with pytest.raises(error, match=said):
        da.tune(rows, **LIGHT, **options)


def test_the_command_keeps_its_journal_beside_the_output_and_shows_the_race(tmp_path, cli):
    train = tmp_path / "train.jsonl"
    train.write_bytes(as_bytes(named(4)))
    out = tmp_path / "best.jsonl"
    args = ("tune", train, "--recipe", "label-names", "--recipe", "swap", "--classifier", "tfidf",
            "--embedder", "hashing", "--fits", 15, "--seed", 3, "-o", out)  # fmt: skip
    page = tmp_path / "race.html"
    done = cli(*args, "--report", tmp_path / "report.json", "--html", page)
    assert done.code == 0, done.err
    first, kept = out.read_bytes(), (tmp_path / "best.jsonl.race").read_bytes()
    assert len(kept.splitlines()) == 15
    assert b"tune: chosen: " in done.err
    assert "What to do next" in page.read_text(encoding="utf-8")
    assert b"points over doing nothing" in done.err
    assert json.loads((tmp_path / "report.json").read_bytes())["details"]["tune"]["fits"] == 15
    done = cli(*args)
    assert (done.code, out.read_bytes()) == (0, first)
    assert (tmp_path / "best.jsonl.race").read_bytes() == kept
    assert all(orjson.loads(line)["id"] for line in first.splitlines())


def of_model(asked):
    """Return texts with the words of the label that is asked for."""
    words = re.search(r'of the category "([^"]+)"', asked.prompt)[1].split()
    return [f"{words[(n + 1) % 5]} {words[n % 5]} thanks {n}" for n in range(10)]


def test_a_model_is_asked_for_recipes_of_its_own_and_all_folds_share_its_cap(llm_server):
    llm_server.answer = of_model
    asking = {"model": "m", "base_url": llm_server.url, "cache": "off", "metric": "accuracy"}
    found = da.tune(named(), recipe=["generate", "oversample"], **asking, **LIGHT)
    by_name = {one.recipe: one for one in found.scores}
    assert by_name["generate"].score is not None, by_name["generate"].note
    assert found.report.to_row()["details"]["llm"]["requests"] == len(llm_server.asked)
    assert found.report.balanced
    assert found.recipe == "generate"
    assert f"--to 10 train.jsonl --model m --base-url {llm_server.url}" in found.commands[0]
    before = len(llm_server.asked)
    short = da.tune(named(), recipe="generate", max_requests=6, **asking, **LIGHT)
    assert len(llm_server.asked) - before == 6
    assert short.recipe == UNCHANGED
    assert (
        "a cap on cost, requests or tokens" in {o.recipe: o for o in short.scores}["generate"].note
    )


def test_a_journal_keeps_the_scores_of_two_models_apart(llm_server, tmp_path):
    llm_server.answer = of_model
    asking = {"base_url": llm_server.url, "cache": "off", "journal": tmp_path / "race"}
    for model in ("small", "large"):
        da.tune(named(), recipe="generate", fits=4, model=model, **asking, **LIGHT)
    lines = (tmp_path / "race").read_bytes().splitlines()
    told = Counter(orjson.loads(line)["recipe"] for line in lines)
    assert told == {UNCHANGED: 2, "generate": 4}


def test_a_journal_keeps_the_scores_of_two_embedders_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("DATAAUG_EMBEDDER", "hashing")
    options = {"recipe": "oversample", "fits": 1, "journal": tmp_path / "race"}
    for dimensions in ("512", "512", "256"):
        with Session(Settings(embedding=(("dimensions", dimensions),))):
            da.tune(noise(), classifier="embedding", **options)
    assert len((tmp_path / "race").read_bytes().splitlines()) == 2


def test_a_pool_that_is_none_is_an_error_and_no_recipe_that_is_left_out():
    with pytest.raises(InputError, match="has a label in 'label'"):
        da.tune(noise(), pool=noise(), **LIGHT)


def test_no_journal_lies_beside_a_device(tmp_path, cli):
    """As root, one beside /dev/null would be a file in /dev."""
    (tmp_path / "train.jsonl").write_bytes(as_bytes(noise()))
    null = tmp_path / "null"
    null.symlink_to("/dev/null")
    done = cli("tune", tmp_path / "train.jsonl", "--recipe", "oversample", "--classifier", "tfidf",
               "--embedder", "hashing", "--fits", 1, "-o", null)  # fmt: skip
    assert done.code == 0, done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["null", "train.jsonl"]


def test_with_one_row_a_label_other_sets_decide_and_the_run_says_so():
    rows = [*named(1), real("boot please", "boot", id="b"), real("lake please", "lake", id="l")]
    found = da.tune(rows, recipe=["label-names", "swap"], metric="accuracy", **LIGHT)
    assert found.report.summary.rounds == 0
    assert all(one.note for one in found.scores)
    assert [one.state for one in found.scores if one.recipe == found.recipe] == ["chosen"]
    assert "rests on what recipes brought on other sets" in found.report.warnings[0]


def test_a_row_without_another_of_its_label_is_not_tested_on():
    rows = [real(f"text {n}", "ab"[n % 2], id=f"r{n}") for n in range(20)]
    lone = real("alone", "c", id="lone")
    folds = folds_of([*rows, lone], [[n] for n in range(21)], FOLDS, MOST_ROUNDS, 0)
    assert not any(row.id == "lone" for fold in folds for row in fold.held)
    assert any(row.id == "lone" for fold in folds for row in fold.train)


def test_a_label_of_one_row_may_be_what_is_predicted():
    """Its row says what others do, so that the classifier takes some of these for it."""
    rows = [*noise(), real("good north up left", "lone", id="lone"), real("bad down near", "two")]
    found = da.tune(rows, recipe="swap", **LIGHT)
    assert found.report.summary.rounds >= FOLDS


def test_what_a_recipe_brought_elsewhere_counts_where_folds_cannot_tell():
    """By hand: a mean of 0 with an error of 0.08 moves 0.06 +- 0.05 to 0.0432."""
    known = Prior(0.06, 0.05)
    assert known.updated(PairedDifference(0.0, 0.08, 9)) == pytest.approx(0.0431460674)
    assert known.updated(PairedDifference(0.2, 0.0, 9)) == 0.2
    assert known.updated(PairedDifference(0.0, float("inf"), 0)) == 0.06
    assert Prior().updated(PairedDifference(0.03, 0.08, 9)) == 0.03
    script = Script({UNCHANGED: [0.5, 0.52] * 5, "pool": [0.5, 0.53, 0.45, 0.59, 0.49] * 2})
    priors = {UNCHANGED: Prior(0, 0), "pool": known}
    assert race.run(priors, MOST_ROUNDS, 0.25, script, lambda: "").chosen == "pool"
    assert (
        race.run(dict.fromkeys(priors, Prior()), 10, 0.25, script, lambda: "").chosen == UNCHANGED
    )


def test_the_commands_write_over_no_file_that_they_read():
    assert _apart("best.jsonl", ("train.jsonl",)) == "best.jsonl"
    assert _apart("best.jsonl", ("./best.jsonl", "new_best.jsonl")) == "new_new_best.jsonl"


def test_the_page_says_the_classifier_as_evaluate_takes_it():
    assert _classifier("tfidf") == "--classifier tfidf"
    assert _classifier("tfidf(c=0.1,weights=balanced)") == (
        "--classifier tfidf -p tfidf.c=0.1 -p tfidf.weights=balanced"
    )
