"""What a run of generate works from: its examples, its labels, and what to vary."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import orjson

from dataaug import leakage
from dataaug.errors import InputError, UsageError
from dataaug.generation.tasks import Brief
from dataaug.rows.record import Outcome, Record, Schema
from dataaug.rows.report import Report
from dataaug.rows.summary import Summary
from dataaug.rows.taken import Names, Taken
from dataaug.text.normalize import digest, normalise
from dataaug.text.printable import safe

REPLACES = frozenset({"rewrite"})
"""Tasks whose input rows are what they work on: those are replaced, not passed on."""


def schema_of(schema: Schema, task: str) -> Schema:
    """Return the fields of the rows to make: the text of an instruction row is its instruction."""
    if task == "instructions" and schema.text == "text":
        return Schema("instruction", schema.label, schema.id, schema.spans)
    return schema


def shown(rows: Sequence[Record], evaluation: Sequence[Record]) -> tuple[Record, ...]:
    """Return the rows that a model may see: real ones, no evaluation rows by id or text."""
    real = tuple(record for record in rows if record.is_real)
    if not evaluation:
        return real
    ids, texts = leakage.Evaluation(evaluation).barred()
    return tuple(r for r in real if r.id not in ids and digest(r.text) not in texts)


def examples(
    rows: Sequence[Record], evaluation: Sequence[Record], report: Report
) -> tuple[Record, ...]:
    """Return the rows that a model may see, and warn of the others."""
    real = sum(record.is_real for record in rows)
    kept = shown(rows, evaluation)
    if real < len(rows):
        report.warn(f"{len(rows) - real:,} synthetic rows are not shown as examples")
    if len(kept) < real:
        report.warn(
            f"{real - len(kept):,} examples are evaluation rows by id or text and are not "
            "shown to the model"
        )
    return kept


def there(rows: Sequence[Record]) -> dict[str, Any]:
    """Return what is there in rows, for ``Generation``: ids, texts, and the synthetic ones."""
    taken, seen = Taken(), Names()
    for record in rows:
        taken.note(record)
        seen.note(normalise(record.text))
    made = tuple(record for record in rows if not record.is_real)
    return {"there": made, "ids": taken.ids, "seen": seen}


@dataclass(frozen=True, slots=True)
class WithoutExamples(Summary):
    """Labels that have no example, though others do.

    Attributes:
        labels: the labels.
        known: those of the examples, sorted.
    """

    labels: tuple[str, ...]
    known: tuple[str, ...]

    @classmethod
    def of(cls, brief: Brief) -> "WithoutExamples | None":
        """Return the labels to make that no example has; None where all or none have one."""
        known = {record.label for record in brief.rows if record.label is not None}
        without = tuple(label.name for label in brief.labels if label.name not in known)
        return cls(without, tuple(sorted(known))) if without and known else None

    def entries(self, name: str) -> dict[str, Any]:
        """Return what stands under ``details`` in the file of a report."""
        return {name: list(self.labels)}

    def __str__(self) -> str:
        """Return a warning, for people."""
        named = ", ".join(repr(safe(name, 60)) for name in self.labels[:10])
        more = f" and {len(self.labels) - 10:,} more" if len(self.labels) > 10 else ""
        known = ", ".join(repr(safe(name, 60)) for name in self.known[:10])
        return (
            f"no example has the label {named}{more} (those that are there: {known}); is it "
            "misspelt? Its rows are made from its name alone"
        )


def attributes(given: Mapping[str, Sequence[str]] | str | PathLike[str]) -> dict[str, list[str]]:
    """Return what to vary, name to values.

    Args:
        given: it, or the JSON file that holds it; an empty name is no file.

    Raises:
        InputError: the file can't be read.
        UsageError: it is no mapping of names to lists of strings.
    """
    if not given:
        return {}
    if isinstance(given, Mapping):
        return _valid(given, "attributes")
    path = fspath(given)
    try:
        return _valid(orjson.loads(Path(path).read_bytes()), f"--attributes {path}")
    except (OSError, ValueError) as error:
        raise InputError(f"--attributes {path}: can't be read: {error}") from error


def _valid(found: Any, where: str) -> dict[str, list[str]]:
    good = isinstance(found, Mapping) and all(
        isinstance(values, list | tuple)
        and values
        and all(isinstance(value, str) for value in values)
        for values in found.values()
    )
    if not good:
        raise UsageError(f'{where}: expected {{"name": ["value", …], …}}')
    return {name: list(values) for name, values in found.items()}


@dataclass(slots=True)
class NearnessCounts(Summary):
    """How near rewritten rows are to the rows that they were made from.

    Attributes:
        rows: rows that were made.
        nearer_than_real_rows: those that are nearer to a source row than 95 % of the source rows
            are to each other.
    """

    rows: int = 0
    nearer_than_real_rows: int = 0

    def over(self, made: Iterator[Outcome]) -> Iterator[Outcome]:
        """Pass outcomes on, and count the rows."""
        for outcome in made:
            if isinstance(outcome, Record):
                self.rows += 1
                near = (outcome.aug or {}).get("nearer_than_real_rows")
                self.nearer_than_real_rows += bool(near)
            yield outcome
