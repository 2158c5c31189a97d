"""The balance command."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from dataaug.balancing import MAX_RATIO
from dataaug.cli.declared import Opt, Text, Texts, Way
from dataaug.cli.llm import Llm, demand, with_llm
from dataaug.cli.options import with_run
from dataaug.cli.reads import VARYING
from dataaug.cli.run import Run
from dataaug.errors import UsageError
from dataaug.generation import DOMAIN

if TYPE_CHECKING:
    from dataaug.balancing.makers import Maker, Order
    from dataaug.generation.tasks import Task
    from dataaug.rows.record import Record

_GENERATE, _TASK = "generate", "classification"
_COSTLY = frozenset({_GENERATE, "paraphrase"})
_GENERATING = ("--with generate",)


@with_run()
@with_llm
def balance_command(  # noqa: PLR0913 - a command line
    run: Run,
    llm: Llm,
    *,
    to: Annotated[str | None, Way.NONE, Opt("max, median or a number. Default: max.")] = None,
    label: Annotated[Texts, Opt("NAME=N: the count of this label; repeatable.")] = None,
    with_: Annotated[
        Texts,
        Opt(
            "generate, oversample, or a method of augment; repeatable, in equal parts. "
            "Default: generate with a language model, else synonym."
        ),
    ] = None,
    max_ratio: Annotated[
        float, Opt("Most synthetic rows for each real row of a label.")
    ] = MAX_RATIO,
    option: Annotated[
        list[str] | None, Way.OPTIONS, Opt("method.key=value or classification.key=value.", "-p")
    ] = None,
    protect: Annotated[
        Texts, Opt("Regular expression that no edit may touch; repeatable.", readers=(VARYING,))
    ] = None,
    against: Annotated[
        list[str] | None, Way.READ, Opt("Evaluation rows: neither varied, shown nor copied.")
    ] = None,
    domain: Annotated[
        Text, Opt("What the texts are about (generate).", readers=_GENERATING)
    ] = DOMAIN,
    language: Annotated[
        Text, Opt("Code of the language to write in (generate).", readers=_GENERATING)
    ] = "",
    prompt: Annotated[
        str, Way.READ, Opt("File with your own prompt (generate).", readers=_GENERATING)
    ] = "",
) -> None:
    """Bring minority classes to a count, and pass all rows through.

    Exit code 5 says that a class stayed short of it, and why. Rows behind the others are new.
    """
    from dataaug.balancing import run as verb

    names = list(dict.fromkeys(with_ or ([_GENERATE] if llm.connection else ["synonym"])))
    counts = _counts(label or ())
    task = verb.Balancing(
        to if to is not None else ("" if counts else "max"),
        counts,
        max_ratio,
        frozenset(names) & _COSTLY,
    )
    given = _options(option or [], names)
    _demand(run, names, given)
    evaluation = run.evaluation(against or ())
    brief = {"domain": domain, "language": language, "prompt": prompt}
    makers = _makers(run, llm, given, tuple(protect or ()), evaluation, brief)
    run.report.settings["with"] = names
    run.write(
        verb.balance(
            run.records(),
            task,
            makers,
            schema=run.schema,
            report=run.report,
            notify=run.progress,
        )
    )


def _counts(given: Sequence[str]) -> dict[str, int]:
    counts = {}
    for entry in given:
        name, equals, number = entry.rpartition("=")
        if not (equals and name and number.isdecimal()):
            raise UsageError(f"--label {entry!r}: expected NAME=N, as in refund=500")
        counts[name] = int(number)
    return counts


def _options(options: list[str], names: list[str]) -> dict[str, dict[str, str]]:
    """Return the options of each maker; those of generate have the name of its task."""
    from dataaug import plugins

    found = plugins.parse_options(options, [_TASK if name == _GENERATE else name for name in names])
    return {name: found[_TASK if name == _GENERATE else name] for name in names}


def _demand(run: Run, names: list[str], given: "Mapping[str, Mapping[str, Any]]") -> None:
    """Refuse options that no maker reads."""
    from dataaug.balancing.makers import OVERSAMPLE
    from dataaug.plugins import Spec

    methods = [name for name in names if name not in {_GENERATE, OVERSAMPLE}]
    specs = [("methods", Spec(name, given[name])) for name in methods]
    if _GENERATE in names:
        specs.append(("tasks", Spec(_TASK, given[_GENERATE])))
    used = [*([VARYING] if methods else []), *(f"--with {name}" for name in names)]
    demand(run, specs, *used)


def _makers(
    run: Run,
    llm: Llm,
    given: dict[str, dict[str, str]],
    protect: tuple[str, ...],
    evaluation: "tuple[Record, ...]",
    brief: dict[str, str],
) -> "dict[str, Maker]":
    from dataaug import leakage, plugins
    from dataaug.augmentation import run as augment
    from dataaug.balancing import makers
    from dataaug.balancing import run as verb

    shared: dict[str, Any] = {"seed": run.seed, "protect": protect, "connection": llm.connection}
    if evaluation:
        shared["barred_ids"], shared["barred_texts"] = leakage.Evaluation(evaluation).barred()
    rule = augment.Augmentation((), **shared)  # says which rows are evaluation rows
    found: dict[str, Maker] = {}
    for name, options in given.items():
        spec = plugins.Spec(name, options)
        if name == _GENERATE:
            found[name] = _by_model(run, llm, plugins.Spec(_TASK, spec.options), evaluation, brief)
            continue
        if name == makers.OVERSAMPLE:
            found[name] = makers.oversample(lambda record: not rule.bars(record), run.seed)
        else:
            plugins.load("methods", spec)  # a wrong name or option is an error before any work
            found[name] = verb.by_method(augment.Augmentation((spec,), **shared))
    return found


def _by_model(
    run: Run,
    llm: Llm,
    spec: Any,
    evaluation: "tuple[Record, ...]",
    brief: dict[str, str],
) -> "Maker":
    """Return the maker that has a language model write rows anew."""
    from dataaug import llms, plugins
    from dataaug.balancing import run as verb
    from dataaug.generation.run import Generation
    from dataaug.generation.tasks import Brief, Label
    from dataaug.generation.tasks.templates import read_prompt
    from dataaug.leakage import Evaluation
    from dataaug.text.normalize import digest

    spec = plugins.typed("tasks", spec)
    planner = plugins.load("tasks", spec)
    prompt = read_prompt(brief["prompt"])
    ids, texts = Evaluation(evaluation).barred() if evaluation else (frozenset(), frozenset())

    def plan(orders: "Sequence[Order]") -> "Task":
        rows = [row for order in orders for row in order.real]
        task: Task = planner(
            Brief(
                labels=tuple(Label(order.label, order.count) for order in orders),
                rows=tuple(r for r in rows if r.id not in ids and digest(r.text) not in texts),
                domain=brief["domain"],
                language=brief["language"],
                prompt=prompt,
                schema=run.schema,
                seed=run.seed,
            )
        )
        return task

    settings = Generation(str(spec), run.schema, evaluation=evaluation, language=brief["language"])
    return verb.by_model(plan, llms.connect(llm.required()), settings)
