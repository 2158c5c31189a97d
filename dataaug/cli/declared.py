"""How an option is declared: in one place, with its help, what reads it and what file it names.

A parameter of a command, or a field of a :class:`OptionGroup` that several commands share, is
``name: Annotated[type, Opt("help", …)] = default``. The command line's signature, the refusal of
options that nothing reads (:mod:`dataaug.cli.reads`) and that of files that a run would destroy
(:mod:`dataaug.cli.paths`) are made of these declarations.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

import typer

from dataaug import plugins
from dataaug.errors import UsageError
from dataaug.text.printable import safe

Readers = tuple[str, ...]
"""What reads an option, each as it stands behind "it is for"; any one of them is enough."""

ALWAYS: Readers = ()
"""The readers of an option that every run of its command reads."""


class Way(Enum):
    """What a run does with the file that an option names."""

    NONE = "names no file"
    ROWS = "rows that are passed on"
    READ = "read"
    OUTPUT = "rows that are written"
    WRITTEN = "written"
    KEPT = "read and written by design: verdicts, scores"
    CACHE = "a folder that keeps what was computed"
    OPTIONS = "name.key=value, whose value may be a file"


FreeText = Annotated[str, Way.NONE]
FreeTexts = Annotated[list[str] | None, Way.NONE]

_TEXTUAL = (str, str | None, list[str] | None)


class Opt:
    """What is said of an option besides its name, type and default.

    Args:
        text: its line in ``--help``.
        flags: how it is spelt, if not ``--name`` alone; without a long one, ``--name`` is added.
        readers: what reads it.
        kind: the kind of plugin that it names, by whose names the shell completes it.
        settings: what typer takes besides: ``min``, ``max``, ``callback``, ``is_eager``.
    """

    def __init__(
        self, text: str, *flags: str, readers: Readers = ALWAYS, kind: str = "", **settings: Any
    ) -> None:
        self.text = text
        self.kind = kind
        self.flags = flags
        self.readers = readers
        self.settings = settings

    def info(self, name: str, choices: Sequence[str] = ()) -> Any:
        """Return what typer makes an option of; the shell completes it by its choices."""

        def completed(incomplete: str) -> list[str]:
            names = plugins.names(self.kind) if self.kind else choices
            return [choice for choice in names if choice.startswith(incomplete)]

        settings = dict(self.settings)
        if choices or self.kind:
            settings["autocompletion"] = completed
        return typer.Option(*self.spelt(name), help=self.text, **settings)

    def spelt(self, name: str) -> tuple[str, ...]:
        """Return all spellings of an option of this name."""
        long = f"--{name.rstrip('_').replace('_', '-')}"
        there = any(flag.startswith("--") for flag in self.flags)
        return self.flags if there else (*self.flags, long)


class Arg(Opt):
    """What is said of an argument: an option that has no flag."""

    def info(self, name: str, choices: Sequence[str] = ()) -> Any:  # noqa: ARG002 - no flag
        """Return what typer makes an argument of."""
        return typer.Argument(help=self.text, show_default=False)


@dataclass(frozen=True, slots=True)
class Declared:
    """An option of a command.

    Attributes:
        name: the parameter that takes it.
        type: what its value is; a ``Literal`` is a choice among texts.
        default: its value where it is not given.
        opt: its help and spellings.
        readers: what reads it in this command.
        way: what is done with the file that it names.
        title: what the options of its group are called in the help; empty for a command's own.
    """

    name: str
    type: Any
    default: Any
    opt: Opt
    readers: Readers
    way: Way
    title: str = ""

    @classmethod
    def of(cls, name: str, annotation: Any, default: Any) -> Self:
        """Return what an annotation declares.

        Raises:
            TypeError: it takes text, and does not say whether that names a file.
        """
        kind, *notes = get_args(annotation)
        [opt] = [note for note in notes if isinstance(note, Opt)]
        ways = [note for note in notes if isinstance(note, Way)]
        if kind in _TEXTUAL and not ways:
            raise TypeError(f"option {name}: say by a Way whether its text names a file")
        return cls(name, kind, default, opt, opt.readers, ways[0] if ways else Way.NONE)

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that it may be; empty where it is no choice."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    def parameter(self) -> inspect.Parameter:
        """Return the parameter that typer makes the option of."""
        kind = str if self.choices else self.type
        return inspect.Parameter(
            self.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=self.default,
            annotation=Annotated[kind, self.opt.info(self.name, self.choices)],
        )

    def check(self, value: Any) -> None:
        """Refuse a value that is none of the choices.

        Raises:
            UsageError: it is none of them.
        """
        if self.choices and value not in self.choices:
            spelling = self.opt.spelt(self.name)[-1]
            raise UsageError(f"{spelling} {safe(value)!r}: choose from {', '.join(self.choices)}")


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options that several commands share; a subclass is a frozen dataclass of them.

    A command with a parameter of this type has all its options, and is handed their values.

    Attributes:
        TITLE: what they are called in the help.
        PARTS: what reads those ``-p`` options that belong to the group, by a name for them.
    """

    TITLE: ClassVar[str] = ""
    PARTS: ClassVar[Mapping[str, Readers]] = MappingProxyType({})

    @classmethod
    def declared(cls) -> list[Declared]:
        """Return the options."""
        found = [Declared.of(field.name, field.type, field.default) for field in fields(cls)]
        return [replace(option, title=cls.TITLE) for option in found]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the group's values among those of a command; others have their defaults."""
        return cls(**{f.name: values[f.name] for f in fields(cls) if f.name in values})


