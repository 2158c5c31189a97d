"""generate and balance for Python do what the commands do; sessions say what they use."""

from pathlib import Path

import orjson
import pytest

import dataaug as da
from dataaug.api.sessions import ModelUse
from dataaug.generation.brief import NearnessCounts, WithoutExamples
from dataaug.generation.run import TokenCounts
from dataaug.sessions import current

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
REAL, ANSWERS = INPUTS / "real.jsonl", INPUTS / "answers.jsonl"
REPLAY = {"llm": "replay", "model": ANSWERS}


def command(cli, tmp_path, *args):
    """Return rows, rejects and report of a command."""
    rejects, report = tmp_path / "rejects.jsonl", tmp_path / "report.json"
    done = cli(*args, "--rejects", rejects, "--report", report)
    assert done.code in {0, 5}, done.err
    told = orjson.loads(report.read_bytes())
    return done.out.splitlines(), rejects.read_bytes().splitlines(), told


def same(made, told, tmp_path):
    """Is a result the one of a command: rows, rejects and what the report counts?"""
    rows, rejects, report = told
    assert [row.line for row in made] == rows
    made.write(tmp_path / "rows.jsonl", rejects=tmp_path / "own.jsonl")
    assert (tmp_path / "own.jsonl").read_bytes().splitlines() == rejects
    own = orjson.loads(orjson.dumps(made.report.to_row()))
    for part in ("rows", "methods", "rejected", "rejected_by_label", "details", "warnings"):
        assert own[part] == report[part], part


def test_generate_gives_the_rows_of_the_command(cli, tmp_path):
    told = command(
        cli, tmp_path, "generate", "--label", "billing=6", "--label", "delivery_status=4",
        "--examples", REAL, "--domain", "shop", "--llm", "replay", "--model", ANSWERS, "--seed", 3,
    )  # fmt: skip
    made = da.generate(
        labels={"billing": 6, "delivery_status": 4}, examples=REAL, domain="shop", seed=3, **REPLAY
    )
    same(made, told, tmp_path)
    assert made.report.summary.wanted == 10
    assert made.report.summary.groups["billing"].rows == 6
    assert made.report.other(TokenCounts) == TokenCounts(0, 0)
    assert made.report.other(ModelUse).requests > 0


def test_labels_are_names_pairs_or_what_says_what_they_mean(cli, tmp_path):
    said = {"billing": "about money", "delivery_status": "about parcels"}
    listed = tmp_path / "labels.json"
    listed.write_bytes(orjson.dumps(said))
    rows = [
        [row.line for row in da.generate(per_label=3, **labels, **REPLAY)]
        for labels in (
            {"labels_from": said},
            {"labels_from": listed},
            {"labels_from": said, "labels": ["billing", ("delivery_status", 3)]},
        )
    ]
    told = cli("generate", "--labels-from", listed, "--per-label", 3, "--llm", "replay", "--model",
               ANSWERS)  # fmt: skip
    assert rows == [told.out.splitlines()] * 3
    assert len(rows[0]) == 6


def test_a_label_without_examples_is_told_before_anything_is_asked():
    with pytest.warns(UserWarning, match="no example has the label 'delivery_status'"):
        made = da.generate(
            labels={"delivery_status": 2}, examples=[{"text": "my bill", "label": "billing"}],
            **REPLAY,
        )  # fmt: skip
    assert made.report.other(WithoutExamples).labels == ("delivery_status",)


def test_rewrite_replaces_rows_and_counts_the_near_ones(cli, tmp_path):
    rows, model = INPUTS / "personal.jsonl", INPUTS / "rewritten.jsonl"
    told = command(cli, tmp_path, "generate", "--task", "rewrite", rows, "--llm", "replay",
                   "--model", model)  # fmt: skip
    with pytest.raises(da.ShortfallError) as short:
        da.generate(rows, task="rewrite", llm="replay", model=model)
    made = short.value.result
    same(made, told, tmp_path)
    assert made.report.other(NearnessCounts).rows == len(made) > 0


