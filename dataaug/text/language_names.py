"""English names of languages by their codes."""

from collections.abc import Sequence

from dataaug.errors import UsageError
from dataaug.text import tables


def english_name(code: str) -> str | None:
    """Return the English name of a language, None for an unknown code.

    Args:
        code: an ISO 639-1 code, alone (``pt``) or with a region or script (``pt-BR``, ``zh_Hant``).
            A region without a name of its own counts as the language.
    """
    lower = code.lower().replace("_", "-")
    regions = tables.pairs("dataaug.text", "languages", "regions")
    languages = tables.pairs("dataaug.text", "languages", "languages")
    return regions.get(lower) or languages.get(lower.partition("-")[0])


def known_codes() -> Sequence[str]:
    """Return the codes of the languages that have a name here, in alphabetical order."""
    return list(tables.pairs("dataaug.text", "languages", "languages"))


def language_name(code: str) -> str:
    """Return the English name of a language.

    Raises:
        UsageError: the code is unknown.
    """
    name = english_name(code)
    if name is None:
        some = ", ".join(known_codes()[:8])
        raise UsageError(f"--language {code!r}: expected a code such as {some} …")
    return name
