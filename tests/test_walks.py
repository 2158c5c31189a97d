"""The walks of examples/: from a file as people have it to an evaluated mix, in three commands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

import dataaug as da

WALKS = Path(__file__).parents[1] / "examples" / "walks"
NAMES = ["chats", "csv", "datasets", "label_studio", "parquet"]


def test_each_walk_takes_three_commands_at_most():
    assert sorted(path.stem for path in WALKS.glob("*.sh")) == NAMES
    for name in NAMES:
        lines = (WALKS / f"{name}.sh").read_text(encoding="utf-8")
        assert 2 <= len(re.findall(r"^dataaug ", lines, re.MULTILINE)) <= 3, name


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_walk_ends_in_a_verdict_on_a_mix(tmp_path, name):
    commands = tmp_path / "bin"
    commands.mkdir()
    for command, call in (("dataaug", "-m dataaug"), ("python", "")):
        (commands / command).write_text(f'#!/bin/sh\nexec {sys.executable} {call} "$@"\n')
        (commands / command).chmod(0o755)
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        ["bash", WALKS / f"{name}.sh", tmp_path / "out"], check=False, capture_output=True,
        env=os.environ | {"PATH": f"{commands}:{os.environ['PATH']}", "HF_HUB_OFFLINE": "1",
                          "PYTHONPATH": str(WALKS.parents[1])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    results = (tmp_path / "out" / "evaluate.jsonl").read_bytes().splitlines()
    (verdict,) = [row for row in map(orjson.loads, results) if row["kind"] == "verdict"]
    assert verdict["candidate"] == "mix.jsonl"
    assert verdict["judgement"] in verdict["sentence"] or verdict["gain"] is not None
    field = {"csv": "message", "chats": "messages[user].content"}.get(name, "text")
    mixed = list(da.convert(tmp_path / "out" / "mix.jsonl", text_field=field))
    assert 0 < sum(row.is_real for row in mixed) < len(mixed)
