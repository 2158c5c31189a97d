"""Checks that need one row at a time: while a text is made, and in ``filter``.

A check of this sort is a :class:`RowCheck`. Its ``load`` returns it as a check of ``filter``
(:class:`ByRow`); who makes texts asks :class:`Panel` for the same judgement of each text before it
becomes a row.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Protocol

import numpy as np

from dataaug import engines, plugins
from dataaug.errors import UsageError
from dataaug.filtering.checks import Check, Fault, Mask, Rows
from dataaug.filtering.notes import RowNote
from dataaug.plugins import Spec
from dataaug.rows.record import Record, text_fields

_CHUNK = 256
_TOO_MANY = 0.01
"""A check that would reject more than this share of the real rows has no say on this data."""
_CHANCE = 2
"""So many real rows may fail whatever the share: among 50 rows, one is 2 %."""


@dataclass(frozen=True, slots=True)
class CandidateText:
    """A text that may become a row, and what is known of it.

    Attributes:
        text: the text.
        label: the label that it has, or was asked for.
        parent: the text that it was rewritten from, None where it was written anew.
        examples: the texts that its maker was shown.
        language: the code of the language it was asked in; empty where that is not known.
        finish: why its maker stopped: ``stop``, or ``length`` where it was cut off.
        field: the name of the field that it is of, where a row has further ones beside its text,
            as ``output``; empty for the text itself. An answer may be a number, a list or code.
    """

    text: str
    label: str | None = None
    parent: str | None = None
    examples: tuple[str, ...] = ()
    language: str = ""
    finish: str = "stop"
    field: str = ""


class RowCheck(Protocol):
    """Judges texts one by one: a batch in, a batch out, in the same order.

    A verdict depends on the candidate and on what was learned from real rows, never on the other
    candidates. What was learned is picklable: engines send the check to their workers.
    """

    def learn(self, records: Sequence[Record], /) -> None:
        """Look at some of the real rows; all of them come by before the first judgement."""

    def __call__(self, candidates: Sequence[CandidateText], /) -> Sequence[Fault | None]:
        """Return for each candidate what is wrong with it, or None."""


@dataclass(frozen=True, slots=True)
class Single:
    """A row check made of a function that looks at one candidate and learns nothing."""

    judge: Callable[[CandidateText], Fault | None]

    def learn(self, records: Sequence[Record], /) -> None:
        """Nothing to learn."""

    def __call__(self, candidates: Sequence[CandidateText], /) -> list[Fault | None]:
        """Return for each candidate what is wrong with it, or None."""
        return [self.judge(candidate) for candidate in candidates]


@dataclass(slots=True)
class ByRow:
    """A row check as a check of ``filter``.

    The real rows are judged too. Where too many of them fail (over 1 %, and more than two), the
    check takes for a fault what is normal in this data: then it rejects nothing and says so.

    Attributes:
        name: the check's name.
        row: the check itself.
        lenient: is what real rows have, or the row's own parent, no fault? A check for personal
            data of the real rows is not.
    """

    name: str
    row: RowCheck
    lenient: bool = True
    faults: dict[int, Fault] = field(default_factory=dict)

    def observe(self, records: Sequence[Record], /) -> None:
        """Learn from the real ones of the next rows."""
        real = [record for record in records if record.is_real]
        if real:
            self.row.learn(real)

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows with a fault."""
        return next(judged([self], rows))

    def settle(self, found: dict[int, Fault], rows: Rows) -> Mask:
        """Return the rows to reject, of those with a fault; none where too many real ones have it.

        Args:
            found: faults by place, those of rows that an earlier check has rejected included.
            rows: all rows.
        """
        wanted = rows.alive & (rows.judged | (rows.real & self.lenient))
        self.faults = {place: fault for place, fault in found.items() if wanted[place]}
        bad: Mask = np.zeros(len(rows), np.bool_)
        bad[list(self.faults)] = True
        odd, real = int((bad & rows.real).sum()), int(rows.real.sum())
        muted = self.lenient and mute(odd, real)
        examples = [rows.name(int(row)) for row in np.flatnonzero(bad & rows.real)[:10]]
        rows.notes[self.name] = RowNote(real, odd, muted, examples)
        if muted:
            rows.warnings.append(no_say_warning(self.name, odd, real))
            bad[:] = False
        return bad & rows.judged

    def verdicts(self, candidates: Sequence[CandidateText]) -> list[Fault | None]:
        """Return for each candidate what is wrong with it and not with its parent already."""
        found = list(self.row(candidates))
        if not self.lenient:
            return found
        suspects: list[tuple[int, str]] = []
        parents: list[CandidateText] = []
        for place, fault in enumerate(found):
            parent = candidates[place].parent
            if fault is not None and parent is not None:
                suspects.append((place, fault.reason))
                parents.append(
                    CandidateText(parent, candidates[place].label, field=candidates[place].field)
                )
        for (place, reason), fault in zip(
            suspects, self.row(parents) if parents else (), strict=True
        ):
            if fault is not None and fault.reason == reason:
                found[place] = None
        return found

    def fault(self, row: int, _rows: Rows, /) -> Fault:
        """Say what is wrong."""
        return self.faults[row]


@dataclass(frozen=True, slots=True)
class Judging:
    """Several row checks over a chunk of candidates; a picklable task for an engine."""

    checks: tuple[ByRow, ...]

    def __call__(self, candidates: Sequence[CandidateText]) -> list[tuple[int, int, Fault]]:
        """Return the faults, each with the numbers of its check and of its candidate."""
        return [
            (number, place, _placed(fault, candidates[place].field))
            for number, check in enumerate(self.checks)
            for place, fault in enumerate(check.verdicts(candidates))
            if fault is not None
        ]


