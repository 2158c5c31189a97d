"""A method that made nothing of any row: what is mostly behind that, and what to do."""

from collections import Counter
from collections.abc import Callable, Sequence

from dataaug.rows.record import Outcome, Reject
from dataaug.text.printable import safe

_ENOUGH = 5
"""Variants that a method could not make before that is taken for more than chance."""
_MOSTLY = {
    "no_candidate": "it knows no word of them that it may change. Methods that replace words know "
    "English ones, unless they are told otherwise (docs/augment.md)",
    "wrong_language": "they are in another language than it takes them for; name theirs by "
    "-p {name}.language=CODE",
    "no_words": "their script puts no blanks between words; -p {name}.segmenter=icu finds them",
}
"""What is mostly behind a reason that the rows share."""


class Barren:
    """Counts, by method, the variants that were made, and why others were not."""

    def __init__(self) -> None:
        self._made = Counter[str]()
        self._lost: dict[str, Counter[str]] = {}

    def watch(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Count the outcomes of a row, and pass them on."""
        for outcome in outcomes:
            if isinstance(outcome, Reject):
                method = str(outcome.detail.get("method", ""))
                self._lost.setdefault(method, Counter())[outcome.reason] += 1
            else:
                self._made[outcome.method] += 1
        return outcomes

    def tell(self, warn: Callable[[str], None]) -> None:
        """Warn of each method that made nothing, where it is known what to do."""
        for method, reasons in self._lost.items():
            reason, count = reasons.most_common(1)[0]
            if method and not self._made[method] and count >= _ENOUGH and reason in _MOSTLY:
                name = safe(method.partition("(")[0])
                why = _MOSTLY[reason].format(name=name)
                warn(f"{safe(method)} made nothing of the rows ({reason} {count:,}): {why}")
