"""What must hold of what comes from outside: a target is a grammar and a check of its values."""

import functools
import io
import os
import shutil
import sys
import warnings
from ast import literal_eval
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import grammars
import hypothesis
import orjson
import pytest
from asking import opened, prompts
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning
from llm_server import Answer, Server, by_hand, reset, unavailable
from test_vectors import Drawn, Memo, right
from test_vectors import texts as drawn_texts

from dataaug import cache_limit, packaged, plugins
from dataaug.errors import InputError, MissingError, UsageError
from dataaug.llms import Caps, Reply, json_items, rate_limiter, wire
from dataaug.llms.envelopes import text_of
from dataaug.llms.reply_store import ReplyStore
from dataaug.llms.templates import PromptTemplate
from dataaug.plugins import Spec
from dataaug.review.formats import header_of
from dataaug.review.items import ReviewVerdict
from dataaug.review.ledger import Ledger
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.jsonl import Source, reject_line
from dataaug.rows.record import Record, Reject, Schema, from_fields
from dataaug.rows.spool import Spool

CORPUS = Path(__file__).parent / "corpus"


def rows(lines, _):
    """Each line is a row or a reject with a reason, and either can be named and written."""
    source = Source(on_error="skip")
    found = list(source.rows(io.BytesIO(b"\n".join(lines)), "x"))
    assert len(found) == sum(bool(line.strip()) for line in lines)
    for outcome in found:
        if isinstance(outcome, Reject):
            assert orjson.loads(reject_line(outcome))["_reject"]["reason"] == outcome.reason
            continue
        assert outcome.line in {line.rstrip(b"\r") for line in lines}
        assert isinstance(outcome.id, str)
        assert outcome.label is None or isinstance(outcome.label, str)
        again = Record.held(outcome.line, outcome.schema, outcome.where, outcome.method)
        assert (again.text, again.label, again.id) == (outcome.text, outcome.label, outcome.id)
        assert (again.is_real, again.root) == (outcome.is_real, outcome.root)
    source.ids.repeated()
    list(source.labels.warnings())


def keys(line, _):
    """A key that stands twice in one object is said, and nothing else is."""
    twice = []

    def members(pairs):
        names = [key for key, _ in pairs]
        twice.extend(key for key in names if names.count(key) > 1)

    import json

    json.loads(line, object_pairs_hook=members)
    source = Source()
    list(source.rows(io.BytesIO(line), "x"))
    said = [one for one in source.labels.warnings() if "stands twice" in one]
    assert bool(said) == bool(twice)


def noise(value, _):
    """Any reply is read without an error; items are texts or objects."""
    text, finish = value
    for item in json_items.items(Reply(text, finish)).items:
        assert item
        assert isinstance(item, str | dict)
        assert isinstance(text_of(item), str | None)


def forms(value, _):
    """All texts of a reply are read as they stand, whatever is around them."""
    form, texts = value
    found = json_items.items(Reply(grammars.FORMS[form](texts))).items
    read = [" ".join((text_of(item, ("text",)) or "").split()) for item in found]
    assert read == texts


def nothing(text, _):
    """A schema that comes back is no row."""
    assert json_items.items(Reply(text)).items == []


def answers(value, _):
    """Whatever a server answers is a reply or a reason, and can be kept and shown."""
    status, body, after, milliseconds = value
    headers = {"retry-after": after, "retry-after-ms": milliseconds}
    if status == 200:
        with suppress(wire.UnreadableError, wire.ErrorInReplyError):
            reply = wire.reply(body, "m")
            for part in (reply.text, reply.finish, reply.detail, reply.model):
                assert isinstance(part, str)
                part.encode()
            assert reply.prompt_tokens >= 0
            assert reply.text or reply.detail or reply.fault  # it says why it is empty
            if b'"text":' in body and b'"content":[' in body:
                assert "{" not in reply.text  # the parts' texts, and not their JSON
    failure = wire.failure(status, wire.error_body(body), headers)
    assert failure.after is None or failure.after >= 0
    assert len(failure.said) <= 600


@functools.cache
def _server():
    server = Server()
    server.__enter__()
    return server


def _echo(asked):
    return Answer(f"reply to {asked.prompt}")


def http(heads, _):
    """Nonsense for an answer costs another request, and ends a run by its name if by anything."""
    server = _server()
    server.forget()
    server.answer = _echo
    server._queue[:] = [by_hand(head) for head in heads]
    rate_limiter.FIRST_WAIT, before = 0.001, rate_limiter.FIRST_WAIT
    try:
        replies = opened(server, concurrency=1, timeout=5, patience=5)(prompts(3))
        assert len(replies) == 3
        assert replies[2].text == "reply to Say something, number 2"
    except MissingError:
        pass
    finally:
        rate_limiter.FIRST_WAIT = before


