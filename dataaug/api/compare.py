"""``compare``: in what the synthetic rows are unlike the real ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

from dataaug import plugins
from dataaug.api import arguments, inputs, specs
from dataaug.api.inputs import ReadingKeywords, RowsLike
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.comparison import CAP
from dataaug.comparison import run as verb
from dataaug.comparison.findings import Finding
from dataaug.comparison.run import Comparing, Comparison
from dataaug.plugins import Spec
from dataaug.rows.report import Report

_BY = ("label", "none")


@dataclass(frozen=True, slots=True)
class Compared:
    """What ``compare`` found.

    Attributes:
        found: everything, for pages and plots too.
        report: what the run counted, and its warnings.
    """

    found: Comparison
    report: Report

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A number of some group of rows each, with whether it is off."""
        return self.found.findings

    @property
    def off(self) -> list[Finding]:
        """The findings on all rows that are off."""
        return [each for each in self.findings if each.scope == "all" and each.verdict == "off"]

    @property
    def broken(self) -> tuple[str, ...]:
        """A sentence for each limit that was not kept."""
        return self.found.broken

    @property
    def passed(self) -> bool:
        """Were all limits kept? Without limits they were."""
        return not self.broken

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the findings as dicts, as they stand in a file."""
        return [finding.to_row() for finding in self.findings]

    def html(self) -> str:
        """Return a page to look at: one file that needs no network."""
        from dataaug.comparison.page import render  # noqa: PLC0415 - for those who want a page

        return render(self.found, self.report)

    def write_html(self, path: str | PathLike[str]) -> None:
        """Write the page.

        Raises:
            OSError: it can't be written.
        """
        Path(path).write_text(self.html(), encoding="utf-8")

    def __repr__(self) -> str:
        return f"<compare: {len(self.off):,} numbers off>"


@for_python
def compare(
    rows: RowsLike,
    *,
    real: RowsLike = None,
    by: str = "label",
    limits: Mapping[str, float] | None = None,
    measures: Named | Iterable[Named] | None = None,
    embedder: Named | None = None,
    cap: int = CAP,
    seed: int = 0,
    **reading: Unpack[ReadingKeywords],
) -> Compared:
    """Say in what the synthetic rows are unlike the real ones, and which method made them so.

    Every number stands beside what two halves of the real rows give.

    Args:
        rows: real and synthetic rows.
        real: further real rows.
        by: ``label`` compares rows of a label with rows of that label; ``none`` all with all.
        limits: the most that numbers may be, as ``{"auc": 0.8}``; ``off`` is how many are off.
        measures: which numbers to take; ``da.measure(name, option=value)`` has options. Default:
            all that ``dataaug compare --list-measures`` shows.
        embedder: what embeds, for measures that do and name none, as ``hashing``. Default: one that
            knows the languages of all rows.
        cap: real and synthetic rows to look at, each; from 20.
        seed: equal seeds draw equal samples.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: an option has a value that is none, or a limit names no number.
        InputError: there are no real or no synthetic rows, or ``real`` holds synthetic ones.
    """
    wanted = specs.named_specs(measures, verb.DEFAULT_MEASURES)
    task = Comparing(
        tuple(dict.fromkeys(with_embedder(each, embedder) for each in wanted)),
        arguments.chosen("--by", by, _BY) == "label",
        arguments.numbers("limits", limits or {}),
        arguments.as_int("seed", seed),
        arguments.as_int("cap", cap, least=20),
    )
    given = inputs.of("compare", rows, reading)
    found = verb.compare(
        given.records(), task, real=given.beside(real, "real"),
        report=given.report, notify=given.notify,
    )  # fmt: skip
    return Compared(found, given.report)


def with_embedder(named: Named, embedder: Named | None) -> Spec:
    """Return a measure that embeds by an embedder, unless it names one itself or embeds nothing.

    Raises:
        UsageError: it or an option of it is unknown, or a value is none for it.
    """
    spec = named if isinstance(named, Spec) else Spec(named)
    if embedder and "embedder" in plugins.options("measures", spec.name):
        spec = Spec(spec.name, {"embedder": str(embedder), **spec.options})
    return specs.one("measures", spec)
