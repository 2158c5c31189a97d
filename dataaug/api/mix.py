"""``mix``: real and synthetic rows at a ratio."""

from typing import Unpack, get_args

from dataaug import mixing
from dataaug.api import inputs
from dataaug.api.inputs import ReadingKeywords, RowsLike
from dataaug.api.results import Result
from dataaug.api.wording import for_python
from dataaug.errors import UsageError
from dataaug.rows.provenance import ProvenanceForm

_STRATA = ("synthetic", "real", "none")


@for_python
def mix(  # noqa: PLR0913 - the options of the command
    rows: RowsLike,
    *,
    ratio: str | float = "auto",
    size: int | None = None,
    stratify: mixing.Strata = "synthetic",
    real: RowsLike = None,
    synthetic: RowsLike = None,
    against: RowsLike = None,
    provenance: ProvenanceForm = "nested",
    seed: int = 0,
    stream: bool = False,
    **reading: Unpack[ReadingKeywords],
) -> Result[mixing.MixSummary]:
    """Mix real and synthetic rows at a ratio, shuffled, no row of two inputs twice.

    Args:
        rows: real rows, synthetic rows, or both.
        ratio: the share of real rows, 0 to 1; or ``REAL:SYNTHETIC`` as ``70:30``; or ``auto``: more
            than 10,000 real rows: only real; 1,000 to 10,000: 50:50 to 70:30; fewer: 30:70.
        size: rows in the result; all that fit by default.
        stratify: whose label proportions the synthetic part keeps: ``synthetic`` (as made),
            ``real`` or ``none``.
        real: further real rows.
        synthetic: further rows, all taken as synthetic.
        against: evaluation rows: a mix with one of them is refused.
        provenance: ``nested`` under ``_aug`` in synthetic rows; ``flat``: plain columns, of one
            type each, in every row, for tools with columns; ``none``.
        seed: equal seeds give equal rows.
        stream: make rows as they are read, see :meth:`Result.stream`.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: an option has a value that is none.
        GuardError: an evaluation row is among the rows, or is synthetic.
        ShortfallError: there are not enough rows for the size.
    """
    if stratify not in _STRATA:
        raise UsageError(f"--stratify {stratify!r}: choose from {', '.join(_STRATA)}")
    if provenance not in get_args(ProvenanceForm):
        raise UsageError(f"--provenance {provenance!r}: choose from nested, flat, none")
    share = mixing.parse_ratio(ratio) if isinstance(ratio, str) else ratio
    task = mixing.Mixing(share, size, stratify, seed, provenance)
    given = inputs.of("mix", rows, reading)
    given.tells_ids = False  # the verb says which rows share one
    records = given.records((real, "auto"), (synthetic, "synthetic"))
    evaluation = given.evaluation(against)
    if evaluation:
        from dataaug import leakage  # noqa: PLC0415 - the search behind it, for those who need it

        records = leakage.watch_train(records, leakage.Evaluation(evaluation), "the mix")
    made = mixing.mix(records, task, schema=given.schema, report=given.report)
    return Result(made, given, stream=stream)
