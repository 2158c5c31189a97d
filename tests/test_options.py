"""An option stands in one place: what is made of its declaration; no default is repeated."""

import ast
import inspect
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer

import dataaug
from dataaug import balancing, comparison, evaluation, filtering, generation, review
from dataaug.balancing.run import Balancing
from dataaug.cli import declared, paths, reads
from dataaug.cli.app import app
from dataaug.cli.commands import SUMMARIES
from dataaug.cli.declared import OPTIONS, Arg, Opt, OptionGroup, Way
from dataaug.cli.engine import EngineOptions
from dataaug.cli.llm import ModelOptions
from dataaug.cli.options import without_run
from dataaug.cli.row_options import RowOptions
from dataaug.cli.vectors import VectorOptions
from dataaug.comparison.run import Comparing
from dataaug.errors import UsageError
from dataaug.evaluation.run import Evaluating
from dataaug.mixing import Mixing
from dataaug.plugins import Spec
from dataaug.review.gate import Gate
from dataaug.review.sample import Drawing
from dataaug.splitting import Splitting, parse_test

HOME = Path(dataaug.__file__).parent
COMMANDS = typer.main.get_command(app).commands


@dataclass(frozen=True, slots=True)
class Shelf(OptionGroup):
    """Options that two commands of these tests share."""

    book: Annotated[str, Way.WRITTEN, Opt("Where it goes.", "-b", readers=("reading",))] = "a.txt"
    page: Annotated[int, Opt("Which page.", min=1)] = 3


@pytest.fixture
def library(monkeypatch):
    """Return what calls a command of two that share a group, and what the commands were handed."""
    for table in (declared.OPTIONS, declared.PLUGIN_OPTIONS):
        for name in ("borrow", "return"):
            monkeypatch.setitem(table, name, {})
    taken = []

    @without_run
    def borrow_command(shelf: Shelf, *, days: Annotated[int, Opt("How long.")] = 7) -> None:
        taken.append((shelf, days))

    @without_run
    def return_command(*, page: Annotated[int, Opt("The last one.")] = 9, shelf: Shelf) -> None:
        taken.append((shelf, page))

    small = typer.Typer(add_completion=False)
    small.command("borrow")(borrow_command)
    small.command("return")(return_command)
    return lambda *args: small([*args], standalone_mode=False), taken


def test_an_option_of_a_group_lands_in_all_commands_that_take_it(library):
    call, taken = library
    call("borrow")
    call("borrow", "-b", "x", "--page", "5", "--days", "2")
    call("return", "--book", "y")
    assert taken == [(Shelf(), 7), (Shelf("x", 5), 2), (Shelf("y", 9), 9)]
    for verb in ("borrow", "return"):
        assert paths.way(verb, "book") is Way.WRITTEN
        assert reads.unread_option(verb, {"book": "--book"}, ()) == (
            "--book: nothing in this run reads it; it is for reading. Leave it out, or add what it "
            "is for"
        )
        assert not reads.unread_option(verb, {"book": "--book"}, ["reading"])


def test_an_option_of_the_command_takes_the_place_of_the_groups(library):
    assert library
    assert list(OPTIONS["return"]) == ["page", "book"]
    assert OPTIONS["return"]["page"].opt.text == "The last one."


def test_a_choice_is_refused_in_the_words_of_all_commands():
    option = declared.Declared.of("on_top", Annotated[Literal["a", "b"], Opt("Which.", "-t")], "a")
    option.check("b")
    with pytest.raises(UsageError, match=r"^--on-top 'c\\\\u\{1b\}': choose from a, b$"):
        option.check("c\x1b")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["mix", "--stratify", "all"], "--stratify 'all': choose from synthetic, real, none"),
        (["compare", "--by", "all"], "--by 'all': choose from label, none"),
        (["evaluate", "--metric", "f2"], "--metric 'f2': choose from macro_f1, accuracy"),
        (["spotcheck", "--rule", "r"], "--rule 'r': choose from observed, upper-bound"),
        (["filter", "--on-error", "no"], "--on-error 'no': choose from fail, skip"),
        (["split", "--origin", "real"], "--origin 'real': choose from auto, synthetic"),
    ],
)
def test_a_value_that_is_no_choice_is_two(cli, args, said):
    done = cli(*args, "nowhere.jsonl")
    assert (done.code, done.out) == (2, b"")
    assert done.err.decode() == f"dataaug: {said}\n"


def parameters(verb):
    """Return the options of a command as people meet them."""
    return {
        param.name: (param.opts, param.default, getattr(param, "help", None))
        for param in COMMANDS[verb].params
    }


