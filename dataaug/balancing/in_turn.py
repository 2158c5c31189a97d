"""The makers of a run that names none: one after the other, each for what is still missing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataaug import plugins
from dataaug.augmentation.run import Augmentation
from dataaug.balancing.makers import Maker, Order
from dataaug.balancing.run import by_method
from dataaug.errors import MissingError
from dataaug.plugins import Option, Spec
from dataaug.rows.record import Outcome, Record
from dataaug.rows.report import Report
from dataaug.text.languages import identify

_ANY = "any"

TABLE: Mapping[str, Mapping[str, Mapping[str, Option]]] = {
    "synonym": {"en": {}},
    "back-translation": {"en": {}, "pt": {"language": "pt", "pivots": "en"}},
    "typo": {_ANY: {}},
}
"""Methods in the order in which they are asked: language of the rows to the options for it.

Names of labels come before all of them (:data:`FEW_ROWS`). What rewords with a packaged model comes
before what only misspells.
"""
FEW_ROWS = 10
"""Real rows of a class up to which a row of its label's name comes first: among classes of 25 such
a row still adds to what copies or variants bring; with 20 rows a class names bring little
(docs/evidence.md)."""

_SURE = 0.8
_READ = 500
"""Rows of which the language is told; they are chosen by their ids."""


def makers_in_turn(
    options: Mapping[str, Mapping[str, Option]], shared: Mapping[str, Any]
) -> dict[str, Maker]:
    """Return the makers of the table by name, in its order; each loads its model when it is asked.

    Args:
        options: options of single methods, as the user gave them.
        shared: what every :class:`Augmentation` of the run has: seed, patterns, evaluation rows.

    Raises:
        UsageError: an option is none.
    """
    specs = [plugins.typed("methods", Spec(name, options.get(name, {}))) for name in TABLE]
    for spec in specs:
        if spec.options:
            plugins.load("methods", spec)  # a wrong value is an error before any work
    return {spec.name: _maker(spec, shared) for spec in specs}


def _maker(spec: Spec, shared: Mapping[str, Any]) -> Maker:
    def make(orders: Sequence[Order], report: Report) -> Iterator[Outcome]:
        known = TABLE[spec.name]
        own = known.get(_language(orders), known.get(_ANY))
        if own is None:
            return
        whole = _checked(Spec(spec.name, {**own, **spec.options}))
        models = Counter[str]()
        for outcome in by_method(Augmentation((whole,), **shared))(orders, report):
            if isinstance(outcome, Record):
                models[str((outcome.aug or {}).get("model", ""))] += 1
            yield outcome
        if spec.name != next(iter(TABLE)):
            report.warn(_said(spec.name, models, sum(order.count for order in orders)))

    return make


def _checked(spec: Spec) -> Spec:
    """Return a method that can be loaded here.

    Raises:
        MissingError: a package or a model is missing; which one, and how to do without it.
    """
    try:
        plugins.load("methods", spec)
    except MissingError as error:
        raise MissingError(
            f"{error}. (balance without --with asks {spec.name} for what the methods before it "
            "could not make; name methods, as in --with synonym --with typo, to leave it out.)"
        ) from error
    return spec


def _said(name: str, models: Counter[str], wanted: int) -> str:
    loaded = ", ".join(sorted(filter(None, models)))
    return (
        f"{name}{f' (model {loaded})' if loaded else ''} made {models.total():,} of {wanted:,} "
        "rows that the methods before it could not make; --with names other methods"
    )


def _language(orders: Sequence[Order]) -> str:
    """Return the code of the language that most of the rows are surely in; English if none is."""
    rows = sorted((row.id, row.text) for order in orders for row in order.real)
    guesses = identify([text for _, text in rows[:_READ]])
    sure = Counter(guess.code for guess in guesses if guess.code and guess.confidence >= _SURE)
    return min(sure, key=lambda code: (-sure[code], code), default="en")
