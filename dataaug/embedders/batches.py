"""Batches of one length each, worked side by side by one thread each.

Two things make a vector depend on its text alone, to the last bit, on one kind of processor: its
padded length follows from its own tokens, and no product is shared out among threads (libraries
cut a matrix in other places for other shapes; measured: of 16 batch sizes on two threads a third
changed the last bits, on one thread none). It is also the quicker way wherever other programs run
beside it: a thread that waits for another one burns its time.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from dataaug.sessions import carried

STEP = 4
"""Lengths are padded to multiples of this many tokens (7 % more of them for 22-token texts)."""
BUDGET = 1024
"""Tokens in a batch: on 2 cores 512, 1,024 and 2,048 are equal within the noise, and more leaves
the processor's cache."""
_LEAST = 16
"""Tokens from which on a matrix product takes the same way as in a large batch."""

T = TypeVar("T")


class PaddedBatch(NamedTuple):
    """Rows that are computed together.

    Attributes:
        length: the tokens that each is padded to.
        rows: their numbers.
        fill: how many further rows are needed so that a product is not a special small case.
    """

    length: int
    rows: Sequence[int]
    fill: int


def plan(
    lengths: Sequence[int], longest: int, budget: int = BUDGET, *, even: bool = False
) -> list[PaddedBatch]:
    """Return the batches of texts, the longest texts first.

    Args:
        lengths: tokens of each text, at least 1.
        longest: the most tokens that the model takes.
        budget: the most tokens in a batch, padding included; one text may have more.
        even: fill all batches of a length up to one size, so that a GPU, which takes another way
            for another shape, takes one for all of them.
    """
    groups: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        groups.setdefault(min(-(-length // STEP) * STEP, max(longest, length)), []).append(row)
    batches = []
    for length in sorted(groups, reverse=True):
        size = max(1, budget // length)
        for start in range(0, len(groups[length]), size):
            rows = groups[length][start : start + size]
            least = size if even else -(-_LEAST // length)
            batches.append(PaddedBatch(length, rows, max(0, least - len(rows))))
    return batches


def side_by_side(
    work: Callable[[PaddedBatch], T],
    batches: Sequence[PaddedBatch],
    threads: int,
    begin: Callable[[], None],
) -> Iterator[tuple[PaddedBatch, T]]:
    """Yield each batch with what was made of it, in their order.

    Args:
        work: what is done; it is called from several threads at once.
        batches: what it is done with.
        threads: how many at once.
        begin: called once in each thread, before the first.
    """
    with ThreadPoolExecutor(max(1, min(threads, len(batches))), "embed", begin) as pool:
        yield from zip(batches, pool.map(carried(work), batches), strict=True)
