"""How fast a server may be asked: one limiter for all requests in flight."""

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass, field

from dataaug.errors import MissingError
from dataaug.llms import tell

FIRST_WAIT = 0.5
"""Seconds of the first wait; it doubles, so that eight of them outlast a limit per minute."""
LONGEST_WAIT = 60.0
LONGEST_ASKED = 3600.0
"""Seconds that a server may ask us to wait; a daily limit is better waited for by the user."""
_FEWER = 0.75
_MORE_AFTER = 25
"""Additive increase, multiplicative decrease: a quarter fewer in flight when the server is pushed,
one more after 25 replies (the figures of NeMo DataDesigner's request admission)."""
_LONG = 15.0  # seconds of a wait that people are told of
_PATIENT = 3  # waits that a server asks for in a row before the circuit breaker's clock runs on


def backoff(tries: int) -> float:
    """Return seconds to wait before try number ``tries`` (1 is the first that is repeated)."""
    whole: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - 1, 16))
    return whole * random.uniform(0.75, 1.25)


@dataclass(slots=True)
class RateLimiter:
    """Says when the next request may go: slots, limits per minute and cooldowns.

    Attributes:
        most: the most requests in flight.
        rpm: requests a minute, evenly spread; 0: no limit.
        tpm: tokens a minute, evenly spread; 0: no limit.
        patience: seconds without any reply after which to give up.
        replies: replies so far.
        trouble: times in a row that the server was pushed or away, with no reply between.
    """

    most: int
    rpm: float = 0
    tpm: float = 0
    patience: float = 300
    replies: int = 0
    trouble: int = 0
    _limit: float = 0
    _since: int = 0
    _active: int = 0
    _until: float = 0
    _cooled: float = 0
    _next: float = 0
    _alive: float = 0
    _waiters: deque[asyncio.Future[None]] = field(default_factory=deque)

    def begin(self) -> None:
        """Start a batch, in a new event loop."""
        self._limit = self._limit or self.most
        self._active = 0
        self._waiters.clear()
        self._alive = time.monotonic() + self.patience

    async def enter(self, tokens: int) -> float:
        """Wait for a turn to send so many tokens and return the time; :meth:`leave` ends it."""
        while self._active >= self._slots():
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        self._active += 1
        try:
            return await self._turn(tokens)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Give the turn back."""
        self._active -= 1
        self._wake()

    def _slots(self) -> int:
        """Return how many may be in flight: one, as long as a second try has not been answered."""
        return 1 if self.trouble > 1 else max(1, int(self._limit))

    def _wake(self) -> None:
        free = self._slots() - self._active
        while self._waiters and free > 0:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                free -= 1

    async def _turn(self, tokens: int) -> float:
        while True:
            now = time.monotonic()
            if now < self._until:
                await asyncio.sleep(self._until - now)
                continue
            slot = max(now, self._next)
            self._next = slot + self._spacing(tokens)
            if slot > now:
                await asyncio.sleep(slot - now)
            if time.monotonic() >= self._until:  # no cooldown has begun meanwhile
                return time.monotonic()

    def _spacing(self, tokens: int) -> float:
        by_requests = 60 / self.rpm if self.rpm else 0.0
        by_tokens = tokens * 60 / self.tpm if self.tpm else 0.0
        return max(by_requests, by_tokens)

    def answered(self) -> None:
        """Count a reply."""
        self.replies += 1
        self.trouble = 0
        self._since += 1
        if self._since >= _MORE_AFTER:
            self._since = 0
            self._limit = min(self.most, self._limit + 1)
        self._alive = max(self._alive, time.monotonic() + self.patience)
        self._wake()

    def pushed(self, sent: float, asked: float | None, said: str) -> None:
        """Cool down: the server is pushed, or away. One cooldown for all that was in flight.

        Args:
            sent: when the request was sent.
            asked: seconds that the server asks to wait, if it does.
            said: what it said.

        Raises:
            MissingError: it has not answered for too long, or asks to wait for more than an hour.
        """
        now = time.monotonic()
        if asked is not None and asked > LONGEST_ASKED:
            raise MissingError(
                f"the server asks to wait {asked / 3600:.1f} hours ({said}); run the same command "
                "again then: replies so far are in the cache"
            )
        if sent >= self._cooled:  # else it was in flight when the cooldown began
            self.trouble += 1
            self._since = 0
            self._limit = max(1.0, self._limit * _FEWER)
            self._cooled = now
        self._cool(now, asked)
        self.check(said)

    def _cool(self, now: float, asked: float | None) -> None:
        until = now + max(backoff(self.trouble), asked or 0.0)
        if asked is not None and self.trouble <= _PATIENT:
            self._alive = max(self._alive, until + self.patience)
        if until > self._until:
            self._until = self._next = until
            if until - now >= _LONG:
                tell(f"the server is pushed or limits us: waiting {until - now:.0f} s")

    def check(self, said: str) -> None:
        """Give up when there was no reply for too long.

        Raises:
            MissingError: there was none.
        """
        if time.monotonic() > self._alive:
            raise self._silent(said)

    def now(self) -> float:
        """Return the time in seconds, as the limiter reckons it."""
        return time.monotonic()

    def hung(self, since: float) -> MissingError | None:
        """Return why to give up on calls that hang, None while there is hope.

        Args:
            since: when the oldest request in flight was sent.
        """
        if time.monotonic() <= max(self._alive, since + self.patience):
            return None
        return self._silent("nothing, requests hang")

    def _silent(self, said: str) -> MissingError:
        return MissingError(
            f"the server has given no reply for {self.patience:g} s, last: {said}; run the "
            "same command again when it is back: replies so far are in the cache"
        )
