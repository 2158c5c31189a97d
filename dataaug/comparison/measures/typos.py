"""Words that no other real row has, and how many of them look misspelt (English)."""

import unicodedata

import numpy as np
import numpy.typing as npt

from dataaug import lexicon
from dataaug.comparison.measures import FunctionMeasure, Measure, Measured
from dataaug.comparison.pool import Pool
from dataaug.comparison.resampling import Number, each, profile, ratio
from dataaug.text.typos import misspellings

NUMBERS = (
    Number("typos.new", "{synthetic} of the words of synthetic rows are in no other real row; of "
           "the words of real rows it is {real}", "share", relative=0.2, absolute=0.005),
    Number("typos.misspelt", "{synthetic} of the words of synthetic rows look misspelt and {real} "
           "of those of real rows", "share", relative=0.2, absolute=0.005),
)  # fmt: skip


def load() -> Measure:
    """Build the measure.

    A word is new if no real row has it but the row itself or, for a synthetic row, its own real
    ancestor: so a copy of a row counts as the row does. A word looks misspelt if it is a known
    misspelling, or new and neither in the shipped lexicon nor with a digit or under three letters.
    In other languages than English the second number follows the first.
    """

    def measure(pool: Pool, /) -> Measured:
        new = _new(pool)
        misspelt = _suspect(pool)[pool.words.values] & new | _known(pool)[pool.words.values]
        sizes = pool.words.sizes
        of = [ratio(_by_row(pool, flags), sizes) for flags in (new, misspelt)]
        return Measured(profile(pool, NUMBERS, lambda draw: each(draw, *of)))

    return FunctionMeasure(NUMBERS, measure)


def _new(pool: Pool) -> npt.NDArray[np.bool_]:
    """Tell of each word of each row, end to end, whether no other real row has it."""
    words, size = pool.words, max(1, len(pool.vocabulary))
    row_of = np.repeat(np.arange(len(pool)), words.sizes)
    pairs = np.unique(row_of[pool.real[row_of]] * size + words.values[pool.real[row_of]])
    support = np.bincount(pairs % size, minlength=size)
    home = np.full(len(pool.root_names), -1)
    home[pool.roots[pool.real]] = pool.places(real=True)
    wanted = home[pool.roots][row_of] * size + words.values
    own = np.isin(wanted, pairs)
    found: npt.NDArray[np.bool_] = support[words.values] - own <= 0
    return found


def _by_row(pool: Pool, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    total = np.concatenate([[0], np.cumsum(flags)])
    found: npt.NDArray[np.int64] = np.diff(total[pool.words.starts])
    return found


def _known(pool: Pool) -> npt.NDArray[np.bool_]:
    wrong = {word for words in misspellings().values() for word in words}
    return np.array([word in wrong for word in pool.vocabulary], dtype=np.bool_)


def _suspect(pool: Pool) -> npt.NDArray[np.bool_]:
    table = lexicon.load_lexicon()
    return np.array(
        [_spelt(word) and word not in table for word in pool.vocabulary], dtype=np.bool_
    )


def _spelt(word: str) -> bool:
    """Has a word three letters at least, and nothing but letters and their marks?"""
    return len(word) >= 3 and all(unicodedata.category(sign)[0] in "LM" for sign in word)
