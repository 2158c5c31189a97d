"""Dataset cards: what loaders make of them, what they say of runs, and what they refuse."""

import gzip
import re
import shutil
from pathlib import Path

import orjson
import pytest
import yaml
from making import as_bytes, made, real

import dataaug as da
from dataaug.cards.columns import Columns
from dataaug.errors import GuardError, InputError, UsageError
from dataaug.rows.record import Schema, from_line
from dataaug.rows.report import Report

NASTY = 'a|b <i>x</i>\n# "q" \x7f \u2028 é 😀'


def rows(count=6, **more):
    return [real(f"text number {n}", "ab"[n % 2], id=f"{n:03}", **more) for n in range(count)]


def with_children(parents, method="swap"):
    return [
        *parents,
        *(made(f"{p.text} indeed", p.label, parent=p, method=method) for p in parents),
    ]


def head(text):
    """Return the YAML at the top of a card."""
    _, front, _ = text.split("---\n", 2)
    return yaml.safe_load(front)


def written(path, records):
    path.write_bytes(as_bytes(records))
    return path


def report(verb, **details):
    told = Report(verb, {"seed": 0}).to_row()
    return told | {"details": details}


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Load a folder by its card, as Hugging Face datasets does."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    return lambda **how: datasets.load_dataset(
        str(tmp_path), cache_dir=str(tmp_path / "cache"), **how
    )


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "parquet"])
def test_rows_are_loaded_by_the_card_as_they_are(tmp_path, cli, load, ending, streaming):
    parents = rows(
        when="2024-01-01", n=1, x=1.5, tags=["a"], turns=[{"role": "user", "content": "2024-05-06"}]
    )
    lines = [orjson.loads(row.line) for row in with_children(parents)]
    lines[1] |= {"x": 2, "tags": [], "turns": []}
    plain = written(tmp_path / "plain.jsonl", with_children(parents))
    plain.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    data, test = tmp_path / f"d/data.{ending}", tmp_path / f"test.{ending}"
    data.parent.mkdir()
    for path, source in ((data, plain), (test, written(tmp_path / "t.jsonl", rows(2)))):
        if ending == "jsonl.gz":
            path.write_bytes(gzip.compress(source.read_bytes()))
        elif ending == "parquet":
            assert cli("convert", source, "-o", path).code == 0
        else:
            shutil.copy(source, path)
    da.card(data, test=test).write(tmp_path / "README.md")
    found = load(streaming=streaming)
    assert list(found) == ["train", "test"]
    loaded = list(found["train"])
    assert [there(row) for row in loaded] == lines
    assert [row["_aug"] for row in found["test"]] == [None, None]
    features = str(found["train"].features)
    assert "timestamp" not in features


def test_a_file_that_says_its_types_better_itself_keeps_them(tmp_path):
    pd, pa = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    frame = pd.DataFrame({"text": ["a"], "label": [0], "when": pd.to_datetime(["2024-01-01"])})
    table = pa.Table.from_pandas(frame.astype({"label": "int8"}))
    pq.write_table(table.replace_schema_metadata(), tmp_path / "plain.parquet")
    types = {each["name"]: each["dtype"] for each in da.card(tmp_path / "plain.parquet").features}
    assert types["label"] == "int8"
    assert types["when"].startswith("timestamp[")
    pq.write_table(table.replace_schema_metadata({"huggingface": "{}"}), tmp_path / "own.parquet")
    card = da.card(tmp_path / "own.parquet")
    assert "dataset_info" not in head(card.markdown(tmp_path))
    assert orjson.loads(card.croissant(tmp_path))["recordSet"] == []
    other = table.set_column(1, "label", pa.array(["x"])).replace_schema_metadata()
    pq.write_table(other, tmp_path / "text.parquet")
    with pytest.raises(InputError, match="column 'label': another type"):
        da.card([tmp_path / "plain.parquet", tmp_path / "text.parquet"])


