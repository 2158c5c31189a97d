"""Easy Data Augmentation (Wei & Zou 2019): its operations, and its rates by the number of rows."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dataaug import plugins
from dataaug.augmentation.run import Augmentation
from dataaug.plugins import Spec
from dataaug.rows.record import Record

EDA = ("synonym", "insert", "swap", "delete")
"""The four operations of EDA."""

_EDA_TABLE = ((500, 0.05, 16), (2000, 0.05, 8))
_EDA_LARGE = (0.1, 4)


def eda_settings(rows: int) -> tuple[float, int]:
    """Return alpha and the variants per row that EDA recommends for so many real rows.

    Source: Wei & Zou 2019, table 3 (500, 2,000, 5,000 and more training rows).
    """
    for most, alpha, variants in _EDA_TABLE:
        if rows <= most:
            return alpha, variants
    return _EDA_LARGE


def auto(
    records: Iterable[Record], methods: Sequence[Spec], real: int | None = None, **settings: Any
) -> tuple[Augmentation, Iterator[Record]]:
    """Choose rate and variants by the number of real rows, and return the rows to go on with.

    EDA's number of variants is shared out among the methods. A rate that a method was given stays.

    Args:
        records: the rows.
        methods: the methods.
        real: real rows of the whole input, of which ``records`` may be a part. If None they are
            counted, and no further than it needs (2,001 of them).
        **settings: those of :class:`~dataaug.augmentation.run.Augmentation`.
    """
    rows = iter(records)
    ahead: list[Record] = []
    if real is None:
        real = 0
        for record in rows:
            ahead.append(record)
            real += record.is_real
            if real > _EDA_TABLE[-1][0]:
                break
    rate, variants = eda_settings(real)
    specs = tuple(
        Spec(spec.name, {"rate": rate, **spec.options})
        if "rate" in plugins.options("methods", spec.name)
        else spec
        for spec in methods
    )
    count = max(1, variants // len(specs))
    task = Augmentation(specs, count, **settings)
    return task, itertools.chain(ahead, rows)
