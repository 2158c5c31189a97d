"""No run writes a file that it reads, or one file twice: all options of all commands are tried."""

import ast
import os
import subprocess
from itertools import product
from pathlib import Path
from typing import Annotated

import pytest
import typer
from conftest import command
from making import as_bytes, real

import dataaug
from dataaug.cli.app import app
from dataaug.cli.declared import OPTIONS, Declared, Opt, Way
from dataaug.cli.paths import WRITING, refuse, way
from dataaug.errors import UsageError

COMMANDS = typer.main.get_command(app).commands
KEEPING = as_bytes([real("a text", "a", id="p")])


def options(verb):
    """Return the options of a command that take text: name to parameter."""
    return {
        param.name: param
        for param in COMMANDS[verb].params
        if param.type.name in {"text", "str"} and not getattr(param, "is_flag", False)
    }


@pytest.mark.parametrize("verb", sorted(COMMANDS.keys() - {"doctor"}))
def test_every_option_that_takes_text_is_declared(verb):
    found = options(verb)
    assert found
    assert found.keys() <= OPTIONS[verb].keys()


@pytest.mark.parametrize("kind", [str, str | None, list[str] | None])
def test_an_option_that_takes_text_cannot_but_say_what_it_names(kind):
    with pytest.raises(TypeError, match="option kind: say by a Way"):
        Declared.of("kind", Annotated[kind, Opt("Its help.")], None)
    said = Declared.of("kind", Annotated[kind, Way.READ, Opt("Its help.")], None)
    assert said.way is Way.READ


def test_only_these_modules_write_files_that_a_user_names():
    """Whatever writes a file has an option that says so."""
    home = Path(dataaug.__file__).parent
    writers = {
        str(path.relative_to(home))
        for path in home.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AtomicFile"
    }
    assert writers == {
        "api/inputs.py",  # of a Python program, which names the sample
        "api/results.py",  # of a Python program, which names rows and rejects
        "cli/run.py",  # --output, --rejects, --report, --html, --test-out, --train-out
        "rows/score_file.py",  # --scores, -p judge.scores
        "rows/shards.py",  # beside --output
        "llms/exchange.py",  # --batch-export
        "review/reviewers/file.py",  # --sample, -p file.path
        "search/pair_file.py",  # --scores, -p near-duplicate.scores
    }
    assert set(WRITING) == {"near-duplicate.scores", "judge.scores", "file.path"}


READING = {Way.ROWS, Way.READ, Way.KEPT}
WRITTEN = {Way.OUTPUT, Way.WRITTEN, Way.KEPT}
PAIRS = [
    (verb, read, write)
    for verb in COMMANDS
    for read, write in product(options(verb), options(verb))
    if read != write
    and way(verb, read) in READING
    and way(verb, write) in WRITTEN
    and ((read, write) != ("inputs", "output") or verb in {"card", "compare", "evaluate"})
]
"""All but the one that is allowed: the output over the only input."""


def spelt(verb, name, path):
    if name == "inputs":
        return [path]
    param = next(param for param in COMMANDS[verb].params if param.name == name)
    return [max(param.opts, key=len), path]


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(KEEPING)
    os.link(path, tmp_path / "hard.jsonl")
    (tmp_path / "soft.jsonl").symlink_to("rows.jsonl")
    return path


def left(args):
    """Run the command line in this process and return its exit code and what it said."""
    from dataaug.cli import app as entry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["dataaug", *args])
        return entry._code()


@pytest.mark.parametrize(("verb", "read", "write"), PAIRS)
def test_a_file_that_is_read_is_never_written(file, capsys, verb, read, write):
    every = ("rows.jsonl", "./rows.jsonl", "soft.jsonl", "hard.jsonl")
    for other in every if verb == "mix" else every[-1:]:
        args = [verb, *spelt(verb, read, "rows.jsonl"), *spelt(verb, write, other)]
        if "inputs" not in {read, write} and way(verb, "inputs") is Way.ROWS:
            args.append("elsewhere.jsonl")
        assert left(args) == 2, args
        said = capsys.readouterr().err
        assert "is the same file as" in said, said
        assert other in said
        assert file.read_bytes() == KEEPING


def test_the_pairs_that_were_found_are_among_them():
    assert {
        ("filter", "inputs", "rejects"),
        ("filter", "inputs", "report"),
        ("filter", "inputs", "html"),
        ("filter", "real", "rejects"),
        ("filter", "scores", "output"),
        ("spotcheck", "inputs", "sample"),
        ("spotcheck", "verdicts", "output"),
        ("mix", "against", "output"),
        ("evaluate", "test", "output"),
        ("split", "inputs", "test_out"),
    } <= set(PAIRS)


OUTPUTS = [
    (verb, *pair)
    for verb in COMMANDS
    for pair in product(options(verb), options(verb))
    if pair[0] < pair[1] and {way(verb, name) for name in pair} <= {Way.OUTPUT, Way.WRITTEN}
]


