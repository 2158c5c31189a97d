"""dataaug: turn a small labelled text data set into a better training set, and prove it.

Everything below is loaded when it is first used, so that ``import dataaug`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataaug.api.augment import augment as augment
    from dataaug.api.balance import InTurn as InTurn
    from dataaug.api.balance import balance as balance
    from dataaug.api.card import card as card
    from dataaug.api.compare import Compared as Compared
    from dataaug.api.compare import compare as compare
    from dataaug.api.convert import Converted as Converted
    from dataaug.api.convert import convert as convert
    from dataaug.api.evaluate import CandidateResult as CandidateResult
    from dataaug.api.evaluate import Evaluated as Evaluated
    from dataaug.api.evaluate import evaluate as evaluate
    from dataaug.api.filter import filter as filter  # noqa: A004
    from dataaug.api.generate import generate as generate
    from dataaug.api.label import label as label
    from dataaug.api.mix import mix as mix
    from dataaug.api.results import Result as Result
    from dataaug.api.sessions import ModelUse as ModelUse
    from dataaug.api.sessions import session as session
    from dataaug.api.specs import check as check
    from dataaug.api.specs import classifier as classifier
    from dataaug.api.specs import measure as measure
    from dataaug.api.specs import method as method
    from dataaug.api.specs import task as task
    from dataaug.api.split import Split as Split
    from dataaug.api.split import split as split
    from dataaug.api.spotcheck import Spotchecked as Spotchecked
    from dataaug.api.spotcheck import spotcheck as spotcheck
    from dataaug.api.tune import Tuned as Tuned
    from dataaug.api.tune import tune as tune
    from dataaug.balancing.run import BalanceSummary as BalanceSummary
    from dataaug.cards.card import Card as Card
    from dataaug.errors import DataaugError as DataaugError
    from dataaug.errors import GateError as GateError
    from dataaug.errors import GuardError as GuardError
    from dataaug.errors import InputError as InputError
    from dataaug.errors import MissingError as MissingError
    from dataaug.errors import PendingError as PendingError
    from dataaug.errors import ShortfallError as ShortfallError
    from dataaug.errors import TrainingError as TrainingError
    from dataaug.errors import UsageError as UsageError
    from dataaug.evaluation.results import EvaluateSummary as EvaluateSummary
    from dataaug.filtering.notes import FilterSummary as FilterSummary
    from dataaug.generation.run import GenerateSummary as GenerateSummary
    from dataaug.labelling.asking import AskSummary as AskSummary
    from dataaug.labelling.run import LabelSummary as LabelSummary
    from dataaug.mixing import MixSummary as MixSummary
    from dataaug.plugins import Spec as Spec
    from dataaug.review.run import SpotcheckSummary as SpotcheckSummary
    from dataaug.rows.jsonl import read as read
    from dataaug.rows.jsonl import write as write
    from dataaug.rows.record import Outcome as Outcome
    from dataaug.rows.record import Record as Record
    from dataaug.rows.record import Reject as Reject
    from dataaug.rows.record import Schema as Schema
    from dataaug.rows.record import from_fields as from_fields
    from dataaug.rows.report import Report as Report
    from dataaug.rows.summary import Summary as Summary
    from dataaug.splitting import SplitSummary as SplitSummary
    from dataaug.tuning.run import TuneSummary as TuneSummary

__version__ = "0.1.0"

_HOMES = {
    "augment": "api.augment",
    "InTurn": "api.balance",
    "balance": "api.balance",
    "card": "api.card",
    "Compared": "api.compare",
    "compare": "api.compare",
    "Converted": "api.convert",
    "convert": "api.convert",
    "CandidateResult": "api.evaluate",
    "Evaluated": "api.evaluate",
    "evaluate": "api.evaluate",
    "filter": "api.filter",
    "generate": "api.generate",
    "label": "api.label",
    "mix": "api.mix",
    "Result": "api.results",
    "ModelUse": "api.sessions",
    "session": "api.sessions",
    "check": "api.specs",
    "classifier": "api.specs",
    "measure": "api.specs",
    "method": "api.specs",
    "task": "api.specs",
    "Split": "api.split",
    "split": "api.split",
    "Spotchecked": "api.spotcheck",
    "spotcheck": "api.spotcheck",
    "Tuned": "api.tune",
    "tune": "api.tune",
    "BalanceSummary": "balancing.run",
    "Card": "cards.card",
    "DataaugError": "errors",
    "GateError": "errors",
    "GuardError": "errors",
    "InputError": "errors",
    "MissingError": "errors",
    "PendingError": "errors",
    "ShortfallError": "errors",
    "TrainingError": "errors",
    "UsageError": "errors",
    "EvaluateSummary": "evaluation.results",
    "FilterSummary": "filtering.notes",
    "GenerateSummary": "generation.run",
    "AskSummary": "labelling.asking",
    "LabelSummary": "labelling.run",
    "MixSummary": "mixing",
    "Spec": "plugins",
    "SpotcheckSummary": "review.run",
    "read": "rows.jsonl",
    "write": "rows.jsonl",
    "Outcome": "rows.record",
    "Record": "rows.record",
    "Reject": "rows.record",
    "Schema": "rows.record",
    "from_fields": "rows.record",
    "Report": "rows.report",
    "Summary": "rows.summary",
    "SplitSummary": "splitting",
    "TuneSummary": "tuning.run",
}

__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605 - one list of names, not two


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dataaug' has no attribute {name!r}")
    return getattr(import_module(f"dataaug.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
