"""Mix real and synthetic rows at a ratio, in a seeded order, each row of the inputs once."""

import itertools
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import and_, gt, not_
from typing import Literal, TypeAlias

from dataaug import allocation
from dataaug.errors import ShortfallError, UsageError
from dataaug.rows.labels import LabelCodes, members, several
from dataaug.rows.order import ordered_by_key, repeated
from dataaug.rows.provenance import ProvenanceForm, may_be_flat, rewritten
from dataaug.rows.record import Outcome, Record, Reject, Schema, label_names
from dataaug.rows.report import Report
from dataaug.rows.same import Inputs, Same, is_marked, name_of, same_rows
from dataaug.rows.seeds import derive_each
from dataaug.rows.spool import Spool
from dataaug.rows.summary import Summary

_CHUNK = 64  # rows parsed at a time: a thousand would fall out of the processor cache
_OVER_AUGMENTED = 10
"""Synthetic rows per real one above which a model learns the synthetic distribution (seed: not
100 times; ten is where this tool begins to warn)."""

_LEAST = 1e-6
"""The least that the parts of a ratio add up to; less is a slip of the finger."""

MixedRows: TypeAlias = "array[int]"
Strata = Literal["synthetic", "real", "none"]


@dataclass(frozen=True, slots=True)
class MixSummary(Summary):
    """How a mix came out.

    Attributes:
        asked_real_share: the share of real rows that was asked for, 0 to 1.
        real_share: the share that there is; None where there are no rows.
        left_out: ``real`` and ``synthetic`` rows that did not fit into the ratio or the size.
        strata: whose label proportions the synthetic part keeps.
        labels: for each label, its rows that are ``real`` and ``synthetic``.
    """

    asked_real_share: float
    real_share: float | None
    left_out: dict[str, int]
    strata: Strata
    labels: dict[str, dict[str, int]]


def auto_ratio(real: int) -> float:
    """Return the share of real rows in a mix, 0 to 1, for so many real rows.

    The seed text's table: more than 10,000 real rows: only real rows; 1,000 to 10,000: from 50:50
    to 70:30, interpolated by the logarithm of the count; fewer than 1,000: 30:70; none: 0:100.
    """
    if real > 10_000:
        return 1.0
    if real >= 1_000:
        return 0.5 + 0.2 * math.log10(real / 1_000)
    return 0.3 if real else 0.0


def parse_ratio(text: str) -> float | None:
    """Return the share of real rows that ``real:synthetic`` stands for; None for ``auto``.

    Raises:
        UsageError: the text is no ratio.
    """
    if text == "auto":
        return None
    real, colon, synthetic = text.partition(":")
    try:
        parts = float(real), float(synthetic)
    except ValueError:
        parts = (-1.0, -1.0)
    if not colon or min(parts) < 0 or not math.isfinite(sum(parts)) or sum(parts) < _LEAST:
        raise UsageError(f"--ratio {text!r}: expected auto or REAL:SYNTHETIC, as in 70:30")
    return parts[0] / sum(parts)


@dataclass(frozen=True, slots=True)
class Mixing:
    """How to mix.

    Attributes:
        ratio: the share of real rows, 0 to 1; None chooses it by :func:`auto_ratio`.
        size: rows in the result; None takes every real row and as many synthetic ones as fit.
        strata: whose proportions of labels the synthetic part keeps: those of the synthetic rows
            (what ``balance`` made stays), of the real ones, or none. Where rows have several
            labels, each label keeps its own.
        seed: the seed of the run.
        provenance: the form in which rows say what made them; ``none`` takes it out.
    """

    ratio: float | None = None
    size: int | None = None
    strata: Strata = "synthetic"
    seed: int = 0
    provenance: ProvenanceForm = "nested"


