"""The evaluation guard: test rows are real, and no train row is one of them or a relative.

Pure functions over rows; each verb asks what it needs and refuses with :func:`guard_error`. One of
them, :class:`Against`, is a check, so that ``filter --against`` can reject single rows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dataaug.embedders import Embedder
from dataaug.errors import GuardError, UsageError
from dataaug.filtering.checks import Fault, Mask, Rows
from dataaug.filtering.notes import AgainstNote
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record
from dataaug.search import NEAR_DUPLICATE, text_pairs
from dataaug.text.normalize import digest
from dataaug.text.printable import safe

_SHOWN = 5

Kind = Literal["root", "text", "near"]


@dataclass(frozen=True, slots=True)
class Clash:
    """A row that must not meet an evaluation row.

    Attributes:
        row: the id of the row.
        of: the id of the evaluation row.
        kind: ``root``: it is that row or descends from it; ``text``: the same text after
            normalisation; ``near``: its embedding is nearly the same.
        score: cosine similarity, 1 where it was not computed.
        place: the number of the row among those that were compared, from 0.
    """

    row: str
    of: str
    kind: Kind
    score: float
    place: int


class Evaluation:
    """The evaluation rows: their ids and normalised texts, and their embeddings when needed."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self._ids = {record.id: record.id for record in records}
        self._ids |= {record.root: record.id for record in records if record.root is not None}
        self._texts = {digest(record.text): record.id for record in records}

    def relatives(self, records: Iterable[Record]) -> list[Clash]:
        """Return the rows that share an id or root with an evaluation row."""
        found = []
        for place, record in enumerate(records):
            of = self._ids.get(record.id) or self._ids.get(record.root or "")
            if of is not None:
                found.append(Clash(record.id, of, "root", 1.0, place))
        return found

    def same_text(self, records: Iterable[Record]) -> list[Clash]:
        """Return the rows with the text of an evaluation row (normalised)."""
        found = []
        for place, record in enumerate(records):
            of = self._texts.get(digest(record.text))
            if of is not None:
                found.append(Clash(record.id, of, "text", 1.0, place))
        return found

    def near(
        self,
        records: Sequence[Record],
        embed: Embedder,
        similarity: float = NEAR_DUPLICATE,
        notify: Notify = silent,
    ) -> list[Clash]:
        """Return the rows whose embedding nearly equals an evaluation row's, with the nearest."""
        pairs = _near_pairs(records, self.records, embed, similarity, notify)
        best: dict[int, tuple[float, int]] = {}
        for i, j, score in pairs:
            best[i] = max(best.get(i, (-1.0, 0)), (score, -j))  # of equals, the first
        return [
            Clash(records[i].id, self.records[-j].id, "near", score, i)
            for i, (score, j) in sorted(best.items())
        ]

    def copies(
        self,
        records: Sequence[Record],
        embed: Embedder,
        similarity: float = NEAR_DUPLICATE,
        notify: Notify = silent,
    ) -> list[Clash]:
        """Return the rows that equal or nearly equal an evaluation row; each once."""
        same = {clash.place: clash for clash in self.same_text(records)}
        near = {clash.place: clash for clash in self.near(records, embed, similarity, notify)}
        return [clash for _, clash in sorted((near | same).items())]

    def with_near_duplicates(
        self,
        records: Sequence[Record],
        embed: Embedder,
        similarity: float = NEAR_DUPLICATE,
        notify: Notify = silent,
    ) -> Mask:
        """Return which evaluation rows have an equal or nearly equal row among ``records``."""
        found: Mask = np.zeros(len(self.records), np.bool_)
        texts = {digest(record.text) for record in records}
        for place, record in enumerate(self.records):
            found[place] = digest(record.text) in texts
        for _, j, _ in _near_pairs(records, self.records, embed, similarity, notify):
            found[j] = True
        return found

    def barred(self) -> tuple[frozenset[str], frozenset[bytes]]:
        """Return ids and digests of texts that no seed row and no variant may have."""
        return frozenset(self._ids), frozenset(self._texts)


def _near_pairs(
    left: Sequence[Record],
    right: Sequence[Record],
    embed: Embedder,
    similarity: float,
    notify: Notify,
) -> Iterator[tuple[int, int, float]]:
    """Yield close pairs part by part, in no order, some twice: all at once may be too many."""
    if not left or not right:
        return
    ours, theirs = ([record.text for record in side] for side in (left, right))
    for i, j, score in text_pairs.similar_between(embed, ours, theirs, similarity, notify):
        yield from zip(i.tolist(), j.tolist(), score.tolist(), strict=True)


def guard_error(clashes: Sequence[Clash], what: str, advice: str) -> GuardError:
    """Return the error that names the first rows that clash, in one line.

    Args:
        clashes: at least one.
        what: what the rows are and do, as in ``synthetic rows of mix.jsonl copy test rows``.
        advice: what the user can do.
    """
    shown = ", ".join(_named(clash) for clash in clashes[:_SHOWN])
    more = f" and {len(clashes) - _SHOWN:,} more" if len(clashes) > _SHOWN else ""
    return GuardError(f"{len(clashes):,} {what}: {shown}{more}; {advice}")


