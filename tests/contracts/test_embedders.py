"""What every embedder promises. A new one is picked up by its name."""

import numpy as np
import pytest
from tiny_encoder import build

from dataaug import plugins
from dataaug.embedders import embedder_spec, shared
from dataaug.embedders.memo import Memo
from dataaug.errors import MissingError
from dataaug.plugins import Spec

NEED_A_MODEL = {"sentence-transformers"}
NAMES = [
    pytest.param(name, marks=[pytest.mark.model] * (name in NEED_A_MODEL))
    for name in plugins.names("embedders")
]
TEXTS = ["where is my parcel", "I want my money back", "x", "the parcel is late " * 30, "日本語 😀",
         "where is my parcel?"]  # fmt: skip


@pytest.fixture(params=NAMES, scope="module")
def embed(request, tmp_path_factory):
    options = {}
    if request.param == "model2vec":  # to copy the packaged model takes a minute
        options["of"] = build(tmp_path_factory.mktemp("encoder") / "tiny")
    return plugins.load("embedders", Spec(request.param, options))


def test_vectors_are_float32_of_length_one(embed):
    vectors = embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == len(TEXTS)
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.allclose(lengths, lengths > 0, atol=1e-5)  # 0: not a token of it is known
    assert np.allclose(lengths[:2], 1, atol=1e-5)


def test_it_says_of_each_text_what_it_does_not_see(embed):
    found = embed.unseen([*TEXTS, ""])
    assert len(found) == len(TEXTS) + 1
    assert all(isinstance(part, str) for part in found)
    assert found[-1] == ""
    assert list(embed.unseen(TEXTS[::-1])) == list(found[:-1])[::-1]


def test_vectors_come_in_the_order_of_the_texts_and_do_not_depend_on_the_batch(embed):
    together = embed(TEXTS)
    alone = np.concatenate([embed([text]) for text in TEXTS])
    backwards = embed(TEXTS[::-1])[::-1]
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(together, backwards, atol=1e-5)


def test_products_differ_from_exact_ones_by_the_tolerance_at_most(embed):
    texts = [*TEXTS, *(f"{text} {n}" for n in range(9) for text in TEXTS[:3])]
    exact = embed.exactly(texts).astype(np.float64)
    for order in (texts, texts[::-1]):
        vectors = embed(order).astype(np.float64)
        vectors = vectors if order is texts else vectors[::-1]
        assert np.abs(vectors @ vectors.T - exact @ exact.T).max() <= embed.tolerance + 1e-12


def test_exact_vectors_do_not_depend_on_their_neighbours_by_a_single_bit(embed):
    together = embed.exactly(TEXTS)
    assert np.array_equal(embed.exactly(TEXTS[::-1])[::-1], together)
    assert np.array_equal(np.concatenate([embed.exactly([text]) for text in TEXTS]), together)
    assert together.dtype == np.float32
    assert len(embed.exactly([])) == 0


def test_equal_texts_are_nearest_to_each_other(embed):
    vectors = embed(TEXTS)
    similar = vectors @ vectors[0]
    assert similar[5] == max(similar[1:])


def test_no_texts_have_no_vectors(embed):
    assert len(embed([])) == 0


def test_empty_text_has_a_vector_without_holes(embed):
    assert np.isfinite(embed(["", "a"])).all()


def test_progress_ends_at_the_number_of_texts(embed):
    told = []
    embed(TEXTS * 20, lambda *step: told.append(step))
    assert told[-1][1:] == (len(TEXTS) * 20, len(TEXTS) * 20)


def test_name_says_which_model_it_is(embed):
    assert isinstance(embed.name, str)
    assert embed.name


class Counting:
    """An embedder that notes what it was asked for."""

    name = "counting"
    identity = ""
    tolerance = 0.25

    def __init__(self):
        self.asked = []

    def __call__(self, texts, notify=None):  # noqa: ARG002 - the protocol
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], np.float32).reshape(-1, 2)

    def exactly(self, texts):
        return np.array([[len(text), 2.0] for text in texts], np.float32).reshape(-1, 2)


def test_memo_computes_nothing_twice_and_keeps_the_order():
    counting = Counting()
    memo = Memo(counting)
    first = memo(["a", "bb", "a"])
    second = memo(["ccc", "bb", "a"])
    assert counting.asked == ["a", "bb", "ccc"]
    assert first[:, 0].tolist() == [1, 2, 1]
    assert second[:, 0].tolist() == [3, 2, 1]
    assert memo([]).shape == (0, 2)
    assert memo.name == "counting"
    assert memo.tolerance == 0.25
    assert memo.exactly(["bb"]).tolist() == [[2, 2]]


def test_one_embedder_is_shared_by_all_who_ask_for_it():
    assert shared(embedder_spec("hashing", "", "")) is shared(Spec("hashing"))
    assert shared(Spec("hashing")) is not shared(Spec("hashing", {"dimensions": 64}))


@pytest.mark.model
def test_packaged_model_knows_meaning():
    embed = plugins.load("embedders", Spec("sentence-transformers"))
    a, b, c = embed(["I want a refund", "please give me my money back", "the weather is nice"])
    assert a @ b > 0.4 > a @ c


@pytest.mark.model
def test_folder_that_holds_no_model_is_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(MissingError, match="can't be loaded"):
        plugins.load("embedders", Spec("sentence-transformers", {"model": str(tmp_path)}))


@pytest.mark.model
def test_model_with_code_of_its_own_is_not_run(tmp_path, inside):
    """A model folder whose code would run if it were trusted, and a row that says yes."""
    marker = tmp_path / "was-here"
    (tmp_path / "modules.json").write_text(
        '[{"idx":0,"name":"0","path":"","type":"evil.Module"}]')  # fmt: skip
    (tmp_path / "evil.py").write_text(f"open({str(marker)!r}, 'w')")
    (tmp_path / "config.json").write_text(
        '{"model_type":"evil","auto_map":{"AutoConfig":"evil.C","AutoModel":"evil.M"}}'
    )
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text":"y"}\n')
    result = inside(
        "filter", "--check", "near-duplicate", "-p", f"near-duplicate.model={tmp_path}", rows
    )
    assert (result.code, result.out) == (4, b"")
    assert not marker.exists()
