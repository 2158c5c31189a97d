"""``generate``: rows from a description, by a language model."""

import itertools
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import TypeAlias, Unpack

from dataaug import llms, plugins
from dataaug.api import arguments, inputs, sessions, specs
from dataaug.api.inputs import Input, RowsLike
from dataaug.api.results import Result
from dataaug.api.sessions import Asking
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.errors import UsageError
from dataaug.generation import brief as briefs
from dataaug.generation import label_file
from dataaug.generation import run as verb
from dataaug.generation.run import GenerateSummary, Generation
from dataaug.generation.tasks import Brief, Label
from dataaug.llms.templates import read_prompt
from dataaug.rows.labels import several
from dataaug.rows.record import Outcome, Record
from dataaug.sessions import active
from dataaug.text import ROUGE_L_COPY

Path: TypeAlias = str | PathLike[str]
LabelsLike: TypeAlias = Mapping[str, int | None] | Iterable[str | tuple[str, int | None]]


@for_python
def generate(  # noqa: PLR0913 - the options of the command
    rows: RowsLike = None,
    *,
    task: Named = "classification",
    labels: LabelsLike | None = None,
    labels_from: Path | Mapping[str, str] | None = None,
    per_label: int | None = None,
    count: int | None = None,
    examples: RowsLike = None,
    domain: str = "",
    language: str = "",
    prompt: Path = "",
    attributes: Path | Mapping[str, Sequence[str]] | None = None,
    similarity: float = ROUGE_L_COPY,
    against: RowsLike = None,
    engine: Named | None = None,
    workers: int | None = None,
    seed: int = 0,
    stream: bool = False,
    **asking: Unpack[Asking],
) -> Result[GenerateSummary]:
    """Make rows from a description, exactly as many of each label as asked for.

    Items that are refused, cut off, copied or repeated are rejects, and are made up for. The model
    is named by ``model`` and ``base_url``, here or in a :func:`~dataaug.session`.

    Args:
        rows: rows to pass on in front of the new ones, and the examples where ``examples`` names no
            others; for ``rewrite`` the rows to rewrite.
        task: what to make: ``classification``, ``instructions`` or ``rewrite``, or
            ``da.task(name, option=value)``.
        labels: label to number of rows, or labels alone. Default: those of ``labels_from``, else
            those of the examples.
        labels_from: a file with labels and what they mean, or a mapping of one to the other.
        per_label: rows of a label that has no number. Default: 100.
        count: rows in all, for tasks without labels; for ``rewrite`` the rows made of each.
        examples: real rows to learn from, never to copy.
        domain: what the texts are about, as ``customer support``.
        language: the code of the language to write in. Default: English.
        prompt: a file with your own prompt, a Jinja template.
        attributes: what to vary, name to values, or a JSON file with that.
        similarity: ROUGE-L from which on a row is no new one, above 0 to 1.
        against: evaluation rows: neither shown nor copied.
        engine: where a model that runs in a process answers: ``local`` (this machine, the default)
            or ``ray`` (a cluster).
        workers: processes that answer then; by default 1, with ``ray`` all processors.
        seed: equal seeds ask for equal rows.
        stream: make rows as they are read, see :meth:`Result.stream`.
        asking: the language model, see :class:`~dataaug.api.sessions.ModelKeywords`, and how rows
            are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: an option has a value that is none, or no language model is named.
        InputError: a row or a file can't be read.
        GuardError: an evaluation row is synthetic.
        MissingError: the model can't be reached.
        ShortfallError: a label has fewer rows than asked for.
    """
    reading, own = sessions.of_verb(asking)
    spec = specs.one("tasks", task)
    planner = plugins.load("tasks", spec)
    given = inputs.of("generate", rows, reading)
    given.schema = briefs.schema_of(given.schema, spec.name)
    read = list(given.records())
    shown = read if examples is None else list(given.beside(examples, "examples"))
    evaluation = given.evaluation(against)
    brief = Brief(
        rows=briefs.examples(shown, evaluation, given.report),
        count=_count(count, spec.name),
        domain=domain,
        language=language,
        prompt=read_prompt(arguments.as_path("prompt", prompt)),
        attributes=briefs.attributes(attributes or {}),
        schema=given.schema,
        seed=arguments.as_int("seed", seed),
    )
    brief = replace(brief, labels=_labels(brief, labels, labels_from, per_label, spec.name))
    _note_unshown(given, brief, aloud=not stream)
    plan = planner(brief)
    replaces = spec.name in briefs.REPLACES
    settings = Generation(
        str(spec),
        given.schema,
        arguments.number("similarity", similarity),
        evaluation=evaluation,
        language=language,
        **({} if replaces else briefs.there([*read, *(shown if shown is not read else ())])),
    )
    with active(own):
        model = llms.shared() if _asks(spec.name) else None
    known = own.settings.connection
    spreads = model is not None and llms.spreads(model)
    where = sessions.engine(engine, workers) if spreads and not (known and known.dry) else None
    if not spreads:
        _refuse_engine(engine, workers)
    made = verb.generate(
        plan, model, settings, engine=where, report=given.report, notify=given.notify
    )
    outcomes = _replaced(given, read, made) if replaces else itertools.chain(read, made)
    return Result(sessions.asking(outcomes, given.report, own), given, stream=stream)


