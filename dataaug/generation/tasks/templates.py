"""Turn a prompt template into the messages of a request, in Jinja's sandbox."""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dataaug.errors import UsageError
from dataaug.llms import Message

# No autoescape: prompts are plain text. What rows hold is a value, never a part of a template.
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)
_BREAK = "\n---\n"


class PromptTemplate:
    """A template of a prompt.

    A line ``---`` parts the system message from the user's; without one there is none.

    Raises:
        UsageError: it is not a Jinja template.
    """

    def __init__(self, source: str) -> None:
        system, found, user = source.replace("\r\n", "\n").partition(_BREAK)
        self._parts = [_compiled(system), _compiled(user)] if found else [_compiled(source)]

    def messages(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the messages.

        Raises:
            UsageError: the template names an unknown variable or fails; the message says which.
        """
        try:
            texts = [part.render(values).strip() for part in self._parts]
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            known = ", ".join(values)
            raise UsageError(f"the prompt template fails: {error} (variables: {known})") from error
        messages = [Message("user", texts[-1])]
        if len(texts) > 1 and texts[0]:
            messages.insert(0, Message("system", texts[0]))
        return tuple(messages)


def _compiled(source: str) -> Template:
    try:
        return _ENVIRONMENT.from_string(source)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        raise UsageError(f"the prompt template is not valid: {error}{where}") from error


# fmt: off
_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay",
    "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}
_PLACES = {
    "pt-br": "Brazilian Portuguese", "pt-pt": "European Portuguese", "zh-tw": "Traditional Chinese",
    "zh-hant": "Traditional Chinese",
    "zh-hans": "Simplified Chinese", "zh-cn": "Simplified Chinese",
    "en-gb": "British English", "en-us": "American English", "es-mx": "Mexican Spanish",
    "fr-ca": "Canadian French", "de-at": "Austrian German", "de-ch": "Swiss German",
}
# fmt: on


def language_name(code: str) -> str:
    """Return the English name of a language.

    Raises:
        UsageError: the code is unknown.
    """
    lower = code.lower().replace("_", "-")
    name = _PLACES.get(lower) or _LANGUAGES.get(lower.partition("-")[0])
    if name is None:
        raise UsageError(
            f"--language {code!r}: expected a code such as {', '.join(list(_LANGUAGES)[:8])} …"
        )
    return name
