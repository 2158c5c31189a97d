"""The shell blocks of README and docs/ run as they stand there, and show what they are said to.

Each page has a folder of its own, with small files under the names that its commands read; its
blocks run in their order. Comments above a block say what is special about it:

* ``<!-- not run: asks a person -->``: it can't be run here, for this reason; with
  ``not run, line 2 3:`` it is these commands of the block.
* ``<!-- ends with 1: a gate -->``: it ends with this exit code.
* ``<!-- output of: COMMAND -->``: it is what the command shows; ``…`` in it stands for what varies.
"""

import itertools
import os
import re
import shlex
import subprocess
from pathlib import Path

import orjson
import pytest
import typer
import yaml
from answering import SAMPLE, answer
from command_forks import CommandForks
from patience import PATIENCE
from sitting_person import heard

import dataaug as da
from dataaug.cli.app import app

HOME = Path(__file__).parents[1]
PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (HOME / "docs").glob("*.md")))
BLOCK = re.compile(r"((?:^<!-- [^\n]* -->\n)*)^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- not run(?:, line ([\d ]+))?: (.+?) -->")
ENDS = re.compile(r"<!-- ends with (\d+): .+? -->")
OUTPUT = re.compile(r"<!-- output of: (.+?) -->")
HERE = (
    # A price, which no list has for the server of the test.
    (re.compile(r"--max-cost \S+"), r"\g<0> -p openai.price=0.1,0.4"),
    # The server of the test answers in place of a model file, and of a server that is named.
    (re.compile(r"--model (?:\S+\.gguf|MODEL)\b"), "--model gpt-4o-mini"),
    (re.compile(r"--base-url URL\b"), ""),
    # No test has a terminal of its own; tests/sitting_person.py sits down at the page.
    (re.compile(r"--review terminal\b"), "--review web"),
)
"""What stands in a page, and what stands for it here."""
SHELL = ("bash", "sh", "console")
LABELS = {"refund_request": "refund"}
"""Labels that the documentation calls otherwise."""
NOT_RUN = 15
"""Marks that there are: a new one is a reason to look again."""


def blocks(page):
    """Return mark, kind and content of each shell block of a page."""
    found = BLOCK.findall((HOME / page).read_text(encoding="utf-8"))
    return [one for one in found if one[1] in SHELL]


def commands(block):
    """Return the commands of a block, each with the lines that it goes on in."""
    return re.findall(r"(?:[^\n]*[|\\]\n)*[^\n]*\n", block)


def runs(marks, kind, block):
    """Return what of a block is run: shell, and the output that is to come, None for any."""
    if shown := OUTPUT.search(marks):
        return here(shown[1]), block
    every = commands(block)
    for lines, _ in MARK.findall(marks):
        gone = range(len(every)) if not lines else [int(n) - 1 for n in lines.split()]
        every = ["" if number in gone else one for number, one in enumerate(every)]
    assert kind != "console" or not any(every), f"say what shows it:\n{block}"
    return here("".join(every)), None


def here(script):
    """Return the commands of a page as they can be run by a test."""
    for pattern, other in HERE:
        script = pattern.sub(other, script)
    return script


def marks():
    return [mark for page in PAGES for above, *_ in blocks(page) for mark in MARK.findall(above)]


def test_marks_of_what_is_not_run_do_not_grow():
    assert len(marks()) == NOT_RUN


def lines(rows):
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def rows_of(name, count):
    """Return rows of the sample, equally many of each label, without ids."""
    found, taken = [], {}
    rows = [row | {"label": LABELS.get(row["label"], row["label"])}
            for row in map(orjson.loads, SAMPLE[name])]  # fmt: skip
    # The names of labels are to teach something: rows that hold one of their words come first.
    rows.sort(key=lambda row: not any(word in row["text"] for word in row["label"].split("_")))
    for row in rows:
        if taken.setdefault(row["label"], 0) < count:
            taken[row["label"]] += 1
            found.append({"text": row["text"], "label": row["label"]})
    return found


