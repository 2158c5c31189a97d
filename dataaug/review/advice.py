"""Find what the bad rows have in common, and the options that would have kept them out."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from dataaug.review import bounds
from dataaug.review.items import BAD_REASONS
from dataaug.review.votes import Vote
from dataaug.rows.labels import members
from dataaug.rows.record import Record
from dataaug.text.segments import size

_CLEAR = 0.10
"""Chance of so many errors in a group at the rate of the others, below which it stands out."""
_SEVERAL = 2
"""Errors from which something is said of a group, a bound or a reason: one may be chance."""
_LOSS = 0.15
"""The share of good rows that a bound may cost and still be worth naming."""
_CATCH = 1 / 3
"""The share of the errors that it must catch."""

_GENTLER = {
    "synonym": "synonym.replacements=1",
    "insert": "insert.rate=0.05",
    "swap": "swap.rate=0.05",
    "delete": "delete.rate=0.05",
    "typo": "typo.rate=0.05",
}
"""Options that make a method change less; tests hold them to the methods' own options."""
_TEXT = frozenset({"meaning", "nonsense", "unnatural"})
"""Reasons that lie in the text, so that a gentler method helps."""
_BY_REASON = {
    "wrong_label": "dataaug filter --check label -p label.margin=0.1",
    "copy": "dataaug filter --check near-duplicate --similarity 0.9 --origin-similarity 0.98",
}
"""A stricter setting of the check that looks for this kind of error."""


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A row of the sample with the vote on it.

    Attributes:
        record: the row.
        vote: what its reviewers say.
        margin: how much surer a classifier of the real rows is of another label, -1 to 1; None
            where there is none.
        times: how many copies of it the sample has; the vote holds for all of them.
    """

    record: Record
    vote: Vote
    margin: float | None = None
    times: int = 1

    @property
    def method(self) -> str:
        """The method that made the row."""
        return self.record.method

    @property
    def label(self) -> str:
        """The row's label, empty if it has none."""
        return self.record.label or ""


class _Bound(NamedTuple):
    """A number of a row, and the option that rejects rows on one side of a value of it."""

    measure: Callable[[ReviewedRow], float | None]
    above: bool
    said: str
    option: str


def _words(row: ReviewedRow) -> float:
    return size(row.record.text)


def _doubt(row: ReviewedRow) -> float | None:
    """Return the margin of another label, 0 where the row's own is the likeliest."""
    return None if row.margin is None else max(0.0, row.margin)


def _changed(row: ReviewedRow) -> float | None:
    """Return how many edits the row has for each word, None where they are not recorded."""
    edits = (row.record.aug or {}).get("edits")
    return len(edits) / max(1.0, _words(row)) if isinstance(edits, list) and edits else None


_BOUNDS = (
    _Bound(_words, False, "shorter than {} words", "dataaug filter -p length.min_words={}"),
    _Bound(_words, True, "longer than {} words", "dataaug filter -p length.max_words={}"),
    _Bound(
        _doubt, True, "a classifier is surer of another label by more than {}",
        "dataaug filter --check label -p label.classifier=tfidf -p label.margin={}",
    ),
    _Bound(_changed, True, "more than {} edits a word", ""),
)  # fmt: skip


def rates(rows: Sequence[ReviewedRow], by: str) -> dict[str, dict[str, Any]]:
    """Return reviewed rows, errors, rate and 95 % interval of each method or label, worst first.

    Copies count: the rates are those of the data. A row of several labels counts for each.
    """
    seen: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for row in rows:
        for name in members(row.label) if by == "label" else (row.method,):
            seen[name] += row.times
            bad[name] += row.times * row.vote.bad
    found = {}
    for name in sorted(seen, key=lambda name: (-bad[name] / seen[name], -seen[name], name)):
        low, high = bounds.interval(bad[name], seen[name])
        found[name] = {
            "reviewed": seen[name],
            "errors": bad[name],
            "rate": round(bad[name] / seen[name], 4),
            "interval_95": [round(low, 4), round(high, 4)],
        }
    return found


def advice(rows: Sequence[ReviewedRow]) -> list[dict[str, Any]]:
    """Return what stands out among the errors, with the option that would have avoided it.

    A method or label stands out where as many errors as it has would come up less than one time in
    ten at the rate of all other rows. What the sample would be without it, and what a bound would
    have caught and cost, is counted on the rows that were reviewed. Copies count once, and nothing
    is said of what one verdict alone speaks for: a bad row that is there 900 times is still the
    only one that a method made.
    """
    rows = [replace(row, times=1) for row in rows]
    return [*_groups(rows, "method"), *_groups(rows, "label"), *_limits(rows), *_reasons(rows)]


