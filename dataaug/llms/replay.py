"""Answers from a JSONL file: for tests and demos, with no model and no server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from dataaug.errors import InputError, UsageError
from dataaug.llms import Backend, Prompt, Reply, ReplySink
from dataaug.llms.prices import free

_FAULTS = ("refused", "bad_request", "over_budget")


class _Replay:
    """Of the lines whose ``match`` stands in the prompt, the prompt's seed chooses one."""

    identity = None  # the file is the cache

    def __init__(self, name: str, lines: list[dict[str, Any]]) -> None:
        self.name = name
        self.pricing = free()
        self._lines = lines

    def __call__(self, prompts: Sequence[Prompt], sink: ReplySink, /) -> None:
        """Give the replies that the file holds for the prompts."""
        for place, prompt in enumerate(prompts):
            sink.done(place, self._one(prompt))

    def _one(self, prompt: Prompt) -> Reply:
        asked = "\n".join(message.content for message in prompt.messages)
        able = [line for line in self._lines if line.get("match", "") in asked]
        if not able:
            return Reply("", "", "bad_request", "the replay file has no answer", self.name)
        line = able[prompt.seed % len(able)]  # no state: the same prompt has the same answer
        return Reply(
            line.get("text", ""),
            line.get("finish", "stop"),
            line.get("fault", ""),
            model=self.name,
        )


def _sound(line: Any) -> bool:
    return (
        isinstance(line, dict)
        and all(isinstance(line.get(name, ""), str) for name in ("text", "match", "finish"))
        and line.get("fault", "") in ("", *_FAULTS)
    )


def load(*, model: str = "") -> Backend:
    """Build the backend.

    Args:
        model: the JSONL file; each line has ``text`` (the reply), and may have ``match`` (words
            that the prompt must hold), ``finish`` and ``fault``. Of several lines that match,
            the prompt's seed chooses one.

    Raises:
        UsageError: no file was named.
        InputError: it can't be read, or a line is not a JSON object.
    """
    if not model:
        raise UsageError("replay needs a file with answers: --model FILE.jsonl")
    try:
        lines = [orjson.loads(line) for line in Path(model).read_bytes().splitlines() if line]
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(f"{model}: no file with answers: {error}") from error
    if not all(map(_sound, lines)):
        raise InputError(
            f"{model}: every line should be a JSON object whose text, match and finish are strings "
            f"and whose fault is one of {', '.join(_FAULTS)}"
        )
    return _Replay(f"replay:{Path(model).name}", lines)