def test_balance_gives_the_rows_of_the_command(cli, tmp_path):
    rows = [orjson.loads(line) for line in REAL.read_bytes().splitlines()][:12]
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    told = command(cli, tmp_path, "balance", file, "--to", 4, "--with", "typo", "--with",
                   "oversample", "-p", "typo.rate=0.3")  # fmt: skip
    made = da.balance(file, to=4, with_=[da.method("typo", rate=0.3), "oversample"])
    same(made, told, tmp_path)
    assert {found.target for found in made.report.summary.labels.values()} >= {4}
    by_model = command(cli, tmp_path, "balance", file, "--label", "billing=7", "--llm", "replay",
                       "--model", ANSWERS, "--domain", "shop")  # fmt: skip
    same(da.balance(rows, labels={"billing": 7}, domain="shop", **REPLAY), by_model, tmp_path)


def test_a_session_names_the_model_and_what_a_verb_says_goes_before():
    with da.session(cache="off", workers=1, **REPLAY):
        made = da.generate(labels={"billing": 2})
        planned = da.generate(labels={"billing": 2}, dry_run=True)
    assert len(made) == 2
    assert len(planned) == 0
    assert planned.report.other(ModelUse).planned["requests"] > 0
    assert "planned" not in planned.report.to_row()["details"]["llm"]
    with pytest.raises(da.UsageError, match="needs a language model"):
        da.generate(labels={"billing": 2})


def test_a_session_ends_with_its_block_and_gives_embedders_their_options(tmp_path):
    before = current().settings
    with da.session(cache=tmp_path, memory="1GB", embedder={"runtime": "openvino"}):
        inside = current().settings
        with da.session(memory="2GB"):
            assert current().settings.cache == str(tmp_path)
            assert current().settings.memory == 2 * 10**9
        assert current().settings == inside
    assert current().settings == before
    assert (inside.cache, inside.memory) == (str(tmp_path), 10**9)
    assert inside.embedding == (("runtime", "openvino"),)


@pytest.mark.parametrize(
    "settings",
    [{"sise": 1}, {"embedder": {"nothing": 1}}, {"embedder": 3}, {"memory": "much"},
     {"llm": "none"}, {"llm": 3}, {"llm": "replay", "rpm": 3}, {"model": "m", "max_cost": "much"},
     {"model": 3},
     {"dry_run": True}, {"cache": 3}],
)  # fmt: skip
def test_a_setting_that_is_none_is_refused(settings):
    with pytest.raises(da.UsageError), da.session(**settings):
        pass


def test_a_cap_stops_a_run_and_says_so():
    with pytest.raises(da.ShortfallError, match="billing") as short:
        da.generate(labels={"billing": 9}, max_requests=1, cache="off", **REPLAY)
    there = short.value.result
    assert 0 < len(there) == there.report.written_synthetic < 9
    assert there.report.summary.groups["billing"].end == "over_budget"
    made = da.generate(labels={"billing": 2}, max_requests=1, cache="off", **REPLAY)
    assert len(made) == 2  # what an earlier run spent does not count


@pytest.mark.parametrize(
    "options",
    [{"labels": 3}, {"labels": {"a": "x"}}, {"labels": {"a": -1}}, {"labels": [3]},
     {"labels": [""]}, {"per_label": 1.5}, {"attributes": {"a": 1}}, {"similarity": "x"},
     {"similarity": 0},
     {"count": "x"}, {"task": "nothing"}, {"prompt": 3}, {"labels_from": 3}, {"seed": None},
     {"engine": 3}, {"engine": "ray"}, {"workers": 2},
     {"workers": "x"}, {"llm": None, "model": ""}],
)  # fmt: skip
def test_generate_refuses_what_it_can_not_use(options):
    with pytest.raises(da.DataaugError):
        da.generate(**{"labels": {"billing": 1}, **REPLAY, **options})


@pytest.mark.parametrize(
    "options",
    [{"to": "most"}, {"labels": {"a": None}}, {"labels": {"nobody": 3}}, {"with_": "nothing"},
     {"with_": [3]}, {"with_": 3}, {"with_": ["typo", da.method("typo", rate=0.5)]},
     {"max_ratio": "x"}, {"max_ratio": 0}, {"protect": 3}, {"with_": "generate"},
     {"with_": da.Spec("oversample", {"x": 1})}, {"with_": da.InTurn({"swap": {}})},
     {"with_": da.InTurn({"typo": {"rate": 3}})}],
)  # fmt: skip
def test_balance_refuses_what_it_can_not_use(options):
    with pytest.raises(da.DataaugError):
        da.balance([{"text": "one", "label": "a"}, {"text": "two", "label": "b"}], **options)