@pytest.mark.parametrize(("verb", "one", "other"), OUTPUTS)
def test_no_file_is_written_twice_though_it_is_not_there_yet(capsys, verb, one, other):
    args = [verb, "rows.jsonl", *spelt(verb, one, "new"), *spelt(verb, other, "./new")]
    assert left(args) == 2
    assert "must be different" in capsys.readouterr().err
    assert sorted(os.listdir()) == ["hard.jsonl", "rows.jsonl", "soft.jsonl"]


def test_an_option_of_a_plugin_may_name_a_file_too(file, capsys):
    for args in (
        ["filter", "rows.jsonl", "-p", "near-duplicate.scores=soft.jsonl"],
        ["filter", "rows.jsonl", "-p", "near_duplicate.scores=soft.jsonl"],
        ["spotcheck", "rows.jsonl", "--review", "file", "-p", "file.path=hard.jsonl"],
        ["generate", "--task", "rewrite", "-p", "rewrite.custom=rows.jsonl", "-o", "hard.jsonl"],
        ["augment", "x", "--model", "rows.jsonl", "--rejects", "soft.jsonl"],
    ):
        assert left(args) == 2, args
        assert "is the same file as" in capsys.readouterr().err
    assert file.read_bytes() == KEEPING


@pytest.mark.parametrize(
    ("verb", "further"),
    [("augment", ["-m", "swap"]), ("mix", []), ("filter", ["--check", "length", "--include-real"]),
     ("balance", ["--with", "oversample"])],
)  # fmt: skip
@pytest.mark.parametrize("name", ["rows.jsonl", "soft.jsonl"])
def test_the_output_may_replace_the_only_input(file, cli, verb, further, name):
    file.write_bytes(as_bytes([real(f"some words of text {n}", "ab"[n % 2]) for n in range(6)]))
    done = cli(verb, "rows.jsonl", *further, "-o", name)
    assert done.code == 0, done.err
    assert len(file.read_bytes().splitlines()) >= 6


def test_the_output_replaces_no_input_among_several_or_of_a_shard(file, capsys):
    for args in (
        ["mix", "rows.jsonl", "other.jsonl"],
        ["mix", "rows.jsonl", "--real", "other.jsonl"],
        ["mix", "other.jsonl", "--synthetic", "rows.jsonl"],
        ["mix", "rows.jsonl", "--against", "rows.jsonl"],
        ["augment", "-m", "swap", "rows.jsonl", "--shard", "1/2"],
        ["compare", "rows.jsonl"],
    ):
        Path("other.jsonl").write_bytes(KEEPING)
        assert left([*args, "-o", "rows.jsonl"]) == 2, args
        assert "is the same file as" in capsys.readouterr().err
    Path("out.shard.json").write_bytes(KEEPING)
    assert left(["augment", "out.shard.json", "-m", "swap", "--shard", "1/1", "-o", "out"]) == 2
    assert file.read_bytes() == KEEPING


def test_stdin_and_stdout_are_files_like_others(file):
    for shell in (
        "{} --rejects rows.jsonl < rows.jsonl",
        "{} rows.jsonl >> rows.jsonl",
        "{} < rows.jsonl >> rows.jsonl",
        "{} other.jsonl --report out > out",
    ):
        line = shell.format(" ".join(command("filter", "--check", "length")))
        done = subprocess.run(["bash", "-c", line], capture_output=True, check=False)
        assert done.returncode == 2, (shell, done.stderr)
        assert b"is the same file as" in done.stderr
        assert file.read_bytes() == KEEPING


def test_devices_pipes_and_folders_are_exempt(cli):
    done = cli("filter", "rows.jsonl", "-o", "/dev/null", "--rejects", "/dev/null", "--report",
               "/dev/null", "--check", "length")  # fmt: skip
    assert done.code == 0, done.err
    os.mkfifo("pipe")
    refuse("filter", {"inputs": ("pipe",), "rejects": "pipe", "report": "pipe"}, {})


def test_what_is_read_and_written_by_design_is_exempt():
    refuse("filter", {"inputs": ("rows.jsonl",), "scores": "scores.jsonl"}, {})
    refuse("spotcheck", {"inputs": ("x",), "verdicts": ["rows.jsonl", "soft.jsonl"]}, {})
    with pytest.raises(UsageError, match=r"--verdicts rows\.jsonl: is the same file as the input"):
        refuse("spotcheck", {"inputs": ("rows.jsonl",), "verdicts": ["rows.jsonl"]}, {})


def test_no_output_lies_over_a_file_of_the_cache(tmp_path):
    for asked, path in ((str(tmp_path), "replies.sqlite"), ("", ".cache/dataaug/vectors/x/keys")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", str(tmp_path))
            with pytest.raises(UsageError, match="lies in the cache"):
                refuse("augment", {"inputs": ("a",), "output": path, "cache": asked}, {})
    refuse("augment", {"inputs": ("a",), "output": "out.jsonl", "cache": str(tmp_path)}, {})
    refuse("augment", {"inputs": ("a",), "output": "replies.sqlite", "cache": "off"}, {})


def test_the_check_comes_before_anything_is_opened():
    there = sorted(os.listdir())
    assert left(["filter", "nowhere.jsonl", "rows.jsonl", "--rejects", "rows.jsonl"]) == 2
    assert sorted(os.listdir()) == there
