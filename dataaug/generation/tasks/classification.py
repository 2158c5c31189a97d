"""Texts of given labels, as the people who send them write them."""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataaug.errors import UsageError
from dataaug.filtering.checks.by_row import WRITTEN
from dataaug.generation import DOMAIN, PER_LABEL
from dataaug.generation.showing import without_orders
from dataaug.generation.tasks import (
    Ask,
    Brief,
    Dropped,
    Planner,
    ReplyItem,
    RowGroup,
    messages,
    parts,
)
from dataaug.generation.tasks.drawing import Attributes, Deck
from dataaug.generation.tasks.messages import spoken_label
from dataaug.llms import Prompt, Reply, json_items
from dataaug.llms.envelopes import TEXTS, text_of
from dataaug.llms.templates import PromptTemplate
from dataaug.plugins import Spec
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive
from dataaug.rows.written_labels import label_value, label_values
from dataaug.text.language_names import language_name

_LABELS = ("label", "category", "class", "intent")
"""Fields that hold the label in an object that a model wrote."""

TAKES = ("llm", "labels", "rows", "domain", "language", "prompt", "attributes")


@dataclass(frozen=True, slots=True)
class _Options:
    items: int
    shots: int
    contrast: int
    by_item: bool
    temperature: float
    max_tokens: int
    unit: str


class _Classification:
    """Asks for texts of one label at a time, with attributes dealt for each request or text."""

    def __init__(self, brief: Brief, options: _Options) -> None:
        self._brief = brief
        self._options = options
        self._labels = {label.name: label for label in brief.labels}
        self._template = PromptTemplate(brief.prompt or messages.TEMPLATE)
        self._language = language_name(brief.language) if brief.language else ""
        self._written = label_values(brief.rows)  # 3, not "3"
        self._examples: dict[str, list[Record]] = {name: [] for name in self._labels}
        for record in sorted(brief.rows, key=lambda record: (record.id, record.text)):
            if record.label in self._examples:
                self._examples[record.label].append(record)
        self._shown = {name: without_orders(rows) for name, rows in self._examples.items()}
        self._near = self._nearest()

    def _nearest(self) -> dict[str, tuple[str, ...]]:
        if not self._options.contrast or len(self._labels) < 2:
            return {}
        from dataaug.generation.similar_labels import nearest  # noqa: PLC0415 - scikit-learn takes a second

        texts = {
            name: [spoken_label(name), label.description, *(r.text for r in self._examples[name])]
            for name, label in self._labels.items()
        }
        return nearest(texts, self._options.contrast)

    def groups(self) -> Sequence[RowGroup]:
        """Return a group for each label."""
        return [
            RowGroup(name, PER_LABEL if label.count is None else label.count, name)
            for name, label in self._labels.items()
        ]

    def avoid(self) -> Sequence[Record]:
        """Return the examples, those of other labels too."""
        return self._brief.rows

    def checks(self) -> Sequence[Spec]:
        """Return the checks of written texts; all seeds are avoided, not only those shown."""
        return [spec for spec in WRITTEN if spec.name != "seed-copy"]

    def ask(self, group: RowGroup, number: int, /) -> Ask:
        """Return a request for ``items`` texts."""
        options, count = self._options, self._options.items
        attributes, examples = self._decks(group.name)
        each = [
            messages.fitting(attributes[number * count + place if options.by_item else number])
            for place in range(count)
        ]
        shots = min(options.shots, len(self._shown[group.name]))
        shown = tuple(examples.hand(number, shots)) if examples else ()
        prompt = Prompt(
            self._template.messages(self._values(group.name, each, shown)),
            json_items.schema({"type": "string"}, count),
            options.max_tokens or messages.reply_tokens(each),
            options.temperature,
            derive(self._brief.seed, "classification", group.name, str(number)),
        )
        return Ask(prompt, count, shown, each=[{"attributes": found} for found in each])

    @functools.cache  # noqa: B019 - a task lives as long as its run
    def _decks(self, label: str) -> tuple[Attributes, Deck[Record] | None]:
        seed, examples = self._brief.seed, self._examples[label]
        near = next(map(spoken_label, self._near.get(label, ())), "")
        values = messages.filled_attributes(self._brief.attributes or self._usual(examples), near)
        deck = Deck(self._shown[label], seed, "examples", label) if examples else None
        return Attributes(values, seed, label), deck

    def _usual(self, examples: Sequence[Record]) -> Mapping[str, Sequence[str]]:
        """Return what is varied: lengths as the label's examples have them, or all of them have."""
        known = examples if len(examples) >= messages.FEW else self._brief.rows
        if len(known) < messages.FEW:
            return messages.ATTRIBUTES
        return messages.ATTRIBUTES | {"length": messages.lengths_of([row.text for row in known])}

    def _values(
        self, name: str, each: Sequence[Mapping[str, str]], shown: Sequence[Record]
    ) -> dict[str, Any]:
        """Return the variables of the template."""
        styles = [{**found, "style": "; ".join(found.values())} for found in each]
        return {
            "label": name,
            "category": spoken_label(name),
            "description": self._labels[name].description,
            "domain": self._brief.domain or DOMAIN,
            "unit": self._options.unit,
            "language": self._language,
            "count": len(each),
            "examples": [" ".join(record.text.split()) for record in shown],
            "not_like": [spoken_label(other) for other in self._near.get(name, ())],
            "labels": [spoken_label(other) for other in self._labels],
            "style": "" if self._options.by_item else styles[0]["style"],
            "length": "" if self._options.by_item else each[0].get("length", ""),
            "short": not self._options.by_item and messages.is_short(each[0]),
            "items": styles,
        }

    def read(self, group: RowGroup, _ask: Ask, reply: Reply, /) -> Sequence[ReplyItem]:
        """Return the texts of a reply."""
        schema = self._brief.schema

        names = (schema.text, "text", "message")

        def fields(item: Any, place: int) -> Mapping[str, Any] | Dropped | str:
            text = text_of(item, names)
            text = parts.clean(text, place) if text else ""
            other = parts.other_label(item, (schema.label, *_LABELS), spoken_label(group.name))
            if text and other:
                return Dropped("other_label", other[:80], text)
            label = label_value(self._written, group.name)
            return {schema.text: text, schema.label: label} if text else "no text"

        return parts.read_items(reply, fields, (*names, *TEXTS))


