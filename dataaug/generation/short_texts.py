"""Texts of a few words: what language they are in shows only when those of a reply are together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dataaug.filtering.checks import Fault
from dataaug.filtering.checks.by_row import CandidateText, Panel
from dataaug.plugins import Spec
from dataaug.rows.record import Record

_FEW = 5
"""Words from which on the check ``language`` judges a text by itself."""


class ShortTexts:
    """Judges the short texts of a reply as one text.

    A model that was made to answer in French answers in French throughout: five texts of three
    words tell what one of them does not.

    Args:
        specs: the checks of single texts, of which ``language`` is used if it is among them.
        seeds: the real rows.
    """

    def __init__(self, specs: Iterable[Spec], seeds: Sequence[Record]) -> None:
        self._panel = Panel([spec for spec in specs if spec.name == "language"])
        self._panel.learn(seeds)

    def __call__(
        self, replies: Sequence[Sequence[CandidateText]], faults: Iterable[Fault | None]
    ) -> Iterator[Fault | None]:
        """Yield for each text what is wrong with it, reply by reply.

        Args:
            replies: the texts of each reply.
            faults: what is wrong with each of them by itself.
        """
        found = iter(faults)
        for texts in replies:
            alone = [next(found) for _ in texts]
            short = [
                place
                for place, text in enumerate(texts)
                if alone[place] is None and len(text.text.split()) < _FEW
            ]
            if len(short) > 1:
                joined = "\n".join(texts[place].text for place in short)
                (fault,) = self._panel([replace(texts[short[0]], text=joined, parent=None)])
                alone = [fault if place in short else own for place, own in enumerate(alone)]
            yield from alone
