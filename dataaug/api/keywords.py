"""Messages name options as the command line spells them; here they become keywords."""

import re

_KEYWORDS = {"from": "from_", "method": "methods", "check": "checks", "variants": "n"}
_PARTS = ("report", "rejects")  # of a result, and no keywords
_OPTION = re.compile(
    r'(?<![\w-])--([a-z][a-z-]*)(?: (skip|fail|openai|trl|\d[\w.:]*|"[^"]*")(?!\w))?'
)
_OF_PLUGIN = re.compile(r"(?<![\w-])-p ([\w-]+)\.(\w+)")
_METHOD = re.compile(r"(?<![\w-])-m ([\w-]+)")


def in_python(message: str) -> str:
    """Return a message with options as a caller from Python spells them.

    ``--on-error skip`` becomes ``on_error="skip"``, ``-p label.tail`` becomes ``tail= of 'label'``.
    """
    message = _OPTION.sub(_keyword, message)
    message = _OF_PLUGIN.sub(r"\2= of '\1'", message)
    return _METHOD.sub(r"method '\1'", message)


def _keyword(found: re.Match[str]) -> str:
    if found[1] in _PARTS:
        return f"the {found[1]}"
    name = _KEYWORDS.get(found[1], found[1].replace("-", "_"))
    value = found[2]
    if value is None:
        return f"{name}="
    return f"{name}={value}" if value[0] in '"0123456789' else f'{name}="{value}"'
