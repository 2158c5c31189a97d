"""The command line of a run as it may be shown: quoted for a shell, without secrets."""

import re
import shlex
from collections.abc import Sequence

_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET = re.compile(
    r"((?:key|token|secret|password|passwd|signature|sig|auth)\b[^=&]*=)[^&#]+", re.IGNORECASE
)
_GONE = "***"


def shown_command(args: Sequence[str]) -> str:
    """Return a command line that can be typed again.

    Keys come from the environment and stand in no option; what people write into an address all
    the same (``https://user:password@host``, ``?token=…``) or into an option whose name says that
    it is secret becomes ``***``.

    Args:
        args: the arguments, without the program's name.
    """
    return " ".join(["dataaug", *(shlex.quote(_without_secrets(arg)) for arg in args)])


def _without_secrets(arg: str) -> str:
    return _SECRET.sub(rf"\1{_GONE}", _LOGIN.sub(f"{_GONE}@", arg))