def caps(value, _):
    """No run sends more requests than its cap."""
    most, script = value
    slow = Answer(status=429, error={"message": "slow"}, headers={"Retry-After": "0"})
    said = {429: slow, 500: unavailable(0, 500), 503: unavailable(0), 200: Answer("a"), 0: reset()}
    server = _server()
    server.forget()
    server.answer = _echo
    server._queue[:] = [said[status] for status in script]
    rate_limiter.FIRST_WAIT, before = 0.001, rate_limiter.FIRST_WAIT
    try:
        with suppress(MissingError):
            opened(server, caps=Caps(requests=most), concurrency=1, timeout=5, patience=5)(
                prompts(6)
            )
    finally:
        rate_limiter.FIRST_WAIT = before
        server._queue.clear()
    assert len(server.asked) <= most


def prompt(source, _):
    """A prompt file fails as one, or gives messages."""
    with suppress(UsageError):
        for message in PromptTemplate(source).messages({"n": 0, "text": "x", "rows": [1]}):
            assert isinstance(message.content, str)


def ledger(content, folder):
    """A verdict file is read or named as damaged; a verdict that was taken is there again."""
    path = folder / "ledger"
    path.write_bytes(content)
    with suppress(InputError):
        known = Ledger.read(str(path))
        before = len(known.entries)
        known.put("k", "i", ReviewVerdict("bad", "other"), "me")
        again = Ledger.read(str(path))
        assert len(again.entries) == before + 1
        assert again.entries[-1].key == "k"


def export(content, _):
    """A file of an annotation tool gives verdicts, or says what it lacks."""
    for name in ("csv", "jsonl", "label-studio", "argilla", "prodigy"):
        form = plugins.load("exchanges", Spec(name))
        with suppress(InputError):
            form.owns(content)
            header_of(content, "x")
            for entry in form.loads(content, "x"):
                assert entry.verdict.verdict in {"ok", "bad", "skip"}
                assert isinstance(entry.key, str)


def _flipped(path, flips):
    seed, count = flips
    chance, content = Random(seed), bytearray(path.read_bytes())
    for _ in range(count):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


REPLIES = {f"{n:032x}": Reply(f"the text of reply {n}, of some length " * 9) for n in range(12)}


def replies(flips, folder):
    """A damaged cache gives the replies that were kept or none, and is mended by itself."""
    for path in folder.glob("replies*"):
        path.unlink()
    store = ReplyStore(folder)
    for key, reply in REPLIES.items():
        store.put(key, reply)
    store.close()
    _flipped(folder / "replies.sqlite", flips)
    store = ReplyStore(folder)
    for key, reply in store.get(list(REPLIES)).items():
        assert reply.text == REPLIES[key].text
    for key, reply in REPLIES.items():
        assert store.put(key, reply).text == reply.text
    assert len(store.get(list(REPLIES))) == len(REPLIES)
    store.close()


def vectors(flips, folder):
    """A damaged cache gives the vectors that were kept or computes them anew."""
    shutil.rmtree(folder / "vectors", ignore_errors=True)
    for turn in range(2):
        memo = Memo(Drawn(), folder / "vectors")
        assert right(memo(drawn_texts(40)), drawn_texts(40))
        memo.close()
        for path in (folder / "vectors").rglob("*.vectors") if not turn else ():
            _flipped(path, flips)


def packages(change, folder):
    """A package with another file than the published ones is refused."""
    import hashlib

    place, kind = change
    home = folder / "package"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    names = ["__init__.py", "model.safetensors", "tokenizer.json", "sp.model"]
    for name in names:
        (home / name).write_text(f"content of {name}")
    digests = {name: hashlib.sha256((home / name).read_bytes()).hexdigest() for name in names}
    name = names[place % len(names)]
    {
        "change": lambda: (home / name).write_text(f"content of {name[:-1]}!"),
        "remove": (home / name).unlink,
        "add": lambda: (home / f"more{place}.py").write_text("open('ran', 'w')"),
        "cut": lambda: os.truncate(home / name, 3),
    }[kind]()
    before = packaged.manifest, dict(packaged._REQUIREMENTS)
    packaged.manifest = lambda: {"package": digests}
    packaged._REQUIREMENTS["package"] = "package==1"
    try:
        getattr(packaged._check, "__wrapped__", packaged._check)("package", home)
    except MissingError as error:
        said = str(error)
    else:
        said = ""
    finally:
        packaged.manifest = before[0]
        del packaged._REQUIREMENTS["package"]
    assert "is not the published file" in said, (kind, name)


def limit(value, folder):
    """The cache is below its limit after it was looked at, and the newest of it stays."""
    sizes, most = value
    shutil.rmtree(folder / "cache", ignore_errors=True)
    model = folder / "cache" / "vectors" / "model"
    model.mkdir(parents=True)
    for number, size in enumerate(sizes):
        path = model / f"{number:020}-4.vectors"
        path.write_bytes(bytes(size))
        os.utime(path, (number, number))
    (folder / "cache" / "size.txt").write_text(f"{most}\n")
    cache_limit.trim(folder / "cache")
    left = {path.name: path.stat().st_size for path in model.iterdir()}
    assert sum(left.values()) <= most
    if sum(sizes) <= most:
        assert len(left) == len(sizes)