def _groups(rows: Sequence[ReviewedRow], by: str) -> Iterator[dict[str, Any]]:
    errors = sum(row.vote.bad for row in rows)
    for name, counts in rates(rows, by).items():
        others, left = len(rows) - counts["reviewed"], errors - counts["errors"]
        if not others or counts["errors"] < _SEVERAL or not _stands_out(counts, left, others):
            continue
        rest = {"reviewed": others, "errors": left, "rate": round(left / others, 4)}
        yield {by: name, **counts, "without_it": rest, "try": _option(rows, by, name)}


def _stands_out(counts: Mapping[str, Any], left: int, others: int) -> bool:
    elsewhere = (left + 0.5) / (others + 1)
    fewer = bounds.chance(elsewhere, counts["reviewed"], counts["errors"] - 1)
    return 1 - fewer < _CLEAR


def _option(rows: Sequence[ReviewedRow], by: str, name: str) -> str:
    if by == "label":
        return "look at the real rows of this label; augment --labels leaves it out"
    reasons = {row.vote.reason for row in rows if row.vote.bad and row.method == name}
    out = f"leave it out (augment without -m {name})"
    if reasons & _TEXT and name in _GENTLER:
        return f"dataaug augment -m {name} -p {_GENTLER[name]}, or {out}"
    return out


def _limits(rows: Sequence[ReviewedRow]) -> Iterator[dict[str, Any]]:
    """Yield the bounds that would have caught many errors and cost few good rows."""
    for bound in _BOUNDS:
        measured = [(value, row) for row in rows if (value := bound.measure(row)) is not None]
        best = max(
            (_cut(measured, bound.above, value) for value in {value for value, _ in measured}),
            key=lambda cut: (cut.bad - cut.good / max(1, len(rows)), -cut.good, cut.value),
            default=None,
        )
        if best is None or not _is_worth(best, rows):
            continue
        shown = f"{best.value:.2f}".rstrip("0").rstrip(".")
        option = bound.option.format(shown) or _gentle(best.caught)
        yield {
            "bound": bound.said.format(shown), "value": round(best.value, 4), "errors": best.bad,
            "good": best.good, **({"try": option} if option else {}),
        }  # fmt: skip


class _Cut(NamedTuple):
    value: float
    bad: int
    good: int
    caught: list[ReviewedRow]


def _cut(measured: Sequence[tuple[float, ReviewedRow]], above: bool, value: float) -> _Cut:
    gone = [row for own, row in measured if (own > value if above else own < value)]
    caught = [row for row in gone if row.vote.bad]
    return _Cut(value, len(caught), len(gone) - len(caught), caught)


def _is_worth(cut: _Cut, rows: Sequence[ReviewedRow]) -> bool:
    errors = sum(row.vote.bad for row in rows)
    good = len(rows) - errors
    enough = cut.bad >= _SEVERAL and cut.bad >= _CATCH * errors
    return enough and cut.good <= _LOSS * good and cut.bad / errors > 2 * cut.good / max(1, good)


def _gentle(caught: Sequence[ReviewedRow]) -> str:
    """Return the options that make the methods of these rows change less."""
    names = [name for name, _ in Counter(row.method for row in caught).most_common()]
    return " ".join(f"-m {name} -p {_GENTLER[name]}" for name in names if name in _GENTLER)


def _reasons(rows: Sequence[ReviewedRow]) -> Iterator[dict[str, Any]]:
    counts = Counter(row.vote.reason for row in rows if row.vote.bad and row.vote.reason)
    for reason, count in counts.most_common():
        if count < _SEVERAL:
            break
        said: dict[str, Any] = {"reason": reason, "errors": count}
        if reason in _BY_REASON:
            said["try"] = _BY_REASON[reason]
        yield said


def advice_lines(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield advice as lines for a person; names in it come from the data."""
    for part in found:
        option = f". Try: {part['try']}" if "try" in part else ""
        if "without_it" in part:
            kind, rest = ("method" if "method" in part else "label"), part["without_it"]
            yield (
                f"{kind} {part[kind]}: {part['errors']} of {part['reviewed']} rows are bad; the "
                f"others: {rest['errors']} of {rest['reviewed']} ({rest['rate']:.1%}){option}"
            )
        elif "bound" in part:
            yield (
                f"{part['bound']}: {part['errors']} of the bad rows and {part['good']} of the good "
                f"ones are{option}"
            )
        else:
            yield f"{part['errors']} × {BAD_REASONS.get(part['reason'], part['reason'])}{option}"