def _placed(fault: Fault, field_name: str) -> Fault:
    """Return a fault that says in which of several fields it is."""
    return Fault(fault.reason, {"field": field_name, **fault.detail}) if field_name else fault


def judged(checks: Sequence[ByRow], rows: Rows) -> Iterator[Mask]:
    """Yield for one check after another which rows it rejects; all of them share one reading.

    Who asks marks the rows of each mask as no longer alive before asking for the next. What a
    check says of a row depends on no other row, so the work is done on the engine in use.
    """
    wanted = rows.judged | (rows.real & any(check.lenient for check in checks))
    found: list[dict[int, Fault]] = [{} for _ in checks]
    sources = Sources(rows)
    waiting: deque[list[int]] = deque()

    def chunks() -> Iterator[list[CandidateText]]:
        chosen = (
            (n, candidate)
            for n, record in rows.alive_records()
            if wanted[n]
            for candidate in sources.candidates(record)
        )
        while chunk := list(islice(chosen, _CHUNK)):
            waiting.append([place for place, _ in chunk])
            yield [candidate for _, candidate in chunk]

    for faults in engines.spread(Judging(tuple(checks)), chunks()):
        places = waiting.popleft()
        for number, place, fault in faults:
            found[number].setdefault(places[place], fault)
    for check, faults_of_check in zip(checks, found, strict=True):
        yield check.settle(faults_of_check, rows)


def mute(odd: int, real: int) -> bool:
    """Do too many of the real rows fail for a check to have a say?"""
    return odd > _CHANCE and odd > _TOO_MANY * real


def no_say_warning(name: str, odd: int, real: int) -> str:
    """Return the warning about a check that has no say."""
    return (
        f"{name}: not checked, since {odd:,} of {real:,} real rows would fail; what it looks for "
        "is normal here"
    )


class Sources:
    """Finds the texts that rows were made from, where they are in the stream."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._places: dict[str, int] = {}

    def candidates(self, record: Record) -> Iterator[CandidateText]:
        """Yield a row as a candidate, and each of its further fields that says something."""
        whole, further = self.candidate(record), record.schema.further_texts
        if not further:
            yield whole
            return
        parents = text_fields(whole.parent) if whole.parent is not None else []
        shown = [text_fields(example) for example in whole.examples]
        for place, (name, text) in enumerate(
            zip(("", *further), text_fields(record.text), strict=True)
        ):
            if text or not place:
                yield replace(
                    whole,
                    text=text,
                    parent=parents[place] if parents else None,
                    examples=tuple(example[place] for example in shown if example[place]),
                    field=name,
                )

    def candidate(self, record: Record) -> CandidateText:
        """Return a row as a candidate; several text fields are one text (``rows.record``)."""
        aug: Mapping[str, Any] = record.aug or {}
        parent, shown = aug.get("parent"), aug.get("examples")
        examples = [self._text(name) for name in shown] if isinstance(shown, list) else []
        language = record.fields.get("language")
        return CandidateText(
            record.text,
            record.label,
            self._text(parent) if parent is not None else None,
            tuple(text for text in examples if text is not None),
            language if isinstance(language, str) else "",
            str(aug.get("finish") or "stop"),
        )

    def _text(self, name: object) -> str | None:
        if not self._places:
            for place, record in enumerate(self._rows.spool.records()):
                self._places.setdefault(record.id, place)
        found = self._places.get(str(name))
        return None if found is None else self._rows.spool.record(found).text


class Panel:
    """Several row checks, as those who make texts use them.

    Args:
        specs: names and options of the checks; the first one that finds a fault gives the reason.

    Raises:
        UsageError: a check is unknown, or compares rows with each other.

    Attributes:
        muted: the checks that have no say, and why: too many of the real rows fail.
    """

    def __init__(self, specs: Iterable[Spec]) -> None:
        self._checks = [_row_check(spec) for spec in specs]
        self.muted: dict[str, str] = {}

    def learn(self, records: Sequence[Record]) -> None:
        """Look at the real rows, all at once; not at all where there are none."""
        self.muted.clear()
        candidates = [CandidateText(record.text, record.label) for record in records]
        for check in self._checks:
            check.row.learn(records)
            odd = sum(fault is not None for fault in check.row(candidates)) if check.lenient else 0
            if mute(odd, len(records)):
                self.muted[check.name] = no_say_warning(check.name, odd, len(records))

    def __call__(self, candidates: Sequence[CandidateText]) -> list[Fault | None]:
        """Return for each candidate the first fault that a check finds, or None."""
        found: list[Fault | None] = [None] * len(candidates)
        for check in self._active():
            left = [place for place, fault in enumerate(found) if fault is None]
            faults = check.verdicts([candidates[place] for place in left])
            for number, verdict in zip(left, faults, strict=True):
                found[number] = verdict
        return found

    def _active(self) -> Iterator[ByRow]:
        return (check for check in self._checks if check.name not in self.muted)


def _row_check(spec: Spec) -> ByRow:
    check: Check = plugins.load("checks", spec)
    if not isinstance(check, ByRow):
        raise UsageError(f"check {spec.name!r} compares rows; it works in dataaug filter only")
    return check


WRITTEN = tuple(map(Spec, (
    "truncated", "letters", "garbled", "leftover", "repetition", "refusal", "placeholder", "voice",
    "label-word", "seed-copy", "language",
)))  # fmt: skip
"""The checks of texts that a model writes anew, the cheap ones first."""

REWRITTEN = tuple(map(Spec, (
    "truncated", "garbled", "refusal", "placeholder", "faithful", "language",
)))  # fmt: skip
"""The checks of texts that a model rewrites."""
