"""Tables of words and phrases: what they hold, and that an installed package has them."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dataaug.text import tables
from dataaug.text.language_names import english_name, known_codes
from dataaug.text.typos import misspellings, neighbours

ROOT = Path(__file__).parent.parent
TABLES = sorted((ROOT / "dataaug").glob("*/data/*.txt"))
PATTERNS = ["label_names", "placeholder", "refusal", "voice"]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_table_has_entries_and_no_blanks_that_an_editor_would_take_away(path):
    package = f"dataaug.{path.parent.parent.name}"
    found = tables.sections(package, path.stem)
    assert found
    assert all(found.values())
    lines = path.read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line != line.strip()] == []
    assert lines[-1] == "", "the last line must have an end"


@pytest.mark.parametrize("name", PATTERNS)
def test_entries_that_are_patterns_compile_one_by_one(name):
    for section, entries in tables.sections("dataaug.filtering", name).items():
        for entry in entries:
            assert not re.compile(entry).fullmatch(""), f"{section}: {entry} matches nothing at all"


def test_sections_comments_and_empty_lines(tmp_path, monkeypatch):
    folder = tmp_path / "made_up_package" / "data"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    text = "# of nothing\nfirst\n\n[one]\n# more\na b\nc # no comment\n[two words]\n[\\w]x\n"
    (folder / "odd.txt").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert tables.sections("made_up_package", "odd") == {
        "": ("first",), "one": ("a b", "c # no comment"), "two words": ("[\\w]x",),
    }  # fmt: skip
    assert tables.word_set("made_up_package", "odd", "one") == {"a", "b", "c", "#", "no", "comment"}
    assert tables.pairs("made_up_package", "odd", "one") == {"a": "b", "c": "# no comment"}


def test_a_misspelling_is_no_word_of_the_table_and_touching_keys_touch_each_other():
    known = misspellings()
    assert {wrong for words in known.values() for wrong in words}.isdisjoint(known)
    assert all(key in neighbours()[other] for key, near in neighbours().items() for other in near)


def test_language_names():
    assert english_name("pt") == "Portuguese"
    assert english_name("pt_BR") == "Brazilian Portuguese"
    assert english_name("de-LU") == "German"
    assert english_name("tlh") is None
    assert known_codes() == sorted(known_codes())


def test_a_wheel_has_every_table(tmp_path):
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    source = tmp_path / "source"
    source.mkdir()
    for name in ("dataaug", "pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE"):
        os.symlink(ROOT / name, source / name)
    done = subprocess.run(  # noqa: PLW1510 - the next line checks
        [sys.executable, "-c", build, str(tmp_path)], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        there = set(archive.namelist())
        [about] = (archive.read(name).decode() for name in there if name.endswith("/METADATA"))
    assert "Description-Content-Type: text/markdown\n" in about
    assert "# dataaug\n" in about
    assert re.findall(r"\]\((?!https:)[^)]*\)", about) == []  # PyPI has no docs/ beside it
    assert TABLES
    assert [path for path in TABLES if str(path.relative_to(ROOT)) not in there] == []
