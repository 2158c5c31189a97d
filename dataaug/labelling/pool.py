"""Which rows of a pool may be labelled: real ones without a label, each text once, no test row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dataaug import embedders
from dataaug.errors import InputError, UsageError
from dataaug.leakage import Clash, Evaluation
from dataaug.plugins import Spec
from dataaug.rows.labels import several
from dataaug.rows.progress import Notify
from dataaug.rows.record import Record, Reject
from dataaug.text.normalize import digest


@dataclass(frozen=True, slots=True)
class Guard:
    """How copies of evaluation rows are found.

    Attributes:
        evaluation: the evaluation rows.
        embedder: what finds near copies.
        similarity: cosine similarity from which on a row is a copy, 0 to 1.
    """

    evaluation: Evaluation
    embedder: Spec
    similarity: float

    def clashes(self, rows: Sequence[Record], notify: Notify) -> dict[int, Clash]:
        """Return the rows that are, copy or descend from an evaluation row, by their numbers."""
        if not self.evaluation.records:
            return {}
        embed = embedders.shared(self.embedder)
        found = self.evaluation.copies(rows, embed, self.similarity, notify)
        return {clash.place: clash for clash in [*found, *self.evaluation.relatives(rows)]}


def labelled(records: Iterable[Record], *, skip: bool) -> list[Record]:
    """Return the train rows that have a label.

    Args:
        records: the train rows.
        skip: leave rows without a label out; else they are an error.

    Raises:
        InputError: a row is synthetic or has no label, or there are fewer than two labels.
        UsageError: a row has a list of labels.
    """
    rows = list(records)
    if several(record.label for record in rows):
        raise UsageError("label: a teacher gives one label a row, and train rows have a list of "
                         "labels; name a field with one label by --label-field")  # fmt: skip
    for record in rows:
        file, line = record.where
        if not record.is_real:
            raise InputError(f"{file}:{line}: a synthetic row in the train set, which must be real")
        if record.label is None and not skip:
            raise InputError(
                f"{file}:{line}: no label in field {record.schema.label!r}; name it by "
                "--label-field (--on-error skip leaves such rows out)"
            )
    found = [record for record in rows if record.label is not None]
    if not found:
        raise InputError("the train set has no rows with a label")
    if len({record.label for record in found}) < 2:
        raise InputError("the train rows have one label only: a teacher needs two")
    return found


def sorted_pool(
    pool: Iterable[Record], train: Sequence[Record], guard: Guard, *, skip: bool, notify: Notify
) -> tuple[list[Record], list[Reject]]:
    """Return the rows of a pool that may be labelled, and the others with their reasons.

    Args:
        pool: rows without labels.
        train: the labelled rows.
        guard: the evaluation rows.
        skip: set rows aside that are synthetic or have a label; else they are an error.
        notify: shows the progress.

    Raises:
        InputError: such a row is there, and is not to be set aside.
    """
    rows: list[Record] = []
    rejects: list[Reject] = []
    there = {digest(record.text): record.id for record in reversed(train)}
    for record in pool:
        if reason := _unfit(record):
            if not skip:
                raise _refused(record, reason)
            rejects.append(Reject("label", reason, record))
            continue
        text = digest(record.text)
        if text in there:
            rejects.append(Reject("label", "exact_duplicate", record, {"of": there[text]}))
        else:
            there[text] = record.id
            rows.append(record)
    bad = guard.clashes(rows, notify)
    rejects += _copies(rows, bad)
    return [record for place, record in enumerate(rows) if place not in bad], rejects


def _copies(rows: Sequence[Record], bad: dict[int, Clash]) -> Iterator[Reject]:
    for place, clash in sorted(bad.items()):
        detail = {"of": clash.of, "kind": clash.kind, "similarity": round(clash.score, 6)}
        yield Reject("label", "evaluation_copy", rows[place], detail)


def _unfit(record: Record) -> str:
    """Return the reason why a row is no row of a pool, empty where it is one."""
    if not record.is_real:
        return "not_real"
    return "has_label" if record.label else ""  # an empty text is what tables have for none


def _refused(record: Record, reason: str) -> InputError:
    file, line = record.where
    said = "is synthetic" if reason == "not_real" else f"has a label in {record.schema.label!r}"
    return InputError(
        f"{file}:{line}: the row {said}, and label works on real rows without one; give labelled "
        "real rows by --train (--on-error skip sets such rows of the pool aside)"
    )
