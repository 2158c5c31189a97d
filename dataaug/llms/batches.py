"""Prompts on their way through a server's Batch API: ordered, waited for, collected.

What is on its way is kept in the cache before it is ordered, so that a run that ends anywhere is
gone on with by the same command, on any machine that shares the cache. A batch is never ordered
twice: one whose order was not noted any more is found by its file.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from openai.types import Batch

from dataaug.errors import MissingError
from dataaug.llms import BatchSink, Prompt, Reply, batch_lines, printable, structured, tell, wire
from dataaug.llms.batch_api import BatchAPI, RefusedError, is_too_large
from dataaug.llms.client import connected
from dataaug.llms.reply_store import ReplyStore
from dataaug.llms.server import ChatServer
from dataaug.llms.structured import ASKING, NOTE

_TRIES = 3  # batches that a request may fail in
_BARREN = 3  # batches in a row that expired without one reply, before the run ends
_ALIKE = 5  # requests of a batch that all fail, and none is answered, before the run ends
_FIRST_LOOK = 1.0  # seconds
_SLOWER = 1.5  # times as long until the next look
_TELLING = 10  # parts of a batch that are told of as they are done
_ENDED = {"completed", "failed", "expired", "cancelled"}


@dataclass(slots=True)
class Job:
    """A batch that was ordered, or is about to be.

    Attributes:
        keys: the names of the requests, line by line.
        mode: how the replies are held to a schema.
        file: what the server calls the requests.
        batch: what it calls the batch; empty as long as that is not known.
        name: its name in the cache.
        told: what was last said of it.
    """

    keys: list[str]
    mode: str
    file: str = ""
    batch: str = ""
    name: str = field(default_factory=lambda: uuid4().hex)
    told: str = ""

    def keep(self, store: ReplyStore) -> None:
        """Write it into the cache."""
        store.keep_job(self.name, orjson.dumps(asdict(self)).decode())


class BatchFlight:
    """Has prompts answered in batches and gives each reply to the sink when its batch is done.

    It runs once, in one event loop.
    """

    def __init__(
        self, server: ChatServer, prompts: Sequence[Prompt], sink: BatchSink, poll: float
    ) -> None:
        self._server, self._prompts, self._sink = server, prompts, sink
        self._places = {key: place for place, key in enumerate(sink.keys)}
        self._open = set(self._places.values())  # not yet answered, nor given up
        self._poll = poll
        self._jobs: list[Job] = []
        self._tries: Counter[int] = Counter()
        self._most = batch_lines.MOST_REQUESTS
        self._one_by_one = False
        self._barren = 0
        self._task: asyncio.Task[Any] | None = None
        noted = sink.recall(NOTE) or server.mode + ASKING
        self._mode, self._asking = noted.removesuffix(ASKING), noted.endswith(ASKING)

    async def run(self) -> None:
        """Have them all answered.

        Raises:
            MissingError: the server can't be reached, has no Batch API, or takes no request of this
                user; what was answered is kept, and what was ordered goes on at the server.
        """
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        with tempfile.TemporaryDirectory(prefix="dataaug-") as folder:
            self._file = Path(folder) / "requests.jsonl"
            async with connected(self._server) as client:
                self._api = BatchAPI(self._server, client)
                todo, pause = await self._adopted(), _FIRST_LOOK
                while todo or self._jobs:
                    ordered = len(self._jobs)
                    todo = await self._order(todo)
                    pause = _FIRST_LOOK if len(self._jobs) > ordered else pause * _SLOWER
                    await asyncio.sleep(min(pause, self._poll))
                    todo += await self._look()

    def stop(self) -> None:
        """Stop at once: what was ordered goes on without us."""
        if self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def _adopted(self) -> list[int]:
        """Go on with batches that an earlier run has ordered; return what is in none of them."""
        here: set[str] = set()
        for stored in self._sink.store.jobs().values():
            job = Job(**orjson.loads(stored))
            mine = (self._places.keys() & set(job.keys)) - here
            if not mine:
                continue
            if not job.batch:
                found = await self._api.find(job.file)
                if found is None:  # it never came to an order
                    self._sink.store.drop_job(job.name)
                    continue
                job.batch = found.id
                job.keep(self._sink.store)
            here |= mine
            self._jobs.append(job)
        return [place for key, place in self._places.items() if key not in here]

    async def _order(self, todo: list[int]) -> list[int]:
        """Order batches, and return what has to wait."""
        while todo and not (self._one_by_one and self._jobs):
            count = self._write(todo)
            some = todo[:count]
            todo = todo[count:]
            job = Job([self._sink.keys[place] for place in some], self._mode)
            try:
                job.file = await self._api.upload(self._file)
                job.keep(self._sink.store)
                job.batch = (await self._api.create(job.file)).id
            except RefusedError as error:
                self._sink.store.drop_job(job.name)
                todo = self._refused(some, error.said, too_large=error.too_large) + todo
                continue
            job.keep(self._sink.store)
            self._jobs.append(job)
            tell(f"batch {printable(job.batch)} was ordered: {count:,} requests")
        return todo

    def _write(self, todo: Sequence[int]) -> int:
        """Write requests into the file, as many as one may hold, and return how many these are."""
        size, count, layout = 0, 0, self._server.layout
        try:
            with self._file.open("wb") as out:
                for place in islice(todo, self._most):
                    body = wire.request(
                        self._prompts[place], self._server.model, self._mode, self._server.without
                    )
                    line = batch_lines.request_line(self._sink.keys[place], body, layout)
                    size += len(line)
                    if count and size > batch_lines.MOST_BYTES:
                        break
                    out.write(line)
                    count += 1
        except OSError as error:
            raise MissingError(
                f"{self._file.parent}: {error.strerror} (TMPDIR names another folder)"
            ) from error
        return count

    def _refused(self, some: list[int], said: str, *, too_large: bool) -> list[int]:
        """Return the requests of a batch that was refused as a whole, for smaller ones.

        Raises:
            MissingError: its size is not what the server minds.
        """
        if not too_large:
            raise MissingError(
                f"{self._server.model} at {self._server.shown} refuses the batch: {said}; see to "
                "that, then run the same command again"
            )
        if len(some) == 1:
            return self._give_up(some[0], "bad_request", said)
        if self._jobs:  # it may be what they add up to
            self._one_by_one = True
        else:
            self._one_by_one, self._most = True, (len(some) + 1) // 2
            tell(f"the server takes fewer at once: {self._most:,} requests a batch "
                 f"({printable(said)})")  # fmt: skip
        return some

    async def _look(self) -> list[int]:
        """Look how far all batches are, collect those that have ended, and return what is left."""
        left: list[int] = []
        for job in list(self._jobs):
            try:
                batch = await self._api.look(job.batch)
            except RefusedError as error:
                said = printable(error.said)
                tell(f"batch {printable(job.batch)} is gone ({said}): it is ordered anew")
                self._drop(job)
                gone = wire.Failure("retry", f"its batch is gone: {said}", paid=True)
                left += [p for place in self._of(job) for p in self._again(place, gone)]
                continue
            self._say(job, batch)
            if batch.status in _ENDED:
                left += await self._collected(job, batch)
        return left

    def _of(self, job: Job) -> list[int]:
        """Return the requests of a batch that are still to be answered here."""
        return [p for key in job.keys if (p := self._places.get(key, -1)) in self._open]

    def _drop(self, job: Job) -> None:
        self._sink.store.drop_job(job.name)
        self._jobs.remove(job)

    def _say(self, job: Job, batch: Batch) -> None:
        """Tell of a batch whose state is another one, or that is a tenth further."""
        counts = batch.request_counts
        done = (counts.completed or 0) + (counts.failed or 0) if counts else 0
        step = done * _TELLING // max(1, len(job.keys))
        if job.told != (told := f"{batch.status} {step}"):
            job.told = told
            tell(f"batch {printable(job.batch)}: {printable(batch.status)}, {done:,} of "
                 f"{len(job.keys):,} requests done")  # fmt: skip

    async def _collected(self, job: Job, batch: Batch) -> list[int]:
        """Keep the replies of a batch that has ended, and return the requests to send once more.

        Raises:
            MissingError: it was cancelled, or failed for what another batch would fail for, too.
        """
        if batch.status == "failed" and not (batch.output_file_id or batch.error_file_id):
            return self._failed(job, batch)
        answered, faults = await self._results(job, batch)
        self._drop(job)
        self._barren = 0 if answered or batch.status != "expired" else self._barren + 1
        if not answered and (other := self._all_refused(job, faults)):
            return other
        undone = batch.status in {"expired", "cancelled"}
        lost = wire.Failure("retry", f"not in the files of a batch that is {batch.status}",
                            paid=not undone, reason="bad_response")  # fmt: skip
        left: list[int] = []
        for place in self._of(job):
            found = faults.get(place, lost)
            left += self._again(place, found, failed=not undone or found.kind != "retry")
        stop = next((found for found in faults.values() if found.kind == "stop"), None)
        self._end(job, batch, stop, answered)
        return left

    def _end(self, job: Job, batch: Batch, stop: wire.Failure | None, answered: int) -> None:
        """End the run where no other batch would come to more.

        Raises:
            MissingError: it is so.
        """
        name, kept = printable(job.batch), f"{answered:,} of its {len(job.keys):,} replies are kept"
        again = "run the same command again for the others"
        if batch.status == "cancelled":
            raise MissingError(f"batch {name} was cancelled at the server: {kept}; {again}")
        if stop is not None:
            raise MissingError(
                f"{self._server.model} at {self._server.shown}: {self._server.hidden(stop.said)}; "
                f"{stop.advice}; {kept}, then {again}"
            )
        if self._barren >= _BARREN:
            raise MissingError(
                f"{_BARREN} batches in a row expired without one reply, {name} the last: run the "
                "same command when the server has less to do"
            )

    async def _results(self, job: Job, batch: Batch) -> tuple[int, dict[int, wire.Failure]]:
        """Keep the replies of a batch; return how many these are, and why others have none.

        Of several results for one request the first reply stands; names that are none of ours are
        left out.
        """
        faults: dict[int, wire.Failure] = {}
        awaited = set(job.keys)
        for file in filter(None, (batch.output_file_id, batch.error_file_id)):
            try:
                await self._api.download(file, self._file)
            except RefusedError as error:
                tell(f"a file of batch {printable(job.batch)} is gone ({printable(error.said)})")
                continue
            for key, found in batch_lines.results(self._file, self._server.model):
                if key in awaited and isinstance(found, Reply):
                    awaited.remove(key)
                    self._keep(job, key, found)
                elif key in awaited and isinstance(found, wire.Failure):
                    faults.setdefault(self._places.get(key, -1), found)
        left = set(self._of(job))
        faults = {place: found for place, found in faults.items() if place in left}
        return len(job.keys) - len(awaited), faults

    def _keep(self, job: Job, key: str, reply: Reply) -> None:
        """Keep a reply; the first ones tell how the server is held to a schema."""
        place = self._places.get(key, -1)
        if place not in self._open:  # paid for by a run that asked for more
            self._sink.store.put(key, reply)
            return
        schema = self._prompts[place].schema
        if self._asking and job.mode == self._mode and schema is not None:
            held = structured.evidence(reply, schema)
            if held is not None:
                self._settle(structured.weaker(job.mode) if held is False else job.mode, held=held)
        self._open.remove(place)
        self._sink.done(place, reply)

    def _settle(self, mode: str, *, held: bool) -> None:
        self._mode, self._asking = mode, not (held or mode == structured.MODES[-1])
        self._sink.note(NOTE, mode + (ASKING if self._asking else ""))

    def _failed(self, job: Job, batch: Batch) -> list[int]:
        """Return the requests of a batch that did not pass the server's check, less the bad ones.

        Raises:
            MissingError: what is wrong is not the requests.
        """
        errors = (batch.errors.data if batch.errors else None) or []
        self._drop(job)
        some = self._of(job)
        said = "; ".join(f"{e.code}: {e.message}" for e in errors[:3]) or "it did not say why"
        lines = {e.line: e for e in errors if e.line and 0 < e.line <= len(job.keys)}
        if not lines:
            hidden = self._server.hidden(said)[:500]
            return self._refused(some, hidden, too_large=is_too_large(said))
        places = {line: self._places.get(job.keys[line - 1], -1) for line in lines}
        faults = {
            places[line]: wire.failure(400, {"error": error.to_dict()}, {})
            for line, error in lines.items()
            if places[line] in self._open
        }
        if len(faults) == len(some) and (other := self._all_refused(job, faults)):
            return other
        again = [p for place in some if place in faults for p in self._again(place, faults[place])]
        return [place for place in some if place not in faults] + again

    def _all_refused(self, job: Job, faults: dict[int, wire.Failure]) -> list[int]:
        """Return the requests of a batch of which each was refused, to be sent in another form.

        Empty where they were not all refused, or there is no other form.

        Raises:
            MissingError: they are too many for it to be the prompts.
        """
        if not faults or any(found.kind != "bad" for found in faults.values()):
            return []
        without = [self._does_without(found) for found in faults.values()]
        shaped = any(self._prompts[place].schema is not None for place in faults)
        if not any(without) and shaped and job.mode == self._mode != structured.MODES[-1]:
            self._mode, self._asking = structured.weaker(self._mode), True
        elif not any(without) and job.mode == self._mode:
            if len(faults) < _ALIKE:
                return []
            said = self._server.hidden(next(iter(faults.values())).said)
            raise MissingError(
                f"{self._server.model} at {self._server.shown}: {said}; it said so to all "
                f"{len(faults):,} requests of a batch and answered none: check --model, --base-url "
                "and OPENAI_API_KEY"
            )
        return [p for place, found in faults.items() for p in self._sent_again(place, found)]

    def _does_without(self, found: wire.Failure) -> bool:
        """Leave out from now on what the server does not take."""
        if not found.parameter or found.parameter in self._server.without:
            return False
        self._server.without.add(found.parameter)
        return True

    def _again(self, place: int, found: wire.Failure, *, failed: bool = True) -> list[int]:
        """Return a request that is to be sent once more, nothing where it has come to its end.

        Args:
            place: of the request.
            found: why there is no reply.
            failed: does it count as a try? Not where its batch ended before its turn came.
        """
        said = self._server.hidden(found.said)
        if found.kind == "stop":
            return []  # the run ends
        if found.kind == "bad" and found.parameter:
            self._does_without(found)
        elif found.kind in {"refused", "bad"}:
            return self._give_up(
                place, "refused" if found.kind == "refused" else found.reason, said
            )
        self._tries[place] += failed
        if self._tries[place] >= _TRIES:
            return self._give_up(place, found.reason, f"{_TRIES} times {said}")
        return self._sent_again(place, found)

    def _sent_again(self, place: int, found: wire.Failure) -> list[int]:
        if self._sink.again(place, paid=found.paid):
            return [place]
        return self._give_up(place, "over_budget", self._server.hidden(found.said))

    def _give_up(self, place: int, reason: str, said: str) -> list[int]:
        self._open.remove(place)
        self._sink.done(place, Reply("", "", reason, said, self._server.model))
        return []
