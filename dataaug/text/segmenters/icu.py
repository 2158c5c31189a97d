"""ICU's dictionaries of Chinese, Japanese, Thai, Lao, Khmer and Burmese, as one wheel."""

import icu4py
from icu4py.breakers import WordBreaker

from dataaug.text.segmenters import Segmenter


class _Icu:
    name = f"icu@{icu4py.icu_version}"

    def __call__(self, text: str, /) -> list[str]:
        """Return the words of a text; the script of each letter chooses its dictionary."""
        return list(WordBreaker(text, "root"))  # its segments() counts UTF-16 units


def load() -> Segmenter:
    """Build the segmenter. It has no options."""
    return _Icu()
