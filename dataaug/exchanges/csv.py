"""CSV for spreadsheets: empty columns for verdict, reason, right label and note."""

import csv
import io
from collections.abc import Sequence

from dataaug.errors import InputError
from dataaug.exchanges import Exchange, entry, said, shown
from dataaug.reviewers import Item
from dataaug.spotchecking.header import Header
from dataaug.spotchecking.ledger import Entry

_ANSWERS = ("verdict", "reason", "right_label", "note", "reviewer")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""What a spreadsheet takes for a formula at the start of a cell (OWASP, CSV injection)."""


class _Csv:
    def dumps(self, items: Sequence[Item], header: Header, /) -> bytes:
        """Return the sample with a byte order mark, so that spreadsheets read it as UTF-8."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        rows = [shown(item, header) for item in items]
        writer.writerow([*(rows[0] if rows else ("key",)), *_ANSWERS])
        for row in rows:
            writer.writerow([*map(_harmless, row.values()), *("" for _ in _ANSWERS)])
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
        if not {"key", "verdict"} <= set(rows.fieldnames or ()):
            raise InputError(f"{name}:1: expected columns 'key' and 'verdict'")
        found = []
        for row in rows:
            verdict = said(row["verdict"], f"{name}:{rows.line_num}")
            if verdict is None:
                continue
            if not row["key"]:
                raise InputError(f"{name}:{rows.line_num}: a verdict without a key")
            plain = {key: _read(value) for key, value in row.items() if isinstance(value, str)}
            found.append(entry(plain, verdict, plain.get("reviewer", "")))
        return found


def _harmless(cell: str) -> str:
    """Put an apostrophe before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _read(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8: save it as CSV UTF-8") from error


def load() -> Exchange:
    """Build the exchange."""
    return _Csv()
