"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama and others."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dataaug.errors import MissingError, UsageError
from dataaug.llms import CONCURRENCY, Backend, Ledger, Prompt, Tariff, prices
from dataaug.llms.pace import Pace
from dataaug.llms.server import OPENAI, Server
from dataaug.llms.urls import host, without_secrets
from dataaug.llms.winding import winding_up

if TYPE_CHECKING:
    from dataaug.llms.flight import Flight


class _OpenAI:
    def __init__(self, server: Server, tariff: Tariff) -> None:
        self.name = server.model
        self.identity = {"backend": "openai", "url": server.shown, "model": server.model}
        self.tariff = tariff
        self._server = server

    def __call__(self, prompts: Sequence[Prompt], ledger: Ledger, /) -> None:
        """Send the prompts and give the ledger a reply for each."""
        if self._server.official and not self._server.key:
            raise MissingError(
                "OpenAI takes no request without a key: set OPENAI_API_KEY, or name another "
                "server by --base-url"
            )
        # late: it takes a second, which a run that finds all replies in the cache does not need
        from dataaug.llms.flight import Flight  # noqa: PLC0415

        _run(Flight(self._server, prompts, ledger))


def _run(flight: "Flight") -> None:
    """Run a flight to its end, also where this thread runs an event loop of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with winding_up(flight.stop):
            asyncio.run(flight.run())
        return
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(asyncio.run, flight.run())
        try:
            running.result()
        except BaseException:  # as Ctrl-C in a notebook
            flight.stop()
            raise


def load(
    *,
    model: str = "",
    base_url: str = "",
    concurrency: int = CONCURRENCY,
    rpm: float = 0.0,
    tpm: float = 0.0,
    timeout: float = 120.0,
    patience: float = 300.0,
    price: str = "",
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
            ``0.15,0.60``; from the table of genai-prices if empty.

    Raises:
        UsageError: no model is named, or an option is out of its range.
    """
    if not model:
        raise UsageError("name the language model by --model, as the server knows it")
    url = base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI
    if not host(url):
        raise UsageError(f"--base-url {without_secrets(url)!r}: expected something like {OPENAI}")
    if concurrency < 1 or rpm < 0 or tpm < 0 or timeout <= 0 or patience <= 0:
        raise UsageError("concurrency is at least 1, and no limit of time or rate is below 0")
    server = Server(
        model,
        url,
        without_secrets(url),
        _key(),
        Pace(concurrency, rpm, tpm, patience),
        timeout,
    )
    if server.official:
        server.without.add("max_tokens")  # its newer models take max_completion_tokens only
    return _OpenAI(server, prices.given(price) if price else prices.listed(model, url))


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
