"""Active learning: which rows are asked about, who answers, and what the answers become."""

import random
from pathlib import Path

import numpy as np
import orjson
import pytest
from making import as_bytes, real

import dataaug as da
from dataaug import plugins
from dataaug.errors import GuardError, InputError, ShortfallError, UsageError
from dataaug.labelling.asking import AskPlan, Inquiry
from dataaug.labelling.run import Labelling
from dataaug.labelling.strategies import PoolView
from dataaug.plugins import Spec
from dataaug.review.items import ReviewVerdict
from dataaug.review.reviewers import terminal
from dataaug.review.spoken import Unwritten
from dataaug.review.ui.keys import Key
from dataaug.review.ui.web_session import WebSession

STRATEGIES = plugins.names("strategies")
TEACHER = Spec("tfidf")
WORDS = {"parcel": "parcel van road driver late door", "card": "card money bank pin charge paid"}


def text(chance, label):
    other = next(name for name in WORDS if name != label)
    words = chance.choices(WORDS[label].split(), k=4) + chance.choices(WORDS[other].split(), k=2)
    return " ".join(words)


@pytest.fixture(scope="module")
def rows():
    chance = random.Random(0)
    train = [{"id": f"t{n}{label}", "text": text(chance, label), "label": label}
             for n in range(4) for label in WORDS]  # fmt: skip
    pool = {text(chance, label): label for _ in range(30) for label in WORDS}
    for row in train:
        pool.pop(row["text"], None)
    truth = {f"p{n}": label for n, label in enumerate(pool.values())}
    return train, [{"id": f"p{n}", "text": each} for n, each in enumerate(pool)], truth


def ask(rows, reviewer, count=6, **options):
    train, pool, _ = rows
    given = {"teacher": TEACHER, "embedder": "hashing", "rounds": 3, **options}
    return da.label(pool, train=train, ask=count, reviewer=reviewer, **given)


def answering(rows):
    return lambda item: rows[2][item.record.id]


# Strategies.


