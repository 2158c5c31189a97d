"""One name for one thing: public names, and the glossary that explains them."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

import dataaug
from dataaug import plugins

HOME = Path(dataaug.__file__).parent
GLOSSARY = HOME.parent / "docs" / "glossary.md"
CONVENTIONS = {
    "load": "the door of an implementation",
    "TAKES": "what an implementation takes of a run or of its brief",
    "NUMBERS": "the numbers that a measure gives",
    "TEMPLATE": "the prompt of a task where the user gives none",
    "ATTRIBUTES": "what a task varies where the user says nothing",
}
"""Names that each file of a kind may have: where such a name stands, it means this."""
ALIKE = {
    "load": ("plugins", "opens the door of the implementation that a spec names"),
    "main": ("__main__ cli.app", "python -m dataaug does what the command does"),
    "render": ("comparison.page evaluation.page filtering.page tuning.page",
               "what a verb found, as its page"),
    "next_steps": ("comparison.advice evaluation.advice filtering.advice", "of a verb's page"),
    "shared": ("embedders llms translators", "the one that the session opened for all who ask"),
    "augment": ("api.augment augmentation.run", "the verb, and its door"),
    "balance": ("api.balance balancing.run", "the verb, and its door"),
    "compare": ("api.compare comparison.run", "the verb, and its door"),
    "evaluate": ("api.evaluate evaluation.run", "the verb, and its door"),
    "filter": ("api.filter filtering.run", "the verb, and its door"),
    "generate": ("api.generate generation.run", "the verb, and its door"),
    "label": ("api.label labelling.run", "the verb, and its door"),
    "mix": ("api.mix mixing", "the verb, and its door"),
    "split": ("api.split splitting", "the verb, and its door"),
    "tune": ("api.tune tuning.run", "the verb, and its door"),
    "Vectors": ("embedders search.partitions", "the same arrays; embedders does without numpy"),
    "Mask": ("filtering.checks search.partitions", "a truth value a row; checks load no search"),
    "RowNumbers": ("comparison.pool search.partitions", "the same arrays; no layer for both"),
}  # fmt: skip
"""Names that stand in several modules because they mean the same there: where, and what."""
TYPE_VARIABLES = {"T", "U", "P"}


def _names(tree: ast.Module):
    """Yield the public names that a module defines at its top."""
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            found = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (each.id for each in found if isinstance(each, ast.Name))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")


def _homes() -> dict[str, set[str]]:
    """Return the modules of each public name."""
    found = defaultdict(set)
    for path in sorted(HOME.rglob("*.py")):
        for name in _names(ast.parse(path.read_text(encoding="utf-8"))):
            if not name.startswith("_") and name not in TYPE_VARIABLES:
                found[name].add(_module(path))
    return found


HOMES = _homes()
MODULES = {_module(path) for path in HOME.rglob("*.py")}


def _of_a_kind(module: str) -> bool:
    package = f"dataaug.{module.rpartition('.')[0]}"
    return package in plugins.PACKAGES.values()


def test_no_public_name_stands_in_two_modules_with_two_meanings():
    left = {}
    for name, homes in HOMES.items():
        others = homes - set(ALIKE.get(name, ("", ""))[0].split())
        if name in CONVENTIONS:
            others = {module for module in others if not _of_a_kind(module)}
        if len(homes) > 1 and others:
            left[name] = sorted(homes)
    assert not left  # rename one of them, or say in ALIKE what all of them mean


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_alike_stands_where_the_table_says(name):
    assert set(ALIKE[name][0].split()) <= HOMES[name]
    assert len(HOMES[name]) > 1


def _entries() -> list[tuple[str, str]]:
    """Return the terms of the glossary with what it says of them."""
    text = GLOSSARY.read_text(encoding="utf-8")
    return re.findall(r"^\*\*(.+?)\*\*: (.+?)$(?=\n\n|\n\Z)", text, re.MULTILINE | re.DOTALL)


def test_terms_of_the_glossary_stand_in_alphabetical_order_each_once():
    terms = [term.casefold() for term, _ in _entries()]
    assert terms == sorted(set(terms))
    assert len(terms) == GLOSSARY.read_text(encoding="utf-8").count("\n**")


def _missing(named: str) -> bool:
    """Is a name of the glossary, `module.name` or a module, not there?"""
    module, _, name = named.rpartition(".")
    return named not in MODULES and module not in HOMES.get(name, ())


def test_what_the_glossary_names_as_code_exists():
    named = [
        name for _, said in _entries() for name in re.findall(r"Code: ((?:`[\w.]+`,? ?)+)", said)
    ]
    found = [each for name in named for each in re.findall(r"`([\w.]+)`", name)]
    assert len(found) > 20
    assert not [each for each in found if _missing(each)]