def there(row):
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([1, 2], "int64"), ([1, 2.5], "float64"), ([None, "a"], "string"), ([None], "string"),
     ([True], "bool"), ([1, "a"], "json"), (["2024-01-01"], "json"), ([2**63], "json"),
     (["2024-01-01T10:00:00Z"], "json"), (["2024-01-01 x"], "string"), ([{}], "json"),
     ([{"a": 1}, {"b": 1}], "json")],
)  # fmt: skip
def test_a_column_has_the_type_of_all_its_values(values, dtype):
    columns = Columns()
    for value in values:
        columns.note(from_line(orjson.dumps({"text": "a", "x": value}), Schema()))
    assert columns.features()[1] == {"name": "x", "dtype": dtype}


@pytest.mark.parametrize(
    ("value", "said"),
    [(["a"], {"list": "string"}), ([[1]], {"list": {"list": "int64"}}), ([], {"list": "string"}),
     ({"a": [1.5]}, {"struct": [{"name": "a", "list": "float64"}]}),
     ([{"role": "u"}], {"list": [{"name": "role", "dtype": "string"}]}),
     (["2024-01-01"], {"dtype": "json"}), ([1, "a"], {"dtype": "json"})],
)  # fmt: skip
def test_lists_and_objects_have_types_within(value, said):
    columns = Columns()
    columns.note(from_line(orjson.dumps({"text": "a", "x": value}), Schema()))
    assert columns.features()[1] == {"name": "x", **said}


@pytest.mark.parametrize("value", ["123456789012345678901234567890", "18446744073709551615",
                                   "[123456789012345678901234567890]"])  # fmt: skip
def test_integers_that_no_loader_reads_are_warned_of(tmp_path, value):
    path = tmp_path / "data.jsonl"
    path.write_text(f'{{"text":"a","n":{value},"x":1.12345678901234567890}}\n')
    (said,) = da.card(path).report.warnings
    assert said.startswith("columns n hold integers beyond 64 bits")


def test_what_runs_found_stands_in_the_card(tmp_path):
    parents = rows(40)
    mixed = written(tmp_path / "mix.jsonl", with_children(parents))
    compared = da.compare(mixed, measures="length")
    assert compared.off
    augmented = da.augment(parents, "typo")
    sentence = "/home/ana/mix.jsonl helps: macro-F1 +2.0 points"
    answer = {"verdict": "pass", "why": "few errors", "errors": 2, "reviewed": 100,
              "error_rate": 0.02, "interval_95": [0.002, 0.07]}  # fmt: skip
    judged = [report("spotcheck", spotcheck={"answer": answer}),
              report("evaluate", evaluate={"verdicts": [{"sentence": sentence}]}),
              report("filter", llm={"model": "/models/small.gguf"})
              | {"rejected": {"near_duplicate": 7}}]  # fmt: skip
    files = [tmp_path / f"{n}.json" for n in range(3)]
    for file, told in zip(files, judged, strict=True):
        file.write_bytes(orjson.dumps(told))
    card = da.card(mixed, reports=[augmented, compared, *files], name="Mine", license_="cc0-1.0")
    text = card.markdown(tmp_path)
    for said in (
        "# Mine", "80 rows to train on: 40 real and 40 synthetic ones (50.0%)", "| 40 | swap |",
        "Not for evaluation or fairness audits", "| filter | near\\_duplicate | 7 |",
        "2 of 100 reviewed rows are bad: 2.0% of all synthetic rows (95 % interval 0.2% to 7.0%). "
        "Verdict: pass, few errors.", "- mix.jsonl helps: macro-F1 +2.0 points", "small.gguf",
        "These data: cc0-1.0",
    ):  # fmt: skip
        assert said in text, said
    for finding in compared.off:
        assert finding.measure.replace("_", "\\_") in text
    assert "/home" not in text
    assert "/models" not in text
    assert text.count("FILL IN") == card.markdown(tmp_path).count("FILL IN") >= 4
    told = orjson.loads(card.croissant(tmp_path))
    assert told["rai:dataBiases"] == list(card.history.biases) != []
    assert told["license"] == "cc0-1.0"


def test_what_was_not_measured_is_said_to_be_unknown(tmp_path):
    card = da.card(written(tmp_path / "a.jsonl", rows()))
    text = card.markdown(tmp_path)
    assert "all of them real" in text
    for verb in ("spotcheck", "evaluate", "compare"):
        assert f"Not measured: no report of `dataaug {verb}` was given." in text
    assert "How the rows were made is not known" in text
    assert head(text)["license"] == "unknown"


