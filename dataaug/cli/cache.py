"""The cache command: what dataaug keeps in the user's cache, and how to be rid of it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from dataaug.cache_limit import REPLIES, limit, set_limit
from dataaug.cli.declared import FreeText, FreeTexts, Opt, Way
from dataaug.cli.options import without_run
from dataaug.errors import MissingError, UsageError
from dataaug.rows.files import user_cache
from dataaug.text.printable import safe

_KINDS = {
    "vectors": "vectors of texts",
    "replies": "replies of language models",
    "searches": "near-duplicate searches that were ended, to be taken up again",
    "openvino": "embedding models converted for OpenVINO",
    "model2vec": "static copies of embedding models",
    "ctranslate2": "translation models with 8-bit weights",
}


@without_run
def cache_command(
    *,
    clear: Annotated[FreeTexts, Opt("Remove it: a name, or all; repeatable.")] = None,
    cache: Annotated[str, Way.CACHE, Opt("The folder, if not the user's cache.")] = "",
    cache_size: Annotated[
        FreeText,
        Opt("Set what replies and vectors may take, as 10GB (the default); off: no limit."),
    ] = "",
    check: Annotated[bool, Opt("Look at every reply and vector; remove damaged ones.")] = False,
) -> None:
    """Show what is kept between runs and how large it is, and remove it on request.

    Examples:
        dataaug cache
        dataaug cache --check
        dataaug cache --clear vectors --cache-size 5GB
    """
    home = Path(cache).expanduser() if cache else user_cache()
    wanted = set(_KINDS) if "all" in (clear or ()) else set(clear or ())
    if unknown := wanted - set(_KINDS):
        known = ", ".join([*_KINDS, "all"])
        raise UsageError(f"--clear {safe(min(unknown))!r}: choose from {known}")
    if cache_size:
        set_limit(home, cache_size)
    if check:
        _check(home)
        return
    most = limit(home)
    allowed = f"at most {_shown(most)} of vectors and replies" if most else "no limit"
    print(f"{safe(str(home))}: {allowed}")
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
    print(f"{safe(str(home))}: {', '.join(_checked(home)) or 'no replies and no vectors'}")


def _checked(home: Path) -> Iterator[str]:
    """Remove what is damaged, and yield what was found of each kind."""
    said = "{:,} {}, {:,} of them damaged and removed".format
    if (home / REPLIES).exists():
        from dataaug.llms.reply_store import ReplyStore

        count, damaged = ReplyStore(home).check()
        yield said(count, "replies", damaged)
    if (home / "vectors").is_dir():
        from dataaug.embedders import vector_store

        count, damaged = vector_store.check_vectors(home / "vectors")
        yield said(count, "vectors", damaged)


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
    for folder in sorted(path for place in places for path in place.iterdir() if path.is_dir()):
        count = sum(keys.stat().st_size for keys in folder.glob("*.keys")) // 20
        yield f"{count:,} {_described(folder / 'about.json')}  ({folder.name})"


def _described(about: Path) -> str:
    """Return what is said of a model to people; vectors can be used without it."""
    try:
        told = json.loads(about.read_bytes())
        lines = str(told["identity"]).split("\n")
        dimensions = int(told["dimensions"])
    except (OSError, ValueError, KeyError, TypeError):
        return "of a model whose description is damaged"
    exact = ", exact" if lines.pop() == "exact" else ""
    return f"× {dimensions}  {safe(', '.join([*lines[:1], *lines[2:4]]))}{exact}"


def _shown(size: float) -> str:
    if size < 1000:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 1000:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"
