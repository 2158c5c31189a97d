"""Is the synthetic part like the real part? Measure both, and say what is off and who made it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dataaug import plugins
from dataaug.comparison import CAP
from dataaug.comparison.findings import Finding, broken_limits, check_limits, judge_readings
from dataaug.comparison.measures import Histogram, Measure, Measured
from dataaug.comparison.pool import LineCounts, Pool
from dataaug.comparison.spooled import SpooledLines
from dataaug.embedders.choice import choosing
from dataaug.errors import InputError
from dataaug.plugins import Spec
from dataaug.rows.labels import members, several
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record
from dataaug.rows.report import Report
from dataaug.rows.summary import Summary

DEFAULT_MEASURES = ("length", "vocabulary", "distinct", "punctuation", "casing", "typos",
                    "openings", "labels", "self-similarity", "embedding", "detector")  # fmt: skip

_STYLE_AUC, _STYLE_GAP = 0.7, 0.3
_STYLE_ROWS = 10


@dataclass(frozen=True, slots=True)
class Comparing:
    """How to compare.

    Attributes:
        measures: which numbers to take.
        by_label: compare rows of a label with rows of that label only.
        limits: name of a number (or ``off``) to the most it may be.
        seed: every random draw follows from it.
        cap: real and synthetic rows that are looked at, each; labels are counted over all.
    """

    measures: tuple[Spec, ...] = tuple(Spec(name) for name in DEFAULT_MEASURES)
    by_label: bool = True
    limits: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    cap: int = CAP


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was found, for the table, the report and the gate.

    Attributes:
        findings: in the order of the measures; ``all`` first in each.
        real: real rows that were given.
        synthetic: synthetic rows by method.
        broken: a sentence for each limit that was not kept.
        histograms: counts over bins, for plots.
    """

    findings: tuple[Finding, ...]
    real: int
    synthetic: Mapping[str, int]
    broken: tuple[str, ...] = ()
    histograms: tuple[Histogram, ...] = ()


@dataclass(frozen=True, slots=True)
class CompareSummary(Summary):
    """What a report keeps of a comparison: where the synthetic rows are unlike the real ones.

    Attributes:
        real: real rows that were given.
        synthetic: synthetic rows by method.
        numbers: how many numbers were taken of all rows.
        off: those of all rows, and of each method, that are off: ``measure``, ``method`` (None for
            all rows), and a ``message``.
    """

    real: int
    synthetic: Mapping[str, int]
    numbers: int
    off: tuple[Mapping[str, str | None], ...]

    @classmethod
    def of(cls, found: Comparison) -> "CompareSummary":
        """Return what a report keeps."""
        shown = [each for each in found.findings if each.scope in {"all", "method"}]
        off = tuple(
            {key: each.to_row()[key] for key in ("measure", "method", "message")}
            for each in shown
            if each.verdict == "off"
        )
        whole = sum(each.scope == "all" for each in shown)
        return cls(found.real, found.synthetic, whole, off)


