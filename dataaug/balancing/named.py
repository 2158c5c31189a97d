"""Makers by their names: methods of augment, ``oversample``, and ``generate``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dataaug import leakage, llms, plugins
from dataaug.augmentation.run import Augmentation
from dataaug.balancing.in_turn import FEW_ROWS, makers_in_turn
from dataaug.balancing.makers import OVERSAMPLE, Maker, Order, oversample
from dataaug.balancing.run import by_method, by_task
from dataaug.errors import UsageError
from dataaug.generation.brief import shown
from dataaug.generation.run import Generation
from dataaug.generation.tasks import Brief, Label, Task
from dataaug.llms.templates import read_prompt
from dataaug.plugins import Spec
from dataaug.rows.labels import several
from dataaug.rows.record import Outcome, Record, Schema
from dataaug.rows.report import Report

GENERATE, TASK = "generate", "classification"
LABEL_NAMES = "label-names"
_TRIED = 50
"""Real rows of a class by which names of labels are tried."""
COSTLY = frozenset({GENERATE, "paraphrase"})
"""Makers that ask a language model."""
OF_ONE = frozenset({LABEL_NAMES})
"""Makers of rows of one label each."""


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


def single(specs: Iterable[Spec]) -> list[Spec]:
    """Return specs with ``A+B`` as the two that it names."""
    return [
        Spec(name, spec.options) for spec in specs for name in spec.name.split("+")
    ]  # fmt: skip


def makers(
    specs: Iterable[Spec], supplies: Supplies, *, one_by_one: bool = False
) -> dict[str, Maker]:
    """Return makers by name, in their order; a wrong name or option is an error before any work.

    Args:
        specs: methods of augment, ``oversample``, ``label-names``, or ``generate`` with options of
            the task ``classification``.
        supplies: what they work with.
        one_by_one: the methods are those of :data:`~dataaug.balancing.in_turn.TABLE`, with the
            user's options; each loads what it needs when it is asked, with the options for the
            language of the rows.

    Raises:
        UsageError: one is unknown or named twice, an option is none, or there is no language model.
        MissingError: a package or a model is missing.
    """
    shared: dict[str, Any] = {"seed": supplies.seed, "protect": supplies.protect}
    if supplies.evaluation:
        barred = leakage.Evaluation(supplies.evaluation).barred()
        shared["barred_ids"], shared["barred_texts"] = barred
    if one_by_one:
        options = {spec.name: spec.options for spec in specs}
        methods = makers_in_turn(options, shared)
        if not supplies.schema.makes_rows:
            return methods
        return {LABEL_NAMES: _label_names(Spec(LABEL_NAMES), supplies, most=FEW_ROWS), **methods}
    rule = Augmentation((), **shared)  # says which rows are evaluation rows
    found: dict[str, Maker] = {}
    for spec in specs:
        if spec.name in found:
            raise UsageError(f"--with {spec.name}: named twice")
        found[spec.name] = _maker(spec, supplies, rule)
    return found


def _maker(spec: Spec, supplies: Supplies, rule: Augmentation) -> Maker:
    """Return one maker; the rule says which rows no method may vary."""
    if spec.name in {GENERATE, LABEL_NAMES} and not supplies.schema.makes_rows:
        raise UsageError(
            f"--with {spec.name}: it writes new rows, which have one text and no list or messages "
            "to write into; name methods that vary rows, as --with synonym"
        )
    if spec.name == GENERATE:
        return _generate(spec, supplies)
    if spec.name == LABEL_NAMES:
        return _label_names(spec, supplies)
    if spec.name == OVERSAMPLE:
        if spec.options:
            raise UsageError(f"--with {OVERSAMPLE}: it has no options")
        return oversample(lambda record: not rule.bars(record), supplies.seed)
    plugins.load("methods", spec)
    return by_method(replace(rule, methods=(spec,)))


def _generate(spec: Spec, supplies: Supplies) -> Maker:
    """Return the maker that has a language model write rows anew."""
    spec = plugins.typed("tasks", Spec(TASK, spec.options))
    plan = _plan(plugins.load("tasks", spec), read_prompt(supplies.prompt), supplies)
    settings = Generation(
        str(spec), supplies.schema, evaluation=supplies.evaluation, language=supplies.language
    )
    return by_task(plan, llms.shared(), settings)


def _label_names(spec: Spec, supplies: Supplies, most: int | None = None) -> Maker:
    """Return the maker that writes a row of each label's name, where names say something.

    Args:
        spec: the task, which has no options.
        supplies: what makers work with.
        most: real rows of a class at most; None for any class.
    """
    planner = plugins.load("tasks", spec)
    settings = Generation(spec.name, supplies.schema, evaluation=supplies.evaluation, bounds=())

    def make(orders: Sequence[Order], report: Report) -> Iterator[Outcome]:
        some = [order for order in orders if most is None or len(order.real) <= most]
        if not some or several(order.label for order in orders):  # the names of sets say nothing
            return
        every = [row for rows in some[0].classes.values() for row in rows[:_TRIED]]
        labels = tuple(Label(order.label) for order in some)
        try:
            task = planner(Brief(labels, shown(every, supplies.evaluation), schema=supplies.schema))
        except UsageError as error:
            if most is None:
                report.warn(str(error))  # the makers behind it may still fill the gap
            return
        yield from by_task(lambda _: task, None, settings)(some, report)

    return make


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
