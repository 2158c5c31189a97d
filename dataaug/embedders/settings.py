"""How this process embeds: options of the embedder, where vectors are kept, and how much memory.

Plain data without an import of weight, so that a command line can set it before it is known
whether anything will be embedded, and workers can be handed it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataaug.errors import UsageError
from dataaug.rows.files import user_cache

OFF = "off"
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """How embedders of this process work.

    Attributes:
        options: name and value of options for every embedder that has them.
        cache: a folder for vectors, ``off``, or empty for the user's cache folder.
        memory: bytes that the vectors of one call may take; more go to a temporary file in 16 bits.
            0 is half of what is free.
    """

    options: tuple[tuple[str, str], ...] = ()
    cache: str = OFF
    memory: int = 0

    def folder(self) -> Path | None:
        """Return the folder for vectors, None if they are not kept."""
        if self.cache == OFF:
            return None
        return (Path(self.cache).expanduser() if self.cache else user_cache()) / "vectors"


_in_use = [Settings()]


def use(settings: Settings) -> None:
    """Name the settings of this process, for embedders that are asked for from now on."""
    _in_use[:] = [settings]


def current() -> Settings:
    """Return the settings of this process: no options and no cache, if nobody named any."""
    return _in_use[0]


def size(text: str) -> int:
    """Return the bytes that a size like ``4GB``, ``500MB`` or ``0.5G`` means.

    Raises:
        UsageError: it is no size, or none at all.
    """
    found = _SIZE.fullmatch(text.strip())
    number = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if not number:
        raise UsageError(f"--memory {text!r}: expected a size, as in 4GB or 500MB")
    return number


def free() -> int:
    """Return the bytes of memory that are free, by the system and by this process's cgroup."""
    least = _available("/proc/meminfo", "MemAvailable:", 1024) or 2 << 30
    try:
        most = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii").strip()
        return min(least, max(0, int(most) - int(used)))
    except (OSError, ValueError):  # no cgroup of version 2, or no limit ("max")
        return least


def _available(path: str, name: str, unit: int) -> int:
    try:
        lines: Sequence[str] = Path(path).read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * unit for line in lines if line.startswith(name)), 0)
