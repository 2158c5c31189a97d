"""Make rows and rejects of what replies hold, with their provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from dataaug.filtering.checks import Fault
from dataaug.filtering.checks.by_row import CandidateText as Text
from dataaug.filtering.checks.by_row import Panel
from dataaug.generation.tasks import Ask, CandidateRow, Dropped, ReplyItem, RowGroup
from dataaug.llms import Reply
from dataaug.plugins import Spec
from dataaug.rows import field_paths
from dataaug.rows.derived import id_like
from dataaug.rows.provenance import AUG
from dataaug.rows.record import Record, Reject, Schema, from_line
from dataaug.rows.seeds import fingerprint

STAGE = "generate"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with the request that it answers, and what was read from it.

    Attributes:
        group: whose request it was.
        number: the number of the request in its group, from 0.
        ask: the request.
        reply: what came back.
        items: what it held; one dropped item where it held nothing.
    """

    group: RowGroup
    number: int
    ask: Ask
    reply: Reply
    items: Sequence[ReplyItem]

    def texts(self, schema: Schema, language: str) -> list[Text]:
        """Return the candidates as the checks see them."""
        shown = tuple(record.text for record in self.ask.shown)
        return [
            Text(
                str(item.fields[schema.text]),
                self.group.label,
                None if item.parent is None else item.parent.text,
                shown,
                language,
            )
            for item in self.items
            if isinstance(item, CandidateRow)
        ]


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes records of items.

    Attributes:
        method: the task with its options, as provenance names it.
        schema: the fields of the rows.
        seed_id: an id of the seeds, which says of what type the ids of new rows are, where they
            are to stand in a field of their own; None where they are not.
        checks: the names of the checks that every row has passed.
        model: the model's name where a reply has none.
    """

    method: str
    schema: Schema
    seed_id: Any
    checks: tuple[str, ...]
    model: str

    def record(self, answer: Answer, item: ReplyItem) -> Record:
        """Return the row of an item; for a dropped one the row that it would have become.

        Raises:
            orjson.JSONEncodeError: its text can't be written as JSON (lone surrogates).
        """
        if isinstance(item, CandidateRow):
            return self._row(answer, item.item, item.fields, item.notes, item.parent)
        label = {} if answer.group.label is None else {self.schema.label: answer.group.label}
        text = item.text.encode("utf-8", "replace").decode()
        fields = {self.schema.text: text, **label}
        return self._row(answer, item.item, fields, {}, answer.group.source)

    def _row(
        self,
        answer: Answer,
        number: int,
        fields: Mapping[str, Any],
        notes: Mapping[str, Any],
        parent: Record | None,
    ) -> Record:
        ask, reply = answer.ask, answer.reply
        text = str(fields[self.schema.text])
        other = self.seed_id if parent is None else own_value(parent)
        made = fingerprint(self.method, answer.group.name, reply.key, str(number), text)
        new = id_like(other, made)
        own, name = {} if other is None else {self.schema.id: new}, str(new)
        each = ask.each[number] if number < len(ask.each) else {}
        aug = {
            "id": name,
            "origin": "synthetic",
            "parent": None if parent is None else parent.id,
            "root": None if parent is None else parent.root,
            "method": self.method,
            **self._asked(answer, number),
            **ask.notes,
            **each,
            **notes,
            "checks": list(self.checks),
        }
        return from_line(orjson.dumps(self.schema.row_of({**own, **fields, AUG: aug})), self.schema)

    def _asked(self, answer: Answer, number: int) -> dict[str, Any]:
        """Return the provenance of what a model was asked; nothing where none was."""
        ask, reply = answer.ask, answer.reply
        if ask.prompt is None:
            return {}
        return {
            "model": reply.model or self.model,
            "request": reply.key,
            "number": answer.number,
            "item": number,
            "seed": ask.prompt.seed,
            "examples": [record.id for record in ask.shown],
        }

    def reject(self, answer: Answer, item: ReplyItem, fault: Fault) -> Reject:
        """Return the reject of an item that a check found wanting."""
        return Reject(STAGE, fault.reason, self.record(answer, item), fault.detail)

    def dropped(self, answer: Answer, item: Dropped) -> Reject:
        """Return the reject of an item that is no row."""
        detail = {"message": item.detail} if item.detail else {}
        return Reject(STAGE, item.reason, self.record(answer, item), detail)


def own_value(record: Record) -> Any:
    """Return the id that a row carries in its id field, as it stands there; None for none."""
    value = field_paths.get(record.fields, record.schema.id)
    return None if value == "" else value


UNREAD = (Spec("refusal"), Spec("truncated"))
"""What may have become of a reply that holds no item."""


_SHOWN = 200
"""Characters of a reply that was no use, for the reject."""


def unread_reply(reply: Reply, panel: Panel) -> Dropped:
    """Say why a reply gave no item: it was refused, cut off, or is nothing that can be read."""
    if reply.fault:
        return Dropped(reply.fault, reply.detail, reply.text)
    (fault,) = panel([Text(reply.text, finish=reply.finish)])
    if reply.finish == "content_filter":
        fault = Fault("refused")
    reason = fault.reason if fault else "unparseable"
    said = reply.detail or (reply.text[:_SHOWN] if reason == "unparseable" else "")
    return Dropped(reason, said, reply.text)


def writable(item: CandidateRow, schema: Schema) -> str:
    """Return why a row can't be written as JSON, empty if it can."""
    text = str(item.fields[schema.text])
    if any(letter < " " and letter not in "\n\t" for letter in text):
        return "control characters in the text"
    try:
        orjson.dumps(dict(item.fields))
    except orjson.JSONEncodeError as error:
        return str(error)
    return ""
