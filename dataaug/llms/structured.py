"""How a model is held to a schema: by the server, by the server in part, or in words only."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from dataaug.llms import Message, Prompt, Reply

MODES = ("json_schema", "json_object", "prompt")
"""Modes of structured output, the strictest first: how the server is asked for it."""
NOTE = "structured-output mode"
"""The name under which the mode of a model is noted in the cache."""
ASKING = "?"
"""Stands behind a noted mode that is still to be tried."""
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
    "boolean": bool, "null": type(None),
}  # fmt: skip


def weaker(mode: str) -> str:
    """Return the mode after one, which asks less of the server; the last is its own."""
    return MODES[min(MODES.index(mode) + 1, len(MODES) - 1)]


def evidence(reply: Reply, schema: Mapping[str, Any]) -> bool | None:
    """Did the server hold the model to the schema? None where the reply can't tell."""
    if reply.fault or reply.finish != "stop":
        return None
    try:
        value = orjson.loads(reply.text)
        return follows(value, schema)
    except (orjson.JSONDecodeError, RecursionError):
        return False


def follows(value: Any, schema: Mapping[str, Any]) -> bool:
    """Does a value have the types, keys and choices of a schema? Lengths may differ."""
    kind = schema.get("type")
    if isinstance(kind, str) and not isinstance(value, _TYPES.get(kind, object)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return all(name in value for name in schema.get("required", ())) and all(
            follows(inside, known[name]) for name, inside in value.items() if name in known
        )
    if isinstance(value, list):
        return all(follows(inside, schema.get("items", {})) for inside in value)
    return True


def response_format(schema: Mapping[str, Any], mode: str) -> dict[str, Any] | None:
    """Return what asks the server for structure."""
    if mode == "json_schema":
        named = {"name": "reply", "schema": schema, "strict": _is_strict(schema)}
        return {"type": mode, "json_schema": named}
    return {"type": mode} if mode == "json_object" else None


def _is_strict(schema: Any) -> bool:
    """Does each object of a schema name all its keys? OpenAI's strict mode takes no other."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object":
        named = set(schema.get("properties", {}))
        if named != set(schema.get("required", ())) or schema.get("additionalProperties", True):
            return False
    return all(map(_is_strict, schema.values()))


def messages(prompt: Prompt, mode: str) -> list[dict[str, str]]:
    """Return the conversation as it is sent: the weaker modes are told the schema in words."""
    turns = list(prompt.messages)
    if prompt.schema is not None and mode != "json_schema":
        last = turns[-1]
        said = (
            f"{last.content}\n\nAnswer with JSON only, with nothing before or after it, as this "
            f"JSON schema says: {json.dumps(prompt.schema, ensure_ascii=False)}"
        )
        turns[-1] = Message(last.role, said)
    return [{"role": turn.role, "content": turn.content} for turn in turns]
