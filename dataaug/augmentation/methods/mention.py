"""Replace labelled spans by other mentions of their label, from the real rows of the input.

Mention replacement of Dai & Adel (2020), "An Analysis of Simple Data Augmentation for Named Entity
Recognition", COLING; every different mention is drawn equally often.
"""

from collections.abc import Sequence
from random import Random

from dataaug.augmentation.methods import (
    Draw,
    Method,
    Nothing,
    Request,
    Variant,
    check_share,
    drawn,
)
from dataaug.rows.mentions import LabelledSpan
from dataaug.rows.spans import Edit
from dataaug.text.segments import unspaced
from dataaug.text.words import capital

TAKES = ("mentions",)


def load(*, rate: float = 0.5) -> Method:
    """Build the method.

    Args:
        rate: how probable it is, 0 to 1, that a span is replaced; at least one is.
    """
    check_share("mention.rate", rate)

    def one(request: Request) -> list[Variant | Nothing]:
        others = _others(request)
        if not others:
            why = "" if request.mentions else "no span of the row has a label and may be replaced"
            return [Nothing("no_candidate", why)] * request.count
        request.taken.add(request.text)
        rng, draw = Random(0), _drawing(request.text, others, rate)
        made = (drawn(draw, request, number, rng) for number in range(request.count))
        return [
            each._replace(mentions=True) if isinstance(each, Variant) else each for each in made
        ]

    def method(requests: Sequence[Request], /) -> Sequence[Sequence[Variant | Nothing]]:
        return [one(request) for request in requests]

    return method


def _others(request: Request) -> list[tuple[LabelledSpan, list[str]]]:
    """Return each mention that can be replaced, and what by."""
    found = []
    for mention in request.mentions:
        words = request.text[slice(*mention.span)]
        pool = request.pool.get(mention.label, ())
        others = [text for text in pool if text.casefold() != words.casefold()]
        if others and not any(_inside_word(request.text, place) for place in mention.span):
            found.append((mention, others))
    return found


def _inside_word(text: str, place: int) -> bool:
    """Does a position of a text lie between two letters of one word?"""
    beside = text[max(place - 1, 0) : place + 1]
    return len(beside) > 1 and all(map(str.isalnum, beside)) and not unspaced(beside)


def _drawing(text: str, others: Sequence[tuple[LabelledSpan, Sequence[str]]], rate: float) -> Draw:
    def draw(rng: Random, _: int) -> Sequence[Edit]:
        chosen = [each for each in others if rng.random() < rate] or [rng.choice(others)]
        return [
            Edit(*mention.span, _like(text[mention.span.start], rng.choice(pool)))
            for mention, pool in chosen
        ]

    return draw


def _like(first: str, new: str) -> str:
    """Return a mention with a capital where the one before has one."""
    return capital(new) if first.isupper() else new
