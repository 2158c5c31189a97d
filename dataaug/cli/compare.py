"""The compare command."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from dataaug.cli import vectors
from dataaug.cli.declared import FreeText, FreeTexts, Opt, Way
from dataaug.cli.options import shows, with_run
from dataaug.cli.reads import EMBEDS, embedders
from dataaug.cli.run import Run
from dataaug.cli.vectors import with_vectors
from dataaug.comparison import CAP
from dataaug.errors import UsageError
from dataaug.text.printable import safe

if TYPE_CHECKING:
    from dataaug.comparison.findings import Finding
    from dataaug.comparison.run import Comparison
    from dataaug.plugins import Spec

_LABELS_SHOWN = 3


@with_run()
@with_vectors
def compare_command(  # noqa: PLR0913 - a command line
    run: Run,
    *,
    real: Annotated[list[str] | None, Way.READ, Opt("Further files of real rows.")] = None,
    by: Annotated[
        Literal["label", "none"], Opt("label: like with like, and each label; or none.")
    ] = "label",
    fail_above: Annotated[
        FreeTexts,
        Opt("Gate, as auc=0.8: exit 1 if it is higher. Any number by its name, or off=N."),
    ] = None,
    measure: Annotated[
        FreeTexts, Opt("Measure; repeatable. Default: all that are listed.", kind="measures")
    ] = None,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("measure.key=value; see --list-measures.", "-p")
    ] = None,
    embedder: Annotated[FreeText, Opt(vectors.WHICH, readers=(EMBEDS,))] = "",
    cap: Annotated[int, Opt("Real and synthetic rows to look at, each.", min=20)] = CAP,
    html: Annotated[str, Way.WRITTEN, Opt("File for a report to look at.")] = "",
    list_measures: Annotated[bool, shows("measures")] = False,  # noqa: ARG001
) -> None:
    """Say in what the synthetic rows are unlike the real ones, and which method made them so.

    Writes findings as JSON, one a line; the table on stderr shows them to people. Every number
    stands beside what two halves of the real rows give.

    Examples:
        dataaug compare mixed.jsonl
        dataaug compare mixed.jsonl --html compare.html -o findings.jsonl
        dataaug compare synthetic.jsonl --real train.jsonl --fail-above auc=0.8
    """
    from dataaug import plugins
    from dataaug.api.compare import compare, with_embedder
    from dataaug.comparison.findings import parse_limits
    from dataaug.comparison.run import DEFAULT_MEASURES

    if by not in {"label", "none"}:
        raise UsageError(f"--by {safe(by)!r}: choose from label, none")
    page = run.html(html)
    names = list(dict.fromkeys(measure or DEFAULT_MEASURES))
    given = plugins.parse_options(option or [], names)
    specs = tuple(with_embedder(plugins.Spec(name, given[name]), embedder) for name in names)
    _demand(run, specs, taken=any(map(_takes(embedder, given), names)))
    run.report.settings["measures"] = [str(spec) for spec in specs]
    compared = compare(
        run.input(), real=real, by=by, limits=parse_limits(fail_above or []), measures=specs,
        cap=cap, seed=run.seed,
    )  # fmt: skip
    run.progress.stop()
    run.write_results(compared.to_dicts())
    found = compared.found
    if not run.quiet:
        _show(found)
    run.headline = _headline(found)
    run.gate = "; ".join(found.broken)
    if page is not None:
        page.write(compared.html().encode())


def _takes(embedder: str, given: Mapping[str, Mapping[str, str]]) -> Callable[[str], bool]:
    """Return what says whether a measure embeds by the embedder of ``--embedder``."""
    from dataaug import plugins

    def takes(name: str) -> bool:
        own = given[name].get("embedder", embedder)
        return own == embedder and "embedder" in plugins.options("measures", name)

    return takes if embedder else lambda _: False


def _demand(run: Run, specs: "tuple[Spec, ...]", *, taken: bool) -> None:
    """Refuse options that no measure reads.

    Args:
        run: the run.
        specs: the measures.
        taken: did a measure take --embedder?
    """
    used = frozenset[str]().union(
        *(embedders("measures", spec, vectors.standing_for("")) for spec in specs)
    )
    run.uses(*([EMBEDS] if used else []))
    if "embedder" in run.given and not taken:
        raise UsageError(
            "--embedder: every measure that embeds has one by -p already; leave it out"
        )
    vectors.demand_embedders(used)


def _headline(found: "Comparison") -> str:
    """Return the one line that sums it up."""
    verdicts = [finding.verdict for finding in found.findings if finding.scope == "all"]
    by_method = ", ".join(f"{safe(name, 40)} {count:,}" for name, count in found.synthetic.items())
    unknown = verdicts.count("unknown")
    return (
        f"{found.real:,} real rows, {sum(found.synthetic.values()):,} synthetic ({by_method}): "
        f"{verdicts.count('off')} of {len(verdicts)} numbers off"
        + (f", {unknown} unknown" if unknown else "")
    )


_HEADS = ("measure", "real", "synthetic", "two halves", "difference", "limit", "verdict")


def _show(found: "Comparison") -> None:
    """Show the numbers of all rows as a table, and a sentence for each that is off."""
    every = [finding for finding in found.findings if finding.scope == "all"]
    rows = [_cells(finding) for finding in every]
    if sys.stderr.isatty():
        _rich_table(rows)
    else:
        for line in _plain_table(rows):
            print(line, file=sys.stderr)
    for line in _sentences(found, every):
        print(safe(line, 1000), file=sys.stderr)


def _cells(finding: "Finding") -> tuple[str, ...]:
    from dataaug.comparison.findings import format_value

    values = (finding.real, finding.synthetic, finding.split_half, finding.difference,
              finding.limit)  # fmt: skip
    return (
        finding.measure,
        *(format_value(value, finding.style) for value in values),
        finding.verdict,
    )


def _plain_table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in (_HEADS, *rows)) for n in range(len(_HEADS))]
    for row in (_HEADS, *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells)


def _rich_table(rows: list[tuple[str, ...]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    for place, head in enumerate(_HEADS):
        table.add_column(head, justify="right" if place > 0 else "left")
    colour = {"off": "bold red", "ok": "green", "evened": "green", "unknown": "yellow"}
    for row in rows:
        cells = [Text(safe(cell)) for cell in row[:-1]]
        table.add_row(*cells, Text(row[-1], style=colour[row[-1]]))
    Console(stderr=True).print(table)


def _sentences(found: "Comparison", every: list["Finding"]) -> Iterator[str]:
    for finding in every:
        if finding.verdict == "off":
            yield f"off: {finding.message}"
        elif finding.verdict == "evened":
            yield f"not off: {finding.message}"
    unknown = {finding.message.partition(": ")[2] for finding in every
               if finding.verdict == "unknown"}  # fmt: skip
    for message in sorted(unknown):
        yield f"unknown: {message}"
    methods = sorted({f.name for f in found.findings if f.scope == "method"})
    for method in methods if len(methods) > 1 else []:
        yield _of_method(method, found)
    yield from _of_labels(found)


def _of_labels(found: "Comparison") -> Iterator[str]:
    """Yield a line for each number that is off in some label: how many labels, and the worst."""
    from dataaug.comparison.findings import format_value

    labels = [f for f in found.findings if f.scope == "label" and f.difference is not None]
    taken = Counter(finding.measure for finding in labels)
    for measure in taken:
        off = [f for f in labels if f.measure == measure and f.verdict == "off"]
        if not off:
            continue
        worst = sorted(off, key=lambda f: (-abs(f.difference or 0), f.name))[:_LABELS_SHOWN]
        named = ", ".join(
            f"{safe(f.name, 40)} {format_value(f.synthetic, f.style)}"
            + (f" (real {format_value(f.real, f.style)})" if f.real is not None else "")
            for f in worst
        )
        count = f"{len(off)} of {taken[measure]} labels"
        yield f"by label: {measure} is off in {count}, most in {named}"


def _of_method(name: str, found: "Comparison") -> str:
    """Return the line on one method: which of its numbers are off, and which way."""
    from dataaug.comparison.findings import format_value

    off = [
        f"{f.measure} {format_value(f.synthetic, f.style)}"
        + (f" (real {format_value(f.real, f.style)})" if f.real is not None else "")
        for f in found.findings
        if f.scope == "method" and f.name == name and f.verdict == "off"
    ]
    return f"method {safe(name, 40)}: {', '.join(off) or 'nothing off'}"
