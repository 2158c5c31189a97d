"""Which device models compute on: what the machine has, and how much there is to be done.

The rule is one function without a look at the machine, :func:`choose`; :func:`device_for` asks it
about this one. 32-bit arithmetic is used on every device, so that what is computed there is what
the processor computes, but for the last bits.
"""

import functools
import os
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from dataaug import machine, sessions
from dataaug.errors import MissingError

DEVICE_PIN = "DATAAUG_DEVICE"
"""The environment variable that names the device of all models for which no option names one."""
CPU = "cpu"
LEAST_FREE = 2 << 30
"""Bytes that have to be free on a device: torch itself takes a third of that, then come weights
and batches."""
TEXTS_A_PROCESSOR = 2000
"""Texts to embed for each processor from which on a device is worth the ten seconds that torch
takes to be there: a processor embeds 150 to 210 a second meanwhile."""
_DRIVERS = {"/dev/nvidiactl": "NVIDIA", "/dev/kfd": "AMD", "/dev/dxg": "a GPU of Windows"}
_OFF = 1e-4
"""What a small calculation may be off by on a device that is used; 32 bits give 1e-6, 16 bits or
19, as some GPUs take for products, 1e-2."""


class Hardware(NamedTuple):
    """What is known of a machine without torch.

    Attributes:
        processors: how many this process may use.
        drivers: whose GPU drivers are there.
        build: what torch was built for, as ``cpu`` or ``cu130``; empty where its version is silent.
    """

    processors: int
    drivers: tuple[str, ...] = ()
    build: str = ""


class Device(NamedTuple):
    """A device that torch can use.

    Attributes:
        name: torch's name: ``cuda:0`` (AMD's too), ``xpu:0``, ``mps``.
        title: what it is called.
        free: bytes of its memory that were free when it was first looked at.
    """

    name: str
    title: str
    free: int


class Found(NamedTuple):
    """What torch found.

    Attributes:
        devices: those that computed what the processor does.
        fault: why another one, or a driver's device, is not among them; empty if there is none.
    """

    devices: tuple[Device, ...]
    fault: str = ""


class DeviceChoice(NamedTuple):
    """A device and the reason for it.

    Attributes:
        device: torch's name, ``cpu`` for the processor.
        title: what it is called.
        why: the reason, in words that follow "cpu: ".
        surprising: a GPU seems to be there and is not used, which a user would want to be told.
    """

    device: str
    title: str
    why: str
    surprising: bool = False


def choose(
    hardware: Hardware, ask: Callable[[], Found], texts: int | None = None, pin: str = ""
) -> DeviceChoice:
    """Return the device for some work; it follows from the arguments alone.

    Args:
        hardware: what is known without torch.
        ask: has torch look for devices, which takes seconds; called only where that decides.
        texts: how many texts are to be embedded by a model that needs no torch on the processor;
            None where torch is needed anyway.
        pin: the device that a user names, ``cuda`` for the first of its kind; empty for none.

    Raises:
        MissingError: there is no such device.
    """
    if pin == CPU:
        return _cpu("named")
    if pin:
        return _pinned(pin, ask())
    if not hardware.drivers:
        return _cpu("no driver of a GPU is there")
    least = TEXTS_A_PROCESSOR * hardware.processors
    if texts is not None and texts < least:
        return _cpu(f"a GPU takes over from {least:,} texts in one search")
    there = " and ".join(hardware.drivers)
    if hardware.build == CPU:
        return _cpu(f"the driver of {there} is there, but this torch is built for processors alone",
                    surprising=True)  # fmt: skip
    found = ask()
    if not found.devices:
        return _cpu(f"the driver of {there} is there, but {found.fault or 'torch finds no device'}",
                    surprising=True)  # fmt: skip
    best = max(found.devices, key=lambda device: device.free)
    if best.free < LEAST_FREE:
        return _cpu(f"{best.title} has {best.free / 2**30:.1f} GB of memory free, and "
                    f"{LEAST_FREE >> 30} are needed", surprising=True)  # fmt: skip
    return DeviceChoice(best.name, best.title, "found")


def device_for(texts: int | None = None, pin: str = "") -> DeviceChoice:
    """Return the device of this machine for some work.

    Args:
        texts: see :func:`choose`.
        pin: what an option names; else the environment variable ``DATAAUG_DEVICE``.

    Raises:
        MissingError: the named device is not there.
    """
    choice = choose(hardware(), found, texts, pin or os.environ.get(DEVICE_PIN, ""))
    if choice.device == CPU and choice.surprising:
        say_once(f"computing on the processor: {choice.why}")
    return choice


def say_once(message: str) -> None:
    """Say something of devices to whoever hears of the session, once in each."""
    session = sessions.current()
    session.once(("of devices", message), lambda: session.heard(message))


