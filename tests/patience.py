"""How long a test waits for what should come: so long that only a hang reaches it."""

import time

PATIENCE = 1200
"""Seconds: 20 minutes. What takes seconds on an idle machine takes minutes on a loaded one."""


def until(true, what, pause=0.01):
    """Wait until a function returns something true, and return that."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(pause)
    return found
