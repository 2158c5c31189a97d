"""Do an area's tests notice small faults in its code? ``make mutants AREA=review``.

Each mutant is a copy of the tree with one change (an operator, a comparison, a number, a condition,
a returned value); the area's own tests should fail on it. A seed draws the mutants, so that equal
trees have equal ones. Those that no test can tell from the original stand, each with its reason, in
``mutants_equivalent.txt`` beside this file, and do not count.

Tests run in forks of a process that has imported the heavy libraries, which halves the time.
"""

import argparse
import ast
import contextlib
import copy
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

HOME = Path(__file__).resolve().parent.parent
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
GOAL = 0.85
"""The share of mutants that an area's tests should kill."""
AREAS = {
    "allocation": {
        "dataaug/allocation.py":
            "tests/test_allocation*.py tests/verbs/test_mix.py tests/verbs/test_split.py",
    },
    "evaluation": {
        "dataaug/evaluation/__init__.py": "tests/evaluating/test_trial.py",
        "dataaug/evaluation/fit.py": "tests/evaluating/test_fitting.py",
        "dataaug/evaluation/intervals.py":
            "tests/evaluating/test_samples.py tests/evaluating/test_judging.py"
            " tests/test_intervals.py",
        "dataaug/evaluation/label_changes.py": "tests/evaluating/test_label_changes.py",
        "dataaug/evaluation/results.py": "tests/evaluating/test_trial.py",
        "dataaug/evaluation/run.py": "tests/evaluating/test_notes.py",
        "dataaug/evaluation/samples.py":
            "tests/evaluating/test_samples.py tests/test_intervals.py",
        "dataaug/evaluation/scores.py": "tests/evaluating/test_samples.py tests/test_scores.py",
        "dataaug/evaluation/train_sets.py":
            "tests/evaluating/test_train_sets.py tests/evaluating/test_fitting.py",
        "dataaug/evaluation/trial.py":
            "tests/evaluating/test_trial.py tests/verbs/test_evaluate.py",
        "dataaug/evaluation/verdict.py":
            "tests/evaluating/test_judging.py tests/test_verdicts.py",
    },
    "review": {
        "dataaug/review/bounds.py":
            "tests/spotchecking/test_bounds.py tests/spotchecking/test_gate.py",
        "dataaug/review/gate.py": "tests/spotchecking/test_gate.py",
        "dataaug/review/sample.py": "tests/spotchecking/test_sample.py",
        "dataaug/review/stratified.py":
            "tests/spotchecking/test_gate.py tests/spotchecking/test_stratified.py",
        "dataaug/review/tally.py": "tests/spotchecking/test_sample.py",
        "dataaug/review/votes.py": "tests/spotchecking/test_votes.py",
    },
    "label": {
        "dataaug/filtering/checks/label.py":
            "tests/test_label_check.py tests/test_label_tails.py",
    },
    "search": {
        "dataaug/search/dedup.py":
            "tests/searching/test_keeping_first.py tests/test_neighbours.py",
        "dataaug/search/kmeans.py":
            "tests/searching/test_choosing_partitions.py tests/test_neighbours.py",
        "dataaug/search/pair_file.py":
            "tests/searching/test_pair_file.py tests/test_near_duplicate.py",
        "dataaug/search/pairs.py":
            "tests/searching/test_finding_pairs.py tests/test_neighbours.py",
        "dataaug/search/partitions.py":
            "tests/searching/test_choosing_partitions.py tests/test_neighbours.py",
        "dataaug/search/t*.py":
            "tests/searching/test_finding_pairs.py tests/test_neighbours.py",
        "dataaug/search/unseen.py": "tests/test_unseen.py",
    },
    "budget": {
        "dataaug/llms/budget.py": "tests/test_budget.py",
    },
}  # fmt: skip
"""Area → files that are mutated → the tests that should notice, the quick ones first."""
HEAVY = ("numpy", "orjson", "scipy.special", "scipy.stats", "sklearn.feature_extraction.text",
         "sklearn.linear_model", "threadpoolctl")  # fmt: skip
"""What is imported once, before the forks; nothing of dataaug."""
_COPIED = ("dataaug", "tests", "docs", "sample_data", "examples", "pyproject.toml")
_OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
            "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip
