"""``filter``: synthetic rows that are good enough, and why the others are not."""

from collections.abc import Iterable, Mapping
from typing import Unpack

from dataaug import embedders, plugins
from dataaug.api import inputs, sessions, specs
from dataaug.api.inputs import Input, RowsLike
from dataaug.api.results import Result
from dataaug.api.sessions import Asking
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.errors import UsageError
from dataaug.filtering import run
from dataaug.filtering.checks import Check
from dataaug.filtering.notes import FilterSummary
from dataaug.plugins import Option, Spec
from dataaug.search import NEAR_DUPLICATE

_NEAR, _JUDGE = "near-duplicate", "judge"


@for_python
def filter(  # noqa: A001, PLR0913 - the verb's name; the options of the command
    rows: RowsLike,
    checks: Named | Iterable[Named] | None = None,
    *,
    similarity: float | None = None,
    origin_similarity: float | None = None,
    within: str | None = None,
    approximate: bool | None = None,
    scores: str | None = None,
    prompt: str | None = None,
    max_good_loss: float | None = None,
    language: str | None = None,
    real: RowsLike = None,
    against: RowsLike = None,
    include_real: bool = False,
    max_drop: float | None = None,
    engine: Named | None = None,
    workers: int | None = None,
    stream: bool = False,
    **asking: Unpack[Asking],
) -> Result[FilterSummary]:
    """Pass on real rows and good synthetic ones; the others are rejects with the reason.

    All rows are read before the first one leaves.

    Args:
        rows: real and synthetic rows.
        checks: the checks that are made, in this order: a name as ``"length"``,
            ``check("length", min_words=3)``, or several of them. Default: ``length``, those of one
            row, ``label``, ``exact``, ``near-duplicate``.
        similarity: two rows are near-duplicates from this cosine similarity on, above 0, at
            most 1; also for ``against``. Default: 0.95.
        origin_similarity: the same for rows of one root. Default: 0.995.
        within: ``label``: only rows of one label are near-duplicates of each other.
        approximate: look for near-duplicates in the nearest places only, which is quicker.
        scores: a file of near-duplicates' similarities: made, or used where it is there. Where
            the check ``judge`` is made and they are not looked for: a file of its grades.
        prompt: a file with your own rubric for the check ``judge``, a Jinja template.
        max_good_loss: the share of good rows that the label check is sure not to exceed, 0 to 1.
            Default: 0.05.
        language: the code of the right language; by default that of the real rows.
        real: further real rows to compare with, which are not passed on.
        against: evaluation rows: rows that copy or descend from one are rejected.
        include_real: judge real rows too.
        max_drop: the largest share of a method's or a label's synthetic rows that may go, 0 to 1;
            more raise an error.
        engine: where checks of one row are made: ``local`` (this machine, the default) or ``ray``
            (a cluster).
        workers: processes; by default 1, with ``ray`` all processors.
        stream: hand out rows one by one, see :meth:`Result.stream`.
        asking: the language model, for the check ``judge``, see
            :class:`~dataaug.api.sessions.ModelKeywords`, and how rows are read, see
            :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: a check or an option is unknown, or a value is none for it.
        GateError: a method or label would lose more than ``max_drop``.
        GuardError: an evaluation row is synthetic.
        ShortfallError: a cap stopped the check ``judge``.
    """
    if max_drop is not None and max_drop > 1:
        raise UsageError(f"--max-drop {max_drop:g}: expected a share of at most 1")
    reading, own = sessions.of_verb(asking)
    wanted = specs.named_specs(checks, run.DEFAULT_CHECKS)
    short = {
        (_NEAR, "similarity"): similarity,
        (_NEAR, "origin_similarity"): origin_similarity,
        (_NEAR, "within"): within or None,
        (_NEAR, "approximate"): approximate or None,
        (_scored(wanted, scores), "scores"): scores or None,
        (_JUDGE, "prompt"): prompt or None,
        ("label", "max_good_loss"): max_good_loss,
        ("language", "language"): language or None,
    }
    made = _merged(wanted, short, guarded=against is not None)
    given = inputs.of("filter", rows, reading)
    given.report.settings["checks"] = [str(spec) for spec in made]
    outcomes = run.filter(
        given.records(),
        run.Filtering(made, include_real, max_drop),
        schema=given.schema,
        real=given.beside(real, "real"),
        against=_against(given, against, made, similarity),
        engine=sessions.engine(engine, workers),
        report=given.report,
        notify=given.notify,
    )
    if own.settings.connection is not None:  # a step more for each row
        outcomes = sessions.asking(outcomes, given.report, own)
    return Result(outcomes, given, stream=stream)


def _scored(checks: Iterable[Spec], scores: str | None) -> str:
    """Return the check that a file of scores is for.

    Raises:
        UsageError: two checks of the run have scores.
    """
    found = [spec.name for spec in checks if spec.name in {_NEAR, _JUDGE}]
    if scores and len(found) > 1:
        raise UsageError(
            f"--scores {scores}: {_NEAR} and {_JUDGE} have scores of their own; name a file for "
            f"each by -p {_NEAR}.scores and -p {_JUDGE}.scores"
        )
    return found[0] if found else _NEAR


def _merged(
    checks: Iterable[Spec], short: Mapping[tuple[str, str], Option | None], *, guarded: bool
) -> tuple[Spec, ...]:
    """Return the checks with the options that have a short form, all as their types.

    Args:
        checks: the checks that are made.
        short: check and option, and what is given for it.
        guarded: is there a comparison with evaluation rows, which reads the similarity too?

    Raises:
        UsageError: an option is given twice, or for a check that is not made.
    """
    found = {spec.name: spec for spec in checks}
    for (name, key), value in short.items():
        if value is None:
            continue
        option = f"--{key.replace('_', '-')}"
        if name in found:
            if key in found[name].options:
                raise UsageError(f"{option} and -p {name}.{key} say the same thing: leave one out")
            found[name] = Spec(name, {**found[name].options, key: value})
        elif not (guarded and key == "similarity"):
            raise UsageError(f"{option}: the check {name!r}, which reads it, is not made")
    return tuple(plugins.typed("checks", spec) for spec in found.values())


def _against(
    given: Input, rows: RowsLike, checks: Iterable[Spec], similarity: float | None
) -> Check | None:
    """Return the check against evaluation rows, with the near-duplicate check's settings."""
    if rows is None:
        return None
    from dataaug import leakage  # noqa: PLC0415 - the search behind it, for those who need it

    evaluation = leakage.Evaluation(given.evaluation(rows))
    alike = next((spec.options for spec in checks if spec.name == _NEAR), None)
    if alike is None:
        alike = {} if similarity is None else {"similarity": similarity}
    name, model, device = (str(alike.get(key, "")) for key in ("embedder", "model", "device"))
    spec = embedders.embedder_spec(name or embedders.EMBEDDER, model, device)
    least = leakage.check_similarity(float(alike.get("similarity", NEAR_DUPLICATE)))
    return leakage.Against(evaluation, lambda: embedders.shared(spec), least)
