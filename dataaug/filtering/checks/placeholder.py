"""A blank to fill in ("[Name]"), or wrapping of the reply ("1.", "Here are"), left in the text."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, mute
from dataaug.rows.record import Record
from dataaug.text import tables


def _any(section: str) -> str:
    return f"(?:{'|'.join(tables.sections('dataaug.filtering', 'placeholder')[section])})"


@functools.cache
def _blank() -> "re.Pattern[str]":
    """Return what finds a blank to fill in."""
    noun = _any("nouns")
    return re.compile(
        rf"\[(?:[^\[\]\n<>]{{0,20}}\W|[A-Z_]{{0,30}}_)?{noun}"
        rf"(?:\W[^\[\]\n]{{0,20}}|_[A-Z_\d]{{1,30}})?\]"
        rf"|<(?:[^<>\n/=]{{0,20}}[\W_])?{noun}(?:[\W_][^<>\n=]{{0,20}})?>"
        rf"|\{{\{{?\s?(?:\w{{0,20}}[ _])?{noun}(?:[ _]\w{{1,20}})?\s?\}}?\}}"
        r"|<[A-Z]{3,20}_\d{1,3}>|\blorem ipsum\b|_{4,}|\bX{4,}\b",
        re.IGNORECASE,
    )


@functools.cache
def _wrapping() -> "re.Pattern[str]":
    """Return what finds the beginning of a reply that announces a text."""
    here = _any("here")
    return re.compile(
        rf"\s*(?:{_any('yes')}[!,.:]{{1,3}}\s{{0,3}}(?:{here})"
        rf"|{here}:?\s(?:[\w'’-]+\s){{0,5}}{_any('things')}\b"
        rf"|(?:以下|下面)是.{{0,12}}(?:例子|示例|消息|例句|句子|版本|改写)"
        rf"|{_any('titles')}\s*\#?\d{{0,3}}\s*[:：]|{_any('speakers')}\s*[:：]\s"
        r"|[\"'“]?(?:text|message|label)[\"'”]\s*:)",
        re.IGNORECASE,
    )


_CODE = re.compile(
    r"```|</?think>|<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>|\{\s*\"\w{1,20}\"\s*:", re.IGNORECASE
)
_LISTED = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s+(?=[^\W\d_])")


def placeholder(text: str, *, blanks: bool = False) -> str:
    """Return the blank or the wrapping that was left in a text, or nothing.

    Args:
        text: the text.
        blanks: look for blanks only: lists, code and a line that announces them are no fault.
    """
    if blanks:
        found = _blank().search(text)
        return found.group() if found else ""
    found = _wrapping().match(text) or _blank().search(text) or _CODE.search(text)
    return found.group().strip() if found else ""


@dataclass(slots=True)
class _Placeholder:
    """Numbers and dashes in front are no fault where real rows have them too."""

    rows: int = 0
    listed: int = 0

    def learn(self, records: Sequence[Record], /) -> None:
        """Count how many real rows begin like an item of a list."""
        self.rows += len(records)
        self.listed += sum(_LISTED.match(record.text) is not None for record in records)

    def __call__(self, candidates: Sequence[CandidateText], /) -> list[Fault | None]:
        """Return a fault for each text with something left in it."""
        usual = mute(self.listed, self.rows)
        return [_judge(candidate, listed_too=not usual) for candidate in candidates]


def _judge(candidate: CandidateText, *, listed_too: bool) -> Fault | None:
    found = placeholder(candidate.text, blanks=bool(candidate.field))
    if not (found or candidate.field) and listed_too and (mark := _LISTED.match(candidate.text)):
        found = mark.group().strip()
    return Fault("placeholder", {"found": found[:80]}) if found else None


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("placeholder", _Placeholder())