def _asks(task: str) -> bool:
    """Does a task ask a language model? One of another package may."""
    takes = plugins.takes("tasks", task)
    return takes is None or "llm" in takes


def _count(count: int | None, task: str) -> int:
    if count is None:
        return int(task in briefs.REPLACES)
    return arguments.as_int("count", count)


def _labels(
    brief: Brief, labels: LabelsLike | None, listed: Path | Mapping[str, str] | None,
    per_label: int | None, task: str,
) -> tuple[Label, ...]:  # fmt: skip
    """Return the labels to make rows of."""
    known: tuple[Label, ...] = ()
    if isinstance(listed, Mapping):
        known = tuple(Label(name, None, said) for name, said in listed.items())
    elif path := arguments.as_path("labels_from", listed):
        known = label_file.read_labels(path, brief.schema.label)
    if per_label is not None:
        arguments.as_int("per_label", per_label)
    there = [record.label for record in brief.rows if record.label is not None]
    if several(there) and "labels" not in (plugins.takes("tasks", task) or ("labels",)):
        there = []  # the task makes no labels, and leaves those of sets as they are
    return label_file.wanted_labels(arguments.counts("labels", labels), known, per_label, there)


def _note_unshown(given: Input, brief: Brief, *, aloud: bool) -> None:
    """Say at once, before anything is paid for, which labels have no example though others do."""
    if without := briefs.WithoutExamples.of(brief):
        given.report.note("without_examples", without)
        if aloud:
            warnings.warn(str(without), stacklevel=3)


def _refuse_engine(named: Named | None, workers: int | None) -> None:
    """Refuse an engine that nothing in the run would use.

    Raises:
        UsageError: one is asked for.
    """
    several = arguments.as_int("workers", workers or 0) > 1
    if specs.one("engines", named or "local").name != "local" or several:
        raise UsageError(
            "--engine and --workers: nothing in this run reads them; a server's requests go out "
            "side by side from one process, which holds its rate limits. Leave them out, and set "
            "--concurrency"
        )


def _replaced(given: Input, read: Sequence[Record], made: Iterator[Outcome]) -> Iterator[Outcome]:
    """Return the rows that take the place of those that were read."""
    given.report.warn(
        "personal data is masked and looked for in every new row; that is no differential "
        "privacy: see docs/privacy.md"
    )
    given.report.held_back += len(read)
    nearness = briefs.NearnessCounts()
    given.report.note("nearness", nearness)
    return nearness.over(made)
