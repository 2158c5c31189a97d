"""What authors of methods, checks, embedders and the like need: the one module to import from.

An implementation is a module with a summary in its docstring's first line and a function
``load(*, option: type = default, …)``; CONTRIBUTING.md has one example of each kind.
"""

from dataaug.augmentation.methods import Draw, Method, Nothing, Prepare, Request, Variant, by_edits
from dataaug.classifiers import Classifier, Model
from dataaug.comparison.measures import FunctionMeasure, Measure, Measured, MeasureFunction
from dataaug.embedders import Embedder, Vectors
from dataaug.errors import DataaugError, InputError, MissingError, UsageError
from dataaug.filtering.checks import Check, Fault, Mask, Rows
from dataaug.filtering.checks.by_row import ByRow, CandidateText, RowCheck, Single
from dataaug.filtering.notes import Note
from dataaug.generation import tasks
from dataaug.lexicon.taggers import Tagger
from dataaug.lexicon.thesauri import Thesaurus
from dataaug.plugins import Option, Spec
from dataaug.privacy.detectors import Detector, Entity
from dataaug.rows.mentions import LabelledSpan
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record, Reject, Schema
from dataaug.rows.spans import Edit, Span
from dataaug.rows.summary import Summary
from dataaug.text.segmenters import Segmenter
from dataaug.text.words import Word, free_words
from dataaug.translators import Translator

__all__ = [
    "ByRow",
    "CandidateText",
    "Check",
    "Classifier",
    "DataaugError",
    "Detector",
    "Draw",
    "Edit",
    "Embedder",
    "Entity",
    "Fault",
    "FunctionMeasure",
    "InputError",
    "LabelledSpan",
    "Mask",
    "Measure",
    "MeasureFunction",
    "Measured",
    "Method",
    "MissingError",
    "Model",
    "Note",
    "Nothing",
    "Notify",
    "Option",
    "Prepare",
    "Record",
    "Reject",
    "Request",
    "RowCheck",
    "Rows",
    "Schema",
    "Segmenter",
    "Single",
    "Span",
    "Spec",
    "Summary",
    "Tagger",
    "Thesaurus",
    "Translator",
    "UsageError",
    "Variant",
    "Vectors",
    "Word",
    "by_edits",
    "free_words",
    "silent",
    "tasks",
]  # fmt: skip
