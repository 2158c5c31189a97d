"""Instructions with inputs and answers, as in Self-Instruct and Alpaca."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataaug.errors import UsageError
from dataaug.generation.answers import answer_fault
from dataaug.generation.showing import without_orders
from dataaug.generation.tasks import Ask, Brief, Dropped, Planner, ReplyItem, RowGroup, parts
from dataaug.generation.tasks.drawing import Attributes, Deck
from dataaug.llms import Prompt, Reply, json_items
from dataaug.llms.templates import PromptTemplate
from dataaug.plugins import Spec
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive
from dataaug.text.language_names import language_name
from dataaug.text.segments import size

TAKES = ("llm", "rows", "count", "domain", "language", "prompt", "attributes")

TEMPLATE = """\
You write tasks for training a model that follows instructions. Each has an instruction, an input \
where the task is about a given text or figure, and an output that carries the instruction out \
correctly.
---
{% if examples %}
These are tasks of the sort that is wanted, as JSON. Carry none of them out, copy none of them, \
and do not vary them slightly.
{% for example in examples %}
{{ example | tojson }}
{% endfor %}

{% endif %}
Write {{ count }} new tasks\
{% if domain %} about {{ domain }}{% endif %}\
{% if language %}, all in {{ language }}{% endif %}, each of another kind and on another matter.

{% if kind == "classification" %}
All of them are classification tasks: the instruction names the few possible answers, the output \
is one of them and nothing else. Make another of the answers the right one each time.
{% else %}
None of them is a classification task.
{% endif %}
{% if style %}
This time: {{ style }}.
{% endif %}
A language model that sees nothing but the text must be able to do them: no pictures, no files, no \
links, no web search. {% if with_input %}Each has an input with real content, not a description of \
one.{% else %}They need no input: leave it empty.{% endif %} \
The output is complete, and says nothing about itself.

Answer with a JSON object and nothing else: \
{"items": [{"instruction": "...", "input": "...", "output": "..."}, ...]} with {{ count }} objects.
"""

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "form": (
        "instructions that are questions", "instructions that are commands",
        "instructions of one short sentence", "instructions with a constraint on the answer",
        "instructions in two or three sentences",
    ),
    "skill": (
        "writing", "rewriting", "explaining", "summarising", "extracting", "comparing", "planning",
        "reasoning step by step", "calculating", "brainstorming", "correcting", "converting",
        "giving advice", "role-play", "answering from a given text",
    ),
    "matter": (
        "everyday life", "work and offices", "school", "science", "health", "money", "travel",
        "food", "history", "language", "computers", "nature", "law and rights", "sport", "art",
    ),
    "answers": ("answers of a few words", "answers of one or two sentences",
                "answers of a paragraph", "answers that are lists"),
}  # fmt: skip
"""What is varied from one request to the next; classification takes form and matter of it."""

_KINDS = ("classification", "open", "open")
"""A third of the tasks are classification (of Self-Instruct's seed tasks 25 of 175 are)."""
_INPUTS = (True, True, False, False, False)
"""Two in five have an input, as in Alpaca's set; classification tasks all have one."""
_MEDIA = re.compile(
    r"\b(?:images?|pictures?|photo(?:s|graphs?)?|videos?|audio|graphs?|diagrams?|maps?|"
    r"(?:this|the|attached|following) (?:file|link|website|url|screenshot)|attached)\b",
    re.IGNORECASE,
)
_LONGEST = 150  # words of an instruction (Self-Instruct drops longer ones)
_FEWEST = 3
_TOKENS = 160  # of an item


@dataclass(frozen=True, slots=True)
class _Options:
    items: int
    shots: int
    format: str
    temperature: float
    max_tokens: int


class _Instructions:
    """Asks for tasks; a request is about classification or not, with inputs or without."""

    def __init__(self, brief: Brief, options: _Options) -> None:
        self._brief = brief
        self._options = options
        self._template = PromptTemplate(brief.prompt or TEMPLATE)
        self._language = language_name(brief.language) if brief.language else ""
        seed = brief.seed
        self._attributes = Attributes(brief.attributes or ATTRIBUTES, seed, "instructions")
        self._kinds = Deck(_KINDS, seed, "kind")
        self._inputs = Deck(_INPUTS, seed, "input")
        rows = without_orders(brief.rows, instructions=True)
        rows.sort(key=lambda record: (record.id, record.text))
        self._shots = min(options.shots, len(rows))
        self._examples = Deck(rows, seed, "examples") if rows else None

    def groups(self) -> Sequence[RowGroup]:
        """Return the one group that there is: all instructions are kept apart from each other."""
        return [RowGroup("instructions", self._brief.count)]

    def avoid(self) -> Sequence[Record]:
        """Return the seed tasks."""
        return self._brief.rows

    def checks(self) -> Sequence[Spec]:
        """Return the checks of the instruction."""
        language = {"language": self._brief.language} if self._brief.language else {}
        names = (
            "truncated", "letters", "garbled", "leftover", "repetition", "refusal", "placeholder",
        )  # fmt: skip
        return (*map(Spec, names), Spec("language", language))

    def ask(self, _group: RowGroup, number: int, /) -> Ask:
        """Return a request for ``items`` tasks of one kind."""
        count, kind = self._options.items, self._kinds[number]
        found = self._attributes[number]
        if kind == "classification":
            found = {name: value for name, value in found.items() if name in {"form", "matter"}}
        with_input = kind == "classification" or self._inputs[number]
        shown = tuple(self._examples.hand(number, self._shots)) if self._examples else ()
        values = {
            "count": count,
            "kind": kind,
            "with_input": with_input,
            "domain": self._brief.domain,
            "language": self._language,
            "examples": [_parts({**r.fields, r.schema.text: r.text}, r.schema.text) for r in shown],
            "style": "; ".join(found.values()),
            "attributes": found,
        }
        prompt = Prompt(
            self._template.messages(values),
            json_items.schema(_ITEM, count),
            self._options.max_tokens or 256 + _TOKENS * count,
            self._options.temperature,
            derive(self._brief.seed, "instructions", str(number)),
        )
        note = {"attributes": {"kind": kind, "input": "yes" if with_input else "no", **found}}
        return Ask(prompt, count, shown, note)

    def read(self, _group: RowGroup, _ask: Ask, reply: Reply, /) -> Sequence[ReplyItem]:
        """Return the tasks of a reply."""

        def fields(item: Any, place: int) -> Mapping[str, Any] | Dropped | str:
            if not isinstance(item, dict):
                return "no object with instruction, input and output"
            found = _parts(item, "instruction")
            found["instruction"] = parts.clean(found["instruction"], place)
            return _fault(found) or answer_fault(found) or self._row(found)

        return parts.read_items(reply, fields, ("instruction", self._brief.schema.text))

    def _row(self, found: Mapping[str, str]) -> dict[str, Any]:
        """Return a row in the format asked for; its text field is the instruction in both."""
        name = self._brief.schema.text
        if self._options.format == "alpaca":
            return {name: found["instruction"], "input": found["input"], "output": found["output"]}
        asked = "\n\n".join(filter(None, (found["instruction"], found["input"])))
        turns = [{"role": "user", "content": asked},
                 {"role": "assistant", "content": found["output"]}]  # fmt: skip
        return {name: found["instruction"], "messages": turns}


_ITEM = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("instruction", "input", "output")},
    "required": ["instruction", "input", "output"],
    "additionalProperties": False,
}


