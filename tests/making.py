"""Make rows for tests."""

from dataaug.rows.record import from_fields


def real(text, label=None, **fields):
    """Return a real row."""
    given = {**fields, "text": text}
    return from_fields(given if label is None else {**given, "label": label})


def made(text, label=None, *, parent=None, name=None, method="test", examples=None, **fields):
    """Return a synthetic row, of a parent, or after examples, or of nothing."""
    aug = {
        "id": name or f"made-{text}",
        "origin": "synthetic",
        "parent": parent and parent.id,
        "root": parent and parent.root,
        "method": method,
    } | ({"examples": examples} if examples else {})
    return real(text, label, **fields, _aug=aug)


def as_bytes(records):
    """Return records as the bytes of a row file."""
    return b"".join(record.line + b"\n" for record in records)


def kept(outcomes):
    """Return the records among outcomes."""
    return [outcome for outcome in outcomes if not hasattr(outcome, "stage")]


def rejected(outcomes):
    """Return the rejects among outcomes."""
    return [outcome for outcome in outcomes if hasattr(outcome, "stage")]