@pytest.mark.parametrize(
    ("group", "verbs", "but"),
    [
        (RowOptions, COMMANDS.keys() - {"merge", "cache", "doctor", "demo"},
         {"generate.inputs", "card.report"}),
        (EngineOptions, {"augment", "filter", "generate"}, set()),
        (ModelOptions, {"augment", "balance", "filter", "generate", "label", "tune"},
         {"filter.option", "label.option", "tune.option"}),
        (VectorOptions, {"compare", "evaluate", "split", "spotcheck"},
         {"compare.option", "evaluate.option", "spotcheck.option",
          "filter.memory", "label.memory", "label.option", "tune.memory", "tune.option"}),
    ],
)  # fmt: skip
def test_each_group_is_whole_in_its_commands_and_nowhere_else(group, verbs, but):
    for verb in COMMANDS:
        found = parameters(verb)
        for option in group.declared():
            flags = [] if isinstance(option.opt, Arg) else list(option.opt.spelt(option.name))
            opts, _, text = found.get(option.name, (None, None, None))
            alike = opts is not None and text == option.opt.text
            if verb in verbs and f"{verb}.{option.name}" not in but:
                assert alike, (verb, option.name)
                assert opts == [flag.partition("/")[0] for flag in flags] or not flags
            elif verb not in {"merge", "demo"} and f"{verb}.{option.name}" not in but:
                assert not alike, (verb, option.name)


def test_no_module_imports_click():
    """typer carries one of its own, whose version nothing else may bind."""
    for path in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")]
            module = getattr(node, "module", None) or ""
            assert not any("click" in name.split(".") for name in (*names, module)), path