class _Held:
    """The rows of a mix: lines on disk, and 37 bytes of memory a row.

    Attributes:
        real: 1 for each real row, else 0.
        labels: the code of each row's label, by :attr:`codes`.
        same: which of them are the same row, once all are in.
        counted: 1 for each row that counts, 0 for one that is the same as another one.
    """

    def __init__(self, schema: Schema, seed: int) -> None:
        self.spool = Spool(schema)
        self._key = derive_each(seed, "mix")
        self._keys = array("q")
        self._names = array("q")
        self.real = bytearray()
        self.labels = array("i")
        self._inputs = Inputs()
        self.codes = LabelCodes()

    def extend(self, records: Iterable[Record]) -> None:
        stream = iter(records)
        key = self._key
        while chunk := list(itertools.islice(stream, _CHUNK)):
            self.spool.extend(chunk)
            keys = [key(record.id) for record in chunk]
            self._keys.extend(keys)
            self._names.extend([
                key(name_of(record)) if is_marked(record) else own
                for own, record in zip(keys, chunk, strict=True)
            ])  # fmt: skip
            self.real.extend([record.is_real for record in chunk])
            self.labels.extend(self.codes.of([record.label for record in chunk]))
            self._inputs.extend(chunk)

    def freeze(self) -> None:
        self.same = same_rows(self.spool, repeated(self._names), self._inputs)
        self.counted = bytearray(b"\1") * len(self.spool)
        for row in self.same.dropped:
            self.counted[row] = 0

    def chosen_by(self, mask: Iterable[object]) -> MixedRows:
        """Return the rows at which a mask is true, by their keys.

        That order depends on ids and seed, and not on the input.
        """
        return self.shuffled(array("q", compress(range(len(self.spool)), mask)))

    def shuffled(self, rows: MixedRows) -> MixedRows:
        """Return rows by their keys."""
        return ordered_by_key(rows, self._keys)

    def labels_of(self, rows: MixedRows) -> Iterator[int]:
        """Yield the codes of rows' labels."""
        return map(self.labels.__getitem__, rows)


def mix(
    records: Iterable[Record],
    task: Mixing,
    *,
    schema: Schema | None = None,
    report: Report | None = None,
) -> Iterator[Outcome]:
    """Yield the rows of the mix in seeded order, then a reject for each that was left out.

    The same row of two inputs counts once; :func:`dataaug.rows.same.same_rows` says which are the
    same. The choice and the order follow from the seed and the rows' ids alone.

    Args:
        records: real and synthetic rows.
        task: how to mix.
        schema: which fields text, label and id are.
        report: takes the ratio that was asked for, the one that was reached, and warnings.

    Raises:
        ShortfallError: there are fewer rows than ``size``; raised after the last row.
    """
    report = report or Report("mix")
    held = _Held(schema or Schema(), task.seed)
    held.extend(records)
    held.freeze()
    real = held.chosen_by(map(and_, held.real, held.counted))
    made = held.chosen_by(map(gt, held.counted, held.real))
    ratio = auto_ratio(len(real)) if task.ratio is None else task.ratio
    want_real, want_made = _targets(len(real), len(made), ratio, task.size)
    of_real: Strata = "none" if task.strata == "none" else "real"
    chosen = _stratified(held, real, want_real, of_real)
    chosen += _stratified(held, made, want_made, task.strata)
    _note(report, held, task, ratio, chosen)
    for record in held.spool.records_at(held.shuffled(chosen)):
        yield _told(record, task.provenance)
    taken = bytearray(len(held.spool))
    for row in chosen:
        taken[row] = 1
    reason = "over_size" if task.size is not None else "over_ratio"
    rest = array("q", compress(range(len(taken)), map(not_, taken)))
    labels = held.codes.names
    for row, record in zip(rest, held.spool.records_at(rest), strict=True):
        record.label = labels[held.labels[row]]  # known: the row need not be parsed again
        yield Reject("mix", reason if held.counted[row] else "same_row", record)
    if task.size is not None and len(chosen) < task.size:
        raise ShortfallError(
            f"{len(chosen):,} rows where --size asks for {task.size:,}: "
            f"{len(real):,} real and {len(made):,} synthetic rows came in"
        )


def _targets(real: int, made: int, ratio: float, size: int | None) -> tuple[int, int]:
    """Return how many real and synthetic rows to take; never more than there are."""
    if size is not None:
        take_real = min(real, round(size * ratio))
        return take_real, min(made, size - round(size * ratio))
    if ratio == 0:
        return 0, made
    fit = real * (1 - ratio) / ratio
    return real, made if fit >= made else round(fit)  # a tiny ratio makes it infinite


def _stratified(held: _Held, made: MixedRows, wanted: int, strata: Strata) -> MixedRows:
    """Return so many rows, shared out among the labels; ``made`` is in seeded order."""
    if wanted >= len(made):
        return made[:]
    if strata == "none":
        return made[:wanted]
    names = held.codes.names
    there = Counter(held.labels_of(made))
    real = compress(held.labels, map(and_, held.real, held.counted))
    like = there if strata == "synthetic" else Counter(real)
    if several(names[code] for code in there):
        own = list(held.labels_of(made))
        return array("q", [made[place] for place in _of_sets(own, wanted, like, names)])
    # By names: the codes are numbered in the order of the rows.
    quota = allocation.shares(
        wanted,
        {names[code]: like[code] for code in there},
        caps={names[code]: count for code, count in there.items()},
    )
    left = {code: quota[names[code]] for code in there}
    found = array("q")
    for row, code in zip(made, held.labels_of(made), strict=True):
        if left[code]:
            left[code] -= 1
            found.append(row)
    return found