_SLACK = 2.0  # a mutant may take so many times the time of the original, and half a minute

_SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,), ast.Mod: (ast.Mult,), ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}  # fmt: skip
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "ceil": "floor",
          "floor": "ceil", "exp": "log", "log": "exp"}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A change of one node.

    Attributes:
        path: the file.
        line: where it is.
        number: the node's place in a walk over the module.
        variant: which of the node's changes.
        said: the node's source before and after.
        place: the text of its line.
    """

    path: str
    line: int
    number: int
    variant: int
    said: str
    place: str

    @property
    def name(self) -> str:
        """What the list of equivalent mutants calls it: lines move, so there are none."""
        return f"{self.path} :: {self.place} :: {self.said}"


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node as it is changed, once for each way."""
    for kinds, change in _CHANGES:
        if isinstance(node, kinds):
            yield from change(node)
            return


def _of_operator(node: ast.BinOp | ast.AugAssign | ast.BoolOp) -> Iterator[ast.AST]:
    for swap in _SWAPS.get(type(node.op), ()):
        yield _with(node, op=swap())


def _of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        for swap in _SWAPS[type(op)]:
            yield _with(node, ops=[*node.ops[:place], swap(), *node.ops[place + 1 :]])


def _of_sign(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, (ast.Not, ast.USub)):
        yield node.operand


def _of_condition(node: ast.If | ast.IfExp | ast.While) -> Iterator[ast.AST]:
    yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))


def _of_result(node: ast.Return) -> Iterator[ast.AST]:
    if not isinstance(node.value, (ast.Constant, type(None))):  # False and None are much alike
        yield _with(node, value=ast.Constant(None))


def _of_constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    elif isinstance(node.value, float):
        yield ast.Constant(node.value * 2 if node.value else 1.0)


def _of_leaving(node: ast.Break | ast.Continue) -> Iterator[ast.AST]:
    yield ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    field = {ast.Name: "id", ast.Attribute: "attr"}.get(type(node.func))
    name = getattr(node.func, field) if field else ""
    if name in _CALLS:
        yield _with(node, func=_with(node.func, **{str(field): _CALLS[name]}))


_CHANGES: tuple[tuple[Any, Callable[[Any], Iterator[ast.AST]]], ...] = (
    ((ast.BinOp, ast.AugAssign, ast.BoolOp), _of_operator),
    (ast.Compare, _of_comparison),
    (ast.UnaryOp, _of_sign),
    ((ast.If, ast.IfExp, ast.While), _of_condition),
    (ast.Return, _of_result),
    (ast.Constant, _of_constant),
    ((ast.Break, ast.Continue), _of_leaving),
    (ast.Call, _of_call),
)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def mutable(module: ast.Module) -> Iterator[tuple[int, ast.AST]]:
    """Yield the nodes that may be changed, with their places in a walk over the module.

    Not those of annotations, decorators, texts for people, guards and type checkers' own blocks.
    """
    barred: set[int] = set()
    for node in ast.walk(module):
        for part in _barred(node):
            barred.update(id(inner) for inner in ast.walk(part))
    for number, node in enumerate(ast.walk(module)):
        if id(node) not in barred:
            yield number, node


