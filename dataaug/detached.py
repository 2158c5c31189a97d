"""Run foreign code with nothing on stdin and stdout."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_alone = threading.RLock()
"""Streams belong to the process: a second thread would save those that the first has put away."""


@contextmanager
def detached() -> Iterator[None]:
    """Load a model while stdin and stdout lead nowhere; one thread at a time.

    A library that asks a question would take the first row of the data for the answer, and one
    that prints would put text between the rows.
    """
    with _alone:
        sys.stdout.flush()
        saved = os.dup(0), os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        try:
            os.dup2(null, 0)
            os.dup2(null, 1)
            yield
        finally:
            sys.stdout.flush()
            os.dup2(saved[0], 0)
            os.dup2(saved[1], 1)
            for number in (*saved, null):
                os.close(number)
