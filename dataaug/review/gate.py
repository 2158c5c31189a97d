"""Decide whether rows are good enough by the verdicts on a sample: pass, fail or undecided."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from dataaug.errors import UsageError
from dataaug.review import ACCEPTABLE_RATE, MAX_ERROR_RATE, bounds, stratified, two_strata
from dataaug.review.bounds import Corrected, RateInterval, Stratum

GateRule = Literal["observed", "upper-bound"]
GateVerdict = Literal["pass", "fail", "undecided"]
RULES: tuple[GateRule, ...] = ("observed", "upper-bound")

_USUAL = 0.05
"""The rate that a sample should be able to certify, at least if it has no error."""
_HOPELESS = 20_000  # rows that nobody would review to settle it


@dataclass(frozen=True, slots=True)
class Gate:
    """When the rows are good enough.

    Attributes:
        limit: the largest error rate, 0 to below 1.
        rule: ``observed`` (seed): the rate in the sample is at or under the limit;
            ``upper-bound``: the one-sided 95 % bound of the rate is.
        sequential: stop by Wald's test between the acceptable rate and the limit, too; the upper
            bound is a proof, which that test is not, so that it waits until no row can change it.
        acceptable: the rate that should pass, for the sequential test.
    """

    limit: float = MAX_ERROR_RATE
    rule: GateRule = "observed"
    sequential: bool = False
    acceptable: float = ACCEPTABLE_RATE

    def __post_init__(self) -> None:
        if not 0 <= self.limit < 1:
            raise UsageError(f"--max-error-rate {self.limit:g}: from 0 to below 1")
        if self.rule not in RULES:
            raise UsageError(f"--rule {self.rule!r}: choose from {', '.join(RULES)}")
        if self.sequential and not 0 < self.acceptable < self.limit:
            raise UsageError(
                f"--acceptable {self.acceptable:g}: above 0 and below --max-error-rate"
            )


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """The verdicts on a sample, counted.

    A verdict counts for each copy of its row in the sample, here and in the strata.

    Attributes:
        rows: synthetic rows in the data.
        strata: rows, reviewed, errors and rows without a verdict of each stratum.
        gold_bad: bad gold items that were called bad, and how many had a verdict.
        gold_good: good gold items that were called ok, and how many had a verdict.
        texts: how many different rows the sample has; None: all are different.
        run: errors and rows of the part of the sample that Wald's test reads, see
            :class:`dataaug.review.tally.Tally`; None: all that was reviewed.
        assisted: are the strata two that a judge of all rows has made?
    """

    rows: int
    strata: Sequence[Stratum]
    gold_bad: tuple[int, int] = (0, 0)
    gold_good: tuple[int, int] = (0, 0)
    texts: int | None = None
    run: tuple[int, int] | None = None
    assisted: bool = False

    def upper(self, strata: Sequence[Stratum]) -> float:
        """Return the one-sided 95 % bound of the rate, for these strata or as they may become."""
        bound = two_strata.two_strata_upper if self.assisted else stratified.stratified_upper
        return bound(strata)

    def interval(self) -> RateInterval:
        """Return the two-sided 95 % interval of the rate."""
        if self.assisted:
            return two_strata.two_strata_interval(self.strata)
        return stratified.stratified_interval(self.strata)

    @property
    def reviewed(self) -> int:
        """Rows of the estimate with a verdict."""
        return sum(stratum.reviewed for stratum in self.strata)

    @property
    def left(self) -> int:
        """Rows of the estimate without a verdict."""
        return sum(stratum.left for stratum in self.strata)

    @property
    def planned(self) -> int:
        """Rows of the estimate."""
        return self.reviewed + self.left

    @property
    def errors(self) -> int:
        """Rows of the estimate that are bad."""
        return sum(stratum.errors for stratum in self.strata)


@dataclass(frozen=True, slots=True)
class GateResult:
    """The answer, why, and what it is worth.

    Attributes:
        verdict: pass, fail or undecided.
        why: a sentence.
        errors: bad rows of the estimate.
        reviewed: rows of the estimate with a verdict.
        rate: the estimated error rate of all rows, weighted over the strata.
        interval: its two-sided 95 % interval.
        upper: its one-sided 95 % upper bound.
        worth: sentences on what the answer is worth and what would settle it.
        corrected: the rate without the reviewer's own errors, where gold items were shown.
    """

    verdict: GateVerdict
    why: str
    errors: int
    reviewed: int
    rate: float
    interval: RateInterval
    upper: float
    worth: tuple[str, ...] = ()
    corrected: Corrected | None = None

    def row(self) -> Mapping[str, Any]:
        """Return it as plain JSON data."""
        fixed = self.corrected
        return {
            "verdict": self.verdict,
            "why": self.why,
            "errors": self.errors,
            "reviewed": self.reviewed,
            "error_rate": round(self.rate, 5),
            "interval_95": [round(bound, 5) for bound in self.interval],
            "upper_bound_95": round(self.upper, 5),
            "worth": list(self.worth),
            "corrected": None if fixed is None else [round(part, 5) for part in fixed],
        }

    def line(self) -> str:
        """Return it in a line."""
        return (
            f"{self.errors} of {self.reviewed} rows are bad, {self.rate:.1%} "
            f"(95 %: {self.interval.low:.1%} to {self.interval.high:.1%})"
        )


def gate_result(gate: Gate, count: SampleCounts) -> GateResult:
    """Return whether the verdicts so far pass the gate, and what that is worth."""
    exact, size = _rate(count.strata), bounds.weighted(count.strata).reviewed
    rate, upper = float(exact), count.upper(count.strata)
    verdict, why = _decide(gate, count, exact, upper)
    fixed = bounds.corrected(rate, size, count.gold_bad, count.gold_good)
    return GateResult(
        verdict, why, count.errors, count.reviewed, rate, count.interval(), upper,
        tuple(_worth(gate, count, verdict, upper, fixed)), fixed,
    )  # fmt: skip


def _rate(strata: Sequence[Stratum]) -> Fraction:
    """Return the estimated error rate, within what is certain: a verdict holds for all copies."""
    least, most = stratified.known(strata)
    return min(max(bounds.weighted(strata).rate, least), most)


def _is_weighted(count: SampleCounts) -> bool:
    return len(count.strata) > 1


def _decide(
    gate: Gate, count: SampleCounts, rate: Fraction, upper: float
) -> tuple[GateVerdict, str]:
    limit = gate.limit
    over, shown = _is_over(gate, rate), f"{float(rate):.1%} of {_whole(count, rate)} is bad"
    if not count.reviewed:
        return "undecided", "no row has a verdict"
    early = _early(gate, count)
    if early:
        return early
    if count.left:
        return "undecided", (
            f"{count.left} of {count.planned} rows have no verdict yet; a review shows them, also "
            "those that were skipped"
        )
    if gate.rule == "observed":
        if over:
            return "fail", f"{shown}, more than {limit:.1%}"
        return "pass", f"{shown}, at most {limit:.1%}"
    if upper <= limit:
        return "pass", f"the error rate is at most {upper:.1%} (95 %), the limit is {limit:.1%}"
    if over:
        return "fail", f"{shown}, more than {limit:.1%}"
    return "undecided", (
        f"{shown}, but up to {upper:.1%} of all rows may be (95 %), and the limit is {limit:.1%}"
    )


def _is_over(gate: Gate, rate: Fraction) -> bool:
    return rate > Fraction(repr(gate.limit))


def _whole(count: SampleCounts, rate: Fraction) -> str:
    if rate != bounds.weighted(count.strata).rate:
        return "the data, with all copies of the rows of the sample,"
    return "the data, by the weights of its strata," if _is_weighted(count) else "the sample"


def _early(gate: Gate, count: SampleCounts) -> tuple[GateVerdict, str] | None:
    """Say what Wald's test says, and what no further verdict could change."""
    if _walks(gate, count):
        errors, reviewed = count.run or (count.errors, count.reviewed)
        step = bounds.wald_test(errors, reviewed - errors, gate.acceptable, gate.limit)
        if step:
            said = f"Wald's test between {gate.acceptable:.1%} and {gate.limit:.1%} stops"
            return ("pass" if step > 0 else "fail"), f"{said} after {reviewed} rows"
    if not count.left:
        return None
    best, worst = ([stratum.filled(bad) for stratum in count.strata] for bad in (False, True))
    if _is_over(gate, _rate(best)):
        said = f"{count.errors} errors are too many for {count.planned} rows"
        return "fail", f"{said}, whatever follows"
    if gate.rule == "observed":
        passes = not _is_over(gate, _rate(worst))
    else:
        passes = count.upper(worst) <= gate.limit
    return ("pass", "the rows without a verdict can't change it") if passes else None


