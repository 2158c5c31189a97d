"""Write docs/commands, a page for each command, from what its --help-all shows.

python tools/command_docs.py      # a part of what `make docs` does
"""

from pathlib import Path

import typer

from dataaug.cli.app import app
from dataaug.cli.commands import SUMMARIES
from dataaug.cli.help import page

FOLDER = Path(__file__).parents[1] / "docs" / "commands"
_WIDTH = 100


def pages() -> dict[str, str]:
    """Return the file name and the text of every page."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    found = {}
    for name in SUMMARIES:
        usage = f"dataaug {name} [OPTIONS]"
        shown = page(name, commands[name].help or "", usage, _WIDTH, whole=True)
        found[f"{name}.md"] = f"# dataaug {name}\n\n```text\n{shown.rstrip()}\n```\n"
    return found


def main() -> None:
    """Write all pages, and remove those of commands that are gone."""
    FOLDER.mkdir(exist_ok=True)
    found = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in found:
            path.unlink()
    for name, text in found.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
