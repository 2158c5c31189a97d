"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama and others."""

import asyncio
import os
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
)

from dataaug.errors import MissingError, UsageError
from dataaug.llms import Backend, Ledger, Prompt, Reply, Tariff, ladder, prices, wire
from dataaug.llms.budget import size
from dataaug.llms.pace import Pace, backoff
from dataaug.llms.urls import host, without_secrets

_OPENAI = "https://api.openai.com/v1"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_RUNG = "rung"
_ASKING = "?"  # behind a rung that is still to be tried
_PROBES = 3  # replies that tell nothing (refused, cut off) before the rest is sent all the same
_TRIES = 6
_LAST_TRIES = 10
_NO_SERVER = 4  # tries to connect to a server that never answered
_GRACE = 30.0  # seconds for what is in flight when the run has to end


class _Batch:
    """Prompts on their way.

    Attributes:
        stopped: nothing more is to be sent.
        flying: the tasks whose request is on its way.
    """

    def __init__(self, prompts: Sequence[Prompt], ledger: Ledger, client: AsyncOpenAI) -> None:
        self.prompts = prompts
        self.ledger = ledger
        self.stopped = False
        self.flying: set[asyncio.Task[Any]] = set()
        self._client = client

    async def send(self, body: dict[str, Any]) -> Reply | wire.Fault:
        """Send a request and read what comes back."""
        task = asyncio.current_task()
        assert task is not None
        self.flying.add(task)
        try:
            raw = await self._client.chat.completions.with_raw_response.create(**body)
            return wire.reply(raw.http_response.content, body["model"])
        except wire.UnreadableError as error:
            return wire.Fault("retry", str(error), paid=True)
        except APITimeoutError as error:
            return wire.Fault("retry", f"no reply in time ({_cause(error)})", paid=True)
        except APIConnectionError as error:
            away = _cause(error) == "ConnectError"
            said = f"the connection failed ({_cause(error)})"
            return wire.Fault("wait", said, paid=not away, away=away)
        except APIStatusError as error:
            return wire.fault(error.status_code, error.body, error.response.headers)
        finally:
            self.flying.discard(task)


def _cause(error: BaseException) -> str:
    """Return what a connection died of."""
    return type(error.__cause__ or error).__name__


