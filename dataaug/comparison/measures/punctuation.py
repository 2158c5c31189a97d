"""Punctuation marks a hundred words, and the share of rows that end in one."""

import unicodedata

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured
from dataaug.comparison.pool import Pool
from dataaug.comparison.resampling import Number, each, profile, ratio

NUMBERS = (
    Number("punctuation.marks", "synthetic rows have {synthetic} punctuation marks a hundred "
           "words, real ones {real}", relative=0.1, absolute=0.5),
    Number("punctuation.ends", "{synthetic} of the synthetic rows end in a punctuation mark and "
           "{real} of the real ones", "share", absolute=0.03),
)  # fmt: skip


def load() -> Measure:
    """Build the measure. A mark is a character of the Unicode categories P*, in any script."""

    def measure(pool: Pool, /) -> Measured:
        marks = [100.0 * sum(map(_is_mark, text)) for text in pool.texts]
        ends = [float(_is_mark(text.rstrip()[-1:])) for text in pool.texts]
        of = (ratio(marks, pool.words.sizes), ratio(ends, [1.0] * len(ends)))
        return Measured(profile(pool, NUMBERS, lambda draw: each(draw, *of)))

    return FunctionMeasure(NUMBERS, measure)


def _is_mark(letter: str) -> bool:
    return bool(letter) and unicodedata.category(letter)[0] == "P"
