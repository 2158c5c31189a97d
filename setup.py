"""What pyproject.toml cannot say: the README as PyPI shows it, where a relative link leads nowhere.

Links to files of this project lead to ``Source`` of ``[project.urls]`` once that is given; until
then they are the names of files in the source distribution, which holds docs/.
"""

import re
import tomllib
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)]+)\)")
_CODE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_WHERE = "\nThe pages that are named above lie in the source distribution.\n"


def as_shown_elsewhere(text: str, source: str = "") -> str:
    """Return Markdown without relative links.

    Args:
        text: the Markdown.
        source: address below which the project's files are; empty if there is none: a link
            becomes the name of its file, a picture its description.
    """

    def link(found: re.Match[str]) -> str:
        mark, words, path = found.groups()
        if source:
            return f"{mark}[{words}]({source.rstrip('/')}/{path})"
        file = path.partition("#")[0]
        if mark:
            return f"*({words}: {file})*"
        return file if words.strip("`") in {path, file} else f"{words} ({file})"

    parts = _CODE.split(text)
    shown = "".join(part if n % 2 else _LINK.sub(link, part) for n, part in enumerate(parts))
    return shown if source else shown + _WHERE


def main() -> None:
    """Hand the README to setuptools; all else stands in pyproject.toml."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    setup(
        long_description=as_shown_elsewhere(readme, project.get("urls", {}).get("Source", "")),
        long_description_content_type="text/markdown",
    )


if __name__ == "__main__":
    main()
