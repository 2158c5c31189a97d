"""Say what exactly is wrong with a line that is not JSON, and where."""

import re

import orjson

_NOT_JSON_NUMBER = re.compile(r"-?(?:NaN|Infinity)\b")
_LONE_SURROGATE = re.compile(r"lone|surrogate", re.IGNORECASE)


def explain(line: bytes, error: orjson.JSONDecodeError, limit: int) -> tuple[str, str]:
    """Return the reason word and a message with the column for a line that orjson refuses.

    Columns count characters from 1, except for invalid UTF-8, where they count bytes.
    """
    if len(line) > limit:
        return "line_too_long", f"the line is longer than {limit >> 20} MiB"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as wrong:
        byte = line[wrong.start]
        wide = line[:2] in (b"\xff\xfe", b"\xfe\xff")
        hint = "--encoding utf-16 reads it" if wide else "--encoding reads others, as latin-1"
        return "bad_utf8", f"byte {wrong.start + 1} (0x{byte:02x}) is not valid UTF-8; {hint}"
    if text.startswith("\ufeff"):
        return "bad_json", "a byte order mark stands in the middle of the file; remove it"
    for start in (error.pos - 1, error.pos):  # orjson points behind a minus sign
        number = _NOT_JSON_NUMBER.match(text, max(0, start))
        if number:
            found = f"column {number.start() + 1}: {number.group()}"
            return "bad_json", f"{found} is not JSON; write null instead"
    if _LONE_SURROGATE.search(error.msg):
        return "bad_json", f"column {error.colno}: a lone surrogate escape is not a character"
    if error.pos >= len(text.rstrip()):
        return "bad_json", f"column {error.colno}: the line ends too early (cut off?)"
    return "bad_json", f"column {error.colno}: {error.msg}"