def view(rows=60, labels=4, seed=0):
    random_ = np.random.default_rng(seed)
    vectors = random_.normal(size=(rows + 8, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = random_.dirichlet(np.ones(labels), size=rows)
    return PoolView(vectors[:rows], found, vectors[rows:], np.random.default_rng(1))


def test_those_of_the_issue_are_there():
    assert {"margin", "badge", "typiclust", "density", "diverse"} == set(STRATEGIES)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize(("size", "count"), [(60, 1), (60, 12), (12, 12), (1, 1)])
def test_a_strategy_names_as_many_different_rows_as_are_wanted(name, size, count):
    chosen = plugins.load("strategies", Spec(name))(view(size), count)
    assert len(chosen) == len(set(chosen)) == count
    assert all(0 <= row < size for row in chosen)


@pytest.mark.parametrize("name", STRATEGIES)
def test_equal_views_have_equal_choices(name):
    choose = plugins.load("strategies", Spec(name))
    assert list(choose(view(), 7)) == list(choose(view(), 7))


@pytest.mark.parametrize("name", STRATEGIES)
def test_rows_that_are_all_equal_can_be_chosen_from(name):
    vectors = np.tile(np.eye(1, 8, dtype=np.float32), (9, 1))
    same = PoolView(vectors, np.full((9, 2), 0.5), vectors[:2], np.random.default_rng(0))
    assert len(set(plugins.load("strategies", Spec(name))(same, 5))) == 5


def test_margin_takes_the_rows_in_doubt():
    found = np.array([[0.9, 0.1], [0.5, 0.5], [0.6, 0.4]])
    seen = PoolView(np.eye(3, dtype=np.float32), found, np.eye(3)[:1], np.random.default_rng(0))
    assert plugins.load("strategies", Spec("margin"))(seen, 2) == [1, 2]


@pytest.mark.parametrize("name", ["diverse", "density", "badge"])
def test_a_round_is_spread_out_where_doubt_alone_would_take_copies(name):
    """Ten copies in the greatest doubt, and ten other directions in some."""
    spots = np.eye(12, dtype=np.float32)
    vectors = np.vstack([np.tile(spots[0], (10, 1)), spots[1:11]])
    found = np.vstack([np.full((10, 2), 0.5), np.tile([0.6, 0.4], (10, 1))])
    seen = PoolView(vectors, found, spots[11:], np.random.default_rng(0))
    chosen = plugins.load("strategies", Spec(name, {"factor": 4} if name == "diverse" else {}))
    if name == "density":  # lone rows have no density; two of each have
        seen = PoolView(np.vstack([vectors, vectors]), np.vstack([found, found]), spots[11:],
                        np.random.default_rng(0))  # fmt: skip
        chosen = plugins.load("strategies", Spec(name, {"neighbours": 1}))
    copies = sum(int(vectors[row % 20][0] == 1) for row in chosen(seen, 5))
    assert copies <= 2


def test_typiclust_asks_first_where_no_label_is():
    spots = np.eye(4, dtype=np.float32)
    vectors = np.vstack([np.tile(spots[0], (6, 1)), np.tile(spots[1], (6, 1))])
    seen = PoolView(vectors, np.full((12, 2), 0.5), spots[:1], np.random.default_rng(0))
    assert plugins.load("strategies", Spec("typiclust"))(seen, 1)[0] >= 6


@pytest.mark.parametrize(
    ("name", "option"),
    [("diverse", "factor"), ("density", "neighbours"), ("typiclust", "neighbours")],
)
def test_options_that_mean_nothing_are_refused(name, option):
    with pytest.raises(UsageError, match=f"{name}.{option}"):
        plugins.load("strategies", Spec(name, {option: 0}))


# People.


def test_answers_are_real_rows_marked_as_chosen(rows):
    found = ask(rows, answering(rows))
    assert len(found) == 6
    for record in found:
        assert record.is_real
        assert record.is_selected
        assert record.fields["_selected"] == "density"
        assert record.label == rows[2][record.id]
    summary = found.report.summary
    assert (summary.asked, summary.labelled, summary.left) == (6, 6, 0)
    assert found.report.held_back == len(rows[1]) - 6
    assert found.report.balanced


def test_each_round_has_learnt_the_answers_of_the_one_before(rows):
    """Who calls all rows by one label is offered it first from the second round on."""
    first = []

    def one_label(item):
        first.append(item.suggested[0])
        return "card"

    ask(rows, one_label, count=24, rounds=2)
    assert first[:12].count("card") < 12
    assert first[12:].count("card") > first[:12].count("card")


def test_the_choice_follows_from_the_rows_and_not_from_their_order(rows):
    train, pool, truth = rows
    one = ask(rows, answering(rows))
    other = ask((train[::-1], pool[::-1], truth), answering(rows))
    assert {row.id for row in one} == {row.id for row in other}


def test_a_row_without_a_fitting_label_is_a_reject_and_a_skipped_one_stays(rows):
    seen = []

    def some(item):
        seen.append(item.record.id)
        return {0: "bad", 1: None}.get(len(seen) - 1, "card")

    found = ask(rows, some, count=4)
    assert [(one.reason, one.record.id) for one in found.rejects] == [("called_bad", seen[0])]
    assert {row.id for row in found} == set(seen[2:])
    assert found.rejects[0].record.label is None
    assert found.report.balanced


def test_a_session_goes_on_from_its_file_with_other_rounds(rows, tmp_path):
    path, seen = tmp_path / "answers.jsonl", []

    def leaves(item):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(item.record.id)
        return rows[2][item.record.id]

    with pytest.raises(KeyboardInterrupt):
        ask(rows, leaves, verdicts=path)
    with pytest.raises(ShortfallError, match="3 of 6 rows have no answer yet") as short:
        da.label(rows[1], train=rows[0], ask=6, verdicts=path, teacher=TEACHER, embedder="hashing")
    assert {row.id for row in short.value.result.rows} == set(seen)
    more = []
    found = ask(rows, lambda item: more.append(item) or rows[2][item.record.id],
                verdicts=path, rounds=1)  # fmt: skip
    assert len(more) == 3
    assert len(found) == 6
    assert {row.id for row in found} >= set(seen)


def test_a_file_for_another_tool_is_one_round_and_is_read_back(rows, tmp_path):
    sample = tmp_path / "sample.jsonl"
    spec = Spec("file", {"path": str(sample), "exchange": "jsonl"})
    assert len(ask(rows, spec, count=8)) == 0
    lines = [orjson.loads(line) for line in sample.read_bytes().splitlines()]
    asked = [line for line in lines if "text" in line]
    assert len(asked) == 8
    for line in asked:
        right = rows[2][line["id"]]
        line["verdict"] = "ok" if line["label"] == right else "bad"
        line["right_label"] = "" if line["label"] == right else right
    sample.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    found = da.label(rows[1], train=rows[0], ask=8, verdicts=sample, teacher=TEACHER,
                     embedder="hashing")  # fmt: skip
    assert {row.id: row.label for row in found} == {
        line["id"]: rows[2][line["id"]] for line in asked
    }


@pytest.fixture
def sample(rows, tmp_path):
    """A file of six rows to label, all of them called ok."""
    path = tmp_path / "sample.jsonl"
    ask(rows, Spec("file", {"path": str(path), "exchange": "jsonl"}))
    path.write_bytes(path.read_bytes().replace(b'"verdict":""', b'"verdict":"ok"'))
    return path


def read_back(rows, answers, **options):
    return da.label(rows[1], train=rows[0], ask=6, verdicts=answers, teacher=TEACHER,
                    embedder="hashing", **options)  # fmt: skip


@pytest.mark.parametrize("form", ["a sample", "a ledger"])
def test_answers_from_an_editor_have_a_bom_and_other_line_ends(rows, sample, tmp_path, form):
    if form == "a ledger":
        ask(rows, answering(rows), verdicts=tmp_path / "ledger")
        sample = tmp_path / "ledger"
    before = [row.line for row in read_back(rows, sample)]
    sample.write_bytes(b"\xef\xbb\xbf" + sample.read_bytes().replace(b"\n", b"\r\n"))
    assert [row.line for row in read_back(rows, sample)] == before


def test_answers_on_other_rows_and_labels_that_are_new_are_said(rows, sample):
    first, *lines = sample.read_bytes().splitlines()
    row = orjson.loads(lines[0])
    lines[0] = orjson.dumps({**row, "verdict": "bad", "right_label": "crad"})
    lines.append(orjson.dumps({**row, "key": "0123456789abcdef"}))
    sample.write_bytes(b"\n".join([first, *lines]))
    found = read_back(rows, sample)
    assert len(found) == 6
    assert [said for said in found.report.warnings if "do not count" in said or "crad" in said] == [
        "1 answers do not count: they are on no row of this pool with a label of these train rows",
        "no train row has the label 'crad' that people wrote: is it misspelt?",
    ]


def test_an_answer_without_its_verdict_says_what_it_lacks(rows, sample):
    sample.write_bytes(sample.read_bytes().replace(b'"verdict":"ok",', b"", 1))
    with pytest.raises(
        InputError, match=r"sample\.jsonl:2: not a row of a sample: it lacks 'verdi"
    ):
        read_back(rows, sample)


def test_train_rows_of_one_label_leave_nothing_to_ask(rows):
    one = [row for row in rows[0] if row["label"] == "card"]
    with pytest.raises(InputError, match="one label only"):
        ask((one, *rows[1:]), answering(rows))


@pytest.mark.parametrize(
    "options", [{"ask": 0}, {"ask": 3, "strategy": "nobody"}, {"ask": 3, "rounds": 0},
                {"ask": 3, "verdicts": {"p1": "card"}}, {"reviewer": "web"},
                {"verdicts": "a.jsonl"}],
)  # fmt: skip
def test_what_means_nothing_is_refused(rows, options):
    with pytest.raises(UsageError):
        da.label(rows[1], train=rows[0], teacher=TEACHER, embedder="hashing", **options)


def test_test_rows_are_not_asked_about(rows):
    test = [{"id": "e", "text": row["text"]} for row in rows[1][:-6]]
    found = ask(rows, answering(rows), count=20, against=test)
    assert {row.id for row in found} == {row["id"] for row in rows[1][-6:]}
    assert {one.reason for one in found.rejects} == {"evaluation_copy"}


# In front of a person.


def session_of(rows, count=4):
    train, pool, _ = rows
    task = Labelling(TEACHER, embedder=Spec("hashing"))
    inquiry = Inquiry([real(**row) for row in pool], [real(**row) for row in train], task,
                      AskPlan(count, rounds=2))  # fmt: skip
    ledger = Unwritten(Path("v"))
    return inquiry.session(ledger, "ann")


def test_a_session_grows_round_by_round_and_says_how_long_it_will_be(rows):
    session = session_of(rows)
    assert (len(session.items), session.total) == (0, 4)
    item = session.next()
    assert (len(session.items), session.place(item)) == (2, 1)
    session.put(item, item.labelled("card"))
    session.put(session.next(), ReviewVerdict("skip"))
    assert session.place(session.next()) == 3
    assert len(session.items) == 4
    assert session.summary() == "1 of 4 rows have a label."
    assert session.undo() is not None


def test_the_page_offers_labels_by_number_and_takes_them(rows):
    session = session_of(rows)
    web = WebSession(session, 0)
    start = web.start()
    state = start["state"]
    assert start["title"] == "dataaug label"
    assert (state["total"], state["place"]) == (4, 1)
    offered = [start["labels"][number] for number in state["row"]["suggested"]]
    assert sorted(offered) == sorted(WORDS)
    assert offered[0] == state["row"]["label"]
    for place in (0, 1):  # the likeliest, then the other one
        row = web.state()["row"]
        number = row["suggested"][place]
        web.put({"key": row["key"], "verdict": "bad", "label": number})
        item = session.of_key(row["key"])
        label = start["labels"][number]
        assert session.verdict(item) == item.labelled(label)
        assert item.labelled(label).verdict == ("ok" if place == 0 else "bad")


class Typed:
    """A terminal at which keys are typed, slowly."""

    plain, size = True, (100, 40)

    def __init__(self, keys):
        self.keys, self.shown, self.sent_at = iter(keys), [], 0.0

    def key(self):
        self.sent_at += 1
        return Key(next(self.keys))

    def show(self, lines):
        self.shown += lines

    def drop(self):
        pass


def test_the_terminal_has_labels_on_its_keys(rows):
    session = session_of(rows)
    typed = Typed(["?", "x", "2", "1", "n", "y", "enter"])
    terminal._TerminalSession(typed, session).sit()
    said = [session.verdict(item) for item in session.items]
    other = session.items[0].suggested[1]
    assert said == [
        ReviewVerdict("bad", "wrong_label", other), ReviewVerdict("ok"), ReviewVerdict("bad"),
        ReviewVerdict("ok"),
    ]  # fmt: skip
    screen = "\n".join(typed.shown)
    assert "dataaug label" in screen
    assert "1-9    the row's label" in screen
    assert "4 of 4" in screen
    assert f"2 {other}" in screen
    assert "meaning changed" not in screen


# A chosen sample is no fair one.


def test_a_test_set_of_chosen_rows_is_refused_unless_asked_for(rows):
    train, pool, _ = rows
    chosen = ask(rows, answering(rows)).rows
    candidate = da.label(pool[:9], train=train, teacher=TEACHER)
    options = {"train": train, "candidates": candidate, "test": chosen, "classifier": TEACHER,
               "embedder": "hashing", "repeats": 1, "similarity": 1, "controls": False}  # fmt: skip
    kept = {row.text for row in chosen}
    options["candidates"] = [row for row in candidate if row.text not in kept]
    with pytest.raises(GuardError, match=r"were chosen to be labelled.*allow_selected="):
        da.evaluate(**options)
    assert da.evaluate(**options, allow_selected=True).found.test_rows == 6


def test_split_warns_of_chosen_rows(rows):
    chosen = ask(rows, answering(rows)).rows
    parts = da.split([*rows[0], *chosen], embedder="hashing", test=4)
    assert "chosen to be labelled" in " ".join(parts.report.warnings)
    assert "chosen" not in " ".join(da.split(rows[0], embedder="hashing", test=2).report.warnings)


def test_the_command_writes_what_a_file_of_answers_says(cli, rows, tmp_path):
    (tmp_path / "train.jsonl").write_bytes(as_bytes([real(**row) for row in rows[0]]))
    answers = tmp_path / "answers.jsonl"
    ask(rows, answering(rows), verdicts=answers)
    args = ("label", "--train", tmp_path / "train.jsonl", "--ask", 6, "--verdicts", answers,
            "--teacher", "tfidf", "--embedder", "hashing")  # fmt: skip
    done = cli(*args, stdin=as_bytes([real(**row) for row in rows[1]]))
    assert done.code == 0, done.err
    assert {row["id"]: row["label"] for row in done.rows} == {
        row["id"]: rows[2][row["id"]] for row in done.rows
    }
    assert b"6 of 6 rows have a label" in done.err