def _barred(node: ast.AST) -> list[ast.AST]:
    parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    parts += getattr(node, "decorator_list", [])
    if (
        isinstance(node, ast.keyword) and node.arg == "strict"
    ):  # of zip: it guards, and does nothing
        parts.append(node)
    if isinstance(node, ast.JoinedStr):
        parts.append(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        parts.append(node)
    return [part for part in parts if part is not None]


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Yield all mutants of a file."""
    lines = ["", *source.splitlines()]
    for number, node in mutable(ast.parse(source)):
        for variant, changed in enumerate(changes(node)):
            said, line = f"{_line(node)} => {_line(changed)}", getattr(node, "lineno", 0)
            yield Mutant(path, line, number, variant, said, lines[line].strip())


def _line(node: ast.AST) -> str:
    if isinstance(node, (ast.If, ast.While)):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())


def mutated(source: str, mutant: Mutant) -> str:
    """Return a file's source with the change."""
    module = ast.parse(source)
    wanted = next(node for number, node in enumerate(ast.walk(module)) if number == mutant.number)
    changed = list(changes(wanted))[mutant.variant]

    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return changed if node is wanted else self.generic_visit(node)

    return ast.unparse(ast.fix_missing_locations(Swap().visit(module)))


def tested(tree: Path, tests: tuple[str, ...], limit: float) -> bool:
    """Run the tests in a fork; return whether they pass within so many seconds."""
    child = os.fork()
    if not child:
        os.setsid()
        _silently(tree, tests)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _silently(tree: Path, tests: tuple[str, ...]) -> None:
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        os.chdir(tree)
        os.environ["PYTHONPATH"] = str(tree)  # for processes that tests start
        sys.path.insert(0, str(tree))
        sys.dont_write_bytecode = True
        hypothesis.settings.register_profile(
            "mutants", derandomize=True, database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # any failure will do
        )  # fmt: skip
        hypothesis.settings.load_profile("mutants")
        code = int(pytest.main([*_OPTIONS, *tests]))
    finally:
        os._exit(code)


def equivalent() -> set[str]:
    """Return the names of mutants that are no faults, as listed by hand."""
    if not EQUIVALENT.is_file():
        return set()
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def found(patterns: str) -> list[str]:
    """Return the files that there are of some patterns, in their order."""
    return [str(path.relative_to(HOME)) for pattern in patterns.split()
            for path in sorted(HOME.glob(pattern))]  # fmt: skip


def tests_of(area: str) -> dict[str, tuple[str, ...]]:
    """Return the tests of each file of an area."""
    return {path: tuple(found(tests)) for pattern, tests in AREAS[area].items()
            for path in found(pattern)}  # fmt: skip


def drawn(area: str, count: int, seed: int) -> list[Mutant]:
    """Return random mutants of an area, none of them listed as equivalent."""
    known = equivalent()
    every = [
        mutant for path in tests_of(area)
        for mutant in mutants(path, (HOME / path).read_text(encoding="utf-8"))
    ]  # fmt: skip
    order = random.Random(f"{seed} {area}").sample(every, len(every))
    taken = order[:count]
    for mutant in taken:
        if mutant.name in known:
            print(f"equivalent  {mutant.name}")
    return [mutant for mutant in taken if mutant.name not in known]


def copied(tree: Path) -> None:
    """Copy what the tests need."""
    for name in _COPIED:
        part = HOME / name
        if part.is_dir():
            shutil.copytree(part, tree / name)  # with what was compiled, which times of files keep
        elif part.is_file():
            shutil.copy(part, tree / name)


def main() -> int:
    """Run the mutants of an area and print the score; exit 1 if it is under the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("area", choices=sorted(AREAS))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="files whose path holds this")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for name in HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    chosen = [own for own in drawn(given.area, given.count, given.seed) if given.only in own.path]
    print(f"{len(chosen)} mutants of {given.area}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        copied(tree)
        tests = tests_of(given.area)
        limits = {own: _limit(tree, own) for own in {tests[mutant.path] for mutant in chosen}}
        killed = sum(
            _is_killed(tree, mutant, tests[mutant.path], limits[tests[mutant.path]])
            for mutant in chosen
        )
    score = killed / max(1, len(chosen))
    print(f"{given.area}: {killed} of {len(chosen)} mutants killed, {score:.0%} (goal {GOAL:.0%})")
    return 0 if score >= GOAL else 1


def _limit(tree: Path, tests: tuple[str, ...]) -> float:
    """Return how many seconds tests may take on a mutant."""
    begun = time.monotonic()
    if not tested(tree, tests, 3600):
        raise SystemExit(f"the tests fail on the original: {' '.join(tests)}")
    return _SLACK * (time.monotonic() - begun) + 30


def _is_killed(tree: Path, mutant: Mutant, tests: tuple[str, ...], limit: float) -> bool:
    file = tree / mutant.path
    source = (HOME / mutant.path).read_text(encoding="utf-8")
    try:
        file.write_text(mutated(source, mutant), encoding="utf-8")
        lives = tested(tree, tests, limit)
    finally:
        file.write_text(source, encoding="utf-8")
    print(f"{'SURVIVED' if lives else 'killed':<9} {mutant.path}:{mutant.line}  {mutant.said}",
          flush=True)  # fmt: skip
    return not lives


if __name__ == "__main__":
    sys.exit(main())