def compare(
    records: Iterable[Record],
    task: Comparing,
    *,
    real: Iterable[Record] = (),
    report: Report | None = None,
    notify: Notify = silent,
) -> Comparison:
    """Compare the synthetic rows with the real ones.

    A number is off when it differs by more than two halves of the real rows do: its distance from
    the real value is above t times the root mean square difference of 30 random split halves of
    the same size (for a distance: above the halves' mean by t standard deviations). t is the
    quantile of Student's distribution at which alike sets have a chance of 5 % to have any number
    called off (Bonferroni: half of it over the numbers of all rows, half over those of labels and
    methods). As the mean over the draws varies less than a draw, the chance is smaller still. The
    difference must also be large enough to matter, by each number's own floor: with ten thousand
    rows every difference is beyond chance.

    Args:
        records: real and synthetic rows.
        task: how.
        real: further real rows; those that are among ``records`` already count once.
        report: takes warnings and what was found.
        notify: shows the progress of slow steps.

    Raises:
        InputError: there are no real or no synthetic rows, or ``real`` holds synthetic ones.
        UsageError: a limit names no number of these measures.
    """
    report = report or Report("compare")
    measures: list[Measure] = [plugins.load("measures", spec) for spec in task.measures]
    numbers = [number for measure in measures for number in measure.numbers]
    check_limits(numbers, task.limits)
    lines = SpooledLines(records, real)
    _demand_both(lines.counts)
    pool = Pool(lines, seed=task.seed, by_label=task.by_label, cap=task.cap, notify=notify,
                counts=lines.counts, made=lines.made)  # fmt: skip
    with choosing(lambda: (line.text for line in lines), report):
        found = [_measured(measure, pool, notify, n, len(measures)) for n, measure in
                 enumerate(measures, 1)]  # fmt: skip
    findings = judge_readings([reading for part in found for reading in part.readings])
    _warn(pool, findings, report)
    for part in found:
        for warning in part.warnings:
            report.warn(warning)
    synthetic = Counter(line_method for line_method, _ in pool.counts.elements())
    whole = Comparison(
        tuple(findings),
        synthetic.pop("real"),
        dict(sorted(synthetic.items())),
        tuple(broken_limits(findings, numbers, task.limits)),
        tuple(histogram for part in found for histogram in part.histograms),
    )
    report.note("compare", CompareSummary.of(whole))
    return whole


def _measured(measure: Measure, pool: Pool, notify: Notify, number: int, total: int) -> Measured:
    found = measure(pool)
    notify("measures", number, total)
    return found


def _demand_both(counts: LineCounts) -> None:
    """Demand real and synthetic rows.

    Raises:
        InputError: one of them is not there.
    """
    total, count = counts.total(), sum(n for (method, _), n in counts.items() if method == "real")
    for number, kind, advice in (
        (total - count, "synthetic", "rows of another tool: --origin synthetic, with the real "
                                          "ones by --real FILE"),
        (count, "real", "give them by --real FILE"),
    ):  # fmt: skip
        if not number:
            raise InputError(f"no {kind} rows among {total:,}; {advice}")


def _warn(pool: Pool, findings: Sequence[Finding], report: Report) -> None:
    """Warn of rows that were not compared, and of a style that gives the label away."""
    shares = {real: pool.share_of_label(real=real) for real in (True, False)}
    alone = sorted(set(shares[False]) - set(shares[True]))
    what = "set of labels" if several(pool.label_names) else "label"
    if pool.by_label and alone:
        report.warn(
            f"{sum(shares[False][label] for label in alone):.1%} of the synthetic rows carry a "
            f"{what} that no real row has ({_few(alone)}): only their proportions were compared"
        )
    if len(pool.lines) < pool.counts.total():
        report.warn(
            f"{len(pool.lines):,} of {pool.counts.total():,} rows were looked at (--cap), equally "
            "many of each label; labels were counted over all"
        )
    auc = next((f.synthetic for f in findings if f.measure == "detector.auc"), None)
    share = _synthetic_share(pool)
    if auc is None or auc < _STYLE_AUC or len(share) < 2:
        return
    most, least = max(share, key=lambda x: share[x]), min(share, key=lambda x: share[x])
    if share[most] - share[least] >= _STYLE_GAP:
        report.warn(
            f"a model could learn style instead of class: {share[most]:.0%} of the rows of "
            f"{most!r} are synthetic but {share[least]:.0%} of {least!r}, and synthetic rows can "
            f"be told by their style (AUC {auc:.2f})"
        )


def _few(names: list[str]) -> str:
    return ", ".join(map(repr, names[:3])) + (" …" if len(names) > 3 else "")


def _synthetic_share(pool: Pool) -> dict[str, float]:
    """Return the share of synthetic rows of each label with enough rows to matter."""
    total: Counter[str] = Counter()
    synthetic: Counter[str] = Counter()
    for (method, own), count in pool.counts.items():
        for label in members(own):
            total[label] += count
            synthetic[label] += count if method in pool.made else 0
    return {name: synthetic[name] / n for name, n in sorted(total.items()) if n >= _STYLE_ROWS}
