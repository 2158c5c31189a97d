"""INT and TERM while requests are in flight: the first one lets them arrive, then it counts."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def winding_up(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` at INT and TERM, and let the signal do its work when all has stopped.

    Only the main thread can take signals; elsewhere this does nothing. A signal that is ignored
    stays ignored.

    Args:
        stop: asks what runs to end soon, which it then does by CancelledError.

    Raises:
        KeyboardInterrupt: a signal came, and its own handler went on as if it had not.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def heard(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        stop()

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    ours = [number for number, handler in before.items() if handler not in {signal.SIG_IGN, None}]
    for number in ours:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
        if came:  # whatever else went wrong: the user wants it to end
            signal.raise_signal(came[0])
            raise KeyboardInterrupt
