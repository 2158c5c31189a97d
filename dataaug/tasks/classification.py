"""Texts of given labels, as the people who send them write them."""

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataaug.checks.by_row import WRITTEN
from dataaug.errors import UsageError
from dataaug.llms import Prompt, Reply
from dataaug.plugins import Spec
from dataaug.record import Record
from dataaug.seeds import derive
from dataaug.tasks import Ask, Brief, Group, Item, Planner, parts
from dataaug.tasks.drawing import Attributes, Deck
from dataaug.tasks.templates import PromptTemplate, language_name

TEMPLATE = """\
You write {{ domain }} {{ unit }} the way the people who send them do: as yourself, about what \
happened to you, in your own words. You are never the company, the agent or the assistant: you do \
not answer anyone, do not apologise for a service and do not offer help.
---
Write {{ count }} realistic {{ domain }} {{ unit }} of the category "{{ category }}"\
{% if description %} ({{ description }}){% endif %}\
{% if language %} in {{ language }}, as native speakers there write them{% endif %}.
{% if examples %}

These are real ones of this category. Write about other situations, and copy none of their wording:
{% for example in examples %}
- {{ example }}
{% endfor %}
{% endif %}

Each text below is by another person with another situation of its own (what, when, how much, why). \
Each clearly belongs to "{{ category }}"\
{% if not_like %}, and not to {{ not_like | map("tojson") | join(" or ") }}{% endif %}. \
Do not mention the category's name as such, do not number the texts, and use no placeholders like \
[name]. Write one text for each of these lines, in this order:
{% for item in items %}
{{ loop.index }}. {{ item.style }}
{% endfor %}

Answer with a JSON object and nothing else: {"items": ["...", "...", ...]} with {{ count }} strings.
"""

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "length": ("1 to 3 words", "4 to 8 words", "4 to 8 words", "9 to 15 words", "9 to 15 words",
               "9 to 15 words", "16 to 30 words", "16 to 30 words", "2 or 3 sentences",
               "3 or 4 sentences"),
    "register": ("casual", "casual", "neutral", "neutral", "formal and polite", "terse"),
    "mood": ("calm", "calm", "calm", "annoyed", "angry", "worried", "confused", "in a hurry",
             "friendly", "disappointed"),
    "spelling": ("correct spelling", "correct spelling", "correct spelling", "correct spelling",
                 "two or three typos", "abbreviations (pls, thx, asap …)",
                 "all lower case, hardly any punctuation", "A FEW WORDS IN CAPITALS"),
    "opening": ("opens with the problem", "opens with a question", "opens with a greeting",
                "opens with what they did before", "opens with what they want",
                "opens in mid-thought"),
    "clarity": ("clear", "clear", "clear", "clear", "implies it without naming it",
                "with a detail beside the point", "borderline: might be taken for {near}"),
    "channel": ("live chat", "live chat", "e-mail", "web form", "app", "text message",
                "social media"),
}  # fmt: skip
"""What is varied, after the seed text's list; a value that stands here twice comes twice as often.

``{near}`` becomes the label that is most easily taken for this one.
"""
_WORDS = re.compile(r"(\d+) (words|sentences)")
_SENTENCE = 20  # words
_SHORT = 8  # words
_TOKENS = 4  # of a word at most, in the languages that tokenizers know worst


@dataclass(frozen=True, slots=True)
class _Options:
    items: int
    shots: int
    contrast: int
    temperature: float
    max_tokens: int
    unit: str


