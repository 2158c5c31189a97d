"""Makers by their names: methods of augment, ``oversample``, and ``generate``."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataaug import leakage, llms, plugins
from dataaug.augmentation.run import Augmentation
from dataaug.balancing import in_turn
from dataaug.balancing.makers import OVERSAMPLE, Maker, Order, oversample
from dataaug.balancing.run import by_method, by_model
from dataaug.errors import UsageError
from dataaug.generation.brief import shown
from dataaug.generation.run import Generation
from dataaug.generation.tasks import Brief, Label, Task
from dataaug.generation.tasks.templates import read_prompt
from dataaug.plugins import Spec
from dataaug.rows.record import Record, Schema

GENERATE, TASK = "generate", "classification"
COSTLY = frozenset({GENERATE, "paraphrase"})
"""Makers that ask a language model."""


@dataclass(frozen=True, slots=True)
class Supplies:
    """What makers work with.

    Attributes:
        seed: the seed of the run.
        schema: the fields of the rows.
        protect: regular expressions whose matches no method edits.
        evaluation: evaluation rows; none is varied, shown to a model or copied.
        domain: what the texts are about, for ``generate``.
        language: the code of the language to write in, for ``generate``; empty for English.
        prompt: the file of the user's own prompt, for ``generate``; empty for that of the task.
    """

    seed: int = 0
    schema: Schema = field(default_factory=Schema)
    protect: tuple[str, ...] = ()
    evaluation: tuple[Record, ...] = ()
    domain: str = ""
    language: str = ""
    prompt: str = ""


def makers(
    specs: Iterable[Spec], supplies: Supplies, *, one_by_one: bool = False
) -> dict[str, Maker]:
    """Return makers by name, in their order; a wrong name or option is an error before any work.

    Args:
        specs: methods of augment, ``oversample``, or ``generate`` with options of the task
            ``classification``.
        supplies: what they work with.
        one_by_one: the methods are those of :data:`in_turn.TABLE`, with the user's options; each
            loads what it needs when it is asked, with the options for the language of the rows.

    Raises:
        UsageError: one is unknown or named twice, an option is none, or there is no language model.
        MissingError: a package or a model is missing.
    """
    shared: dict[str, Any] = {"seed": supplies.seed, "protect": supplies.protect}
    if supplies.evaluation:
        barred = leakage.Evaluation(supplies.evaluation).barred()
        shared["barred_ids"], shared["barred_texts"] = barred
    if one_by_one:
        return in_turn.makers_in_turn({spec.name: spec.options for spec in specs}, shared)
    rule = Augmentation((), **shared)  # says which rows are evaluation rows
    found: dict[str, Maker] = {}
    for spec in specs:
        if spec.name in found:
            raise UsageError(f"--with {spec.name}: named twice")
        if spec.name == GENERATE:
            found[spec.name] = _generate(spec, supplies)
        elif spec.name == OVERSAMPLE:
            if spec.options:
                raise UsageError(f"--with {OVERSAMPLE}: it has no options")
            found[spec.name] = oversample(lambda record: not rule.bars(record), supplies.seed)
        else:
            plugins.load("methods", spec)
            found[spec.name] = by_method(Augmentation((spec,), **shared))
    return found


def _generate(spec: Spec, supplies: Supplies) -> Maker:
    """Return the maker that has a language model write rows anew."""
    spec = plugins.typed("tasks", Spec(TASK, spec.options))
    plan = _plan(plugins.load("tasks", spec), read_prompt(supplies.prompt), supplies)
    settings = Generation(
        str(spec), supplies.schema, evaluation=supplies.evaluation, language=supplies.language
    )
    return by_model(plan, llms.shared(), settings)


def _plan(
    planner: Callable[[Brief], Task], prompt: str, supplies: Supplies
) -> Callable[[Sequence[Order]], Task]:
    """Return what turns orders into a task of ``generate``."""

    def plan(orders: Sequence[Order]) -> Task:
        rows = [row for order in orders for row in order.real]
        return planner(
            Brief(
                labels=tuple(Label(order.label, order.count) for order in orders),
                rows=shown(rows, supplies.evaluation),
                domain=supplies.domain,
                language=supplies.language,
                prompt=prompt,
                schema=supplies.schema,
                seed=supplies.seed,
            )
        )

    return plan
