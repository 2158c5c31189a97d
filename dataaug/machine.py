"""What this process may use of the machine: processors and memory, by its control group too."""

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from dataaug.errors import UsageError

_GROUPS = Path("/sys/fs/cgroup")
"""Where version 2 of the hierarchy of control groups is mounted; version 1 is not looked at."""
_UNKNOWN = 2 << 30
"""Bytes that are taken for free where the system does not say."""
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS_OF_VECTORS = frozenset({"avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16",
                               "amx_bf16", "asimd", "sve"})  # fmt: skip
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)


def processors() -> int:
    """Return how many processors this process may use, at least 1: its affinity and its quota.

    A quota of one and a half processors counts as one.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # Linux has it
    most = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(most, int(_quota(_GROUPS, _group()) or most)))


def threads() -> int:
    """Return how many threads a library is to compute with: :func:`processors`, or fewer.

    ``OMP_NUM_THREADS`` lowers it, as for the libraries underneath; engines set it for workers that
    share the processors.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    most = processors()
    return min(most, int(asked)) if asked.isdecimal() and int(asked) else most


def vector_units() -> str:
    """Name what this processor computes vectors with: the last bits of a product follow from it."""
    return " ".join([platform.machine(), *sorted(processor_flags() & _UNITS_OF_VECTORS)])


def processor_flags() -> frozenset[str]:
    """Return the words that the system says of the processor, none where it says nothing."""
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    return frozenset(said.split())


def free_memory() -> int:
    """Return the bytes of memory that are free, by the system and by this process's groups."""
    return min([_available(), *_left(_GROUPS, _group())])


def memory_size(text: str, option: str = "--memory") -> int:
    """Return the bytes that a size like ``4GB``, ``500MB`` or ``0.5G`` means.

    Args:
        text: the size.
        option: what the message names, if it is none.

    Raises:
        UsageError: it is no size, or none at all.
    """
    found = _SIZE.fullmatch(text.strip())
    number = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if not number:
        raise UsageError(f"{option} {text!r}: expected a size, as in 4GB or 500MB")
    return number


def _available() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return _UNKNOWN
    found = (int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    return next(found, _UNKNOWN)


def _group() -> str:
    """Return the path of this process's control group below the root, empty if there is none."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")


def _quota(root: Path, group: str) -> float | None:
    """Return the least share of processor time of a group and those above it, in processors."""
    shares = (said.split() for said in _said(root, group, "cpu.max"))
    return min((int(quota) / int(each) for quota, each in shares if quota != "max"), default=None)


def _left(root: Path, group: str) -> Iterator[int]:
    """Yield the bytes that a group, and each one above it, may still take."""
    limits, used = (_said(root, group, f"memory.{name}") for name in ("max", "current"))
    for limit, taken in zip(limits, used, strict=False):
        if limit != "max":
            yield max(0, int(limit) - int(taken))


def _said(root: Path, group: str, name: str) -> Iterator[str]:
    """Yield what a file says in a group and in those above it, the innermost first."""
    place = root / group
    for folder in (place, *place.parents):
        if not folder.is_relative_to(root):
            return
        try:
            yield (folder / name).read_text(encoding="ascii").strip()
        except OSError:  # the root of all groups has none
            continue