class _Classification:
    """Asks for texts of one label at a time, with attributes dealt for each of them."""

    def __init__(self, brief: Brief, options: _Options) -> None:
        self._brief = brief
        self._options = options
        self._labels = {label.name: label for label in brief.labels}
        self._template = PromptTemplate(brief.prompt or TEMPLATE)
        self._language = language_name(brief.language) if brief.language else ""
        self._examples: dict[str, list[Record]] = {name: [] for name in self._labels}
        for record in sorted(brief.rows, key=lambda record: (record.id, record.text)):
            if record.label in self._examples:
                self._examples[record.label].append(record)
        self._near = self._nearest()

    def _nearest(self) -> dict[str, tuple[str, ...]]:
        if not self._options.contrast or len(self._labels) < 2:  # noqa: PLR2004 - only one label
            return {}
        from dataaug.contrast import nearest  # noqa: PLC0415 - scikit-learn takes a second

        texts = {
            name: [spoken(name), label.description, *(r.text for r in self._examples[name])]
            for name, label in self._labels.items()
        }
        return nearest(texts, self._options.contrast)

    def groups(self) -> Sequence[Group]:
        """Return a group for each label."""
        return [Group(name, label.count, name) for name, label in self._labels.items()]

    def avoid(self) -> Sequence[Record]:
        """Return the examples, those of other labels too."""
        return self._brief.rows

    def checks(self) -> Sequence[Spec]:
        """Return the checks of written texts."""
        return WRITTEN

    def ask(self, group: Group, number: int, /) -> Ask:
        """Return a request for ``items`` texts."""
        count = self._options.items
        attributes, examples = self._decks(group.name)
        each = [_fitting(attributes[number * count + place]) for place in range(count)]
        shots = min(self._options.shots, len(self._examples[group.name]))
        shown = tuple(examples.hand(number, shots)) if examples else ()
        prompt = Prompt(
            self._template.messages(self._values(group.name, each, shown)),
            parts.schema({"type": "string"}, count),
            self._options.max_tokens or _tokens(each),
            self._options.temperature,
            derive(self._brief.seed, "classification", group.name, str(number)),
        )
        return Ask(prompt, count, shown, each=[{"attributes": found} for found in each])

    @functools.cache  # noqa: B019 - a task lives as long as its run
    def _decks(self, label: str) -> tuple[Attributes, Deck[Record] | None]:
        near = [spoken(name) for name in self._near.get(label, ())][:1]
        values = {
            name: [card.replace("{near}", near[0]) if near else card
                   for card in cards if near or "{near}" not in card]
            for name, cards in (self._brief.attributes or ATTRIBUTES).items()
        }  # fmt: skip
        examples = self._examples[label]
        seed = self._brief.seed
        deck = Deck(examples, seed, "examples", label) if examples else None
        return Attributes(values, seed, label), deck

    def _values(
        self, name: str, each: Sequence[Mapping[str, str]], shown: Sequence[Record]
    ) -> dict[str, Any]:
        """Return the variables of the template."""
        return {
            "label": name,
            "category": spoken(name),
            "description": self._labels[name].description,
            "domain": self._brief.domain,
            "unit": self._options.unit,
            "language": self._language,
            "count": len(each),
            "examples": [" ".join(record.text.split()) for record in shown],
            "not_like": [spoken(other) for other in self._near.get(name, ())],
            "labels": [spoken(other) for other in self._labels],
            "items": [{**found, "style": "; ".join(found.values())} for found in each],
        }

    def read(self, group: Group, _ask: Ask, reply: Reply, /) -> Sequence[Item]:
        """Return the texts of a reply."""
        schema = self._brief.schema

        def fields(item: Any, place: int) -> Mapping[str, Any] | str:
            text = parts.text_of(item, (schema.text, "text", "message"))
            text = parts.clean(text, place) if text else ""
            return {schema.text: text, schema.label: group.label} if text else "no text"

        return parts.read(reply, fields)


def spoken(label: str) -> str:
    """Return a label as one would say it: ``card_arrival`` is card arrival."""
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z][a-z])|[_/]+", " ", label).split()) or label


def _fitting(found: dict[str, str]) -> dict[str, str]:
    """Return the attributes without those that a text of a few words has no room for."""
    if _longest(found.get("length", "")) > _SHORT:
        return found
    return {name: value for name, value in found.items() if name not in {"opening", "clarity"}}


def _tokens(each: Sequence[Mapping[str, str]]) -> int:
    """Return the tokens that the longest reply to these attributes takes."""
    return 256 + sum(_TOKENS * _longest(found.get("length", "")) + 24 for found in each)


def _longest(length: str) -> int:
    found = _WORDS.findall(length)
    words = max((int(n) * (_SENTENCE if unit == "sentences" else 1) for n, unit in found), default=0)
    return words or 60


def load(
    *,
    items: int = 10,
    shots: int = 4,
    contrast: int = 3,
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
        temperature: 0 to 2.
        max_tokens: of a reply; 0 reckons them from the lengths asked for.
        unit: what the texts are called.

    Raises:
        UsageError: an option is out of range.
    """
    if items < 1 or shots < 0 or contrast < 0 or max_tokens < 0:
        raise UsageError("classification: items must be 1 or more, the other numbers 0 or more")
    if not 0 <= temperature <= 2:  # noqa: PLR2004 - what servers take
        raise UsageError(f"classification.temperature={temperature:g}: expected 0 to 2")
    options = _Options(items, shots, contrast, temperature, max_tokens, unit)

    def plan(brief: Brief, /) -> _Classification:
        _check(brief)
        return _Classification(brief, options)

    return plan


def _check(brief: Brief) -> None:
    if not brief.labels:
        raise UsageError("classification needs labels: --label NAME[=N] or --labels-from FILE")
    counts = Counter(label.name for label in brief.labels)
    again = [name for name, count in counts.items() if count > 1]
    if again:
        raise UsageError(f"labels named twice: {', '.join(map(repr, again))}")
