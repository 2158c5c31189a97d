"""What verdicts say, in lines for people."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dataaug.review import advice
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.review.run import SpotcheckSummary

_SHOWN = 5


def summary_lines(found: "SpotcheckSummary") -> Iterator[str]:
    """Yield what the verdicts say, for a person."""
    yield from _rates("method", found.by_method)
    yield from _rates("label", found.by_label)
    yield from (f"  {line}" for line in found.answer.worth)
    yield from _agreement(found)
    yield from _assist(found.assist, found.answer.reviewed)
    beside = found.outside_the_estimate
    if beside["reviewed"]:
        yield (
            f"  rows outside the sample, which do not count: {beside['errors']} of "
            f"{beside['reviewed']} bad"
        )
    changed = found.changed_verdicts
    if changed["replaced"]:
        yield (
            f"  {changed['replaced']} verdicts were replaced by a later one of the same reviewer, "
            f"{changed['contradicted']} of them by another one; the last one counts"
        )
    for line in advice.advice_lines(found.advice):
        yield f"  {safe(line, 400)}"


def _rates(kind: str, rates: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the error rates of the methods or labels that have errors, the worst first."""
    bad = {name: rate for name, rate in rates.items() if rate["errors"]}
    if len(rates) < 2 or not bad:
        return
    width = max(len(safe(name, 40)) for name in list(bad)[:_SHOWN])
    for name, rate in list(bad.items())[:_SHOWN]:
        low, high = rate["interval_95"]
        yield (
            f"  {kind} {safe(name, 40):<{width}}  {rate['errors']:>3} of {rate['reviewed']:>3} "
            f"bad, {rate['rate']:.1%} ({low:.1%} to {high:.1%})"
        )
    if len(bad) > _SHOWN:
        yield f"  … {len(bad) - _SHOWN} more {kind}s with errors (--report has all)"


def _assist(found: Mapping[str, Any], reviewed: int) -> Iterator[str]:
    """Yield how far a judge agrees with the reviewers, and what its scores are worth."""
    if not found:
        return
    name, kappa = found["judge"], found["cohens_kappa"]
    same, passed, called = (
        found[part] for part in ("agree", "bad_rows_passed", "good_rows_called_bad")
    )
    yield (
        f"  {name}: agrees with the reviewers on {same['rows']} of {same['of']} rows (Cohen's "
        f"kappa {'not defined' if kappa is None else format(kappa, '.2f')})"
    )
    yield (
        f"  {name}: passes {passed['rows']} of {passed['of']} bad rows {_range(passed)}, calls "
        f"{called['rows']} of {called['of']} good ones bad {_range(called)}"
    )
    saved = found["reviews_saved"]
    yield (
        f"  {name}: with its scores of all rows at most {found['upper_bound_95']:.1%} are bad "
        f"(95 %), as with {reviewed + saved:,} reviews and no scores: "
        + (f"it saved {saved:,} reviews" if saved >= 0 else f"it cost {-saved:,} reviews")
    )


def _range(found: Mapping[str, Any]) -> str:
    low, high = found["interval_95"]
    return f"({low:.1%} to {high:.1%})"


def _agreement(found: "SpotcheckSummary") -> Iterator[str]:
    held = found.agreement
    if not held:
        return
    name, word = (
        ("cohens_kappa", "Cohen's") if "cohens_kappa" in held else ("fleiss_kappa", "Fleiss'")
    )
    kappa = held[name]
    yield (
        f"  {len(held['reviewers'])} reviewers agree on {held['agree']:.0%} of {held['rows']} "
        f"rows ({word} kappa {'not defined' if kappa is None else format(kappa, '.2f')})"
    )
    for dispute in found.disagreements[:_SHOWN]:
        said = ", ".join(f"{safe(name, 80)}: {word}" for name, word in dispute["said"].items())
        yield f"    row {dispute['key']}: {said}"
    if len(found.disagreements) > _SHOWN:
        yield f"    … {len(found.disagreements) - _SHOWN} more (--report has all)"
