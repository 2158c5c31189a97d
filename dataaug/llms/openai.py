"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama and others."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dataaug.errors import MissingError, UsageError
from dataaug.llms import CONCURRENCY, Backend, BatchSink, Pricing, Prompt, ReplySink, prices
from dataaug.llms.rate_limiter import RateLimiter
from dataaug.llms.server import OPENAI, ChatServer
from dataaug.llms.urls import host, without_secrets
from dataaug.llms.winding import winding_up
from dataaug.sessions import carried

if TYPE_CHECKING:
    from dataaug.llms.batches import BatchFlight
    from dataaug.llms.flight import Flight


class _OpenAI:
    def __init__(self, server: ChatServer, price: str, poll: float) -> None:
        self.name = server.model
        self.identity = {"backend": "openai", "url": server.shown, "model": server.model}
        self.server = server
        self._price = prices.from_user(price) if price else None
        self._poll = poll

    @property
    def pricing(self) -> Pricing:
        """What tokens cost."""
        return self._price or prices.from_table(self.name, self.server.url)

    @property
    def batch_pricing(self) -> Pricing:
        """What tokens cost in a batch."""
        if self._price:
            return prices.halved(self._price)
        return prices.from_table(self.name, self.server.url, batch=True)

    def __call__(self, prompts: Sequence[Prompt], sink: ReplySink, /) -> None:
        """Send the prompts and give the sink a reply for each."""
        self._demand_key()
        # late: it takes a second, which a run that finds all replies in the cache does not need
        from dataaug.llms.flight import Flight  # noqa: PLC0415

        _run(Flight(self.server, prompts, sink))

    def send_in_batches(self, prompts: Sequence[Prompt], sink: BatchSink, /) -> None:
        """Have the prompts answered in batches, and give the sink a reply for each."""
        self._demand_key()
        from dataaug.llms.batches import BatchFlight  # noqa: PLC0415 - as above

        _run(BatchFlight(self.server, prompts, sink, self._poll))

    def _demand_key(self) -> None:
        if self.server.official and not self.server.key:
            raise MissingError(
                "OpenAI takes no request without a key: set OPENAI_API_KEY, or name another "
                "server by --base-url"
            )


def _run(flight: "Flight | BatchFlight") -> None:
    """Run a flight to its end, also where this thread runs an event loop of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with winding_up(flight.stop):
            asyncio.run(flight.run())
        return
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(carried(asyncio.run), flight.run())
        try:
            running.result()
        except BaseException:  # as Ctrl-C in a notebook
            flight.stop()
            raise


def load(  # noqa: PLR0913 - the options of a backend
    *,
    model: str = "",
    base_url: str = "",
    concurrency: int = CONCURRENCY,
    rpm: float = 0.0,
    tpm: float = 0.0,
    timeout: float = 120.0,
    patience: float = 300.0,
    price: str = "",
    poll: float = 60.0,
) -> Backend:
    """Build the backend. The key is read from OPENAI_API_KEY and goes to that server only.

    Args:
        model: the model, as the server knows it.
        base_url: the server, mostly up to ``/v1``; OPENAI_BASE_URL, else OpenAI's, if empty.
        concurrency: the most requests in flight.
        rpm: requests a minute, evenly spread; 0: as many as the server takes.
        tpm: tokens a minute, likewise.
        timeout: seconds after which a request is given up and sent again, however much of its
            reply has come.
        patience: seconds without any reply after which the run ends.
        price: US dollars for a million prompt tokens and a million reply tokens, as in
            ``0.15,0.60``; from the table of genai-prices if empty. Batches take half of it.
        poll: seconds at most between two looks at a batch.

    Raises:
        UsageError: no model is named, or an option is out of its range.
    """
    if not model:
        raise UsageError("name the language model by --model, as the server knows it")
    url = base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI
    if not host(url):
        raise UsageError(f"--base-url {without_secrets(url)!r}: expected something like {OPENAI}")
    if concurrency < 1 or rpm < 0 or tpm < 0 or min(timeout, patience, poll) <= 0:
        raise UsageError("concurrency is at least 1, and no limit of time or rate is below 0")
    server = ChatServer(
        model,
        url,
        without_secrets(url),
        _key(),
        RateLimiter(concurrency, rpm, tpm, patience),
        timeout,
    )
    if server.official:
        server.without.add("max_tokens")  # its newer models take max_completion_tokens only
    return _OpenAI(server, price, poll)


def _key() -> str:
    """Return the key; files and secret stores like to put a line end behind it.

    Raises:
        UsageError: it has characters that no key has.
    """
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError(
            "OPENAI_API_KEY holds a line break or a character that no key has: copy the key anew"
        )
    return key
