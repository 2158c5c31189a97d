"""``augment``: variants of real rows, each behind the row that it is made of."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Unpack

from dataaug import plugins
from dataaug.api import arguments, by_evidence, inputs, sessions, specs
from dataaug.api.inputs import RowsLike
from dataaug.api.results import Result
from dataaug.api.sessions import Asking
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.augmentation import eda, run
from dataaug.errors import UsageError
from dataaug.rows.mentions import MentionPool
from dataaug.rows.record import Record


@for_python
def augment(  # noqa: PLR0913 - the options of the command
    rows: RowsLike,
    methods: Named | Iterable[Named] | None = None,
    *,
    n: int = 1,
    auto: bool = False,
    task: str = "classification",
    protect: str | Iterable[str] = (),
    labels: str | Iterable[str] | None = None,
    against: RowsLike = None,
    synthetic_only: bool = False,
    engine: Named | None = None,
    workers: int | None = None,
    seed: int = 0,
    stream: bool = False,
    **asking: Unpack[Asking],
) -> Result:
    """Pass rows on, each real one followed by its variants; those that can't be made are rejects.

    Args:
        rows: real rows; synthetic ones among them are passed on, and nothing is made of them.
        methods: what makes the variants: a name as ``"typo"``, ``method("typo", rate=0.2)``, or
            several of them. Default: ``synonym``.
        n: variants of a row by each method.
        auto: without methods, take the one that helped most on rows with as many labels and rows a
            label (``docs/evidence.md``), and none where none did; the report's warnings say why.
            With methods, choose rate and variants by the number of real rows, as Wei & Zou (2019,
            table 3) recommend for the four operations of EDA.
        task: ``classification``, or ``extraction``, which refuses methods that lose spans.
        protect: regular expressions whose matches no edit touches.
        labels: vary only rows of these labels.
        against: evaluation rows: none of them is varied, and no variant has the text of one.
        synthetic_only: leave out the rows that came in.
        engine: where the work is done: ``local`` (this machine, the default) or ``ray`` (a
            cluster).
        workers: processes; by default 1, with ``ray`` all processors.
        seed: equal seeds give equal rows.
        stream: make rows as they are read, 256 at a time, see :meth:`Result.stream`. Rows may then
            be endless; a variant with the id of a row yet to come is not noticed, and ``mention``,
            which takes spans from all rows, is refused.
        asking: the language model, for methods that ask one, see
            :class:`~dataaug.api.sessions.ModelKeywords`, and how rows are read, see
            :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: a method or an option is unknown, or no row has a label of ``labels``.
        GuardError: an evaluation row is synthetic.
    """
    reading, own = sessions.of_verb(asking)
    model = own.settings.connection
    spec = sessions.engine_spec(engine, workers)
    if model is not None and spec is not None and (engine or workers):
        raise UsageError(
            "--workers and --engine have no use with a language model, whose requests run side "
            "by side in one process: leave them out, and set --concurrency"
        )
    where = plugins.load("engines", spec) if spec and model is None else None
    makers = specs.typed_specs("methods", methods, () if auto else ("synonym",))
    run.fit(makers, task)
    given = inputs.of("augment", rows, reading)
    settings: dict[str, Any] = {
        "seed": seed,
        "protect": arguments.as_strings("protect", protect),
        "labels": None if labels is None else frozenset(arguments.as_strings("labels", labels)),
        "synthetic_only": synthetic_only,
    }
    if against is not None:
        from dataaug import leakage  # noqa: PLC0415 - numpy, for those who need it

        evaluation = leakage.Evaluation(given.evaluation(against))
        settings["barred_ids"], settings["barred_texts"] = evaluation.barred()
    seen = _Seen(run.Augmentation(makers, **settings))
    records, there = given.ahead(stream=stream, note=seen.note)
    if seen.takes_mentions and there is None:
        raise UsageError(
            "mention: it takes spans from all rows of the input, and rows that come one by one "
            "may have no end: leave out stream=True"
        )
    settings["pool"] = None if there is None else seen.mentions.by_label()
    known = None if there is None else seen.labels
    if auto and not makers:
        advice, records = by_evidence.advised(records, known)
        makers, auto = specs.typed_specs("methods", advice.methods, ()), False
        run.fit(makers, task)
        given.report.warn(f"{', '.join(advice.methods) or 'nothing'} was chosen: {advice.why}")
    elif not auto:
        records = by_evidence.warned(records, makers, given.report.warn, known)
    if auto:
        real = None if there is None else seen.real
        work, records = eda.auto(records, makers, real, **settings)
    else:
        work = run.Augmentation(makers, arguments.as_int("n", n, least=1), **settings)
    given.report.settings["methods"] = [str(spec) for spec in work.methods]
    given.report.settings["variants"] = work.count
    made = run.augment(records, work, there=there, engine=where, report=given.report)
    return Result(sessions.asking(made, given.report, own), given, stream=stream)


class _Seen:
    """What is learnt of the whole input, other shards' rows included, before a row is varied.

    Args:
        rule: says which rows give mentions.

    Attributes:
        takes_mentions: does a method take them?
        real: how many rows are real.
        labels: the real rows of each label.
        mentions: the mentions of real rows, where a method takes them.
    """

    def __init__(self, rule: run.Augmentation) -> None:
        self._rule = rule
        self.takes_mentions = rule.takes_mentions
        self.real = 0
        self.labels = Counter[str]()
        self.mentions = MentionPool()

    def note(self, record: Record) -> None:
        """Take a row."""
        self.real += record.is_real
        by_evidence.count(record, self.labels)
        if self.takes_mentions and self._rule.gives_mentions(record):
            self.mentions.note(record)
