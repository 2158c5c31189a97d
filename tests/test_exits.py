"""No success on nothing: the exit code where rows, fields or readers of an option are missing."""

import io
import os
import signal
import subprocess
import sys

import orjson
import pytest
import typer
from conftest import Result, command
from making import as_bytes, made, real

from dataaug import plugins
from dataaug.cli.app import app, main
from dataaug.cli.declared import OPTIONS, readers
from dataaug.cli.reads import BACKEND, EMBEDDING

ROWS = b"".join(
    orjson.dumps({"id": f"r{n}", "text": f"the big car number {n} started", "label": "ab"[n % 2]})
    + b"\n"
    for n in range(12)
)
HASHING = ("--embedder", "hashing")


class _Stdin(io.TextIOWrapper):
    def isatty(self):
        return False


@pytest.fixture
def run(monkeypatch, capfdbinary, tmp_path):
    """Run the command line in this process and in an empty folder: ``run("mix", "a.jsonl")``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "rows.jsonl").write_bytes(ROWS)
    (tmp_path / "bad.jsonl").write_bytes(b"nope\n[1]\n")

    def go(*args, stdin=b""):
        kept = signal.getsignal(signal.SIGTERM)
        monkeypatch.setattr(sys, "argv", ["dataaug", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", _Stdin(io.BufferedReader(io.BytesIO(stdin))))
        capfdbinary.readouterr()
        try:
            main()
        except SystemExit as left:
            return Result(left.code, *capfdbinary.readouterr())
        finally:
            signal.signal(signal.SIGTERM, kept)
        raise AssertionError("main() returned")

    return go


VERBS = {
    "augment": ("augment", "-m", "swap"),
    "filter": ("filter", "--check", "length"),
    "mix": ("mix",),
    "convert": ("convert",),
    "split": ("split", *HASHING, "--test-out", "test.jsonl"),
    "balance": ("balance",),
    "compare": ("compare", "--measure", "length"),
    "label": ("label", "--train", "test.jsonl", "--teacher", "tfidf"),
    "tune": ("tune", "--classifier", "tfidf", *HASHING),
    "spotcheck": ("spotcheck", "--verdicts", "verdicts.jsonl"),
    "evaluate": ("evaluate", "--train", "rows.jsonl", "--test", "test.jsonl", *HASHING,
                 "--classifier", "tfidf"),
}  # fmt: skip


@pytest.fixture
def beside(tmp_path):
    """Write what some verbs need besides their input."""
    (tmp_path / "verdicts.jsonl").write_bytes(
        b'{"spotcheck":1,"data":"x","rows":1,"seed":0,"asked":1,"stratify":[],"planted":0,'
        b'"suspicious":0}\n'
    )
    others = [real(f"a wholly other text {n}", "ab"[n % 2], id=f"t{n}") for n in range(4)]
    (tmp_path / "test.jsonl").write_bytes(as_bytes(others))


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("verb", VERBS)
def test_no_row_read_is_three_and_nothing_appears_unless_allowed(run, tmp_path, verb):
    out, before = tmp_path / "out.jsonl", b"what was there"
    where = ("empty.jsonl", "-o", out, "--rejects", "gone.jsonl", "--report", "report.json")
    done = run(*VERBS[verb], *where)
    assert (done.code, done.out, out.exists()) == (3, b"", False), done.err
    said = done.err.decode().splitlines()
    assert len(said) == 1, said
    assert "empty.jsonl" in said[0]
    assert "no rows" in said[0]
    assert not (tmp_path / "report.json").exists()
    out.write_bytes(before)
    assert run(*VERBS[verb], *where).code == 3
    assert out.read_bytes() == before
    done = run(*VERBS[verb], *where, "--allow-empty")
    assert (done.code, out.read_bytes()) == (0, b""), done.err
    assert orjson.loads((tmp_path / "report.json").read_bytes())["rows"]["read"] == 0


@pytest.mark.parametrize("given", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_stdin_without_a_row_is_three(run, given):
    done = run("mix", stdin=given)
    assert (done.code, done.out) == (3, b"")
    assert done.err.startswith(b"dataaug: <stdin>: mix found no rows there")


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"evaluate"}))
def test_rows_of_which_none_can_be_read_are_five_with_the_reasons(run, tmp_path, verb):
    out, gone = tmp_path / "out.jsonl", tmp_path / "gone.jsonl"
    args = (*VERBS[verb], "bad.jsonl", "--on-error", "skip", "-o", out, "--rejects", gone)
    done = run(*args)
    assert (done.code, done.out, out.exists()) == (5, b"", False), done.err
    assert b"2 rows came in and not one could be read (bad_json 1, not_an_object 1)" in done.err
    assert len(gone.read_bytes().splitlines()) == 2
    assert run(*args, "--allow-empty").code == 0
    assert out.read_bytes() == b""


@pytest.mark.usefixtures("beside")
def test_a_candidate_without_a_row_is_three_or_left_out(run, tmp_path):
    (tmp_path / "mixed.jsonl").write_bytes(
        ROWS + as_bytes([made("a made text", "a"), made("one more made text", "b")])
    )
    args = (*VERBS["evaluate"], "mixed.jsonl", "empty.jsonl", "--repeats", 2)
    done = run(*args)
    assert (done.code, done.out) == (3, b"")
    assert b"empty.jsonl has no rows" in done.err
    done = run(*args, "--allow-empty")
    assert done.code == 0, done.err
    assert b"warning: empty.jsonl has no rows and was left out" in done.err
    assert {row["candidate"] for row in done.rows if row["kind"] == "verdict"} == {"mixed.jsonl"}


NONE_WRITTEN = {
    "filter": ("filter", "--check", "length", "-p", "length.min_chars=99", "--include-real"),
    "mix": ("mix", "--ratio", "0:1"),
    "augment": ("augment", "-m", "swap", "--labels", "a", "--synthetic-only",
                "--protect", "(?s).*"),
}  # fmt: skip


@pytest.mark.parametrize("verb", NONE_WRITTEN)
def test_rows_read_and_none_written_is_five_and_the_output_does_not_appear(run, tmp_path, verb):
    out, gone, report = (tmp_path / name for name in ("out.jsonl", "gone.jsonl", "report.json"))
    args = (*NONE_WRITTEN[verb], "rows.jsonl", "-o", out, "--rejects", gone, "--report", report)
    done = run(*args)
    assert (done.code, out.exists()) == (5, False), done.err
    last = done.err.decode().splitlines()[-1]
    assert last.startswith("dataaug: 12 rows came in and none was written (")
    assert "out.jsonl was not written" in last
    assert "--allow-empty" in last
    rows = orjson.loads(report.read_bytes())["rows"]
    assert (rows["read"], rows["written"], rows["balanced"]) == (12, 0, True)
    assert len(gone.read_bytes().splitlines()) == rows["rejected"] > 0
    assert run(*NONE_WRITTEN[verb], "rows.jsonl").code == 5  # to stdout too
    assert run(*args, "--allow-empty").code == 0
    assert out.read_bytes() == b""


SHORT = ("mix", "rows.jsonl", "--size", "99", "--ratio", "1:0")
"""A run with fewer rows than asked for: 12 of 99."""


def test_a_file_of_too_few_rows_has_another_name(run, tmp_path):
    out, report = tmp_path / "out.jsonl", tmp_path / "report.json"
    out.write_bytes(b"a whole one of before\n")
    done = run(*SHORT, "-o", out, "--report", report)
    assert (done.code, out.read_bytes()) == (5, b"a whole one of before\n")
    short = tmp_path / "out.jsonl.short"
    assert len(short.read_bytes().splitlines()) == 12
    assert orjson.loads(report.read_bytes())["rows"]["written"] == 12
    last = done.err.decode().splitlines()[-1]
    assert last.startswith("dataaug: 12 rows where --size asks for 99")
    assert f"in {short}" in last
    assert "--on-short keep" in last


def test_a_short_file_has_its_name_where_that_is_asked_for(run, tmp_path):
    done = run(*SHORT, "-o", "out.jsonl", "--on-short", "keep")
    assert (done.code, len((tmp_path / "out.jsonl").read_bytes().splitlines())) == (5, 12)
    assert b".short" not in done.err
    assert not (tmp_path / "out.jsonl.short").exists()


@pytest.mark.parametrize("kept", ["fail", "keep"])
def test_a_pipe_gets_its_rows_though_they_are_short(run, kept):
    done = run(*SHORT, "--on-short", kept)
    assert (done.code, len(done.rows)) == (5, 12)
    done = run(*SHORT, "-o", "/dev/null", "--on-short", kept)
    assert (done.code, b".short" in done.err) == (5, False)


def test_make_does_not_take_a_short_file_for_done(run, tmp_path):
    rule = " ".join(command(*SHORT, "-o", "$@"))
    (tmp_path / "Makefile").write_text(f"out.jsonl.gz: rows.jsonl\n\t{rule}\n")
    for _ in "12":
        made = subprocess.run(["make"], cwd=tmp_path, capture_output=True, check=False)
        assert made.returncode == 2, made
        assert b"up to date" not in made.stdout
    assert len(run("mix", "out.jsonl.gz.short").rows) == 12


def test_the_name_of_a_short_file_is_none_that_the_run_reads(run, tmp_path):
    rows = (tmp_path / "rows.jsonl").read_bytes()
    (tmp_path / "out.jsonl.short").write_bytes(rows)
    done = run("mix", "out.jsonl.short", "-o", "out.jsonl")
    assert done.code == 2
    assert b"is the same file as" in done.err
    (tmp_path / "link.jsonl").symlink_to("target.jsonl")
    (tmp_path / "target.jsonl").write_bytes(b"before\n")
    assert run(*SHORT, "-o", "link.jsonl").code == 5
    assert (tmp_path / "target.jsonl").read_bytes() == b"before\n"
    assert len((tmp_path / "target.jsonl.short").read_bytes().splitlines()) == 12


def test_a_page_on_rows_that_all_went_is_written(run, tmp_path):
    assert run(*NONE_WRITTEN["filter"], "rows.jsonl", "--html", "page.html").code == 5
    assert b"<html" in (tmp_path / "page.html").read_bytes()
    assert run(*VERBS["filter"], "empty.jsonl", "--html", "no.html", "--allow-empty").code == 0
    assert not (tmp_path / "no.html").exists()


def test_further_files_count_as_rows_read(run):
    done = run("mix", "--ratio", "1:0", "--real", "rows.jsonl")
    assert (done.code, len(done.rows)) == (0, 12)


@pytest.mark.parametrize("option", ["--real", "--against"])
def test_a_file_to_compare_with_that_is_empty_is_three(run, option):
    done = run(*VERBS["filter"], "rows.jsonl", option, "empty.jsonl")
    assert (done.code, done.out) == (3, b"")
    assert b"empty.jsonl: filter found no rows there" in done.err
    args = ("filter", "--check", "length", "-p", "near-duplicate.embedder=hashing", "--check",
            "near-duplicate", "rows.jsonl", option, "empty.jsonl", "--allow-empty")  # fmt: skip
    assert run(*args).code == 0


def test_rows_of_it_that_cannot_be_read_are_told(run, tmp_path):
    (tmp_path / "some.jsonl").write_bytes(b'nope\n{"text":"one"}\n')
    done = run(*VERBS["filter"], "rows.jsonl", "--real", "some.jsonl", "--on-error", "skip")
    assert done.code == 0
    assert b"warning: some.jsonl: 1 rows can't be read and were left out" in done.err


def test_shards_and_their_merge_may_be_empty(run, tmp_path):
    parts = []
    for number in (1, 2, 3):
        parts.append(f"part{number}.jsonl")
        args = ("--shard", f"{number}/3", "-o", parts[-1], "--label-field", "label")
        (tmp_path / "one.jsonl").write_bytes(ROWS.splitlines()[0])
        assert run("augment", "-m", "swap", "one.jsonl", *args).code == 0
    assert [(tmp_path / part).stat().st_size > 0 for part in parts] == [True, False, False]
    assert len(run("merge", *parts).rows) == 2
    for number in (1, 2):
        args = ("--shard", f"{number}/2", "-o", f"none{number}.jsonl")
        assert run("augment", "-m", "swap", "empty.jsonl", *args).code == 0
    assert run("merge", "none1.jsonl", "none2.jsonl", "-o", "none.jsonl").code == 0
    assert (tmp_path / "none.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    "args",
    [
        ("augment", "--list-methods"),
        ("filter", "--list-checks"),
        ("compare", "--list-measures"),
        ("generate", "--list-tasks"),
        ("spotcheck", "--list-exports"),
        ("spotcheck", "--plan", "0.01,0.05"),
        ("augment", "-m", "paraphrase", "--model", "m", "--dry-run"),
    ],
)
def test_lists_plans_and_dry_runs_need_no_row(run, args):
    assert run(*args).code == 0


def test_a_review_session_need_write_no_row(run, tmp_path):
    parent = real("a text", "a", id="p")
    (tmp_path / "made.jsonl").write_bytes(as_bytes([made("a made text", "a", parent=parent)]))
    done = run("spotcheck", "made.jsonl", "--review", "file", "--sample", "sample.jsonl")
    assert (done.code, done.out) == (0, b""), done.err


FIELDS = ("--text-field", "--label-field", "--id-field", "--spans-field")


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("option", FIELDS)
def test_a_field_that_was_named_and_that_no_row_has_is_three(run, tmp_path, verb, option):
    (tmp_path / "in.jsonl").write_bytes(
        ROWS + as_bytes([made("a made text", "a"), made("one more made text", "b")])
    )
    out = tmp_path / "out.jsonl"
    done = run(*VERBS[verb], "in.jsonl", option, "nowhere", "-o", out)
    assert (done.code, done.out, out.exists()) == (3, b"", False), done.err
    assert b"nowhere" in done.err
    assert option.encode() in done.err


@pytest.mark.parametrize("name", ["label", "id", "spans", "text"])
def test_a_field_by_its_usual_name_must_be_there_too_once_it_is_named(run, tmp_path, name):
    there = {"label": "a", "id": "1", "spans": [], "text": "some words here"}
    (tmp_path / "in.jsonl").write_bytes(
        b'{"text":"some words"}\n' + orjson.dumps({"text": "more words", name: there[name]}) + b"\n"
    )
    (tmp_path / "without.jsonl").write_bytes(b'{"text":"some words"}\n')
    assert run("mix", "--ratio", "1:0", "in.jsonl", f"--{name}-field", name).code == 0
    assert run("mix", "--ratio", "1:0", "without.jsonl").code == 0
    done = run("mix", "--ratio", "1:0", "without.jsonl", f"--{name}-field", name)
    assert done.code == (0 if name == "text" else 3)


def test_a_text_field_that_no_row_has_is_three_where_bad_rows_are_skipped(run, tmp_path):
    done = run("mix", "rows.jsonl", "--text-field", "body", "--on-error", "skip")
    assert done.code == 3
    assert b"--text-field 'body': no row has this field (missing_text 12)" in done.err
    (tmp_path / "numbers.jsonl").write_bytes(b'{"body": 3}\n')
    assert run("mix", "numbers.jsonl", "--text-field", "body", "--on-error", "skip").code == 5


COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_option_is_declared_as_always_read_or_by_whom(verb):
    found = {param.name for param in COMMANDS[verb].params} - {"help", "ctx"}
    assert found == OPTIONS[verb].keys()


NOTHING = b"nothing in this run reads it"
MODEL = {
    "model": ("--model", "m"),
    "base_url": ("--base-url", "http://127.0.0.1:9"),
    "llm": ("--llm", "openai"),
    "concurrency": ("--concurrency", "2"),
    "rpm": ("--rpm", "5"),
    "tpm": ("--tpm", "5"),
    "max_cost": ("--max-cost", "1"),
    "max_requests": ("--max-requests", "1"),
    "max_tokens": ("--max-tokens", "1"),
    "dry_run": ("--dry-run", "--model", "m"),
    "batch": ("--batch",),
    "batch_export": ("--batch-export", "ask.jsonl"),
    "batch_import": ("--batch-import", "replies.jsonl"),
    BACKEND: ("-p", "openai.timeout=5"),
}
VECTORS = {"cache": ("--cache", "off"), EMBEDDING: ("-p", "embedder.device=cpu")}
MEMORY = {"memory": ("--memory", "1GB")}
SWAP, SYNONYM, GENERATE = ("-m", "swap"), ("--with", "synonym"), ("--with", "generate")
OVERSAMPLE = ("--with", "oversample")
LENGTH, NEAR = ("--check", "length"), ("--check", "near-duplicate")
JUDGE = ("--check", "judge")
LABELLED, UNLABELLED = ("--task", "classification"), ("--task", "instructions", "-n", "1")
REWRITE = ("--task", "rewrite")
GATE = ("--verdicts", "verdicts.jsonl")
REVIEW = ("--review", "terminal", "--verdicts", "new.jsonl")
IN_FILE = ("--review", "file", "--sample", "s.jsonl")


def each(options, unread, read):
    return {name: (given, unread, read) for name, given in options.items()}


LABEL = ("--train", "test.jsonl", "--teacher", "tfidf")
ASK = (*LABEL, "--ask", "2", "--review", "file", "--sample", "s.jsonl")

CASES = {
    "augment": {
        **each(MODEL, SWAP, ("-m", "paraphrase")),
        **each(VECTORS, SWAP, ("-m", "back-translation")),
        "variants": (("--variants", "2"), ("--auto",), SWAP),
    },
    "balance": {
        **each(MODEL, SYNONYM, ("--with", "paraphrase")),
        **each(VECTORS, SYNONYM, ("--with", "back-translation")),
        "protect": (("--protect", "x"), OVERSAMPLE, SYNONYM),
        "domain": (("--domain", "x"), SYNONYM, GENERATE),
        "language": (("--language", "de"), SYNONYM, GENERATE),
        "prompt": (("--prompt", "x"), SYNONYM, GENERATE),
    },
    "compare": each(
        {**VECTORS, **MEMORY, "embedder": ("--embedder", "sentence-transformers")},
        ("--measure", "length"), ("--measure", "embedding"),
    ),
    "convert": {"answer": (("--answer", "b"), (), ("--chat", "trl"))},
    "filter": {
        **each(MODEL, LENGTH, JUDGE),
        **each({**VECTORS, **MEMORY}, LENGTH, NEAR),
        "prompt": (("--prompt", "x"), LENGTH, JUDGE),
        "similarity": (("--similarity", "0.9"), LENGTH, NEAR),
        "origin_similarity": (("--origin-similarity", "0.9"), LENGTH, NEAR),
        "within": (("--within", "label"), LENGTH, NEAR),
        "approximate": (("--approximate",), LENGTH, NEAR),
        "scores": (("--scores", "scores.jsonl"), LENGTH, NEAR),
        "embedder": (("--embedder", "hashing"), LENGTH, NEAR),
        "max_good_loss": (("--max-good-loss", "0.1"), LENGTH, ("--check", "label")),
        "language": (("--language", "de"), LENGTH, ("--check", "language")),
        "engine": (("--engine", "local"), LENGTH, ("--check", "refusal")),
        "workers": (("--workers", "2"), LENGTH, ("--check", "label")),
        "ray_address": (("--ray-address", "auto"), LENGTH, NEAR),
    },
    "generate": {
        "label": (("--label", "a"), UNLABELLED, LABELLED),
        "labels_from": (("--labels-from", "x"), REWRITE, LABELLED),
        "per_label": (("--per-label", "3"), REWRITE, LABELLED),
        "rows": (("--rows", "3"), LABELLED, UNLABELLED),
        "attributes": (("--attributes", "x"), REWRITE, LABELLED),
    },
    "label": {
        **each(MODEL, LABEL, ("--train", "test.jsonl", "--teacher", "llm")),
        "soft": (("--soft",), ASK, LABEL),
        "ratio": (("--ratio", "30:70"), ASK, LABEL),
        "at_least": (("--at-least", "0.5"), ASK, LABEL),
        "similarity": (("--similarity", "0.9"), LABEL, (*LABEL, "--against", "test.jsonl")),
        "embedder": (("--embedder", "hashing"), LABEL, ASK),
        "review": (("--review", "file"), LABEL, (*LABEL, "--ask", "2", "--sample", "s.jsonl")),
        "verdicts": (("--verdicts", "v.jsonl"), LABEL, ASK),
        "strategy": (("--strategy", "margin"), LABEL, ASK),
        "rounds": (("--rounds", "2"), LABEL, ASK),
        "reviewer": (("--reviewer", "me"), LABEL, ASK),
        "sample": (("--sample", "x.jsonl"), LABEL, (*LABEL, "--ask", "2", "--review", "file")),
        "export": (("--export", "csv"), LABEL, ASK),
    },
    "split": {
        "output": (
            ("--output", "out.jsonl"), ("--train-out", "train.jsonl", "--test-out", "t.jsonl"),
            ("--test-out", "t.jsonl"),
        ),
    },
    "spotcheck": {
        **each({**VECTORS, **MEMORY}, REVIEW, (*REVIEW, "--embedder", "sentence-transformers")),
        "output": (("--output", "x.jsonl"), IN_FILE, GATE),
        "assist": (("--assist", "label"), IN_FILE, GATE),
        "scores": (("--scores", "x.jsonl"), GATE, (*GATE, "--assist", "judge")),
        "apply_labels": (("--apply-labels",), IN_FILE, GATE),
        "carry_over": (("--carry-over",), IN_FILE, GATE),
        "reviewer": (("--reviewer", "ana"), GATE, REVIEW),
        "option": (("-p", "terminal.plain=true"), GATE, REVIEW),
        "embedder": (("--embedder", "hashing"), GATE, REVIEW),
        "sample": (("--sample", "x.jsonl"), REVIEW, ("--review", "file")),
        "export": (("--export", "csv"), REVIEW, IN_FILE),
        "acceptable": (("--acceptable", "0.01"), GATE, (*GATE, "--sequential")),
    },
}  # fmt: skip
"""Command → option → how it is given, where nothing reads it, and where something does."""

ELSEWHERE = {
    "augment": {"to"},
    "evaluate": {"cache", "memory", EMBEDDING},
    "label": {"cache", "memory", EMBEDDING},
    "tune": {*MODEL, "cache", "memory", EMBEDDING},
    "split": {"cache", "memory", EMBEDDING},
    "generate": {*MODEL, "cache", EMBEDDING, "examples", "domain", "prompt", "format"},
}
"""Conditions that every run of the command meets so far, or that end in a message of their own."""


def test_every_option_that_is_not_always_read_is_tried_where_nothing_reads_it():
    for verb in OPTIONS:
        some = {option for option, users in readers(verb).items() if users}
        assert some - ELSEWHERE.get(verb, set()) == CASES.get(verb, {}).keys(), verb


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("verb", "option"), [(verb, option) for verb, cases in CASES.items() for option in cases]
)
def test_an_option_that_nothing_reads_is_two_and_says_who_would(run, verb, option):
    given, unread, read = CASES[verb][option]
    inputs = () if verb == "generate" else ("empty.jsonl",)
    done = run(verb, *unread, *given, *inputs)
    assert (done.code, done.out) == (2, b""), done.err
    said = done.err.decode()
    assert " ".join(given[: 2 if given[0] == "-p" else 1]) in said or option in {
        "dry_run",
        "option",
    }
    assert NOTHING.decode() in said
    assert all(use in said for use in readers(verb)[option])
    assert NOTHING not in run(verb, *read, *given, *inputs).err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("filter", "--check", "near-duplicate", "-p", "near-duplicate.embedder=hashing",
          "-p", "embedder.runtime=openvino"), b"embedder.runtime: hashing, which this run embeds"),
        (("filter", "--check", "near-duplicate", "-p", "near-duplicate.similarity=0.8",
          "--similarity", "0.9"), b"--similarity and -p near-duplicate.similarity say the same"),
        (("augment", "-m", "translation", "--to", "pt", "-p", "translation.to=de"),
         b"--to and -p translation.to say the same"),
        (("augment", "-m", "paraphrase", "--model", "m", "-p", "openai.model=n"),
         b"--model and -p openai.model say the same"),
        (("compare", "--measure", "embedding", "-p", "embedding.embedder=hashing",
          "--embedder", "model2vec"), b"--embedder: every measure that embeds has one"),
        (("augment", "-m", "back-translation", "--model", "m"), NOTHING),
        (("augment", "-m", "swap", "--to", "pt"), b"--to is the language of -m translation"),
        (("merge", "--seed", "1"), b"No such option: --seed"),
    ],
)  # fmt: skip
def test_an_option_that_another_one_overrides_is_two(run, args, said):
    done = run(*args, "empty.jsonl")
    assert (done.code, done.out) == (2, b""), done.err
    assert said in done.err


def test_the_similarity_of_filter_is_that_of_copies_of_evaluation_rows_too(run, tmp_path):
    parent = real("the big blue car that I bought started at once", "a", id="p")
    child = made("the big blue car that I bought started at one", "a", parent=parent)
    (tmp_path / "in.jsonl").write_bytes(as_bytes([real("another text", "a"), child]))
    (tmp_path / "test.jsonl").write_bytes(
        as_bytes([real("the big blue car I bought started at once", "a", id="t")])
    )
    args = ("filter", "--check", "length", "in.jsonl", "--against", "test.jsonl")
    kept = [len(run(*args, "--similarity", s).rows) for s in ("0.999", "0.5")]
    assert kept == [2, 1]


def test_what_a_task_takes_of_a_brief_is_what_it_looks_at():
    import ast

    for name in plugins.names("tasks"):
        tree = plugins._tree("tasks", name.replace("-", "_"))
        looked = {
            node.attr for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and getattr(node.value, "attr", getattr(node.value, "id", "")) in {"brief", "_brief"}
        }  # fmt: skip
        assert looked - {"schema", "seed"} == plugins.takes("tasks", name) - {"llm"}, name


def test_what_asks_a_language_model_says_so():
    for kind in ("methods", "translators"):
        for name in plugins.names(kind):
            source = plugins._source(kind, name.replace("-", "_"))
            asking = "llms.shared()" in source.read_text()
            assert ("llm" in plugins.takes(kind, name)) == asking, name


def test_a_pipe_ends_with_the_message_of_the_command_that_found_no_rows(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    parts = [
        " ".join(map(str, command(*args)))
        for args in (("augment", "-m", "swap", "empty.jsonl"), VERBS["filter"],
                     ("mix", "-o", "out.jsonl"))
    ]  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {' | '.join(parts)}; echo ${{PIPESTATUS[*]}}; exit 3"],
        cwd=tmp_path, capture_output=True, check=False, env=os.environ,
    )  # fmt: skip
    said = done.stderr.decode().splitlines()
    assert done.stdout == b"3 3 3\n"
    assert [line.split("(")[0].strip() for line in said] == [
        "dataaug: empty.jsonl: augment found no rows there",
        *(
            f"dataaug: <stdin>: {verb} found no rows there; the command in front of the pipe may "
            "have said why"
            for verb in ("filter", "mix")
        ),
    ]
    assert sorted(os.listdir(tmp_path)) == ["empty.jsonl"]
