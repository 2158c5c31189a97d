"""CSV for spreadsheets: empty columns for verdict, reason, right label and note."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.review.formats import (
    ANSWERS,
    AnnotationFormat,
    decision,
    entry_of,
    fields_of,
    in_time,
)  # fmt: skip
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem
from dataaug.review.ledger import Entry

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula at the start of a cell (OWASP, CSV injection)."""
_HASHES = ("key", "data")
"""Columns of hex digits: a spreadsheet reads one such as 12e4567890123456 as a number and saves
another, so that they begin with their name and a colon."""
_TOOL = "annotation_id"
"""A column of Label Studio's exports as CSV and TSV, which has the reviewer under ``annotator``."""
_LONGEST = 1 << 30
"""Letters of a cell; Python's own limit is 131,072."""


class _Csv:
    def dumps(self, items: Sequence[ReviewItem], header: Header, /) -> bytes:
        """Return the sample with a byte order mark, so that spreadsheets read it as UTF-8."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        rows = [_spelt(fields_of(item, header)) for item in items]
        writer.writerow([*(rows[0] if rows else ("key",)), *ANSWERS])
        for row in rows:
            writer.writerow([*map(_harmless, row.values()), *("" for _ in ANSWERS)])
        return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "surrogatepass")

    def owns(self, content: bytes, /) -> bool:
        """Does it begin with a line of column names?"""
        head = content.partition(b"\n")[0]
        return b"key" in head and b"verdict" in head and not head.lstrip().startswith((b"{", b"["))

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the verdicts; columns may stand in any order, and be parted by ; or tabs."""
        text = _decoded(content, name)
        head = text.partition("\n")[0]
        parted = max(",;\t", key=head.count)
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=parted)
        before = csv.field_size_limit(_LONGEST)
        try:
            if not {"key", "verdict"} <= set(rows.fieldnames or ()):
                raise InputError(f"{name}:1: expected columns 'key' and 'verdict'")
            return in_time(list(_entries(rows, name)))
        except csv.Error as error:
            raise InputError(f"{name}:{rows.line_num}: not CSV: {error}") from error
        finally:
            csv.field_size_limit(before)


def _entries(rows: "csv.DictReader[str]", name: str) -> Iterator[Entry]:
    for row in rows:
        where = f"{name}:{rows.line_num}"
        verdict = decision(row["verdict"], where)
        if verdict is None:
            continue
        if not row["key"]:
            raise InputError(f"{where}: a verdict without a key")
        plain = {key: _read(key, value) for key, value in row.items() if isinstance(value, str)}
        said = {**plain, **_several(plain)} if _TOOL in plain else plain
        who = plain.get("reviewer") or plain.get("annotator") or ""
        when = plain.get("updated_at") or plain.get("created_at") or ""
        try:
            yield entry_of(said, verdict, who, when if _TOOL in plain else 0.0)
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error


def _several(row: dict[str, str]) -> dict[str, Any]:
    """Return the answers of which Label Studio writes several as JSON."""
    cells = {name: row.get(name, "") for name in ("reason", "right_label", "note")}
    return {name: orjson.loads(cell) for name, cell in cells.items() if cell.startswith('{"')}


def _spelt(row: dict[str, str]) -> dict[str, str]:
    return row | {name: f"{name}:{row[name]}" for name in _HASHES}


def _harmless(cell: str) -> str:
    """Put an apostrophe before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _read(name: str, cell: str) -> str:
    if name in _HASHES:
        return cell.removeprefix(f"{name}:")
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8: save it as CSV UTF-8") from error


def load() -> AnnotationFormat:
    """Build the format."""
    return _Csv()
