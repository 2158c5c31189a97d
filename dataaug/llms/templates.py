"""Turn a prompt template into the messages of a request, in Jinja's sandbox."""

import json
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dataaug.errors import UsageError
from dataaug.llms import Message

# No autoescape: prompts are plain text. What rows hold is a value, never a part of a template.
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)


def plain_json(value: Any, indent: int | None = None) -> str:
    """Return a value as plain JSON; Jinja's own is for HTML, and models imitate its escapes."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


_ENVIRONMENT.filters["tojson"] = plain_json
_BREAK = "\n---\n"


class PromptTemplate:
    """A template of a prompt.

    A line ``---`` parts the system message from the user's; without one there is none.

    Raises:
        UsageError: it is not a Jinja template.
    """

    def __init__(self, source: str) -> None:
        system, found, user = source.replace("\r\n", "\n").partition(_BREAK)
        before = system.count("\n") + 2 if found else 0  # lines in front of the user's part
        self._starts = [0, before] if found else [0]
        texts = [system, user] if found else [source]
        self._parts = [_compiled(*pair) for pair in zip(texts, self._starts, strict=True)]

    def messages(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the messages.

        Raises:
            UsageError: the template names an unknown variable or fails; the message says which.
        """
        texts = [
            _rendered(part, start, values)
            for part, start in zip(self._parts, self._starts, strict=True)
        ]
        messages = [Message("user", texts[-1])]
        if len(texts) > 1 and texts[0]:
            messages.insert(0, Message("system", texts[0]))
        return tuple(messages)


def read_prompt(path: str) -> str:
    """Return the text of a file with a prompt; no name is no text.

    Raises:
        UsageError: it can't be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig") if path else ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(f"--prompt {path}: line {line} is not UTF-8: {error.reason}") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise UsageError(f"--prompt {path}: can't be read: {said}") from error


def _compiled(source: str, start: int) -> Template:
    try:
        return _ENVIRONMENT.from_string(source)
    except Exception as error:  # the compiler's own limits too: what is in the file is a person's
        line = getattr(error, "lineno", None)
        where = f" (line {start + line})" if line else ""
        raise UsageError(f"the prompt template is not valid: {_said(error)}{where}") from error


def _rendered(part: Template, start: int, values: Mapping[str, Any]) -> str:
    try:
        return part.render(values).strip()
    except Exception as error:  # an expression may raise whatever Python can
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
                 if frame.filename == "<template>" and frame.lineno]  # fmt: skip
        where = f" (line {start + lines[-1]})" if lines else ""
        raise UsageError(
            f"the prompt template fails: {_said(error)}{where} (variables: {', '.join(values)})"
        ) from error


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