def claims(steps, folder):
    """A request that one process has claimed is nobody else's until it is answered or given up."""
    for path in folder.glob("claims/*"):
        path.unlink()
    stores = [ReplyStore(folder / "claims") for _ in range(2)]
    owners: dict[int, int] = {}
    done = set()
    for who, what, numbers in steps:
        store = stores[who]
        if what == "claim":
            given = {int(key) for key in store.claim([str(n) for n in numbers])}
            wanted = {n for n in numbers if n not in done and owners.get(n, who) == who}
            assert given == wanted
            owners |= dict.fromkeys(given, who)
        elif what == "put":
            for n in numbers:
                store.put(str(n), Reply("text"))
                done.add(n)
                owners.pop(n, None)
        else:
            with store.held():
                pass
            owners = {n: own for n, own in owners.items() if own != who}
    for store in stores:
        store.close()


def filenames(name, folder):
    """Whatever the file system takes for a name can be written."""
    path = folder / "names" / name
    path.parent.mkdir(exist_ok=True)
    file = AtomicFile(str(path))
    file.write(b"content\n")
    file.commit()
    assert {entry.name for entry in os.scandir(path.parent)} == {name}
    path.unlink()


class _Failing:
    """A file that fails at its nth call."""

    def __init__(self, file, error, after):
        self._file, self._error, self._left = file, error, after

    def _call(self, name, *args):
        self._left -= 1
        if self._left < 0:
            raise OSError(self._error, os.strerror(self._error))
        return getattr(self._file, name)(*args)

    def write(self, content):
        return self._call("write", content)

    def flush(self):
        return self._call("flush")

    def fileno(self):
        return self._file.fileno()


def failing(value, _):
    """A folder for temporary files that fails is named."""
    spool = Spool(Schema())
    spool._file = _Failing(spool._file, *value)
    records = [from_fields({"text": "a"})]

    def used():
        for _ in range(3):
            spool.extend(records)
            assert [row.text for row in spool.records()][-1] == "a"

    with pytest.raises(MissingError, match="TMPDIR"):
        used()


class Target(NamedTuple):
    """A grammar, what must hold of its values, and how many of them a quick run looks at."""

    values: st.SearchStrategy[Any]
    check: Callable[[Any, Path], None]
    quick: int


TARGETS = {
    "rows": Target(grammars.rows, rows, 250),
    "keys": Target(grammars.keys, keys, 100),
    "noise": Target(grammars.noise, noise, 250),
    "forms": Target(grammars.forms, forms, 60),
    "nothing": Target(grammars.nothing, nothing, 5),
    "answers": Target(grammars.answers, answers, 200),
    "http": Target(grammars.wire, http, 25),
    "caps": Target(grammars.troubles, caps, 12),
    "prompt": Target(grammars.prompt, prompt, 100),
    "ledger": Target(grammars.ledger, ledger, 100),
    "export": Target(grammars.export, export, 120),
    "replies": Target(grammars.flips, replies, 12),
    "vectors": Target(grammars.flips, vectors, 8),
    "packages": Target(grammars.changes, packages, 20),
    "limit": Target(grammars.sizes, limit, 20),
    "claims": Target(grammars.claims, claims, 15),
    "filenames": Target(grammars.filenames, filenames, 25),
    "failing": Target(grammars.failing, failing, 9),
}


def kept(name):
    """Return the values of a target that were kept: what once found a fault, a literal a line."""
    path = CORPUS / f"{name}.txt"
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return [literal_eval(line) for line in lines if line and not line.startswith("#")]


def keep(name, value):
    """Keep a value that found a fault."""
    if value not in kept(name):
        CORPUS.mkdir(exist_ok=True)
        with (CORPUS / f"{name}.txt").open("a", encoding="ascii") as file:
            file.write(ascii(value) + "\n")


@contextmanager
def usual_depth():
    """Let calls nest as deep as in a run of the command line: hypothesis allows 2,000 more."""
    raised, frame, depth = sys.getrecursionlimit(), sys._getframe(), 0
    while frame:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(depth + 950)
    try:
        yield
    finally:
        sys.setrecursionlimit(raised)


def explore(name, folder, examples, *, seed=None, shrink=False, seen=None):
    """Check values of a target's grammar; the first one that does not hold raises.

    Args:
        name: of the target.
        folder: an empty one.
        examples: how many values.
        seed: of the values; None for the same ones at any time.
        shrink: look for the least value that does not hold.
        seen: a list that takes every value; the last is the one that did not hold.
    """
    target = TARGETS[name]

    def holds(value):
        if seen is not None:
            seen.append(value)
        with usual_depth():
            target.check(value, folder)

    checked = hypothesis.settings(
        max_examples=examples,
        derandomize=seed is None,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )(hypothesis.given(target.values)(holds))
    if seed is not None:
        checked = hypothesis.seed(seed)(checked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)  # a value may be long
        checked()
