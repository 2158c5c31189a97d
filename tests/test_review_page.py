"""What a review page says beside its rows: of which run it is, and what to do after it."""

import pytest
from making import as_bytes, real
from making import made as made_row
from sittings import plain_items, sitting

import dataaug as da
from dataaug.errors import MissingError, ShortfallError
from dataaug.review.page_facts import label_facts, spotcheck_facts
from dataaug.review.reviewers import web
from dataaug.rows.report import Report

REVIEW = (
    "dataaug spotcheck 'my rows.jsonl' -n 9 --review web -p web.port=9000 --embedder=auto "
    "--verdicts v.jsonl"
)


def run(verb, command, **files):
    found = Report(verb, {"version": "0.1"}, command=command, files=files, moment=0.0)
    found.inputs["my rows.jsonl"] = 1200
    return found


def test_it_names_command_date_version_and_inputs():
    beside = spotcheck_facts(run("spotcheck", REVIEW))
    assert beside.command == REVIEW
    assert [*beside.facts] == ["1970-01-01 00:00 UTC", "dataaug 0.1", "my rows.jsonl: 1,200 rows"]


def test_the_next_command_is_the_same_without_the_reviewer():
    first, then = spotcheck_facts(run("spotcheck", REVIEW)).steps
    assert first.command == (
        "dataaug spotcheck 'my rows.jsonl' -n 9 --verdicts v.jsonl -o checked.jsonl"
    )
    assert "--candidate checked.jsonl" in then.command
    [only] = label_facts(run("label", "dataaug label p.jsonl --ask 9 --review=web")).steps
    assert only.command == "dataaug label p.jsonl --ask 9 -o labelled.jsonl"


def test_a_run_that_writes_the_rows_itself_says_where_they_are():
    first, then = spotcheck_facts(run("spotcheck", REVIEW, output=("good rows.jsonl",))).steps
    assert "'good rows.jsonl'" in first.said
    assert not first.command
    assert "--candidate 'good rows.jsonl'" in then.command
    [only] = label_facts(run("label", "dataaug label", output=("mine.jsonl",))).steps
    assert "mine.jsonl: real rows" in only.said


def test_both_commands_hand_it_to_the_reviewer(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(web._InBrowser, "review", lambda _, session: told.append(session.beside))
    train = [real(f"text {n} of {label}", label) for n in range(4) for label in ("a", "b")]
    made = tmp_path / "made.jsonl"
    made.write_bytes(as_bytes([*train, made_row("another text", "a")]))
    da.spotcheck(made, reviewer="web", verdicts=tmp_path / "v.jsonl")
    pool = tmp_path / "pool.jsonl"
    pool.write_bytes(as_bytes([real("no label yet", None)]))
    with pytest.raises(ShortfallError):  # nobody has answered
        da.label(pool, train=train, teacher="tfidf", embedder="hashing", ask=1, reviewer="web",
                 verdicts=tmp_path / "l.jsonl")  # fmt: skip
    assert [f"{path}: {rows} rows" for path, rows in ((made, 9), (pool, 1))] == [
        next(fact for fact in beside.facts if ".jsonl" in fact) for beside in told
    ]
    assert all(beside.steps for beside in told)


def test_a_page_is_told_of_when_there_is_a_row_to_show(tmp_path, monkeypatch):
    """Choosing the rows of a pool takes a while; a page that opens on nothing looks broken."""
    done = []

    def serve(*_):
        done.append("served")
        raise MissingError("no port")

    session = sitting(plain_items(2), tmp_path / "v.jsonl")
    monkeypatch.setattr(type(session), "next", lambda _: done.append("chosen"))
    monkeypatch.setattr(web, "start_server", serve)
    with pytest.raises(MissingError):
        web.load().review(session)
    assert done == ["chosen", "served"]
