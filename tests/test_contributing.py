"""The examples of CONTRIBUTING.md work as they stand there, and pass the house's lint."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dataaug.augmentation.methods import Request
from dataaug.filtering.checks.by_row import CandidateText

HOME = Path(__file__).parents[1]
FOUND = re.findall(
    r"\(`(dataaug/[\w/]+\.py)`\).*?```python\n(.*?)```",
    (HOME / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL,
)  # fmt: skip
EXAMPLES = {Path(path).stem: (path, code) for path, code in FOUND}


def module(name, monkeypatch):
    path, code = EXAMPLES[name]
    made = ModuleType(f"an_example_of_{name}")
    monkeypatch.setitem(sys.modules, made.__name__, made)  # a dataclass asks for its module
    exec(compile(code, path, "exec"), made.__dict__)
    return made


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_passes_lint_and_format_where_it_stands(name):
    path, code = EXAMPLES[name]
    assert not (HOME / path).exists()
    assert "dataaug.extending" not in code  # which files inside dataaug may not import
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [ruff, *command, "--stdin-filename", HOME / path, "-"], input=code.encode(),
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout


def test_the_method_puts_words_in_capitals(monkeypatch):
    method = module("shout", monkeypatch).load(times=2)
    request = Request("where is my parcel", 1, seed=1)
    [[variant]] = method([request])
    assert sum(word.isupper() for word in variant.text.split()) == 2
    assert variant.text.lower() == request.text


def test_the_check_finds_what_shouts(monkeypatch):
    shouting = module("shouting", monkeypatch)
    assert shouting._Shouting(0.5)(CandidateText("WHERE IS it")).reason == "shouting"
    assert shouting._Shouting(0.5)(CandidateText("Where is it")) is None
    assert shouting.load(share=0.9)


def test_the_embedder_gives_vectors_of_length_one(monkeypatch):
    embed = module("letters", monkeypatch).load()
    vectors = embed(["where", "is it", ""])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0])
    assert embed.unseen(["a", "b"]) == ["", ""]