def gave_up(choice: DeviceChoice, error: BaseException) -> None:
    """Say that a device failed in the midst of the work, which the processor then does anew."""
    say_once(f"{choice.title} ({choice.device}) failed ({first_line(error)}); the processor goes "
             f"on. {DEVICE_PIN}=cpu leaves the device alone")  # fmt: skip


def mark(device: str) -> str:
    """Return what the name of a model gets where a device made what it made, as ``+cuda``."""
    return "" if device == CPU else f"+{device.partition(':')[0]}"


def first_line(error: BaseException | Warning) -> str:
    """Return what is said of an error before its first line break or full stop, or its kind."""
    said = str(error).partition("\n")[0].partition(". ")[0].strip()
    return said[:160] or type(error).__name__


@functools.cache
def hardware() -> Hardware:
    """Look at this machine without torch."""
    drivers = [name for path, name in _DRIVERS.items() if Path(path).exists()]
    try:
        build = version("torch").partition("+")[2]
    except PackageNotFoundError:
        build = CPU
    if build == "xpu":
        drivers.append("Intel")
    if sys.platform == "darwin" and platform.machine() == "arm64":
        drivers.append("Apple")
        build = ""  # one build for all that Apple has
    return Hardware(machine.processors(), tuple(drivers), build)


@functools.cache
def found() -> Found:
    """Have torch look for devices, and compute something small on each."""
    # Equal runs are to give equal weights; it has to stand before the first product on a GPU.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch  # noqa: PLC0415 - seconds, where a device may be there

    devices, faults = [], []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for name in _names(torch):
            try:
                off = _error(torch, name)
                if off > _OFF:
                    faults.append(f"{name} is off by {off:.0e} in a small calculation")
                else:
                    devices.append(Device(name, _title(torch, name), _free(torch, name)))
            except (RuntimeError, AssertionError, NotImplementedError) as error:
                faults.append(f"{name} fails: {first_line(error)}")
    faults += [first_line(each.message) for each in warned if isinstance(each.message, Warning)]
    return Found(tuple(devices), "; ".join(dict.fromkeys(faults)))


@contextmanager
def in_full() -> Iterator[None]:
    """Have torch multiply in all 32 bits within a block, whatever the environment sets."""
    import torch  # noqa: PLC0415 - it is there already: work for it is at hand

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def repeatable(device: str) -> Iterator[None]:
    """Have a device do the same work in the same way each time, as a processor does by itself."""
    if device == CPU:
        yield
        return
    import torch  # noqa: PLC0415 - as above

    before = torch.are_deterministic_algorithms_enabled()
    warn = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    try:
        with in_full(), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn)
    if said := [first_line(each.message) for each in warned if isinstance(each.message, Warning)]:
        say_once(f"{device}: two runs may differ a little: {said[0]}")


def _cpu(why: str, *, surprising: bool = False) -> DeviceChoice:
    return DeviceChoice(CPU, "the processor", why, surprising)


def _pinned(pin: str, found: Found) -> DeviceChoice:
    for device in found.devices:
        if pin in {device.name, device.name.partition(":")[0]}:
            return DeviceChoice(device.name, device.title, "named")
    there = ", ".join(f"{device.name} ({device.title})" for device in found.devices)
    raise MissingError(
        f"there is no device {pin!r}: torch finds {there or 'none'}"
        f"{f' ({found.fault})' if found.fault else ''}; name {CPU} or leave it out ({DEVICE_PIN}, "
        "or the option device)"
    )


def _names(torch: Any) -> Iterator[str]:
    """Yield the names of all devices but the processor."""
    for kind in ("cuda", "xpu"):
        module = getattr(torch, kind)
        if module.is_available():
            yield from (f"{kind}:{number}" for number in range(module.device_count()))
    if torch.backends.mps.is_available():
        yield "mps"


def _error(torch: Any, device: str) -> float:
    """Return by how much a small calculation differs from the processor's."""

    def work(place: str) -> Any:
        numbers = torch.sin(torch.arange(64.0 * 384).reshape(64, 384)).to(place)
        hidden = torch.nn.functional.layer_norm(numbers @ numbers.T, (64,))
        return torch.softmax(torch.nn.functional.gelu(hidden), dim=1).cpu()

    with in_full():
        return float((work(device) - work(CPU)).abs().max())


def _title(torch: Any, name: str) -> str:
    kind = name.partition(":")[0]
    if kind == "mps":
        return "Apple's GPU"
    ask = getattr(getattr(torch, kind), "get_device_name", None)
    return str(ask(name)) if ask else name


def _free(torch: Any, name: str) -> int:
    """Return the bytes that are free on a device, of the machine where they share its memory."""
    ask = getattr(getattr(torch, name.partition(":")[0]), "mem_get_info", None)
    return int(ask(name)[0]) if ask else machine.free_memory()
