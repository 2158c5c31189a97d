"""Rows with known answers among those to judge, to measure the reviewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dataaug.errors import UsageError
from dataaug.review.sample import Drawing
from dataaug.rows.provenance import AUG
from dataaug.rows.record import Record, from_fields
from dataaug.rows.score_file import row_key
from dataaug.rows.seeds import derive, fingerprint


@dataclass(frozen=True, slots=True)
class GoldItem:
    """A row with a known answer, dressed as a synthetic one, and a parent to show beside it."""

    record: Record
    parent: Record | None
    answer: Literal["ok", "bad"]

    @property
    def key(self) -> str:
        """The key that verdicts on it are kept under."""
        return row_key(self.record)


def gold_items(
    real: Sequence[Record], labels: Sequence[str], drawing: Drawing, models: Sequence[Record]
) -> list[GoldItem]:
    """Return real rows as rows with known answers: every second one has a wrong label.

    They measure how often the reviewer lets a wrong label pass, and how often a good row is called
    bad; other kinds of errors they do not measure.

    Args:
        real: real rows; those with labels are taken, in an order that the seed gives.
        labels: the labels of the data.
        drawing: how many, and the seed.
        models: rows of the sample: a gold item takes the method of one, and a parent if it has
            one.

    Raises:
        UsageError: there are too few real rows or labels.
    """
    able = [record for record in real if record.label is not None]
    if len(labels) < 2 or len(able) < drawing.gold:
        raise UsageError(
            f"--plant {drawing.gold} needs as many real rows with labels, and two labels (found "
            f"{len(able)} rows, {len(labels)} labels); --real FILE names real rows kept elsewhere"
        )
    able.sort(key=lambda record: (derive(drawing.seed, "planted", record.id), record.line))
    return [
        _dressed(record, labels, drawing.seed, models, wrong=number % 2 == 0)
        for number, record in enumerate(able[: drawing.gold])
    ]


def _dressed(
    record: Record, labels: Sequence[str], seed: int, models: Sequence[Record], *, wrong: bool
) -> GoldItem:
    drawn = derive(seed, "dress", record.id)
    others = [label for label in labels if label != record.label]
    label = others[drawn % len(others)] if wrong else record.label
    schema, model = record.schema, models[drawn % len(models)]
    aug = {**(model.aug or {}), "id": fingerprint("planted", record.id)}  # its own would tell
    texts = schema.fields_of(record.text)
    shown = from_fields({**texts, schema.label: label, AUG: aug}, schema)
    parent = None
    if aug.get("parent"):
        # The real row is the one to judge; what stands beside it as its parent lacks a word.
        words = texts[schema.text].split(" ")
        place = drawn % len(words)
        before = " ".join(words[:place] + words[place + 1 :]) or texts[schema.text].upper()
        parent = from_fields({**texts, schema.text: before, schema.label: label}, schema)
    return GoldItem(shown, parent, "bad" if wrong else "ok")
