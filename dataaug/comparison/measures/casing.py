"""The share of letters that are capitals, and of rows that begin with one."""

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured
from dataaug.comparison.pool import Pool
from dataaug.comparison.resampling import Number, each, profile, ratio

NUMBERS = (
    Number("casing.capitals", "{synthetic} of the letters of synthetic rows are capitals and "
           "{real} of those of real rows", "share", relative=0.1, absolute=0.005),
    Number("casing.starts", "{synthetic} of the synthetic rows begin with a capital and {real} of "
           "the real ones", "share", absolute=0.03),
)  # fmt: skip


def load() -> Measure:
    """Build the measure. Scripts without capitals give 0 on both sides."""

    def measure(pool: Pool, /) -> Measured:
        letters = [float(sum(map(str.isalpha, text))) for text in pool.texts]
        capitals = [float(sum(map(str.isupper, text))) for text in pool.texts]
        starts = [float(text.lstrip()[:1].isupper()) for text in pool.texts]
        of = (ratio(capitals, letters), ratio(starts, [1.0] * len(starts)))
        return Measured(profile(pool, NUMBERS, lambda draw: each(draw, *of)))

    return FunctionMeasure(NUMBERS, measure)
