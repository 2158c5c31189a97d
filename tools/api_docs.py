"""Write docs/api.md, the reference of Python, from the docstrings.

python tools/api_docs.py          # what `make docs` does
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dataaug
from dataaug.api import inputs, sessions

TARGET = Path(__file__).parents[1] / "docs" / "api.md"
VERBS = (
    "split", "augment", "generate", "balance", "filter", "label", "mix", "spotcheck",
    "tune", "compare", "evaluate",
)  # fmt: skip
KEYWORDS = (inputs.ReadingKeywords, sessions.ModelKeywords, sessions.SessionKeywords)
_SECTION = re.compile(
    r"^(Args|Attributes|Raises|Yields|Returns):\n((?:(?:    .*)?\n)+)", re.MULTILINE
)
_ENTRY = re.compile(r"^(\*{0,2}\w[\w.]*): ", re.MULTILINE)
_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")
_HEAD = """# From Python

This page is made of the docstrings by `tools/api_docs.py`; a test holds that it is up to date.

```python
import dataaug as da
```
"""


def page() -> str:
    """Return the whole page."""
    rest = sorted(set(dataaug.__all__) - set(VERBS) - {"__version__"})
    found = [(name, getattr(dataaug, name)) for name in rest]
    functions = [pair for pair in found if inspect.isfunction(pair[1])]
    errors = [pair for pair in found if inspect.isclass(pair[1]) and issubclass(pair[1], Exception)]
    classes = [pair for pair in found if inspect.isclass(pair[1]) and pair not in errors]
    parts = [
        _HEAD,
        "## What is taken for rows\n",
        _prose(_said_below(inputs, "RowsLike")),
        "## Verbs\n",
        *(_function(name, getattr(dataaug, name)) for name in VERBS),
        "## Keywords of every verb\n",
        *(f"### {kind.__name__}\n\n{_prose(kind.__doc__ or '')}" for kind in KEYWORDS),
        "## Implementations, rows, sessions\n",
        *(_function(name, function) for name, function in functions),
        "## Classes\n",
        *(_class(name, kind) for name, kind in classes),
        "## Errors\n",
        *(f"* `{name}`: {_line(kind)} Exit code {kind.exit_code}." for name, kind in errors),
    ]
    return "\n".join(parts) + "\n"


def _said_below(module: Any, name: str) -> str:
    """Return the text that stands below an assignment."""
    nodes = ast.parse(inspect.getsource(module)).body
    targets = [ast.unparse(getattr(node, "target", node)) for node in nodes]
    said = nodes[targets.index(name) + 1]
    assert isinstance(said, ast.Expr)
    return inspect.cleandoc(ast.literal_eval(said.value))


def _function(name: str, function: Any) -> str:
    whole = f"```python\n{_signature(name, function)}\n```\n\n{_prose(function.__doc__ or '')}"
    return f"### {name}\n\n{whole}"


def _signature(name: str, function: Any) -> str:
    """Return a signature with types as they are written and defaults as they are."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef)
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    types = {each.arg: ast.unparse(each.annotation) for each in every if each.annotation}
    lines, starred = [], False
    for key, given in inspect.signature(function).parameters.items():
        if given.kind is given.VAR_KEYWORD:
            lines.append(f"**{key}")
            continue
        if given.kind is given.VAR_POSITIONAL:
            lines.append(f"*{key}")
            starred = True
            continue
        if given.kind is given.KEYWORD_ONLY and not starred:
            lines.append("*")
            starred = True
        default = "" if given.default is given.empty else f" = {given.default!r}"
        lines.append(f"{key}: {types.get(key, 'Any')}{default}")
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    inside = "".join(f"    {line},\n" for line in lines)
    return f"da.{name}(\n{inside}){returns}"


def _class(name: str, kind: type) -> str:
    members = [f"* `.{key}{_given(each)}`: {_line(each)}" for key, each in _members(kind)]
    more = "\n" + "\n".join(members) + "\n" if members else ""
    return f"### {name}\n\n{_prose(kind.__doc__ or '')}{more}"


def _given(member: Any) -> str:
    """Return what a method takes, nothing for a property."""
    if isinstance(member, property):
        return ""
    return f"({', '.join(list(inspect.signature(member).parameters)[1:])})"


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    for key, member in vars(kind).items():
        if not key.startswith("_") and (isinstance(member, property) or inspect.isfunction(member)):
            yield key, member


def _line(thing: Any) -> str:
    """Return the first paragraph of a docstring as one line."""
    said = inspect.cleandoc(thing.__doc__ or "").partition("\n\n")[0]
    return _marked(" ".join(said.split()))


def _prose(docstring: str) -> str:
    """Return a docstring of Google's style as Markdown."""
    text = inspect.cleandoc(docstring) + "\n"
    return _marked(_SECTION.sub(_section, text)).rstrip() + "\n"


def _section(found: re.Match[str]) -> str:
    entries = textwrap.dedent(found[2])
    listed = _ENTRY.sub(r"* `\1`: ", entries).replace("\n    ", "\n  ")
    return f"**{found[1]}**\n\n{listed.rstrip()}\n\n"


def _marked(text: str) -> str:
    return _ROLE.sub(r"`\1`", text).replace("``", "`").replace("::\n", ":\n")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
