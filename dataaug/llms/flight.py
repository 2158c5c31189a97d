"""A batch of prompts on its way to a server that speaks OpenAI's chat completions."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import Any

from openai import RequestOptions

from dataaug.errors import MissingError
from dataaug.llms import Prompt, Reply, ReplySink, structured, wire
from dataaug.llms.budget import bytes_of
from dataaug.llms.client import connected, fault, headers
from dataaug.llms.rate_limiter import LONGEST_WAIT, backoff
from dataaug.llms.server import ChatServer
from dataaug.llms.structured import ASKING, NOTE

_PROBES = 3  # replies that tell nothing (refused, cut off) before the rest is sent all the same
_PROBE_TRIES = 2  # of a prompt, before another one is to tell
_TRIES = 6
_TRIES_WHEN_PUSHED = 20
_NO_SERVER = 4  # tries to connect to a server that never answered
_GRACE = 30.0  # seconds for what is in flight when the run has to end
_MOMENT = 5.0  # seconds for it when the user wants the run to end
_ALIKE = 5  # requests that fail with one message, and none that is answered, before the run ends
_DIGITS = re.compile(r"\d+")


class _BrokenError(Exception):
    """The server breaks at a prompt again and again."""


class Flight:
    """Sends prompts side by side and gives each reply to the sink as it comes.

    It runs once, in one event loop: the client's connections belong to that loop.
    """

    def __init__(self, server: ChatServer, prompts: Sequence[Prompt], sink: ReplySink) -> None:
        self._server = server
        self._limiter = server.limiter
        self._prompts = prompts
        self._sink = sink
        self._stopped = False  # nothing more is to be sent
        self._odd = 0
        self._options: RequestOptions = {"headers": headers(server)}
        self._chat = server.layout.chat
        self._task: asyncio.Task[Any] | None = None
        self._flying: dict[asyncio.Task[Any], float] = {}  # requests on their way, since when
        self._why: MissingError | None = None  # the run is to end at once

    async def run(self) -> None:
        """Send them all.

        Raises:
            MissingError: the server can't be reached, or takes no request of this user.
        """
        self._limiter.begin()
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        watch = asyncio.create_task(self._watch())
        try:
            async with connected(self._server) as self._client:
                tried = await self._probe()
                await self._rest([n for n in range(len(self._prompts)) if n not in tried])
        except asyncio.CancelledError:
            if self._why is None:
                raise
            raise self._why from None
        finally:
            watch.cancel()

    def stop(self) -> None:
        """Send nothing more, and stop a moment later; called from another thread, or a signal."""
        if self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wind_up)

    def _wind_up(self) -> None:
        """Give what is in flight a moment to arrive and be kept; at once, if asked again."""
        assert self._task is not None
        if self._stopped or not self._flying:
            self._task.cancel()
            return
        self._stopped = True
        arriving = asyncio.gather(*self._flying, return_exceptions=True)
        arriving.add_done_callback(lambda _: self._task and self._task.cancel())
        self._loop.call_later(_MOMENT, self._task.cancel)

    async def _watch(self) -> None:
        """End the run where calls hang and nothing has been answered for too long."""
        while True:
            await asyncio.sleep(min(1.0, self._limiter.patience / 4))
            since = min(self._flying.values(), default=None)
            self._why = None if since is None else self._limiter.hung(since)
            if self._why and self._task:
                self._task.cancel()
                return

    async def _probe(self) -> set[int]:
        """Find out, prompt by prompt, how this server is held to a schema, and note it."""
        shaped = [n for n, prompt in enumerate(self._prompts) if prompt.schema is not None]
        tried: set[int] = set()
        noted = self._sink.recall(NOTE) or self._server.mode + ASKING
        self._server.mode = noted.removesuffix(ASKING)
        for place in shaped[:_PROBES] if noted.endswith(ASKING) else ():
            found = await self._probed(place)
            if found is None:
                continue  # its turn comes beside the others
            tried.add(place)
            reply, noted = found
            self._server.mode = noted.removesuffix(ASKING)
            self._sink.note(NOTE, noted)
            self._sink.done(place, reply)
            if not noted.endswith(ASKING):
                break
        return tried

    async def _probed(self, place: int) -> tuple[Reply, str] | None:
        """Return a reply and what it tells: a mode, settled or still to be tried.

        None where the server breaks at this prompt: it may be the prompt, and others are waiting.
        """
        prompt = self._prompts[place]
        mode = self._server.mode
        try:
            reply = await self._asked(place, mode, most=_PROBE_TRIES)
        except _BrokenError:
            return None
        while reply.fault == "bad_request" and mode != structured.MODES[-1]:
            if not self._sink.again(place, paid=False):
                return self._nothing("over_budget", reply.detail), self._server.mode + ASKING
            # Is it the prompt that the server can't take, or the form?
            mode = structured.weaker(mode)
            reply = await self._asked(place, mode)
        if reply.fault == "bad_request":
            return reply, self._server.mode + ASKING
        held = structured.evidence(reply, prompt.schema or {})
        if held is False:
            mode = structured.weaker(mode)
        settled = held or mode == structured.MODES[-1]
        return reply, mode if settled else mode + ASKING

    async def _rest(self, places: list[int]) -> None:
        """Send all other prompts, in order, as many at a time as the rate limiter allows."""
        queue = iter(places)
        tasks = [
            asyncio.create_task(self._work(queue))
            for _ in range(min(self._limiter.most, len(places)))
        ]
        if not tasks:
            return
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            self._stopped = True
            if self._flying and all(_is_ours(task.exception()) for task in done):
                await asyncio.wait(set(self._flying), timeout=_GRACE)  # what is paid for is kept
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException) and not isinstance(error, asyncio.CancelledError):
                raise error

    async def _work(self, queue: Iterator[int]) -> None:
        for place in queue:
            reply = await self._asked(place, self._server.mode)
            self._sink.done(place, reply)
            if self._stopped:
                return

    async def _asked(self, place: int, mode: str, most: int | None = None) -> Reply:
        """Return the reply to a prompt, however often it has to be sent.

        Raises:
            _BrokenError: the server failed at it ``most`` times.
        """
        prompt = self._prompts[place]
        tries, before = 0, self._limiter.replies
        while True:
            found = await self._once(prompt, mode)
            if isinstance(found, Reply):
                return found
            if found.kind in {"refused", "bad"}:
                reason = "refused" if found.kind == "refused" else found.reason
                took = prompt.max_tokens if found.paid else 0
                return self._nothing(reason, found.said, took)
            if not self._sink.again(place, paid=found.paid):
                return self._nothing("over_budget", found.said)
            if found.kind == "without":
                continue
            tries += found.kind != "limit"
            if self._is_the_prompt(found.kind, tries, before):
                return self._nothing(found.reason, f"{tries} times {found.said}")
            if found.kind == "retry":
                await self._pause(found, tries, most or tries + 1)

    async def _pause(self, found: wire.Failure, tries: int, most: int) -> None:
        self._limiter.check(found.said)
        if tries >= most:
            raise _BrokenError(found.said)
        await asyncio.sleep(max(backoff(tries), min(found.after or 0.0, LONGEST_WAIT)))

    def _nothing(self, reason: str, said: str, took: int = 0) -> Reply:
        return Reply("", "", reason, said, self._server.model, completion_tokens=took)

    def _is_the_prompt(self, kind: wire.Remedy, tries: int, before: int) -> bool:
        """Does a request fail again and again while others are answered?"""
        replies = self._limiter.replies
        enough = _TRIES if kind == "retry" else _TRIES_WHEN_PUSHED
        return (tries >= enough and replies > before) or (tries >= 2 * enough and replies > 0)

    async def _once(self, prompt: Prompt, mode: str) -> Reply | wire.Failure:
        """Send a request once.

        Raises:
            MissingError: no request of this user is going to be answered.
        """
        body = wire.request(prompt, self._server.model, mode, self._server.without)
        sent = await self._limiter.enter(bytes_of(prompt) // 4 + prompt.max_tokens)
        try:
            if self._stopped:
                raise asyncio.CancelledError
            found = await self._send(body)
        finally:
            self._limiter.leave()
        if isinstance(found, Reply):
            self._limiter.answered()
            return found
        if self._stopped:
            raise asyncio.CancelledError  # not to be sent again
        hidden = self._server.hidden
        found = found._replace(said=hidden(found.said), advice=hidden(found.advice))
        if found.kind == "bad" and found.parameter in body:
            self._server.without.add(found.parameter)
            return found._replace(kind="without")
        self._seek(found)
        if found.kind in {"limit", "wait"}:
            self._limiter.pushed(sent, found.after, found.said)
        if found.kind == "bad":
            found = self._alike(found)
        if found.kind == "stop":
            raise MissingError(
                f"{self._server.model} at {self._server.shown}: {found.said}; {found.advice}, then "
                "run the same command again: replies so far are in the cache"
            )
        return found

    def _alike(self, found: wire.Failure) -> wire.Failure:
        """Return a fault as one of the run, where nothing but the same was said to all requests.

        Gateways say 400 to a wrong key or an unknown model.
        """
        if self._limiter.replies:
            return found
        said = _DIGITS.sub("#", found.said)
        alike = said == self._server.refusal
        self._server.refusals = self._server.refusals + 1 if alike else 1
        self._server.refusal = said
        if self._server.refusals < _ALIKE:
            return found
        advice = (
            f"it said so to the first {_ALIKE} requests and answered none: check --model, "
            "--base-url and OPENAI_API_KEY"
        )
        return found._replace(kind="stop", advice=advice)

    def _seek(self, found: wire.Failure) -> None:
        """Give up on a server that nobody has heard of yet.

        Raises:
            MissingError: nothing listens there, or something that speaks another language.
        """
        self._odd += found.odd
        if self._odd >= _TRIES and not self._limiter.replies:
            raise MissingError(
                f"{self._server.shown} answers, but with no chat completions ({found.said}): check "
                "--base-url (it mostly ends in /v1)"
            )
        if found.away and not self._limiter.replies and self._limiter.trouble >= _NO_SERVER:
            raise MissingError(
                f"no server answers at {self._server.shown} ({found.said}): start it, or check "
                "--base-url"
            )

    async def _send(self, body: dict[str, Any]) -> Reply | wire.Failure:
        """Send a request and read what comes back, whatever that is."""
        task = asyncio.current_task()
        assert task is not None
        self._flying[task] = self._limiter.now()
        try:
            # The client's own limits are for each read: a byte now and then would keep them quiet.
            async with asyncio.timeout(self._server.timeout):
                # not chat.completions.create: its typed bodies and replies cost a third of the time
                raw = await self._client.post(
                    self._chat, cast_to=bytes, body=body, options=self._options
                )
            return wire.reply(raw, body["model"])
        except Exception as error:  # noqa: BLE001 - a server can send anything: each is a reason
            return fault(error)
        finally:
            self._flying.pop(task, None)


def _is_ours(error: BaseException | None) -> bool:
    return error is None or isinstance(error, MissingError)
