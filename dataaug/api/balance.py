"""``balance``: minority classes brought to a count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Unpack

from dataaug.api import arguments, by_evidence, inputs, sessions, specs
from dataaug.api.inputs import RowsLike
from dataaug.api.results import Result
from dataaug.api.sessions import Asking
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.balancing import MAX_RATIO, named
from dataaug.balancing import run as verb
from dataaug.balancing.in_turn import TABLE
from dataaug.balancing.run import BalanceSummary
from dataaug.errors import UsageError
from dataaug.generation import DOMAIN
from dataaug.plugins import Option, Spec
from dataaug.sessions import active


@dataclass(frozen=True)
class InTurn:
    """The methods that :func:`balance` asks one after the other where none is named.

    Attributes:
        options: options of single methods, name to options.
    """

    options: Mapping[str, Mapping[str, Option]] = field(default_factory=dict)

    @property
    def specs(self) -> list[Spec]:
        """The methods in their order, with the options.

        Raises:
            UsageError: there are options of another method.
        """
        others = sorted(self.options.keys() - TABLE.keys())
        if others:
            raise UsageError(f"InTurn: {', '.join(others)}: methods in turn are {', '.join(TABLE)}")
        return [Spec(name, self.options.get(name, {})) for name in TABLE]


@for_python
def balance(  # noqa: PLR0913 - the options of the command
    rows: RowsLike,
    *,
    to: str | int | None = None,
    labels: Mapping[str, int] | None = None,
    with_: Named | Iterable[Named] | InTurn | None = None,
    max_ratio: float = MAX_RATIO,
    protect: str | Iterable[str] = (),
    against: RowsLike = None,
    domain: str = DOMAIN,
    language: str = "",
    prompt: str | PathLike[str] = "",
    seed: int = 0,
    stream: bool = False,
    **asking: Unpack[Asking],
) -> Result[BalanceSummary]:
    """Bring minority classes to a count, and pass all rows through; new rows are behind the others.

    Where a row has a list of labels, it counts for each of them. A rare label rises by rows of the
    sets that raise the fewest others beyond their counts; those that rise all the same are named.

    Args:
        rows: real and synthetic rows; both count, only real ones are varied.
        to: ``max`` (rows of the largest class), ``median`` (of all classes) or a number. Default:
            ``max``, or only the labels that ``labels`` names.
        labels: counts of single labels; they go before ``to``.
        with_: what makes the rows: ``generate``, ``label-names``, ``oversample``, methods of
            :func:`~dataaug.augment`, several in equal parts; ``label-names+oversample`` is both.
            ``Spec("generate", …)`` takes the options of the task ``classification``. Default:
            ``generate`` where a language model is named, else :class:`InTurn`: names of labels
            where a class has 10 real rows or fewer, and methods, each for what those before it
            could not make.
        max_ratio: most synthetic rows for each real row of a label, above 0.
        protect: regular expressions whose matches no edit may touch.
        against: evaluation rows: neither varied, shown nor copied.
        domain: what the texts are about, for ``generate``.
        language: the code of the language to write in, for ``generate``. Default: English.
        prompt: a file with your own prompt, for ``generate``.
        seed: equal seeds give equal rows.
        stream: make rows as they are read, see :meth:`Result.stream`.
        asking: the language model, see :class:`~dataaug.api.sessions.ModelKeywords`, and how rows
            are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: an option has a value that is none, or no language model is named.
        InputError: no row has a label, or one can't be read.
        GuardError: an evaluation row is synthetic.
        ShortfallError: a class has fewer rows than its count.
    """
    reading, own = sessions.of_verb(asking)
    if with_ is None:
        with_ = named.GENERATE if own.settings.connection else InTurn()
    one_by_one = isinstance(with_, InTurn)
    makers = (
        with_.specs if isinstance(with_, InTurn) else named.single(specs.named_specs(with_, ()))
    )
    counts = {label: arguments.as_int(f"labels: {label!r}", n) for label, n in _pairs(labels)}
    task = verb.Balancing(
        str(to) if to is not None else ("" if counts else "max"),
        counts,
        arguments.number("max_ratio", max_ratio),
        frozenset(spec.name for spec in makers) & named.COSTLY,
        frozenset(spec.name for spec in makers) & named.OF_ONE,
        one_by_one,
    )
    given = inputs.of("balance", rows, reading)
    supplies = named.Supplies(
        arguments.as_int("seed", seed),
        given.schema,
        arguments.as_strings("protect", protect),
        given.evaluation(against),
        domain,
        language,
        arguments.as_path("prompt", prompt),
    )
    with active(own):
        ready = named.makers(makers, supplies, one_by_one=one_by_one)
    records = given.records()
    if not one_by_one:
        records = by_evidence.warned(records, makers, given.report.warn, balance=True)
    made = verb.balance(
        records, task, ready,
        schema=given.schema, report=given.report, notify=given.notify,
    )  # fmt: skip
    return Result(sessions.asking(made, given.report, own), given, stream=stream)


def _pairs(labels: Mapping[str, int] | None) -> Iterable[tuple[str, int]]:
    return arguments.counts("labels", labels)  # type: ignore[return-value]
