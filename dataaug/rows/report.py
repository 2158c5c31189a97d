"""Counts every outcome of a run, and proves that no row was lost."""

import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, cast

from dataaug.errors import UsageError
from dataaug.rows.clock import moment
from dataaug.rows.labels import members
from dataaug.rows.record import Outcome, Record, Reject
from dataaug.rows.summary import Summary

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    S = TypeVar("S", bound=Summary, default=Any)
    T = TypeVar("T", bound=Summary)
else:
    from typing import TypeVar

    S, T = TypeVar("S"), TypeVar("T")

_EXAMPLES = 5


def _counters() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass(slots=True)
class Report(Generic[S]):
    """What one run of a verb did; ``summary`` is what the verb itself has to say.

    ``read`` rows came in, ``asked`` variants were asked for; each ended up written or rejected:
    ``read + asked == written + rejected + held_back`` holds at the end, or ``balanced`` says that
    it does not. Held back are rows that the user asked to leave out (``--synthetic-only``).
    ``wording`` turns a warning into what this user reads.

    What a page says of the run: ``command`` is the command line, empty in Python; ``files`` are
    those that it names, by option; ``inputs`` counts the rows of each file that was read;
    ``moment`` is when it began, in seconds since 1970. Where ``paged``, verbs note texts to show.
    """

    verb: str
    settings: dict[str, Any] = field(default_factory=dict)
    read_real: int = 0
    read_synthetic: int = 0
    unreadable: int = 0
    asked: int = 0
    held_back: int = 0
    written_real: int = 0
    written_synthetic: int = 0
    written_by_method: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_by_method: defaultdict[str, Counter[str]] = field(default_factory=_counters)
    rejected_by_label: defaultdict[str, Counter[str]] = field(default_factory=_counters)
    _found: dict[str, Summary] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    wording: Callable[[str], str] = str
    command: str = ""
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)
    inputs: dict[str, int] = field(default_factory=dict)
    moment: float = field(default_factory=moment)
    paged: bool = False
    examples: dict[str, list[str]] = field(default_factory=dict)
    _started: tuple[float, float] = field(
        default_factory=lambda: (time.perf_counter(), time.process_time())
    )

    def note(self, name: str, found: Summary) -> None:
        """Take what was found.

        Args:
            name: the verb, for what becomes ``summary``; another name for what is found beside it.
            found: what was found.
        """
        self._found[name] = found

    @property
    def summary(self) -> S:
        """What the verb found; of a stream, when its last row was read.

        Raises:
            UsageError: it is not known yet, or the verb finds nothing beside the counts.
        """
        if self.verb not in self._found:
            raise UsageError(f"{self.verb}: no summary; of a stream it is there at the end")
        return cast("S", self._found[self.verb])

    def other(self, kind: type[T]) -> T | None:
        """Return what was found of another kind, as what a language model cost; None if nothing."""
        return next((each for each in self._found.values() if isinstance(each, kind)), None)

    def reading(
        self, outcomes: Iterable[Outcome], aside: Callable[[Reject], None] = lambda _: None
    ) -> Iterator[Record]:
        """Count rows on their way in and pass on those that could be read.

        Args:
            outcomes: what a source yields.
            aside: takes each row that could not be read.
        """
        for outcome in outcomes:
            if isinstance(outcome, Reject):
                self.unreadable += 1
                self.reject(outcome)
                aside(outcome)
                continue
            if outcome.is_real:
                self.read_real += 1
            else:
                self.read_synthetic += 1
            yield outcome

    def count(self, outcome: Outcome) -> None:
        """Count one outcome of a verb."""
        if isinstance(outcome, Reject):
            self.reject(outcome)
        else:
            self.write(outcome)

    def write(self, record: Record) -> None:
        """Count one row that goes out."""
        if record.is_real:
            self.written_real += 1
        else:
            self.written_synthetic += 1
            self.written_by_method[record.method] += 1

    def reject(self, outcome: Reject) -> None:
        """Count one rejected row under its reason, its method and its label."""
        reason, record = outcome.reason, outcome.record
        self.rejected[reason] += 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < _EXAMPLES:
            where = f"{outcome.where[0]}:{outcome.where[1]}"
            shown.append(where if record is None else record.id)
        if record is None:
            return
        method = outcome.detail.get("method")
        name = record.method if method is None else str(method).partition("(")[0]
        self.rejected_by_method[name][reason] += 1
        for label in () if record.label is None else members(record.label):
            self.rejected_by_label[label][reason] += 1

    def warn(self, message: str) -> None:
        """Note something that the user should know; said once on stderr and kept here."""
        said = self.wording(message)
        if said not in self.warnings:
            self.warnings.append(said)

    @property
    def read(self) -> int:
        """Rows that came in, the unreadable ones included."""
        return self.read_real + self.read_synthetic + self.unreadable

    @property
    def written(self) -> int:
        """Rows that went out."""
        return self.written_real + self.written_synthetic

    @property
    def balanced(self) -> bool:
        """Do the counts add up: is it known of every row where it went?"""
        gone = self.written + self.rejected.total() + self.held_back
        return self.read + self.asked == gone

    def yields(self) -> dict[str, dict[str, int]]:
        """Return, for each method, how many of its rows were kept and how many rejected."""
        methods = sorted({*self.written_by_method, *self.rejected_by_method} - {"real"})
        return {
            method: {
                "kept": self.written_by_method[method],
                "rejected": self.rejected_by_method.get(method, Counter()).total(),
            }
            for method in methods
        }

    def to_row(self) -> dict[str, Any]:
        """Return the report as plain JSON data."""
        wall, cpu = self._started
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "verb": self.verb,
            "settings": self.settings,
            "rows": {
                "read": self.read,
                "read_real": self.read_real,
                "read_synthetic": self.read_synthetic,
                "unreadable": self.unreadable,
                "asked": self.asked,
                "held_back": self.held_back,
                "written": self.written,
                "written_real": self.written_real,
                "written_synthetic": self.written_synthetic,
                "rejected": self.rejected.total(),
                "balanced": self.balanced,
            },
            "methods": self.yields(),
            "rejected": dict(self.rejected.most_common()),
            "rejected_by_method": _plain(self.rejected_by_method),
            "rejected_by_label": _plain(self.rejected_by_label),
            "examples": self.examples,
            "details": self._details(),
            "warnings": self.warnings,
            "seconds": round(time.perf_counter() - wall, 3),
            "cpu_seconds": round(time.process_time() - cpu, 3),
            "peak_memory_mb": round(usage.ru_maxrss / 1024, 1),
        }

    def _details(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, each in self._found.items():
            found |= each.entries(name)
        return found


def _plain(counts: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {name: dict(counts[name].most_common()) for name in sorted(counts)}
