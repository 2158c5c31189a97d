"""The cache command: what dataaug keeps in the user's cache, and how to be rid of it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from dataaug.cli.declared import FreeTexts, Opt, Way
from dataaug.cli.options import without_run
from dataaug.errors import MissingError, UsageError
from dataaug.rows.files import user_cache
from dataaug.text.printable import safe

_KINDS = {
    "vectors": "vectors of texts",
    "replies": "replies of language models",
    "openvino": "embedding models converted for OpenVINO",
    "model2vec": "static copies of embedding models",
    "ctranslate2": "translation models with 8-bit weights",
}


@without_run
def cache_command(
    *,
    clear: Annotated[FreeTexts, Opt("Remove it: a name, or all; repeatable.")] = None,
    cache: Annotated[str, Way.CACHE, Opt("The folder, if not the user's cache.")] = "",
    check: Annotated[bool, Opt("Look at every reply, and remove damaged ones.")] = False,
) -> None:
    """Show what is kept between runs and how large it is, and remove it on request."""
    home = Path(cache).expanduser() if cache else user_cache()
    wanted = set(_KINDS) if "all" in (clear or ()) else set(clear or ())
    if unknown := wanted - set(_KINDS):
        known = ", ".join([*_KINDS, "all"])
        raise UsageError(f"--clear {safe(min(unknown))!r}: choose from {known}")
    if check:
        _check(home)
        return
    print(f"{safe(str(home))}:")
    for kind, meaning in _KINDS.items():
        places = list(_places(home, kind))
        size = sum(_size(place) for place in places)
        if kind in wanted:
            _remove(places)
        done = "removed " if kind in wanted and places else ""
        print(f"  {kind:<12} {done}{_shown(size):>9}  {meaning}")
        if kind == "vectors" and not done:
            for line in _models(places):
                print(f"    {line}")


def _check(home: Path) -> None:
    if not (home / "replies.sqlite").exists():
        print(f"{safe(str(home))}: no replies")
        return
    from dataaug.llms.reply_store import ReplyStore

    count, damaged = ReplyStore(home).check()
    print(f"{safe(str(home))}: {count:,} replies, {damaged:,} of them damaged and removed")


def _places(home: Path, kind: str) -> Iterator[Path]:
    if kind == "replies":
        yield from home.glob("replies.*")
    elif (home / kind).is_dir():
        yield home / kind


def _size(place: Path) -> int:
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())


def _remove(places: list[Path]) -> None:
    try:
        for place in places:
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink()
    except OSError as error:
        raise MissingError(f"{error.filename}: cannot be removed: {error.strerror}") from error


def _models(places: list[Path]) -> Iterator[str]:
    """Yield a line for each model whose vectors are kept."""
    for about in sorted(path for place in places for path in place.glob("*/about.json")):
        told = json.loads(about.read_bytes())
        lines = str(told["identity"]).split("\n")
        count = (about.parent / "keys").stat().st_size // 16
        exact = ", exact" if lines.pop() == "exact" else ""
        model = safe(", ".join([lines[0], *lines[2:4]]))
        yield f"{count:,} × {told['dimensions']}  {model}{exact}  ({about.parent.name})"


def _shown(size: float) -> str:
    if size < 1000:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 1000:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"
