import orjson
import pytest
from making import as_bytes, made
from worlds import copies, fresh, real_rows

TRAIN, TEST = real_rows("train", 8), real_rows("test", 40)
QUICK = ("--classifier", "tfidf", "--embedder", "hashing", "--repeats", 3)


@pytest.fixture
def files(tmp_path):
    """Write train, test and a mix that helps."""
    paths = {}
    mix = TRAIN + fresh(TRAIN, 5) + copies(TRAIN)
    for name, rows in {"train": TRAIN, "test": TEST, "mix": mix}.items():
        paths[name] = tmp_path / f"{name}.jsonl"
        paths[name].write_bytes(as_bytes(rows))
    return paths


def arguments(files):
    return ("evaluate", "--train", files["train"], "--test", files["test"], *QUICK)


def test_the_verdict_comes_first_and_people_get_a_table(cli, files, tmp_path):
    report = tmp_path / "report.json"
    done = cli(*arguments(files), "--candidate", files["mix"], "--curve", "6", "--report", report,
               "--require-gain", 0)  # fmt: skip
    assert done.code == 0, done.err
    assert done.rows[0]["kind"] == "verdict"
    assert done.rows[0]["judgement"] == "helps"
    assert [row["kind"] for row in done.rows].count("curve") == 1
    assert b"mix.jsonl helps: macro-F1 +" in done.err
    assert b"without fresh" in done.err
    assert b"learning curve" in done.err
    found = orjson.loads(report.read_bytes())["details"]["evaluate"]
    assert found["verdicts"][0]["sentence"] == done.rows[0]["sentence"]


def test_a_candidate_is_read_from_stdin_too(cli, files):
    done = cli(*arguments(files), "--no-controls", "-q", stdin=files["mix"].read_bytes())
    assert done.code == 0, done.err
    assert done.rows[0]["candidate"] == "<stdin>"
    assert done.err == b""


def test_a_gain_that_is_not_reached_fails_after_everything_is_written(cli, files, tmp_path):
    out = tmp_path / "out.jsonl"
    files["mix"].write_bytes(as_bytes(TRAIN + copies(TRAIN)))
    done = cli(*arguments(files), files["mix"], "--require-gain", "0.0", "-o", out)
    assert done.code == 1
    assert b"is not surely above 0" in done.err
    first = orjson.loads(out.read_bytes().splitlines()[0])
    assert first["passed"] is False
    assert first["judgement"] == "cannot tell"


def test_a_leak_is_exit_6_in_one_line_and_writes_nothing(cli, files, tmp_path):
    out = tmp_path / "out.jsonl"
    done = cli("evaluate", "--train", files["test"], "--test", files["test"], *QUICK, files["mix"],
               "-o", out)  # fmt: skip
    assert done.code == 6
    assert done.err.count(b"\n") == 1
    assert TEST[0].id.encode() in done.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("--metric", "auc"), 2),
        (("--curve", "many"), 2),
        (("--classifier", "oracle"), 2),
        (("-p", "tfidf.wings=2"), 2),
        (("--candidate", "missing.jsonl"), 3),
        (("--label-field", "class"), 3),
    ],
)
def test_wrong_options_give_their_code(cli, files, given, code):
    done = cli(*arguments(files), files["mix"], *given)
    assert done.code == code, done.err
    assert b"Traceback" not in done.err


def test_evaluate_needs_train_and_test(cli, files):
    assert cli("evaluate", files["mix"]).code == 2


def test_an_empty_candidate_is_an_input_error(cli, files):
    done = cli(*arguments(files), stdin=b"")
    assert done.code == 3
    assert b"<stdin> has no rows" in done.err


@pytest.mark.parametrize("few", [TRAIN[:3], TRAIN[:1]])
def test_a_candidate_of_few_rows_ends_without_traceback(cli, files, few):
    files["mix"].write_bytes(as_bytes(few))
    done = cli(*arguments(files), files["mix"], "--curve", "5", "--repeats", 4)
    assert done.code == 0, done.err
    assert b"Traceback" not in done.err
    assert b"of mix.jsonl had no row to train on" in done.err


