"""The command line writes what the golden tables hold; `make golden` records them anew."""

import difflib
import os
import re
import subprocess
import sys

import pytest
import tables
import typer

from dataaug.cli.app import app

ALL = tables.names()
PARTS = [ALL[part::3] for part in range(3)]
"""Tables that one process runs; a process of its own for each would spend more on imports."""
ELSEWHERE = {
    "--help", "-h", "--list-methods", "--list-checks", "--list-tasks", "--list-measures",
    "--list-reviewers", "--list-exports", "--progress", "--version",
}  # fmt: skip
"""Options whose output is for people, and may change with every wording."""


FLAGS = {
    "--similarity": "near-duplicate.similarity", "--within": "near-duplicate.within",
    "--origin-similarity": "near-duplicate.origin_similarity",
    "--approximate": "near-duplicate.approximate", "--scores": "near-duplicate.scores",
    "--max-good-loss": "label.max_good_loss", "--language": "language.language",
    "--to": "translation.to",
}  # fmt: skip
"""Options of commands that stand for a plug-in's own."""


@pytest.mark.parametrize("part", PARTS, ids=",".join)
def test_every_case_writes_what_was_recorded(part, tmp_path):
    done = subprocess.run(
        [sys.executable, str(tables.HERE / "running.py"), "--to", str(tmp_path), *part],
        env=os.environ | {"PYTHONPATH": str(tables.HERE.parents[1])}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    differences = [line for name in part for line in _different(name, tmp_path / f"{name}.txt")]
    assert not differences, "\n".join(["", *differences, "", "If this is meant: make golden"])


def _different(name, path):
    """Yield a diff for each case of a table that is not as it was recorded."""
    now = {case.name: case for case in tables.read(name, path)}
    for case in tables.read(name):
        before, after = list(case.lines()), list(now[case.name].lines())
        yield from difflib.unified_diff(
            before, after, f"{name}: {case.name}, recorded", f"{name}: {case.name}, now",
            lineterm="", n=3,
        )  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_cases_have_names_of_their_own_and_are_all_recorded(name):
    cases = tables.read(name)
    assert len({case.name for case in cases}) == len(cases)
    for case in cases:
        commands = [step for step in case.steps if step.startswith("dataaug ")]
        codes = [line for line in case.outcome if re.fullmatch(r"exit \d+", line)]
        assert len(commands) == len(codes) > 0, f"{name}: {case.name}: run make golden"


def test_a_table_is_written_as_it_is_read():
    for name in ALL:
        path = tables.TABLE / f"{name}.txt"
        assert tables.text(tables.read(name)) == path.read_text(encoding="utf-8")


def _steps(command=None):
    """Return the words of all steps, of one command or of all."""
    every = [step.split() for name in ALL for case in tables.read(name) for step in case.steps]
    return [words for words in every if command is None or words[1:2] == [command]]


def _options(command):
    found = typer.main.get_command(app).commands[command].params
    return {param.name: {*param.opts, *param.secondary_opts} for param in found}


@pytest.mark.parametrize("command", sorted(typer.main.get_command(app).commands))
def test_every_option_of_every_command_is_in_a_case(command):
    used = {word for words in _steps(command) for word in words}
    unused = [
        "/".join(sorted(names))
        for names in _options(command).values()
        if not any(name.startswith("-") for name in names & used)
        and not names & ELSEWHERE
        and any(name.startswith("-") for name in names)
    ]
    # What commands share is read in one place: it is enough that one of them has it in a case.
    shared = {word for words in _steps() for word in words}
    assert [names for names in unused if not set(names.split("/")) & shared] == []


@pytest.mark.parametrize(
    ("flag", "command"),
    [("--list-methods", "augment"), ("--list-checks", "filter"), ("--list-tasks", "generate"),
     ("--list-measures", "compare"), ("--list-exports", "spotcheck")],
)  # fmt: skip
def test_every_method_check_task_measure_and_export_is_in_a_case(cli, flag, command):
    listed = cli(command, flag).out.decode().splitlines()
    names = {line.partition(":")[0] for line in listed if not line.startswith(" ")}
    options = {line.split()[1].partition("=")[0] for line in listed if line.startswith("    -p ")}
    words = [word for words in _steps(command) for word in words]
    assert names - {"jsonl"} <= {*words, "classification"}, "jsonl and classification are defaults"
    used = {word.partition("=")[0] for word in words} | {FLAGS.get(word, "") for word in words}
    assert {option for option in options if not option.endswith((".model", ".device"))} <= used
