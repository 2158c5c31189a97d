"""Every error that dataaug raises on purpose, and the exit code each one gives.

    DataaugError
    ├── UsageError        2    bad option, unknown method, contradicting arguments, an option
    │                          that nothing in the run reads
    ├── InputError        3    bad input rows: says file, line and what was expected; no rows at
    │                          all; a field that was named and that no row has
    ├── MissingError      4    a package, a model, a server or the disk is missing or failed
    ├── TrainingError     4    a classifier learnt nothing from its train rows
    ├── GateError         1    a limit that the user set was not kept
    ├── ShortfallError    5    fewer rows than asked for, a cap reached, or none at all; what
    │                          there is was written, and no file where there is nothing
    ├── GuardError        6    synthetic rows, or copies of evaluation rows, would cross the line
    └── PendingError      7    requests were written to a file; rows come when it is answered

70 (a fault of dataaug itself), 129 (terminal closed), 130 (interrupted), 131 (quit), 141 (pipe
closed) and 143 (terminated) come from the command line itself.
"""

from typing import Any


class DataaugError(Exception):
    """The root of all errors that a user can act on; the message says what to do next."""

    exit_code = 1


class GateError(DataaugError):
    """A gate was not passed: the data is worse than a limit that the user set."""

    exit_code = 1


class UsageError(DataaugError):
    """The command or call was wrong: an unknown name, a bad value, an option nothing reads."""

    exit_code = 2


class InputError(DataaugError):
    """A row can't be used (``file:line``), or there is none, or none has a field that was named."""

    exit_code = 3


class MissingError(DataaugError):
    """Something that is needed can't be had: a package, a model, a server, disk space."""

    exit_code = 4


class TrainingError(DataaugError):
    """The fit of a classifier failed: what rests on it would be numbers without meaning."""

    exit_code = 4


class ShortfallError(DataaugError):
    """Fewer rows than asked for, or none at all, could be made.

    What there is was written, by a command under another name unless that was asked for.

    Attributes:
        result: what there is, of a verb for Python: a :class:`dataaug.Result`; else None.
    """

    exit_code = 5
    result: Any = None


class GuardError(DataaugError):
    """The evaluation guard refused: evaluation rows must stay real and unseen."""

    exit_code = 6


class PendingError(DataaugError):
    """Requests were written to a file; rows come once their replies are imported."""

    exit_code = 7
