"""What a data set is made of: rows by method and label, and its columns."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dataaug.cards.columns import Columns
from dataaug.rows.labels import members
from dataaug.rows.provenance import AUG, ORIGIN
from dataaug.rows.record import Record


@dataclass(slots=True)
class Composition:
    """Counts over all rows.

    Attributes:
        real: real rows to train on.
        methods: synthetic rows by method.
        labels: label to its real and its synthetic rows.
        models: models that rows name as their makers.
        test: rows to evaluate on, all of them real.
        columns: the columns of all rows.
        nested: does a row have nested provenance?
        flat: has one the columns of flat provenance?
    """

    real: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    labels: dict[str, list[int]] = field(default_factory=dict)
    models: Counter[str] = field(default_factory=Counter)
    test: int = 0
    columns: Columns = field(default_factory=Columns)
    nested: bool = False
    flat: bool = False

    @property
    def synthetic(self) -> int:
        """Synthetic rows to train on."""
        return self.methods.total()

    @property
    def train(self) -> int:
        """Rows to train on."""
        return self.real + self.synthetic

    def counting(self, records: Iterable[Record]) -> Iterator[Record]:
        """Count rows to train on as they pass."""
        for record in records:
            self._note(record)
            if record.is_real:
                self.real += 1
            else:
                self.methods[record.method] += 1
                model = (record.aug or {}).get("model")
                if isinstance(model, str):
                    self.models[model] += 1
            if record.label is not None:
                for label in members(record.label) or (record.label,):
                    self.labels.setdefault(label, [0, 0])[not record.is_real] += 1
            yield record

    def count_test(self, records: Iterable[Record]) -> None:
        """Count rows to evaluate on."""
        for record in records:
            self._note(record)
            self.test += 1

    def _note(self, record: Record) -> None:
        self.columns.note(record)
        self.nested |= AUG in record.fields
        self.flat |= ORIGIN in record.fields