def test_rows_that_do_not_say_that_they_are_synthetic_are_not_called_real(tmp_path):
    mixed = da.mix(with_children(rows()), ratio="1:1", provenance="none")
    mixed.write(tmp_path / "a.jsonl")
    card = da.card(tmp_path / "a.jsonl", reports=mixed)
    assert "they do not say which of them are synthetic" in card.markdown(tmp_path)
    assert "no row says that it is synthetic" in card.report.warnings[0]


def test_names_of_people_cannot_break_the_card(tmp_path):
    records = [real("a text", NASTY, id="1", **{NASTY: 1}) for _ in range(2)]
    card = da.card(written(tmp_path / "a.jsonl", records), name=NASTY)
    text = card.markdown(tmp_path)
    front = head(text)
    assert front["pretty_name"] == NASTY
    assert NASTY in [column["name"] for column in front["dataset_info"]["features"]]
    body = text.split("---\n", 2)[2]
    assert "<i>" not in body.replace("\\<i\\>", "")
    (row,) = [line for line in body.splitlines() if line.startswith("| a\\|b")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 4


REFUSED = [
    (["a.csv"], UsageError, r"a\.csv: a card is of files that end in \.jsonl or \.parquet.*"
                            r"dataaug convert a\.csv -o a\.parquet"),
    (["a.json"], UsageError, "end in .jsonl or .parquet"),
    (["a.jsonl", "b.parquet"], UsageError, "two formats"),
    (["nowhere.jsonl"], InputError, r"nowhere\.jsonl: No such file"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "kind", "said"), REFUSED)
def test_files_that_loaders_do_not_read_alike_are_refused(tmp_path, monkeypatch, names, kind, said):
    monkeypatch.chdir(tmp_path)
    for name in names:
        if name != "nowhere.jsonl":
            written(Path(name), rows())
    with pytest.raises(kind, match=said):
        da.card([Path(name) for name in names])


def test_rows_that_are_no_files_are_refused():
    with pytest.raises(UsageError, match="name files"):
        da.card(rows())


def test_a_card_lies_above_its_files(tmp_path):
    (tmp_path / "sub").mkdir()
    card = da.card(written(tmp_path / "a.jsonl", rows()))
    for make in (card.markdown, card.croissant):
        with pytest.raises(UsageError, match="does not lie in"):
            make(tmp_path / "sub")


def test_a_test_split_is_real(tmp_path):
    path = written(tmp_path / "a.jsonl", with_children(rows()))
    with pytest.raises(GuardError):
        da.card(path, test=path)


NO_REPORTS = [
    b"", b"[]", b'{"verb":"mix"}', b'{"text":"a"}',
    orjson.dumps(report("spotcheck", spotcheck={"answer": {}})),
    orjson.dumps(report("compare", compare=3)),
]  # fmt: skip


@pytest.mark.parametrize("content", NO_REPORTS)
def test_what_is_no_report_is_refused(tmp_path, content):
    (tmp_path / "r.json").write_bytes(content)
    path = written(tmp_path / "a.jsonl", rows())
    with pytest.raises(InputError, match=r"r\.json"):
        da.card(path, reports=tmp_path / "r.json")
    with pytest.raises(UsageError, match="reports: expected"):
        da.card(path, reports=[3])


def test_the_command_writes_both_files_or_none(tmp_path, cli):
    path, out = written(tmp_path / "a.jsonl", rows()), tmp_path / "README.md"
    beside = tmp_path / "croissant.json"
    done = cli("card", path, "-o", out, "--croissant", beside)
    assert (done.code, done.out) == (0, b"")
    assert b"6 real rows, 0 synthetic" in done.err
    assert head(out.read_text())["configs"][0]["data_files"] == [
        {"split": "train", "path": ["a.jsonl"]}
    ]
    sizes = orjson.loads(beside.read_bytes())["distribution"][0]
    assert sizes["contentSize"] == f"{path.stat().st_size} B"
    before = out.read_bytes()
    assert cli("card", path, "-o", out, "--report", path).code == 3
    assert out.read_bytes() == before
    assert cli("card", stdin=as_bytes(rows())).code == 2
