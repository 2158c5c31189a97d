"""The verdicts of a run: files of any known format, and what was said in this process."""

import getpass
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dataaug import plugins
from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.review import SAMPLE_ROWS, SUSPICIOUS_ROWS
from dataaug.review.formats import header_of
from dataaug.review.header import Header
from dataaug.review.ledger import Entry, Ledger, changed_verdicts
from dataaug.review.sample import Drawing
from dataaug.review.session import ReviewSession
from dataaug.rows.files import is_file

if TYPE_CHECKING:
    from dataaug.review.gate import GateResult
    from dataaug.review.items import ReviewItem
    from dataaug.review.run import Spotcheck

_SHOWN = 5


@dataclass(slots=True)
class Verdicts:
    """All verdict files of a run.

    Attributes:
        paths: the files.
        writes: is the first one written to?
        ledgers: those that dataaug wrote.
        foreign: verdicts from files of other tools, by file.
        header: what the first file that says so is about.
        carried: may the verdicts be on other data?
    """

    paths: Sequence[str]
    writes: bool = False
    ledgers: list[Ledger] = field(default_factory=list)
    foreign: dict[str, list[Entry]] = field(default_factory=dict)
    header: Header | None = None
    carried: bool = False

    @classmethod
    def read(cls, paths: Sequence[str], *, writes: bool) -> "Verdicts":
        """Read verdict files of any known format.

        Args:
            paths: the files.
            writes: the first one takes verdicts: it is a ledger, and need not exist yet.

        Raises:
            UsageError: verdicts are to be written and no file is named.
            InputError: a file is missing, or holds something else.
        """
        if writes and not paths:
            raise UsageError("name the file that keeps the verdicts: --verdicts FILE")
        self = cls(paths, writes)
        files: dict[str, str] = {}
        for path in paths:
            files.setdefault(os.path.realpath(path), path)  # each once, under its first name
        for number, path in enumerate(files.values()):
            self._add(path, new=writes and not number)
        return self

    def _add(self, path: str, *, new: bool) -> None:
        if not new and not is_file(path):
            raise InputError(f"{path}: there is no such file of verdicts; --review terminal or web "
                             "writes it, as a person looks at the rows")  # fmt: skip
        try:
            content = b"" if new else Path(path).read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        header = None
        for name in plugins.names("exchanges"):
            exchange = plugins.load("exchanges", Spec(name))
            if exchange.owns(content):
                self.foreign[path], tagged = _untagged(exchange.loads(content, path), path)
                header = header_of(content, path) or tagged
                break
        else:
            self.ledgers.append(Ledger.read(path))
            header = self.ledgers[-1].header
        self.header = self.header or header

    @property
    def entries(self) -> list[Entry]:
        """All verdicts of all files.

        A name that several files have may be several people's (everyone is *root* in a container),
        so that the file is named with it; as one person's, the last file would overrule the others.
        """
        files = {str(ledger.path): ledger.entries for ledger in self.ledgers} | self.foreign
        names = Counter(
            name for own in files.values() for name in {entry.reviewer for entry in own}
        )
        return [
            replace(entry, reviewer=f"{entry.reviewer} ({path})")
            if names[entry.reviewer] > 1
            else entry
            for path, own in files.items()
            for entry in own
        ]

    def changed(self) -> dict[str, int]:
        """Return how many verdicts their reviewers replaced, and with how many another one."""
        replaced, contradicted = changed_verdicts(self.entries)
        return {"replaced": replaced, "contradicted": contradicted}

    def drawing(
        self, count: int | None, seed: int | None, stratify: tuple[str, ...] | None,
        plant: int | None, suspicious: int | None,
    ) -> Drawing:  # fmt: skip
        """Return how to draw: as the options say, else as the verdict file says, else as usual.

        None is an option that was not given; 0 and () are answers.
        """
        known = self.header or Header("", 0, 0, SAMPLE_ROWS, (), 0, SUSPICIOUS_ROWS)
        return Drawing(
            count if count is not None else known.asked,
            known.seed if seed is None else seed,
            known.stratify if stratify is None else stratify,
            known.suspicious if suspicious is None else suspicious,
            known.planted if plant is None else plant,
        )

    def check(self, spot: "Spotcheck", *, carry_over: bool) -> None:
        """Refuse verdicts on other data.

        Raises:
            InputError: a file says that it is about other data, and that was not allowed.
        """
        self.carried = carry_over
        for ledger in self.ledgers:
            if ledger.mended:
                spot.warnings.append(
                    f"{ledger.path}: the last line was cut off while it was written, and does not "
                    f"count; a review keeps it in {ledger.path}.cut and goes on"
                )
        here, reviewed = spot.header.data, {entry.key for entry in self.entries}
        self._warn_of_others(spot, reviewed)
        others = {ledger.header.data for ledger in self.ledgers if ledger.header}
        others |= {entry.data for own in self.foreign.values() for entry in own if entry.data}
        if carry_over or not others - {here}:
            return
        common = sum(own in reviewed for own in spot.sample)
        named = ", ".join(sorted(others - {here}))
        raise InputError(
            f"{', '.join(self.paths)}: verdicts on other data ({named}; here it is {here}), on "
            f"{common} of the {len(spot.sample)} rows of this sample. Review this sample into "
            "another file, or take verdicts on equal rows over by --carry-over"
        )

    def _warn_of_others(self, spot: "Spotcheck", reviewed: set[str]) -> None:
        """Say that verdicts are on another sample, where no file says which."""
        lacking = sum(own not in reviewed for own in spot.sample)
        if self.foreign and self.header is None and 2 * lacking > len(spot.sample):
            spot.warnings.append(
                f"{lacking:,} of the {len(spot.sample):,} rows of this sample have no verdict, and "
                f"{len(reviewed - set(spot.sample)):,} verdicts are on other rows: if the rows "
                "were drawn with -n, --seed or --stratify, give them again"
            )

    def ledger(self, header: Header) -> Ledger:
        """Return the first file, ready to take verdicts where this run writes them."""
        ledger = self.ledgers[0] if self.ledgers else Ledger(Path())
        if self.writes:
            ledger.start(header)
        return ledger

    def session(self, spot: "Spotcheck", items: "Sequence[ReviewItem]", who: str) -> ReviewSession:
        """Return the review session of a reviewer, over the first file."""
        ledger = self.ledger(spot.header)

        def answer() -> "GateResult":
            own = (entry for entry in ledger.entries if entry.reviewer == who)
            return spot.answer(spot.votes(own))

        def settled() -> str:
            if not spot.task.gate.sequential:
                return ""
            found = answer()
            return "" if found.verdict == "undecided" else f"{found.verdict}: {found.why}"

        def summary() -> str:
            return f"{answer().line()}."

        return ReviewSession(items, spot.labels, ledger, who, settled, summary, spot.header)


def _untagged(entries: list[Entry], path: str) -> tuple[list[Entry], Header | None]:
    """Return verdicts with the hash of their data alone, and the sample that the first one tells.

    Raises:
        InputError: a tag was changed.
    """
    header = None
    for entry in entries:
        try:
            header = header or Header.of_tag(entry.data)
        except InputError as error:
            raise InputError(f"{path}: row {entry.key}: {error}") from error
    return [replace(entry, data=entry.data.partition(";")[0]) for entry in entries], header


def user() -> str:
    """Return the name of the user, for verdicts."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may give the user no name
        return "reviewer"
