"""Whatever runs a model, and in whatever batch: the same vectors within what it promises."""

import importlib.util
import random
import shutil
import subprocess
import sys

import numpy as np
import orjson
import pytest
import torch
from tiny_encoder import build

from dataaug import embedders, plugins
from dataaug.embedders import models, sentence_transformers
from dataaug.embedders.minilm import PackagedMiniLM
from dataaug.embedders.torch_encoder import TorchEncoder
from dataaug.errors import MissingError, UsageError
from dataaug.plugins import Spec
from dataaug.sessions import Session, Settings

LETTERS = "abcdefghij klmnop qrstuv wxyz 0123"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("model") / "one")


def sentences(count, seed=0):
    chance = random.Random(seed)
    return ["".join(chance.choices(LETTERS, k=chance.randrange(1, 70))) for _ in range(count)]


def needs_openvino():
    """Skip a test without it; to import it here would be to let it report that."""
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("openvino is not installed")


def opened(folder, **options):
    return plugins.load("embedders", Spec("sentence-transformers", {"model": folder, **options}))


def error(vectors, exact):
    one, other = vectors.astype(np.float64), exact.astype(np.float64)
    return np.abs(one @ one.T - other @ other.T).max()


def test_the_librarys_own_vectors_are_those(folder):
    texts = [*sentences(40), "", "é 日本", "a" * 500, "   "]
    embed = opened(folder)
    theirs = models.open_model(folder).encode(texts, normalize_embeddings=True)
    assert np.abs(embed(texts) - theirs).max() < 1e-6


@pytest.mark.parametrize("runtime", ["torch", "openvino"])
def test_a_vector_follows_from_its_text_alone_to_the_last_bit(folder, runtime):
    if runtime == "openvino":
        needs_openvino()
    texts = sentences(120)
    embed = opened(folder, runtime=runtime)
    vectors = embed(texts)
    assert np.array_equal(embed(texts[::-1])[::-1], vectors)
    for some in (slice(1), slice(7), slice(40, 90)):
        assert np.array_equal(embed(texts[some]), vectors[some])
    assert error(vectors, embed.exactly(texts)) <= embed.tolerance


def test_16_bit_products_stay_within_the_tolerance(folder):
    model = models.open_model(folder)
    made = TorchEncoder(model, "tiny", "torch", "bfloat16", 0.015)
    texts = sentences(60)
    assert 0 < error(made(texts), made.exactly(texts)) <= made.tolerance
    exact = opened(folder).exactly(texts)
    assert np.array_equal(made.exactly(texts), exact)


def test_a_checkpoint_of_half_precision_is_run_in_full(folder, tmp_path):
    half = models.open_model(folder).half()
    half.save(str(tmp_path / "half"))
    found = models.open_model(str(tmp_path / "half"))
    assert {weights.dtype for weights in found.parameters()} == {torch.float32}
    texts = sentences(40)
    exact = half.double().encode(texts, normalize_embeddings=True)
    assert error(opened(str(tmp_path / "half"))(texts), exact) < 1e-5


def test_weights_that_are_cut_off_are_said_so(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "cut")
    (weights,) = (tmp_path / "cut").rglob("model.safetensors")
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(MissingError, match="SafetensorError"):
        models.open_model(str(tmp_path / "cut"))


def test_threads_of_the_process_are_as_many_as_before(folder):
    before = torch.get_num_threads()
    opened(folder)(sentences(30))
    assert torch.get_num_threads() == before


def test_a_changed_model_has_another_identity(folder, tmp_path):
    first = opened(folder)
    assert opened(folder).identity == first.identity
    assert opened(build(tmp_path / "b", seed=1)).identity != first.identity
    copy = build(tmp_path / "c")  # the same seed: the same weights
    digest = models.digest_of(models.open_model(copy))
    assert digest == models.digest_of(models.open_model(folder))
    changed = models.open_model(copy)
    changed.max_seq_length = 32
    assert models.digest_of(changed) != digest


@pytest.mark.parametrize(
    ("options", "said"),
    [({"runtime": "onnx"}, "no faster"), ({"precision": "int8"}, "0.09"), ({"runtime": "x"}, "cho"),
     ({"precision": "float16"}, "choose from")],
)  # fmt: skip
def test_what_is_not_offered_says_why(options, said):
    with pytest.raises(UsageError, match=said):
        plugins.load("embedders", Spec("sentence-transformers", options))


def test_bfloat16_is_refused_where_the_processor_has_none(folder, monkeypatch):
    monkeypatch.setattr(sentence_transformers, "has_bfloat16", lambda: False)
    with pytest.raises(UsageError, match="no bfloat16 instructions"):
        opened(folder, precision="bfloat16")