def _walks(gate: Gate, count: SampleCounts) -> bool:
    """Does Wald's test decide?"""
    return gate.sequential and gate.rule == "observed" and not _is_weighted(count)


def _observable(limit: float, planned: int) -> int:
    """Return the most errors whose share is not above the limit: 5 for 5 % of 100."""
    return int(Fraction(repr(limit)) * planned)


def _passing(gate: Gate, count: SampleCounts) -> Callable[[float], float]:
    """Return what gives the chance that large data with an error rate passes the observed rule."""
    planned, most = count.planned, _observable(gate.limit, count.planned)
    if _walks(gate, count):
        return lambda rate: bounds.wald_pass_chance(
            rate, planned, most, gate.acceptable, gate.limit
        )
    return lambda rate: bounds.chance(rate, planned, most)


def _worth(
    gate: Gate, count: SampleCounts, verdict: GateVerdict, upper: float, fixed: Corrected | None
) -> list[str]:
    """Return sentences on what the answer is worth, and on what would settle it."""
    said = []
    planned = count.planned
    if count.texts is not None and count.texts < planned:
        said.append(
            f"the {planned:,} rows of the sample are {count.texts:,} different ones: copies share "
            "a verdict, and each counts"
        )
    if gate.rule == "observed" and 0 < planned < count.rows and not _is_weighted(count):
        said += _worth_of_share(gate, count)
    if verdict != "fail" and upper > gate.limit and count.reviewed and not _is_weighted(count):
        said += _settles(gate, count)
    if fixed is not None:
        said.append(
            f"without the reviewer's own errors (planted rows: {count.gold_bad[0]} of "
            f"{count.gold_bad[1]} bad ones found, {count.gold_good[0]} of "
            f"{count.gold_good[1]} good ones passed) the rate is {fixed.rate:.1%} "
            f"({fixed.low:.1%} to {fixed.high:.1%})"
        )
    return said


def _worth_of_share(gate: Gate, count: SampleCounts) -> Iterator[str]:
    """Yield what a share of the sample certifies, and whether so few rows can certify anything."""
    passes = _passing(gate, count)
    yield (
        f"this rule passes data that is {gate.limit:.1%} bad {passes(gate.limit):.0%} of the time; "
        f"all that it certifies is less than {bounds.certified_rate(passes):.1%}"
    )
    few = bounds.review_rows_needed(0, _USUAL, count.rows)
    if few is not None and count.planned < few:
        yield (
            f"{count.planned} rows are few: {few} without an error are needed to be sure of "
            f"{100 * _USUAL:g} %"
        )


def _settles(gate: Gate, count: SampleCounts) -> Iterator[str]:
    """Yield how many further rows would settle it, if they had no error.

    Not before the rows of the sample that have no verdict: who stops at the first moment that looks
    good has no bound.
    """
    enough = bounds.review_rows_needed(count.errors, gate.limit, count.rows)
    if enough is None:
        return
    more = max(enough - count.reviewed, count.left)
    if 0 < more < min(_HOPELESS, count.rows):
        yield (
            f"{more:,} more rows without an error would show that it is at most {gate.limit:.1%}"
        )
