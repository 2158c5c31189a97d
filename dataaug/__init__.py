"""dataaug: turn a small labelled text data set into a better training set, and prove it.

Everything below is loaded when it is first used, so that ``import dataaug`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataaug.errors import (
        DataaugError as DataaugError,
    )
    from dataaug.errors import (
        GateError as GateError,
    )
    from dataaug.errors import (
        GuardError as GuardError,
    )
    from dataaug.errors import (
        InputError as InputError,
    )
    from dataaug.errors import (
        MissingError as MissingError,
    )
    from dataaug.errors import (
        ShortfallError as ShortfallError,
    )
    from dataaug.errors import (
        UsageError as UsageError,
    )
    from dataaug.evaluation.results import Proof as Proof
    from dataaug.jsonl import read as read
    from dataaug.jsonl import write as write
    from dataaug.plugins import Spec as Spec
    from dataaug.record import (
        Outcome as Outcome,
    )
    from dataaug.record import (
        Record as Record,
    )
    from dataaug.record import (
        Reject as Reject,
    )
    from dataaug.record import (
        Schema as Schema,
    )
    from dataaug.record import (
        from_fields as from_fields,
    )
    from dataaug.report import Report as Report
    from dataaug.verbs.augment import Augmentation as Augmentation
    from dataaug.verbs.augment import augment as augment
    from dataaug.verbs.compare import Comparing as Comparing
    from dataaug.verbs.compare import Comparison as Comparison
    from dataaug.verbs.compare import compare as compare
    from dataaug.verbs.evaluate import Evaluating as Evaluating
    from dataaug.verbs.evaluate import evaluate as evaluate
    from dataaug.verbs.filter import Filtering as Filtering
    from dataaug.verbs.filter import filter as filter  # noqa: A004
    from dataaug.verbs.generate import Generation as Generation
    from dataaug.verbs.generate import generate as generate
    from dataaug.verbs.mix import Mixing as Mixing
    from dataaug.verbs.mix import mix as mix
    from dataaug.verbs.split import Splitting as Splitting
    from dataaug.verbs.split import split as split
    from dataaug.verbs.spotcheck import Spotcheck as Spotcheck
    from dataaug.verbs.spotcheck import Spotchecking as Spotchecking

__version__ = "0.1.0"

_HOMES = {
    "DataaugError": "errors",
    "GateError": "errors",
    "GuardError": "errors",
    "InputError": "errors",
    "MissingError": "errors",
    "ShortfallError": "errors",
    "UsageError": "errors",
    "read": "jsonl",
    "write": "jsonl",
    "Spec": "plugins",
    "Outcome": "record",
    "Record": "record",
    "Reject": "record",
    "Schema": "record",
    "from_fields": "record",
    "Report": "report",
    "Augmentation": "verbs.augment",
    "augment": "verbs.augment",
    "Comparing": "verbs.compare",
    "Comparison": "verbs.compare",
    "compare": "verbs.compare",
    "Evaluating": "verbs.evaluate",
    "evaluate": "verbs.evaluate",
    "Filtering": "verbs.filter",
    "filter": "verbs.filter",
    "Generation": "verbs.generate",
    "generate": "verbs.generate",
    "Mixing": "verbs.mix",
    "mix": "verbs.mix",
    "Proof": "evaluation.results",
    "Splitting": "verbs.split",
    "split": "verbs.split",
    "Spotcheck": "verbs.spotcheck",
    "Spotchecking": "verbs.spotcheck",
}

__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605 - one list of names, not two


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dataaug' has no attribute {name!r}")
    return getattr(import_module(f"dataaug.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
