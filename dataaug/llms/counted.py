"""A model with its cache, its caps and its account around it."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import orjson

from dataaug.errors import UsageError
from dataaug.llms import Backend, Connection, Done, InBatches, Prompt, Reply, ignore
from dataaug.llms.budget import Amount, Budget
from dataaug.llms.distributed import DistributedBackend
from dataaug.llms.exchange import Export, imported
from dataaug.llms.reply_store import ReplyStore, replies_folder
from dataaug.llms.structured import ASKING, NOTE

_POLL = 0.2
"""Seconds between two looks for a reply that another process is waiting for."""
_POLL_FOR_BATCHES = 5.0
_TOO_FEW = 10
KEY_VERSION = 1
"""Part of every key; raised when the same prompt would be sent in other words."""


def key_of(prompt: Prompt, identity: dict[str, str]) -> str:
    """Return the name of a request: a hash of all that its reply depends on, and of nothing else.

    Timeouts, concurrency, limits and the server's key are not among it.
    """
    request = {
        "version": KEY_VERSION,
        "model": identity,
        "messages": [list(message) for message in prompt.messages],
        "schema": prompt.schema,
        "max_tokens": prompt.max_tokens,
        "temperature": float(prompt.temperature),
        "seed": prompt.seed,
    }
    orders = list(_orders(prompt.schema, ""))
    if orders:
        request["orders"] = orders
    canonical = orjson.dumps(request, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(canonical, digest_size=16).hexdigest()


def _orders(schema: Any, place: str) -> Iterator[tuple[str, list[str]]]:
    """Yield where a schema names its properties in an order of their own, and that order.

    A model that is held to a schema writes its keys in that order, so that the reply depends on it.
    The usual order says nothing new: as in ``required``, a list that is part of the key anyway, and
    then by name.
    """
    if isinstance(schema, Mapping):
        names = list(schema.get("properties", ()))
        first = list(schema.get("required", ()))
        usual = [name for name in first if name in names]
        if names != usual + sorted(set(names) - set(usual)):
            yield place, names
    if isinstance(schema, Mapping | list | tuple):
        pairs = schema.items() if isinstance(schema, Mapping) else enumerate(schema)
        for name, value in sorted(pairs, key=lambda pair: str(pair[0])):
            yield from _orders(value, f"{place}/{name}")


class Counted:
    """An LLM: answers from the cache, then from the backend as far as the caps allow.

    Prompts are let through in order. A batch is as many as fit the budget if each of them takes all
    that it may; what they really took decides on the next batch. So which prompts a cap stops
    depends on the replies alone, not on how many are in flight or who comes back first.
    """

    def __init__(self, backend: Backend, connection: Connection) -> None:
        self.name = backend.name
        self._backend = backend
        self._bulk = connection.bulk
        self.spreads = isinstance(backend, DistributedBackend)
        self._identity = dict(backend.identity or {})
        self._dry = connection.dry
        keep = connection.cache != "off" and backend.identity is not None
        self.store = ReplyStore(replies_folder(connection.cache)) if keep else None
        self._notes: dict[str, str] = {}
        self._ask: Callable[[Sequence[Prompt], _BatchUnderBudget], None] = backend
        self._pricing = backend.pricing
        self._export: Export | None = None
        self._faults: dict[str, Reply] = {}  # of requests that are not to be sent once more
        self._fetched: set[str] = set()  # replies that this run has got and not yet looked at
        if self._bulk:
            self._go_in_bulk(backend, connection)
        self._budget = Budget(connection.caps, self._pricing)
        self._cached = 0
        self._over = 0
        self._models: dict[str, None] = {}
        self._planned: dict[str, Prompt] = {}
        self._lock = threading.Lock()

    def _go_in_bulk(self, backend: Any, connection: Connection) -> None:
        """Have requests go out in batches or by a file, and read the files with replies.

        Raises:
            UsageError: the backend can't, there is no cache, or both ways are asked for.
            InputError: a file holds no replies.
        """
        bulk, store = self._bulk, self.store
        asked = "--batch" if bulk.batch else "--batch-export" if bulk.exported else "--batch-import"
        if not hasattr(backend, "send_in_batches"):
            raise UsageError(f"{asked} has no meaning with --llm {connection.spec.name}")
        if bulk.batch and bulk.exported:
            raise UsageError("--batch and --batch-export are two ways: leave one of them out")
        if store is None:
            raise UsageError(f"{asked} needs the cache, where it keeps what is on its way: leave "
                             "out --cache off, or name a folder by --cache DIR")  # fmt: skip
        able: InBatches = backend
        if bulk.batch or bulk.exported:
            self._pricing = able.batch_pricing
        if bulk.batch:
            self._ask = able.send_in_batches
        if bulk.exported:
            mode = self.recall(NOTE).removesuffix(ASKING) or able.server.mode
            self._export = Export(bulk.exported, able.server, mode)
        self._faults |= imported(bulk.imported, self.name, store)

    def close(self) -> None:
        """Close the store of replies, and the backend where it can be closed."""
        for part in (self._export, self.store, self._backend):
            if part is not None and hasattr(part, "close"):
                part.close()

    def __call__(self, prompts: Sequence[Prompt], /, done: Done = ignore) -> list[Reply]:
        """Return a reply for each prompt, in their order."""
        with self._lock:
            return self._answer(prompts, done)

    def fetch_ahead(self, prompts: Sequence[Prompt], more: Callable[[], list[Prompt]]) -> None:
        """Get what is asked next together with what is asked now, where requests go in bulk.

        A dry run plans both.
        """
        if not (self._dry or self._bulk.batch or self._bulk.exported):
            return
        with self._lock:
            keys = [key_of(prompt, self._identity) for prompt in prompts]
            there = self.store.get(keys) if self.store else {}
            if all(key in there or key in self._faults for key in keys):
                return
            cached, over = self._cached, self._over
            for reply in self._answer(more(), ignore):
                if not reply.fault:
                    self._fetched |= {reply.key} if not reply.cached else set()
                elif reply.fault not in {"dry_run", "refused"}:
                    self._faults[reply.key] = reply
            self._cached, self._over = cached, over

    def _answer(self, prompts: Sequence[Prompt], done: Done) -> list[Reply]:
        keys = [key_of(prompt, self._identity) for prompt in prompts]
        places: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(key, []).append(place)
        replies: dict[str, Reply] = {}

        def tell(key: str, reply: Reply) -> None:
            replies[key] = reply
            for place in places[key]:
                done(place, reply)

        first = {key: prompts[found[0]] for key, found in places.items()}
        known = self._known(list(first))
        self._learn((first[key], reply) for key, reply in known.items())
        for key in [key for key in first if key in known]:
            tell(key, known[key])
        missing = [(key, prompt) for key, prompt in first.items() if key not in known]
        if self._dry:
            self._plan(missing, tell)
        elif self._export is not None:
            self._hand_out(self._export, missing, tell)
        else:
            self._send(missing, tell)
        return [replies[key] for key in keys]

    def _known(self, keys: list[str]) -> dict[str, Reply]:
        """Return the replies that are there, and those that will not come."""
        known = self.store.get(keys) if self.store else {}
        fresh = self._fetched.intersection(known)
        self._fetched -= fresh
        self._cached += len(known) - len(fresh)
        known |= {key: replace(known[key], cached=False) for key in fresh}
        faults = {key: self._faults[key] for key in keys
                  if key in self._faults and key not in known}  # fmt: skip
        self._over += sum(reply.fault == "over_budget" for reply in faults.values())
        return known | faults

    def _plan(self, missing: list[tuple[str, Prompt]], tell: Any) -> None:
        for key, prompt in missing:
            self._planned[key] = prompt
            tell(key, Reply("", "", "dry_run", "nothing was sent", self.name, key))

    def _hand_out(self, export: "Export", missing: list[tuple[str, Prompt]], tell: Any) -> None:
        """Write prompts into a file, as many as the caps allow, in order."""
        full = False
        for key, prompt in missing:
            full = full or (key not in self._planned and self.start(prompt) is None)
            if full:
                self._over += 1
                tell(key, Reply("", "", "over_budget", "a cap was reached", self.name, key))
                continue
            if key not in self._planned:
                export.write(key, prompt)
                self._planned[key] = prompt
            tell(key, Reply("", "", "dry_run", "written to a file", self.name, key))

    @property
    def exported(self) -> int:
        """Requests that were written into a file."""
        return self._export.count if self._export else 0

    def deliver(self) -> str:
        """Give the file of requests its name, and say what to do with it; nothing without one."""
        return self._export.deliver() if self._export else ""

    def _send(self, missing: list[tuple[str, Prompt]], tell: Any) -> None:
        """Have the backend answer, together with whoever else uses the cache.

        What another process has claimed is waited for: its reply is then in the cache, for free.
        """
        over: list[str] = []
        while missing:
            keys = [key for key, _ in missing]
            mine = self.store.claim(keys) if self.store else set(keys)
            with self.store.held() if self.store else nullcontext():
                over += self._fly([pair for pair in missing if pair[0] in mine], tell)
            came = self._came([pair for pair in missing if pair[0] not in mine], tell)
            missing = [pair for pair in missing if pair[0] not in {*mine, *came}]
            if missing and not (mine or came):
                time.sleep(_POLL_FOR_BATCHES if self._bulk.batch else _POLL)
        for key in over:
            self._over += 1
            tell(key, Reply("", "", "over_budget", "a cap was reached", self.name, key))

    def _fly(self, missing: list[tuple[str, Prompt]], tell: Any) -> list[str]:
        """Send prompts in batches, and return the keys of those that a cap stands against.

        What the first batch left of a cap buys further ones, less and less each time. Where each
        may take a day, those are not ordered that are less than a tenth of the first.
        """
        first = start = 0
        while start < len(missing):
            batch = _BatchUnderBudget(self, tell)
            end = start
            while end < len(missing) and batch.takes(*missing[end]):
                end += 1
            first = first or end
            if end == start or (self._bulk.batch and _TOO_FEW * (end - start) < first
                                and end < len(missing)):  # fmt: skip
                batch.close()
                break
            start = end
            try:
                self._ask(batch.prompts, batch)
            finally:
                batch.close()
            self._learn((p, batch.replies[place]) for place, p in enumerate(batch.prompts))
        return [key for key, _ in missing[start:]]

    def _came(self, waiting: list[tuple[str, Prompt]], tell: Any) -> set[str]:
        """Tell of the replies that another process has got by now, and return their keys."""
        known = self.store.get([key for key, _ in waiting]) if self.store and waiting else {}
        self._cached += len(known)
        self._learn((prompt, known[key]) for key, prompt in waiting if key in known)
        for key, reply in known.items():
            tell(key, reply)
        return set(known)

    def _learn(self, pairs: Iterable[tuple[Prompt, Reply]]) -> None:
        self._budget.learn(list(pairs))

    def kept(self, key: str, prompt: Prompt, booked: Amount, reply: Reply) -> Reply:
        """Book what a reply took, keep it, and return it as it stands in the cache."""
        self._budget.settle(prompt, booked, reply)
        self._over += reply.fault == "over_budget"
        if reply.model and not reply.fault:
            self._models[reply.model] = None
        reply = replace(reply, key=key)
        if self.store and reply.fault in {"", "refused"}:
            return replace(self.store.put(key, reply), cached=False)
        return reply

    def start(self, prompt: Prompt) -> Amount | None:
        """Book a prompt, or return None where a cap stands against it."""
        return self._budget.start(prompt)

    def release(self, booked: Amount) -> None:
        """Take back what was booked for a prompt that is not answered after all."""
        self._budget.flying.take(booked)

    def lose(self, booked: Amount, *, paid: bool) -> bool:
        """Count a request that brought no reply; may its prompt be sent again?"""
        return self._budget.lose(booked, paid=paid)

    def recall(self, name: str) -> str:
        """Return what was noted about this model."""
        name = self._full(name)
        return self.store.recall(name) if self.store else self._notes.get(name, "")

    def note(self, name: str, value: str) -> None:
        """Note something about this model."""
        name = self._full(name)
        if self.store:
            self.store.note(name, value)
        else:
            self._notes[name] = value

    def _full(self, name: str) -> str:
        return orjson.dumps([name, self._identity], option=orjson.OPT_SORT_KEYS).decode()

    def usage(self) -> dict[str, Any]:
        """Return what was sent and spent so far, for the report."""
        told = {
            "model": self.name,
            "served_as": list(self._models),
            "cached": self._cached,
            **self._budget.summary(),
        }
        if self._over:
            told["over_budget"] = self._over
        if self._dry:
            told["planned"] = self._plans()
        return told

    def _plans(self) -> dict[str, Any]:
        """Return what would be sent: requests, tokens and dollars as a range, and the first one."""
        planned = list(self._planned.values())
        likely = sum(map(self._budget.likely, planned))
        worst = Amount()
        for prompt in planned:
            worst.add(self._budget.worst(prompt))
        pricing = self._pricing
        first = planned[0] if planned else None
        return {
            "requests": len(planned),
            "prompt_tokens": [int(likely * 0.8), worst.prompt_tokens],
            "completion_tokens": [len(planned), worst.completion_tokens],
            "cost_usd": [
                pricing(int(likely * 0.8), len(planned)),
                pricing(worst.prompt_tokens, worst.completion_tokens),
            ],
            "first": [list(message) for message in first.messages] if first else None,
            "schema": first.schema if first else None,
        }


class _BatchUnderBudget:
    """Prompts that are sent together since the caps have room for all; their backend's sink."""

    def __init__(self, counted: Counted, tell: Any) -> None:
        self._counted = counted
        self._tell = tell
        self.keys: list[str] = []
        self._booked: list[Amount] = []
        self.prompts: list[Prompt] = []
        self.replies: dict[int, Reply] = {}

    @property
    def store(self) -> ReplyStore:
        """The cache; batches are not asked for without one."""
        assert self._counted.store is not None
        return self._counted.store

    def takes(self, key: str, prompt: Prompt) -> bool:
        """Add a prompt, if the caps allow it."""
        booked = self._counted.start(prompt)
        if booked is None:
            return False
        self.keys.append(key)
        self._booked.append(booked)
        self.prompts.append(prompt)
        return True

    def done(self, place: int, reply: Reply, /) -> None:
        """Keep a reply before anyone looks at it."""
        key = self.keys[place]
        kept = self._counted.kept(key, self.prompts[place], self._booked[place], reply)
        self.replies[place] = kept
        self._tell(key, kept)

    def close(self) -> None:
        """Take back what is booked for prompts that an error has left without a reply."""
        for place, booked in enumerate(self._booked):
            if place not in self.replies:
                self._counted.release(booked)

    def again(self, place: int, /, *, paid: bool) -> bool:
        """May a request be sent once more that brought no reply?"""
        return self._counted.lose(self._booked[place], paid=paid)

    def recall(self, name: str, /) -> str:
        """Return what was noted about this model."""
        return self._counted.recall(name)

    def note(self, name: str, value: str, /) -> None:
        """Note something about this model."""
        self._counted.note(name, value)
