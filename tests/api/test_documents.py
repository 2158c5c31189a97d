"""The Python of the documentation runs, as it stands there."""

import re
import runpy
import types
from pathlib import Path

import orjson
import pytest
from answering import SAMPLE, answer

import dataaug

HOME = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = (
    "README.md",
    *(f"docs/{name}.md" for name in ("augment", "llm", "filter", "mix", "evaluate", "python")),
)
"""The pages whose Python runs, in this order: a later block may use a name of an earlier one."""


def blocks(name):
    return BLOCK.findall((HOME / name).read_text(encoding="utf-8"))


@pytest.fixture
def model(llm_server, tmp_path, monkeypatch):
    """Be the server that the variables of OpenAI name."""
    llm_server.answer = answer
    monkeypatch.setenv("OPENAI_BASE_URL", llm_server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Put the files that README names into a folder, and go there."""
    import dataaug as da

    train, test = SAMPLE["train"], SAMPLE["test"][:60]
    made = da.augment((orjson.loads(line) for line in train[::3]), "typo", synthetic_only=True)
    new = [row.line + b"\n" for row in made]
    bare = [orjson.dumps({key: value for key, value in row.fields.items() if key != "_aug"}) + b"\n"
            for row in made]  # fmt: skip
    contents = {
        "labelled": (train + test)[::3], "train": train, "test": test, "few": train[:2],
        "mixed": train + new, "train_aug": new, "made_elsewhere": bare,
        "tasks": [b'{"instruction": "Name a fruit.", "input": "", "output": "An apple."}\n'],
        "entities": [b'{"text": "in May", "spans": [{"start": 3, "end": 6, "label": "month"}]}\n',
                     b'{"text": "by June", "spans": [{"start": 3, "end": 7, "label": "month"}]}\n'],
        "customers": [b'{"text": "I am Anna Miller, call me at 030 1234567, I am late"}\n'],
    }  # fmt: skip
    for name, lines in contents.items():
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(lines))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.model
@pytest.mark.usefixtures("model")
@pytest.mark.filterwarnings("ignore:no example has the label")
def test_every_piece_of_python_for_users_runs(files, capsys):
    names = {}
    for page in PAGES:
        for block in blocks(page):
            exec(compile(block, page, "exec"), names)
    assert (files / "train_mixed.jsonl").stat().st_size > 0
    assert (files / "rejects.jsonl").stat().st_size > 0
    assert 0.65 < names["mixed"].report.summary.real_share < 0.75
    assert len(names["frame"]) == len(names["made"]) > 4
    assert names["planned"].report.other(dataaug.ModelUse).planned["requests"] == 10
    assert len(names["new"]) == len(names["tasks"]) == 100
    assert "Anna" not in names["rewritten"].rows[0].text
    assert names["checked"].passed
    assert (files / "evaluate.html").stat().st_size > 0
    assert "My order number 999 is late" in capsys.readouterr().out


def test_the_reference_is_up_to_date_and_has_every_public_name():
    import dataaug as da

    tool = runpy.run_path(str(HOME / "tools" / "api_docs.py"))
    page = tool["page"]()
    assert (HOME / "docs" / "api.md").read_text(encoding="utf-8") == page, "make docs"
    for name in set(da.__all__) - {"__version__", "Outcome"}:
        assert f"### {name}\n" in page or f"* `{name}`: " in page, name


def loaded(name):
    """Return the implementation that a block of CONTRIBUTING writes, by the name in its text."""
    (block,) = [block for block in blocks("CONTRIBUTING.md") if name in block]
    module = types.ModuleType(name)
    exec(compile(block, name, "exec"), module.__dict__)
    return module.load()


def test_the_method_of_the_documentation_works():
    from dataaug.extending import Request

    ((variant,),) = loaded("def load(*, times: int = 1)")([Request("take that", 1, 7)])
    assert variant.text in {"TAKE that", "take THAT"}


def test_the_check_of_the_documentation_works():
    from dataaug.extending import CandidateText

    check = loaded("class _Shouting")
    quiet, loud = check.row([CandidateText("take that"), CandidateText("TAKE THAT")])
    assert quiet is None
    assert loud.reason == "shouting"


def test_the_embedder_of_the_documentation_works():
    vectors = loaded("letters-64")(["aab", "b"])
    assert vectors.shape == (2, 64)
    assert vectors[1].max() == 1
