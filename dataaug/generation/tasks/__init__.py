"""Tasks: what generate makes. A task plans groups of rows, asks for them, and reads the replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeAlias

from dataaug.llms import Prompt, Reply
from dataaug.plugins import Spec
from dataaug.rows.record import Record, Schema


@dataclass(frozen=True, slots=True)
class Label:
    """A class that rows are wanted of.

    Attributes:
        name: the label as it stands in the rows.
        count: how many rows; None leaves it to the task.
        description: what the label means, in a sentence; empty where the name says it.
    """

    name: str
    count: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a run gives a task to work from; a task takes what it needs.

    Attributes:
        labels: the classes, for tasks that make labelled rows.
        rows: real rows: examples to show the model, or the rows to rewrite. Evaluation rows are
            never among them.
        count: rows wanted in all (instructions), or of each source row (rewrite).
        domain: what the texts are about, as in ``customer support``.
        language: the code of the language to write in (``de``); empty means English.
        prompt: the text of the user's own prompt template; empty means the task's.
        attributes: the user's own attributes, name to values; empty means the task's.
        schema: the fields of the rows to make.
        seed: the seed of the run.
    """

    labels: tuple[Label, ...] = ()
    rows: tuple[Record, ...] = ()
    count: int = 0
    domain: str = ""
    language: str = ""
    prompt: str = ""
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    schema: Schema = field(default_factory=Schema)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that are wanted together: those of one label, or those made from one row.

    A group's rows depend on no row of another group, so that asking for more rows of one changes
    nothing else.

    Attributes:
        name: the label or the source row's id; no two groups share one.
        wanted: how many rows.
        label: their label, None where rows have none.
        source: the row that they are made from, None where there is none.
        patience: requests, of which the last ones have to give a row in twenty items at least;
            else the group is given up.
        most: requests that can be made at most, None for any number.
        fewer: is a group with fewer rows than wanted no failure, since nobody gave a number?
    """

    name: str
    wanted: int
    label: str | None = None
    source: Record | None = None
    patience: int = 8
    most: int | None = None
    fewer: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One request.

    Attributes:
        prompt: what the model is asked; None where nobody has to be asked.
        items: how many items it is asked for.
        shown: the rows that the model sees; their ids are noted as ``examples``.
        notes: further provenance of all that comes of it.
        each: provenance of each item, by its place: ``attributes`` …
        known: the reply, where there is no prompt.
    """

    prompt: Prompt | None
    items: int = 1
    shown: tuple[Record, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    each: Sequence[Mapping[str, Any]] = ()
    known: Reply = field(default_factory=partial(Reply, ""))


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A row that a reply holds, before it is judged.

    Attributes:
        fields: the row without provenance; its text field holds a string.
        item: its place in the reply, from 0.
        notes: further provenance: ``repaired``, ``checks`` …
        parent: the row that it was made from, None where there is none.
    """

    fields: Mapping[str, Any]
    item: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)
    parent: Record | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """An item that is no row: a word of :mod:`dataaug.rows.reasons`, particulars, its text."""

    reason: str
    detail: str = ""
    text: str = ""
    item: int = 0


ReplyItem: TypeAlias = CandidateRow | Dropped


class Task(Protocol):
    """Plans, asks and reads; pure functions, so that equal briefs make equal requests."""

    def groups(self) -> Sequence[RowGroup]:
        """Return the groups, in the order in which their rows take turns in the output."""

    def avoid(self) -> Sequence[Record]:
        """Return the rows that no new row may copy or nearly equal (empty for rewrite)."""

    def checks(self) -> Sequence[Spec]:
        """Return the checks of one text at a time that new rows have to pass, cheap ones first."""

    def ask(self, group: RowGroup, number: int, /) -> Ask:
        """Return request ``number`` (from 0) of a group.

        It depends on the brief, the group's name and the number alone: neither on how many rows
        are wanted nor on what other requests returned. So asking for more rows begins with the
        same requests, and equal requests are paid for once.
        """

    def read(self, group: RowGroup, ask: Ask, reply: Reply, /) -> Sequence[ReplyItem]:
        """Return what a reply without a fault holds, in its order; empty if nothing is readable.

        The verb says why a reply was empty (refused, truncated, unparseable), and judges the rows.
        """


class Planner(Protocol):
    """What a task's ``load`` returns: it turns a brief into a task.

    ``TAKES`` in the task's file names what it takes of a brief (``labels``, ``rows`` …), and
    ``llm`` where its requests have prompts, so that an option that nobody would look at is refused.
    """

    def __call__(self, brief: Brief, /) -> Task:
        """Return the task.

        Raises:
            UsageError: the brief lacks what the task needs, or its template is wrong.
        """
