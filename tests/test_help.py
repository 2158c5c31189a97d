"""Help: a command's own options first, short, with examples that parse; and completion."""

import contextlib
import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import dataaug
from dataaug.cli.app import app
from dataaug.cli.commands import OVERVIEW
from dataaug.cli.declared import OPTIONS, Arg
from dataaug.cli.help import HelpfulCommand, page

ROOT = typer.main.get_command(app)
COMMANDS = ROOT.commands
HOME = Path(dataaug.__file__).parents[1]
SCRIPT = Path(sys.executable).with_name("dataaug")


def shown(name, *, whole):
    """Return the help as a terminal of 80 columns shows it: two of them stay free."""
    return page(name, COMMANDS[name].help, f"dataaug {name}", 78, whole=whole)


def examples(name):
    lines = shown(name, whole=False).replace("\\\n", "").splitlines()
    return [line.strip() for line in lines if line.startswith("  dataaug ")]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_screen_and_the_own_options_stand_first(name):
    text = shown(name, whole=False)
    assert len(text.splitlines()) <= 50
    assert max(map(len, text.splitlines())) <= 80
    own = text.partition("Options:")[2].partition("Rows in and out:")[0]
    for option in OPTIONS[name].values():
        if not option.title and not isinstance(option.opt, Arg):
            assert f"  {option.opt.spelt(option.name)[0]}" in own


@pytest.mark.parametrize("name", COMMANDS)
def test_all_options_are_explained_on_demand(name):
    text, short = shown(name, whole=True), shown(name, whole=False)
    for option in OPTIONS[name].values():
        if not isinstance(option.opt, Arg):
            assert option.opt.spelt(option.name)[0] in short
            said = " ".join(option.opt.text.split())
            assert said in " ".join(text.split()), option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_a_command_line_that_parses(name):
    found = examples(name)
    assert 2 <= len(found) <= 3
    for line in found:
        for part in line.split("|"):
            words = shlex.split(part.split(" > ")[0])
            if words[0] != "dataaug":
                continue
            with contextlib.suppress(typer.Exit):
                assert isinstance(COMMANDS[words[1]], HelpfulCommand)
                COMMANDS[words[1]].make_context(words[1], words[2:])


def test_the_overview_names_every_command_once():
    named = [name for names in OVERVIEW.values() for name in names]
    assert sorted(named) == sorted(COMMANDS)


@pytest.mark.parametrize(
    ("args", "start"),
    [
        ([], "Usage: "),
        (["help"], "Usage: "),
        (["help", "mix"], "Usage: dataaug mix "),
        (["-V"], "dataaug "),
        (["version"], "dataaug "),
    ],
)
def test_what_a_newcomer_types_is_no_error(cli, args, start):
    done = cli(*args)
    assert (done.code, done.err) == (0, b"")
    assert done.out.decode().startswith(start)


def test_help_of_no_command_is_said(cli):
    done = cli("help", "nope")
    assert done.code == 2
    assert "No such command 'nope'" in done.err.decode()


@pytest.mark.parametrize(
    ("shell", "asked", "given"),
    [
        ("bash", {"COMP_WORDS": "dataaug mix --stratify ", "COMP_CWORD": "3"},
         "synthetic\nreal\nnone"),
        ("bash", {"COMP_WORDS": "dataaug augment -m sy", "COMP_CWORD": "3"}, "synonym"),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "dataaug mix --stratify r"}, "real"),
        ("fish", {"_TYPER_COMPLETE_ARGS": "dataaug filter --check exa",
                  "_TYPER_COMPLETE_FISH_ACTION": "get-args"}, "exact"),
    ],
)  # fmt: skip
def test_the_shell_completes_choices_and_names(shell, asked, given):
    settings = {**os.environ, **asked, "_DATAAUG_COMPLETE": f"complete_{shell}"}
    done = subprocess.run([SCRIPT], capture_output=True, check=True, text=True, env=settings)
    assert given in done.stdout


PAGES = [HOME / "README.md", HOME / "CONTRIBUTING.md", *sorted((HOME / "docs").glob("*.md"))]
SHELL = re.compile(r"^```(?:bash|sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)")


def documented():
    """Yield every call of dataaug in the shell blocks of the pages."""
    for path in PAGES:
        for block in SHELL.findall(path.read_text(encoding="utf-8")):
            lines = re.sub(
                r"[|\\]\n", lambda found: found[0][0].strip("\\") + " ", block
            ).splitlines()
            for line in lines:
                found = re.search(
                    r"(?:^|[|(]|^\$ |do |until )\s*(dataaug .*)", line.split("  #")[0]
                )
                for call in re.split(r"\s\|\s|; | > | >> | && ", found[1]) if found else ():
                    if call.strip().startswith("dataaug "):
                        yield call.strip().removesuffix("|").strip()


@pytest.mark.parametrize("call", sorted(set(documented())))
def test_every_command_line_of_the_documentation_parses(call):
    words = shlex.split(call.replace('"$@"', "").replace("…", "1"))
    with contextlib.suppress(typer.Exit):
        if words[1].startswith("-"):
            ROOT.make_context("dataaug", words[1:2])
        else:
            COMMANDS[words[1]].make_context(words[1], words[2:])


def anchors(path):
    heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_of_the_documentation_leads_somewhere(path):
    for file, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        there = path.parent / file if file else path
        assert there.exists(), file
        assert not anchor or there.suffix != ".md" or anchor in anchors(there), (file, anchor)


def test_every_picture_is_shown_somewhere():
    shown = {Path(file).name for path in PAGES for file, _ in LINK.findall(path.read_text("utf-8"))}
    assert {path.name for path in (HOME / "docs" / "images").iterdir()} <= shown


def test_the_readme_is_short():
    assert len(PAGES[0].read_text(encoding="utf-8").splitlines()) <= 200


def test_the_reference_of_commands_is_up_to_date():
    tool = runpy.run_path(str(HOME / "tools" / "command_docs.py"))
    there = {path.name: path.read_text(encoding="utf-8") for path in tool["FOLDER"].glob("*.md")}
    assert there == tool["pages"](), "make docs"


def test_the_site_has_every_page():
    found = re.findall(r"[\w/-]+\.md", (HOME / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = {path.relative_to(HOME / "docs").as_posix() for path in (HOME / "docs").rglob("*.md")}
    assert sorted(found) == sorted(page for page in pages if not page.startswith("decisions/"))
