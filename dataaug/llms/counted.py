"""A model with its cache, its caps and its account around it."""

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import orjson

from dataaug.llms import Backend, Connection, Done, Prompt, Reply, ignore
from dataaug.llms.budget import Amount, Budget
from dataaug.llms.distributed import DistributedBackend
from dataaug.llms.reply_store import ReplyStore, replies_folder

_POLL = 0.2
"""Seconds between two looks for a reply that another process is waiting for."""
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
        self.spreads = isinstance(backend, DistributedBackend)
        self._identity = dict(backend.identity or {})
        self._dry = connection.dry
        keep = connection.cache != "off" and backend.identity is not None
        self._store = ReplyStore(replies_folder(connection.cache)) if keep else None
        self._notes: dict[str, str] = {}
        self._budget = Budget(connection.caps, backend.pricing)
        self._cached = 0
        self._over = 0
        self._models: dict[str, None] = {}
        self._planned: list[Prompt] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the store of replies, and the backend where it can be closed."""
        for part in (self._store, self._backend):
            if part is not None and hasattr(part, "close"):
                part.close()

    def __call__(self, prompts: Sequence[Prompt], /, done: Done = ignore) -> list[Reply]:
        """Return a reply for each prompt, in their order."""
        with self._lock:
            return self._answer(prompts, done)

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
        known = self._store.get(list(first)) if self._store else {}
        self._cached += len(known)
        self._learn((first[key], reply) for key, reply in known.items())
        for key in [key for key in first if key in known]:
            tell(key, known[key])
        missing = [(key, prompt) for key, prompt in first.items() if key not in known]
        if self._dry:
            self._plan(missing, tell)
        else:
            self._send(missing, tell)
        return [replies[key] for key in keys]

    def _plan(self, missing: list[tuple[str, Prompt]], tell: Any) -> None:
        for key, prompt in missing:
            self._planned.append(prompt)
            tell(key, Reply("", "", "dry_run", "nothing was sent", self.name, key))

    def _send(self, missing: list[tuple[str, Prompt]], tell: Any) -> None:
        """Have the backend answer, together with whoever else uses the cache.

        What another process has claimed is waited for: its reply is then in the cache, for free.
        """
        over: list[str] = []
        while missing:
            keys = [key for key, _ in missing]
            mine = self._store.claim(keys) if self._store else set(keys)
            with self._store.held() if self._store else nullcontext():
                over += self._fly([pair for pair in missing if pair[0] in mine], tell)
            came = self._came([pair for pair in missing if pair[0] not in mine], tell)
            missing = [pair for pair in missing if pair[0] not in {*mine, *came}]
            if missing and not (mine or came):
                time.sleep(_POLL)
        for key in over:
            self._over += 1
            tell(key, Reply("", "", "over_budget", "a cap was reached", self.name, key))

    def _fly(self, missing: list[tuple[str, Prompt]], tell: Any) -> list[str]:
        """Send prompts in batches, and return the keys of those that a cap stands against."""
        while missing:
            batch = _BatchUnderBudget(self, tell)
            while missing and batch.takes(*missing[0]):
                missing.pop(0)
            if not batch.prompts:
                break
            try:
                self._backend(batch.prompts, batch)
            finally:
                batch.close()
            self._learn((p, batch.replies[place]) for place, p in enumerate(batch.prompts))
        return [key for key, _ in missing]

    def _came(self, waiting: list[tuple[str, Prompt]], tell: Any) -> set[str]:
        """Tell of the replies that another process has got by now, and return their keys."""
        known = self._store.get([key for key, _ in waiting]) if self._store and waiting else {}
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
        if self._store and reply.fault in {"", "refused"}:
            return replace(self._store.put(key, reply), cached=False)
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
        return self._store.recall(name) if self._store else self._notes.get(name, "")

    def note(self, name: str, value: str) -> None:
        """Note something about this model."""
        name = self._full(name)
        if self._store:
            self._store.note(name, value)
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
        likely = sum(map(self._budget.likely, self._planned))
        worst = Amount()
        for prompt in self._planned:
            worst.add(self._budget.worst(prompt))
        pricing = self._backend.pricing
        first = self._planned[0] if self._planned else None
        return {
            "requests": len(self._planned),
            "prompt_tokens": [int(likely * 0.8), worst.prompt_tokens],
            "completion_tokens": [len(self._planned), worst.completion_tokens],
            "cost_usd": [
                pricing(int(likely * 0.8), len(self._planned)),
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
        self._keys: list[str] = []
        self._booked: list[Amount] = []
        self.prompts: list[Prompt] = []
        self.replies: dict[int, Reply] = {}

    def takes(self, key: str, prompt: Prompt) -> bool:
        """Add a prompt, if the caps allow it."""
        booked = self._counted.start(prompt)
        if booked is None:
            return False
        self._keys.append(key)
        self._booked.append(booked)
        self.prompts.append(prompt)
        return True

    def done(self, place: int, reply: Reply, /) -> None:
        """Keep a reply before anyone looks at it."""
        key = self._keys[place]
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
