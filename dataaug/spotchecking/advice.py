"""What the errors have in common, and which options would have kept them out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataaug.reviewers import REASONS
from dataaug.spotchecking import bounds

_CLEAR = 0.10
"""Chance of so many errors in a group at the rate of the others, below which the group stands out."""

_BY_REASON = {
    "wrong_label": "dataaug filter --check label --max-good-loss 0.1  (a stricter label check)",
    "copy": "dataaug filter --check near-duplicate --similarity 0.9 --origin-similarity 0.98",
}
_WEAKER = {
    "synonym": "dataaug augment -m synonym -p synonym.rate=0.05",
    "insert": "dataaug augment -m insert -p insert.rate=0.05",
    "swap": "dataaug augment -m swap -p swap.rate=0.05",
    "delete": "dataaug augment -m delete -p delete.rate=0.05",
    "typo": "dataaug augment -m typo -p typo.rate=0.05",
    "back-translation": "dataaug augment -m back-translation -p back-translation.similarity=0.85",
    "paraphrase": "dataaug augment -m paraphrase -p paraphrase.level=low",
}
_WORN = ("nonsense", "unnatural", "meaning")


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of the sample with what is held of it."""

    method: str
    label: str
    bad: bool
    reason: str = ""


def rates(rows: Sequence[Judged], by: str) -> dict[str, dict[str, Any]]:
    """Return reviewed rows, errors, rate and 95 % interval of each method or label."""
    seen = Counter(getattr(row, by) for row in rows)
    bad = Counter(getattr(row, by) for row in rows if row.bad)
    found = {}
    for name in sorted(seen, key=lambda name: (-bad[name] / seen[name], name)):
        low, high = bounds.interval(bad[name], seen[name])
        found[name] = {
            "reviewed": seen[name],
            "errors": bad[name],
            "rate": round(bad[name] / seen[name], 4),
            "interval_95": [round(low, 4), round(high, 4)],
        }
    return found


def advice(rows: Sequence[Judged]) -> list[dict[str, Any]]:
    """Return what stands out among the errors, with the option that would have avoided it.

    A method or label stands out when as many errors as it has would come up less than one time in
    ten at the rate of all other rows; what the sample would be without it is counted, not guessed.
    """
    found = [*_groups(rows, "method"), *_groups(rows, "label")]
    reasons = Counter(row.reason for row in rows if row.bad and row.reason)
    for reason, count in reasons.most_common():
        said: dict[str, Any] = {
            "reason": reason,
            "errors": count,
            "said": REASONS.get(reason, reason),
        }
        if reason in _BY_REASON:
            said["try"] = _BY_REASON[reason]
        found.append(said)
    return found


def _groups(rows: Sequence[Judged], by: str) -> list[dict[str, Any]]:
    errors = sum(row.bad for row in rows)
    found = []
    for name, counts in rates(rows, by).items():
        others = len(rows) - counts["reviewed"]
        left = errors - counts["errors"]
        if not (others and counts["errors"]) or not _stands_out(counts, left, others):
            continue
        found.append(
            {
                by: name,
                **counts,
                "without_it": {"reviewed": others, "errors": left, "rate": round(left / others, 4)},
                "try": _option(rows, by, name),
            }
        )
    return found


def _stands_out(counts: Mapping[str, Any], left: int, others: int) -> bool:
    elsewhere = (left + 0.5) / (others + 1)
    at_most = bounds.chance(elsewhere, counts["reviewed"], counts["errors"] - 1)
    return 1 - at_most < _CLEAR


def _option(rows: Sequence[Judged], by: str, name: str) -> str:
    if by == "label":
        return f"leave {name!r} out (dataaug augment --labels for the others), or look at its real rows"
    worn = any(row.bad and row.method == name and row.reason in _WORN for row in rows)
    if worn and name in _WEAKER:
        return f"{_WEAKER[name]}, or leave the method out"
    return f"leave the method {name!r} out"


def lines(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return advice as lines for a person."""
    said = []
    for part in found:
        if "without_it" in part:
            kind = "method" if "method" in part else "label"
            rest = part["without_it"]
            said.append(
                f"{kind} {part[kind]!r}: {part['errors']} of {part['reviewed']} bad; without it "
                f"{rest['errors']} of {rest['reviewed']} ({rest['rate']:.1%}). Try: {part['try']}"
            )
        else:
            option = f". Try: {part['try']}" if "try" in part else ""
            said.append(f"{part['errors']} × {part['said']}{option}")
    return said