def test_a_candidate_that_teaches_nothing_is_a_result_and_no_error(cli, files, tmp_path):
    labels = sorted({row.label for row in TRAIN})
    every = [made(row.text, label, name=f"{label}{n}")
             for n, row in enumerate(TRAIN) for label in labels if label != row.label]  # fmt: skip
    none, page = tmp_path / "none.jsonl", tmp_path / "page.html"
    none.write_bytes(as_bytes(every))
    alone = cli(*arguments(files), none, "--curve", 6, "--html", page)
    assert alone.code == 0, alone.err
    assert [row["kind"] for row in alone.rows] == ["verdict", "score"]
    assert alone.rows[0]["judgement"] == "cannot tell"
    assert "the classifier learnt nothing from it" in alone.rows[0]["sentence"]
    assert "learnt nothing from it" in page.read_text()
    both = cli(*arguments(files), none, files["mix"], "--require-gain", 0)
    assert both.code == 1
    assert [row["judgement"] for row in both.rows if row["kind"] == "verdict"] == [
        "cannot tell", "helps"
    ]  # fmt: skip
    assert b"the gain of none.jsonl is not surely above 0" in both.err


def test_split_writes_both_parts_byte_for_byte(cli, tmp_path):
    form = '{"id": %d,  "text":"row %s is here", "label":"%s", "x":1.10}'
    lines = [(form % (n, str(n * 7919) * 3, "ab"[n % 2])).encode() for n in range(40)]
    source, train, test = (tmp_path / name for name in ("in.jsonl", "train.jsonl", "test.jsonl.gz"))
    source.write_bytes(b"\n".join(lines))
    done = cli("split", source, "--train-out", train, "--test-out", test, "--embedder", "hashing",
               "--report", tmp_path / "report.json")  # fmt: skip
    assert done.code == 0, done.err
    assert done.out == b""
    import gzip

    parts = train.read_bytes().splitlines() + gzip.decompress(test.read_bytes()).splitlines()
    assert sorted(parts) == sorted(lines)
    assert b"32 train and 8 test rows" in done.err
    rows = orjson.loads((tmp_path / "report.json").read_bytes())["rows"]
    assert rows["balanced"]
    assert rows["written"] == 40


def test_split_sends_the_train_part_to_stdout_by_default(cli, files, tmp_path):
    done = cli("split", files["test"], "--test-out", tmp_path / "t", "--embedder", "hashing")
    assert len(done.rows) == 96


def test_split_refuses_synthetic_rows_and_leaves_no_file(cli, files, tmp_path):
    done = cli("split", files["mix"], "--test-out", tmp_path / "t", "--train-out", tmp_path / "r",
               "--embedder", "hashing")  # fmt: skip
    assert done.code == 6
    assert b"fresh-train-cards-0-0" in done.err
    assert not (tmp_path / "t").exists()
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("given", [(), ("--test-out", "same", "--train-out", "same")])
def test_split_needs_two_files(cli, files, tmp_path, given):
    done = cli("split", files["test"], *given, "--embedder", "hashing", cwd=tmp_path)
    assert done.code == 2
    assert list(tmp_path.glob("same*")) == []


def test_mix_against_refuses_and_writes_nothing(cli, files, tmp_path):
    out = tmp_path / "out"
    stream = files["mix"].read_bytes()
    done = cli("mix", "--against", files["test"], "-o", out, stdin=stream + TEST[0].line + b"\n")
    assert done.code == 6
    assert TEST[0].id.encode() in done.err
    assert not out.exists()
    assert cli("mix", "--against", files["test"], stdin=stream).code == 0


def test_filter_and_augment_take_evaluation_rows(cli, files):
    twin = TEST[0].line.replace(TEST[0].id.encode(), b"own-id")
    done = cli("augment", "-m", "swap", "--against", files["test"], stdin=twin + b"\n")
    assert done.rows == [orjson.loads(twin)]
    assert b"1 real rows are evaluation rows" in done.err
    done = cli("filter", "--check", "exact", "--check", "near-duplicate", "--include-real",
               "-p", "near-duplicate.embedder=hashing", "--against", files["test"],
               stdin=twin + b"\n" + TRAIN[0].line + b"\n")  # fmt: skip
    assert [row["id"] for row in done.rows] == [TRAIN[0].id]
    assert b"evaluation_copy 1" in done.err


def test_the_evaluation_set_of_filter_must_be_real(cli, files):
    assert cli("filter", "--check", "exact", "--against", files["mix"], stdin=b"").code == 6
