"""Methods of augmentation: one text in, several variants of it out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from dataaug import plugins
from dataaug.errors import UsageError
from dataaug.rows.mentions import LabelledSpan
from dataaug.rows.spans import Edit, Span, apply_edits
from dataaug.text.segmenters import Segmenter
from dataaug.text.segments import unspaced
from dataaug.text.words import words

_TRIES = 12
"""Draws for one distinct variant; more find next to nothing (short texts repeat themselves)."""


@dataclass(slots=True)
class Request:
    """What a method is asked for: ``count`` variants of a text that differ from it and each other.

    Attributes:
        text: the text to vary.
        count: how many variants.
        seed: every random draw follows from this number and the variant's own.
        protected: spans that no edit may touch, sorted and apart from each other.
        taken: texts that are already there and must not come again; a method adds its own.
        label: the row's label, for methods that look at it.
        spans: the row's own character spans; they are among the protected ones.
        mentions: those of them that another one of their label may replace.
        pool: label to the mentions of the real rows of the whole input, for methods that say
            ``TAKES = ("mentions",)``; sorted.
    """

    text: str
    count: int
    seed: int
    protected: tuple[Span, ...] = ()
    taken: set[str] = field(default_factory=set)
    label: str | None = None
    spans: tuple[Span, ...] = ()
    mentions: tuple[LabelledSpan, ...] = ()
    pool: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Variant(NamedTuple):
    """A new text, and the edits that lead to it where a method works by edits.

    Attributes:
        text: the new text.
        edits: what leads to it from the old one; None where the text was written anew.
        notes: further provenance: the model, the pivot, what was checked. A ``model`` is part of
            the child's id, since another model writes another text.
        changed: further fields of the child that are not its parent's (``language``).
        spans: where the request's spans lie in the new text, from methods without edits that found
            every one of them again.
        mentions: does each edit put another mention in the place of one of the request's?
    """

    text: str
    edits: tuple[Edit, ...] | None = None
    notes: Mapping[str, Any] = MappingProxyType({})
    changed: Mapping[str, Any] = MappingProxyType({})
    spans: tuple[Span, ...] | None = None
    mentions: bool = False


class Nothing(NamedTuple):
    """A variant that could not be made, and why: a word of :mod:`dataaug.rows.reasons`."""

    reason: str
    detail: str = ""


class Method(Protocol):
    """Makes variants of texts: a batch in, a batch out, in the same order.

    For each request it returns ``count`` answers. Answer k depends on what that request holds only,
    never on other requests, so that any batching, worker count or row order gives the same rows. A
    shipped method that asks the run's language model says so by ``TAKES = ("llm",)`` in its file,
    so that ``--model`` is refused where nothing asks one; one that works with the mentions of the
    whole input says ``TAKES = ("mentions",)``, since they have to be gathered first.
    """

    def __call__(self, requests: Sequence[Request], /) -> Sequence[Sequence[Variant | Nothing]]:
        """Return ``count`` variants, or reasons why there is none, for each request."""


Draw = Callable[[Random, int], Sequence[Edit]]
"""Draws the edits of one variant; the number counts failed draws, so that it may vary more."""

Prepare = Callable[[str, tuple[Span, ...]], Draw | None]
"""Looks at a text and its protected spans once; None means there is nothing it may change."""


def segmenter_for(name: str) -> Segmenter | None:
    """Return the segmenter that an option names, None where it names none.

    Raises:
        UsageError: there is none of that name.
        MissingError: its package is not installed.
    """
    found: Segmenter | None = plugins.load("segmenters", plugins.Spec(name)) if name else None
    return found


class _Late(Random):
    """A generator that is seeded when the first number is drawn.

    To seed takes longer than most draws do, and many a text leaves nothing to choose.
    """

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Say what to seed with. All draws begin with one of two functions, which wait for it."""
        self._late: tuple[Any, int] | None = (a, version)
        self.gauss_next = None
        self.getrandbits = self._first_bits  # type: ignore[method-assign]
        self.random = self._first_random  # type: ignore[method-assign]

    def _begin(self) -> None:
        if self._late:  # one draw may ask the same function several times
            super().seed(*self._late)
            self._late = None
            del self.getrandbits, self.random  # the generator's own are there again

    def _first_bits(self, k: int, /) -> int:
        self._begin()
        return self.getrandbits(k)

    def _first_random(self) -> float:
        self._begin()
        return self.random()


def by_edits(prepare: Prepare, segmenter: Segmenter | None = None) -> Method:
    """Make a method of a function that edits one text.

    For each variant it gets a random generator of its own, and draws again until the text is new.

    Args:
        prepare: looks at a text, and draws the edits of its variants.
        segmenter: what the function finds words with in scripts without blanks; variants of texts
            in such scripts name it.
    """
    rng = _Late(0)  # seeded anew for each variant: to make one takes longer

    def one(request: Request) -> list[Variant | Nothing]:
        draw = prepare(request.text, request.protected)
        if draw is None:
            return [Nothing(_why_nothing(request.text, segmenter))] * request.count
        request.taken.add(request.text)
        notes = {"segmenter": segmenter.name} if segmenter and unspaced(request.text) else {}
        return [drawn(draw, request, number, rng, notes) for number in range(request.count)]

    def method(requests: Sequence[Request], /) -> Sequence[Sequence[Variant | Nothing]]:
        return [one(request) for request in requests]

    return method


def _why_nothing(text: str, segmenter: Segmenter | None) -> str:
    """Return why a text has nothing to edit: no words that can be told apart, or none fit."""
    return "no_words" if unspaced(text) and not words(text, segmenter) else "no_candidate"


def drawn(
    draw: Draw,
    request: Request,
    number: int,
    rng: Random,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> Variant | Nothing:
    """Return one variant of a request, drawn again until its text is new.

    Args:
        draw: draws its edits.
        request: the request; the new text becomes one of its taken ones.
        number: which variant it is.
        rng: is seeded for it.
        notes: further provenance.
    """
    rng.seed(request.seed + number)
    for attempt in range(_TRIES):
        edits = draw(rng, attempt)
        text = apply_edits(request.text, edits)
        if text not in request.taken:
            request.taken.add(text)
            return Variant(text, tuple(edits), notes)
    return Nothing("too_few_variants")


def check_share(name: str, value: float) -> None:
    """Refuse an option that is no share.

    Raises:
        UsageError: the value is not from 0 to 1.
    """
    if not 0 <= value <= 1:
        raise UsageError(f"{name}={value:g}: expected a share from 0 to 1")