def declarations():
    """Yield each option of the sources: file, name, the call of ``Opt``, the default."""
    for path in (HOME / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            pairs = []
            if isinstance(node, ast.FunctionDef):
                arguments = node.args
                pairs = list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
            elif isinstance(node, ast.AnnAssign):
                pairs = [(node, node.value)]
            for holder, default in pairs:
                calls = [n for n in ast.walk(holder.annotation) if isinstance(n, ast.Call)]
                if calls and default is not None:
                    yield path.name, ast.unparse(holder), calls[0], default


def test_a_number_that_is_a_default_stands_in_the_package_that_owns_it():
    """0 and 1 are no thresholds: off, none, one of each."""
    found = list(declarations())
    assert len(found) > 100
    for place, option, call, default in found:
        number = default.value if isinstance(default, ast.Constant) else None
        assert not (isinstance(number, int | float) and number not in {0, 1}), (place, option)
        for text in (part.value for part in ast.walk(call) if isinstance(part, ast.Constant)):
            said = re.search(r"Default: ([2-9]|\d\d|\d\.\d)|\(\d\.\d+\)", str(text))
            assert said is None, (place, option)


OWNED = [
    ("search", "NEAR_DUPLICATE", "0.95", [
        "splitting.py:similarity", "evaluation/trial.py:similarity", "leakage.py:similarity",
        "filtering/checks/near_duplicate.py:similarity", "cli/split.py:similarity",
        "cli/evaluate.py:similarity", "labelling/run.py:similarity", "cli/label.py:similarity",
        "api/label.py:similarity", "tuning/run.py:similarity", "cli/tune.py:similarity",
        "api/tune.py:similarity"]),
    ("labelling", "TEACHER", "'embedding'", ["cli/label.py:teacher", "api/label.py:teacher"]),
    ("text", "ROUGE_L_COPY", "0.7", [
        "generation/run.py:similarity", "filtering/checks/seed_copy.py:similarity"]),
    ("evaluation", "REPEATS", "10", ["evaluation/trial.py:repeats", "cli/evaluate.py:repeats"]),
    ("evaluation", "MARGIN", "0.01", ["evaluation/trial.py:margin", "cli/evaluate.py:margin"]),
    ("review", "SAMPLE_ROWS", "100", ["review/sample.py:count"]),
    ("review", "MAX_ERROR_RATE", "0.05", [
        "review/gate.py:limit", "cli/spotcheck.py:max_error_rate"]),
    ("review", "ACCEPTABLE_RATE", "0.01", [
        "review/gate.py:acceptable", "cli/spotcheck.py:acceptable"]),
    ("filtering", "MAX_GOOD_LOSS", "0.05", ["filtering/checks/label.py:max_good_loss"]),
    ("filtering", "TAIL", "0.02", ["filtering/checks/label.py:tail"]),
    ("balancing", "MAX_RATIO", "10.0", [
        "balancing/run.py:max_ratio", "cli/balance.py:max_ratio"]),
    ("comparison", "CAP", "20000", [
        "comparison/run.py:cap", "comparison/pool.py:cap", "cli/compare.py:cap"]),
    ("llms", "CONCURRENCY", "16", ["llms/openai.py:concurrency"]),
    ("embedders", "AUTO", "'auto'", [
        "classifiers/embedding.py:embedder", "comparison/measures/embedding.py:embedder",
        "comparison/measures/self_similarity.py:embedder", "cli/split.py:embedder",
        "filtering/checks/near_duplicate.py:embedder", "cli/evaluate.py:embedder",
        "cli/tune.py:embedder"]),
    ("generation", "DOMAIN", "'customer support'", ["cli/balance.py:domain"]),
]  # fmt: skip
"""Package, constant, its value as Python writes it, and who has it for a default."""


def defaults(place):
    """Yield the default of each parameter or field of this name in a file, as it is written."""
    file, _, name = place.partition(":")
    for node in ast.walk(ast.parse((HOME / file).read_text())):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value:
            yield ast.unparse(node.value)
        if isinstance(node, ast.FunctionDef):
            spec = node.args
            positional = (*spec.posonlyargs, *spec.args)
            pairs = [*zip(reversed(positional), reversed(spec.defaults), strict=False),
                     *zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]  # fmt: skip
            yield from (ast.unparse(d) for arg, d in pairs if arg.arg == name and d is not None)


@pytest.mark.parametrize(("package", "constant", "value", "places"), OWNED)
def test_each_default_is_declared_once(package, constant, value, places):
    tree = ast.parse((HOME / package / "__init__.py").read_text())
    own = [node for node in tree.body if isinstance(node, ast.Assign)]
    written = {ast.unparse(node.targets[0]): node.value for node in own}
    assert repr(ast.literal_eval(written[constant])) == value
    for place in places:
        assert set(defaults(place)) == {constant}, place


@pytest.mark.parametrize(
    ("verb", "option", "owners"),
    [
        ("split", "similarity", Splitting().similarity),
        ("split", "stratify", Splitting().stratify),
        ("evaluate", "similarity", Evaluating().similarity),
        ("evaluate", "repeats", Evaluating().repeats),
        ("evaluate", "metric", Evaluating().metric),
        ("evaluate", "margin", Evaluating().margin),
        ("evaluate", "controls", Evaluating().controls),
        ("compare", "cap", Comparing().cap),
        ("balance", "max_ratio", Balancing().max_ratio),
        ("mix", "stratify", Mixing().strata),
        ("mix", "size", Mixing().size),
        ("spotcheck", "max_error_rate", Gate().limit),
        ("spotcheck", "rule", Gate().rule),
        ("spotcheck", "acceptable", Gate().acceptable),
    ],
)
def test_the_command_line_and_its_verb_have_the_same_default(verb, option, owners):
    assert OPTIONS[verb][option].default == owners


def test_defaults_that_the_command_line_takes_as_text_mean_the_verbs_own():
    assert parse_test(OPTIONS["split"]["test"].default) == Splitting().test
    for verb, task in (("split", Splitting()), ("evaluate", Evaluating())):
        assert Spec(OPTIONS[verb]["embedder"].default) == task.embedder
    assert Spec(OPTIONS["evaluate"]["classifier"].default) == Evaluating().classifier
    assert (OPTIONS["compare"]["by"].default == "label") is Comparing().by_label


@pytest.mark.parametrize(
    ("verb", "option", "value"),
    [
        ("spotcheck", "count", Drawing().count),
        ("spotcheck", "suspicious", review.SUSPICIOUS_ROWS),
        ("generate", "per_label", generation.PER_LABEL),
        ("generate", "domain", generation.DOMAIN),
        ("filter", "max_good_loss", filtering.MAX_GOOD_LOSS),
    ],
)
def test_a_default_that_the_verb_fills_in_is_what_help_says(verb, option, value):
    assert str(value) in OPTIONS[verb][option].opt.text


def test_constants_of_defaults_cost_no_import():
    """The command line asks for them before it knows what it is to do."""
    for package in (balancing, comparison, evaluation, filtering, generation, review):
        source = inspect.getsource(package)
        assert not [node for node in ast.walk(ast.parse(source))
                    if isinstance(node, ast.Import | ast.ImportFrom)], package  # fmt: skip


def test_what_the_list_of_commands_says_is_what_a_command_says_first():
    assert list(COMMANDS) == list(SUMMARIES)
    for name, command in COMMANDS.items():
        assert " ".join(command.help.split("\n\n")[0].split()) == SUMMARIES[name]


def test_help_imports_no_command():
    program = (
        "import atexit, sys\n"
        "sys.argv = ['dataaug', '--help']\n"
        "show = lambda: print(*(n for n in sys.modules if n.startswith('dataaug.cli.')))\n"
        "atexit.register(show)\n"
        "from dataaug.cli.app import main\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    there = done.stdout.decode().splitlines()[-1].split()
    assert not {name.rpartition(".")[2] for name in there} & {*SUMMARIES, "run"}
