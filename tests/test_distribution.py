"""What is installed is whole: data files, licences, extras that hints name, versions."""

import fnmatch
import re
import runpy
import tomllib
from pathlib import Path

import dataaug

HOME = Path(__file__).parents[1]
SETTINGS = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]


def test_every_data_file_of_a_package_is_installed():
    patterns = SETTINGS["tool"]["setuptools"]["package-data"]
    files = {path for path in (HOME / "dataaug").rglob("*") if path.is_file()}
    data = [path for path in files if path.suffix not in {".py", ".pyc"}]
    assert len(data) > 20
    for path in data:
        folder = next(one for one in path.parents if (one / "__init__.py").exists())
        package = ".".join(folder.relative_to(HOME).parts)
        wanted = [*patterns["*"], *patterns.get(package, ())]
        name = path.relative_to(folder).as_posix()
        assert any(fnmatch.fnmatch(name, pattern) for pattern in wanted), path


def test_licences_travel_with_what_is_installed():
    found = {path.relative_to(HOME).as_posix() for path in (HOME / "dataaug").rglob("LICEN*")}
    assert found <= set(PROJECT["license-files"])
    for file in PROJECT["license-files"]:
        assert (HOME / file).is_file(), file


def test_every_hint_names_an_extra_that_is_there():
    pages = [HOME / "README.md", *(HOME / "docs").rglob("*.md"), *(HOME / "dataaug").rglob("*.py")]
    named = set()
    for page in pages:
        for extras in re.findall(r"dataaug\[([a-z0-9,-]+)\]", page.read_text(encoding="utf-8")):
            named |= set(extras.split(","))
    assert "embedded" in named
    assert named <= set(PROJECT["optional-dependencies"])


def test_the_citation_is_of_this_version():
    cited = (HOME / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {dataaug.__version__}\n" in cited
    assert f"\nlicense: {PROJECT['license']}\n" in cited


def test_a_readme_that_is_shown_elsewhere_has_no_relative_links():
    shown = runpy.run_path(str(HOME / "setup.py"))["as_shown_elsewhere"]
    text = "See [`mix`](docs/mix.md#a), [docs/mix.md](docs/mix.md#a) and [one](https://a.b/c).\n"
    code = "```python\nf[0](x)\n```\n"
    assert shown(f"{text}{code}", "https://host/tree/") == (
        "See [`mix`](https://host/tree/docs/mix.md#a), [docs/mix.md](https://host/tree/docs/mix.md#a)"
        f" and [one](https://a.b/c).\n{code}"
    )
    without = shown(f"{text}{code}")
    assert without.startswith(
        f"See `mix` (docs/mix.md), docs/mix.md and [one](https://a.b/c).\n{code}"
    )
    assert shown("![A page](docs/images/a.png)\n").startswith("*(A page: docs/images/a.png)*\n")
