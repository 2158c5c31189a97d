"""``label``: unlabelled real rows get labels, from a classifier of the labelled ones."""

from typing import Unpack

from dataaug import mixing
from dataaug.api import arguments, inputs, specs
from dataaug.api.inputs import ReadingKeywords, RowsLike
from dataaug.api.results import Result
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.errors import UsageError
from dataaug.labelling import TEACHER, run
from dataaug.labelling.run import LabelSummary
from dataaug.search import NEAR_DUPLICATE


@for_python
def label(  # noqa: PLR0913 - the options of the command
    rows: RowsLike,
    *,
    train: RowsLike,
    teacher: Named = TEACHER,
    soft: bool = False,
    ratio: str | float | None = None,
    at_least: float = 0.0,
    against: RowsLike = None,
    similarity: float = NEAR_DUPLICATE,
    embedder: Named | None = None,
    seed: int = 0,
    stream: bool = False,
    **reading: Unpack[ReadingKeywords],
) -> Result[LabelSummary]:
    """Label unlabelled real rows by a classifier that is trained on the labelled ones.

    Args:
        rows: real rows without labels, the pool.
        train: real rows with labels.
        teacher: the classifier that labels: ``embedding``, ``tfidf`` or ``finetune``;
            ``da.classifier(name, option=value)`` has options.
        soft: keep the weights of further labels under ``_aug.labels``, for classifiers.
        ratio: the share of train rows in train and labelled rows together, 0 to 1, or
            ``REAL:SYNTHETIC`` as ``30:70``: the surest rows of each label stay. Default: no limit.
        at_least: rows whose likeliest label is less probable are rejects, 0 to 1.
        against: evaluation rows: pool rows that copy one are rejects.
        similarity: cosine similarity from which on a row is such a copy, above 0, at most 1.
        embedder: what finds copies. Default: one that knows the languages of all rows.
        seed: equal seeds give equal labels.
        stream: hand out rows one by one, see :meth:`Result.stream`.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`; with
            ``on_error="skip"`` pool rows that have a label are rejects, and train rows that have
            none are left out.

    Raises:
        UsageError: an option has a value that is none.
        InputError: a pool row is synthetic or has a label; a train row is synthetic or has none;
            train rows have fewer than two labels.
        GuardError: an evaluation row is among the train rows, or is synthetic.
        TrainingError: the teacher learnt nothing.
    """
    given = inputs.of("label", rows, reading)
    task = run.Labelling(
        specs.one("classifiers", teacher),
        bool(soft),
        _share(ratio),
        arguments.number("at_least", at_least),
        specs.embedder(embedder),
        arguments.number("similarity", similarity),
        skip=given.skips,
        seed=arguments.as_int("seed", seed),
    )
    outcomes = run.label(
        given.records(),
        given.beside(train, "train"),
        task,
        against=given.evaluation(against),
        report=given.report,
        notify=given.notify,
    )
    return Result(outcomes, given, stream=stream)


def _share(ratio: str | float | None) -> float | None:
    """Return the share of train rows that a ratio stands for, None for no limit.

    Raises:
        UsageError: it is none.
    """
    if ratio == "auto":
        raise UsageError("--ratio auto: expected REAL:SYNTHETIC, as in 30:70, or no --ratio")
    found = mixing.parse_ratio(ratio) if isinstance(ratio, str) else ratio
    if found is not None and arguments.number("ratio", found, least=0) > 1:
        raise UsageError(f"--ratio {found:g}: expected a share of train rows, 0 to 1")
    return found
