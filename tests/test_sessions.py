"""Two sessions of a process do not see each other; one that ends lets go of what it opened."""

import asyncio
import contextvars
import gc
import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from llm_server import rate_limited
from making import real
from patience import PATIENCE, until

from dataaug import embedders, engines, llms, plugins, sessions, translators
from dataaug.augmentation.run import Augmentation, augment
from dataaug.detached import detached
from dataaug.embedders.chunked import EmbedChunk
from dataaug.errors import UsageError
from dataaug.llms import Caps, Connection, Message, Prompt, rate_limiter
from dataaug.plugins import Spec
from dataaug.sessions import Session, Settings, carried, running

ASKED = Prompt((Message("user", "say"),))
TEXTS = ["My parcel is very late today", "The refund has taken too long"]


@pytest.fixture
def says(tmp_path):
    """Return settings whose language model says one thing, whatever it is asked."""

    def settings(text, **more):
        file = tmp_path / f"{abs(hash(text))}.jsonl"
        file.write_bytes(orjson.dumps({"text": text}) + b"\n")
        return Settings(Connection(Spec("replay", {"model": str(file)}), "off"), **more)

    return settings


def seen(steps=3):
    """Yield what a verb would see of its session, step by step."""
    for _ in range(steps):
        width = embedders.shared(Spec("hashing"))(TEXTS).shape[1]
        yield llms.shared()([ASKED])[0].text, width, sessions.current().settings.cache


def test_generators_of_two_sessions_that_are_read_in_turns_see_their_own(says, tmp_path):
    one = Session(says("one", cache=str(tmp_path / "a"), embedding=(("dimensions", "64"),)))
    other = Session(says("other", embedding=(("dimensions", "32"),)))
    turns = list(zip(running(one, seen()), running(other, seen()), strict=True))
    assert turns == [(("one", 64, str(tmp_path / "a")), ("other", 32, "off"))] * 3
    assert sessions.current() not in {one, other}


def test_two_threads_at_a_time_see_their_own(says):
    gate = threading.Barrier(2, timeout=PATIENCE)

    def together(session):
        found = []
        for step in running(session, seen(8)):
            found.append(step)
            gate.wait()
        return set(found)

    made = [Session(says(str(n), embedding=(("dimensions", str(n)),))) for n in (16, 32)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(together, made)) == [{("16", 16, "off")}, {("32", 32, "off")}]


def test_verbs_of_two_sessions_in_turns_ask_the_models_of_their_own(says, monkeypatch):
    monkeypatch.setattr("dataaug.augmentation.run._CHUNK", 1)  # a row, then one of the other verb
    rows = [real(text, "a", id=text) for text in TEXTS]
    task = Augmentation(
        (Spec("translation", {"to": "de", "translator": "llm", "embedder": "off"}),)
    )
    replies = ["Meine Sendung ist sehr spät", "Mein Paket lässt auf sich warten"]
    made = [Session(says(f'{{"translation": "{reply}"}}')) for reply in replies]
    pairs = zip(*(running(session, augment(rows, task)) for session in made), strict=True)
    for side, reply in zip(zip(*pairs, strict=True), replies, strict=True):
        assert [outcome.text for outcome in side] == [TEXTS[0], reply, TEXTS[1], reply]


def test_caches_caps_and_accounts_of_two_sessions_are_two(llm_server, tmp_path):
    spec = Spec("openai", {"model": "m", "base_url": llm_server.url})

    def asks():
        for number in (1, 1, 2):
            prompt = Prompt((Message("user", f"number {number}"),))
            reply = llms.shared()([prompt])[0]
            yield reply.fault or ("cached" if reply.cached else "sent"), llms.spent()["requests"]

    made = [Session(Settings(Connection(spec, str(tmp_path / name), Caps(requests=cap))))
            for name, cap in (("a", 1), ("b", 2))]  # fmt: skip
    pairs = zip(*(running(session, asks()) for session in made), strict=True)
    assert list(zip(*pairs, strict=True)) == [
        (("sent", 1), ("cached", 1), ("over_budget", 1)),
        (("sent", 1), ("cached", 1), ("sent", 2)),
    ]
    assert len(llm_server.asked) == 3


def test_vectors_of_two_sessions_lie_in_the_folder_of_each_and_its_files_are_closed(tmp_path):
    from tiny_encoder import build  # here: workers import this file, and torch is not for them

    model = Spec("sentence-transformers", {"model": build(tmp_path / "model"), "device": "cpu"})
    caches = [tmp_path / "a", tmp_path / "b"]
    made = [Session(Settings(cache=str(cache))) for cache in caches]

    def widths():
        for text in TEXTS:
            yield embedders.shared(model)([text]).shape

    assert list(zip(*(running(session, widths()) for session in made), strict=True)) == (
        [((1, 32), (1, 32))] * 2
    )
    for session, cache in zip(made, caches, strict=True):
        (keys,) = cache.glob("vectors/*/*.keys")
        assert keys.stat().st_size == 20 * len(TEXTS)
        assert opened_below(cache) == {keys.name, keys.with_suffix(".vectors").name}
        session.close()
        assert opened_below(cache) == set()


def opened_below(folder):
    """Return the names of the files below a folder that this process has open."""
    files = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    return {Path(file).name for file in files if file.startswith(f"{folder}/")}


def test_a_generator_that_is_left_early_is_closed_in_its_session(says):
    session, ended = Session(says("one")), []

    def steps():
        try:
            yield 1
            yield 2
        finally:
            ended.append(sessions.current())

    left = running(session, steps())
    assert next(left) == 1
    left.close()
    assert ended == [session]