def load(
    *,
    items: int = 10,
    shots: int = 4,
    contrast: int = 3,
    vary: str = "request",
    temperature: float = 0.9,
    max_tokens: int = 0,
    unit: str = "messages",
) -> Planner:
    """Build the task.

    Args:
        items: texts in a request. More cost fewer tokens each; small models lose the thread.
        shots: examples in a request, dealt so that each is shown equally often (Li et al. 2023:
            few-shot beats zero-shot).
        contrast: labels that a text must not be taken for, the most alike ones (AttrPrompt, Yu et
            al. 2023).
        vary: attributes are dealt for each ``request``, or for each ``item`` in it: more variety,
            from models that can follow a list of descriptions.
        temperature: 0 to 2.
        max_tokens: of a reply; 0 reckons them from the lengths asked for.
        unit: what the texts are called.

    Raises:
        UsageError: an option is out of range.
    """
    if items < 1 or shots < 0 or contrast < 0 or max_tokens < 0:
        raise UsageError("classification: items must be 1 or more, the other numbers 0 or more")
    if not 0 <= temperature <= 2:
        raise UsageError(f"classification.temperature={temperature:g}: expected 0 to 2")
    if vary not in {"request", "item"}:
        raise UsageError(f"classification.vary={vary}: choose from request, item")
    options = _Options(items, shots, contrast, vary == "item", temperature, max_tokens, unit)

    def plan(brief: Brief, /) -> _Classification:
        counts = Counter(label.name for label in brief.labels)
        again = [name for name, count in counts.items() if count > 1]
        if again:
            raise UsageError(f"labels named twice: {', '.join(map(repr, again))}")
        if not counts:
            raise UsageError("classification needs labels: --label NAME[=N] or --labels-from FILE")
        return _Classification(brief, options)

    return plan
