"""A dataset card: what the rows and the reports of runs say, as Markdown and as Croissant."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import orjson

from dataaug.cards import ADVICE, FILL_IN, UNKNOWN, croissant, markdown
from dataaug.cards.columns import Feature
from dataaug.cards.composition import Composition
from dataaug.cards.files import DataFile
from dataaug.cards.runs import History
from dataaug.rows.report import Report

_LABELS = 50
"""Labels that the table shows."""
_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B",
          "1B<n<10B")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a data set.

    Attributes:
        name: of the data set.
        license: an identifier of Hugging Face's list, or ``unknown``.
        files: its files.
        rows: what its rows are.
        history: what the reports say.
        features: its columns; empty where the files say their types better themselves.
        report: what was read, and warnings.
    """

    name: str
    license: str
    files: Sequence[DataFile]
    rows: Composition
    history: History
    features: Sequence[Feature]
    report: Report

    def markdown(self, folder: str | os.PathLike[str] = ".") -> str:
        """Return the card as Hugging Face reads it: a head of YAML, and Markdown.

        Args:
            folder: where the card is to lie; files are named from there.

        Raises:
            UsageError: a file does not lie in the folder.
        """
        rows, history = self.rows, self.history
        paths = [(file.split, file.beside(os.fspath(folder))) for file in self.files]
        labels = sorted(rows.labels.items())
        return markdown.render_card(
            name=self.name, license=self.license, advice=ADVICE, whole=self._whole(),
            size=_SIZES[min(len(str(max(rows.train + rows.test, 1) // 1000).lstrip("0")),
                            len(_SIZES) - 1)],
            splits=[(split, [path for other, path in paths if other == split])
                    for split in dict.fromkeys(split for split, _ in paths)],
            features=self.features, train=rows.train, real=rows.real, test=rows.test,
            methods=rows.methods.most_common(), labels=labels[:_LABELS],
            more_labels=max(0, len(labels) - _LABELS), models=self._models(), steps=history.steps,
            rejected=history.rejected, error_rates=history.error_rates, verdicts=history.verdicts,
            biases=history.biases, compared=history.compared, nested=rows.nested, flat=rows.flat,
            notes=self.report.warnings,
        )  # fmt: skip

    def croissant(self, folder: str | os.PathLike[str] = ".") -> bytes:
        """Return the Croissant metadata, JSON-LD.

        Args:
            folder: where it is to lie.

        Raises:
            UsageError: a file does not lie in the folder.
        """
        files = [(file, file.beside(os.fspath(folder))) for file in self.files]
        made = croissant.croissant(self.name, files, self.features, self._told())
        return orjson.dumps(made, option=orjson.OPT_INDENT_2) + b"\n"

    def write(
        self, path: str | os.PathLike[str], croissant: str | os.PathLike[str] | None = None
    ) -> None:
        """Write the card, and its Croissant metadata where a file for them is named.

        Raises:
            UsageError: a file of the data does not lie in the folder of the card.
            OSError: a file can't be written.
        """
        text = self.markdown(Path(path).parent)
        if croissant is not None:
            Path(croissant).write_bytes(self.croissant(Path(croissant).parent))
        Path(path).write_text(text, encoding="utf-8")

    def _whole(self) -> str:
        rows = self.rows
        if rows.synthetic:
            share = rows.synthetic / rows.train
            return f"{rows.real:,} real and {rows.synthetic:,} synthetic ones ({share:.1%})."
        if self.history.synthetic:
            return "they do not say which of them are synthetic."
        return "all of them real."

    def _models(self) -> list[str]:
        return list(dict.fromkeys((*self.history.models, *sorted(self.rows.models))))

    def _told(self) -> dict[str, Any]:
        """Return what is known of the data beside their files."""
        history = self.history
        made = [f"{method}: {count:,} rows" for method, count in self.rows.methods.most_common()]
        told = {
            "description": f"{self.rows.train:,} rows to train on: {self._whole()} {ADVICE}",
            "license": FILL_IN if self.license == UNKNOWN else self.license,
            "rai:dataCollection": "; ".join(
                [f"real: {self.rows.real:,} rows. {FILL_IN}: source", *made]
            ),
            "rai:dataPreprocessingProtocol": [
                f"{step.verb} ({step.settings}): {step.read:,} rows in, {step.written:,} out, "
                f"{step.rejected:,} rejected" for step in history.steps
            ],
            "rai:machineAnnotationTools": self._models(),
            "rai:dataAnnotationAnalysis": list(history.error_rates),
            "rai:dataBiases": list(history.biases),
            "rai:dataUseCases": ["Training of text models.", *history.verdicts],
            "rai:dataLimitations": f"Not for evaluation or fairness audits. {ADVICE}",
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}


def name_of_file(path: str) -> str:
    """Return what a data set is called by default: its first file, without endings."""
    return PurePath(path).name.partition(".")[0] or "data"