def test_a_block_is_in_its_session_and_inner_blocks_in_theirs(says):
    before = sessions.current()
    with Session(says("one")), Session(says("other")) as inner:
        assert sessions.current() is inner
        assert llms.shared()([ASKED])[0].text == "other"
    assert sessions.current() is before


def test_without_a_session_there_is_one_with_default_settings():
    assert contextvars.Context().run(sessions.current).settings == Settings()
    assert embedders.vectors_folder(Settings().cache) is None


class Thing:
    closed = False

    def close(self):
        self.closed = True


def test_a_session_that_ends_lets_go_of_what_it_opened(says):
    with Session(says("one", engine=Spec("local", {"workers": 2}))) as session:
        thing = session.once("thing", Thing)
        assert session.once("thing", Thing) is thing
        list(seen(1))
        opened = [
            weakref.ref(kept)
            for kept in (
                llms.shared(), embedders.shared(Spec("hashing")), engines.in_use(),
                translators.shared(Spec("llm")),
            )
        ]  # fmt: skip
    assert thing.closed
    gc.collect()
    assert [kept() for kept in opened] == [None] * 4
    with pytest.raises(UsageError, match="this session is closed"), sessions.active(session):
        llms.shared()


def test_workers_of_a_session_that_ends_are_gone(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__), prepend=os.pathsep)
    with Session(Settings(engine=Spec("local", {"workers": 2}))) as session:
        assert len(set(engines.spread(of_worker, range(4)))) <= 2
        pool = engines.in_use()._idle._pool
        processes = list(pool._processes.values())
    for process in processes:  # `join` may say "alive" of one that the pool's thread just reaped
        until(lambda process=process: not process.is_alive(), "a worker is still there")
    assert session.made("anything") is None


def of_worker(_item):
    return os.getpid()


def settings_there(_item):
    return sessions.current().settings


def test_workers_are_handed_settings_without_engine_and_connection(says, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__), prepend=os.pathsep)
    settings = says("one", embedding=(("dimensions", "64"),), engine=Spec("local", {"workers": 2}))
    with Session(settings):
        engine = engines.in_use()
        (there,) = set(engine.map(settings_there, range(3)))
    assert there == Settings(embedding=settings.embedding)
    with Session(Settings(memory=7)):  # the same engine, idle workers of another session
        assert set(engine.map(settings_there, range(3))) == {Settings(memory=7)}


def test_what_workers_load_they_keep(monkeypatch):
    loaded = []
    monkeypatch.setattr(plugins, "load", lambda *given: loaded.append(given) or TEXTS.count)
    settings = Settings(memory=11)
    task = EmbedChunk(Spec("hashing"))
    for _ in range(3):
        sessions.in_worker(task, settings)("x")
    assert len(loaded) == 1


def test_a_model_stays_behind_when_its_task_is_sent():
    task = EmbedChunk(Spec("hashing"), object())
    made, given = task.__reduce__()
    assert made(*given).embedder is None
    assert made(*given) == task


def test_threads_that_a_run_starts_are_in_its_session(says):
    session = Session(says("one"))
    with session, ThreadPoolExecutor(2) as pool:
        plain = pool.submit(sessions.current).result()
        there = list(pool.map(carried(lambda _: sessions.current()), range(4)))
    assert plain is not session
    assert there == [session] * 4


def test_long_waits_are_told_to_the_session_that_waits(says):
    heard = {"one": [], "other": []}

    def waits(name):
        session = Session(says(name), heard[name].append)

        def steps():
            llms.tell(f"{name} waits")
            yield
            llms.tell(f"{name} waits again")

        return running(session, steps())

    list(zip(waits("one"), waits("other"), strict=False))  # one ends, and the other is left there
    assert heard == {"one": ["one waits", "one waits again"], "other": ["other waits"]}


def test_what_is_asked_inside_an_event_loop_is_asked_in_its_session(llm_server, monkeypatch):
    """As in a notebook, where requests are sent by a thread of their own."""
    monkeypatch.setattr(rate_limiter, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(rate_limiter, "_LONG", 0)
    heard = []
    spec = Spec("openai", {"model": "m", "base_url": llm_server.url})
    llm_server.script(rate_limited())

    async def cell():
        with Session(Settings(Connection(spec, "off")), heard.append):
            return llms.shared()([ASKED])[0]

    assert asyncio.run(cell()).fault == ""
    assert len(heard) == 1


def test_streams_of_the_process_come_back_when_two_threads_detach_them():
    """Without a lock the second thread would save, and bring back, what the first has put there."""
    before = [os.fstat(number).st_ino for number in (0, 1)]
    inside, first_has_left = threading.Event(), threading.Event()

    def load():
        with detached():
            inside.set()
            first_has_left.wait(PATIENCE)

    second = threading.Thread(target=load)
    with detached():
        second.start()
        inside.wait(0.2)  # it gets in only where there is no lock
    first_has_left.set()
    second.join(PATIENCE)
    assert [os.fstat(number).st_ino for number in (0, 1)] == before


def test_augment_works_on_the_engine_of_its_session_unless_a_method_asks_its_model(
    says, monkeypatch
):
    rows = [real(text, "a", id=text) for text in TEXTS]
    used = []

    class Engine:
        far = False

        def map(self, task, items):
            used.append(task)
            return map(task, items)

    monkeypatch.setattr(engines, "in_use", Engine)
    translation = Spec("translation", {"to": "de", "translator": "llm", "embedder": "off"})
    for settings, method, count in (
        (Settings(), Spec("typo"), 1),
        (says("x"), Spec("typo"), 1),
        (says("x"), Spec("paraphrase"), 0),
        (says("x"), translation, 0),
    ):
        used.clear()
        list(running(Session(settings), augment(rows, Augmentation((method,)))))
        assert len(used) == count, method
