"""Replies are kept as they come: paid for once, for the owner only, whatever happens."""

import itertools
import os
import random
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace

import pytest
from asking import SCHEMA, ask, opened, prompts, texts
from llm_server import Answer, Server, bad_request
from llm_server import texts as made_up
from patience import PATIENCE, until

from dataaug import plugins
from dataaug.errors import MissingError
from dataaug.generation.tasks import Brief, Label
from dataaug.llms import Message, Prompt, Reply
from dataaug.llms import reply_store as stores
from dataaug.llms.counted import key_of
from dataaug.llms.reply_store import ReplyStore
from dataaug.plugins import Spec


def counting():
    """Return an answer that is another one each time: only a cache makes two runs equal."""
    return lambda asked: Answer(f"reply {asked.number} to {asked.prompt}")


def test_the_same_prompts_again_cost_no_request_and_give_the_same(llm_server, tmp_path):
    llm_server.answer = counting()
    first = ask(llm_server, prompts(20), cache=tmp_path)
    again = opened(llm_server, cache=tmp_path)
    assert texts(again(prompts(30)))[:20] == texts(first)
    assert len(llm_server.asked) == 30
    assert (again.usage()["cached"], again.usage()["requests"]) == (20, 10)


def test_no_reply_is_kept_if_the_cache_is_off(llm_server, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ask(llm_server, prompts(2), cache="off")
    ask(llm_server, prompts(2), cache="off")
    assert len(llm_server.asked) == 4
    assert list(tmp_path.iterdir()) == []


def test_the_default_is_the_users_cache_and_only_the_owner_can_read_it(
    llm_server, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    old = os.umask(0)
    try:
        llm = opened(llm_server, cache="")
        llm(prompts(2))
    finally:
        os.umask(old)
    folder = tmp_path / "cache" / "dataaug"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert "replies.sqlite" in {file.name for file in files}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


IDENTITY = {"backend": "openai", "url": "http://127.0.0.1/v1", "model": "m"}
ONE = Prompt((Message("system", "be brief"), Message("user", "hi")), SCHEMA, 100, 0.5, 3)
OTHERS = {
    "messages": replace(ONE, messages=ONE.messages[1:]),
    "role": replace(ONE, messages=(Message("user", "be brief"), ONE.messages[1])),
    "schema": replace(ONE, schema=None),
    "max_tokens": replace(ONE, max_tokens=101),
    "temperature": replace(ONE, temperature=0.6),
    "seed": replace(ONE, seed=4),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_all_that_a_reply_depends_on_is_in_its_key(other):
    assert key_of(other, IDENTITY) != key_of(ONE, IDENTITY)


def test_equal_prompts_have_one_key_however_their_numbers_are_written():
    assert key_of(replace(ONE, temperature=1), IDENTITY) == key_of(
        replace(ONE, temperature=1.0), IDENTITY
    )


def test_schemas_that_differ_in_the_order_of_their_properties_have_keys_of_their_own():
    texts_, whole = {"type": "string"}, {"type": "integer"}
    keys = set()
    for required in (["a", "b", "c"], ["b", "a", "c"], ["c"], []):
        for order in itertools.permutations("abc"):
            inside = {"type": "object", "properties": dict.fromkeys(order, texts_),
                      "required": required}  # fmt: skip
            for schema in (inside, {"type": "array", "items": inside, "minItems": 2}):
                keys.add(key_of(replace(ONE, schema=schema), IDENTITY))
    assert len(keys) == 4 * 6 * 2
    words = {"type": "object", "properties": {"a": whole, "b": texts_}, "required": ["a"]}
    assert key_of(replace(ONE, schema=words), IDENTITY) == key_of(
        replace(ONE, schema=dict(reversed(words.items()))), IDENTITY
    )


@pytest.mark.parametrize(
    ("task", "brief", "key"),
    [("instructions", Brief(count=3), "2be4118a14bbdef391308c2535173795"),
     ("classification", Brief((Label("refund", 3),)), "d5f254d96faea81dda1d09bbf522ef32")],
)  # fmt: skip
def test_replies_to_the_schemas_of_tasks_stay_paid_for(task, brief, key):
    planned = plugins.load("tasks", Spec(task))(brief)
    schema = planned.ask(planned.groups()[0], 0).prompt.schema
    assert key_of(replace(ONE, schema=schema), IDENTITY) == key


def test_the_key_of_a_request_stays_what_it_is():
    """A change here makes users pay again for what they have: raise KEY_VERSION on purpose only."""
    assert key_of(ONE, IDENTITY) == "9a89a8ade08787ae1f0e580592f7c048"
    assert key_of(ONE, {**IDENTITY, "model": "n"}) != key_of(ONE, IDENTITY)


def test_what_does_not_change_a_reply_is_not_in_its_key(llm_server, tmp_path, monkeypatch):
    ask(llm_server, prompts(3), cache=tmp_path, concurrency=1)
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    ask(llm_server, prompts(3), cache=tmp_path, concurrency=9, timeout=7, rpm=9000, price="1,1")
    assert len(llm_server.asked) == 3


def test_two_servers_do_not_share_replies(llm_server, tmp_path):
    ask(llm_server, prompts(3), cache=tmp_path)
    with Server() as other:
        ask(other, prompts(3), cache=tmp_path)
        assert len(other.asked) == 3


def test_a_reply_is_in_the_cache_before_anyone_hears_of_it(llm_server, tmp_path):
    seen = []

    def done(_place, reply):
        with sqlite3.connect(tmp_path / "replies.sqlite") as other:
            seen.append(other.execute("SELECT 1 FROM replies WHERE key=?", (reply.key,)).fetchone())
        other.close()

    opened(llm_server, cache=tmp_path)(prompts(5), done=done)
    assert seen == [(1,)] * 5


def test_of_two_runs_at_once_each_uses_what_the_other_has_stored(tmp_path):
    with Server(counting(), delay=0.01) as server:
        got = {}

        def run(name):
            llm = opened(server, cache=tmp_path, concurrency=4)
            got[name] = texts([llm([prompt])[0] for prompt in prompts(30)])

        threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got["a"] == got["b"]  # also where both had asked: the first reply stands


CLIENT = """
    import sys
    from asking import opened, prompts, texts, SCHEMA
    url, cache, count, most = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    llm = opened(url, cache=cache, concurrency=most)
    for reply in llm(prompts(count, SCHEMA)):
        print(reply.fault or reply.text)
"""


def client(server, cache, count=60, concurrency=4, **options):
    """Start a process that asks a server."""
    here = os.path.dirname(__file__)
    paths = os.pathsep.join([here, os.path.dirname(here), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CLIENT), server.url, str(cache), str(count),
         str(concurrency)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths}, **options,
    )  # fmt: skip


def finished(process):
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err.decode()


def test_two_processes_share_a_cache(tmp_path):
    with Server(counting(), delay=0.01) as server:
        both = [client(server, tmp_path) for _ in range(2)]
        (code, out, err), (other, same, _) = map(finished, both)
        assert (code, other) == (0, 0), err
        assert out == same
        assert finished(client(server, tmp_path))[1] == out


@pytest.mark.parametrize("fault", [None, "bad_request"])
def test_three_processes_at_once_pay_once(tmp_path, fault):
    """Each of them asked for everything: a reply was shared only by runs that came later."""
    calls = itertools.count()

    def answer(asked):
        bad = fault and asked.prompt.startswith("Say something, number 7") and next(calls) < 1
        return bad_request() if bad else Answer(f"reply {asked.number}", delay=0.02)

    with Server(answer) as server:
        three = [client(server, tmp_path) for _ in range(3)]
        outs = [finished(process) for process in three]
        assert {code for code, _, _ in outs} == {0}, outs
        ladder = 4  # what finding out about the schema takes besides
        assert len(server.asked) <= 60 + ladder + (3 if fault else 0)
        whole = [out for _, out, _ in outs if b"bad_request" not in out]
        assert len(whole) >= (2 if fault else 3)
        assert len(set(whole)) == 1


def test_a_claim_ends_with_its_process_its_lease_or_its_work(tmp_path, monkeypatch):
    first, second = ReplyStore(tmp_path), ReplyStore(tmp_path)
    assert first.claim(["a", "b"]) == {"a", "b"}
    assert second.claim(["a", "b", "c"]) == {"c"}
    assert first.claim(["a"]) == {"a"}  # its own
    first.put("a", Reply("text"))
    assert second.claim(["a", "b"]) == set()  # one is answered, the other in flight
    with first.held():
        pass
    assert second.claim(["b"]) == {"b"}
    monkeypatch.setattr(stores.time, "time", lambda: 0.0)
    assert first.claim(["c"]) == {"c"}  # of a clock that was a lease and more ahead
    monkeypatch.undo()
    assert second.claim(["c"]) == {"c"}  # that lease is over
    first.close()
    second.close()


def test_claims_are_renewed_while_their_work_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "LEASE", 0.5)
    store = ReplyStore(tmp_path)
    store.claim(["a"])

    def until_when():
        with sqlite3.connect(tmp_path / "replies.sqlite") as other:
            found = other.execute("SELECT until FROM claims").fetchone()
        other.close()
        return found

    first = until_when()
    with store.held():
        until(lambda: until_when() > first, "it is not renewed")
    assert until_when() is None
    store.close()


def test_what_a_killed_process_had_claimed_is_asked_at_once(tmp_path):
    with Server(lambda _: Answer("late", delay=PATIENCE)) as server:
        process = client(server, tmp_path, count=2)
        until(lambda: server.asked, "it asks nothing")
        process.kill()
        finished(process)
        server.answer = obeys
        assert finished(client(server, tmp_path, count=2))[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_in_flight_at_a_signal_has_a_moment_to_arrive(tmp_path, number):
    """It was paid for and thrown away: Ctrl-C cancelled the calls."""
    came = threading.Event()

    def answer(asked):
        if asked.number == 0:
            return made_up(asked)  # the first one tells how the server takes a schema
        came.wait(PATIENCE)
        return made_up(asked)

    with Server(answer) as server:
        process = client(server, tmp_path, concurrency=4)
        until(lambda: len(server.asked) == 5, "it asks for less")
        process.send_signal(number)
        time.sleep(0.3)  # for the signal to arrive before the replies do
        came.set()
        code, _, err = finished(process)
        assert code == -number, err
        assert len(server.asked) == 5
        server.forget()
        assert finished(client(server, tmp_path, count=60))[0] == 0
        assert len(server.asked) == 60 - 5


def obeys(asked):
    return made_up(asked)


def ignores(asked):
    return made_up(asked) if asked.rung == "json_object" else Answer(repr(made_up(asked)))


def killed_and_resumed(answer, points, folder, most=4):
    """Kill a run by SIGKILL at points of the server's choosing; then run it again."""
    with Server(answer) as server:
        _, undisturbed, _ = finished(client(server, folder / "undisturbed", concurrency=most))
        for point in points:
            server.forget()
            server.delay = 0.01
            process = client(server, folder / str(point), concurrency=most)
            until(
                lambda process=process, point=point: (
                    len(server.asked) >= point or process.poll() is not None
                ),
                "it asks no more", 0.002,
            )  # fmt: skip
            process.send_signal(signal.SIGKILL)
            finished(process)
            server.delay = 0
            code, out, err = finished(client(server, folder / str(point), concurrency=most))
            assert (code, out) == (0, undisturbed), err
            assert len(server.asked) <= 60 + most, point


@pytest.mark.slow
@pytest.mark.parametrize("answer", [obeys, ignores])
def test_a_run_may_be_killed_anywhere_and_nothing_is_paid_for_twice(tmp_path, answer):
    killed_and_resumed(answer, random.Random(4).sample(range(1, 60), 20), tmp_path)


def test_a_full_disk_is_said_and_what_was_kept_stays(tmp_path):
    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    with Server(lambda asked: Answer(f"{asked.prompt} " * 100)) as server:
        code, _, err = finished(client(server, tmp_path, preexec_fn=limited))
        assert code == 1  # the exception of the library; the command line makes 4 of it
        assert "MissingError: the cache of replies" in err
        assert "name another folder by --cache DIR, or do without by --cache off" in err
        assert "Traceback (most recent call last)" in err
        paid = len(server.paid)
        assert 0 < paid < 60
        server.forget()
        assert finished(client(server, tmp_path))[0] == 0
        assert 60 - paid <= len(server.asked) <= 60 - paid + 8  # those in flight, and the last one


@pytest.fixture
def heard(monkeypatch):
    found = []
    monkeypatch.setattr("dataaug.llms.reply_store.tell", found.append)
    return found


def test_a_file_that_is_no_database_is_moved_aside_and_said(llm_server, tmp_path, heard):
    (tmp_path / "replies.sqlite").write_bytes(b"no database" * 1000)
    assert len(ask(llm_server, prompts(3), cache=tmp_path)) == 3
    assert (tmp_path / "replies.damaged.sqlite").read_bytes() == b"no database" * 1000
    assert len(heard) == 1
    assert "was damaged" in heard[0]
    llm_server.forget()
    assert len(ask(llm_server, prompts(3), cache=tmp_path)) == 3
    assert llm_server.asked == []


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bits_change_no_reply_and_need_no_person(llm_server, tmp_path, heard, seed):
    """Whatever 60 flipped bits hit: each reply is the one that was given, or asked for again."""
    asked = prompts(200)
    whole = [reply.text for reply in ask(llm_server, asked, cache=tmp_path)]
    with sqlite3.connect(tmp_path / "replies.sqlite") as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    chance = random.Random(seed)
    content = bytearray((tmp_path / "replies.sqlite").read_bytes())
    for _ in range(60):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    (tmp_path / "replies.sqlite").write_bytes(content)
    llm_server.forget()
    assert [reply.text for reply in ask(llm_server, asked, cache=tmp_path)] == whole
    assert len(llm_server.asked) <= 200
    assert bool(llm_server.asked) <= len(heard) <= 2


def test_an_entry_that_was_changed_is_dropped_said_once_and_asked_again(
    llm_server, tmp_path, heard
):
    whole = ask(llm_server, prompts(9), cache=tmp_path)
    with sqlite3.connect(tmp_path / "replies.sqlite") as base:
        base.execute("UPDATE replies SET reply = replace(reply, 'a', 'b')")
    base.close()
    llm_server.forget()
    again = ask(llm_server, prompts(9), cache=tmp_path)
    assert [reply.text for reply in again] == [reply.text for reply in whole]
    assert len(llm_server.asked) == 9
    assert len(heard) == 1
    assert ReplyStore(tmp_path).check() == (9, 0)


def test_the_cache_command_removes_what_is_damaged(llm_server, tmp_path, cli):
    assert cli("cache", "--check", "--cache", tmp_path).out.endswith(
        b": no replies and no vectors\n"
    )
    ask(llm_server, prompts(4), cache=tmp_path)
    with sqlite3.connect(tmp_path / "replies.sqlite") as base:
        base.execute("UPDATE replies SET reply = '{}' WHERE key = (SELECT min(key) FROM replies)")
    base.close()
    done = cli("cache", "--check", "--cache", tmp_path)
    assert (done.code, done.err) == (0, b"")
    assert b": 4 replies, 1 of them damaged and removed" in done.out
    assert b": 3 replies, 0 of them" in cli("cache", "--check", "--cache", tmp_path).out


def test_a_file_of_before_there_were_checksums_is_taken_as_it_is(llm_server, tmp_path):
    ask(llm_server, prompts(5), cache=tmp_path)
    with sqlite3.connect(tmp_path / "replies.sqlite") as base:
        base.execute("DROP TABLE sums")
    base.close()
    llm_server.forget()
    assert len(ask(llm_server, prompts(5), cache=tmp_path)) == 5
    assert llm_server.asked == []
    assert ReplyStore(tmp_path).check() == (5, 0)


def test_a_cache_that_can_not_be_made_is_said(llm_server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingError, match="--cache DIR"):
        ask(llm_server, prompts(1), cache=tmp_path / "file" / "below")


def test_notes_are_kept_with_the_next_reply_or_not_at_all(tmp_path):
    first = ReplyStore(tmp_path)
    first.note("rung", "lost")
    first.close()
    second = ReplyStore(tmp_path)
    assert second.recall("rung") == ""
    second.note("rung", "kept")
    second.put("k", Reply("text"))
    second.close()
    third = ReplyStore(tmp_path)
    assert third.recall("rung") == "kept"
    third.close()


def test_a_note_that_waits_for_its_reply_keeps_no_other_process_from_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "_PATIENCE", 0.1)
    waiting, other = ReplyStore(tmp_path), ReplyStore(tmp_path)
    waiting.note("rung", "json_object?")
    other.put("k", Reply("text"))
    assert (waiting.recall("rung"), other.recall("rung")) == ("json_object?", "")
    waiting.close()
    other.close()


def test_an_entry_that_is_no_reply_is_asked_again(llm_server, tmp_path):
    whole = ask(llm_server, prompts(1), cache=tmp_path)
    with sqlite3.connect(tmp_path / "replies.sqlite") as base:
        base.execute("UPDATE replies SET reply = '{\"words\": 1}'")
    base.close()
    assert ask(llm_server, prompts(1), cache=tmp_path)[0].text == whole[0].text


def test_many_keys_are_looked_up_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "_AT_ONCE", 7)
    store = ReplyStore(tmp_path)
    for n in range(20):
        store.put(str(n), Reply(f"text {n}"))
    found = store.get([str(n) for n in range(25)])
    assert {key: reply.text for key, reply in found.items()} == {
        str(n): f"text {n}" for n in range(20)
    }
    assert all(reply.cached for reply in found.values())
    store.close()