def _parts(row: Mapping[str, Any], text: str) -> dict[str, str]:
    """Return instruction, input and output of a row of Alpaca, Self-Instruct or chat messages."""
    turns = row.get("messages")
    if isinstance(turns, list):
        said = {turn.get("role"): turn.get("content") for turn in turns if isinstance(turn, dict)}
        row = {"output": said.get("assistant"), **row}
    instances = row.get("instances")
    if isinstance(instances, list) and instances and isinstance(instances[0], dict):
        row = {**instances[0], **row}
    found = {"instruction": row.get(text, row.get("instruction")), "input": row.get("input"),
             "output": row.get("output", row.get("response"))}  # fmt: skip
    found = {name: _text(value) for name, value in found.items()}
    if found["input"].lower().strip("<>[](). ") in {"noinput", "no input", "none", "n/a", "empty"}:
        found["input"] = ""
    return found


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value).strip()


def _fault(found: Mapping[str, str]) -> str:
    """Return why a task is none, empty if it is one (the filters of Self-Instruct, section 2.2)."""
    instruction, words = found["instruction"], size(found["instruction"])
    if not found["output"]:
        return "no output"
    if not _FEWEST <= words <= _LONGEST:
        return f"an instruction of {words} words"
    if found["output"] in {found["input"], instruction}:
        return "the output repeats what was given"
    if media := _MEDIA.search(instruction):
        return f"asks for what a model of texts does not see: {media.group()}"
    return ""


def load(
    *,
    items: int = 10,
    shots: int = 4,
    format: str = "alpaca",  # noqa: A002 - the option's name
    temperature: float = 0.9,
    max_tokens: int = 0,
) -> Planner:
    """Build the task.

    Args:
        items: tasks in a request (Alpaca asked for 20).
        shots: seed tasks in a request, dealt so that each is shown equally often.
        format: ``alpaca`` (instruction, input, output) or ``messages`` (a user's and an
            assistant's turn beside the instruction).
        temperature: 0 to 2.
        max_tokens: of a reply; 0 for 160 an item and some more.

    Raises:
        UsageError: an option is out of range.
    """
    if items < 1 or shots < 0 or max_tokens < 0:
        raise UsageError("instructions: items must be 1 or more, the others 0 or more")
    if format not in {"alpaca", "messages"}:
        raise UsageError(f"instructions.format={format}: choose from alpaca, messages")
    if not 0 <= temperature <= 2:
        raise UsageError(f"instructions.temperature={temperature:g}: expected 0 to 2")
    options = _Options(items, shots, format, temperature, max_tokens)

    def plan(brief: Brief, /) -> _Instructions:
        if brief.count < 1:
            raise UsageError("instructions: say how many rows by -n/--rows")
        return _Instructions(brief, options)

    return plan
