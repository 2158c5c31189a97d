"""Rows as chats and instructions, in the shapes that trainers read, and back."""

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from dataaug.rows import field_paths
from dataaug.rows.record import Record, Reject, shown_text
from dataaug.rows.verbatim import as_written

Chat = Literal["openai", "trl", "alpaca"]
"""``openai``: ``messages`` and other fields of :data:`OPENAI_FIELDS`; its fine-tuning refuses more.
``trl``: ``messages``, and the other fields beside. ``alpaca``: ``instruction``, ``input``,
``output``, and the others."""

ChatOrNone = Literal["openai", "trl", "alpaca", ""]

MESSAGES = "messages"
"""The field that chats stand in."""
OPENAI_FIELDS = frozenset({MESSAGES, "tools", "parallel_tool_calls", "functions"})
"""What may stand in a line of OpenAI's files for fine-tuning (platform.openai.com/docs)."""
_ALPACA = ("instruction", "output")
_INPUT = "input"


def to_chat(record: Record, chat: Chat, answer: str) -> bytes | Reject:
    """Return a row in a shape of chats: its text is asked, and a field of it is the answer.

    A row that has ``messages`` is a chat already. A field that the shape says word for word stands
    there only; an answer that is no text (a number, a list) is its JSON there, and stays beside.

    Args:
        record: the row.
        chat: the shape.
        answer: the field with the answer; a row without it is a reject, ``missing_answer``.
    """
    fields = as_written(record.line, record.fields)
    asked, told = shown_text(record.text), field_paths.get(record.fields, answer)
    if MESSAGES in fields and chat != "alpaca":
        turns = {turn.get("content") for turn in record.fields[MESSAGES]}
        gone = {*record.schema.texts} if asked in turns else set()
        beside = {name: value for name, value in fields.items() if name not in gone}
        return orjson.dumps(_for_openai(beside) if chat == "openai" else beside)
    if told is None:
        detail = {"message": f"no field {answer!r}; name it by --answer"}
        return Reject("convert", "missing_answer", record, detail)
    said = told if isinstance(told, str) else orjson.dumps(field_paths.get(fields, answer)).decode()
    moved = {*record.schema.texts} | ({answer} if isinstance(told, str) else set())
    beside = {name: value for name, value in fields.items() if name not in moved}
    if chat == "alpaca":
        shape = dict(zip(_ALPACA, (asked, said), strict=True))
        return orjson.dumps({**shape, _INPUT: "", **beside})
    pair = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    whole = {MESSAGES: pair, **beside}
    return orjson.dumps(_for_openai(whole) if chat == "openai" else whole)


def _for_openai(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in OPENAI_FIELDS}


def from_chat(fields: Mapping[str, Any], chat: Chat, answer: str, text: str) -> dict[str, Any]:
    """Return the fields of a row of a shape, as :func:`to_chat` was given them.

    Args:
        fields: what stands in the file.
        chat: the shape.
        answer: the field that the answer becomes, unless the row has it beside.
        text: the field that what is asked becomes.

    Raises:
        ValueError: it is not of the shape; the message says what is missing.
    """
    if chat == "alpaca":
        if not all(isinstance(fields.get(name), str) for name in _ALPACA):
            raise ValueError("expected the texts 'instruction' and 'output'")
        question, told = (fields[name] for name in _ALPACA)
        gone = {*_ALPACA} | ({_INPUT} if fields.get(_INPUT) == "" else set())
    else:
        question, told = _asked(fields.get(MESSAGES))
        if told is None:  # a longer chat stays one
            return {text: question, **fields}
        gone = {MESSAGES}
    rest = {name: value for name, value in fields.items() if name not in gone}
    return {text: question, answer: told, **rest}


def _asked(messages: Any) -> tuple[str, str | None]:
    """Return what a user asks first in a chat, and the answer of a chat of these two turns.

    Raises:
        ValueError: these are no messages, or no user says a text.
    """
    if not isinstance(messages, list) or not all(isinstance(turn, dict) for turn in messages):
        raise ValueError("expected 'messages', a list of objects with role and content")
    said = [turn.get("content") for turn in messages if turn.get("role") == "user"]
    if not said or not isinstance(said[0], str):
        raise ValueError("no user says a text in 'messages'")
    roles = [turn.get("role") for turn in messages]
    plain = all(turn.keys() == {"role", "content"} for turn in messages)
    told = messages[-1].get("content")
    is_pair = plain and roles == ["user", "assistant"] and isinstance(told, str)
    return said[0], told if is_pair else None