class _OpenAI:
    def __init__(self, model: str, url: str, pace: Pace, timeout: float, tariff: Tariff) -> None:
        self.name = model
        self.identity = {"backend": "openai", "url": without_secrets(url), "model": model}
        self.tariff = tariff
        self._url = url
        self._key = os.environ.get("OPENAI_API_KEY", "")
        self._pace = pace
        self._timeout = timeout
        self._without: set[str] = {"max_tokens"} if url.startswith(_OPENAI) else set()
        self._rung = ladder.RUNGS[0]

    def __call__(self, prompts: Sequence[Prompt], ledger: Ledger, /) -> None:
        """Send the prompts and give the ledger a reply for each."""
        if self._url.startswith(_OPENAI) and not self._key:
            raise MissingError(
                "OpenAI takes no request without a key: set OPENAI_API_KEY, or name another "
                "server by --base-url"
            )
        _run(self._all(prompts, ledger))

    async def _all(self, prompts: Sequence[Prompt], ledger: Ledger) -> None:
        self._pace.begin()
        http = DefaultAsyncHttpxClient(
            follow_redirects=False,  # a key and real texts go to the server that was named
            trust_env=host(self._url)
            not in _LOOPBACK,  # no proxy can reach this machine's own servers
        )
        async with AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self._url,
            max_retries=0,  # retries are the pace's business: two layers would multiply
            timeout=self._timeout,
            http_client=http,
        ) as client:
            batch = _Batch(prompts, ledger, client)
            tried = await self._probe(batch)
            await self._rest(batch, [n for n in range(len(prompts)) if n not in tried])

    async def _probe(self, batch: _Batch) -> set[int]:
        """Find out, prompt by prompt, how this server is held to a schema, and note it."""
        shaped = [n for n, prompt in enumerate(batch.prompts) if prompt.schema is not None]
        tried: set[int] = set()
        noted = batch.ledger.recall(_RUNG) or self._rung + _ASKING
        self._rung = noted.removesuffix(_ASKING)
        while noted.endswith(_ASKING) and len(tried) < min(_PROBES, len(shaped)):
            place = shaped[len(tried)]
            tried.add(place)
            reply, noted = await self._probed(batch, place)
            self._rung = noted.removesuffix(_ASKING)
            batch.ledger.note(_RUNG, noted)
            batch.ledger.done(place, reply)
        return tried

    async def _probed(self, batch: _Batch, place: int) -> tuple[Reply, str]:
        """Return a reply and what it tells: a rung, settled or still to be tried."""
        prompt = batch.prompts[place]
        rung = self._rung
        reply = await self._asked(batch, place, rung)
        while reply.fault == "bad_request" and rung != ladder.RUNGS[-1]:
            rung = ladder.below(rung)  # is it the prompt that the server can't take, or the form?
            reply = await self._asked(batch, place, rung)
        if reply.fault == "bad_request":
            return reply, self._rung + _ASKING
        held = ladder.evidence(reply, prompt.schema or {})
        if held is False:
            rung = ladder.below(rung)
        settled = held or rung == ladder.RUNGS[-1]
        return reply, rung if settled else rung + _ASKING

    async def _rest(self, batch: _Batch, places: list[int]) -> None:
        """Send all other prompts, in order, as many at a time as the pace allows."""
        queue = iter(places)
        tasks = [
            asyncio.create_task(self._work(batch, queue))
            for _ in range(min(self._pace.most, len(places)))
        ]
        if not tasks:
            return
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            batch.stopped = True
            if batch.flying and all(_is_ours(task.exception()) for task in done):
                await asyncio.wait(batch.flying, timeout=_GRACE)  # what is paid for is kept
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException) and not isinstance(error, asyncio.CancelledError):
                raise error

    async def _work(self, batch: _Batch, queue: Iterator[int]) -> None:
        for place in queue:
            reply = await self._asked(batch, place, self._rung)
            batch.ledger.done(place, reply)
            if batch.stopped:
                return

    async def _asked(self, batch: _Batch, place: int, rung: str) -> Reply:
        """Return the reply to a prompt, however often it has to be sent."""
        prompt = batch.prompts[place]
        tries, before = 0, self._pace.replies
        while True:
            found = await self._once(batch, prompt, rung)
            if isinstance(found, Reply):
                return found
            if found.parameter and found.parameter not in self._without:
                self._without.add(found.parameter)
                continue
            if found.kind in {"refused", "bad"}:
                reason = "refused" if found.kind == "refused" else "bad_request"
                return Reply("", "", reason, found.said, self.name)
            if found.paid and not batch.ledger.again(place):
                return Reply("", "", "over_budget", found.said, self.name)
            if found.kind == "retry":
                tries += 1
                if self._is_the_prompt(tries, before):
                    return Reply("", "", "bad_request", f"{tries} times {found.said}", self.name)
                self._pace.check(found.said)
                await asyncio.sleep(backoff(tries))

    def _is_the_prompt(self, tries: int, before: int) -> bool:
        """Does a request fail again and again while others are answered?"""
        replies = self._pace.replies
        return (tries >= _TRIES and replies > before) or (tries >= _LAST_TRIES and replies > 0)

    async def _once(self, batch: _Batch, prompt: Prompt, rung: str) -> Reply | wire.Fault:
        """Send a request once.

        Raises:
            MissingError: no request of this user is going to be answered.
        """
        body = wire.request(prompt, self.name, rung, self._without)
        sent = await self._pace.enter(size(prompt) // 4 + prompt.max_tokens)
        try:
            if batch.stopped:
                raise asyncio.CancelledError
            found = await batch.send(body)
        finally:
            self._pace.leave()
        if isinstance(found, Reply):
            self._pace.answered()
            return found
        said = self._hidden(found.said)
        if found.kind == "stop":
            raise MissingError(
                f"{self.name} at {self.identity['url']}: {said}; {found.advice}, then run the same "
                "command again: replies so far are in the cache"
            )
        if found.kind == "wait":
            if not self._pace.replies and self._pace.trouble >= _NO_SERVER and found.away:
                raise MissingError(
                    f"no server answers at {self.identity['url']} ({said}): start it, or check "
                    "--base-url"
                )
            self._pace.pushed(sent, found.after, said)
        return found._replace(said=said)

    def _hidden(self, said: str) -> str:
        """Return what a server said without the key that it may repeat."""
        return said.replace(self._key, "(key)") if self._key else said


def _is_ours(error: BaseException | None) -> bool:
    return error is None or isinstance(error, MissingError)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, also where this thread runs an event loop of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def load(
    *,
    model: str = "",
    base_url: str = "",
    concurrency: int = 16,
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
        timeout: seconds after which a request is given up and sent again.
        patience: seconds without any reply after which the run ends.
        price: US dollars for a million prompt tokens and a million reply tokens, as in
            ``0.15,0.60``; from the table of genai-prices if empty.

    Raises:
        UsageError: no model is named, or an option is out of its range.
    """
    if not model:
        raise UsageError("name the language model by --model, as the server knows it")
    url = (base_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI).rstrip("/")
    if not host(url):
        raise UsageError(f"--base-url {without_secrets(url)!r}: expected something like {_OPENAI}")
    if concurrency < 1 or rpm < 0 or tpm < 0 or timeout <= 0 or patience <= 0:
        raise UsageError("concurrency is at least 1, and no limit of time or rate is below 0")
    pace = Pace(concurrency, rpm, tpm, patience)
    tariff = prices.given(price) if price else prices.listed(model, url)
    return _OpenAI(model, url, pace, timeout, tariff)