OPTIONS: dict[str, dict[str, Declared]] = {}
"""Command → option → its declaration, as soon as the command's module is imported."""

PLUGIN_OPTIONS: dict[str, dict[str, Readers]] = {}
"""Command → a name for ``-p`` options of some kind → what reads them."""


def readers(verb: str) -> dict[str, Readers]:
    """Return what reads each option of a command, and each kind of its ``-p`` options."""
    return {name: option.readers for name, option in OPTIONS[verb].items()} | PLUGIN_OPTIONS[verb]


def group_of(parameter: inspect.Parameter) -> type[OptionGroup] | None:
    """Return the group that a parameter takes, None where it takes one option."""
    kind = parameter.annotation
    return kind if isinstance(kind, type) and issubclass(kind, OptionGroup) else None


def group_parameter(name: str, group: type[OptionGroup]) -> inspect.Parameter:
    """Return a parameter that takes the options of a group."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=group)


def declare(
    verb: str,
    first: Iterable[Declared],
    own: Iterable[inspect.Parameter],
    special: Mapping[str, Readers],
) -> Mapping[str, Declared]:
    """Note the options of a command and return them in the order of its help.

    Args:
        verb: the command's name.
        first: options that stand in front.
        own: the command's parameters, options and groups of them. Its own option takes the place
            of one of a group that has the same name.
        special: what reads options of groups in this command, where it is not what the group says.
    """
    found = {option.name: option for option in first}
    single = {}
    PLUGIN_OPTIONS[verb] = {}
    for parameter in own:
        if group := group_of(parameter):
            found |= {option.name: option for option in group.declared()}
            PLUGIN_OPTIONS[verb] |= group.PARTS
        else:
            option = Declared.of(parameter.name, parameter.annotation, parameter.default)
            found[option.name] = single[option.name] = option
    found |= single
    found |= {name: replace(found[name], readers=by) for name, by in special.items()}
    OPTIONS[verb] = found
    return MappingProxyType(found)


def filled_arguments(own: Iterable[inspect.Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a command: each option's value, and each group's values in one."""
    return {
        parameter.name: group.of(values)
        if (group := group_of(parameter))
        else values[parameter.name]
        for parameter in own
    }


def with_signature(
    command: Callable[..., None], parameters: Iterable[inspect.Parameter]
) -> Callable[..., None]:
    """Give a function that takes anything the signature of what it stands for."""
    every = list(parameters)
    command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in every} | {"return": None}
    vars(command).pop("__wrapped__", None)
    return command
