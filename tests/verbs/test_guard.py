import pytest
from making import kept, made, real, rejected
from worlds import real_rows

from dataaug import embedders, leakage
from dataaug.augmentation.run import Augmentation, augment
from dataaug.errors import GuardError
from dataaug.evaluation.run import Evaluating, evaluate
from dataaug.filtering.run import Filtering, filter  # noqa: A004
from dataaug.plugins import Spec
from dataaug.rows.reasons import REASONS
from dataaug.rows.report import Report
from dataaug.search import NEAR_DUPLICATE

TRAIN, TEST = real_rows("train", 6), real_rows("test", 6)
HASHING = Spec("hashing")


def check(train, candidate, test):
    task = Evaluating(Spec("tfidf"), HASHING, repeats=2, controls=False)
    return evaluate(train, {"mix.jsonl": candidate}, test, task)


def near(row):
    return row.text + " bu"


def against(similarity=0.9):
    return leakage.Against(leakage.Evaluation(TEST), lambda: embedders.shared(HASHING), similarity)


@pytest.mark.parametrize(
    ("train", "candidate", "test", "named"),
    [
        pytest.param(TRAIN, TRAIN, [*TEST, made("x", "loans", name="m1")], "m1", id="synthetic"),
        pytest.param(TRAIN, TRAIN, TRAIN, TRAIN[0].id, id="same file"),
        pytest.param([*TRAIN, TEST[3]], TRAIN, TEST, TEST[3].id, id="row in train"),
        pytest.param(TRAIN, [*TRAIN, TEST[3]], TEST, TEST[3].id, id="row in candidate"),
        pytest.param(
            TRAIN, [*TRAIN, made("new", "cards", parent=TEST[2], name="child")], TEST,
            f"child (made from {TEST[2].id})", id="root",
        ),
        pytest.param(
            TRAIN, [*TRAIN, made(TEST[4].text.upper() + "!", "cards", name="copy")], TEST,
            f"copy (text of {TEST[4].id})", id="exact",
        ),
        pytest.param(
            TRAIN, [*TRAIN, made(near(TEST[5]), "cards", parent=TRAIN[0], name="near")], TEST,
            f"to {TEST[5].id}", id="near",
        ),
        pytest.param(
            TRAIN, [*TRAIN, real(near(TEST[5]), "cards", id="unknown")], TEST,
            "unknown", id="near without provenance",
        ),
    ],
)  # fmt: skip
def test_what_would_make_scores_worthless_is_refused_by_name(train, candidate, test, named):
    with pytest.raises(GuardError) as caught:
        check(train, candidate, test)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 6


def test_five_rows_are_named_and_the_rest_counted():
    with pytest.raises(GuardError, match=r"18 rows of the train set .* and 13 more"):
        check(TRAIN, TRAIN, TRAIN)


def test_real_twins_between_train_and_test_are_no_reason_to_refuse():
    twin = real(TEST[0].text, TEST[0].label, id="own-id")
    assert check([*TRAIN, twin], [*TRAIN, twin], TEST).near_duplicates == 1


def test_rows_below_the_threshold_are_no_copies():
    evaluation = leakage.Evaluation(TEST)
    embed = embedders.shared(HASHING)
    rows = [real(near(TEST[0]), "x", id="n"), real("nothing alike", "x", id="o")]
    found = evaluation.copies(rows, embed, 0.9)
    assert [(clash.row, clash.of, clash.kind) for clash in found] == [("n", TEST[0].id, "near")]
    assert 0.9 <= found[0].score < 1
    assert not evaluation.copies(rows, embed, found[0].score + 0.001)


def test_filter_rejects_copies_and_relatives_and_only_reports_real_rows():
    copy = made(TEST[0].text, "cards", parent=TRAIN[0], name="copy")
    close = made(near(TEST[1]), "cards", parent=TRAIN[0], name="close")
    child = made("quite another text", "cards", parent=TEST[2], name="child")
    fine = made("something new", "cards", parent=TRAIN[0], name="fine")
    twin = real(TEST[3].text, "cards", id="twin")
    report = Report("filter")
    rows = [*TRAIN, twin, copy, close, child, fine]
    found = list(filter(rows, Filtering(()), against=against(), report=report))
    assert [row.id for row in kept(found)] == [*(row.id for row in TRAIN), "twin", "fine"]
    details = {reject.record.id: reject.detail for reject in rejected(found)}
    assert {reject.reason for reject in rejected(found)} == {"evaluation_copy"} <= set(REASONS)
    assert details["copy"] == {"of": TEST[0].id, "kind": "text", "similarity": 1.0}
    assert details["close"]["of"] == TEST[1].id
    assert 0.9 <= details["close"]["similarity"] < 1
    assert details["child"]["kind"] == "root"
    assert [row["row"] for row in report.summary.against.real_rows_that_collide] == ["twin"]
    assert any("1 real rows equal" in warning for warning in report.warnings)


def test_filter_rejects_real_copies_on_request():
    twin = real(TEST[3].text, "cards", id="twin")
    found = list(filter([*TRAIN, twin], Filtering((), include_real=True), against=against()))
    assert [reject.record.id for reject in rejected(found)] == ["twin"]


def test_what_filter_passes_evaluate_takes():
    rows = [*TRAIN, *(made(near(row), row.label, parent=TRAIN[0], name=row.id) for row in TEST)]
    with pytest.raises(GuardError):
        check(TRAIN, rows, TEST)
    task = Filtering(())
    left = kept(filter(rows, task, against=against(NEAR_DUPLICATE)))
    assert check(TRAIN, left, TEST).verdicts


def test_augment_varies_no_evaluation_row():
    twin = real(TEST[0].text + "!", "cards", id="own-id")
    same_id = real("another text altogether here", "cards", id=TEST[1].id)
    ids, texts = leakage.Evaluation(TEST).barred()
    task = Augmentation((Spec("swap"),), 2, barred_ids=ids, barred_texts=texts)
    report = Report("augment")
    found = kept(augment([TRAIN[0], twin, same_id], task, report=report))
    assert {row.root for row in found if not row.is_real} == {TRAIN[0].id}
    assert [row.id for row in found if row.is_real] == [TRAIN[0].id, "own-id", TEST[1].id]
    assert any("2 real rows are evaluation rows" in warning for warning in report.warnings)


def test_augment_drops_variants_that_are_evaluation_rows():
    seed = real("alpha beta", "cards", id="seed")
    ids, texts = leakage.Evaluation([real("Beta alpha.", "cards", id="e")]).barred()
    free = list(augment([seed], Augmentation((Spec("swap"),), 1)))
    assert [row.text for row in kept(free)] == ["alpha beta", "beta alpha"]
    task = Augmentation((Spec("swap"),), 1, barred_ids=ids, barred_texts=texts)
    report = Report("augment")
    found = list(augment([seed], task, report=report))
    assert [reject.reason for reject in rejected(found)] == ["evaluation_copy"]
    assert report.asked == 1


@pytest.mark.parametrize(
    "row",
    [TEST[1], made("x y", "cards", parent=TEST[1], name="c"), real(TEST[1].text + ".", id="z")],
)
def test_a_train_stream_with_an_evaluation_row_is_refused_at_its_end(row):
    stream = leakage.watch_train([*TRAIN, row], leakage.Evaluation(TEST), "the mix")
    with pytest.raises(GuardError, match="1 rows of the mix"):
        list(stream)


def test_a_clean_train_stream_passes():
    assert list(leakage.watch_train(TRAIN, leakage.Evaluation(TEST), "the mix")) == TRAIN
