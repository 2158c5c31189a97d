"""The commands by name: the module of one is imported when it is needed, of the others never."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from dataaug.cli.interrupts import PipeClosed

ALL = "--help-all"
"""The option that explains every option of a command."""

OVERVIEW = {
    "Make": {
        "split": "Hold out a real test set, before anything is made of the rest.",
        "augment": "Pass rows through and add variants of the real ones.",
        "generate": "Make rows from a description, exactly as many of each label as asked for.",
        "label": "Label unlabelled real rows by what the labelled ones teach, or ask people "
        "(--ask N).",
        "balance": "Bring minority classes to a count, and pass all rows through.",
    },
    "Check": {
        "filter": "Reject bad synthetic rows: length, duplicates, near duplicates, wrong labels.",
        "mix": "Mix real and synthetic rows at a ratio, shuffled, no row of two inputs twice.",
        "spotcheck": "Have people look at a sample of the synthetic rows; pass all rows on if it "
        "is good enough.",
    },
    "Prove": {
        "tune": "Find the recipe for more train rows that pays, by cross-validation inside the "
        "train rows.",
        "compare": "Say in what the synthetic rows are unlike the real ones, and which method "
        "made them so.",
        "evaluate": "Train on the real rows and on each candidate, test on real rows: did it help?",
    },
    "And": {
        "card": "Write a dataset card of files, JSON lines or Parquet, and of the reports of "
        "their runs.",
        "convert": "Write rows as another format: tables, folders of datasets, chats; and read "
        "them back.",
        "merge": "Put the files of all shards of a run together: the bytes of one run without "
        "shards.",
        "cache": "Show what is kept between runs and how large it is, and remove it on request.",
        "doctor": "Say what is installed, what each command would use, and the line that gets the "
        "rest.",
        "demo": "Run the main job on rows that come with dataaug, and show what came out.",
    },
}
"""What commands are for → the commands in the order of their use → the first line of their help."""

SUMMARIES = {name: said for group in OVERVIEW.values() for name, said in group.items()}
"""The first line of the help of each command."""


class _Loaded(Mapping[str, Any]):
    """Name to command; each is made when it is asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in SUMMARIES:
            raise KeyError(name)
        if name not in self._known:
            from dataaug.cli.help import HelpfulCommand
            from dataaug.engines import settle

            settle()
            module = import_module(f"dataaug.cli.{name}")
            alone = typer.Typer(
                add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
            )
            alone.command(name, cls=HelpfulCommand)(getattr(module, f"{name}_command"))
            self._known[name] = typer.main.get_command(alone)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(SUMMARIES)

    def __len__(self) -> int:
        return len(SUMMARIES)


@contextmanager
def _told_of_closed_pipes() -> Iterator[None]:
    """Have a closed stdout be what it is for rows, too; typer would make it exit code 1."""
    try:
        yield
    except BrokenPipeError:
        raise PipeClosed from None


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: Any = _Loaded()

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Make the context; help may be printed here."""
        with _told_of_closed_pipes():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, which may print what it has to say."""
        with _told_of_closed_pipes():
            return super().invoke(ctx)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """Return the names in the order of the help."""
        return list(SUMMARIES)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; ``help [COMMAND]`` and ``version`` are other spellings of options."""
        if args[:1] == ["help"]:
            args = [*args[1:2], "--help"]
        if args == ["version"]:
            args = ["--version"]
        return super().parse_args(ctx, ["--help"] if args[:1] == [ALL] else args)

    def get_help_option_names(self, ctx: Any) -> list[str]:
        """Return the spellings in their order, which typer takes from a set."""
        return list(ctx.help_option_names)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's
        """Write the names and what they are, without importing one."""
        for title, group in OVERVIEW.items():
            with formatter.section(title):
                formatter.write_dl(list(group.items()))
        formatter.write(
            "\nNew here: 'dataaug demo'. 'dataaug COMMAND --help' says more, with examples.\n"
        )
