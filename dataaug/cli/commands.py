"""The commands by name: the module of one is imported when it is needed, of the others never."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

SUMMARIES = {
    "split": "Hold out a real test set, before anything is made of the rest.",
    "augment": "Pass rows through and add variants of the real ones.",
    "balance": "Bring minority classes to a count, and pass all rows through.",
    "compare": "Say in what the synthetic rows are unlike the real ones, and which method made "
    "them so.",
    "convert": "Write rows as another format: tables, folders of datasets, chats; and read them "
    "back.",
    "filter": "Reject bad synthetic rows: length, duplicates, near duplicates, wrong labels.",
    "generate": "Make rows from a description, exactly as many of each label as asked for.",
    "mix": "Mix real and synthetic rows at a ratio, shuffled, no row of two inputs twice.",
    "spotcheck": "Have people look at a sample of the synthetic rows; pass all rows on if it is "
    "good enough.",
    "evaluate": "Train on the real rows and on each candidate, test on real rows: did it help?",
    "merge": "Put the files of all shards of a run together: the bytes of one run without shards.",
    "cache": "Show what is kept between runs and how large it is, and remove it on request.",
}
"""The commands in the order of the help, and the first line of what each says of itself."""


class _Loaded(Mapping[str, Any]):
    """Name to command; each is made when it is asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in SUMMARIES:
            raise KeyError(name)
        if name not in self._known:
            from dataaug.engines import settle

            settle()
            module = import_module(f"dataaug.cli.{name}")
            alone = typer.Typer(
                add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
            )
            alone.command(name)(getattr(module, f"{name}_command"))
            self._known[name] = typer.main.get_command(alone)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(SUMMARIES)

    def __len__(self) -> int:
        return len(SUMMARIES)


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: Any = _Loaded()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """Return the names in the order of the help."""
        return list(SUMMARIES)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the names and what they are, without importing one."""
        loaded = self.commands
        self.commands = {name: TyperCommand(name, help=said) for name, said in SUMMARIES.items()}
        try:
            super().format_commands(ctx, formatter)
        finally:
            self.commands = loaded
