"""Say what a file looks like by its first bytes, where it is not what its name says."""

import re

import orjson

_MAGIC = {
    b"PAR1": ("a Parquet file", "parquet"),
    b"ARROW1": ("an Arrow file", "arrow"),
    b"\xff\xff\xff\xff": ("an Arrow stream", "arrow"),
    b"PK\x03\x04": ("a zip archive (.xlsx is one)", "save it as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel file", "save it as CSV"),
    b"BZh": ("packed by bzip2", "bunzip2 -c FILE unpacks it"),
    b"\xfd7zXZ": ("packed by xz", "xz -dc FILE unpacks it"),
    b"SQLite format 3": ("an SQLite database", "duckdb writes its tables as Parquet"),
    b"ORC": ("an ORC file", "pandas or duckdb writes it as Parquet"),
    b"Obj\x01": ("an Avro file", "pandas or duckdb writes it as Parquet"),
    b"FEA1": ("a Feather file of version 1", "pandas writes it as Parquet"),
    b"\x80\x04": ("a pickle of Python", "only who trusts it should open it: pandas writes Parquet"),
    b"\x80\x05": ("a pickle of Python", "only who trusts it should open it: pandas writes Parquet"),
    b"%PDF": ("a PDF", "nothing here reads it"),
    b"<": ("HTML or XML", "nothing here reads it: export JSON lines or CSV"),
    b"\xff\xfe": ("UTF-16 text", "--encoding utf-16 reads it"),
    b"\xfe\xff": ("UTF-16 text", "--encoding utf-16 reads it"),
}
_NAMED = {"jsonl", "json", "csv", "tsv", "parquet", "arrow"}
_ARRAY = re.compile(rb"\[\s*(?:\{|\]|$)")
_OBJECT = re.compile(rb'\{\s*(?:"|\}|$)')
_PRETTY = re.compile(rb"\{[ \t]*\r?\n")


def looks_like(head: bytes) -> tuple[str, str] | None:
    """Return what a file looks like, and the name of the format or what reads it; None: unknown.

    Args:
        head: its first bytes, unpacked; some thousand are enough.
    """
    for magic, told in _MAGIC.items():
        if head.startswith(magic):
            return told
    if b"\0" in head[:200]:
        zeros = sorted((head[0:200:2].count(0), head[1:200:2].count(0)))
        wide = zeros[0] == 0 and zeros[1] > len(head[:200]) // 4
        return ("UTF-16 text", "--encoding utf-16-le or utf-16-be reads it") if wide else (
            "binary data", "nothing here reads it")  # fmt: skip
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _ARRAY.match(text):
        return "a JSON array", "json"
    if _PRETTY.match(text):
        return "JSON objects over several lines each", "jq -c . FILE makes JSON lines of it"
    return ("JSON lines", "jsonl") if _OBJECT.match(text) else _table(text)


def _table(text: bytes) -> tuple[str, str] | None:
    """Is it a table? Its first line has delimiters, and the lines are no JSON."""
    first, _, rest = text.partition(b"\n")
    second = rest.partition(b"\n")[0]
    if second.lstrip().startswith(b"{") or _is_json(first):
        return None
    if b"\t" in first:
        return "a table with tabs", "tsv"
    if b"," in first or b";" in first:
        return "CSV", "csv"
    return None


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def said(name: str, form: str, head: bytes) -> str:
    """Return the sentence about a file that is not of its format, empty where it may well be.

    Args:
        name: how messages call the file.
        form: the format that it should have.
        head: its first bytes.
    """
    found = looks_like(head)
    if not head or found is None or found[1] == form:
        return ""
    if form in {"csv", "tsv"} and found[1] in {"csv", "tsv"}:
        return ""
    what, remedy = found
    if remedy in _NAMED:
        remedy = f"--from {remedy} reads it, or a name that ends in .{remedy}"
    return f"{name}: looks like {what}, not {_CALLED.get(form, form)}; {remedy}"


_CALLED = {"jsonl": "JSON lines", "json": "a JSON array", "csv": "CSV", "tsv": "a table with tabs",
           "parquet": "Parquet", "arrow": "Arrow"}  # fmt: skip