def test_openvino_is_imported_without_its_report_to_others(folder, home):
    needs_openvino()
    program = (
        "import sys\n"
        "from dataaug.embedders import openvino_runtime\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    opened(folder, runtime="openvino")
    assert not (home / "intel").exists()


def test_options_of_the_embedder_reach_every_embedder_that_has_them():
    with Session(Settings(embedding=(("dimensions", "64"),))):
        assert embedders.shared(Spec("hashing"))(["a"]).shape == (1, 64)
        assert embedders.shared(Spec("hashing", {"dimensions": 32}))(["a"]).shape == (1, 32)
    assert embedders.shared(Spec("hashing"))(["a"]).shape == (1, 512)


ROWS = b"".join(orjson.dumps({"text": text}) + b"\n" for text in ("one text", "two texts"))
NEAR = ("filter", "--check", "near-duplicate", "--include-real")


def test_verbs_share_their_vectors_on_disk(inside, folder, tmp_path, monkeypatch):
    """The second verb reads what the first has embedded, the third is told not to."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = ("-p", f"embedder.model={folder}")
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(ROWS)
    first = inside(*NEAR, *model, rows)
    assert first.code == 0, first.err
    (keys,) = (tmp_path / "cache" / "dataaug" / "vectors").glob("*/*.keys")
    assert keys.stat().st_size == 2 * 20
    rows.write_bytes(ROWS + orjson.dumps({"text": "a third one"}) + b"\n")
    second = inside(
        "split", rows, *model, "--similarity", 1, "--test-out", tmp_path / "test", "--test", 1
    )
    assert second.code == 0, second.err
    assert keys.stat().st_size == 3 * 20
    rows.write_bytes(b'{"text":"a fourth"}\n')
    third = inside(*NEAR, *model, "--cache", "off", rows)
    assert third.code == 0, third.err
    assert keys.stat().st_size == 3 * 20
    assert len(list((tmp_path / "cache" / "dataaug").glob("*"))) == 1


def test_what_is_kept_is_shown_and_can_be_removed(cli, tmp_path):
    from dataaug.embedders.vector_store import VectorStore

    home = tmp_path / "dataaug"
    store = VectorStore(home / "vectors", "some model\nits digest\ntorch\nexact")
    store.add(np.array([[1, 1], [2, 2]], np.uint64), np.eye(2, dtype=np.float32))
    (home / "replies.sqlite").write_bytes(b"x" * 2500)
    place = {"XDG_CACHE_HOME": str(tmp_path)}
    shown = cli("cache", env=place)
    assert shown.code == 0
    assert b"2 \xc3\x97 2  some model, torch, exact" in shown.out
    assert b"2.5 kB  replies" in shown.out
    assert cli("cache", "--clear", "nope", env=place).code == 2
    assert b"removed" in cli("cache", "--clear", "vectors", env=place).out
    assert [path.name for path in home.iterdir()] == ["replies.sqlite"]
    assert b"removed" in cli("cache", "--clear", "all", env=place).out
    assert list(home.iterdir()) == []
    assert cli("cache", env={"XDG_CACHE_HOME": str(tmp_path / "none")}).code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [(("-p", "embedder.nope=1"), "dimensions"), (("-p", "embedder.model"), "expected embedder.key"),
     (("--memory", "much"), "expected a size")],
)  # fmt: skip
def test_a_wrong_option_of_the_embedder_is_an_error_before_a_row_is_read(cli, options, said):
    result = cli(*NEAR, *options, stdin=b"no json")
    assert result.code == 2
    assert said in result.err.decode()


def test_a_command_without_options_of_its_own_takes_those_of_the_embedder_only(cli, tmp_path):
    result = cli("split", "-p", "synonym.rate=1", "--test-out", tmp_path / "t", stdin=ROWS)
    assert result.code == 2
    assert b"only embedder.key=value" in result.err


def real_sentences():
    from pathlib import Path

    found = []
    for name in ("train", "test"):
        path = Path(__file__).parent.parent / "sample_data" / f"{name}.jsonl"
        found += [orjson.loads(line)["text"] for line in path.read_bytes().splitlines()]
    return found


def without_torch(**options):
    """Return the packaged model as it is run by default, or skip the test where it is not."""
    found = plugins.load("embedders", Spec("sentence-transformers", {"device": "cpu", **options}))
    if type(found) is not PackagedMiniLM:
        pytest.skip("openvino or the packaged model is not installed")
    return found


ODD = [
    "", "   ", "é 日本 \ud800", "a" * 500, "Parcel left in the rain, door shut. " * 60, "👍 ok",
    "ฉันต้องการคืนสินค้า", "कुल", "café naïve", "[UNK] [SEP] [MASK]", "The end. " * 125 + "Où?",
]  # fmt: skip


@pytest.mark.model
def test_the_packaged_model_without_torch_has_the_librarys_vectors():
    embed, reference = without_torch(), opened(models.DEFAULT_MODEL, device="cpu", runtime="torch")
    texts = [*real_sentences()[::9], *ODD]
    vectors = embed(texts)
    assert np.abs(vectors - reference(texts)).max() < 1e-6
    assert error(vectors, reference.exactly(texts)) <= embed.tolerance / 5
    assert error(embed.exactly(texts), reference.exactly(texts)) <= embed.tolerance / 5
    assert embed.unseen(texts) == reference.unseen(texts)
    assert embed.name == reference.name
    assert embed.identity != reference.identity


@pytest.mark.model
def test_without_torch_a_vector_follows_from_its_text_alone_to_the_last_bit():
    embed, texts = without_torch(), [*real_sentences()[::5], *ODD]
    vectors = embed(texts)
    assert np.array_equal(embed(texts[::-1])[::-1], vectors)
    for some in (slice(1), slice(7), slice(40, 90)):
        assert np.array_equal(embed(texts[some]), vectors[some])
    assert error(vectors, embed.exactly(texts)) <= embed.tolerance / 5


def test_what_names_another_way_of_running_the_model_is_run_by_torch():
    runs_alone = sentence_transformers._runs_alone
    assert not runs_alone("my/model", "cpu", "", "float32")
    assert not runs_alone(models.DEFAULT_MODEL, "cuda", "", "float32")
    assert not runs_alone(models.DEFAULT_MODEL, "cpu", "torch", "float32")
    assert not runs_alone(models.DEFAULT_MODEL, "cpu", "", "bfloat16")


@pytest.mark.model
@pytest.mark.parametrize("name", ["sentence-transformers", "universal-sentence-encoder"])
def test_a_packaged_model_is_opened_for_texts_that_are_new(name, tmp_path):
    without_torch()
    texts = ["Where is my parcel?", "Où est mon colis ?"]
    for new in (True, False):
        with Session(Settings(cache=str(tmp_path))):
            embed = embedders.shared(Spec(name))
            embed(texts)
            embed.exactly(texts)
            assert ("_opened" in vars(embed._embedder._embedder)) is new


MODELS = {"torch", "transformers", "sentence_transformers", "openvino", "tokenizers"}


@pytest.mark.model
def test_a_run_whose_vectors_are_all_kept_opens_no_model(tmp_path):
    without_torch()
    text = "Where is my parcel"
    # Copies by their words, near enough to be decided by the exact vectors, and one by itself.
    texts = [text, f"{text}?", f"{text}!", f"{text} {text}", f"{text} 2"]
    rows = b"".join(orjson.dumps({"text": each}) + b"\n" for each in texts)
    program = (
        "import sys, atexit\n"
        "sys.argv = ['dataaug', *sys.argv[1:]]\n"
        f"show = lambda: print(sorted({MODELS!r} & set(sys.modules)), file=sys.stderr)\n"
        "atexit.register(show)\n"
        "from dataaug.cli.app import main\nmain()\n"
    )
    similar = ("--similarity", "0.9999995")  # within the tolerance of equal vectors
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program, *NEAR, *similar, "--cache", str(tmp_path)],
            input=rows, capture_output=True, check=True,
        )  # fmt: skip
        said.append((done.stdout, done.stderr.decode().splitlines()[-1]))
    assert said[0][0] == said[1][0] != b""
    assert said[1][1] == "[]"
    assert "torch" not in said[0][1]


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("runtime", ["torch", "openvino"])
def test_tolerance_holds_on_real_sentences(runtime):
    needs_openvino()
    texts = real_sentences()
    assert len(texts) > 500
    embed = plugins.load("embedders", Spec("sentence-transformers", {"runtime": runtime}))
    exact = embed.exactly(texts)
    assert error(embed(texts), exact) <= embed.tolerance / 2
    if runtime == "torch":
        assert np.array_equal(embed(texts[::-1])[::-1], exact)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("runtime", ["torch", "openvino"])
def test_tolerance_of_16_bits_holds_on_real_sentences(runtime):
    """Where the processor has no such instructions the runtimes imitate them, slowly."""
    needs_openvino()
    texts = real_sentences()[:: 1 if sentence_transformers.has_bfloat16() else 9]
    model = models.open_model(models.DEFAULT_MODEL)
    embed = TorchEncoder(
        model, "x", runtime, "bfloat16", sentence_transformers.TOLERANCES[runtime, "bfloat16"]
    )
    assert 0 < error(embed(texts), embed.exactly(texts)) <= embed.tolerance
