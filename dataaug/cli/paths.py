"""Which options name files, and that no file is written which the same run reads.

Each option that takes text says by a :class:`~dataaug.cli.declared.Way` what it names. Files are
compared by device and inode before any is opened, so that another spelling, a link or a redirection
is no way around.
"""

import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from dataaug.cli.declared import OPTIONS, Way
from dataaug.errors import UsageError
from dataaug.rows.atomic import SHORT_ENDING
from dataaug.rows.files import STDIO, user_cache
from dataaug.rows.shards import SUFFIX
from dataaug.text.printable import safe

WRITING = {
    "near-duplicate.scores": Way.KEPT,
    "judge.scores": Way.KEPT,
    "file.path": Way.WRITTEN,
}
"""The ``-p`` options that name a file to write; any other value may be a file that is read."""

_OF_RESULTS = frozenset({"card", "compare", "evaluate"})
"""Commands whose output is no rows: written over an input, its rows would be gone."""

_KEPT_FOLDERS = ("vectors", "openvino", "model2vec", "ctranslate2")


def way(verb: str, option: str) -> Way:
    """Return what an option of a command names."""
    declared = OPTIONS[verb].get(option)
    return Way.NONE if declared is None else declared.way


class _Named(NamedTuple):
    """A file that an option names.

    Attributes:
        option: its spelling.
        path: as it was given.
        way: what is done with it.
        identity: device and inode, or the resolved path of a file that is not there.
    """

    option: str
    path: str
    way: Way
    identity: object

    @property
    def writes(self) -> bool:
        return self.way in {Way.OUTPUT, Way.WRITTEN, Way.KEPT}


def refuse(verb: str, values: Mapping[str, Any], spelling: Mapping[str, str]) -> None:
    """Refuse a run that would write a file it reads, or one file twice; nothing is opened.

    Only the output may be the one input, whose rows are read whole before they are replaced. What
    one option reads and writes by design is no fault; devices and pipes are none either.

    Args:
        verb: the command.
        values: what each option was given: text, or a list of texts.
        spelling: how options that were given are spelt.

    Raises:
        UsageError: there is such a file.
    """
    named = list(_named(verb, values, spelling))
    replaces = _may_replace(verb, values, named)
    for one, other in combinations(named, 2):
        if one.identity != other.identity or one.option == other.option:
            continue
        if not (one.writes or other.writes):
            continue
        written, beside = (one, other) if one.writes else (other, one)
        if replaces and (written.way, beside.way) == (Way.OUTPUT, Way.ROWS):
            continue
        raise UsageError(_said(written, beside))
    _refuse_kept(values, named)


def _said(written: _Named, beside: _Named) -> str:
    name = f"{written.option} {safe(written.path)}: is the same file as {beside.option}"
    if written.path != beside.path:
        name += f" {safe(beside.path)}"
    if beside.writes and beside.way is not Way.KEPT and written.way is not Way.KEPT:
        return f"{name}, and the files to write must be different; name another file"
    if written.way is Way.OUTPUT and beside.way is Way.ROWS:
        return f"{name}: only the one input of a run can be replaced by its rows; name another file"
    return f"{name}, which it would destroy; name another file"


def _may_replace(verb: str, values: Mapping[str, Any], named: Sequence[_Named]) -> bool:
    """May the output take the place of the input?"""
    rows = {each.identity for each in named if each.way is Way.ROWS}
    named_so = values.get("output") not in {"", STDIO}  # a shell has emptied what it redirects to
    return len(rows) == 1 and named_so and verb not in _OF_RESULTS and not values.get("shard")


def _named(verb: str, values: Mapping[str, Any], spelling: Mapping[str, str]) -> Iterator[_Named]:
    for option, given in values.items():
        kind = way(verb, option)
        name = spelling.get(option, "the input" if option == "inputs" else f"--{option}")
        texts = [given] if isinstance(given, str) else given or ()
        if kind is Way.OPTIONS:
            yield from _of_options(texts)
        elif kind not in {Way.NONE, Way.CACHE}:
            for path in texts:
                yield from _file(name, path, kind)
    if values.get("shard") and values.get("output"):
        yield from _file("--shard", f"{values['output']}{SUFFIX}", Way.WRITTEN)
    if values.get("on_short") == "fail" and values.get("output") not in {"", STDIO}:
        yield from _file("--on-short fail", f"{values['output']}{SHORT_ENDING}", Way.WRITTEN)


def _of_options(texts: Sequence[str]) -> Iterator[_Named]:
    for text in texts:
        key, _, value = text.partition("=")
        name, _, option = key.partition(".")
        full = f"{name.replace('_', '-')}.{option.replace('-', '_')}"
        yield from _file(f"-p {key}", value, WRITING.get(full, Way.READ))


def _file(option: str, path: str, kind: Way) -> Iterator[_Named]:
    """Yield the file that is meant, none where it is a device, a pipe or a folder."""
    try:
        if path in {"", STDIO}:
            found = _standard(kind)
            if found is None:
                return
            path = "<stdin>" if kind is Way.ROWS else "<stdout>"
        else:
            found = os.stat(path)  # noqa: PTH116 - of what a link leads to
    except (OSError, ValueError):
        yield _Named(option, path, kind, os.path.realpath(path))
        return
    if stat.S_ISREG(found.st_mode):
        yield _Named(option, path, kind, (found.st_dev, found.st_ino))


def _standard(kind: Way) -> os.stat_result | None:
    """Return what stdin or stdout is, where an option can mean it."""
    streams = {Way.ROWS: sys.stdin, Way.OUTPUT: sys.stdout}
    stream = streams.get(kind)
    try:
        return None if stream is None else os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return None


def _refuse_kept(values: Mapping[str, Any], named: Sequence[_Named]) -> None:
    """Refuse to write over a file of the cache."""
    asked = values.get("cache", STDIO)
    if asked in {"off", STDIO}:
        return
    home = os.path.realpath(Path(asked).expanduser() if asked else user_cache())
    for each in named:
        path = os.path.realpath(each.path)
        inside = path.removeprefix(home + os.sep) if path.startswith(home + os.sep) else ""
        first = inside.partition(os.sep)[0]
        if each.writes and (first in _KEPT_FOLDERS or first.startswith("replies.sqlite")):
            raise UsageError(
                f"{each.option} {safe(each.path)}: lies in the cache ({safe(home)}); name another "
                "file"
            )