def numbered(count):
    """Return synthetic rows."""
    return [{"text": f"number {n} of the rows", "label": "x", "_aug": {
        "id": f"s{n}", "origin": "synthetic", "parent": None, "root": None, "method": "m"}}
        for n in range(count)]  # fmt: skip


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """Return the files that commands of the documentation read, by name."""
    train, test = rows_of("train", 5), rows_of("test", 3)
    new = da.augment(train, "typo", synthetic_only=True)
    made = b"".join(row.line + b"\n" for row in new)
    cells = "text,label\n" + "".join(
        '"{}",{}\n'.format(row["text"].replace('"', '""'), row["label"]) for row in train + test
    )
    pool = lines({"text": row["text"]} for row in rows_of("train", 12)[-20:])
    many, bad = numbered(500), itertools.count()
    four_bad = tmp_path_factory.mktemp("verdicts") / "four-bad.jsonl"
    da.spotcheck(many, reviewer=lambda _: next(bad) >= 4, verdicts=four_bad, suspicious=0)
    task = {"instruction": "Name a fruit.", "input": "", "output": "An apple."}
    month = {"start": 3, "end": 6, "label": "month"}
    return {
        "labelled.csv": cells.encode(), "train.jsonl": lines(train), "test.jsonl": lines(test),
        "500-rows.jsonl": lines(many), "four-bad.jsonl": four_bad.read_bytes(),
        "pool.jsonl": pool, "english.jsonl": lines(train[:2]), "made.jsonl": lines(train) + made,
        "mixed.jsonl": lines(train) + made, "train_mixed.jsonl": lines(train) + made,
        "train_aug.jsonl": made, "rows.jsonl": lines(train) + made,
        "data.jsonl": lines(train + test), "real.jsonl": lines(train), "big.jsonl": lines(train),
        "ten-million.jsonl": lines(train) + made,
        "made_elsewhere.jsonl": lines(row.fields | {"_aug": None} for row in new),
        "data/test.jsonl": lines(test), "tasks.jsonl": lines([task]),
        "seed_tasks.jsonl": lines([task]),
        "customers.jsonl": b'{"text": "I am Anna Miller, call me at 030 1234567, I am late"}\n',
        "rewritten.jsonl": lines([{"text": "I am late", "_aug": {
            "id": "a", "origin": "synthetic", "parent": "b", "root": "b", "method": "rewrite"}}]),
        "source.jsonl": b'{"text": "I am Anna Miller, call me at 030 1234567, I am late"}\n',
        "entities.jsonl": lines([
            {"text": "in May", "spans": [month]},
            {"text": "by June", "spans": [month | {"end": 7}]},
        ]),
    }  # fmt: skip


@pytest.fixture(scope="session")
def shell(home, tmp_path_factory):
    """Return a folder with the program ``dataaug``."""
    folder = tmp_path_factory.mktemp("bin")
    with CommandForks(folder, {**os.environ, "HOME": str(home)}) as forks:
        yield forks.folder


def surroundings(shell, home, place):
    """Return the environment of a page's commands."""
    return {
        **os.environ, "HOME": str(home), "PATH": f"{shell}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(HOME), "XDG_CACHE_HOME": str(place / "cache"),
        "DATAAUG_EMBEDDER": "hashing", "HTTPS_PROXY": "http://127.0.0.1:9", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


@pytest.mark.model
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)])
def test_the_shell_of_a_page_runs(page, inputs, shell, tmp_path, home, llm_server):
    llm_server.answer = answer
    for name, content in inputs.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    own = surroundings(shell, home, tmp_path) | {
        "OPENAI_BASE_URL": llm_server.url, "OPENAI_API_KEY": "none"}  # fmt: skip
    for block in blocks(page):
        script, shown = runs(*block)
        running = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=own,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        printed = []
        with running:
            heard(running.stdout, printed)
            returned = running.wait(PATIENCE)
        said = b"".join(printed).decode()
        if shown is None:
            code = int(found[1]) if (found := ENDS.search(block[0])) else 0
            assert returned == code, f"{script}\n… {said[-2000:]}"
        else:
            pattern = re.escape(shown.strip()).replace("…", ".*?")
            assert re.search(pattern, said, re.DOTALL), f"{script}\n… {said[-2000:]}"


def cookbook(kind):
    text = (HOME / "docs" / "cookbook.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def test_make_of_the_cookbook_goes_to_the_gate(inputs, shell, home, tmp_path):
    (tmp_path / "labelled.csv").write_bytes(inputs["labelled.csv"])
    [rules] = cookbook("makefile")
    (tmp_path / "Makefile").write_text(rules, encoding="utf-8")
    done = subprocess.run(["make"], cwd=tmp_path, env=surroundings(shell, home, tmp_path),
                          capture_output=True, timeout=PATIENCE, check=False)  # fmt: skip
    assert b"(--require-gain)" in done.stderr or done.returncode == 0, done.stderr
    assert {"train.jsonl", "test.jsonl", "mixed.jsonl", "evaluate.html"} <= {
        path.name for path in tmp_path.iterdir()
    }


def test_the_stages_for_dvc_run_and_write_what_they_say(inputs, shell, home, tmp_path):
    (tmp_path / "labelled.csv").write_bytes(inputs["labelled.csv"])
    for stage in yaml.safe_load(cookbook("yaml")[0])["stages"].values():
        assert all((tmp_path / name).exists() for name in stage["deps"])
        subprocess.run(["bash", "-c", stage["cmd"]], cwd=tmp_path, check=True, timeout=PATIENCE,
                       env=surroundings(shell, home, tmp_path), capture_output=True)  # fmt: skip
        assert all((tmp_path / name).exists() for name in stage["outs"])
    for name in stage["metrics"]:
        orjson.loads((tmp_path / name).read_bytes())


def test_the_steps_for_github_parse():
    steps = yaml.safe_load(cookbook("yaml")[1])["jobs"]["train-set"]["steps"]
    called = [step["run"] for step in steps if step.get("run", "").startswith("dataaug")]
    assert called
    for call in called:
        name, *words = shlex.split(call)[1:]
        typer.main.get_command(app).commands[name].make_context(name, words)
