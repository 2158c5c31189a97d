"""Names, descriptions and templates of labels as rows: what no real row may say."""

from collections.abc import Sequence

from dataaug.errors import UsageError
from dataaug.generation import DOMAIN
from dataaug.generation.tasks import (
    Ask,
    Brief,
    CandidateRow,
    Label,
    Planner,
    ReplyItem,
    RowGroup,
)
from dataaug.generation.tasks.messages import spoken_label
from dataaug.llms import Reply
from dataaug.llms.templates import PromptTemplate
from dataaug.plugins import Spec
from dataaug.rows.labels import several
from dataaug.rows.record import Record
from dataaug.rows.written_labels import label_value, label_values
from dataaug.text.normalize import normalise

TAKES = ("labels", "rows", "domain", "prompt")
"""No ``llm``: nothing is asked."""


class _LabelNames:
    """Writes down what is known of a label; no model is asked."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        lines = [line for line in brief.prompt.splitlines() if line.strip()]
        templates = [PromptTemplate(line) for line in lines]
        self._texts = {label.name: self._of(label, templates) for label in brief.labels}
        self._written = label_values(brief.rows)  # 3, not "3"

    def _of(self, label: Label, templates: Sequence[PromptTemplate]) -> list[tuple[str, str]]:
        """Return where the texts of a label come from, and the texts, no two of them equal."""
        category = spoken_label(label.name)
        values = {
            "label": label.name,
            "category": category,
            "description": label.description,
            "domain": self._brief.domain or DOMAIN,
        }
        found = [("name", category), ("description", " ".join(label.description.split()))]
        found += [("template", t.messages(values)[-1].content) for t in templates]
        first = {normalise(text): (source, text) for source, text in reversed(found)}
        return [pair for pair in found if pair[1] and first[normalise(pair[1])] == pair]

    def groups(self) -> Sequence[RowGroup]:
        """Return a group for each label: all its texts, unless a number is asked for."""
        found = []
        for label in self._brief.labels:
            most = len(self._texts[label.name])
            given = label.count
            found.append(
                RowGroup(
                    label.name, most if given is None else given, label.name, most=most,
                    fewer=given is None,
                )
            )  # fmt: skip
        return found

    def avoid(self) -> Sequence[Record]:
        """Return no row: a name is short, and whole rows may well hold it."""
        return ()

    def checks(self) -> Sequence[Spec]:
        """Return the one check that a name can fail."""
        return [Spec("letters")]

    def ask(self, group: RowGroup, number: int, /) -> Ask:
        """Return text ``number`` of a label, for which nobody has to be asked."""
        source, text = self._texts[group.name][number]
        return Ask(None, known=Reply(text), notes={"from": source})

    def read(self, group: RowGroup, _ask: Ask, reply: Reply, /) -> Sequence[ReplyItem]:
        """Return the text as a row."""
        schema = self._brief.schema
        label = label_value(self._written, group.name)
        return [CandidateRow({schema.text: reply.text, schema.label: label})]


def _demand_sense(brief: Brief) -> None:
    """Refuse names that say nothing about their rows, where there are rows to tell by.

    Raises:
        UsageError: they do not.
    """
    rows: dict[str, list[str]] = {}
    for record in brief.rows:
        if record.label is not None:
            rows.setdefault(record.label, []).append(record.text)
    if not rows:
        return
    from dataaug.generation.label_names import name_test  # noqa: PLC0415 - scikit-learn takes a second

    found = name_test(rows)
    if not found.passed:
        raise UsageError(
            f"label-names: of {found.labels:,} labels {found.own:,} have a name that is more like "
            "their own rows than like those of any other, which chance does as well "
            f"(p = {found.chance:.2g}): such names teach nothing. Say what labels mean by names, "
            "or take another maker of rows"
        )


def load() -> Planner:
    """Build the task. It has no options: templates are the lines of ``--prompt``.

    A classifier that has seen few rows of a label learns from its name. So that it does not learn
    nonsense (0 and 1), names have to be like the rows of their own labels more often than chance
    would have it, where there are rows.
    """

    def plan(brief: Brief, /) -> _LabelNames:
        if not brief.labels:
            raise UsageError(
                "label-names needs labels: --label NAME or --labels-from FILE, or rows"
            )
        if several(label.name for label in brief.labels):
            raise UsageError("label-names writes rows of one label each, and rows here have a list "
                             "of labels: take the task classification")  # fmt: skip
        _demand_sense(brief)
        return _LabelNames(brief)

    return plan