def _of_sets(
    codes: Sequence[int],
    wanted: int,
    like: Mapping[int, int],
    names: Sequence[str | None],
) -> list[int]:
    """Return the places of so many rows of several labels, each label with its share.

    Args:
        codes: of the rows' sets of labels, in seeded order.
        wanted: how many rows, fewer than there are.
        like: rows by code, whose shares of labels are kept.
        names: the sets of labels by code.
    """
    from dataaug import stratification  # noqa: PLC0415 - few rows have several labels

    sets = list(map(_labels, names))
    shares: Counter[str | None] = Counter()
    for code, count in like.items():
        for label in sets[code]:
            shares[label] += count
    rows = max(sum(like.values()), 1)
    units = [stratification.RowUnit(1, dict.fromkeys(sets[code], 1)) for code in codes]
    goals = {label: wanted * shares[label] / rows for own in sets for label in own}
    return sorted(stratification.choose_units(units, wanted, goals, keeps=False))


def _labels(name: str | None) -> tuple[str | None, ...]:
    return (None,) if name is None else members(name) or (None,)


def _told(record: Record, form: ProvenanceForm) -> Record:
    """Return a row with its provenance in a form; all else keeps its bytes."""
    if form == "nested" and not may_be_flat(record.line):
        return record
    line = rewritten(record.line, record.fields, form)
    if line == record.line:
        return record
    # The parsed view keeps its provenance, so that the row still counts as synthetic in the report.
    return Record(line, record.fields, record.text, record.label, record.schema)


def _note(
    report: Report,
    held: _Held,
    task: Mixing,
    ratio: float,
    chosen: MixedRows,
) -> None:
    real = sum(map(held.real.__getitem__, chosen))
    made = len(chosen) - real
    there = sum(map(and_, held.real, held.counted)), sum(map(gt, held.counted, held.real))
    left_out = {"real": there[0] - real, "synthetic": there[1] - made}
    share = real / len(chosen) if len(chosen) else None
    report.note("mix", MixSummary(ratio, share, left_out, task.strata, _per_label(held, chosen)))
    for warning in (*_warnings(there, real, made, ratio, task), *_repeats(held.same)):
        report.warn(warning)


def _repeats(same: Same) -> Iterator[str]:
    if same.kept:
        yield (f"{same.kept:,} rows equal another row of their own input and were kept, as they "
               "may be meant; leave them out where they are not")  # fmt: skip
    if same.clashes:
        yield (f"{same.clashes:,} rows carry an id that a row with other content has; give every "
               "row an id of its own")  # fmt: skip


def _per_label(held: _Held, chosen: MixedRows) -> dict[str, dict[str, int]]:
    real = Counter(compress(held.labels_of(chosen), map(held.real.__getitem__, chosen)))
    made = Counter(held.labels_of(chosen)) - real
    found: dict[str | None, Counter[str]] = {}
    for code, label in enumerate(held.codes.names):
        for own in (None,) if label is None else members(label):
            if code in real or code in made:
                found.setdefault(own, Counter()).update(real=real[code], synthetic=made[code])
    return {
        name: {"real": found[label]["real"], "synthetic": found[label]["synthetic"]}
        for label, name in label_names(found).items()
    }


def _warnings(
    there: tuple[int, int], real: int, made: int, ratio: float, task: Mixing
) -> Iterator[str]:
    if not there[0] and made:
        yield "there are no real rows: a mix of 0:100 is for the time until there are some"
    elif made > _OVER_AUGMENTED * real:
        yield (f"{made / max(real, 1):.0f} synthetic rows per real one: a model learns the "
               "synthetic distribution then")  # fmt: skip
    if task.ratio is None and ratio == 1.0 and there[1]:
        yield (f"with {there[0]:,} real rows, auto takes only real ones (more than 10,000); "
               "--ratio REAL:SYNTHETIC overrides it")  # fmt: skip
    reached = real / (real + made) if real + made else ratio
    if there[0] and abs(reached - ratio) > 0.005:
        yield (f"asked for {ratio:.0%} real rows, got {reached:.0%}: there are only "
               f"{there[1]:,} synthetic and {there[0]:,} real rows")  # fmt: skip
