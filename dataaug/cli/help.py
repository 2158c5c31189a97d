"""What ``--help`` shows, made of how the options are declared.

A command's own options stand first; those that it shares with others follow under a title, in
``--help`` by their names alone and in ``--help-all`` with a line each. The pages of the reference
are made of the same text.
"""

import inspect
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from typer.core import TyperCommand

from dataaug.cli.commands import ALL
from dataaug.cli.declared import OPTIONS, Arg, Declared, Way

_EXAMPLES = "Examples:"
_FILES = {
    Way.ROWS: "FILE", Way.READ: "FILE", Way.OUTPUT: "FILE", Way.WRITTEN: "FILE", Way.KEPT: "FILE",
    Way.CACHE: "FOLDER", Way.OPTIONS: "KEY=VALUE",
}  # fmt: skip
_LONGEST_CHOICES = 24  # letters of choices that stand beside the flag and not in the text
_FLAGS = 25  # letters of the widest column of flags
_SHORT = 60  # letters of a text that is shown whole beside its default


class HelpfulCommand(TyperCommand):
    """A command whose help is made of its declarations."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note whether all options are to be shown, and parse."""
        ctx.meta[ALL] = ALL in args
        return super().parse_args(ctx, ["--help"] if ALL in args else args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the command's page."""
        whole = ctx.meta.get(ALL, False)
        usage = f"{ctx.command_path} [OPTIONS] {' '.join(_arguments(OPTIONS[self.name or '']))}"
        formatter.write(page(self.name or "", self.help or "", usage, formatter.width, whole=whole))


def page(name: str, text: str, usage: str, width: int, *, whole: bool) -> str:
    """Return the help of a command.

    Args:
        name: the command.
        text: what it does: paragraphs, and behind ``Examples:`` a command line each.
        usage: how it is called.
        width: the longest line, in characters.
        whole: show a line for every option; else the first sentence for the command's own ones,
            and the names of those that it shares with others.
    """
    about, _, examples = inspect.cleandoc(text).partition(_EXAMPLES)
    lines = [*_wrapped(f"Usage: {usage}", width), ""]
    for paragraph in about.strip().split("\n\n"):
        lines += [*_wrapped(" ".join(paragraph.split()), width, "  "), ""]
    if examples.strip():
        lines += [_EXAMPLES, *(f"  {line.strip()}" for line in examples.strip().splitlines()), ""]
    for title, options in _titled(OPTIONS[name].values()).items():
        if whole or not title:
            lines += [f"{title or 'Options'}:", *_listed(options, width, whole=whole), ""]
        else:
            names = ", ".join(option.opt.spelt(option.name)[0] for option in options)
            lines += _wrapped(f"{title}: {names}", width, "", "  ")
    more = "" if whole else f"  {ALL}  explains every option."
    return "\n".join([*lines, f"-h, --help  Show this.{more}", ""])


def _titled(options: Iterable[Declared]) -> Mapping[str, list[Declared]]:
    """Return the options that are no arguments by their title, the command's own ones first."""
    found: dict[str, list[Declared]] = {"": []}
    for option in options:
        if not isinstance(option.opt, Arg):
            found.setdefault(option.title, []).append(option)
    return {title: some for title, some in found.items() if some}


def _listed(options: Iterable[Declared], width: int, *, whole: bool) -> list[str]:
    """Return lines of flags and texts in two columns."""
    rows = [(_flags(option), _text(option, whole=whole)) for option in options]
    column = max((len(flags) for flags, _ in rows if len(flags) <= _FLAGS), default=0) + 4
    lines = []
    for flags, text in rows:
        first, *further = _wrapped(text, width - column)
        head = f"  {flags}".ljust(column)
        if len(flags) > column - 4:
            lines.append(head)
            head = " " * column
        lines += [head + first, *(" " * column + line for line in further)]
    return lines


def _flags(option: Declared) -> str:
    """Return how an option is spelt, with a word for its value."""
    spelt = ", ".join(option.opt.spelt(option.name))
    return f"{spelt} {kind}" if (kind := metavar(option)) else spelt


def metavar(option: Declared) -> str:
    """Return a word for an option's value, empty for a switch."""
    kinds = [kind for kind in (get_args(option.type) or (option.type,)) if kind is not type(None)]
    if option.choices:
        shown = "|".join(filter(None, option.choices))
        return shown if len(shown) <= _LONGEST_CHOICES else "CHOICE"
    if option.type is bool or bool in kinds:
        return ""
    if int in kinds or float in kinds:
        return "N" if int in kinds else "X"
    return _FILES.get(option.way, "TEXT")


def _text(option: Declared, *, whole: bool) -> str:
    """Return what is said of an option: its first sentence, or all with choices and default."""
    text = option.opt.text
    if not whole and (len(text) > _SHORT or "Default:" not in text):
        text = _summary(text)
    if whole and metavar(option) == "CHOICE":
        text += f" One of {', '.join(filter(None, option.choices))}."
    plain = option.default not in (None, "", False, True) and "Default:" not in text
    return f"{text} Default: {option.default}." if plain else text


def _summary(text: str) -> str:
    """Return the first sentence."""
    line = " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
    first = line.partition(". ")[0]
    return first if first.endswith((".", "?")) else f"{first}."


def _arguments(options: Mapping[str, Declared]) -> list[str]:
    return [f"[{name.upper()}]..." for name, o in options.items() if isinstance(o.opt, Arg)]


def _wrapped(text: str, width: int, indent: str = "", further: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, break_on_hyphens=False, break_long_words=False,
        subsequent_indent=indent if further is None else further,
    ) or [""]  # fmt: skip