def _named(clash: Clash) -> str:
    row, of = safe(clash.row, 60), safe(clash.of, 60)
    if clash.kind == "root":
        return row if clash.row == clash.of else f"{row} (made from {of})"
    if clash.kind == "text":
        return f"{row} (text of {of})"
    return f"{row} ({clash.score:.2f} to {of})"


def refuse_synthetic(records: Iterable[Record], what: str) -> None:
    """Refuse rows that a program made where only real rows may stand.

    Raises:
        GuardError: there is a synthetic row.
    """
    made = [record.id for record in records if not record.is_real]
    if made:
        shown = ", ".join(safe(name, 60) for name in made[:_SHOWN])
        more = f" and {len(made) - _SHOWN:,} more" if len(made) > _SHOWN else ""
        raise GuardError(
            f"{what} holds {len(made):,} synthetic rows: {shown}{more}; evaluation rows must be "
            "real, take the synthetic ones out"
        )


def refuse_selected(records: Iterable[Record], what: str) -> None:
    """Refuse rows that were chosen to be labelled: a score on doubtful rows is no score on all.

    Raises:
        GuardError: there is such a row.
    """
    chosen = [record.id for record in records if record.is_selected]
    if chosen:
        shown = ", ".join(safe(name, 60) for name in chosen[:_SHOWN])
        more = f" and {len(chosen) - _SHOWN:,} more" if len(chosen) > _SHOWN else ""
        raise GuardError(
            f"{what} holds {len(chosen):,} rows that were chosen to be labelled: {shown}{more}; "
            "they stand for no others, so that scores on them are those of hard rows. Take rows at "
            "random, or say --allow-selected"
        )


def refuse_relatives(records: Iterable[Record], evaluation: Evaluation, what: str) -> None:
    """Refuse train rows that are evaluation rows by id, or descend from one.

    Raises:
        GuardError: there is such a row.
    """
    clashes = evaluation.relatives(records)
    if clashes:
        raise guard_error(
            clashes,
            f"rows of {what} share an id or root with the evaluation rows",
            "hold out a test set with dataaug split; if ids only number the rows of each file, "
            'give --id-field ""',
        )


def watch_train(records: Iterable[Record], evaluation: Evaluation, what: str) -> Iterator[Record]:
    """Pass rows on, and refuse at the end if one shares a root or the text of an evaluation row.

    For verbs that read all rows before they write the first.

    Raises:
        GuardError: there is such a row.
    """
    clashes: list[Clash] = []
    for record in records:
        clashes += evaluation.relatives([record]) or evaluation.same_text([record])
        yield record
    if clashes:
        raise guard_error(
            clashes,
            f"rows of {what} are evaluation rows by id, root or text",
            "dataaug filter --include-real --against EVAL takes them out",
        )


@dataclass(slots=True)
class Against:
    """The check behind ``filter --against``: rejects copies and relatives of evaluation rows."""

    evaluation: Evaluation
    embed: Callable[[], Embedder]
    similarity: float = NEAR_DUPLICATE
    clashes: dict[int, Clash] = field(default_factory=dict)

    @property
    def records(self) -> Sequence[Record]:
        """The evaluation rows."""
        return self.evaluation.records

    def observe(self, records: Sequence[Record], /) -> None:
        """Nothing to do: rows are read again in ``judge``."""

    def judge(self, rows: Rows, /) -> Mask:
        """Return the judged rows that clash; real rows that are not judged are only reported."""
        places, records = _passing(rows)
        found = self.evaluation.copies(records, self.embed(), self.similarity, rows.notify)
        found += self.evaluation.relatives(records)
        self.clashes = {places[clash.place]: clash for clash in found}
        bad: Mask = np.zeros(len(rows), np.bool_)
        bad[list(self.clashes)] = True
        kept = np.flatnonzero(bad & ~rows.judged)
        bad &= rows.judged
        collide = [
            {"row": clash.row, "of": clash.of, "kind": clash.kind, "score": clash.score}
            for clash in (self.clashes[int(row)] for row in kept)
        ]
        rows.notes["against"] = AgainstNote(
            len(self.evaluation.records), self.similarity, int(bad.sum()), collide
        )
        if len(kept):
            rows.warnings.append(
                f"{len(kept):,} real rows equal or nearly equal an evaluation row and stay "
                "(--include-real takes them out; --report lists them)"
            )
        return bad

    def fault(self, row: int, _rows: Rows, /) -> Fault:
        """Name the evaluation row and the similarity."""
        clash = self.clashes[row]
        detail = {"of": clash.of, "kind": clash.kind, "similarity": round(clash.score, 6)}
        return Fault("evaluation_copy", detail)


def _passing(rows: Rows) -> tuple[list[int], list[Record]]:
    """Return the rows that are alive and passed on, with their places."""
    pairs = [(place, record) for place, record in rows.alive_records() if rows.passing[place]]
    return [place for place, _ in pairs], [record for _, record in pairs]


def check_similarity(value: float) -> float:
    """Return a similarity that makes sense.

    Raises:
        UsageError: it is outside 0 to 1.
    """
    if not 0 < value <= 1:
        raise UsageError(f"--similarity {value}: expected a value above 0, at most 1")
    return value
